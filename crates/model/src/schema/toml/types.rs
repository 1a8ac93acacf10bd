//! Types, and what they say about all their records.

use super::fields::{TypeMerge, TypeRules};
use super::people::Named;
use super::places::{Entry, Section};
use super::suggestions::among;
use super::{Reader, TYPES_MAX};
use crate::schema::{Field, Kind, RecordType};

pub(super) const TYPE_KEYS: [&str; 16] = [
    "label",
    "called",
    "insert-only",
    "merge",
    "edit-wins",
    "field",
    "group",
    "unique",
    "one-at-a-time",
    "counter",
    "resolve",
    "readers",
    "writers",
    "in",
    "scope",
    "prune",
];
/// Why an insert-only type has nothing that is for conflicts.
pub(super) const NO_CONFLICT: &str = "none here: records of an insert-only type cannot conflict";

impl<'a> Reader<'a> {
    pub(super) fn record_types(&mut self, root: &Section<'a>) -> Vec<RecordType> {
        let allowed = "at least one [type.NAME] with fields";
        let Some(types) = self.needed(root, "type", allowed).and_then(|entry| self.section(&entry)) else {
            return Vec::new();
        };
        self.at_most(&types, TYPES_MAX, "types");
        types.entries().filter_map(|entry| self.record_type(&entry)).collect()
    }

    fn record_type(&mut self, entry: &Entry<'a>) -> Option<RecordType> {
        self.type_name(entry);
        let section = self.section(entry)?;
        self.keys(&section, &TYPE_KEYS);
        let insert_only = self.flag(&section, "insert-only");
        let rules = TypeRules { insert_only, merge: self.type_merge(&section, insert_only) };
        let fields = self.fields(&section, &rules);
        let unique = self.unique(&section, &rules, &fields);
        Some(RecordType {
            label: self.label(&section, &fields),
            called: self.called(&section),
            insert_only,
            merge: rules.merge.unsaid(),
            edit_wins: self.edit_wins(&section, &rules),
            groups: self.groups(&section, &rules, &fields, &unique),
            counter: self.counter(&section, &rules, &fields),
            resolve: self.resolve(&section, &rules),
            readers: self.roles_of(&section, "readers", Named::Readers),
            writers: self.roles_of(&section, "writers", Named::Actors),
            inside: self.lies_in(&section, &fields),
            scope: self.flag(&section, "scope"),
            prune: self.prune(&section, &fields, insert_only),
            unique,
            ..RecordType::new(entry.key, fields)
        })
    }

    fn type_merge(&mut self, ty: &Section<'a>, insert_only: bool) -> TypeMerge {
        let Some(entry) = ty.entry("merge") else { return TypeMerge::Fields };
        match self.word(&entry, &["fields", "last-synced", "last-written", "manual"]) {
            Some("last-synced") => TypeMerge::LastSynced,
            Some("last-written") if !insert_only => TypeMerge::LastWritten,
            Some("manual" | "last-written") if insert_only => {
                let allowed = "fields, last-synced: records of an insert-only type cannot conflict";
                self.wrong_value(&entry, allowed);
                // So that its fields are not told the same.
                TypeMerge::Fields
            }
            Some("manual") => TypeMerge::Manual,
            _ => TypeMerge::Fields,
        }
    }

    fn edit_wins(&mut self, ty: &Section<'a>, rules: &TypeRules) -> bool {
        let wins = self.flag(ty, "edit-wins");
        if let Some(entry) = ty.entry("edit-wins").filter(|_| wins) {
            if rules.insert_only {
                self.wrong_key_of(&entry, NO_CONFLICT);
            } else if rules.merge == TypeMerge::Manual {
                let allowed = "none here, since the type says merge = \"manual\": a person decides";
                self.wrong_key_of(&entry, allowed);
            }
        }
        wins
    }

    fn label(&mut self, ty: &Section<'a>, fields: &[Field]) -> Option<String> {
        let entry = ty.entry("label")?;
        let is_text = |field: &Field| matches!(field.kind, Kind::Text { .. });
        self.field_named(&entry, ty.key, fields, "a text field", is_text).map(str::to_owned)
    }

    fn lies_in(&mut self, ty: &Section<'a>, fields: &[Field]) -> Option<String> {
        let entry = ty.entry("in")?;
        self.field_named(&entry, ty.key, fields, "a required reference to another type", |_| true)
            .map(str::to_owned)
    }

    fn resolve(&mut self, ty: &Section<'a>, rules: &TypeRules) -> Vec<String> {
        let Some(entry) = ty.entry("resolve") else { return Vec::new() };
        if rules.insert_only {
            self.wrong_key_of(&entry, NO_CONFLICT);
            return Vec::new();
        }
        self.role_list(&entry, Named::Actors)
    }

    /// The name of a field of the type that fits. One that has a mistake of its own is not told again.
    pub(super) fn field_named(
        &mut self,
        entry: &Entry<'a>,
        ty: &'a str,
        fields: &[Field],
        wanted: &str,
        fits: impl Fn(&Field) -> bool,
    ) -> Option<&'a str> {
        let name = self.text(entry, &format!("the name of {wanted}"))?;
        let known = self.types.get(ty).cloned().unwrap_or_default();
        if known.is_empty() {
            // A type without fields has been noted already.
        } else if !known.contains(&name) {
            self.wrong_value(entry, &among(name, &known));
        } else if fields.iter().any(|field| field.name == name && !fits(field)) {
            self.wrong_value(entry, wanted);
        }
        Some(name)
    }

    /// The names of fields of the type, each once and each fit.
    pub(super) fn fields_named(
        &mut self,
        list: &Entry<'a>,
        ty: &'a str,
        fields: &[Field],
        wanted: &str,
        fits: impl Fn(&Field) -> bool,
    ) -> Vec<(Entry<'a>, &'a str)> {
        let items = self.texts(list, "a list of fields, such as [\"code\"]").unwrap_or_default();
        let mut names: Vec<(Entry<'a>, &str)> = Vec::new();
        for item in items {
            let Some(name) = self.field_named(&item, ty, fields, wanted, &fits) else { continue };
            if self.once(&item, names.iter().any(|(_, it)| *it == name), "each field once") {
                names.push((item, name));
            }
        }
        names
    }
}
