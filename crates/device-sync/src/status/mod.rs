//! The status as one table of facts. What a person reads is a pure function of it, in the words of the app.
//!
//! ```text
//!   machine ──► Session ──► Report ─┐
//!                                   ├──► Facts ──► Status: words, colour, icon, and the connection beside it
//!   store ─────────────► Stored ────┘
//! ```
//!
//! A [`Report`] is the part that another process cannot see for itself: the sync loop leaves it where others can read
//! it. The whole table stands in `tests/status/table.txt`, what an app's developer needs of it in
//! `docs/guide/status.md`.

mod cause;
mod facts;
mod report;
mod words;

use fieldbook_model::{Version, WallTime};
use serde::{Deserialize, Serialize};

use crate::machine::Conditions;
use crate::trouble::Trouble;

pub use cause::{CLOCK_OFF_MIN_MS, Cause};
pub use facts::{Activity, Facts, Need};
pub use report::{Connection, Halt, Report};
pub use words::{Colour, Icon, Status};

/// How the device stands to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// No call has succeeded or failed yet, since the beginning or since somebody asked to sync now.
    Connecting,
    /// Calls succeed.
    Connected,
    /// The system says that there is no network: nothing is tried.
    NoNetwork,
    /// A call failed, and has not succeeded since. It stays so while it is tried again.
    Broken {
        /// How.
        trouble: Trouble,
        /// The monotonic time of the next try, in milliseconds; it is past while it is being tried.
        until_ms: u64,
    },
    /// The server shuts the device out: no calls are made until something changes, or but rarely.
    Halted(Trouble),
}

/// What the sync loop knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// How the device stands to the server.
    pub link: Link,
    /// What surrounds the device.
    pub conditions: Conditions,
    /// Ops are on their way.
    pub sending: bool,
    /// News is on its way.
    pub receiving: bool,
    /// A scope is on its way that is not here yet.
    pub loading: bool,
    /// A pull has ended, and the device has all that the server spoke of.
    pub level: bool,
    /// What has made no progress for a minute, if anything.
    pub stuck: Option<&'static str>,
    /// The monotonic time at which ops that are held back are sent, in milliseconds.
    pub held_until_ms: Option<u64>,
    /// How far the push that is under way is.
    pub upload: Option<Upload>,
    /// How far the pull that is under way is.
    pub download: Option<Download>,
}

/// How far sending is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Ops that the server has answered since sending began.
    pub answered: u64,
    /// Ops that are on their way now.
    pub going: u32,
}

/// How far a pull is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// What it has brought, in bytes as they are before compression.
    pub bytes: u64,
    /// Where the device was when it began; 0 at the very first load.
    pub from: Version,
    /// Up to here everything is stored.
    pub upto: Version,
    /// The last version that the server spoke of.
    pub head: Version,
}

impl Download {
    /// How much of the way is done, in percent; `None` where the end is not known yet.
    pub fn percent(&self) -> Option<u64> {
        let whole = self.head.0.checked_sub(self.from.0).filter(|whole| *whole > 0)?;
        Some((self.upto.0.saturating_sub(self.from.0) * 100 / whole).min(100))
    }

    /// Whether the device has nothing yet.
    pub fn is_first(&self) -> bool {
        self.from == Version::ZERO
    }
}

/// What the store knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// Ops that the server has not confirmed in a pull.
    pub pending: u64,
    /// Those of them that have no answer.
    pub waiting: u64,
    /// When the oldest of these was made.
    pub oldest: Option<WallTime>,
    /// Open conflicts that this person may decide.
    pub conflicts: u64,
    /// Ops that were refused and wait for the person.
    pub rejected: u64,
    /// When the device was last level with the server.
    pub last_success: Option<WallTime>,
}
