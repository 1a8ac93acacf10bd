//! Accounts of one server: workspaces, users, members, devices and their tokens, in one SQLite file.
//!
//! It makes no id, salt, token, time or randomness: all are handed in. What it stores of a password or token is a hash, and
//! no `Debug` of it shows either, nor a key.

mod audit;
mod breached;
mod devices;
mod invites;
mod keys;
mod lease;
mod made;
mod name;
mod new_password;
mod own;
mod password;
mod passwords;
mod role;
mod sessions;
mod sign_in;
mod support;
pub(crate) mod token;
#[cfg(feature = "planted")]
mod vouched;
mod wanted;
mod wipe;
mod workspaces;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use fieldbook_crypto::FileKey;
use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId};
use fieldbook_server_sync::Role;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::error::StoreError;
use crate::file::{self, FormatStep, Mark};
use audit::Note;
pub use audit::{By, Deed, Entry};
pub use breached::{Breached, BreachedError};
pub use devices::DeviceRow;
pub use invites::{
    INVITE_MS, INVITE_MS_MAX, InviteRow, InviteState, Invitee, MadeInvite, NewInvite, Proven, Taken, Taking,
};
pub use keys::{FreshKeys, GivenKeys};
pub use made::NewWorkspace;
pub use name::new_name;
pub use new_password::{NewPassword, PasswordRules};
pub use own::Own;
pub use passwords::{Claim, ResetCode, Resetter};
pub use sessions::{CONFIRMED_FOR, Session, SessionLimits};
pub use sign_in::{Candidate, SignedIn, Verified, check_sign_in};
pub use support::SupportKey;
pub use wipe::{Confirmed, FreshOrder, StandingWipe, Unsent, WipeRow};
pub use workspaces::{DeletedRow, WorkspaceRow};

/// The letters FBac.
const MARK: Mark = Mark { application: 0x4642_6163, version: 10, noun: "file of accounts", steps: STEPS };
/// From the oldest format that was released to today's.
const STEPS: &[FormatStep] = &[
    FormatStep { from: 2, step: waiting },
    FormatStep { from: 3, step: keys::tables },
    FormatStep { from: 4, step: support::tables },
    FormatStep { from: 5, step: wipe::tables },
    FormatStep { from: 6, step: lease::column },
    FormatStep { from: 7, step: audit::tables },
    FormatStep { from: 8, step: made::column },
    FormatStep { from: 9, step: audit::people },
];
/// The file in a data folder.
pub(crate) const FILE: &str = "accounts.db";
/// How old "last seen" may get before a call writes it again.
pub const SEEN_EVERY: Duration = Duration::from_secs(60);

const USER: &str = "SELECT id, password FROM user WHERE name = ?";
const USER_INSERT: &str = "INSERT INTO user (id, name, password, created_at) VALUES (?, ?, ?, ?)";
const MEMBER_INSERT: &str = "INSERT INTO member (workspace, user, role) VALUES (?, ?, ?)";

/// Who may come in.
pub struct Accounts {
    connection: Connection,
    rules: PasswordRules,
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
    /// The id of a new workspace is something else's.
    #[error("this id is taken; make the workspace under another one")]
    IdTaken,
    /// Somebody made as many workspaces as one person may.
    #[error(
        "you have made as many workspaces here as one person may: {0}, those counted that were deleted and can still be brought \
        back; whoever runs the server can let people make more: fieldbook serve --workspaces-max"
    )]
    TooManyWorkspaces(u32),
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
    /// There is no such user.
    #[error("there is no user {0:?} on this server; see: fieldbook admin member list")]
    NoUser(String),
    /// The device has no session.
    #[error("the device {0} is not signed in")]
    NoSession(DeviceId),
    /// Not the user's password.
    #[error("the password is wrong")]
    WrongPassword,
    /// A code that gives nothing: one answer for one that never was, was used, was taken back, is too old or is for somebody else.
    #[error("this link or code does not work, or not any more: ask whoever gave it for a new one")]
    UselessCode,
    /// There is no such invitation that waits.
    #[error("no invitation {0:?} waits to be taken up; see: fieldbook invite list")]
    NoInvite(String),
    /// Too many invitations wait.
    #[error("too many invitations of this workspace wait to be taken up: take some back first")]
    TooManyInvites,
    /// An invitation that nobody can take up.
    #[error("an invitation is for a role that reads, and works for at most {} days", invites::INVITE_MS_MAX / 86_400_000)]
    BadInvite,
    /// A name that cannot be one.
    #[error("the name of a {0} has 1 to 100 characters, and no control characters")]
    BadName(&'static str),
    /// A name that cannot be a new one.
    #[error(
        "the name of a {0} has letters, digits, blanks and any of - _ . @, does not begin or end with a blank or a dot, and has at most 100 characters"
    )]
    BadNewName(&'static str),
    /// A password that cannot be one.
    #[error(
        "a password has at least {} characters and at most {} bytes",
        password::CHARS_MIN,
        password::BYTES_MAX
    )]
    BadPassword,
    /// A password that is tried first.
    #[error(
        "this password is one of the first that anybody tries: it is common, or made of a common word, a name, a date or keys in \
        a row; take a longer one, such as four words that have nothing to do with each other"
    )]
    CommonPassword,
    /// A password that was stolen.
    #[error(
        "this password stands in the list of passwords that were stolen elsewhere; take another, and change this one wherever \
        else it is used"
    )]
    BreachedPassword,
    /// The list of stolen passwords cannot be asked.
    #[error(transparent)]
    Breached(#[from] BreachedError),
}

impl From<rusqlite::Error> for AccountError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
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
        let connection = file::open_or_create(&folder.join(FILE), Some(key), &MARK, &fill)?;
        Ok(Self { connection, rules: PasswordRules::default() })
    }

    /// Holds new passwords against these from now on.
    pub fn hold_against(&mut self, rules: PasswordRules) {
        self.rules = rules;
    }

    /// What new passwords are held against, for whoever looks at one without the accounts: that takes its time.
    pub fn rules(&self) -> &PasswordRules {
        &self.rules
    }

    /// Accounts that nobody keeps, for a test.
    pub fn memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        file::make(&connection, &MARK, &fill)?;
        Ok(Self { connection, rules: PasswordRules::default() })
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

    /// Adds a user to a workspace. One who is known by name is added with the password that is known.
    pub fn add_user(&self, user: &AddUser, by: &By, now: WallTime) -> Result<UserId, AccountError> {
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
            None => {
                let new = self.rules.check(&user.password, &[name, &workspace.name])?;
                Some(password::hash(&new, user.salt))
            }
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
        let about = format!("{name} as {}", user.role);
        let (deed, of) = (Deed::UserAdded, Some(workspace.id));
        audit::note(&transaction, Note { workspace: of, by, deed, about: &about, is_done: true }, now)?;
        transaction.commit()?;
        Ok(id)
    }

    /// Notes that somebody tried a thing and was refused.
    pub fn refused(
        &self,
        (deed, workspace): (Deed, Option<WorkspaceId>),
        by: &By,
        about: &str,
        now: WallTime,
    ) -> Result<(), StoreError> {
        audit::note(&self.connection, Note { workspace, by, deed, about, is_done: false }, now)
    }

    /// Notes that somebody did a thing whose effect lies elsewhere.
    pub fn done(
        &self,
        (deed, workspace): (Deed, Option<WorkspaceId>),
        by: &By,
        about: &str,
        now: WallTime,
    ) -> Result<(), StoreError> {
        audit::note(&self.connection, Note { workspace, by, deed, about, is_done: true }, now)
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
    lease::column(connection)?;
    audit::tables(connection)?;
    made::column(connection)?;
    audit::people(connection)
}

fn waiting(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch("ALTER TABLE device ADD COLUMN waiting INTEGER")?)
}

fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

fn taken(error: rusqlite::Error, or: impl FnOnce() -> AccountError) -> AccountError {
    if is_taken(&error) { or() } else { error.into() }
}
