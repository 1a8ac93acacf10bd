//! Accounts of one server: workspaces, users, members, devices and their tokens, in one SQLite file.
//!
//! It makes no id, salt, token, time or randomness: all are handed in. What it stores of a password or token is a hash, and
//! no `Debug` of it shows either, nor a key.

mod devices;
mod keys;
mod lease;
mod name;
mod password;
mod role;
mod sign_in;
mod support;
pub(crate) mod token;
mod wanted;
mod wipe;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use fieldbook_crypto::FileKey;
use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId};
use fieldbook_server_sync::{Principal, Role};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::error::StoreError;
use crate::file::{self, FormatStep, Mark};
pub use devices::DeviceRow;
pub use keys::{FreshKeys, GivenKeys};
pub use sign_in::{Candidate, SignedIn, Verified, check_sign_in};
pub use support::SupportKey;
pub use wipe::{Confirmed, FreshOrder, StandingWipe, Unsent, WipeRow};

/// The letters FBac.
const MARK: Mark = Mark { application: 0x4642_6163, version: 7, noun: "file of accounts", steps: STEPS };
/// From the oldest format that was released to today's.
const STEPS: &[FormatStep] = &[
    FormatStep { from: 2, step: waiting },
    FormatStep { from: 3, step: keys::tables },
    FormatStep { from: 4, step: support::tables },
    FormatStep { from: 5, step: wipe::tables },
    FormatStep { from: 6, step: lease::column },
];
/// The file in a data folder.
pub(crate) const FILE: &str = "accounts.db";
/// How old "last seen" may get before a call writes it again.
pub const SEEN_EVERY: Duration = Duration::from_secs(60);

const WORKSPACE_INSERT: &str = "INSERT INTO workspace (id, name, file, created_at) VALUES (?, ?, ?, ?)";
const WORKSPACES: &str = "SELECT id, name, file, created_at FROM workspace ORDER BY name";
const WORKSPACE: &str = "SELECT id, name, file, created_at FROM workspace WHERE name = ?";
const USER: &str = "SELECT id, password FROM user WHERE name = ?";
const USER_INSERT: &str = "INSERT INTO user (id, name, password, created_at) VALUES (?, ?, ?, ?)";
const MEMBER_INSERT: &str = "INSERT INTO member (workspace, user, role) VALUES (?, ?, ?)";
const PRINCIPAL: &str = "SELECT d.id, d.workspace, d.user, d.last_seen, m.role, u.name FROM device d \
    JOIN member m ON m.workspace = d.workspace AND m.user = d.user JOIN user u ON u.id = d.user WHERE d.token_hash = ?";
const SEEN: &str = "UPDATE device SET last_seen = ? WHERE id = ?";
const NOTE: &str =
    "UPDATE device SET last_seen = max(last_seen, ?), waiting = coalesce(?, waiting) WHERE id = ?";

/// Who may come in.
pub struct Accounts {
    connection: Connection,
}

/// Why something with an account was not done. The words say what to do.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The world failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One answer for an unknown workspace, an unknown user and a wrong password.
    #[error(
        "the workspace, the name or the password is wrong: check all three, or ask whoever runs the server"
    )]
    WrongSignIn,
    /// The device's id belongs to somebody else.
    #[error("this device is registered to another user or workspace; sign in with a new device id")]
    DeviceTaken,
    /// Other keys are known for the device.
    #[error("this device has told other keys before; sign in with the password to tell new ones")]
    OtherKeys,
    /// Keys to which nothing can be sealed.
    #[error("the device's public keys are not keys to which anything can be sealed")]
    UselessKeys,
    /// There is no such device.
    #[error("no device {0} has signed in to this workspace; see: fieldbook admin device list")]
    NoDevice(DeviceId),
    /// No order to wipe stands.
    #[error("no order to wipe this device stands; see: fieldbook admin device list")]
    NoWipe,
    /// The order has reached its device.
    #[error("the order has reached the device, and cannot be taken back: what it holds goes, or has gone")]
    WipeReached,
    /// A word that is not the device's.
    #[error("this is not signed by the device that it speaks of")]
    NotSigned,
    /// There is no such workspace.
    #[error("there is no workspace {0:?} here; see: fieldbook admin workspace list")]
    NoWorkspace(String),
    /// There is such a workspace.
    #[error("there is a workspace {0:?} already; choose another name")]
    WorkspaceTaken(String),
    /// There is such a user, with another password.
    #[error(
        "there is a user {0:?} already, with another password; give that password to add the same person to \
        this workspace, or choose another name for somebody else"
    )]
    UserTaken(String),
    /// The user is a member already.
    #[error("{0:?} is a member of this workspace already")]
    Member(String),
    /// There is no such member.
    #[error("{0:?} is no member of this workspace; see: fieldbook admin member list")]
    NoMember(String),
    /// A name that cannot be one.
    #[error("the name of a {0} has 1 to 100 characters, and no control characters")]
    BadName(&'static str),
    /// A password that cannot be one.
    #[error(
        "a password has at least {} characters and at most {} bytes",
        password::CHARS_MIN,
        password::BYTES_MAX
    )]
    BadPassword,
}

impl From<rusqlite::Error> for AccountError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A workspace of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceRow {
    /// Its id.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// Its file, relative to the data folder.
    pub file: String,
    /// When it was made.
    pub created_at: WallTime,
}

/// A user to add to a workspace.
#[derive(Clone)]
pub struct AddUser {
    /// The workspace's name.
    pub workspace: String,
    /// The user's name: one person has one on a server.
    pub name: String,
    /// The user's password.
    pub password: String,
    /// What the user is there.
    pub role: Role,
    /// The id of a user who is new.
    pub id: UserId,
    /// Random, for the hash of a password that is new.
    pub salt: [u8; 16],
}

impl fmt::Debug for AddUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, role) = (&self.name, &self.role);
        f.debug_struct("AddUser").field("name", name).field("role", role).finish_non_exhaustive()
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accounts")
    }
}

impl Accounts {
    /// Opens the accounts in a data folder, and makes them where there are none.
    pub fn open(folder: &Path, key: &FileKey) -> Result<Self, StoreError> {
        Ok(Self { connection: file::open_or_create(&folder.join(FILE), Some(key), &MARK, &fill)? })
    }

    /// Accounts that nobody keeps, for a test.
    pub fn memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        file::make(&connection, &MARK, &fill)?;
        Ok(Self { connection })
    }

    /// Copies the accounts into a new file under a key of its own, while others use them.
    pub fn copy_to(&self, path: &Path, key: &FileKey) -> Result<(), StoreError> {
        let mut copy = file::connect_new(path, Some(key))?;
        let backup = rusqlite::backup::Backup::new(&self.connection, &mut copy)?;
        backup.run_to_completion(4096, Duration::ZERO, None)?;
        drop(backup);
        let check: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        match check.as_str() {
            "ok" => Ok(()),
            _ => Err(StoreError::Unusable(format!("the copy {} is not whole", path.display()))),
        }
    }

    /// Notes a workspace, whose file is there already.
    pub fn add_workspace(
        &self,
        name: &str,
        id: WorkspaceId,
        now: WallTime,
    ) -> Result<WorkspaceRow, AccountError> {
        name::check("workspace", name)?;
        let name = name.trim();
        let row =
            WorkspaceRow { id, name: name.to_owned(), file: format!("workspaces/{id}.db"), created_at: now };
        let values = params![id.bytes(), row.name, row.file, now.0];
        match self.connection.execute(WORKSPACE_INSERT, values) {
            Ok(_) => Ok(row),
            Err(error) if is_taken(&error) => Err(AccountError::WorkspaceTaken(row.name)),
            Err(error) => Err(error.into()),
        }
    }

    /// The workspace of a name.
    pub fn workspace(&self, name: &str) -> Result<Option<WorkspaceRow>, StoreError> {
        let mut find = self.connection.prepare_cached(WORKSPACE)?;
        Ok(find.query_row([name.trim()], workspace_row).optional()?)
    }

    /// Every workspace, by name.
    pub fn workspaces(&self) -> Result<Vec<WorkspaceRow>, StoreError> {
        let mut find = self.connection.prepare_cached(WORKSPACES)?;
        Ok(find.query_map([], workspace_row)?.collect::<Result<_, _>>()?)
    }

    /// Adds a user to a workspace. One who is known by name is added with the password that is known.
    pub fn add_user(&self, user: &AddUser, now: WallTime) -> Result<UserId, AccountError> {
        name::check("user", &user.name)?;
        password::check_length(&user.password)?;
        let name = user.name.trim();
        let no_workspace = || AccountError::NoWorkspace(user.workspace.clone());
        let workspace = self.workspace(&user.workspace)?.ok_or_else(no_workspace)?;
        let known = self.user(name)?;
        // The slow part stands before the transaction: nobody waits for it.
        let hash = match &known {
            Some((_, hash)) if password::fits(&user.password, hash) => None,
            Some(_) => return Err(AccountError::UserTaken(name.to_owned())),
            None => Some(password::hash(&user.password, user.salt)?),
        };
        let transaction = self.write()?;
        let id = known.map_or(user.id, |(id, _)| id);
        if let Some(hash) = hash {
            let taken = |error| taken(error, || AccountError::UserTaken(name.to_owned()));
            transaction.execute(USER_INSERT, params![id.bytes(), name, hash, now.0]).map_err(taken)?;
        }
        let member = params![workspace.id.bytes(), id.bytes(), user.role.to_string()];
        let taken = |error| taken(error, || AccountError::Member(name.to_owned()));
        transaction.execute(MEMBER_INSERT, member).map_err(taken)?;
        transaction.commit()?;
        Ok(id)
    }

    /// Whose token this is, and that they are here now. `None` for a token that never was or has ended.
    pub fn principal(&self, token: &str, now: WallTime) -> Result<Option<Principal>, StoreError> {
        let Some(token) = token::read(token) else { return Ok(None) };
        let mut find = self.connection.prepare_cached(PRINCIPAL)?;
        let read = |row: &Row<'_>| {
            let (device, workspace) =
                (DeviceId::from_bytes(row.get(0)?), WorkspaceId::from_bytes(row.get(1)?));
            let (last_seen, role, name): (i64, String, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
            Ok((device, workspace, UserId::from_bytes(row.get(2)?), last_seen, role, name))
        };
        let found = find.query_row([token::hash(token)], read).optional()?;
        let Some((device, workspace, user, last_seen, role, name)) = found else { return Ok(None) };
        if i128::from(now.0) - i128::from(last_seen) >= SEEN_EVERY.as_millis().cast_signed() {
            // For people to look at: if it cannot be written just now, nobody is sent away for that.
            let _ = self.connection.execute(SEEN, params![now.0, device.bytes()]);
        }
        Ok(Some(Principal { user, device, workspace, role: role::read(&role)?, name }))
    }

    /// Notes that a device is here, and how many ops it has to send, if it says so.
    pub fn note_device(
        &self,
        device: DeviceId,
        now: WallTime,
        waiting: Option<u64>,
    ) -> Result<(), StoreError> {
        let waiting = waiting.map(|waiting| i64::try_from(waiting).unwrap_or(i64::MAX));
        self.connection.prepare_cached(NOTE)?.execute(params![now.0, waiting, device.bytes()])?;
        Ok(())
    }

    fn user(&self, name: &str) -> Result<Option<(UserId, String)>, StoreError> {
        let read = |row: &Row<'_>| Ok((UserId::from_bytes(row.get(0)?), row.get(1)?));
        Ok(self.connection.prepare_cached(USER)?.query_row([name], read).optional()?)
    }

    fn write(&self) -> Result<Transaction<'_>, StoreError> {
        Ok(Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?)
    }
}

fn fill(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(include_str!("tables.sql"))?;
    keys::tables(connection)?;
    support::tables(connection)?;
    wipe::tables(connection)?;
    lease::column(connection)
}

fn waiting(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch("ALTER TABLE device ADD COLUMN waiting INTEGER")?)
}

fn workspace_row(row: &Row<'_>) -> rusqlite::Result<WorkspaceRow> {
    let id = WorkspaceId::from_bytes(row.get(0)?);
    Ok(WorkspaceRow { id, name: row.get(1)?, file: row.get(2)?, created_at: WallTime(row.get(3)?) })
}

fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

fn taken(error: rusqlite::Error, or: impl FnOnce() -> AccountError) -> AccountError {
    if is_taken(&error) { or() } else { error.into() }
}
