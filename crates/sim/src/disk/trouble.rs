//! Why a step of a script did not come out: the stores' errors, as far as a script looks at them.

use fieldbook_device_store::{ActError, IncomingError, Kind, PruneError, ScopeError, StoreError};
use fieldbook_server_store::{StoreError as ServerError, UpgradeError};

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What a person is told.
    pub words: String,
    /// Whether the same is tried again later; else a person has to look.
    pub may_pass: bool,
}

impl Trouble {
    fn refused(words: impl ToString) -> Self {
        Self { words: words.to_string(), may_pass: false }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self { words: error.to_string(), may_pass: error.kind() == Kind::Retry }
    }
}

impl From<ActError> for Trouble {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Store(error) => error.into(),
            ActError::Refused(refusal) => Self::refused(refusal),
        }
    }
}

impl From<IncomingError> for Trouble {
    fn from(error: IncomingError) -> Self {
        match error {
            IncomingError::Store(error) => error.into(),
            other => Self::refused(other),
        }
    }
}

impl From<ScopeError> for Trouble {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::Store(error) => error.into(),
            other => Self::refused(other),
        }
    }
}

impl From<PruneError> for Trouble {
    fn from(error: PruneError) -> Self {
        match error {
            PruneError::Store(error) => error.into(),
            other => Self::refused(other),
        }
    }
}

impl From<ServerError> for Trouble {
    fn from(error: ServerError) -> Self {
        let may_pass = matches!(error, ServerError::Retry(_));
        Self { words: error.to_string(), may_pass }
    }
}

impl From<UpgradeError> for Trouble {
    fn from(error: UpgradeError) -> Self {
        match error {
            UpgradeError::Store(error) => error.into(),
            other => Self::refused(other),
        }
    }
}
