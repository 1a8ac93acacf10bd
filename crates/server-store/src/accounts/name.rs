//! Names of workspaces, users and devices: one rule where they are made and where somebody signs in.

use super::AccountError;

/// The characters of a name.
const CHARS_MAX: usize = 100;

/// Refuses a new name that people could not type, or that would not stand well in a file or an address.
pub fn new_name(what: &'static str, name: &str) -> Result<(), AccountError> {
    let fits = |c: char| c.is_alphanumeric() || " -_.@".contains(c);
    let is_bare = name.trim_matches([' ', '.']) == name;
    match (1..=CHARS_MAX).contains(&name.chars().count()) && is_bare && name.chars().all(fits) {
        true => Ok(()),
        false => Err(AccountError::BadNewName(what)),
    }
}

/// Refuses a name that is empty, too long or not made for people's eyes.
pub fn check(what: &'static str, name: &str) -> Result<(), AccountError> {
    let good = !name.trim().is_empty() && name.chars().count() <= CHARS_MAX;
    match good && !name.chars().any(char::is_control) {
        true => Ok(()),
        false => Err(AccountError::BadName(what)),
    }
}
