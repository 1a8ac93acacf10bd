//! The support key: an age identity, made by the server at its first start. Devices encrypt their diagnostics to it.

use fieldbook_crypto::Fresh;
use fieldbook_crypto::age::Identity;
use fieldbook_model::WallTime;
use rusqlite::{Connection, OptionalExtension};

use super::Accounts;
use super::audit::{self, By, Deed, Note};
use crate::error::StoreError;

const READ: &str = "SELECT identity, exported_at FROM support_key";
const INSERT: &str = "INSERT INTO support_key (one, identity) VALUES (1, ?)";
const EXPORTED: &str = "UPDATE support_key SET exported_at = ?";

/// The support key.
#[derive(Debug)]
pub struct SupportKey {
    /// What opens diagnostics.
    pub identity: Identity,
    /// When it was last given out in clear, if it ever was.
    pub exported_at: Option<WallTime>,
}

/// What version 5 has and version 4 had not.
pub(super) fn tables(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(include_str!("support.sql"))?)
}

impl Accounts {
    /// The support key, made where there is none.
    pub fn support_key(&self, fresh: Fresh) -> Result<SupportKey, StoreError> {
        let transaction = self.write()?;
        identity(&transaction, fresh)?;
        let key = known(&transaction)?.expect("BUG: made just now");
        transaction.commit()?;
        Ok(key)
    }

    /// Notes that the support key was given out in clear.
    pub fn support_key_exported(&self, by: &By, now: WallTime) -> Result<(), StoreError> {
        let transaction = self.write()?;
        transaction.prepare_cached(EXPORTED)?.execute([now.0])?;
        let deed = Deed::SupportKeyGiven;
        audit::note(&transaction, Note { workspace: None, by, deed, about: "", is_done: true }, now)?;
        Ok(transaction.commit()?)
    }
}

/// Its identity, made where there is none.
pub(super) fn identity(connection: &Connection, fresh: Fresh) -> Result<Identity, StoreError> {
    if let Some(known) = known(connection)? {
        return Ok(known.identity);
    }
    let made = Identity::make(fresh);
    connection.prepare_cached(INSERT)?.execute([made.expose()])?;
    Ok(made)
}

fn known(connection: &Connection) -> Result<Option<SupportKey>, StoreError> {
    let read = |row: &rusqlite::Row<'_>| {
        let exported_at = row.get::<_, Option<i64>>(1)?.map(WallTime);
        Ok(SupportKey { identity: Identity::from_bytes(row.get(0)?), exported_at })
    };
    Ok(connection.prepare_cached(READ)?.query_row([], read).optional()?)
}
