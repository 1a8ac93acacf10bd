//! Fuzz targets of all that this crate reads: what is read is written in one spelling, and that reads as the same.

mod documents;
mod schemas;
mod spellings;
mod values;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::json;

/// Whether a text is a document of some type; if so, what is written of it reads as the same and is written the same.
fn is_document<T>(text: &str) -> bool
where
    T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let Ok(read) = json::parse::<T>(text) else { return false };
    let written = json::write(&read);
    assert_eq!(json::parse::<T>(&written).as_ref(), Ok(&read), "{written}");
    true
}

/// Whether a text is one of a kind that has one spelling: what it shows reads as the same.
fn has_one_spelling<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> bool
where
    T: PartialEq + std::fmt::Debug + std::fmt::Display,
{
    let Some(found) = read(text) else { return false };
    let shown = found.to_string();
    assert_eq!(read(&shown).as_ref(), Some(&found), "{text:?} is shown as {shown:?}");
    true
}
