//! The table of facts: how the device stands to its server, what it is doing, and what needs a person.

use fieldbook_model::WallTime;

use super::{Connection, Download, Halt, Report, Stored};
use crate::machine::Conditions;

/// What the device is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// Nothing is pending, and nothing is known to be missing.
    Nothing,
    /// So many ops are pending and nothing is sent before a time, where that is known.
    Waiting {
        /// Ops.
        pending: u64,
        /// By the device's wall clock, to the second.
        until: Option<WallTime>,
    },
    /// So many ops are being sent, or were sent and are not confirmed yet.
    Sending {
        /// Ops.
        pending: u64,
    },
    /// Nothing is pending, and the server has what is not here yet.
    Receiving,
}

/// What needs a person, in the order in which it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// The session has ended.
    SignedOut,
    /// The server shuts the device out.
    ShutOut(String),
    /// The device's own database cannot be written.
    Failing(String),
    /// This has made no progress for a minute.
    Stuck(String),
    /// So many conflicts that this person may decide.
    Conflicts(u64),
    /// So many ops that were refused.
    Rejected(u64),
}

/// Everything that a status says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// How the device stands to its server.
    pub connection: Connection,
    /// What it is doing.
    pub activity: Activity,
    /// What needs a person; most urgent first.
    pub needs: Vec<Need>,
    /// Ops that the server has not confirmed in a pull.
    pub pending: u64,
    /// When the oldest op without an answer was made.
    pub oldest: Option<WallTime>,
    /// When the device was last level with the server.
    pub last_success: Option<WallTime>,
    /// What surrounds the device, as far as its loop was told.
    pub conditions: Conditions,
    /// While ops are being sent: how many of this flush have an answer, and how many there are.
    pub upload: Option<(u64, u64)>,
    /// While news is coming: how far it is.
    pub download: Option<Download>,
}

impl Facts {
    /// The facts of a device. `report` is `None` where no sync loop runs.
    pub fn of(stored: &Stored, report: Option<&Report>) -> Self {
        let connection = report.map_or(Connection::NotSyncing, |report| report.connection.clone());
        let upload = report.and_then(|report| report.upload);
        Self {
            activity: activity(stored, report),
            needs: needs(stored, report),
            pending: stored.pending,
            oldest: stored.oldest,
            last_success: stored.last_success,
            conditions: report.map_or_else(Conditions::default, |report| report.conditions),
            upload: upload.map(|upload| (upload.answered, upload.answered + stored.waiting)),
            download: report.and_then(|report| report.download),
            connection,
        }
    }

    /// What is there and how it stands, in one sentence without its end. It does not tremble while things go on.
    pub fn says(&self) -> String {
        let mut parts: Vec<String> = self.needs.iter().map(Need::says).collect();
        let stands = self.stands();
        let needs = parts.join(", ");
        parts = [needs, stands].into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("; ")
    }

    /// How far sending and receiving are, if anything is under way.
    pub fn progress(&self) -> Option<String> {
        let upload = self.upload.map(|(answered, all)| format!("sent {answered} of {all}"));
        let download = self.download.map(|download| {
            let kib = download.bytes.div_ceil(1024);
            let first = if download.is_first() { "first load, " } else { "" };
            match download.percent() {
                Some(percent) => format!("{first}received {kib} KiB, {percent} %"),
                None => format!("{first}received {kib} KiB"),
            }
        });
        let parts: Vec<String> = upload.into_iter().chain(download).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Whether nothing is sent before somebody has done something about it.
    pub(super) fn is_halted(&self) -> bool {
        let halts = |need: &Need| matches!(need, Need::SignedOut | Need::ShutOut(_) | Need::Failing(_));
        self.needs.iter().any(halts)
    }

    fn is_stuck(&self) -> bool {
        self.needs.iter().any(|need| matches!(need, Need::Stuck(_)))
    }

    fn stands(&self) -> String {
        match &self.connection {
            Connection::NotSyncing => "not syncing".to_owned(),
            Connection::NoNetwork => "no network".to_owned(),
            Connection::Connecting => "connecting".to_owned(),
            Connection::Unreachable { because, .. } => because.clone(),
            Connection::Connected if self.is_halted() || self.is_stuck() => String::new(),
            Connection::Connected => match self.activity {
                Activity::Nothing if self.needs.is_empty() => "everything is synced".to_owned(),
                Activity::Nothing => "everything else is synced".to_owned(),
                Activity::Sending { .. } => "sending".to_owned(),
                Activity::Waiting { .. } => format!("bundling, {}", self.why_bundled()),
                Activity::Receiving if self.last_success.is_none() => "loading for the first time".to_owned(),
                Activity::Receiving => "receiving".to_owned(),
            },
        }
    }

    fn why_bundled(&self) -> &'static str {
        match self.conditions {
            Conditions { low_battery: true, .. } => "the battery is low",
            Conditions { metered: true, .. } => "the network is metered",
            _ => "it goes on in a moment",
        }
    }
}

impl Activity {
    /// Before when nothing is sent, by the device's wall clock.
    pub fn until(&self) -> Option<WallTime> {
        match self {
            Self::Waiting { until, .. } => *until,
            _ => None,
        }
    }
}

impl Need {
    fn says(&self) -> String {
        match self {
            Self::SignedOut => "signed out, sign in again (nothing is lost)".to_owned(),
            Self::ShutOut(why) | Self::Failing(why) => why.clone(),
            Self::Stuck(part) => format!("{part} makes no progress"),
            Self::Conflicts(1) => "1 conflict needs your decision".to_owned(),
            Self::Conflicts(open) => format!("{open} conflicts need your decision"),
            Self::Rejected(1) => "1 action was refused".to_owned(),
            Self::Rejected(refused) => format!("{refused} actions were refused"),
        }
    }
}

fn activity(stored: &Stored, report: Option<&Report>) -> Activity {
    let connected = report.filter(|report| report.connection == Connection::Connected);
    let until = report.and_then(|report| report.until);
    match (stored.pending, connected) {
        (0, Some(report)) if report.level || report.halt.is_some() => Activity::Nothing,
        (0, Some(_)) => Activity::Receiving,
        (0, None) if stored.last_success.is_none() => Activity::Receiving,
        (0, None) => Activity::Nothing,
        (pending, Some(report)) if report.halt.is_none() && until.is_none() => Activity::Sending { pending },
        (pending, _) => Activity::Waiting { pending, until },
    }
}

fn needs(stored: &Stored, report: Option<&Report>) -> Vec<Need> {
    let halt = report.and_then(|report| report.halt.as_ref()).map(|halt| match halt {
        Halt::SignedOut => Need::SignedOut,
        Halt::ShutOut(why) => Need::ShutOut(why.clone()),
    });
    let failing = report.and_then(|report| report.failing.clone()).map(Need::Failing);
    let stuck = report.and_then(|report| report.stuck.clone()).map(Need::Stuck);
    let conflicts = (stored.conflicts > 0).then_some(Need::Conflicts(stored.conflicts));
    let rejected = (stored.rejected > 0).then_some(Need::Rejected(stored.rejected));
    [halt, failing, stuck, conflicts, rejected].into_iter().flatten().collect()
}
