//! Who comes in without a password, because a world has vouched for them: no world has the time to hash one. Not in any build that
//! is released.

use std::time::Duration;

use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId};
use rusqlite::backup::Backup;
use rusqlite::{Connection, params};

use super::sign_in::{Member, SignedIn, Verified};
use super::{AccountError, Accounts, By, MEMBER_INSERT, Proven, Taking};
use crate::error::StoreError;
use fieldbook_server_sync::Role;

const USER: &str = "INSERT OR IGNORE INTO user (id, name, password, created_at) VALUES (?, ?, '', ?)";

impl Accounts {
    /// A copy in memory.
    pub fn copy(&self) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        let backup = Backup::new(&self.connection, &mut connection)?;
        backup.run_to_completion(4096, Duration::ZERO, None)?;
        drop(backup);
        Ok(Self { connection, rules: self.rules.clone() })
    }

    /// Adds a member whom nobody knows by a password.
    pub fn vouch_member(
        &self,
        (workspace, user): (WorkspaceId, UserId),
        (name, role): (&str, &Role),
        now: WallTime,
    ) -> Result<(), StoreError> {
        self.connection.execute(USER, params![user.bytes(), name, now.0])?;
        let insert = MEMBER_INSERT.replace("INSERT INTO", "INSERT OR IGNORE INTO");
        self.connection.execute(&insert, params![workspace.bytes(), user.bytes(), role.to_string()])?;
        Ok(())
    }

    /// Somebody who takes an invitation up, as after a password that fits or is good.
    pub fn vouch_invitee(&self, taking: &Taking, now: WallTime) -> Result<Proven, AccountError> {
        let invitee = self.invitee(taking, now)?;
        let password = Ok(invitee.known.is_none().then(String::new));
        Ok(Proven { invitee, password })
    }

    /// The last of the three steps of a sign-in, as after a password that fits.
    pub fn vouch(
        &self,
        (workspace, user, device): (WorkspaceId, UserId, DeviceId),
        token: [u8; 32],
        now: WallTime,
    ) -> Result<SignedIn, AccountError> {
        let member = Member { workspace, workspace_name: "world".to_owned(), user, name: user.to_string() };
        let verified = Verified { member, device, device_name: "device".to_owned() };
        self.register(&verified, token, &By::default(), now)
    }
}
