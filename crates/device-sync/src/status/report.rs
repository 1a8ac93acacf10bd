//! What a sync loop tells other processes of the device: no data, and nothing that a store knows.

use fieldbook_model::WallTime;
use serde::{Deserialize, Serialize};

use super::{Download, Link, Session, Upload};
use crate::machine::{Conditions, Now};
use crate::trouble::{Kind, Trouble};

/// How the device stands to its server, as a person is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Connection {
    /// No sync loop runs on this device.
    NotSyncing,
    /// The system says that there is no network.
    NoNetwork,
    /// The first answer has not come yet.
    Connecting,
    /// There is a network, and no answer from the server.
    Unreachable {
        /// Why, in words.
        because: String,
        /// What answered instead: a captive portal, a proxy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answered: Option<String>,
    },
    /// The server answers.
    Connected,
}

impl Connection {
    /// Its name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotSyncing => "not-syncing",
            Self::NoNetwork => "no-network",
            Self::Connecting => "connecting",
            Self::Unreachable { .. } => "unreachable",
            Self::Connected => "connected",
        }
    }
}

/// Why no calls are made until somebody does something about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Halt {
    /// The session has ended.
    SignedOut,
    /// The server shuts the device out. Why, in words.
    ShutOut(String),
}

impl Halt {
    /// Its name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::ShutOut(_) => "shut-out",
        }
    }
}

/// How a session stands, in a form that another process can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// How the device stands to its server.
    pub connection: Connection,
    /// Why nothing is tried, if somebody has to do something about it.
    pub halt: Option<Halt>,
    /// When the next try is, or when ops that are held back are sent.
    pub until: Option<WallTime>,
    /// Whether all that the server spoke of, and that the device asked for, is here.
    pub level: bool,
    /// What has made no progress for a minute.
    pub stuck: Option<String>,
    /// Why the device's own database cannot be written just now.
    pub failing: Option<String>,
    /// What surrounds the device.
    pub conditions: Conditions,
    /// How far the push that is under way is.
    pub upload: Option<Upload>,
    /// How far the pull that is under way is.
    pub download: Option<Download>,
}

impl Report {
    /// A loop that has not begun, or cannot go on because of the device itself.
    pub fn begun(failing: Option<String>) -> Self {
        Self {
            connection: Connection::Connecting,
            halt: None,
            until: None,
            level: false,
            stuck: None,
            failing,
            conditions: Conditions::default(),
            upload: None,
            download: None,
        }
    }

    /// Whether nothing differs but how far things are.
    pub fn is_like(&self, other: &Self) -> bool {
        let still = |report: &Self| Self { upload: None, download: None, ..report.clone() };
        let busy = |report: &Self| (report.upload.is_some(), report.download.is_some());
        busy(self) == busy(other) && still(self) == still(other)
    }
}

impl Session {
    /// What others are told of it.
    pub fn report(&self, now: Now) -> Report {
        let halt = match &self.link {
            Link::Halted(trouble) if trouble.kind() == Kind::SignIn => Some(Halt::SignedOut),
            Link::Halted(trouble) => Some(Halt::ShutOut(trouble.to_string())),
            _ => None,
        };
        let retry_ms = match &self.link {
            Link::Broken { until_ms, .. } => Some(*until_ms),
            _ => self.held_until_ms,
        };
        Report {
            connection: self.connection(),
            halt,
            until: retry_ms.filter(|at_ms| *at_ms > now.mono_ms).map(|at_ms| wall(now, at_ms)),
            level: self.level && !self.loading,
            stuck: self.stuck.map(str::to_owned),
            failing: None,
            conditions: self.conditions,
            upload: self.upload,
            download: self.download,
        }
    }

    fn connection(&self) -> Connection {
        match &self.link {
            // Who is signed out and has no network is both.
            _ if self.conditions.no_network => Connection::NoNetwork,
            Link::NoNetwork => Connection::NoNetwork,
            Link::Connecting => Connection::Connecting,
            Link::Connected | Link::Halted(_) => Connection::Connected,
            Link::Broken { trouble, .. } => Connection::Unreachable {
                because: trouble.to_string(),
                answered: match trouble {
                    Trouble::Foreign(said) => Some(said.clone()),
                    _ => None,
                },
            },
        }
    }
}

/// A moment of the monotonic clock by the wall clock, to the second: what is shown does not tremble.
fn wall(now: Now, at_ms: u64) -> WallTime {
    let rest_ms = i64::try_from(at_ms.saturating_sub(now.mono_ms)).unwrap_or(i64::MAX);
    let at = now.wall.0.saturating_add(rest_ms);
    WallTime(at - at.rem_euclid(1000))
}
