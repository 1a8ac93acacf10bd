//! Counters: how a record of an insert-only type is taken back.

use super::Reader;
use super::fields::TypeRules;
use super::places::Section;
use crate::schema::{Counter, Field, Kind, Merge};

pub(super) const COUNTER_KEYS: [&str; 2] = ["negate", "of"];

impl<'a> Reader<'a> {
    pub(super) fn counter(
        &mut self,
        ty: &Section<'a>,
        rules: &TypeRules,
        fields: &[Field],
    ) -> Option<Counter> {
        let entry = ty.entry("counter")?;
        if !rules.insert_only {
            let allowed = "none here: only records of an insert-only type need one, others are changed back";
            self.wrong_key_of(&entry, allowed);
            return None;
        }
        let section = self.section(&entry)?;
        self.keys(&section, &COUNTER_KEYS);
        let negate = self.negate(&section, ty.key, fields);
        let wanted = format!("a reference to {} that may be empty", ty.key);
        let of = self.needed(&section, "of", &wanted)?;
        let own =
            |field: &Field| !field.required && matches!(&field.kind, Kind::Ref { to, .. } if to == ty.key);
        let of = self.field_named(&of, ty.key, fields, &wanted, own)?;
        Some(Counter { negate, of: of.to_owned() })
    }

    fn negate(&mut self, counter: &Section<'a>, ty: &'a str, fields: &[Field]) -> Vec<String> {
        let allowed = "a list of number fields, such as [\"count\"], or [] for none";
        let Some(list) = self.needed(counter, "negate", allowed) else { return Vec::new() };
        let is_number = |field: &Field| field.kind.scale().is_some() && field.merge != Merge::Delta;
        let names = self.fields_named(&list, ty, fields, "a number that is no delta", is_number);
        names.into_iter().map(|(_, name)| name.to_owned()).collect()
    }
}
