//! Mistakes, each with its place in the file.

use toml_edit::TomlError;

use super::places::{Entry, shown};
use super::{Reader, SchemaError};

impl<'a> Reader<'a> {
    pub(super) fn wrong_key(&mut self, entry: &Entry<'a>, allowed: &str) {
        self.wrong(
            entry.key_start,
            &entry.path,
            format!("the name {}", shown(entry.key)),
            allowed.to_owned(),
        );
    }

    /// A key that may not stand here at all.
    pub(super) fn wrong_key_of(&mut self, entry: &Entry<'a>, allowed: &str) {
        self.wrong(entry.key_start, &entry.path, format!("the key {}", shown(entry.key)), allowed.to_owned());
    }

    /// Notes an element that stands there a second time; whether it does not.
    pub(super) fn once(&mut self, item: &Entry<'a>, again: bool, allowed: &str) -> bool {
        if again {
            let found = format!("{} a second time", item.shown(self.text));
            self.wrong(item.start, &item.path, found, allowed.to_owned());
        }
        !again
    }

    pub(super) fn wrong_value(&mut self, entry: &Entry<'a>, allowed: &str) {
        self.wrong(entry.start, &entry.path, entry.shown(self.text), allowed.to_owned());
    }

    pub(super) fn no_toml(&mut self, error: &TomlError) {
        let start = error.span().map_or(0, |span| span.start);
        let found = format!("no TOML ({})", error.message());
        self.wrong(start, "the file", found, "TOML, as on https://toml.io".to_owned());
    }

    pub(super) fn wrong(&mut self, start: usize, path: &str, found: String, allowed: String) {
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let (line, column) = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
        let (file, path) = (self.file.to_owned(), path.to_owned());
        self.mistakes.push((start, SchemaError { file, line, column, found, allowed, path }));
    }

    pub(super) fn errors(mut self) -> Vec<SchemaError> {
        self.mistakes.sort_by_key(|(start, _)| *start);
        self.mistakes.into_iter().map(|(_, error)| error).collect()
    }
}
