//! Sign-in, in three steps, so that nobody waits for a slow hash behind a lock: look the candidate up, verify the
//! password without the database, register the device.
//!
//! Unknown workspace, unknown user, no member and wrong password are one answer, after about the same time.

use std::fmt;

use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId};
use fieldbook_protocol::auth::SignInRequest;
use fieldbook_server_sync::Role;
use rusqlite::{OptionalExtension, Row, params};

use super::audit::{self, By, Deed, Note};
use super::token::{self, Kind};
use super::{AccountError, Accounts, name, password, role};
use crate::error::StoreError;

const FIND: &str = "SELECT w.id, w.name, u.id, u.password, u.name FROM workspace w, user u, member m \
    WHERE w.name = ? AND u.name = ? AND m.workspace = w.id AND m.user = u.id AND w.deleted_at IS NULL";
const KNOWN: &str = "SELECT 1 FROM device d JOIN workspace w ON w.id = d.workspace JOIN user u ON u.id = d.user \
    WHERE d.id = ? AND w.name = ? AND u.name = ?";
const ROLE: &str = "SELECT role FROM member WHERE workspace = ? AND user = ?";
const OWNER: &str = "SELECT workspace, user FROM device WHERE id = ?";
const REGISTER: &str = "INSERT INTO device (id, workspace, user, name, token_hash, created_at, last_seen, session_at, confirmed_at) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6, ?6) ON CONFLICT (id) DO UPDATE SET name = ?4, token_hash = ?5, last_seen = ?6, \
    session_at = ?6, confirmed_at = ?6, ended_at = NULL";

/// Somebody who wants to sign in, before the password was looked at.
pub struct Candidate {
    hash: String,
    member: Option<Member>,
    device: DeviceId,
    device_name: String,
}

/// Somebody whose password fits.
#[derive(Debug)]
pub struct Verified {
    pub(super) member: Member,
    pub(super) device: DeviceId,
    pub(super) device_name: String,
}

/// A user in a workspace.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) workspace: WorkspaceId,
    pub(super) workspace_name: String,
    pub(super) user: UserId,
    pub(super) name: String,
}

/// A device that is signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// For the device alone; the store keeps only its hash.
    pub token: String,
    /// Who signed in.
    pub user: UserId,
    /// What that person is called.
    pub name: String,
    /// Where.
    pub workspace: WorkspaceId,
    /// The workspace's name as it is written there.
    pub workspace_name: String,
    /// What the user is there.
    pub role: Role,
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").field("device", &self.device).finish_non_exhaustive()
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (user, workspace) = (&self.user, &self.workspace);
        f.debug_struct("SignedIn").field("user", user).field("workspace", workspace).finish_non_exhaustive()
    }
}

impl Candidate {
    /// In whose name it is tried, where there is such a member: what was typed instead may be a password in the wrong place.
    pub fn tried(&self, by: &By) -> (Option<WorkspaceId>, By) {
        match &self.member {
            Some(member) => (Some(member.workspace), by.known_as(member.user, &member.name)),
            None => (None, by.clone()),
        }
    }

    /// Whether the password fits. Slow on purpose; needs no database.
    pub fn verify(self, password: &str) -> Result<Verified, AccountError> {
        let fits = password::fits(password, &self.hash);
        match self.member {
            Some(member) if fits => {
                Ok(Verified { member, device: self.device, device_name: self.device_name })
            }
            _ => Err(AccountError::WrongSignIn),
        }
    }
}

/// Refuses a sign-in that cannot be anybody's: the limits are those of `add_workspace` and `add_user`, so that
/// whoever could be added can sign in. Looks nothing up.
pub fn check_sign_in(request: &SignInRequest) -> Result<(), AccountError> {
    name::check("workspace", &request.workspace)?;
    name::check("user", &request.user)?;
    name::check("device", &request.device_name)?;
    password::check_length(&request.password)
}

impl Accounts {
    /// Looks up who wants to sign in. Does not say whether there is such a user.
    pub fn candidate(&self, request: &SignInRequest) -> Result<Candidate, AccountError> {
        check_sign_in(request)?;
        let read = |row: &Row<'_>| {
            let (workspace, user) = (WorkspaceId::from_bytes(row.get(0)?), UserId::from_bytes(row.get(2)?));
            let (workspace_name, name) = (row.get(1)?, row.get(4)?);
            Ok((Member { workspace, workspace_name, user, name }, row.get(3)?))
        };
        let names = params![request.workspace.trim(), request.user.trim()];
        let found = self.connection.prepare_cached(FIND)?.query_row(names, read).optional()?;
        let (member, hash) =
            found.map_or((None, password::NOBODY.to_owned()), |(member, hash)| (Some(member), hash));
        let device_name = request.device_name.trim().to_owned();
        Ok(Candidate { hash, member, device: request.device_id, device_name })
    }

    /// Whether a device has signed in before, there and in that name.
    pub fn knows(&self, request: &SignInRequest) -> Result<bool, StoreError> {
        let asked = params![request.device_id.bytes(), request.workspace.trim(), request.user.trim()];
        Ok(self.connection.prepare_cached(KNOWN)?.exists(asked)?)
    }

    /// Binds a token to a device. A device that signs in again gets a new token, and its old one ends.
    pub fn register(
        &self,
        verified: &Verified,
        token: [u8; 32],
        by: &By,
        now: WallTime,
    ) -> Result<SignedIn, AccountError> {
        let Verified { member: Member { workspace, workspace_name, user, name }, device, device_name } =
            verified;
        let transaction = self.write()?;
        let member = params![workspace.bytes(), user.bytes()];
        let role: Option<String> =
            transaction.prepare_cached(ROLE)?.query_row(member, |row| row.get(0)).optional()?;
        // The member may have been removed while the password was hashed.
        let role = role::read(&role.ok_or(AccountError::WrongSignIn)?)?;
        if role == Role::Nobody {
            return Err(AccountError::WrongSignIn);
        }
        // The server's own log has the workspace's id.
        if device.bytes() == workspace.bytes() {
            return Err(AccountError::DeviceTaken);
        }
        let owner =
            |row: &Row<'_>| Ok((WorkspaceId::from_bytes(row.get(0)?), UserId::from_bytes(row.get(1)?)));
        let owner = transaction.prepare_cached(OWNER)?.query_row([device.bytes()], owner).optional()?;
        if owner.is_some_and(|owner| owner != (*workspace, *user)) {
            return Err(AccountError::DeviceTaken);
        }
        let (ids, hash) = ((device.bytes(), workspace.bytes(), user.bytes()), token::hash(token));
        let row = params![ids.0, ids.1, ids.2, device_name, hash, now.0];
        transaction.prepare_cached(REGISTER)?.execute(row)?;
        let by = By { device: Some(*device), ..by.known_as(*user, name) };
        let (deed, of) = (Deed::SignedIn, Some(*workspace));
        audit::note(
            &transaction,
            Note { workspace: of, by: &by, deed, about: device_name, is_done: true },
            now,
        )?;
        transaction.commit().map_err(StoreError::from)?;
        let (workspace, workspace_name) = (*workspace, workspace_name.clone());
        let (token, name) = (token::write(Kind::Session, token), name.clone());
        Ok(SignedIn { token, user: *user, name, workspace, workspace_name, role })
    }
}
