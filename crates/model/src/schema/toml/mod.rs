//! Reads `schema.toml`. A wrong file gives one error for each mistake in it, with its place, what was
//! found and what is allowed, so that a person mends all of them in one go. Only a text that is no
//! TOML at all stops the reading at its first mistake.
//!
//! Never touches a file: the caller brings the text, and its name for the messages.
//!
//! Here: the error, the limits, and the whole file. What stands in it is read in `types`, with what a
//! type says besides its fields in `keys`, `groups` and `counters`; in `fields`, with `kinds`, `references`
//! and `defaults`; in `actions`, with their `sentences`; and in `steps`. What is said of
//! roles is read in `people`. The rules for names are in `words`. They walk
//! over `places`, take `values` from them, note `mistakes`, and have `suggestions` for a misspelled word.

mod actions;
mod counters;
mod defaults;
mod fields;
mod groups;
mod keys;
mod kinds;
mod merges;
mod mistakes;
mod people;
mod places;
mod references;
mod sentences;
mod steps;
mod suggestions;
#[cfg(test)]
mod tests;
mod types;
mod values;
mod words;

use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike};

use self::places::Section;
use self::words::{APP_NAME, is_word};
use super::{Schema, Vocabulary};

/// One mistake in a schema file. Shown as one line: `FILE:LINE:COL: PATH: found X; allowed: Y`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {path}: found {found}; allowed: {allowed}")]
pub struct SchemaError {
    /// As the caller named it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is there.
    pub found: String,
    /// What may be there instead.
    pub allowed: String,
    /// The keys that lead there, such as `type.product.field.price.scale`.
    pub path: String,
}

/// The bytes of a schema file.
pub const BYTES_MAX: usize = 1 << 20;
/// The types of a schema.
pub const TYPES_MAX: usize = 200;
/// The fields of a type.
pub const FIELDS_MAX: usize = 200;

const FILE_KEYS: [&str; 7] = ["schema", "version", "status", "roles", "type", "action", "step"];

/// Reads the text of a schema file. `file` only names it in the errors.
///
/// # Errors
/// One for each mistake, in the order of the file.
pub fn read(file: &str, text: &str) -> Result<Schema, Vec<SchemaError>> {
    let (types, references) = (BTreeMap::new(), BTreeMap::new());
    let (roles, mistakes) = (Vec::new(), Vec::new());
    let mut reader = Reader { file, text, types, references, roles, mistakes };
    if text.len() > BYTES_MAX {
        reader.wrong(0, "the file", format!("{} bytes", text.len()), format!("at most {BYTES_MAX} bytes"));
        return Err(reader.errors());
    }
    let doc = match Document::parse(text) {
        Ok(doc) => doc,
        Err(error) => {
            reader.no_toml(&error);
            return Err(reader.errors());
        }
    };
    let root = Section { path: String::new(), key: "", start: 0, table: doc.as_table() };
    reader.types = type_names(&root);
    reader.references = targets(&root);
    let schema = reader.schema(&root);
    let errors = reader.errors();
    if errors.is_empty() { Ok(schema) } else { Err(errors) }
}

/// What a reference may name: the fields of each type, as they stand there, well-formed or not. So a
/// mistake in a type is not reported again at each reference to it.
fn type_names<'a>(root: &Section<'a>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let names = |table: &'a dyn TableLike| table.iter().map(|(name, _)| name).collect();
    let fields = |item: &'a Item| item.get("field").and_then(Item::as_table_like).map(names);
    items(root.table.get("type")).map(|(name, item)| (name, fields(item).unwrap_or_default())).collect()
}

/// What each reference of each type refers to, as it stands there: nothing, where it does not say.
fn targets<'a>(root: &Section<'a>) -> BTreeMap<(&'a str, &'a str), &'a str> {
    let text = |item: &'a Item, key: &str| item.get(key).and_then(Item::as_str);
    let mut targets = BTreeMap::new();
    for (ty, item) in items(root.table.get("type")) {
        for (field, item) in items(item.get("field")) {
            if text(item, "kind") == Some("ref") {
                targets.insert((ty, field), text(item, "to").unwrap_or_default());
            }
        }
    }
    targets
}

/// The entries of a table; none, where it is no table.
fn items(table: Option<&Item>) -> impl Iterator<Item = (&str, &Item)> {
    table.and_then(Item::as_table_like).into_iter().flat_map(|table| table.iter())
}

/// Collects mistakes while it reads. Where something is wrong it notes that and goes on with any
/// value: the schema is handed out only if nothing was noted.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// The fields of each type.
    types: BTreeMap<&'a str, Vec<&'a str>>,
    /// By type and field, what each reference refers to.
    references: BTreeMap<(&'a str, &'a str), &'a str>,
    /// The app's own roles.
    roles: Vec<String>,
    /// With the byte at which each stands.
    mistakes: Vec<(usize, SchemaError)>,
}

/// The file and its types.
impl<'a> Reader<'a> {
    fn schema(&mut self, root: &Section<'a>) -> Schema {
        self.keys(root, &FILE_KEYS);
        let name = self.app_name(root);
        let version = self.whole(root, "version", 1..=i64::from(u32::MAX), None).unwrap_or_default();
        let status = self.vocabulary(root);
        self.roles = self.own_roles(root);
        let types = self.record_types(root);
        let actions = self.actions(root, &types);
        self.people(root, &types);
        let (steps, roles) = (self.steps(root, version), std::mem::take(&mut self.roles));
        Schema { roles, status, steps, ..Schema::new(&name, version, types, actions) }
    }

    /// In which words the app says how syncing stands.
    fn vocabulary(&mut self, root: &Section<'a>) -> Vocabulary {
        let names = Vocabulary::ALL.map(|(name, _)| name);
        let word = root.entry("status").and_then(|entry| self.word(&entry, &names));
        let found = Vocabulary::ALL.into_iter().find(|(name, _)| Some(*name) == word);
        found.map(|(_, vocabulary)| vocabulary).unwrap_or_default()
    }

    fn app_name(&mut self, root: &Section<'a>) -> String {
        let Some(entry) = self.needed(root, "schema", APP_NAME) else { return String::new() };
        let name = self.text(&entry, APP_NAME).unwrap_or("counter");
        if !is_word(name, "-") {
            self.wrong_value(&entry, APP_NAME);
        }
        name.to_owned()
    }
}
