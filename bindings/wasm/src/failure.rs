//! Why something was not done, as a screen is told it: a name for programs, a line of words that says what to do.

use fieldbook_device_store::{ActError, PruneError, QueryError, ScopeError, StoreError};
use fieldbook_device_sync::Trouble;
use fieldbook_model::Refusal;
use fieldbook_model::json::{self, JsonError};
use serde::Serialize;

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// For programs.
    pub code: String,
    /// For people.
    pub words: String,
}

impl Failure {
    /// A failure to tell.
    pub fn ask(code: impl Into<String>, words: impl Into<String>) -> Self {
        Self { code: code.into(), words: words.into() }
    }

    /// As JSON.
    pub fn json(&self) -> String {
        json::write(self)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::ask(refusal.code.to_string(), refusal.words)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::ask(error.code(), error.to_string())
    }
}

impl From<ActError> for Failure {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Refused(refusal) => refusal.into(),
            ActError::Store(error) => error.into(),
        }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Store(error) => error.into(),
            QueryError::Writes => Self::ask("wrong-query", "A query only reads. To change something, act."),
            error => Self::ask("wrong-query", error.to_string()),
        }
    }
}

impl From<ScopeError> for Failure {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::Store(error) => error.into(),
            error => Self::ask("wrong-call", error.to_string()),
        }
    }
}

impl From<PruneError> for Failure {
    fn from(error: PruneError) -> Self {
        match error {
            PruneError::Store(error) => error.into(),
            error => Self::ask("wrong-call", error.to_string()),
        }
    }
}

impl From<JsonError> for Failure {
    fn from(error: JsonError) -> Self {
        Self::ask("wrong-call", format!("This is not what this call takes: {}", error.reason))
    }
}

impl From<(Trouble, Option<String>)> for Failure {
    fn from((trouble, said): (Trouble, Option<String>)) -> Self {
        Self::ask(trouble.code(), said.unwrap_or_else(|| trouble.to_string()))
    }
}
