//! Why a command did not do what it was asked: an exit code, a stable code for programs, and one line of
//! words that says what to do.

use std::io::ErrorKind;

use fieldbook_device::store::{QueryError, StoreError};
use fieldbook_device::sync::Trouble;
use fieldbook_device::sync::trouble::Kind;
use fieldbook_device::{DeviceError, KeyTrouble};
use fieldbook_model::Refusal;
use serde::Serialize;

use crate::exit::Exit;
use crate::output;

/// A failure. One that was told already is only an [`Exit`] and is no failure any more.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// Something to tell.
    Said(Said),
    /// Whoever read the output has seen enough (`fieldbook log | head`). Nothing is wrong.
    OutputClosed,
}

/// What is told of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// How the command ends.
    pub exit: Exit,
    /// For programs.
    pub code: String,
    /// For people: one line.
    pub words: String,
}

/// The form of a failure for programs.
#[derive(Serialize)]
pub struct SaidForm<'a> {
    code: &'a str,
    words: &'a str,
}

impl Said {
    /// For programs.
    pub fn form(&self) -> SaidForm<'_> {
        SaidForm { code: &self.code, words: &self.words }
    }
}

impl Failure {
    /// A failure to tell.
    pub fn new(exit: Exit, code: impl Into<String>, words: impl Into<String>) -> Self {
        let words = words.into().split_whitespace().collect::<Vec<_>>().join(" ");
        Self::Said(Said { exit, code: code.into(), words })
    }

    /// The call is wrong.
    pub fn wrong(words: impl Into<String>) -> Self {
        Self::new(Exit::Wrong, "wrong-call", words)
    }

    /// Tells it, and how the program ends.
    pub fn tell(self) -> Exit {
        let said = match self {
            Self::OutputClosed => return Exit::Done,
            Self::Said(said) => said,
        };
        output::error(&said);
        said.exit
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(Exit::Refused, refusal.code.to_string(), refusal.words)
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        let words = error.to_string();
        match error {
            DeviceError::NoHome(_) => Self::new(Exit::Wrong, "no-home", words),
            DeviceError::LostHomeFile { .. } => Self::new(Exit::Wrong, "lost-home-file", words),
            DeviceError::SigningIn(_) => Self::new(Exit::Busy, "signing-in", words),
            DeviceError::WrongHome { .. } => Self::new(Exit::Wrong, "wrong-home", words),
            DeviceError::Keys { why, .. } => {
                let (exit, code) = of_keys(&why);
                Self::new(exit, code, words)
            }
            DeviceError::Address(_) | DeviceError::InClear(_) => {
                Self::new(Exit::Wrong, "wrong-address", words)
            }
            DeviceError::File { error, .. } => Self::new(Exit::Failed, of_file(&error), words),
            DeviceError::Store(error) => error.into(),
            DeviceError::Refused(refusal) => refusal.into(),
            DeviceError::Query(error) => error.into(),
            DeviceError::NoReader(_) => Self::new(Exit::Wrong, "wrong-call", words),
            DeviceError::Wiped { .. } => Self::new(Exit::Refused, "wiped", words),
            DeviceError::FalseOrder { .. } => Self::new(Exit::Refused, "false-order", words),
            DeviceError::AlreadySyncing { .. } => Self::new(Exit::Busy, "already-syncing", words),
            DeviceError::Call { trouble, said } => call(&trouble, said),
        }
    }
}

impl From<KeyTrouble> for Failure {
    fn from(why: KeyTrouble) -> Self {
        let (exit, code) = of_keys(&why);
        Self::new(exit, code, why.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(Exit::Failed, error.code(), error.to_string())
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::new(Exit::Wrong, "wrong-query", error.to_string())
    }
}

/// How a command ends, and its name for programs, where something is wrong with the keys of a home.
fn of_keys(why: &KeyTrouble) -> (Exit, &'static str) {
    match why {
        KeyTrouble::NoKeys | KeyTrouble::NoSecret | KeyTrouble::NoKey => (Exit::Wrong, "no-key"),
        KeyTrouble::Damaged(_) | KeyTrouble::BadSecret(_) | KeyTrouble::BadKey => {
            (Exit::Wrong, "damaged-key")
        }
        KeyTrouble::Newer(_) => (Exit::Wrong, "newer-keys"),
        KeyTrouble::OtherSecret => (Exit::Wrong, "wrong-key"),
        KeyTrouble::OtherServer => (Exit::Wrong, "other-server"),
        KeyTrouble::Earlier => (Exit::Wrong, "earlier-home"),
        KeyTrouble::OldServer => (Exit::Refused, "old-server"),
        KeyTrouble::Locked | KeyTrouble::LeaseOver(_) => (Exit::Refused, "locked"),
        KeyTrouble::OtherContent => (Exit::Refused, "other-server"),
        KeyTrouble::NoPassphrase(_) => (Exit::Wrong, "no-passphrase"),
        KeyTrouble::BadPassphrase(_) => (Exit::Wrong, "bad-passphrase"),
        KeyTrouble::NoChoice(_) => (Exit::Wrong, "no-holder"),
        KeyTrouble::WrongPassphrase => (Exit::Refused, "wrong-passphrase"),
        KeyTrouble::NoStore(_) => (Exit::Failed, "no-keyring"),
        KeyTrouble::StoreLocked => (Exit::Refused, "keyring-locked"),
        KeyTrouble::NoEntry(_) => (Exit::Wrong, "no-keyring-entry"),
        KeyTrouble::StoreFailed(_) => (Exit::Failed, "keyring"),
        KeyTrouble::NoMemory(_) => (Exit::Failed, "no-memory"),
    }
}

/// A name for what is wrong with a file.
pub fn of_file(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => "read-only",
        ErrorKind::StorageFull => "disk-full",
        _ => "file",
    }
}

/// The server's own words are better than ours where there are any.
fn call(trouble: &Trouble, said: Option<String>) -> Failure {
    let words = said.unwrap_or_else(|| trouble.to_string());
    Failure::new(exit(trouble), trouble.code(), words)
}

/// How a command ends that met trouble: another try may help, or a person has to do something.
pub fn exit(trouble: &Trouble) -> Exit {
    match trouble.kind() {
        Kind::Retry | Kind::Smaller => Exit::Unreachable,
        Kind::SignIn | Kind::Halt => Exit::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldbook_model::Code;

    #[test]
    fn a_failure_is_one_line_whatever_its_words_are() {
        let failure = Failure::wrong("no such table:\n  product_s\n");
        let Failure::Said(said) = failure else { panic!("told") };
        assert_eq!(said.words, "no such table: product_s");
    }

    #[test]
    fn a_refusal_says_its_own_words_and_ends_with_three() {
        let refusal =
            Refusal::at(Code::WrongValue, "product.price", "product.price: a text where a number belongs.");
        let Failure::Said(said) = Failure::from(refusal) else { panic!("told") };
        assert_eq!((said.exit, said.code.as_str()), (Exit::Refused, "wrong-value"));
        assert_eq!(said.words, "product.price: a text where a number belongs.");
    }
}
