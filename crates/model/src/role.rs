//! What a member is in a workspace, or in a part of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A role: one of those that every app has, or one that the schema names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Role {
    /// Neither reads nor acts: a grant that closes a scope to somebody.
    Nobody,
    /// Reads.
    Viewer,
    /// Reads and acts.
    Member,
    /// One that the schema names: reads and acts, as far as the schema lets it.
    App(String),
    /// Reads and acts as a member does where a list does not name it, invites people, and says who is what below an owner. A schema may
    /// name it among its own roles, to place it.
    Admin,
    /// Reads, acts and administers.
    Owner,
}

/// The roles that every app has and that a schema may name, by name.
pub const BUILT_IN: [&str; 3] = ["owner", "member", "viewer"];
/// The name of [`Role::Admin`], which every app has too.
pub const ADMIN: &str = "admin";
/// The name of [`Role::Nobody`], which a grant may say and no schema.
pub const NOBODY: &str = "nobody";
/// The longest name of a role, in bytes.
pub const ROLE_BYTES_MAX: usize = 40;

impl Role {
    /// Whether it changes anything at all.
    pub fn acts(&self) -> bool {
        !matches!(self, Self::Nobody | Self::Viewer)
    }
    /// Whether it reads anything at all.
    pub fn reads(&self) -> bool {
        *self != Self::Nobody
    }
    /// The role that a schema means by one of its `roles`.
    pub fn of_schema(name: &str) -> Self {
        if name == ADMIN { Self::Admin } else { Self::App(name.to_owned()) }
    }
    /// Whether it invites people and says who is what.
    pub fn administers(&self) -> bool {
        matches!(self, Self::Admin | Self::Owner)
    }
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Nobody => NOBODY,
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::App(name) => name,
            Self::Admin => ADMIN,
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no role: a role is a word of small letters, digits, - and _, such as viewer, member, admin, owner"
)]
pub struct NoRole(String);

impl FromStr for Role {
    type Err = NoRole;
    fn from_str(text: &str) -> Result<Self, NoRole> {
        let sign = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        match text {
            NOBODY => Ok(Self::Nobody),
            "viewer" => Ok(Self::Viewer),
            "member" => Ok(Self::Member),
            ADMIN => Ok(Self::Admin),
            "owner" => Ok(Self::Owner),
            word if word.len() <= ROLE_BYTES_MAX
                && word.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
                && word.bytes().all(sign) =>
            {
                Ok(Self::App(word.to_owned()))
            }
            _ => Err(NoRole(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Role {
    type Error = NoRole;
    fn try_from(text: String) -> Result<Self, NoRole> {
        text.parse()
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_back_and_what_is_no_word_is_none() {
        for name in ["nobody", "viewer", "member", "admin", "owner", "shift-manager"] {
            assert_eq!(name.parse::<Role>().map(String::from).as_deref(), Ok(name));
        }
        for wrong in ["", "Owner", "a role", "-x", &"a".repeat(41)] {
            assert!(wrong.parse::<Role>().is_err(), "{wrong}");
        }
    }
}
