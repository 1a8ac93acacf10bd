//! What a server may be told, each with a default that needs no thought. Limits stand on everything that
//! comes from outside, also when nobody configured any.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fieldbook_model::Limits;
use fieldbook_protocol::blob::BLOB_BYTES_MAX;
use fieldbook_server_store::{PageLimit, SessionLimits};
use tokio::sync::Notify;

use crate::apps::Apps;
use crate::origin::Origin;
use crate::tls::Tls;

/// How a server runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder with the accounts and the workspaces.
    pub data: PathBuf,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where its operator reads what is counted, in clear and without a sign-in: an address that nobody else can reach.
    pub metrics: Option<SocketAddr>,
    /// Which certificate it shows; without one everything travels in clear.
    pub tls: Option<Tls>,
    /// How often it is looked whether the certificate's files have changed.
    pub tls_look: Duration,
    /// Rings when somebody wants them to be read at once.
    pub reload: Arc<Notify>,
    /// What it takes from devices.
    pub limits: Limits,
    /// Connections at a time; further ones wait in the system's queue. Lowered at the start where the system
    /// lets the process open too few files.
    pub connections_max: u32,
    /// Whether all calls come through a proxy of ours, which says in `X-Forwarded-For` for whom. Without such
    /// a proxy anybody could write that header.
    pub trusted_proxy: bool,
    /// Whose web pages may call, besides its own.
    pub origins: Vec<Origin>,
    /// In which the head of a request must arrive, and after which an idle connection is closed.
    pub head_time_max: Duration,
    /// In which the body of a request must arrive.
    pub body_time_max: Duration,
    /// After which a client that takes nothing of its reply is cut off.
    pub stall_time_max: Duration,
    /// In which a stopping server ends what it began.
    pub stop_time_max: Duration,
    /// The silence after which a live stream says that it is alive.
    pub beat: Duration,
    /// A page of a pull.
    pub pull_page: PageLimit,
    /// The changes that one live event carries; a device that is further behind is told to pull.
    pub live_page: PageLimit,
    /// What one commit takes together.
    pub group: GroupLimit,
    /// Pushes that wait for one workspace's writer.
    pub queue_max: usize,
    /// Connections for reading, for each workspace.
    pub readers_max: usize,
    /// How long what was deleted is kept, before only its ids are; a deleted workspace, before its file goes.
    pub keep_deleted: Duration,
    /// How long notes of decisions are kept.
    pub keep_notes: Duration,
    /// How long after its opening a workspace, and after its start a server, first forgets what is older, and how often from then on.
    pub forget: (Duration, Duration),
    /// Who makes workspaces over the network.
    pub makers: Makers,
    /// How many of them one person may make; those count that were deleted and whose files are still there.
    pub made_max: u32,
    /// How much blobs may take, and how long those are kept that nothing names.
    pub blobs: BlobLimits,
    /// How many calls may be under way.
    pub calls: CallLimits,
    /// How often one may try a password.
    pub sign_in: SignInLimits,
    /// How long sessions last.
    pub sessions: SessionLimits,
    /// A list of stolen passwords, none of which becomes anybody's.
    pub breached: Option<PathBuf>,
    /// What browsers get that come without an app.
    pub apps: Arc<Apps>,
}

/// Days for which what was deleted is kept, where nobody says otherwise.
pub const KEEP_DELETED_DAYS: u32 = 180;

/// Days for which notes of decisions are kept, where nobody says otherwise.
pub const KEEP_NOTES_DAYS: u32 = 730;

/// Days after which a session ends whose device does not call.
pub const SESSION_IDLE_DAYS: u32 = 90;
/// Days after the sign-in with which a session ends in any case.
pub const SESSION_DAYS: u32 = 365;

/// Workspaces that one person may make over the network, where nobody says otherwise.
pub const MADE_MAX: u32 = 10;

/// Who makes workspaces over the network. Whoever has the data folder always may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makers {
    /// Nobody.
    Nobody,
    /// Whoever owns a workspace of this server.
    Owners,
    /// Whoever is a member of one.
    Everybody,
}

/// A day.
pub const DAY: Duration = Duration::from_secs(86_400);

/// What one commit takes together. The group ends with the push that reaches either.
#[derive(Debug, Clone, Copy)]
pub struct GroupLimit {
    /// Pushes.
    pub pushes_max: usize,
    /// Bytes of their bodies.
    pub bytes_max: usize,
}

/// How many calls may be under way, live streams among them. A device needs three or four.
#[derive(Debug, Clone, Copy)]
pub struct CallLimits {
    /// Of one device.
    pub device_max: u32,
    /// Of all devices of one user.
    pub user_max: u32,
}

/// How much blobs may take.
#[derive(Debug, Clone, Copy)]
pub struct BlobLimits {
    /// The bytes of one.
    pub blob_bytes_max: u64,
    /// The bytes of all of one workspace.
    pub workspace_bytes_max: u64,
    /// How long one is kept that no op names yet: its device may be away for so long with the op that does.
    pub keep_unnamed: Duration,
}

/// Days for which a blob is kept that no op names.
pub const KEEP_UNNAMED_DAYS: u32 = 30;
/// MiB that one blob may have, where nobody says otherwise.
pub const BLOB_MIB: u32 = (BLOB_BYTES_MAX >> 20) as u32;
/// GiB that all blobs of a workspace may have, where nobody says otherwise.
pub const BLOBS_GIB: u32 = 32;

impl Default for BlobLimits {
    fn default() -> Self {
        Self {
            blob_bytes_max: BLOB_BYTES_MAX,
            workspace_bytes_max: u64::from(BLOBS_GIB) << 30,
            keep_unnamed: DAY * KEEP_UNNAMED_DAYS,
        }
    }
}

/// How often one may try a password. A name is never locked: who waits may try again.
#[derive(Debug, Clone, Copy)]
pub struct SignInLimits {
    /// Attempts at once, for each user name from one address.
    pub burst: u32,
    /// The time that gives one attempt back.
    pub refill: Duration,
    /// Attempts at once from one address, whatever the names. More than `burst`, since a whole shop may have
    /// one address.
    pub address_burst: u32,
    /// The time that gives an address one attempt back.
    pub address_refill: Duration,
    /// Names with addresses that are remembered, and as many addresses.
    pub table_max: usize,
    /// Passwords that are verified at a time, so that a flood leaves the other cores alone.
    pub verifying_max: usize,
    /// Sign-ins that wait for a verification.
    pub waiting_max: usize,
}

impl Config {
    /// The defaults.
    pub fn new(data: PathBuf, listen: SocketAddr) -> Self {
        Self {
            data,
            listen,
            metrics: None,
            tls: None,
            tls_look: Duration::from_secs(10),
            reload: Arc::default(),
            limits: Limits::default(),
            connections_max: 4096,
            trusted_proxy: false,
            origins: Vec::new(),
            head_time_max: Duration::from_secs(30),
            body_time_max: Duration::from_secs(30),
            stall_time_max: Duration::from_secs(60),
            stop_time_max: Duration::from_secs(10),
            beat: Duration::from_secs(20),
            pull_page: PageLimit { rows_max: 2000, bytes_max: 512 << 10 },
            live_page: PageLimit { rows_max: 500, bytes_max: 128 << 10 },
            group: GroupLimit { pushes_max: 64, bytes_max: 4 << 20 },
            queue_max: 256,
            readers_max: 4,
            keep_deleted: DAY * KEEP_DELETED_DAYS,
            keep_notes: DAY * KEEP_NOTES_DAYS,
            forget: (Duration::from_secs(1), Duration::from_secs(3_600)),
            makers: Makers::Nobody,
            made_max: MADE_MAX,
            blobs: BlobLimits::default(),
            calls: CallLimits { device_max: 32, user_max: 512 },
            sign_in: SignInLimits::default(),
            sessions: SessionLimits { idle: DAY * SESSION_IDLE_DAYS, absolute: DAY * SESSION_DAYS },
            breached: None,
            apps: Arc::default(),
        }
    }
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            burst: 10,
            refill: Duration::from_secs(6),
            address_burst: 60,
            address_refill: Duration::from_secs(1),
            table_max: 10_000,
            verifying_max: 2,
            waiting_max: 32,
        }
    }
}
