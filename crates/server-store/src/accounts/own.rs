//! What the accounts have of one person, for that person: given out with a note, in the transaction that reads it.

use fieldbook_model::{UserId, WallTime};
use fieldbook_server_sync::Role;
use rusqlite::{OptionalExtension, params};

use super::audit::{self, By, Deed, Entry, Note};
use super::devices::DeviceRow;
use super::workspaces::WorkspaceRow;
use super::{AccountError, Accounts};
use crate::error::StoreError;

const USER: &str = "SELECT name, created_at FROM user WHERE id = ?";

/// What there is of a person beside records and notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Who.
    pub user: UserId,
    /// What that person is called.
    pub name: String,
    /// When the account was made.
    pub made_at: WallTime,
    /// Where the person is a member, by name, and what.
    pub workspaces: Vec<(WorkspaceRow, Role)>,
    /// The person's devices, also those that are signed out, the longest silent first.
    pub devices: Vec<DeviceRow>,
}

impl Accounts {
    /// Gives a person's account out, and notes in each workspace that what the person reads there is given out too.
    ///
    /// # Errors
    /// [`AccountError::NoUser`].
    pub fn give_out(&self, user: UserId, by: &By, now: WallTime) -> Result<Own, AccountError> {
        let transaction = self.write()?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, WallTime(row.get(1)?)));
        let found = transaction.prepare_cached(USER)?.query_row(params![user.bytes()], read).optional()?;
        let (name, made_at) = found.ok_or_else(|| AccountError::NoUser(user.to_string()))?;
        let (workspaces, devices) = (self.workspaces_of(user)?, self.devices_of(user)?);
        let of = workspaces.iter().map(|(row, _)| Some(row.id));
        // Who is a member nowhere gives out an account all the same.
        let nowhere = workspaces.is_empty().then_some(None);
        for workspace in of.chain(nowhere) {
            let note = Note { workspace, by, deed: Deed::Exported, about: &name, is_done: true };
            audit::note(&transaction, note, now)?;
        }
        transaction.commit().map_err(StoreError::from)?;
        Ok(Own { user, name, made_at, workspaces, devices })
    }
}

impl Own {
    /// Whether a note is of what this person did.
    pub fn did(&self, entry: &Entry) -> bool {
        entry.by.user == Some(self.user)
    }

    /// Whether a note is about this person. Names are looked for only where a note of its kind has them.
    pub fn is_about(&self, entry: &Entry) -> bool {
        let about = &entry.about;
        let is_named = entry.deed.names(about) == Some(&self.name);
        is_named || self.ids().any(|id| about.contains(&id))
    }

    /// What notes about this person call that person: the ids of user and devices, and the name.
    pub(super) fn called(&self) -> Vec<String> {
        self.ids().chain([self.name.clone()]).collect()
    }

    fn ids(&self) -> impl Iterator<Item = String> {
        [self.user.to_string()].into_iter().chain(self.devices.iter().map(|device| device.id.to_string()))
    }
}
