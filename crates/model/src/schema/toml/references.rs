//! References: to which type, whether that owns the record, and what becomes of the record when its
//! owner is deleted.

use super::Reader;
use super::places::{Entry, Section};
use super::suggestions::{among, listed};
use crate::schema::{Kind, OnDelete};

const ORPHAN_TO: &str = "orphan-to";

impl<'a> Reader<'a> {
    pub(super) fn reference(&mut self, field: &Section<'a>) -> Option<Kind> {
        let owner = self.flag(field, "owner");
        let known: Vec<&str> = self.types.keys().copied().collect();
        let to = self.needed(field, "to", &listed(&known)).and_then(|entry| self.word(&entry, &known));
        let on_delete = self.on_delete(field, to, owner);
        Some(Kind::Ref { to: to?.to_owned(), owner, on_delete })
    }

    fn on_delete(&mut self, field: &Section<'a>, to: Option<&'a str>, owner: bool) -> OnDelete {
        let word = field.entry("on-delete").and_then(|entry| self.on_delete_word(field, &entry, owner));
        let orphan_to = field.entry(ORPHAN_TO);
        match (word, orphan_to) {
            (Some(ORPHAN_TO), Some(entry)) => OnDelete::OrphanTo(self.heir(&entry, to)),
            (Some(ORPHAN_TO), None) => OnDelete::OrphanTo(None),
            (word, other) => {
                // Where on-delete itself is wrong, that alone is told.
                if let Some(entry) = other.filter(|_| word.is_some() || field.entry("on-delete").is_none()) {
                    let allowed = "one beside on-delete = \"orphan-to\" only";
                    self.wrong(entry.key_start, &entry.path, "an orphan-to".to_owned(), allowed.to_owned());
                }
                if word == Some("refuse") { OnDelete::Refuse } else { OnDelete::Cascade }
            }
        }
    }

    fn on_delete_word(
        &mut self,
        field: &Section<'a>,
        entry: &Entry<'a>,
        owner: bool,
    ) -> Option<&'static str> {
        let word = self.word(entry, &["cascade", "refuse", ORPHAN_TO])?;
        let required = field.table.get("required").and_then(|item| item.as_bool()) == Some(true);
        if !owner {
            let allowed = "one beside owner = true only";
            self.wrong(entry.key_start, &entry.path, "an on-delete".to_owned(), allowed.to_owned());
        } else if word == ORPHAN_TO && field.entry(ORPHAN_TO).is_none() && required {
            let allowed = "cascade, refuse; or an orphan-to beside it, since the field may not be empty";
            self.wrong_value(entry, allowed);
        }
        Some(word)
    }

    /// The field of the owner whose reference a record without that owner takes over.
    fn heir(&mut self, entry: &Entry<'a>, to: Option<&'a str>) -> Option<String> {
        let to = to?;
        let allowed = format!("a field of {to} that refers to {to}");
        let name = self.text(entry, &allowed)?;
        let known = self.types.get(to).cloned().unwrap_or_default();
        let target = self.references.get(&(to, name)).copied();
        if !known.contains(&name) {
            self.wrong_value(entry, &format!("of {to}: {}", among(name, &known)));
        } else if target.is_none_or(|target| target != to && self.types.contains_key(target)) {
            self.wrong_value(entry, &allowed);
        }
        Some(name.to_owned())
    }
}
