//! Which of two changes that did not know of each other wins, where a rule compares them.

use fieldbook_model::Value;
use fieldbook_model::schema::{Merge, RecordType};

use crate::history::{Standing, What};

/// One of the two: what was written, and what it has on its side.
pub(crate) struct Side<'a> {
    pub value: &'a Value,
    pub by: &'a Standing,
}

/// Whether a change loses against one that it did not know of.
pub(crate) fn loses(ty: &RecordType, place: usize, own: &Side<'_>, theirs: &Side<'_>) -> bool {
    let order = ty.order(place);
    let from_top = |word: &str| order.iter().position(|known| known == word).unwrap_or(order.len());
    match ty.rule(place) {
        Merge::LastWritten => own.by.hlc < theirs.by.hlc,
        Merge::PriorityByRole => from_top(&own.by.role) > from_top(&theirs.by.role),
        Merge::Priority => from_top(&word(own.value)) > from_top(&word(theirs.value)),
        _ => false,
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::Text(word) => word.clone(),
        Value::Bool(truth) => if *truth { "true" } else { "false" }.to_owned(),
        _ => String::new(),
    }
}

/// The value that a deed wrote.
pub(crate) fn written(what: &What<'_>) -> Value {
    match what {
        What::Wrote(_, value) => value.clone(),
        _ => Value::Null,
    }
}
