//! Names, and the words that none may be.

use super::Reader;
use super::places::{Entry, Section};
use crate::schema::system;

/// The characters of a type's or field's name.
const NAME_MAX: usize = 63;

/// Words that SQLite does not take as a bare name in at least one place: SQLite 3.40 was asked, with
/// each of its keywords as a table and as a column.
const RESERVED: &str = "add all alter and as autoincrement between case cast check collate commit \
    constraint create cross current_date current_time current_timestamp default deferrable delete \
    distinct drop else escape except exists foreign from full glob group having if in index indexed \
    inner insert intersect into is isnull join left like limit match natural not nothing notnull null \
    on or order outer primary raise references regexp returning right select set table then to \
    transaction union unique update using values when where with";

pub(super) const APP_NAME: &str = "a name such as counter: a letter a-z, then a-z, 0-9 and -, at most 63";
pub(super) const NAME: &str = "a name such as order_line: a letter a-z, then a-z, 0-9 and _, at most 63";
pub(super) const ACTION_NAME: &str = "dotted words such as pos.bill.create, each of a-z, 0-9, _ and -";
const CALLED: &str = "what people call one, such as \"phone number\", at most 63 characters in one line";
/// No type's name: it stands in a path where a type's name may stand.
const OP: &str = "op";
const OTHER_WORD: &str = "a name that is no word of SQL, such as sales_order in place of order";

impl<'a> Reader<'a> {
    pub(super) fn type_name(&mut self, entry: &Entry<'a>) {
        let prefix = ["fb_", "sqlite_"].into_iter().find(|prefix| entry.key.starts_with(prefix));
        match prefix {
            None if system::NAMES.contains(&entry.key) => {
                self.wrong_key(entry, &format!("another name: every app has a type {}", entry.key));
            }
            None if entry.key == OP => {
                self.wrong_key(entry, "another name: histories are asked for by type or by op");
            }
            Some(prefix) => self.wrong_key(entry, &format!("a name that does not start with {prefix}")),
            None => self.sql_name(entry),
        }
    }

    /// Checks a name that becomes a table or a column.
    fn sql_name(&mut self, entry: &Entry<'a>) {
        if !is_word(entry.key, "_") {
            return self.wrong_key(entry, NAME);
        }
        if RESERVED.split(' ').any(|word| word == entry.key) {
            let found = format!("{}, a reserved word of SQL", entry.key);
            self.wrong(entry.key_start, &entry.path, found, OTHER_WORD.to_owned());
        }
    }

    pub(super) fn field_name(&mut self, entry: &Entry<'a>) {
        match entry.key {
            "id" => self.wrong_key(entry, "another name: every record has an id of its own"),
            key if key.starts_with('_') => self.wrong_key(entry, "a name that does not start with _"),
            _ => self.sql_name(entry),
        }
    }
}

/// What people call a type or field.
impl<'a> Reader<'a> {
    pub(super) fn called(&mut self, section: &Section<'a>) -> Option<String> {
        let entry = section.entry("called")?;
        let name = self.text(&entry, CALLED)?;
        let fits = name.trim() == name && !name.is_empty() && name.chars().count() <= NAME_MAX;
        if !fits || name.chars().any(char::is_control) {
            self.wrong_value(&entry, CALLED);
        }
        Some(name.to_owned())
    }
}

/// A letter, then letters, digits and the characters of `more`; at most [`NAME_MAX`] in all.
pub(super) fn is_word(word: &str, more: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c);
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(plain) && word.len() <= NAME_MAX
}
