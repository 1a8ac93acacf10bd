//! Roles: which there are, and where the file names them. Checked when all types are read, since what one type says
//! of its readers concerns the types that refer to it.

use super::Reader;
use super::places::{Entry, Section};
use crate::access::{writes, writes_field};
use crate::role::{ADMIN, BUILT_IN, NOBODY, ROLE_BYTES_MAX, Role};
use crate::schema::{Field, Kind, RecordType};

/// The app's own roles.
pub(super) const ROLES_MAX: usize = 40;
const ROLE: &str = "a word of a-z, 0-9, - and _ that begins with a letter, such as cashier, at most 40";

/// Which of the roles may be named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Any that may be given to somebody.
    Readers,
    /// Those that change something.
    Actors,
}

impl<'a> Reader<'a> {
    /// The app's roles, the highest first.
    pub(super) fn own_roles(&mut self, root: &Section<'a>) -> Vec<String> {
        let Some(entry) = root.entry("roles") else { return Vec::new() };
        let items =
            self.texts(&entry, "a list of roles, such as [\"manager\", \"cashier\"]").unwrap_or_default();
        if items.len() > ROLES_MAX {
            self.wrong_value(&entry, &format!("at most {ROLES_MAX} roles"));
        }
        let mut roles: Vec<String> = Vec::new();
        for item in &items {
            let Some(role) = self.text(item, ROLE) else { continue };
            if BUILT_IN.contains(&role) || role == NOBODY {
                self.wrong_value(item, &format!("another name: every app has a role {role}"));
            } else if role.len() > ROLE_BYTES_MAX || !matches!(role.parse(), Ok(Role::App(_) | Role::Admin)) {
                self.wrong_value(item, ROLE);
            } else if self.once(item, roles.iter().any(|it| it == role), "each role once") {
                roles.push(role.to_owned());
            }
        }
        roles
    }

    /// A list of roles, none of them twice; empty where the key is missing.
    pub(super) fn roles_of(&mut self, section: &Section<'a>, key: &str, named: Named) -> Vec<String> {
        section.entry(key).map(|entry| self.role_list(&entry, named)).unwrap_or_default()
    }

    pub(super) fn role_list(&mut self, entry: &Entry<'a>, named: Named) -> Vec<String> {
        let items = self.texts(entry, "a list of roles, such as [\"owner\"]").unwrap_or_default();
        let known = self.known_roles(named);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        if items.is_empty() && entry.item.is_array() {
            self.wrong_value(entry, &format!("at least one role: {}", known.join(", ")));
        }
        let mut roles: Vec<String> = Vec::new();
        for item in &items {
            let Some(role) = self.word(item, &known) else { continue };
            if self.once(item, roles.iter().any(|it| it == role), "each role once") {
                roles.push(role.to_owned());
            }
        }
        roles
    }

    fn known_roles(&self, named: Named) -> Vec<String> {
        let every = match named {
            Named::Readers => &["viewer", "member", "owner"][..],
            Named::Actors => &["member", "owner"],
        };
        let unplaced = (!self.roles.iter().any(|role| role == ADMIN)).then_some(ADMIN);
        let every = unplaced.iter().chain(every).map(|name| (*name).to_owned());
        self.roles.iter().cloned().chain(every).collect()
    }

    /// What roles of a type and its fields must agree in.
    pub(super) fn people(&mut self, root: &Section<'a>, types: &[RecordType]) {
        let Some(sections) = root.entry("type").and_then(|entry| entry.section()) else { return };
        for ty in types {
            let Some(section) = sections.entry(&ty.name).and_then(|entry| entry.section()) else { continue };
            self.writers_read(&section, &ty.writers, &ty.readers, "a writer that reads the type too");
            self.inside(&section, ty, types);
            let fields = section.entry("field").and_then(|entry| entry.section());
            for (place, field) in ty.fields.iter().enumerate() {
                let own = fields.as_ref().and_then(|fields| fields.entry(&field.name)?.section());
                let Some(own) = own else { continue };
                self.writers_read(&own, &field.writers, &field.readers, "a writer that reads the field too");
                self.writable(&own, ty, place);
                self.as_its_group(&own, ty, place);
            }
        }
    }

    /// Whoever writes reads: else nobody could see what was written.
    fn writers_read(&mut self, section: &Section<'a>, writers: &[String], readers: &[String], allowed: &str) {
        let Some(entry) = section.entry("writers").filter(|_| !readers.is_empty()) else { return };
        for item in entry.elements().unwrap_or_default() {
            let Some(role) = item.item.as_str().filter(|role| writers.iter().any(|it| it == role)) else {
                continue;
            };
            if role != "owner" && !readers.iter().any(|reader| reader == role) {
                self.wrong_value(&item, &format!("{allowed}: {}", readers.join(", ")));
            }
        }
    }

    /// Who makes records fills in what has to be filled in.
    fn writable(&mut self, section: &Section<'a>, ty: &RecordType, place: usize) {
        let field = &ty.fields[place];
        if !(field.required && field.default.is_none() || field.series) {
            return;
        }
        // A file that does not place the admin was perhaps written without knowing of one.
        let of_file = self.known_roles(Named::Actors);
        let is_meant = |name: &&String| *name != ADMIN || self.roles.contains(name);
        let roles = of_file.iter().filter(is_meant).filter_map(|name| name.parse::<Role>().ok());
        let stuck = roles.into_iter().find(|role| writes(ty, role) && !writes_field(ty, place, role));
        if let Some(role) = stuck {
            let found = format!(
                "a {} field that {role} cannot write",
                if field.series { "series" } else { "required" }
            );
            let allowed = format!("one that all who make a {} write, or a default", ty.name);
            self.wrong(section.start, &section.path, found, allowed);
        }
    }

    /// A group changes as a whole, so whoever may change one of its fields may change all.
    fn as_its_group(&mut self, section: &Section<'a>, ty: &RecordType, place: usize) {
        let Some(group) = ty.group_of(place).map(|group| &ty.groups[group]) else { return };
        let first = group.fields.first().and_then(|name| ty.position(name)).map(|first| &ty.fields[first]);
        let Some(first) = first else { return };
        let field = &ty.fields[place];
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        let same = |a: &Field, b: &Field| {
            sorted(&a.readers) == sorted(&b.readers) && sorted(&a.writers) == sorted(&b.writers)
        };
        if !same(field, first) {
            let allowed = format!(
                "the readers and writers of {}: the group {} changes as a whole",
                first.name, group.name
            );
            self.wrong(section.start, &section.path, "other readers or writers".to_owned(), allowed);
        }
    }

    /// Where records of a type lie: in the scope of another record, and never around in a circle.
    fn inside(&mut self, section: &Section<'a>, ty: &RecordType, types: &[RecordType]) {
        let (Some(entry), Some(name)) = (section.entry("in"), &ty.inside) else { return };
        let wanted = "a required reference to another type";
        let Some(field) = ty.fields.iter().find(|field| field.name == *name) else { return };
        let Kind::Ref { to, .. } = &field.kind else { return self.wrong_value(&entry, wanted) };
        if !field.required || *to == ty.name {
            return self.wrong_value(&entry, wanted);
        }
        let (mut at, mut steps) = (to, 0);
        while let Some(next) = types.iter().find(|it| it.name == *at).and_then(target) {
            if *next == ty.name || steps > types.len() {
                let found = format!("a circle: {} lies in {to}, which lies in {}", ty.name, ty.name);
                return self.wrong(entry.start, &entry.path, found, "a chain of types that ends".to_owned());
            }
            (at, steps) = (next, steps + 1);
        }
    }
}

/// The type in whose records those of a type lie.
fn target(ty: &RecordType) -> Option<&String> {
    match &ty.fields[ty.position(ty.inside.as_deref()?)?].kind {
        Kind::Ref { to, .. } => Some(to),
        _ => None,
    }
}
