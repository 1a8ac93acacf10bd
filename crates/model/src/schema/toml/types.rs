//! Types and their fields.

use super::places::{Entry, Section};
use super::suggestions::among;
use super::{FIELDS_MAX, Reader, TYPES_MAX};
use crate::schema::{Field, Kind, Merge, RecordType};

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
        self.keys(&section, &["label", "insert-only", "merge", "field"]);
        let rules = TypeRules {
            insert_only: self.flag(&section, "insert-only"),
            merges_whole: self.one_of(&section, "merge", &["fields", "last-synced"]) == Some("last-synced"),
        };
        let fields = self.fields(&section, &rules);
        let label = self.label(&section, &fields);
        Some(RecordType { name: entry.key.to_owned(), label, insert_only: rules.insert_only, fields })
    }

    fn label(&mut self, section: &Section<'a>, fields: &[Field]) -> Option<String> {
        let entry = section.entry("label")?;
        let name = self.text(&entry, "the name of a text field")?;
        let known = self.types.get(section.key).cloned().unwrap_or_default();
        let is_text = |field: &Field| matches!(field.kind, Kind::Text { .. });
        if known.is_empty() {
            // A type without fields has been noted already.
        } else if !known.contains(&name) {
            let allowed = among(name, &known);
            self.wrong_value(&entry, &allowed);
        } else if fields.iter().any(|field| field.name == name && !is_text(field)) {
            self.wrong(
                entry.start,
                &entry.path,
                format!("{name:?}, which is no text"),
                "a text field".into(),
            );
        }
        Some(name.to_owned())
    }
}

/// What a type says about all its fields.
struct TypeRules {
    insert_only: bool,
    merges_whole: bool,
}

/// Fields.
impl<'a> Reader<'a> {
    fn fields(&mut self, ty: &Section<'a>, rules: &TypeRules) -> Vec<Field> {
        let allowed = "at least one field, such as name = { kind = \"text\" }";
        let Some(fields) = self.needed(ty, "field", allowed).and_then(|entry| self.section(&entry)) else {
            return Vec::new();
        };
        if fields.table.is_empty() {
            self.wrong(fields.start, &fields.path, "no field".to_owned(), allowed.to_owned());
        }
        self.at_most(&fields, FIELDS_MAX, "fields");
        fields.entries().filter_map(|entry| self.field(&entry, rules)).collect()
    }

    fn field(&mut self, entry: &Entry<'a>, rules: &TypeRules) -> Option<Field> {
        self.field_name(entry);
        let section = self.section(entry)?;
        let kind = self.kind(&section);
        let merge = self.merge(&section, rules, kind.as_ref());
        let required = self.flag(&section, "required");
        let mut field = Field { name: entry.key.to_owned(), kind: kind?, merge, required, default: None };
        field.default = self.default(&section, &field);
        Some(field)
    }

    fn merge(&mut self, field: &Section<'a>, rules: &TypeRules, kind: Option<&Kind>) -> Merge {
        let Some(entry) = field.entry("merge") else { return Merge::LastSynced };
        if rules.merges_whole {
            let allowed = "none here, since the type says merge = \"last-synced\"";
            self.wrong(entry.key_start, &entry.path, "a merge".to_owned(), allowed.to_owned());
            return Merge::LastSynced;
        }
        if self.word(&entry, &["last-synced", "delta"]) != Some("delta") {
            return Merge::LastSynced;
        }
        if rules.insert_only {
            self.wrong_value(&entry, "\"last-synced\": records of an insert-only type never change");
        } else if kind.is_some_and(|kind| kind.scale().is_none()) {
            self.wrong_value(&entry, "\"last-synced\"; delta is for integer, decimal and money");
        }
        Merge::Delta
    }
}
