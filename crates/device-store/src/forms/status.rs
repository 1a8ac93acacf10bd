//! How a device stands.

use fieldbook_device_sync::Conditions;
use fieldbook_device_sync::status::{
    Activity, Cause, Colour, Connection, Download, Facts, Icon, Need, Status,
};
use fieldbook_model::schema::Vocabulary;
use fieldbook_model::{Cursor, DeviceId, WallTime};
use serde::Serialize;

use crate::facts;

/// The status for programs. Its fields keep their names and meanings; there may be more of them one day.
#[derive(Serialize)]
pub struct StatusForm<'a> {
    status: String,
    beside: Option<String>,
    colour: Colour,
    icon: Icon,
    vocabulary: Vocabulary,
    says: String,
    connection: &'a Connection,
    activity: &'static str,
    until: Option<WallTime>,
    needs: Vec<&'static str>,
    workspace: &'a str,
    user: &'a str,
    server: &'a str,
    device_id: DeviceId,
    pending: u64,
    oldest: Option<WallTime>,
    conflicts: u64,
    rejected: u64,
    held: u64,
    lost_base: u64,
    again: u64,
    in_doubt: u64,
    last_success: Option<WallTime>,
    clock_off_ms: i64,
    cursor: Cursor,
    upload: Option<Sent>,
    download: Option<Received>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blobs: Option<Blobs>,
    conditions: Conditions,
    cause: Option<Cause>,
}

#[derive(Serialize)]
struct Sent {
    sent: u64,
    of: u64,
}

#[derive(Serialize)]
struct Received {
    bytes: u64,
    percent: Option<u64>,
    first: bool,
}

/// Blobs that are still to come.
#[derive(Serialize)]
struct Blobs {
    left: u64,
    bytes: u64,
}

/// Whose device it is.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// The workspace's name.
    pub workspace: &'a str,
    /// The user's name.
    pub user: &'a str,
    /// The server's address.
    pub server: &'a str,
    /// The device.
    pub device_id: DeviceId,
}

impl<'a> StatusForm<'a> {
    /// In the words of an app.
    pub fn of(whose: Whose<'a>, vocabulary: Vocabulary, (facts, stored): (&'a Facts, &facts::Facts)) -> Self {
        let Status { colour, icon, words, beside } = facts.status(vocabulary);
        Self {
            status: words,
            beside,
            colour,
            icon,
            vocabulary,
            says: facts.says(),
            connection: &facts.connection,
            activity: activity(&facts.activity),
            until: facts.activity.until(),
            needs: facts.needs.iter().map(need).collect(),
            workspace: whose.workspace,
            user: whose.user,
            server: whose.server,
            device_id: whose.device_id,
            pending: facts.pending,
            oldest: facts.oldest,
            conflicts: stored.conflicts,
            rejected: stored.rejected,
            held: stored.conflicted,
            lost_base: stored.lost_base,
            again: stored.again,
            in_doubt: stored.in_doubt,
            last_success: facts.last_success,
            clock_off_ms: stored.off_ms,
            cursor: stored.cursor,
            upload: facts.upload.map(|(sent, of)| Sent { sent, of }),
            download: facts.download.as_ref().map(received),
            blobs: (stored.blobs > 0).then_some(Blobs { left: stored.blobs, bytes: stored.blob_bytes }),
            conditions: facts.conditions,
            cause: facts.cause(stored.off_ms),
        }
    }
}

fn activity(activity: &Activity) -> &'static str {
    match activity {
        Activity::Nothing => "nothing",
        Activity::Waiting { .. } => "waiting",
        Activity::Sending { .. } => "sending",
        Activity::Receiving => "receiving",
    }
}

fn need(need: &Need) -> &'static str {
    match need {
        Need::SignedOut => "signed-out",
        Need::ShutOut(_) => "shut-out",
        Need::Failing(_) => "failing",
        Need::Stuck(_) => "stuck",
        Need::Conflicts(_) => "conflicts",
        Need::Rejected(_) => "rejected",
    }
}

fn received(download: &Download) -> Received {
    Received { bytes: download.bytes, percent: download.percent(), first: download.is_first() }
}
