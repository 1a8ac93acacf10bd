//! Rules that a test can take out of the engine, to see that the test would notice.
//!
//! `table` names them. Without the cargo feature `planted` the answer is a constant `false` and the compiler removes the
//! branch; a released build never has the feature.

mod table;

use std::fmt;

pub use table::{Defect, Facts};

/// The part of the engine in which a defect lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Ops, their seqs, their chain and their answers.
    OpLog,
    /// When a device sends, asks and waits.
    Session,
    /// How a device takes in what it is sent.
    Apply,
    /// What two changes come to.
    Merge,
    /// What is held, and how it is settled.
    Conflict,
    /// Parts of a workspace, and what lies in them.
    Scope,
    /// Undo and redo.
    Undo,
    /// What is left out by age, and what is forgotten.
    Prune,
    /// Live streams.
    Live,
    /// Who may do and read what.
    SignIn,
    /// New versions of a schema.
    Schema,
    /// The wipe of a lost device, the lease, and what is signed.
    Wipe,
    /// Invitations, and the notes of what was decided.
    Accounts,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::OpLog,
        Self::Session,
        Self::Apply,
        Self::Merge,
        Self::Conflict,
        Self::Scope,
        Self::Undo,
        Self::Prune,
        Self::Live,
        Self::SignIn,
        Self::Schema,
        Self::Wipe,
        Self::Accounts,
    ];
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpLog => "op log",
            Self::Session => "session",
            Self::Apply => "apply",
            Self::Merge => "merge",
            Self::Conflict => "conflict",
            Self::Scope => "scope",
            Self::Undo => "undo",
            Self::Prune => "prune",
            Self::Live => "live",
            Self::SignIn => "sign-in",
            Self::Schema => "schema",
            Self::Wipe => "wipe",
            Self::Accounts => "accounts",
        })
    }
}

#[cfg(feature = "planted")]
mod switch {
    use super::Defect;
    use std::cell::Cell;

    thread_local! {
        static ON: Cell<Option<Defect>> = const { Cell::new(None) };
    }

    /// Whether this thread runs with the defect.
    pub fn planted(defect: Defect) -> bool {
        ON.get() == Some(defect)
    }

    /// Runs `scenario` with the defect in this thread, and takes it out again also after a panic.
    pub fn with<T>(defect: Defect, scenario: impl FnOnce() -> T) -> T {
        struct Off;
        impl Drop for Off {
            fn drop(&mut self) {
                ON.set(None);
            }
        }
        ON.set(Some(defect));
        let _off = Off;
        scenario()
    }
}

#[cfg(feature = "planted")]
pub use switch::{planted, with};

/// Whether this thread runs with the defect: never, in a build without the feature.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub const fn planted(_: Defect) -> bool {
    false
}
