//! What a field holds, as a person reads it.

use super::labels::Speaker;
use crate::RecordId;
use crate::decimal::Scaled;
use crate::json::Json;
use crate::schema::{Field, Kind, Merge};
use crate::value::Value;

/// The characters of a value in a sentence.
const SHOWN_MAX: usize = 40;
const NOTHING: &str = "nothing";

impl Speaker<'_, '_> {
    /// A value in words: a reference as the label of its record, nothing as "nothing".
    pub(super) fn readable(&mut self, field: &Field, value: &Json) -> String {
        let Ok(value) = Value::read(field, value) else { return as_it_stands(value) };
        match (value, &field.kind) {
            (Value::Null, _) => NOTHING.to_owned(),
            (Value::Ref(id), Kind::Ref { to, .. }) => self.label(to, id),
            (Value::Text(_), Kind::Blob) => "a file".to_owned(),
            (Value::Text(text), Kind::Timestamp) => minute(&text),
            (Value::Text(text), _) => or_nothing(cut(&text)),
            (Value::Set(set), _) => or_nothing(cut(&set.into_iter().collect::<Vec<_>>().join(", "))),
            (Value::Bool(flag), _) => if flag { "yes" } else { "no" }.to_owned(),
            (Value::Int(number), _) => number.to_string(),
            (Value::Decimal(number), Kind::Money { currency, .. }) => money(&number.to_string(), currency),
            (Value::Decimal(number), _) => number.to_string(),
            (Value::Json(_) | Value::Ref(_), _) => "some data".to_owned(),
        }
    }

    /// What was added to a delta, without its sign, and whether that was more than before.
    pub(super) fn added(&mut self, field: &Field, before: &Json, after: &Json) -> Option<(String, bool)> {
        if field.merge != Merge::Delta {
            return None;
        }
        let read = |json| Value::read(field, json).ok();
        let (added, size) = match (read(before)?, read(after)?) {
            (Value::Int(before), Value::Int(after)) => {
                let added = after.checked_sub(before)?;
                (added, Json::Int(added.checked_abs()?))
            }
            (Value::Decimal(before), Value::Decimal(after)) => {
                let added = after.0.checked_sub(before.0)?;
                (added, Json::Text(Scaled(added.checked_abs()?, after.1).to_string()))
            }
            _ => return None,
        };
        Some((self.readable(field, &size), added > 0))
    }
}

/// A value of a time when the field was of another kind.
fn as_it_stands(value: &Json) -> String {
    match value {
        Json::Text(text) if RecordId::parse(text).is_err() => or_nothing(cut(text)),
        Json::Int(number) => number.to_string(),
        _ => "some data".to_owned(),
    }
}

/// Whether a sentence can say from what to what it changed.
pub(super) fn is_telling(field: &Field) -> bool {
    !matches!(field.kind, Kind::Json | Kind::Blob)
}

/// At most [`SHOWN_MAX`] characters, in one line.
pub(super) fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

fn or_nothing(text: String) -> String {
    if text.is_empty() { NOTHING.to_owned() } else { text }
}

/// `2026-05-19T09:14:23.000Z` as "2026-05-19 09:14 UTC".
fn minute(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => time.to_owned(),
    }
}

/// "18.00 USD", also where four places are kept: zeros behind the second say nothing.
fn money(number: &str, currency: &str) -> String {
    let short = number.split_once('.').map(|(whole, part)| {
        let kept = part.trim_end_matches('0').len().max(part.len().min(2));
        format!("{whole}.{}", &part[..kept])
    });
    format!("{} {currency}", short.as_deref().unwrap_or(number))
}
