//! Fields. The rules by which they merge are in `merges`.

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
    /// Nor has any here.
    LastWritten,
    /// A person decides about a field that names no rule.
    Manual,
}

impl TypeMerge {
    /// The rule of what names none.
    pub(super) fn unsaid(self) -> Merge {
        match self {
            Self::Manual => Merge::Manual,
            Self::LastWritten => Merge::LastWritten,
            Self::Fields | Self::LastSynced => Merge::LastSynced,
        }
    }
    /// The word for a rule that all fields have, none of them its own.
    pub(super) fn whole(self) -> Option<&'static str> {
        match self {
            Self::LastSynced => Some("last-synced"),
            Self::LastWritten => Some("last-written"),
            Self::Fields | Self::Manual => None,
        }
    }
}

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
        let (merge, order) = self.merge(&section, rules, kind.as_ref(), series);
        let (required, called) = (self.flag(&section, "required"), self.called(&section));
        let fixed = self.fixed(&section, kind.as_ref(), series);
        let mut field =
            Field { merge, order, required, called, series, fixed, ..Field::new(entry.key, kind?) };
        field.default = self.default(&section, &field);
        field.readers = self.roles_of(&section, "readers", Named::Readers);
        field.writers = self.roles_of(&section, "writers", Named::Actors);
        Some(field)
    }

    /// A field that is written once needs no rule by which changes of it merge.
    fn fixed(&mut self, field: &Section<'a>, kind: Option<&Kind>, series: bool) -> bool {
        let fixed = self.flag(field, "fixed");
        if let Some(entry) = field.entry("fixed").filter(|_| fixed) {
            if field.entry("merge").is_some() {
                self.wrong_key_of(&entry, "none beside merge: what is fixed never changes");
            } else if series || matches!(kind, Some(Kind::Set { .. })) {
                self.wrong_key_of(&entry, "none of a series or a set");
            }
        }
        fixed
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
