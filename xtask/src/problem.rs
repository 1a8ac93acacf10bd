//! Why a command ends early, and with which exit code.

use std::fmt;
use std::process::ExitCode;

/// What stands in the way. The text is for the person at the terminal.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// The command line is wrong.
    Wrong(String),
    /// The machine lacks something that only the person may install.
    Needs(String),
    /// A step did not come out.
    Failed(String),
    /// Ctrl-C, before there was something to end in order.
    Interrupted,
}

impl Problem {
    /// A step that did not come out.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    /// 2 for what the person must change first, 130 as shells do after Ctrl-C, else 1.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Wrong(_) | Self::Needs(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
            Self::Interrupted => ExitCode::from(130),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(text) | Self::Needs(text) | Self::Failed(text) => f.write_str(text),
            Self::Interrupted => f.write_str("Stopped half-way. The next start begins this again."),
        }
    }
}

/// Turns an error of the machine into a sentence that says what was tried.
pub trait While<T> {
    /// `doing` reads after "could not", as in "could not *read the passwords*".
    fn while_trying(self, doing: impl fmt::Display) -> Result<T, Problem>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn while_trying(self, doing: impl fmt::Display) -> Result<T, Problem> {
        self.map_err(|error| Problem::Failed(format!("could not {doing}: {error}")))
    }
}
