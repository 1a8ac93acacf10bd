//! Actions.

use super::Reader;
use super::people::Named;
use super::places::{Entry, Section};
use super::suggestions::among;
use super::words::{ACTION_NAME, is_word};
use crate::json::Json;
use crate::limits::NAME_CHARS_MAX;
use crate::schema::{Action, BUILT_IN, Merge, RecordType};

pub(super) const ACTION_KEYS: [&str; 5] = ["key", "says", "undo", "sets", "actors"];

const FIELD: &str = "a type, a point and a field, such as \"sale.number\"";

impl<'a> Reader<'a> {
    pub(super) fn actions(&mut self, root: &Section<'a>, types: &[RecordType]) -> Vec<Action> {
        let entry = root.entry("action");
        let Some(actions) = entry.and_then(|entry| self.section(&entry)) else { return Vec::new() };
        actions.entries().filter_map(|entry| self.action(&entry, &actions, types)).collect()
    }

    fn action(&mut self, entry: &Entry<'a>, all: &Section<'a>, types: &[RecordType]) -> Option<Action> {
        self.action_name(entry);
        let section = self.section(entry)?;
        // Without quotes TOML reads the dots of the name as tables in tables.
        let inner = section.entries().find(|it| !ACTION_KEYS.contains(&it.key) && it.item.is_table_like());
        if let Some(inner) = inner {
            let allowed = "its whole name in quotes, such as [action.\"pos.bill.create\"]";
            let found = "an action's name without quotes".to_owned();
            self.wrong(inner.key_start, &inner.path, found, allowed.to_owned());
            return None;
        }
        self.keys(&section, &ACTION_KEYS);
        Some(Action {
            key: section.entry("key").map(|key| self.key_fields(&key)).unwrap_or_default(),
            says: self.says(&section),
            undo: section.entry("undo").and_then(|undo| self.counter_action(&undo, entry.key, all)),
            sets: self.sets(&section, types),
            actors: self.roles_of(&section, "actors", Named::Actors),
            ..Action::new(entry.key)
        })
    }

    fn action_name(&mut self, entry: &Entry<'a>) {
        let words = entry.key.split('.').all(|word| is_word(word, "_-"));
        if BUILT_IN.contains(&entry.key) {
            self.wrong_key(entry, &format!("another name: {} is built in", entry.key));
        } else if !words || entry.key.len() > NAME_CHARS_MAX {
            self.wrong_key(entry, ACTION_NAME);
        }
    }

    /// The action that takes one back: another of the file.
    fn counter_action(&mut self, undo: &Entry<'a>, of: &str, all: &Section<'a>) -> Option<String> {
        let names = all.entries().map(|entry| entry.key);
        // One without a name is told as wrong where it stands, and is not offered here.
        let others: Vec<&str> = names.filter(|name| *name != of && !name.is_empty()).collect();
        let name = self.text(undo, "the name of another action")?;
        if others.is_empty() || name == of {
            self.wrong_value(undo, "the name of another action");
        } else if !others.contains(&name) {
            self.wrong_value(undo, &among(name, &others));
        }
        Some(name.to_owned())
    }

    fn key_fields(&mut self, key: &Entry<'a>) -> Vec<String> {
        let items = self.texts(key, "a list of fields, such as [\"sale.number\"]").unwrap_or_default();
        items.iter().filter_map(|item| self.key_field(item)).collect()
    }

    fn key_field(&mut self, item: &Entry<'a>) -> Option<String> {
        let text = self.text(item, FIELD)?;
        let Some((ty, field)) = text.split_once('.') else {
            self.wrong_value(item, FIELD);
            return None;
        };
        if let Some(allowed) = self.unknown(ty, Some(field)) {
            self.wrong_value(item, &allowed);
        }
        Some(text.to_owned())
    }

    fn sets(&mut self, action: &Section<'a>, types: &[RecordType]) -> Vec<(String, Json)> {
        let sets = action.entry("sets").and_then(|entry| self.section(&entry));
        let Some(sets) = sets else { return Vec::new() };
        sets.entries().filter_map(|entry| self.set(&entry, types)).collect()
    }

    fn set(&mut self, entry: &Entry<'a>, types: &[RecordType]) -> Option<(String, Json)> {
        let Some((of, name)) = entry.key.split_once('.') else {
            let allowed = "a type, a point and a field in quotes, such as \"invoice.status\" = \"void\"";
            self.wrong_key(entry, allowed);
            return None;
        };
        if let Some(allowed) = self.unknown(of, Some(name)) {
            self.wrong_key(entry, &allowed);
            return None;
        }
        // A type or field with a mistake of its own is not told again.
        let ty = types.iter().find(|ty| ty.name == of)?;
        let place = ty.position(name)?;
        let field = &ty.fields[place];
        if ty.insert_only {
            self.wrong_key(entry, "a field of a type whose records may be changed");
        } else if field.merge == Merge::Delta || field.series || field.fixed {
            self.wrong_key(entry, "a field that is no delta and no series, and not fixed");
        } else if ty.group_of(place).is_some() {
            self.wrong_key(entry, "a field that is in no group: a group changes as a whole");
        }
        Some((entry.key.to_owned(), self.value_of(entry, field)?))
    }
}
