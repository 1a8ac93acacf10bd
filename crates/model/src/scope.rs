//! Scopes: the parts of a workspace. A record of a type that opens one is a scope by its name, `floor/<id>`; scopes lie
//! in one another, and what lies in none lies at the root.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::RecordId;

/// A scope: the record that opens it. Its text is `type/id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope {
    /// The record's type.
    pub of: String,
    /// The record.
    pub id: RecordId,
}

/// A text that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no scope: a scope is a record type and an id, such as floor/0198c0de-…")]
pub struct NoScope(String);

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.of, self.id)
    }
}

impl FromStr for Scope {
    type Err = NoScope;
    fn from_str(text: &str) -> Result<Self, NoScope> {
        let found = text.split_once('/').and_then(|(of, id)| {
            let id = RecordId::parse(id).ok()?;
            (!of.is_empty()).then(|| Self { of: of.to_owned(), id })
        });
        found.ok_or_else(|| NoScope(text.to_owned()))
    }
}

impl TryFrom<String> for Scope {
    type Error = NoScope;
    fn try_from(text: String) -> Result<Self, NoScope> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

/// Where a record lies: the scopes around it, the outermost first; empty at the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Scope>);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scopes: Vec<String> = self.0.iter().map(Scope::to_string).collect();
        f.write_str(&scopes.join("/"))
    }
}

impl FromStr for Path {
    type Err = NoScope;
    fn from_str(text: &str) -> Result<Self, NoScope> {
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        if !parts.len().is_multiple_of(2) {
            return Err(NoScope(text.to_owned()));
        }
        parts.chunks(2).map(|pair| pair.join("/").parse()).collect::<Result<_, _>>().map(Self)
    }
}
