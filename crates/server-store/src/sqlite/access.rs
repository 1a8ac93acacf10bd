//! What each person may, after each change of it: so that a person's rights at a version are one lookup.

use fieldbook_model::{Access, Role, UserId, Version, json};
use fieldbook_server_sync::Plan;
use rusqlite::{Connection, params};

use super::number::{int, nat};
use crate::error::{StoreError, damaged};

const AT: &str =
    "SELECT version, text FROM access WHERE user = ? AND version <= ? ORDER BY version DESC LIMIT 1";
const OTHERS: &str = "SELECT text FROM access AS a WHERE user <> ?1 \
    AND version = (SELECT max(version) FROM access AS b WHERE b.user = a.user)";
const INSERT: &str = "INSERT OR REPLACE INTO access (user, version, text) VALUES (?, ?, ?)";

/// A person's rights at a version, and since when; `None` where no member record says any.
pub fn at(
    connection: &Connection,
    user: UserId,
    version: Version,
) -> Result<Option<(Version, Access)>, StoreError> {
    let mut find = connection.prepare_cached(AT)?;
    let mut rows = find.query(params![user.bytes(), int(version.0)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let access = read(row.get_ref(1)?.as_str().map_err(|_| damaged("a person's rights"))?)?;
    Ok(Some((Version(nat(row.get(0)?)?), access)))
}

/// Whether somebody else is an owner.
pub fn another_owner(connection: &Connection, user: UserId) -> Result<bool, StoreError> {
    let mut find = connection.prepare_cached(OTHERS)?;
    let mut rows = find.query([user.bytes()])?;
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str().map_err(|_| damaged("a person's rights"))?;
        if read(text)?.role == Role::Owner {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes the rights that a plan changes.
pub fn carry_out(connection: &Connection, plan: &Plan) -> Result<(), StoreError> {
    for (user, access) in &plan.access {
        let row = params![user.bytes(), int(plan.answer.version.0), json::write(access)];
        connection.prepare_cached(INSERT)?.execute(row)?;
    }
    Ok(())
}

fn read(text: &str) -> Result<Access, StoreError> {
    json::parse(text).map_err(|_| damaged("a person's rights"))
}
