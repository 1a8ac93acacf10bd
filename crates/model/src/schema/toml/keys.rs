//! Keys that two records may not share: `unique` and `one-at-a-time`.

use super::Reader;
use super::fields::TypeRules;
use super::places::{Entry, Section};
use super::types::NO_CONFLICT;
use crate::schema::{Field, Kind, Merge, Unique};

pub(super) const UNIQUE_KEYS: [&str; 2] = ["fields", "always"];

impl<'a> Reader<'a> {
    pub(super) fn unique(&mut self, ty: &Section<'a>, rules: &TypeRules, fields: &[Field]) -> Vec<Unique> {
        let entries = ["unique", "one-at-a-time"].map(|key| ty.entry(key));
        if rules.insert_only {
            entries.iter().flatten().for_each(|entry| self.wrong_key_of(entry, NO_CONFLICT));
            return Vec::new();
        }
        let [unique, alone] = entries;
        let unique = unique.and_then(|entry| self.unique_key(&entry, ty.key, fields));
        let alone = alone.and_then(|entry| self.one_at_a_time(&entry, ty.key, fields, unique.as_ref()));
        unique.into_iter().chain(alone).collect()
    }

    /// `["code"]`, or a table with `fields` and `always`.
    fn unique_key(&mut self, entry: &Entry<'a>, ty: &'a str, fields: &[Field]) -> Option<Unique> {
        let (list, always) = match entry.item.is_table_like() {
            false => (None, false),
            true => {
                let section = self.section(entry)?;
                self.keys(&section, &UNIQUE_KEYS);
                let list = self.needed(&section, "fields", "a list of fields, such as [\"code\"]")?;
                (Some(list), self.flag(&section, "always"))
            }
        };
        let list = list.as_ref().unwrap_or(entry);
        let plain = |field: &Field| {
            field.merge != Merge::Delta && !matches!(field.kind, Kind::Set { .. } | Kind::Json)
        };
        let names =
            self.fields_named(list, ty, fields, "a field that is no delta, no set and no JSON", plain);
        if list.elements().is_some_and(|items| items.is_empty()) {
            self.wrong_value(list, "at least one field");
        }
        Some(Unique { fields: names.into_iter().map(|(_, name)| name.to_owned()).collect(), always })
    }

    fn one_at_a_time(
        &mut self,
        entry: &Entry<'a>,
        ty: &'a str,
        fields: &[Field],
        unique: Option<&Unique>,
    ) -> Option<Unique> {
        let is_reference = |field: &Field| matches!(field.kind, Kind::Ref { .. });
        let name = self.field_named(entry, ty, fields, "a reference", is_reference)?;
        if unique.is_some_and(|unique| unique.fields == [name]) {
            self.wrong_value(entry, "a field that is not the whole key of unique");
        }
        Some(Unique { fields: vec![name.to_owned()], always: false })
    }
}
