//! A page as text, with its first and last line read: the server passes pages on and needs to know only what they are
//! of and where they end.

use fieldbook_model::json;
use fieldbook_protocol::PageEnd;
use fieldbook_protocol::page::PageStart;
use serde::Deserialize;

use crate::refused::Refused;

/// A page.
pub struct PageText {
    /// Its lines.
    pub text: String,
    /// The first of them.
    pub start: PageStart,
    /// The last of them.
    pub end: PageEnd,
}

#[derive(Deserialize)]
struct EndLine {
    end: PageEnd,
}

impl PageText {
    /// Reads the first and the last line of a page.
    pub fn new(text: String) -> Result<Self, Refused> {
        let first = text.split('\n').next().unwrap_or_default();
        let last = text.trim_end().rsplit('\n').next().unwrap_or_default();
        match (json::parse(first), json::parse(last)) {
            (Ok(start), Ok(EndLine { end })) => Ok(Self { text, start, end }),
            _ => {
                tracing::error!("a page of the store has no first or last line");
                Err(Refused::internal())
            }
        }
    }
}
