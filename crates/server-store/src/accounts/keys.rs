//! Keys: the public ones of each device, the content key of each workspace, the one with which the server signs.

use fieldbook_crypto::{Binding, ContentKey, DevicePublic, Fresh, ServerKey};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{DeviceId, WallTime, WorkspaceId};
use fieldbook_protocol::auth::KeysReply;
use rusqlite::{Connection, OptionalExtension, params};

use super::audit::{self, By, Deed, Note};
use super::{AccountError, Accounts, support, wipe};
use crate::error::StoreError;

const TOLD: &str = "SELECT keys FROM device WHERE id = ?";
const TELL: &str = "UPDATE device SET keys = ?2 WHERE id = ?1";
const CONTENT: &str = "SELECT number, key FROM content_key WHERE workspace = ? ORDER BY number DESC LIMIT 1";
const CONTENT_INSERT: &str = "INSERT INTO content_key (workspace, number, key) VALUES (?, 1, ?)";
const SERVER: &str = "SELECT key FROM server_key";
const SERVER_INSERT: &str = "INSERT INTO server_key (one, key) VALUES (1, ?)";

/// Randomness for all that may have to be made when a device asks for its keys.
#[derive(Debug)]
pub struct FreshKeys {
    /// For the workspace's content key.
    pub content: Fresh,
    /// For what it is sealed with.
    pub seal: Fresh,
    /// For the server's own key.
    pub server: Fresh,
    /// For the support key.
    pub support: Fresh,
}

/// Whether a device may tell other keys than those that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenKeys {
    /// It showed the password: it may.
    WithPassword,
    /// It showed its token.
    WithToken,
}

/// What version 4 has and version 3 had not.
pub(super) fn tables(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(include_str!("keys.sql"))?)
}

impl Accounts {
    /// Notes the public keys of a device, and seals its workspace's content key to them.
    pub fn give_keys(
        &self,
        (workspace, device): (WorkspaceId, DeviceId),
        (keys, given): (&DevicePublic, GivenKeys),
        fresh: FreshKeys,
        (by, now): (&By, WallTime),
    ) -> Result<KeysReply, AccountError> {
        let transaction = self.write()?;
        let told: Option<String> =
            transaction.prepare_cached(TOLD)?.query_row([device.bytes()], |row| row.get(0))?;
        let text = keys.write();
        if given == GivenKeys::WithToken && told.as_ref().is_some_and(|told| *told != text) {
            return Err(AccountError::OtherKeys);
        }
        if told.as_ref() != Some(&text) {
            let (deed, of) = (Deed::KeysTold, Some(workspace));
            let about = device.to_string();
            audit::note(&transaction, Note { workspace: of, by, deed, about: &about, is_done: true }, now)?;
        }
        transaction.prepare_cached(TELL)?.execute(params![device.bytes(), text])?;
        wipe::told_keys(&transaction, device, &text)?;
        let (number, content) = content_key(&transaction, workspace, fresh.content)?;
        let server = server_key(&transaction, fresh.server)?.public();
        let support = Some(support::identity(&transaction, fresh.support)?.recipient());
        let place = Binding { workspace, device, number };
        let sealed = content.seal_to(keys, &place, fresh.seal).map_err(|_| AccountError::UselessKeys)?;
        transaction.commit()?;
        Ok(KeysReply { number, sealed, server, support })
    }

    /// The public keys of a device, if it told any.
    pub fn keys_of(&self, device: DeviceId) -> Result<Option<DevicePublic>, StoreError> {
        let read = |row: &rusqlite::Row<'_>| row.get::<_, Option<String>>(0);
        let told = self.connection.prepare_cached(TOLD)?.query_row([device.bytes()], read).optional()?;
        let read = |text: String| DevicePublic::read(&text).map_err(|error| unreadable(&error));
        told.flatten().map(read).transpose()
    }
}

/// The newest content key of a workspace, made where there is none.
fn content_key(
    connection: &Connection,
    workspace: WorkspaceId,
    fresh: Fresh,
) -> Result<(u32, ContentKey), StoreError> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, ContentKey::from_bytes(row.get(1)?)));
    let known = connection.prepare_cached(CONTENT)?.query_row([workspace.bytes()], read).optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let fresh = if planted(Defect::ContentKeyOfAll) { Fresh::new([7; 32]) } else { fresh };
    let made = ContentKey::make(fresh);
    connection.prepare_cached(CONTENT_INSERT)?.execute(params![workspace.bytes(), made.expose()])?;
    Ok((1, made))
}

/// The server's key, made where there is none.
pub(super) fn server_key(connection: &Connection, fresh: Fresh) -> Result<ServerKey, StoreError> {
    let read = |row: &rusqlite::Row<'_>| Ok(ServerKey::from_bytes(&row.get(0)?));
    if let Some(known) = connection.prepare_cached(SERVER)?.query_row([], read).optional()? {
        return Ok(known);
    }
    let made = ServerKey::make(fresh);
    connection.prepare_cached(SERVER_INSERT)?.execute([made.expose()])?;
    Ok(made)
}

pub(super) fn unreadable(error: &fieldbook_crypto::KeyError) -> StoreError {
    StoreError::Unusable(format!("accounts.db: {error}"))
}
