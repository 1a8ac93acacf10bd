//! Fields, and the rules by which they merge.

use super::people::Named;
use super::places::{Entry, Section};
use super::{FIELDS_MAX, Reader};
use crate::schema::{Field, Kind, Merge};

/// What a type says about all its fields.
pub(super) struct TypeRules {
    pub(super) insert_only: bool,
    pub(super) merge: TypeMerge,
}

/// The words behind a type's `merge`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeMerge {
    /// Each field by its own rule.
    Fields,
    /// No field has a rule of its own.
    LastSynced,
    /// A person decides about a field that names no rule.
    Manual,
}

impl TypeMerge {
    /// The rule of what names none.
    pub(super) fn unsaid(self) -> Merge {
        if self == Self::Manual { Merge::Manual } else { Merge::LastSynced }
    }
}

const UNCHANGED: &str = "\"last-synced\": records of an insert-only type never change";

impl<'a> Reader<'a> {
    pub(super) fn fields(&mut self, ty: &Section<'a>, rules: &TypeRules) -> Vec<Field> {
        let allowed = "at least one field, such as name = { kind = \"text\" }";
        let Some(fields) = self.needed(ty, "field", allowed).and_then(|entry| self.section(&entry)) else {
            return Vec::new();
        };
        if fields.table.is_empty() {
            self.wrong(fields.start, &fields.path, "no field".to_owned(), allowed.to_owned());
        }
        self.at_most(&fields, FIELDS_MAX, "fields");
        let read: Vec<Field> = fields.entries().filter_map(|entry| self.field(&entry, rules)).collect();
        self.one_series(&fields, &read);
        read
    }

    fn field(&mut self, entry: &Entry<'a>, rules: &TypeRules) -> Option<Field> {
        self.field_name(entry);
        let section = self.section(entry)?;
        let kind = self.kind(&section);
        // Beside another kind the key has been noted already.
        let series = matches!(kind, Some(Kind::Text { .. })) && self.flag(&section, "series");
        let merge = self.merge(&section, rules, kind.as_ref(), series);
        let (required, called) = (self.flag(&section, "required"), self.called(&section));
        let mut field = Field { merge, required, called, series, ..Field::new(entry.key, kind?) };
        field.default = self.default(&section, &field);
        field.readers = self.roles_of(&section, "readers", Named::Readers);
        field.writers = self.roles_of(&section, "writers", Named::Actors);
        Some(field)
    }

    fn merge(&mut self, field: &Section<'a>, rules: &TypeRules, kind: Option<&Kind>, series: bool) -> Merge {
        let joins = series || matches!(kind, Some(Kind::Set { .. }));
        let Some(entry) = field.entry("merge") else {
            return if joins { Merge::LastSynced } else { rules.merge.unsaid() };
        };
        if rules.merge == TypeMerge::LastSynced {
            self.merged_whole(&entry);
            return Merge::LastSynced;
        }
        let merge = match self.word(&entry, &["last-synced", "delta", "manual"]) {
            Some("delta") => Merge::Delta,
            Some("manual") => Merge::Manual,
            _ => return Merge::LastSynced,
        };
        if rules.insert_only {
            self.wrong_value(&entry, UNCHANGED);
        } else if merge == Merge::Delta && kind.is_some_and(|kind| kind.scale().is_none()) {
            self.wrong_value(&entry, "\"last-synced\"; delta is for integer, decimal and money");
        } else if series {
            self.wrong_value(&entry, "\"last-synced\": the device numbers a series");
        } else if joins {
            self.wrong_value(&entry, "\"last-synced\": elements of a set join, whoever adds them");
        }
        merge
    }

    /// Notes a merge of a field or group whose type has one for all.
    pub(super) fn merged_whole(&mut self, entry: &Entry<'a>) {
        let allowed = "none here, since the type says merge = \"last-synced\"";
        self.wrong(entry.key_start, &entry.path, "a merge".to_owned(), allowed.to_owned());
    }

    fn one_series(&mut self, fields: &Section<'a>, read: &[Field]) {
        let mut series = read.iter().filter(|field| field.series);
        let Some(first) = series.next() else { return };
        for other in series {
            let Some(entry) = fields.entry(&other.name) else { continue };
            let found = "a second series of one type".to_owned();
            self.wrong(entry.key_start, &entry.path, found, format!("one, which is {}", first.name));
        }
    }
}
