//! Groups: fields that merge as one value.

use std::collections::BTreeMap;

use super::Reader;
use super::fields::TypeRules;
use super::places::{Entry, Section};
use super::words::{NAME, is_word};
use crate::schema::{Field, Group, Kind, Unique};

pub(super) const GROUP_KEYS: [&str; 4] = ["fields", "merge", "by", "order"];

const LIST: &str = "a list of fields, such as [\"x\", \"y\"]";

/// The type that a group is of, as far as it was read.
struct Of<'t, 'a> {
    section: &'t Section<'a>,
    rules: &'t TypeRules,
    fields: &'t [Field],
    unique: &'t [Unique],
}

impl<'a> Reader<'a> {
    pub(super) fn groups(
        &mut self,
        ty: &Section<'a>,
        rules: &TypeRules,
        fields: &[Field],
        unique: &[Unique],
    ) -> Vec<Group> {
        let groups = ty.entry("group").and_then(|entry| self.section(&entry));
        let Some(groups) = groups else { return Vec::new() };
        let of = Of { section: ty, rules, fields, unique };
        let mut taken = BTreeMap::new();
        groups.entries().filter_map(|entry| self.group(&entry, &of, &mut taken)).collect()
    }

    fn group(
        &mut self,
        entry: &Entry<'a>,
        of: &Of<'_, 'a>,
        taken: &mut BTreeMap<&'a str, &'a str>,
    ) -> Option<Group> {
        self.group_name(entry, of);
        let (list, (merge, order)) = match entry.item.is_table_like() {
            false => (None, (of.rules.merge.unsaid(), Vec::new())),
            true => {
                let section = self.section(entry)?;
                self.keys(&section, &GROUP_KEYS);
                let merge = self.group_merge(&section, of.rules);
                (Some(self.needed(&section, "fields", LIST)?), merge)
            }
        };
        let list = list.as_ref().unwrap_or(entry);
        let items = self.texts(list, LIST)?;
        if items.len() < 2 {
            self.wrong_value(list, "at least two fields");
        }
        let mut fields = Vec::new();
        for item in &items {
            fields.extend(self.member(item, entry.key, of, taken).map(str::to_owned));
        }
        Some(Group { name: entry.key.to_owned(), fields, merge, order })
    }

    fn group_name(&mut self, entry: &Entry<'a>, of: &Of<'_, 'a>) {
        let fields = self.types.get(of.section.key).cloned().unwrap_or_default();
        if !is_word(entry.key, "_") {
            self.wrong_key(entry, NAME);
        } else if fields.contains(&entry.key) {
            self.wrong_key(entry, "another name: a field has this one");
        }
    }

    fn member(
        &mut self,
        item: &Entry<'a>,
        group: &'a str,
        of: &Of<'_, 'a>,
        taken: &mut BTreeMap<&'a str, &'a str>,
    ) -> Option<&'a str> {
        let joins = |field: &Field| field.series || field.fixed || matches!(field.kind, Kind::Set { .. });
        let wanted = "a field that is no set and no series, and not fixed";
        let name = self.field_named(item, of.section.key, of.fields, wanted, |field| !joins(field))?;
        let own_merge = of
            .section
            .entry("field")
            .is_some_and(|fields| fields.item.get(name).is_some_and(|field| field.get("merge").is_some()));
        if let Some(other) = taken.insert(name, group) {
            self.once(item, other == group, "each field once");
            if other != group {
                self.wrong_value(item, &format!("a field that is in no other group; this one is in {other}"));
            }
        } else if own_merge {
            self.wrong_value(item, "a field without a merge of its own: it merges as its group does");
        } else if of.unique.iter().any(|unique| unique.fields.iter().any(|field| field == name)) {
            self.wrong_value(item, "a field that is no part of a key");
        }
        Some(name)
    }
}
