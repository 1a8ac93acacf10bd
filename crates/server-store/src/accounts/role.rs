//! Roles as the database spells them.

use fieldbook_server_sync::Role;

use crate::error::{StoreError, damaged};

/// The role of a word.
pub fn read(word: &str) -> Result<Role, StoreError> {
    word.parse().map_err(|_| damaged("a role"))
}
