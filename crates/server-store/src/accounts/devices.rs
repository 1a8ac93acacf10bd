//! The devices of a workspace, as their sign-ins and calls left them: what an operator looks through.

use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId};
use rusqlite::{Row, params};

use super::Accounts;
use crate::error::StoreError;

const DEVICES: &str = "SELECT d.id, d.user, u.name, d.name, d.created_at, d.last_seen FROM device d \
    JOIN user u ON u.id = d.user WHERE d.workspace = ? ORDER BY u.name, d.name, d.id";

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
    /// When it signed in first.
    pub signed_in: WallTime,
    /// When it last called, to the minute.
    pub last_seen: WallTime,
}

impl Accounts {
    /// The devices of a workspace, by their users' names.
    pub fn devices(&self, workspace: WorkspaceId) -> Result<Vec<DeviceRow>, StoreError> {
        let mut find = self.connection.prepare_cached(DEVICES)?;
        let read = |row: &Row<'_>| {
            Ok(DeviceRow {
                id: DeviceId::from_bytes(row.get(0)?),
                user: UserId::from_bytes(row.get(1)?),
                user_name: row.get(2)?,
                name: row.get(3)?,
                signed_in: WallTime(row.get(4)?),
                last_seen: WallTime(row.get(5)?),
            })
        };
        Ok(find.query_map(params![workspace.bytes()], read)?.collect::<Result<_, _>>()?)
    }
}
