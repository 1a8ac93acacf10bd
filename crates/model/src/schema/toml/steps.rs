//! Steps: what leads from one version to the next.

use toml_edit::{Item, TableLike};

use super::Reader;
use super::places::{Entry, Section};
use super::words::is_word;
use crate::schema::{Step, StepChange};

/// The steps, and the keys that each has.
const STEPS: [(&str, &[&str]); 5] = [
    ("rename-type", &["from", "to"]),
    ("rename-field", &["type", "from", "to"]),
    ("change-kind", &["type", "field", "values"]),
    ("split", &["type", "field", "into", "by"]),
    ("drop-field", &["type", "field"]),
];
const ALLOWED: &str = "one of rename-type, rename-field, change-kind, split, drop-field beside to";

impl<'a> Reader<'a> {
    pub(super) fn steps(&mut self, root: &Section<'a>, version: u32) -> Vec<Step> {
        let Some(entry) = root.entry("step") else { return Vec::new() };
        let tables: Vec<&dyn TableLike> = match entry.item {
            Item::ArrayOfTables(tables) => tables.iter().map(|table| table as &dyn TableLike).collect(),
            _ => {
                self.wrong_value(&entry, "a [[step]] for each change");
                return Vec::new();
            }
        };
        let sections = tables.into_iter().enumerate().map(|(place, table)| Section {
            path: format!("step[{place}]"),
            key: entry.key,
            start: table
                .iter()
                .next()
                .map_or(entry.start, |(_, item)| item.span().map_or(entry.start, |span| span.start)),
            table,
        });
        let sections: Vec<Section<'a>> = sections.collect();
        sections.iter().filter_map(|section| self.step(section, version)).collect()
    }

    fn step(&mut self, section: &Section<'a>, version: u32) -> Option<Step> {
        let words: Vec<&str> = STEPS.iter().map(|(word, _)| *word).collect();
        let keys: Vec<&str> = words.iter().copied().chain(["to"]).collect();
        self.keys(section, &keys);
        let to = self.whole(section, "to", 2..=i64::from(version.max(2)), None);
        let mut named = section.entries().filter(|entry| words.contains(&entry.key));
        let (Some(entry), None) = (named.next(), named.next()) else {
            let found = "no step, or several in one".to_owned();
            self.wrong(section.start, section.name(), found, ALLOWED.to_owned());
            return None;
        };
        let inner = self.section(&entry)?;
        let keys = STEPS.iter().find(|(word, _)| *word == entry.key).map_or(&[][..], |(_, keys)| keys);
        self.keys(&inner, keys);
        let change = match entry.key {
            "rename-type" => StepChange::RenameType {
                from: self.step_name(&inner, "from")?,
                to: self.step_name(&inner, "to")?,
            },
            "rename-field" => StepChange::RenameField {
                of: self.step_name(&inner, "type")?,
                from: self.step_name(&inner, "from")?,
                to: self.step_name(&inner, "to")?,
            },
            "change-kind" => StepChange::ChangeKind {
                of: self.step_name(&inner, "type")?,
                field: self.step_name(&inner, "field")?,
                values: self.step_values(&inner),
            },
            "split" => StepChange::Split {
                of: self.step_name(&inner, "type")?,
                field: self.step_name(&inner, "field")?,
                into: self.step_parts(&inner)?,
                by: self.step_between(&inner)?,
            },
            _ => StepChange::DropField {
                of: self.step_name(&inner, "type")?,
                field: self.step_name(&inner, "field")?,
            },
        };
        Some(Step { to: to?, change })
    }

    fn step_name(&mut self, section: &Section<'a>, key: &str) -> Option<String> {
        let allowed = "the name of a type or field";
        let entry = self.needed(section, key, allowed)?;
        self.name_in(&entry, allowed)
    }

    fn name_in(&mut self, entry: &Entry<'a>, allowed: &str) -> Option<String> {
        let name = self.text(entry, allowed)?;
        if !is_word(name, "_") {
            self.wrong_value(entry, allowed);
        }
        Some(name.to_owned())
    }

    fn step_parts(&mut self, section: &Section<'a>) -> Option<Vec<String>> {
        let allowed = "a list of fields, such as [\"first\", \"last\"]";
        let entry = self.needed(section, "into", allowed)?;
        let items = self.texts(&entry, allowed)?;
        let parts: Vec<String> = items.iter().filter_map(|item| self.name_in(item, allowed)).collect();
        if parts.len() < 2 {
            self.wrong_value(&entry, "at least two fields");
        }
        Some(parts)
    }

    fn step_between(&mut self, section: &Section<'a>) -> Option<String> {
        let allowed = "what stands between two parts, such as \" \"";
        let entry = self.needed(section, "by", allowed)?;
        let by = self.text(&entry, allowed)?;
        if by.is_empty() {
            self.wrong_value(&entry, allowed);
        }
        Some(by.to_owned())
    }

    fn step_values(&mut self, section: &Section<'a>) -> Vec<(String, String)> {
        let Some(entry) = section.entry("values") else { return Vec::new() };
        let Some(values) = self.section(&entry) else { return Vec::new() };
        let mut pairs = Vec::new();
        for entry in values.entries() {
            let new = self.text(&entry, "the new word").map(str::to_owned);
            pairs.extend(new.map(|new| (entry.key.to_owned(), new)));
        }
        pairs
    }
}
