//! The key of a database. It never shows itself in a message or a log line.

use std::fmt::{self, Write as _};

/// The 256 bits that a database is encrypted under.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseKey([u8; 32]);

impl DatabaseKey {
    /// From bytes that are random or derived as if they were.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The statement that gives SQLCipher the key as it is, without a derivation that costs time.
    pub(crate) fn pragma(&self) -> String {
        let mut text = "PRAGMA key = \"x'".to_owned();
        for byte in self.0 {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.push_str("'\"");
        text
    }
}

impl fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseKey(…)")
    }
}
