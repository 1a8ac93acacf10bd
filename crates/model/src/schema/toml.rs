//! Reads `schema.toml`. A wrong file gives one error for each mistake in it, with its place, what was
//! found and what is allowed, so that a person mends all of them in one go. Only a text that is no
//! TOML at all stops the reading at its first mistake.
//!
//! Never touches a file: the caller brings the text, and its name for the messages.
//!
//! Top to bottom: the error, the rules as constants, the reader from the whole file down to one
//! default, the places in the file that it walks over, and what to suggest for a misspelled word.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml_edit::{Document, Item, TableLike, TomlError, Value as Toml};

use super::{Action, EDIT, Field, Kind, Merge, RecordType, Schema};
use crate::json::Json;
use crate::limits::NAME_CHARS_MAX;
use crate::value::Value;

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

/// The characters of a type's or field's name.
const NAME_MAX: usize = 63;
/// How deep lists and tables may stand in a default: less than what the one JSON parser reads, since
/// the default travels inside the schema.
const DEFAULT_DEPTH_MAX: usize = 16;
/// The words that one message lists before it says "…".
const LISTED_MAX: usize = 24;
/// The characters of the file that one message repeats.
const SHOWN_MAX: usize = 40;

/// The kinds, and the keys that a field of each has besides [`FIELD_KEYS`].
const KINDS: [(&str, &[&str]); 12] = [
    ("text", &["max"]),
    ("integer", &[]),
    ("decimal", &["scale"]),
    ("money", &["currency", "scale"]),
    ("boolean", &[]),
    ("date", &[]),
    ("timestamp", &[]),
    ("enum", &["values"]),
    ("json", &[]),
    ("set", &["max"]),
    ("ref", &["to", "owner"]),
    ("blob", &[]),
];
const FIELD_KEYS: [&str; 4] = ["kind", "required", "default", "merge"];

/// Words that SQLite does not take as a bare name in at least one place: SQLite 3.40 was asked, with
/// each of its keywords as a table and as a column.
const RESERVED: &str = "add all alter and as autoincrement between case cast check collate commit \
    constraint create cross current_date current_time current_timestamp default deferrable delete \
    distinct drop else escape except exists foreign from full glob group having if in index indexed \
    inner insert intersect into is isnull join left like limit match natural not nothing notnull null \
    on or order outer primary raise references regexp returning right select set table then to \
    transaction union unique update using values when where with";

const APP_NAME: &str = "a name such as counter: a letter a-z, then a-z, 0-9 and -, at most 63";
const NAME: &str = "a name such as order_line: a letter a-z, then a-z, 0-9 and _, at most 63";
const ACTION_NAME: &str = "dotted words such as pos.bill.create, each of a-z, 0-9, _ and -";
const OTHER_WORD: &str = "a name that is no word of SQL, such as sales_order in place of order";

/// Reads the text of a schema file. `file` only names it in the errors.
///
/// # Errors
/// One for each mistake, in the order of the file.
pub fn read(file: &str, text: &str) -> Result<Schema, Vec<SchemaError>> {
    let mut reader = Reader { file, text, types: BTreeMap::new(), mistakes: Vec::new() };
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
    let schema = reader.schema(&root);
    let errors = reader.errors();
    if errors.is_empty() { Ok(schema) } else { Err(errors) }
}

/// What a reference may name: the fields of each type, as they stand there, well-formed or not. So a
/// mistake in a type is not reported again at each reference to it.
fn type_names<'a>(root: &Section<'a>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let names = |table: &'a dyn TableLike| table.iter().map(|(name, _)| name).collect();
    let fields = |item: &'a Item| item.get("field").and_then(Item::as_table_like).map(names);
    let types = root.table.get("type").and_then(Item::as_table_like);
    let types = types.into_iter().flat_map(|table| table.iter());
    types.map(|(name, item)| (name, fields(item).unwrap_or_default())).collect()
}

/// Collects mistakes while it reads. Where something is wrong it notes that and goes on with any
/// value: the schema is handed out only if nothing was noted.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    types: BTreeMap<&'a str, Vec<&'a str>>,
    /// With the byte at which each stands.
    mistakes: Vec<(usize, SchemaError)>,
}

/// The file and its types.
impl<'a> Reader<'a> {
    fn schema(&mut self, root: &Section<'a>) -> Schema {
        self.keys(root, &["schema", "version", "type", "action"]);
        Schema {
            name: self.app_name(root),
            version: self.whole(root, "version", 1..=i64::from(u32::MAX), None).unwrap_or_default(),
            types: self.record_types(root),
            actions: self.actions(root),
        }
    }

    fn app_name(&mut self, root: &Section<'a>) -> String {
        let Some(entry) = self.needed(root, "schema", APP_NAME) else { return String::new() };
        let name = self.text(&entry, APP_NAME).unwrap_or("counter");
        if !is_word(name, "-") {
            self.wrong_value(&entry, APP_NAME);
        }
        name.to_owned()
    }

    fn record_types(&mut self, root: &Section<'a>) -> Vec<RecordType> {
        let allowed = "at least one [type.NAME] with fields";
        let Some(types) = self.needed(root, "type", allowed).and_then(|entry| self.section(&entry)) else {
            return Vec::new();
        };
        self.at_most(&types, TYPES_MAX, "types");
        types.entries().filter_map(|entry| self.record_type(&entry)).collect()
    }

    fn record_type(&mut self, entry: &Entry<'a>) -> Option<RecordType> {
        self.type_name(entry);
        let section = self.section(entry)?;
        self.keys(&section, &["label", "insert-only", "merge", "field"]);
        let rules = TypeRules {
            insert_only: self.flag(&section, "insert-only"),
            merges_whole: self.one_of(&section, "merge", &["fields", "last-synced"]) == Some("last-synced"),
        };
        let fields = self.fields(&section, &rules);
        let label = self.label(&section, &fields);
        Some(RecordType { name: entry.key.to_owned(), label, insert_only: rules.insert_only, fields })
    }

    fn type_name(&mut self, entry: &Entry<'a>) {
        let prefix = ["fb_", "sqlite_"].into_iter().find(|prefix| entry.key.starts_with(prefix));
        match prefix {
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

    fn label(&mut self, section: &Section<'a>, fields: &[Field]) -> Option<String> {
        let entry = section.entry("label")?;
        let name = self.text(&entry, "the name of a text field")?;
        let known = self.types.get(section.key).cloned().unwrap_or_default();
        let is_text = |field: &Field| matches!(field.kind, Kind::Text { .. });
        if known.is_empty() {
            // A type without fields has been noted already.
        } else if !known.contains(&name) {
            let allowed = among(name, &known);
            self.wrong_value(&entry, &allowed);
        } else if fields.iter().any(|field| field.name == name && !is_text(field)) {
            self.wrong(
                entry.start,
                &entry.path,
                format!("{name:?}, which is no text"),
                "a text field".into(),
            );
        }
        Some(name.to_owned())
    }
}

/// What a type says about all its fields.
struct TypeRules {
    insert_only: bool,
    merges_whole: bool,
}

/// Fields.
impl<'a> Reader<'a> {
    fn fields(&mut self, ty: &Section<'a>, rules: &TypeRules) -> Vec<Field> {
        let allowed = "at least one field, such as name = { kind = \"text\" }";
        let Some(fields) = self.needed(ty, "field", allowed).and_then(|entry| self.section(&entry)) else {
            return Vec::new();
        };
        if fields.table.is_empty() {
            self.wrong(fields.start, &fields.path, "no field".to_owned(), allowed.to_owned());
        }
        self.at_most(&fields, FIELDS_MAX, "fields");
        fields.entries().filter_map(|entry| self.field(&entry, rules)).collect()
    }

    fn field(&mut self, entry: &Entry<'a>, rules: &TypeRules) -> Option<Field> {
        self.field_name(entry);
        let section = self.section(entry)?;
        let kind = self.kind(&section);
        let merge = self.merge(&section, rules, kind.as_ref());
        let required = self.flag(&section, "required");
        let mut field = Field { name: entry.key.to_owned(), kind: kind?, merge, required, default: None };
        field.default = self.default(&section, &field);
        Some(field)
    }

    fn field_name(&mut self, entry: &Entry<'a>) {
        match entry.key {
            "id" => self.wrong_key(entry, "another name: every record has an id of its own"),
            key if key.starts_with('_') => self.wrong_key(entry, "a name that does not start with _"),
            _ => self.sql_name(entry),
        }
    }

    fn kind(&mut self, field: &Section<'a>) -> Option<Kind> {
        let name = self.kind_name(field);
        let of_kind = |kind: &&(&str, _)| name.is_none_or(|name| name == kind.0);
        let own = KINDS.iter().filter(of_kind).flat_map(|(_, keys)| keys.iter().copied());
        let mut keys = FIELD_KEYS.to_vec();
        own.for_each(|key| {
            if !keys.contains(&key) {
                keys.push(key);
            }
        });
        self.keys(field, &keys);
        match name? {
            "text" => self.whole(field, "max", 1..=1_000_000, Some(10_000)).map(|max| Kind::Text { max }),
            "integer" => Some(Kind::Integer),
            "decimal" => self.whole(field, "scale", 0..=9, None).map(|scale| Kind::Decimal { scale }),
            "money" => self.money(field),
            "boolean" => Some(Kind::Boolean),
            "date" => Some(Kind::Date),
            "timestamp" => Some(Kind::Timestamp),
            "enum" => self.values(field).map(|values| Kind::Enum { values }),
            "json" => Some(Kind::Json),
            "set" => self.whole(field, "max", 1..=10_000, Some(1000)).map(|max| Kind::Set { max }),
            "ref" => self.reference(field),
            "blob" => Some(Kind::Blob),
            other => unreachable!("BUG: {other} stands in KINDS and is not read"),
        }
    }

    fn kind_name(&mut self, field: &Section<'a>) -> Option<&'static str> {
        let names = KINDS.map(|(name, _)| name);
        let entry = self.needed(field, "kind", &listed(&names))?;
        self.word(&entry, &names)
    }

    fn money(&mut self, field: &Section<'a>) -> Option<Kind> {
        let scale = self.whole(field, "scale", 0..=9, Some(2));
        let allowed = "three letters of ISO 4217, such as \"USD\"";
        let entry = self.needed(field, "currency", allowed)?;
        let currency = self.text(&entry, allowed)?;
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            self.wrong_value(&entry, allowed);
        }
        Some(Kind::Money { currency: currency.to_owned(), scale: scale? })
    }

    fn values(&mut self, field: &Section<'a>) -> Option<Vec<String>> {
        let allowed = "a list of texts, such as [\"open\", \"paid\"]";
        let entry = self.needed(field, "values", allowed)?;
        let words = self.texts(&entry, allowed)?;
        if words.is_empty() {
            self.wrong_value(&entry, "at least one text");
        }
        let mut values: Vec<String> = Vec::new();
        for word in &words {
            let Some(text) = self.text(word, "a text").map(str::to_owned) else { continue };
            if text.is_empty() {
                self.wrong_value(word, "a text of at least one character");
            } else if values.contains(&text) {
                let found = format!("{} a second time", word.shown(self.text));
                self.wrong(word.start, &word.path, found, "each value once".to_owned());
            }
            values.push(text);
        }
        Some(values)
    }

    fn reference(&mut self, field: &Section<'a>) -> Option<Kind> {
        let owner = self.flag(field, "owner");
        let known: Vec<&str> = self.types.keys().copied().collect();
        let entry = self.needed(field, "to", &listed(&known))?;
        let to = self.word(&entry, &known)?;
        Some(Kind::Ref { to: to.to_owned(), owner })
    }

    fn merge(&mut self, field: &Section<'a>, rules: &TypeRules, kind: Option<&Kind>) -> Merge {
        let Some(entry) = field.entry("merge") else { return Merge::LastSynced };
        if rules.merges_whole {
            let allowed = "none here, since the type says merge = \"last-synced\"";
            self.wrong(entry.key_start, &entry.path, "a merge".to_owned(), allowed.to_owned());
            return Merge::LastSynced;
        }
        if self.word(&entry, &["last-synced", "delta"]) != Some("delta") {
            return Merge::LastSynced;
        }
        if rules.insert_only {
            self.wrong_value(&entry, "\"last-synced\": records of an insert-only type never change");
        } else if kind.is_some_and(|kind| kind.scale().is_none()) {
            self.wrong_value(&entry, "\"last-synced\"; delta is for integer, decimal and money");
        }
        Merge::Delta
    }

    fn default(&mut self, section: &Section<'a>, field: &Field) -> Option<Json> {
        let entry = section.entry("default")?;
        // A default may also be a table of its own, `[type.NAME.field.NAME.default]`.
        let default = entry.item.clone().into_value().ok().and_then(|value| json(&value, 0));
        let default = default.filter(|default| Value::read(field, default).is_ok());
        if default.is_none() {
            self.wrong_value(&entry, &default_wanted(&field.kind));
        }
        default
    }
}

/// What a default of a kind looks like.
fn default_wanted(kind: &Kind) -> String {
    match kind {
        Kind::Text { max } => format!("a text of at most {max} characters"),
        Kind::Integer => "a whole number of at most 18 digits".to_owned(),
        Kind::Decimal { scale } | Kind::Money { scale, .. } => {
            format!("a decimal in quotes, such as \"118.50\", with at most {scale} places and 18 digits")
        }
        Kind::Boolean => "true or false".to_owned(),
        Kind::Date => "a date in quotes, such as \"2026-05-19\"".to_owned(),
        Kind::Timestamp => "a time in quotes, such as \"2026-05-19T09:14:23Z\"".to_owned(),
        Kind::Enum { values } => listed(&values.iter().map(String::as_str).collect::<Vec<_>>()),
        Kind::Json => format!(
            "what JSON has (no date without quotes, no inf, no nan), nested at most {DEFAULT_DEPTH_MAX} deep"
        ),
        Kind::Set { max } => format!("a list of at most {max} texts"),
        Kind::Ref { to, .. } => format!("the id of a {to}"),
        Kind::Blob => "the SHA-256 of a blob in 64 hexadecimal digits".to_owned(),
    }
}

/// A default as JSON, `None` for what JSON or its one parser does not take.
fn json(value: &Toml, depth: usize) -> Option<Json> {
    if depth > DEFAULT_DEPTH_MAX {
        return None;
    }
    match value {
        Toml::String(text) => Some(Json::Text(text.value().clone())),
        Toml::Integer(number) => Some(Json::Int(*number.value())),
        Toml::Float(number) => number.value().is_finite().then_some(Json::Float(*number.value())),
        Toml::Boolean(value) => Some(Json::Bool(*value.value())),
        Toml::Datetime(_) => None,
        Toml::Array(items) => {
            items.iter().map(|item| json(item, depth + 1)).collect::<Option<_>>().map(Json::List)
        }
        Toml::InlineTable(table) => {
            let entry = |(key, item): (&str, _)| Some((key.to_owned(), json(item, depth + 1)?));
            table.iter().map(entry).collect::<Option<_>>().map(Json::Object)
        }
    }
}

/// Actions.
impl<'a> Reader<'a> {
    fn actions(&mut self, root: &Section<'a>) -> Vec<Action> {
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

/// Values of a table, whatever it describes.
impl<'a> Reader<'a> {
    /// Notes each key that is not one of `allowed`.
    fn keys(&mut self, section: &Section<'a>, allowed: &[&str]) {
        for entry in section.entries().filter(|entry| !allowed.contains(&entry.key)) {
            let found = format!("the key {}", shown(entry.key));
            self.wrong(entry.key_start, section.name(), found, among(entry.key, allowed));
        }
    }

    /// The entry of a key that must be there. A key that is only misspelled has been noted already.
    fn needed(&mut self, section: &Section<'a>, key: &str, allowed: &str) -> Option<Entry<'a>> {
        let entry = section.entry(key);
        if entry.is_none() && !section.entries().any(|other| is_near(other.key, key)) {
            self.wrong(section.start, section.name(), format!("no {key}"), allowed.to_owned());
        }
        entry
    }

    fn section(&mut self, entry: &Entry<'a>) -> Option<Section<'a>> {
        let table = entry.item.as_table_like();
        if table.is_none() {
            self.wrong_value(entry, "a table");
        }
        Some(Section { path: entry.path.clone(), key: entry.key, start: entry.key_start, table: table? })
    }

    fn text(&mut self, entry: &Entry<'a>, allowed: &str) -> Option<&'a str> {
        let text = entry.item.as_str();
        if text.is_none() {
            self.wrong_value(entry, allowed);
        }
        text
    }

    /// The elements of a list; each still has to be read as a text.
    fn texts(&mut self, entry: &Entry<'a>, allowed: &str) -> Option<Vec<Entry<'a>>> {
        let list = entry.elements();
        if list.is_none() {
            self.wrong_value(entry, allowed);
        }
        list
    }

    /// A text that is one of some words.
    fn word<'w>(&mut self, entry: &Entry<'a>, words: &[&'w str]) -> Option<&'w str> {
        let text = self.text(entry, &listed(words))?;
        let word = words.iter().copied().find(|word| *word == text);
        if word.is_none() {
            self.wrong_value(entry, &among(text, words));
        }
        word
    }

    fn one_of<'w>(&mut self, section: &Section<'a>, key: &str, words: &[&'w str]) -> Option<&'w str> {
        let entry = section.entry(key)?;
        self.word(&entry, words)
    }

    /// True or false; false where the key is missing.
    fn flag(&mut self, section: &Section<'a>, key: &str) -> bool {
        let Some(entry) = section.entry(key) else { return false };
        let flag = entry.item.as_bool();
        if flag.is_none() {
            self.wrong_value(&entry, "true or false");
        }
        flag.unwrap_or_default()
    }

    /// A whole number in a range that fits `T`. Without a default the key must be there.
    fn whole<T: TryFrom<i64>>(
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

    fn at_most(&mut self, section: &Section<'a>, max: usize, what: &str) {
        if let Some(entry) = section.entries().nth(max) {
            let found = format!("{} {what}", section.table.len());
            self.wrong(entry.key_start, section.name(), found, format!("at most {max}"));
        }
    }
}

/// Mistakes.
impl<'a> Reader<'a> {
    fn wrong_key(&mut self, entry: &Entry<'a>, allowed: &str) {
        self.wrong(
            entry.key_start,
            &entry.path,
            format!("the name {}", shown(entry.key)),
            allowed.to_owned(),
        );
    }

    fn wrong_value(&mut self, entry: &Entry<'a>, allowed: &str) {
        self.wrong(entry.start, &entry.path, entry.shown(self.text), allowed.to_owned());
    }

    fn no_toml(&mut self, error: &TomlError) {
        let start = error.span().map_or(0, |span| span.start);
        let found = format!("no TOML ({})", error.message());
        self.wrong(start, "the file", found, "TOML, as on https://toml.io".to_owned());
    }

    fn wrong(&mut self, start: usize, path: &str, found: String, allowed: String) {
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let (line, column) = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
        let (file, path) = (self.file.to_owned(), path.to_owned());
        self.mistakes.push((start, SchemaError { file, line, column, found, allowed, path }));
    }

    fn errors(mut self) -> Vec<SchemaError> {
        self.mistakes.sort_by_key(|(start, _)| *start);
        self.mistakes.into_iter().map(|(_, error)| error).collect()
    }
}

/// A table of the file, in whichever of TOML's spellings.
struct Section<'a> {
    path: String,
    /// Its own name, empty for the whole file.
    key: &'a str,
    /// The byte at which that name starts.
    start: usize,
    table: &'a dyn TableLike,
}

impl<'a> Section<'a> {
    /// Its path, for a message.
    fn name(&self) -> &str {
        if self.path.is_empty() { "the file" } else { &self.path }
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'a>> {
        self.table.iter().filter_map(|(key, _)| self.entry(key))
    }

    fn entry(&self, key: &str) -> Option<Entry<'a>> {
        let (key, item) = self.table.get_key_value(key)?;
        let key_start = key.span().map_or(self.start, |span| span.start);
        let start = match item.is_value() {
            true => item.span().map_or(key_start, |span| span.start),
            false => key_start,
        };
        let point = if self.path.is_empty() { "" } else { "." };
        let path = format!("{}{point}{}", self.path, shown(key.get()));
        Some(Entry { path, key: key.get(), key_start, start, item })
    }
}

/// A key with its value, or an element of a list.
struct Entry<'a> {
    path: String,
    key: &'a str,
    /// The byte at which its key starts.
    key_start: usize,
    /// The byte at which its value starts; that of the key, where the value is a table of its own.
    start: usize,
    item: &'a Item,
}

impl<'a> Entry<'a> {
    /// The elements of a list, `None` where it is none.
    fn elements(&self) -> Option<Vec<Entry<'a>>> {
        let len = self.item.as_array()?.len();
        Some((0..len).filter_map(|place| self.element(place)).collect())
    }

    fn element(&self, place: usize) -> Option<Entry<'a>> {
        let item = self.item.get(place)?;
        let start = item.span().map_or(self.start, |span| span.start);
        Some(Entry { path: format!("{}[{place}]", self.path), key: self.key, key_start: start, start, item })
    }

    /// Its value as it stands in the file, in one line.
    fn shown(&self, text: &str) -> String {
        match (self.item, self.item.span()) {
            (Item::Value(_), Some(span)) => cut(text.get(span).unwrap_or_default()),
            (Item::ArrayOfTables(_), _) => "a list of tables".to_owned(),
            _ => "a table".to_owned(),
        }
    }
}

/// A key as it would stand in the file: with quotes only where it needs them.
fn shown(key: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !key.is_empty() && key.bytes().all(bare) { cut(key) } else { cut(&format!("{key:?}")) }
}

/// At most [`SHOWN_MAX`] characters, in one line.
fn cut(text: &str) -> String {
    let more = if text.chars().nth(SHOWN_MAX).is_some() { "…" } else { "" };
    let flat = text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { ' ' } else { c });
    flat.chain(more.chars()).collect()
}

fn listed(words: &[&str]) -> String {
    let more = if words.len() > LISTED_MAX { ", …" } else { "" };
    format!("{}{more}", words[..words.len().min(LISTED_MAX)].join(", "))
}

/// What is allowed, and which of that a misspelled word may have meant.
fn among(word: &str, allowed: &[&str]) -> String {
    let nearest = allowed.iter().filter(|it| is_near(word, it)).min_by_key(|it| distance(word, it));
    match nearest {
        Some(nearest) => format!("{} (did you mean {nearest}?)", listed(allowed)),
        None => listed(allowed),
    }
}

/// Whether one word may be a misspelling of the other: two letters off, and not wholly different.
fn is_near(a: &str, b: &str) -> bool {
    let shorter = a.chars().count().min(b.chars().count());
    // Longer than any name: not worth the comparison.
    a.len().max(b.len()) <= NAME_CHARS_MAX && distance(a, b) <= 2.min(shorter.saturating_sub(1))
}

/// How many letters one has to insert, remove or replace to turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// A letter, then letters, digits and the characters of `more`; at most [`NAME_MAX`] in all.
fn is_word(word: &str, more: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c);
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(plain) && word.len() <= NAME_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "schema = \"s\"\nversion = 1\n";

    fn check(text: &str, expected: &[&str]) {
        let errors = read("s.toml", text).expect_err(text);
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let expected: Vec<String> = expected.iter().map(|line| format!("s.toml:{line}")).collect();
        assert_eq!(lines, expected, "{text}");
    }

    /// Cases under each other: what follows `head` in the file, then the errors, indented.
    fn check_each(head: &str, cases: &str) {
        let (mut text, mut expected) = (head.to_owned(), Vec::new());
        for line in cases.trim_start().lines() {
            if let Some(error) = line.strip_prefix("    ") {
                expected.push(error);
                continue;
            }
            if !expected.is_empty() {
                check(&text, &expected);
                (text, expected) = (head.to_owned(), Vec::new());
            }
            text += &format!("{line}\n");
        }
        check(&text, &expected);
    }

    #[test]
    fn a_wrong_field_says_what_belongs_there() {
        check_each(
            &format!("{HEAD}[type.t.field]\n"),
            r#"
f = { kind = "txt" }
    4:14: type.t.field.f.kind: found "txt"; allowed: text, integer, decimal, money, boolean, date, timestamp, enum, json, set, ref, blob (did you mean text?)
f = { knd = "text" }
    4:7: type.t.field.f: found the key knd; allowed: kind, required, default, merge, max, scale, currency, values, to, owner (did you mean kind?)
f = { max = 5 }
    4:1: type.t.field.f: found no kind; allowed: text, integer, decimal, money, boolean, date, timestamp, enum, json, set, ref, blob
f = { kind = "floating" }
    4:14: type.t.field.f.kind: found "floating"; allowed: text, integer, decimal, money, boolean, date, timestamp, enum, json, set, ref, blob
f = { kind = 7 }
    4:14: type.t.field.f.kind: found 7; allowed: text, integer, decimal, money, boolean, date, timestamp, enum, json, set, ref, blob
f = "text"
    4:5: type.t.field.f: found "text"; allowed: a table
f = { kind = "text", max = 0 }
    4:28: type.t.field.f.max: found 0; allowed: a whole number from 1 to 1000000
f = { kind = "text", max = "9" }
    4:28: type.t.field.f.max: found "9"; allowed: a whole number from 1 to 1000000
f = { kind = "text", requird = true }
    4:22: type.t.field.f: found the key requird; allowed: kind, required, default, merge, max (did you mean required?)
f = { kind = "integer", max = 5 }
    4:25: type.t.field.f: found the key max; allowed: kind, required, default, merge
f = { kind = "text", required = "yes" }
    4:33: type.t.field.f.required: found "yes"; allowed: true or false
f = { kind = "decimal" }
    4:1: type.t.field.f: found no scale; allowed: a whole number from 0 to 9
f = { kind = "decimal", scale = 10 }
    4:33: type.t.field.f.scale: found 10; allowed: a whole number from 0 to 9
f = { kind = "money" }
    4:1: type.t.field.f: found no currency; allowed: three letters of ISO 4217, such as "USD"
f = { kind = "money", currency = "usd" }
    4:34: type.t.field.f.currency: found "usd"; allowed: three letters of ISO 4217, such as "USD"
f = { kind = "enum" }
    4:1: type.t.field.f: found no values; allowed: a list of texts, such as ["open", "paid"]
f = { kind = "enum", values = [] }
    4:31: type.t.field.f.values: found []; allowed: at least one text
f = { kind = "enum", values = ["a", 1, "", "a"] }
    4:37: type.t.field.f.values[1]: found 1; allowed: a text
    4:40: type.t.field.f.values[2]: found ""; allowed: a text of at least one character
    4:44: type.t.field.f.values[3]: found "a" a second time; allowed: each value once
f = { kind = "ref", to = "tt" }
    4:26: type.t.field.f.to: found "tt"; allowed: t
f = { kind = "ref", to = "t", owner = 1 }
    4:39: type.t.field.f.owner: found 1; allowed: true or false
f = { kind = "set", max = 10001 }
    4:27: type.t.field.f.max: found 10001; allowed: a whole number from 1 to 10000
f = { kind = "text", merge = "delta" }
    4:30: type.t.field.f.merge: found "delta"; allowed: "last-synced"; delta is for integer, decimal and money
f = { kind = "integer", merge = "sum" }
    4:33: type.t.field.f.merge: found "sum"; allowed: last-synced, delta
f = { kind = "integer", default = "5" }
    4:35: type.t.field.f.default: found "5"; allowed: a whole number of at most 18 digits
f = { kind = "decimal", scale = 2, default = 0.5 }
    4:46: type.t.field.f.default: found 0.5; allowed: a decimal in quotes, such as "118.50", with at most 2 places and 18 digits
f = { kind = "money", currency = "USD", default = "0.123" }
    4:51: type.t.field.f.default: found "0.123"; allowed: a decimal in quotes, such as "118.50", with at most 2 places and 18 digits
f = { kind = "boolean", default = 1 }
    4:35: type.t.field.f.default: found 1; allowed: true or false
f = { kind = "date", default = 2026-05-19 }
    4:32: type.t.field.f.default: found 2026-05-19; allowed: a date in quotes, such as "2026-05-19"
f = { kind = "enum", values = ["a", "b"], default = "c" }
    4:53: type.t.field.f.default: found "c"; allowed: a, b
f = { kind = "json", default = [nan] }
    4:32: type.t.field.f.default: found [nan]; allowed: what JSON has (no date without quotes, no inf, no nan), nested at most 16 deep
f = { kind = "set", default = ["a", 2] }
    4:31: type.t.field.f.default: found ["a", 2]; allowed: a list of at most 1000 texts
f = { kind = "json", default = [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]] }
    4:32: type.t.field.f.default: found [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]; allowed: what JSON has (no date without quotes, no inf, no nan), nested at most 16 deep
id = { kind = "text" }
    4:1: type.t.field.id: found the name id; allowed: another name: every record has an id of its own
_hidden = { kind = "text" }
    4:1: type.t.field._hidden: found the name _hidden; allowed: a name that does not start with _
Name = { kind = "text" }
    4:1: type.t.field.Name: found the name Name; allowed: a name such as order_line: a letter a-z, then a-z, 0-9 and _, at most 63
"it's" = { kind = "text" }
    4:1: type.t.field."it's": found the name "it's"; allowed: a name such as order_line: a letter a-z, then a-z, 0-9 and _, at most 63
values = { kind = "json" }
    4:1: type.t.field.values: found values, a reserved word of SQL; allowed: a name that is no word of SQL, such as sales_order in place of order
"#,
        );
    }

    #[test]
    fn a_wrong_type_says_what_belongs_there() {
        check_each(
            HEAD,
            r#"
[type.order.field]
f = { kind = "text" }
    3:7: type.order: found order, a reserved word of SQL; allowed: a name that is no word of SQL, such as sales_order in place of order
[type.fb_op.field]
f = { kind = "text" }
[type.sqlite_x.field]
f = { kind = "text" }
    3:7: type.fb_op: found the name fb_op; allowed: a name that does not start with fb_
    5:7: type.sqlite_x: found the name sqlite_x; allowed: a name that does not start with sqlite_
[type.t]
label = "f"
    3:7: type.t: found no field; allowed: at least one field, such as name = { kind = "text" }
[type.t.field]
    3:9: type.t.field: found no field; allowed: at least one field, such as name = { kind = "text" }
type.t = 5
    3:10: type.t: found 5; allowed: a table
[type.t]
label = "nam"
[type.t.field]
name = { kind = "text" }
    4:9: type.t.label: found "nam"; allowed: name (did you mean name?)
[type.t]
label = "f"
[type.t.field]
f = { kind = "integer" }
    4:9: type.t.label: found "f", which is no text; allowed: a text field
[type.t]
insert-only = true
[type.t.field]
f = { kind = "integer", merge = "delta" }
    6:33: type.t.field.f.merge: found "delta"; allowed: "last-synced": records of an insert-only type never change
[type.t]
merge = "last-synced"
[type.t.field]
f = { kind = "integer", merge = "delta" }
    6:25: type.t.field.f.merge: found a merge; allowed: none here, since the type says merge = "last-synced"
[type.t]
merge = "first"
insert_only = true
[type.t.field]
f = { kind = "integer" }
    4:9: type.t.merge: found "first"; allowed: fields, last-synced
    5:1: type.t: found the key insert_only; allowed: label, insert-only, merge, field (did you mean insert-only?)
[[type.t]]
[type.t.field]
f = { kind = "text" }
    3:8: type.t: found a list of tables; allowed: a table
[type.t.field]
f = { kind = "text" }
f = { kind = "date" }
    5:1: the file: found no TOML (duplicate key); allowed: TOML, as on https://toml.io
"#,
        );
    }

    #[test]
    fn a_wrong_action_says_what_belongs_there() {
        check_each(
            HEAD,
            r#"
[type.t.field]
f = { kind = "text" }
[action.edit]
    5:9: action.edit: found the name edit; allowed: another name: edit is built in
[type.t.field]
f = { kind = "text" }
[action."Pos..create"]
    5:9: action."Pos..create": found the name "Pos..create"; allowed: dotted words such as pos.bill.create, each of a-z, 0-9, _ and -
[type.t.field]
f = { kind = "text" }
[action.pos.bill.create]
    5:13: action.pos.bill: found an action's name without quotes; allowed: its whole name in quotes, such as [action."pos.bill.create"]
[type.t.field]
number = { kind = "text" }
[action."t.make"]
key = ["number", "x.number", "t.numbr", 5]
    6:8: action."t.make".key[0]: found "number"; allowed: a type, a point and a field, such as "sale.number"
    6:18: action."t.make".key[1]: found "x.number"; allowed: a field of t
    6:30: action."t.make".key[2]: found "t.numbr"; allowed: of t: number (did you mean number?)
    6:41: action."t.make".key[3]: found 5; allowed: a type, a point and a field, such as "sale.number"
[type.t.field]
f = { kind = "text" }
[action."t.make"]
keys = "t.f"
    6:1: action."t.make": found the key keys; allowed: key (did you mean key?)
"#,
        );
    }

    #[test]
    fn a_wrong_file_says_what_belongs_there() {
        check_each(
            "",
            r#"
schema = "s"
    1:1: the file: found no version; allowed: a whole number from 1 to 4294967295
    1:1: the file: found no type; allowed: at least one [type.NAME] with fields
schem = "s"
version = 1
[types.t.field]
f = { kind = "text" }
    1:1: the file: found the key schem; allowed: schema, version, type, action (did you mean schema?)
    3:2: the file: found the key types; allowed: schema, version, type, action (did you mean type?)
schema = "My App"
version = 0
[type.t.field]
f = { kind = "text" }
    1:10: schema: found "My App"; allowed: a name such as counter: a letter a-z, then a-z, 0-9 and -, at most 63
    2:11: version: found 0; allowed: a whole number from 1 to 4294967295
schema = "s"
version = "1"
[type.t.field]
f = { kind = "text" }
    2:11: version: found "1"; allowed: a whole number from 1 to 4294967295
"#,
        );
    }

    #[test]
    fn an_empty_file_lacks_all_that_a_schema_needs() {
        check(
            "",
            &[
                "1:1: the file: found no schema; allowed: a name such as counter: a letter a-z, then a-z, 0-9 and -, at most 63",
                "1:1: the file: found no version; allowed: a whole number from 1 to 4294967295",
                "1:1: the file: found no type; allowed: at least one [type.NAME] with fields",
            ],
        );
    }

    #[test]
    fn a_column_counts_characters() {
        let name = "a name such as order_line: a letter a-z, then a-z, 0-9 and _, at most 63";
        check_each(
            &format!("{HEAD}type.t.field = {{ \"ééé\" = {{ kind = \"date\" }}, "),
            &format!(
                "A = 5 }}
    3:18: type.t.field.\"ééé\": found the name \"ééé\"; allowed: {name}
    3:45: type.t.field.A: found the name A; allowed: {name}
    3:49: type.t.field.A: found 5; allowed: a table
"
            ),
        );
    }

    #[test]
    fn five_mistakes_in_one_file_are_five_errors_in_its_order() {
        check(
            r#"schema = "shop"
version = 1

[type.product]
label = "nmae"

[type.product.field]
name = { kind = "text", mx = 200 }
price = { kind = "money", currency = "dollars" }
supplier = { kind = "ref", to = "suplier" }

[type.supplier.field]
name = { kind = "text", merge = "delta" }
"#,
            &[
                r#"5:9: type.product.label: found "nmae"; allowed: name, price, supplier (did you mean name?)"#,
                r#"8:25: type.product.field.name: found the key mx; allowed: kind, required, default, merge, max (did you mean max?)"#,
                r#"9:38: type.product.field.price.currency: found "dollars"; allowed: three letters of ISO 4217, such as "USD""#,
                r#"10:33: type.product.field.supplier.to: found "suplier"; allowed: product, supplier (did you mean supplier?)"#,
                r#"13:33: type.supplier.field.name.merge: found "delta"; allowed: "last-synced"; delta is for integer, decimal and money"#,
            ],
        );
    }

    #[test]
    fn a_file_too_large_is_refused_unread() {
        let text = format!("{HEAD}#{}\n", "x".repeat(BYTES_MAX));
        let expected = format!("1:1: the file: found {} bytes; allowed: at most 1048576 bytes", text.len());
        check(&text, &[&expected]);
    }

    #[test]
    fn more_types_and_fields_than_allowed_are_one_error_each() {
        let fields: String = (0..=FIELDS_MAX).map(|n| format!("f{n} = {{ kind = \"date\" }}\n")).collect();
        let types: String =
            (0..TYPES_MAX).map(|n| format!("[type.t{n}.field]\nf = {{ kind = \"date\" }}\n")).collect();
        check(
            &format!("{HEAD}[type.a.field]\n{fields}{types}"),
            &[
                "204:1: type.a.field: found 201 fields; allowed: at most 200",
                "603:7: type: found 201 types; allowed: at most 200",
            ],
        );
    }

    /// Else a key that stands there could hide that another is missing.
    #[test]
    fn no_two_keys_are_near_each_other() {
        let of_kinds = KINDS.iter().flat_map(|(_, keys)| keys.iter().copied());
        let others = ["schema", "version", "type", "action", "label", "insert-only", "field", "key"];
        let mut keys: Vec<&str> = FIELD_KEYS.into_iter().chain(others).chain(of_kinds).collect();
        keys.sort_unstable();
        keys.dedup();
        for a in &keys {
            let near: Vec<&&str> = keys.iter().filter(|b| is_near(a, b)).collect();
            assert_eq!(near, [a]);
        }
    }

    #[test]
    fn a_misspelled_word_is_at_most_two_letters_off() {
        for (a, b, expected) in [
            ("kind", "kind", 0),
            ("knd", "kind", 1),
            ("knid", "kind", 2),
            ("", "kind", 4),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
        assert!(is_near("txt", "text") && is_near("suplier", "supplier"));
        assert!(!is_near("x", "to") && !is_near("floating", "boolean"));
    }

    fn field(name: &str, kind: Kind) -> Field {
        Field { name: name.to_owned(), kind, merge: Merge::LastSynced, required: false, default: None }
    }

    const GOOD: &str = r#"
schema = "counter"
version = 3

[type.product]
label = "name"

[type.product.field]
name     = { kind = "text", max = 200, required = true }
note     = { kind = "text" }
price    = { kind = "money", currency = "USD", scale = 4 }
cost     = { kind = "money", currency = "EUR" }
discount = { kind = "decimal", scale = 2, default = "0" }
stock    = { kind = "integer", merge = "delta", default = 0 }
active   = { kind = "boolean", default = true }
due      = { kind = "date", merge = "last-synced" }
at       = { kind = "timestamp" }
status   = { kind = "enum", values = ["open", "paid"], default = "open" }
extra    = { kind = "json", default = { a = [1, 0.5] } }
tags     = { kind = "set", max = 100, default = ["new"] }
keywords = { kind = "set" }
category = { kind = "ref", to = "category", owner = true }
photo    = { kind = "blob" }

[type.category]
insert-only = true
merge = "last-synced"
field.code.kind = "text"

[action."pos.bill.create"]
key = ["product.name", "category.code"]

[action.recount]
"#;

    fn good() -> Schema {
        let text = |max| Kind::Text { max };
        let money = |currency: &str, scale| Kind::Money { currency: currency.to_owned(), scale };
        let with = |default: Json, field: Field| Field { default: Some(default), ..field };
        let status = Kind::Enum { values: vec!["open".to_owned(), "paid".to_owned()] };
        let extra = vec![("a".to_owned(), Json::List(vec![Json::Int(1), Json::Float(0.5)]))];
        let fields = vec![
            Field { required: true, ..field("name", text(200)) },
            field("note", text(10_000)),
            field("price", money("USD", 4)),
            field("cost", money("EUR", 2)),
            with("0".into(), field("discount", Kind::Decimal { scale: 2 })),
            with(0.into(), Field { merge: Merge::Delta, ..field("stock", Kind::Integer) }),
            with(Json::Bool(true), field("active", Kind::Boolean)),
            field("due", Kind::Date),
            field("at", Kind::Timestamp),
            with("open".into(), field("status", status)),
            with(Json::Object(extra), field("extra", Kind::Json)),
            with(Json::List(vec!["new".into()]), field("tags", Kind::Set { max: 100 })),
            field("keywords", Kind::Set { max: 1000 }),
            field("category", Kind::Ref { to: "category".to_owned(), owner: true }),
            field("photo", Kind::Blob),
        ];
        let product = RecordType {
            name: "product".to_owned(),
            label: Some("name".to_owned()),
            insert_only: false,
            fields,
        };
        let code = vec![field("code", text(10_000))];
        let category =
            RecordType { name: "category".to_owned(), label: None, insert_only: true, fields: code };
        let key = vec!["product.name".to_owned(), "category.code".to_owned()];
        let actions = vec![
            Action { name: "pos.bill.create".to_owned(), key },
            Action { name: "recount".to_owned(), key: Vec::new() },
        ];
        Schema { name: "counter".to_owned(), version: 3, types: vec![product, category], actions }
    }

    #[test]
    fn a_good_file_is_its_schema_and_travels_as_json() {
        let schema = read("s.toml", GOOD).expect("a schema");
        assert_eq!(schema, good());
        assert_eq!(crate::json::parse::<Schema>(&crate::json::write(&schema)), Ok(schema));
    }
}
