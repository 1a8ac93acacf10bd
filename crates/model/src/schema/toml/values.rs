//! Values of a table, whatever it describes.

use std::ops::RangeInclusive;

use super::Reader;
use super::places::{Entry, Section, shown};
use super::suggestions::{among, is_near, listed};

impl<'a> Reader<'a> {
    /// Notes each key that is not one of `allowed`.
    pub(super) fn keys(&mut self, section: &Section<'a>, allowed: &[&str]) {
        for entry in section.entries().filter(|entry| !allowed.contains(&entry.key)) {
            let found = format!("the key {}", shown(entry.key));
            self.wrong(entry.key_start, section.name(), found, among(entry.key, allowed));
        }
    }

    /// The entry of a key that must be there. A key that is only misspelled has been noted already.
    pub(super) fn needed(&mut self, section: &Section<'a>, key: &str, allowed: &str) -> Option<Entry<'a>> {
        let entry = section.entry(key);
        if entry.is_none() && !section.entries().any(|other| is_near(other.key, key)) {
            self.wrong(section.start, section.name(), format!("no {key}"), allowed.to_owned());
        }
        entry
    }

    pub(super) fn section(&mut self, entry: &Entry<'a>) -> Option<Section<'a>> {
        let section = entry.section();
        if section.is_none() {
            self.wrong_value(entry, "a table");
        }
        section
    }

    pub(super) fn text(&mut self, entry: &Entry<'a>, allowed: &str) -> Option<&'a str> {
        let text = entry.item.as_str();
        if text.is_none() {
            self.wrong_value(entry, allowed);
        }
        text
    }

    /// The elements of a list; each still has to be read as a text.
    pub(super) fn texts(&mut self, entry: &Entry<'a>, allowed: &str) -> Option<Vec<Entry<'a>>> {
        let list = entry.elements();
        if list.is_none() {
            self.wrong_value(entry, allowed);
        }
        list
    }

    /// A text that is one of some words.
    pub(super) fn word<'w>(&mut self, entry: &Entry<'a>, words: &[&'w str]) -> Option<&'w str> {
        let text = self.text(entry, &listed(words))?;
        let word = words.iter().copied().find(|word| *word == text);
        if word.is_none() {
            self.wrong_value(entry, &among(text, words));
        }
        word
    }

    /// True or false; false where the key is missing.
    pub(super) fn flag(&mut self, section: &Section<'a>, key: &str) -> bool {
        let Some(entry) = section.entry(key) else { return false };
        let flag = entry.item.as_bool();
        if flag.is_none() {
            self.wrong_value(&entry, "true or false");
        }
        flag.unwrap_or_default()
    }

    /// A whole number in a range that fits `T`. Without a default the key must be there.
    pub(super) fn whole<T: TryFrom<i64>>(
        &mut self,
        section: &Section<'a>,
        key: &str,
        range: RangeInclusive<i64>,
        default: Option<T>,
    ) -> Option<T> {
        let allowed = format!("a whole number from {} to {}", range.start(), range.end());
        let entry = match default {
            None => self.needed(section, key, &allowed)?,
            Some(default) => match section.entry(key) {
                None => return Some(default),
                Some(entry) => entry,
            },
        };
        let number = entry.item.as_integer().filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong_value(&entry, &allowed);
        }
        T::try_from(number?).ok()
    }

    pub(super) fn at_most(&mut self, section: &Section<'a>, max: usize, what: &str) {
        if let Some(entry) = section.entries().nth(max) {
            let found = format!("{} {what}", section.table.len());
            self.wrong(entry.key_start, section.name(), found, format!("at most {max}"));
        }
    }
}
