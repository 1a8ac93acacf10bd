//! Actions.

use super::Reader;
use super::places::{Entry, Section};
use super::suggestions::among;
use super::words::{ACTION_NAME, is_word};
use crate::limits::NAME_CHARS_MAX;
use crate::schema::{Action, EDIT};

impl<'a> Reader<'a> {
    pub(super) fn actions(&mut self, root: &Section<'a>) -> Vec<Action> {
        let entry = root.entry("action");
        let Some(actions) = entry.and_then(|entry| self.section(&entry)) else { return Vec::new() };
        actions.entries().filter_map(|entry| self.action(&entry)).collect()
    }

    fn action(&mut self, entry: &Entry<'a>) -> Option<Action> {
        let words = entry.key.split('.').all(|word| is_word(word, "_-"));
        if entry.key == EDIT {
            self.wrong_key(entry, "another name: edit is built in");
        } else if !words || entry.key.len() > NAME_CHARS_MAX {
            self.wrong_key(entry, ACTION_NAME);
        }
        let section = self.section(entry)?;
        // Without quotes TOML reads the dots of the name as tables in tables.
        if let Some(inner) = section.entries().find(|it| it.key != "key" && it.item.is_table_like()) {
            let allowed = "its whole name in quotes, such as [action.\"pos.bill.create\"]";
            let found = "an action's name without quotes".to_owned();
            self.wrong(inner.key_start, &inner.path, found, allowed.to_owned());
            return None;
        }
        self.keys(&section, &["key"]);
        let key = section.entry("key").map(|key| self.key_fields(&key)).unwrap_or_default();
        Some(Action { name: entry.key.to_owned(), key })
    }

    fn key_fields(&mut self, key: &Entry<'a>) -> Vec<String> {
        let items = self.texts(key, "a list of fields, such as [\"sale.number\"]").unwrap_or_default();
        items.iter().filter_map(|item| self.key_field(item)).collect()
    }

    fn key_field(&mut self, item: &Entry<'a>) -> Option<String> {
        let form = "a type, a point and a field, such as \"sale.number\"";
        let text = self.text(item, form)?;
        let Some((ty, field)) = text.split_once('.') else {
            self.wrong_value(item, form);
            return None;
        };
        let known: Vec<&str> = self.types.keys().copied().collect();
        match self.types.get(ty).cloned() {
            None => self.wrong_value(item, &format!("a field of {}", among(ty, &known))),
            Some(fields) if !fields.contains(&field) => {
                self.wrong_value(item, &format!("of {ty}: {}", among(field, &fields)));
            }
            Some(_) => {}
        }
        Some(text.to_owned())
    }
}
