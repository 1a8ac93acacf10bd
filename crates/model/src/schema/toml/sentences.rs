//! What an action says in the history: words with placeholders.

use super::Reader;
use super::places::{Entry, Section};
use super::suggestions::among;
use crate::words::says::{Part, parts};

/// The characters of what an action says.
const SAYS_MAX: usize = 200;
const SAYS: &str = "what a person did, after their name, such as \"moved {asset} on {asset.floor}\"";

impl<'a> Reader<'a> {
    pub(super) fn says(&mut self, action: &Section<'a>) -> Option<String> {
        let entry = action.entry("says")?;
        let text = self.text(&entry, SAYS)?;
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            self.wrong_value(&entry, SAYS);
        } else if text.chars().count() > SAYS_MAX {
            self.wrong_value(&entry, &format!("at most {SAYS_MAX} characters"));
        }
        match parts(text) {
            None => self.wrong_value(&entry, "braces in pairs, with {type} or {type.field} in them"),
            Some(parts) => parts.iter().for_each(|part| self.placeholder(&entry, part)),
        }
        Some(text.to_owned())
    }

    fn placeholder(&mut self, says: &Entry<'a>, part: &Part<'a>) {
        let (ty, field, found) = match *part {
            Part::Words(_) => return,
            Part::Record(ty) => (ty, None, format!("{{{ty}}}")),
            Part::Value(ty, field) => (ty, Some(field), format!("{{{ty}.{field}}}")),
        };
        if let Some(allowed) = self.unknown(ty, field) {
            self.wrong(says.start, &says.path, found, allowed);
        }
    }

    /// What is allowed in place of a type, or of a field of a type, that there is not.
    pub(super) fn unknown(&self, ty: &str, field: Option<&str>) -> Option<String> {
        let types: Vec<&str> = self.types.keys().copied().collect();
        match (self.types.get(ty), field) {
            (None, None) => Some(among(ty, &types)),
            (None, Some(_)) => Some(format!("a field of {}", among(ty, &types))),
            (Some(fields), Some(field)) if !fields.contains(&field) => {
                Some(format!("of {ty}: {}", among(field, fields)))
            }
            _ => None,
        }
    }
}
