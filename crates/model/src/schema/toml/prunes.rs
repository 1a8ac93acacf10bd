//! The field by which a type is pruned: how old its records are. Checked when all types are read, since what a record
//! owns goes with it, so that nothing of what a device leaves out may ever change its place.

use super::Reader;
use super::places::Section;
use crate::cut::{owners, taken_along};
use crate::schema::{Field, Kind, OnDelete, RecordType, Schema};

const WANTED: &str = "a fixed date, timestamp or integer field";

impl<'a> Reader<'a> {
    pub(super) fn prune(&mut self, ty: &Section<'a>, fields: &[Field], insert_only: bool) -> Option<String> {
        let entry = ty.entry("prune")?;
        let is_age = |field: &Field| matches!(field.kind, Kind::Date | Kind::Timestamp | Kind::Integer);
        let wanted = "a date, timestamp or integer field, which is fixed";
        let name = self.field_named(&entry, ty.key, fields, wanted, is_age)?;
        let field = fields.iter().find(|field| field.name == name).filter(|field| is_age(field));
        if let Some(field) = field {
            if !field.fixed && !insert_only {
                self.wrong_value(&entry, &format!("{WANTED}; give {name} fixed = true"));
            } else if !field.readers.is_empty() {
                let allowed = format!("{WANTED} that all who read a {} read", ty.key);
                self.wrong_value(&entry, &allowed);
            }
        }
        Some(name.to_owned())
    }

    /// What types that are pruned, and those that go along, must be like.
    pub(super) fn prunes(&mut self, root: &Section<'a>, types: &[RecordType]) {
        let Some(sections) = root.entry("type").and_then(|entry| entry.section()) else { return };
        let schema = Schema::new("", 1, types.to_vec(), Vec::new());
        for pruned in types.iter().filter(|ty| ty.prune.is_some()) {
            let Some(section) = sections.entry(&pruned.name).and_then(|entry| entry.section()) else {
                continue;
            };
            if let Some(entry) = section.entry("prune").filter(|_| pruned.scope) {
                let allowed = "none here: a type that opens scopes is taken off a device by its scopes";
                self.wrong_key_of(&entry, allowed);
                continue;
            }
            let along = schema.place(&pruned.name).map(|of| taken_along(&schema, [of])).unwrap_or_default();
            for of in &along {
                let ty = &schema.types[*of];
                let Some(section) = sections.entry(&ty.name).and_then(|entry| entry.section()) else {
                    continue;
                };
                for (field, owner) in owners(&schema, ty) {
                    if along.contains(&owner) {
                        self.goes_along(&section, ty, &ty.fields[field], pruned);
                    }
                }
            }
        }
    }

    /// A record that goes with its owner.
    fn goes_along(&mut self, section: &Section<'a>, ty: &RecordType, field: &Field, pruned: &RecordType) {
        let fields = section.entry("field").and_then(|entry| entry.section());
        let Some(entry) = fields.and_then(|fields| fields.entry(&field.name)) else { return };
        let mut wrong = |found: &str, allowed: String| {
            let why = format!("{allowed}, since a {} is pruned with what it owns", pruned.name);
            self.wrong(entry.start, &entry.path, found.to_owned(), why);
        };
        let lies = ty.inside.as_deref();
        if !field.fixed && !ty.insert_only {
            wrong("an owner that may change", "fixed = true".to_owned());
        }
        if matches!(&field.kind, Kind::Ref { on_delete: OnDelete::OrphanTo(_), .. }) {
            wrong("an owner that may change", "on-delete = \"cascade\" or \"refuse\"".to_owned());
        }
        if ty.scope
            || lies.is_some_and(|lies| lies != field.name)
            || (lies.is_none() && pruned.inside.is_some())
        {
            wrong(
                "a record that lies elsewhere than its owner",
                format!("in = \"{}\" and no scope of its own", field.name),
            );
        }
        let seen = |role: &String| role == "owner" || pruned.readers.contains(role);
        if !pruned.readers.is_empty() && (ty.readers.is_empty() || !ty.readers.iter().all(seen)) {
            wrong(
                "a record that more people read than its owner",
                format!("readers of {} among {}", ty.name, pruned.readers.join(", ")),
            );
        }
    }
}
