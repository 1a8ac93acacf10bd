//! Values that stand in the file for fields: defaults, and what an undo sets.

use toml_edit::Value as Toml;

use super::Reader;
use super::places::{Entry, Section};
use super::suggestions::listed;
use crate::json::Json;
use crate::schema::{Field, Kind};
use crate::value::Value;

/// How deep lists and tables may stand in a value: less than what the one JSON parser reads, since
/// it travels inside the schema.
const VALUE_DEPTH_MAX: usize = 16;

impl<'a> Reader<'a> {
    pub(super) fn default(&mut self, section: &Section<'a>, field: &Field) -> Option<Json> {
        let entry = section.entry("default")?;
        if field.series {
            let allowed = "none here: the device numbers a series";
            self.wrong(entry.key_start, &entry.path, "a default".to_owned(), allowed.to_owned());
        }
        self.value_of(&entry, field)
    }

    /// What a field may hold.
    pub(super) fn value_of(&mut self, entry: &Entry<'a>, field: &Field) -> Option<Json> {
        // It may also be a table of its own, `[type.NAME.field.NAME.default]`.
        let value = entry.item.clone().into_value().ok().and_then(|value| json(&value, 0));
        let value = value.filter(|value| Value::read(field, value).is_ok());
        if value.is_none() {
            self.wrong_value(entry, &wanted(&field.kind));
        }
        value
    }
}

/// What a value of a kind looks like.
fn wanted(kind: &Kind) -> String {
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
            "what JSON has (no date without quotes, no inf, no nan), nested at most {VALUE_DEPTH_MAX} deep"
        ),
        Kind::Set { max } => format!("a list of at most {max} texts"),
        Kind::Ref { to, .. } => format!("the id of a {to}"),
        Kind::Blob => "the SHA-256 of a blob in 64 hexadecimal digits".to_owned(),
    }
}

/// A value as JSON, `None` for what JSON or its one parser does not take.
fn json(value: &Toml, depth: usize) -> Option<Json> {
    if depth > VALUE_DEPTH_MAX {
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
