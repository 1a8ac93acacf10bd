//! A page as text, with its last line read: the server passes pages on and needs to know only where they end.

use fieldbook_model::json;
use fieldbook_protocol::PageEnd;
use serde::Deserialize;

use crate::refused::Refused;

/// A page.
pub struct PageText {
    /// Its lines.
    pub text: String,
    /// The last of them.
    pub end: PageEnd,
}

#[derive(Deserialize)]
struct EndLine {
    end: PageEnd,
}

impl PageText {
    /// Reads the last line of a page.
    pub fn new(text: String) -> Result<Self, Refused> {
        let line = text.trim_end().rsplit('\n').next().unwrap_or_default();
        match json::parse(line) {
            Ok(EndLine { end }) => Ok(Self { text, end }),
            Err(_) => {
                tracing::error!("a page of the store has no end line");
                Err(Refused::internal())
            }
        }
    }
}
