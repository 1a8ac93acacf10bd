//! The exit codes. Scripts rely on them; they are in `fieldbook --help`.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked.
    Done = 0,
    /// The world failed: a file, the disk, a defect.
    Failed = 1,
    /// The call or the input is wrong.
    Wrong = 2,
    /// An action or a sign-in was refused.
    Refused = 3,
    /// Another process does it already.
    Busy = 4,
    /// The server cannot be reached.
    Unreachable = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
