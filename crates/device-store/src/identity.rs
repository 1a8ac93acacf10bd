//! Whose database it is: the workspace, the user, the device, and the schema and limits that the server gave.

use fieldbook_model::json;
use fieldbook_model::{DeviceId, Epoch, Limits, Schema, UserId, WorkspaceId};
use fieldbook_protocol::auth::SignInReply;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::StoreError;

/// Whose database it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// Its name.
    pub workspace: String,
    /// The user.
    pub user_id: UserId,
    /// Their name.
    pub user: String,
    /// This install.
    pub device_id: DeviceId,
    /// The user's role in the workspace at the last sign-in.
    pub role: String,
    /// The record types.
    pub schema: Schema,
    /// What the server takes.
    pub limits: Limits,
    /// The history that the workspace was in when the device was made; `Marks` know which it is in now.
    pub epoch: Epoch,
}

impl Identity {
    /// Of a device that signs in for the first time: what the server gave, and the user's name as it was typed.
    pub fn of(reply: &SignInReply, user: &str, device_id: DeviceId) -> Self {
        Self {
            workspace_id: reply.workspace_id,
            workspace: reply.workspace.clone(),
            user_id: reply.user_id,
            user: user.to_owned(),
            device_id,
            role: reply.role.clone(),
            schema: reply.schema.clone(),
            limits: reply.limits,
            epoch: reply.epoch,
        }
    }

    pub(crate) fn write(&self, conn: &Connection) -> Result<(), StoreError> {
        let entries = [
            ("workspace_id", self.workspace_id.to_string()),
            ("workspace", self.workspace.clone()),
            ("user_id", self.user_id.to_string()),
            ("user", self.user.clone()),
            ("device_id", self.device_id.to_string()),
            ("role", self.role.clone()),
            ("schema", json::write(&self.schema)),
            ("limits", json::write(&self.limits)),
            ("epoch", self.epoch.to_string()),
        ];
        let mut insert = conn.prepare("INSERT OR REPLACE INTO fb_meta(name, value) VALUES (?1, ?2)")?;
        for (name, value) in entries {
            insert.execute(params![name, value])?;
        }
        Ok(())
    }

    pub(crate) fn read(conn: &Connection) -> Result<Self, StoreError> {
        fn parsed<T, E>(name: &str, value: Result<T, E>) -> Result<T, StoreError> {
            value.map_err(|_| StoreError::unreadable(name))
        }
        let text = |name: &str| -> Result<String, StoreError> {
            let row = conn.query_row("SELECT value FROM fb_meta WHERE name = ?1", [name], |row| row.get(0));
            row.optional()?.ok_or_else(|| StoreError::unreadable(name))
        };
        Ok(Self {
            workspace_id: parsed("workspace_id", text("workspace_id")?.parse())?,
            workspace: text("workspace")?,
            user_id: parsed("user_id", text("user_id")?.parse())?,
            user: text("user")?,
            device_id: parsed("device_id", text("device_id")?.parse())?,
            role: text("role")?,
            schema: parsed("schema", json::parse(&text("schema")?))?,
            limits: parsed("limits", json::parse(&text("limits")?))?,
            epoch: Epoch(parsed("epoch", text("epoch")?.parse())?),
        })
    }
}
