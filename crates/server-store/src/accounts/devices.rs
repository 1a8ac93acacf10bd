//! The devices, as their sign-ins and calls left them: what an operator looks through.

use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId};
use rusqlite::Row;

use super::Accounts;
use crate::error::StoreError;

const DEVICES: &str = "SELECT d.id, d.user, u.name, d.name, d.workspace, d.created_at, d.last_seen, d.waiting, \
    d.session_at, d.ended_at FROM device d JOIN user u ON u.id = d.user \
    WHERE ?1 IS NULL OR d.user = ?1 ORDER BY d.last_seen, d.id";

/// A device that signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// The device.
    pub id: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// What that person is called.
    pub user_name: String,
    /// What the person calls the device.
    pub name: String,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// When it signed in first.
    pub signed_in: WallTime,
    /// When it last called, to the minute.
    pub last_seen: WallTime,
    /// How many ops it had to send, as it last said.
    pub waiting: Option<u64>,
    /// When its session began: at its last sign-in.
    pub session_at: WallTime,
    /// When its session was ended by hand, if it was.
    pub ended_at: Option<WallTime>,
}

impl Accounts {
    /// Every device, the longest silent first.
    pub fn devices(&self) -> Result<Vec<DeviceRow>, StoreError> {
        self.devices_by(None)
    }

    /// Those of one user.
    pub fn devices_of(&self, user: UserId) -> Result<Vec<DeviceRow>, StoreError> {
        self.devices_by(Some(user))
    }

    fn devices_by(&self, user: Option<UserId>) -> Result<Vec<DeviceRow>, StoreError> {
        let mut find = self.connection.prepare_cached(DEVICES)?;
        let read = |row: &Row<'_>| {
            Ok(DeviceRow {
                id: DeviceId::from_bytes(row.get(0)?),
                user: UserId::from_bytes(row.get(1)?),
                user_name: row.get(2)?,
                name: row.get(3)?,
                workspace: WorkspaceId::from_bytes(row.get(4)?),
                signed_in: WallTime(row.get(5)?),
                last_seen: WallTime(row.get(6)?),
                waiting: row.get::<_, Option<i64>>(7)?.and_then(|waiting| waiting.try_into().ok()),
                session_at: WallTime(row.get(8)?),
                ended_at: row.get::<_, Option<i64>>(9)?.map(WallTime),
            })
        };
        Ok(find.query_map([user.as_ref().map(UserId::bytes)], read)?.collect::<Result<_, _>>()?)
    }
}
