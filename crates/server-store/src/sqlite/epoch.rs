//! The histories of a workspace, and the running hash of its log.

use fieldbook_model::chain::Hash;
use fieldbook_model::{Epoch, Version, WallTime};
use fieldbook_protocol::Standing;
use fieldbook_server_sync::{Ended, Epochs, NewEpoch, Stand, stand};
use rusqlite::{Connection, params};

use super::batch;
use super::number::{int, nat};
use crate::error::StoreError;
use crate::store::Head;

const FORKS: &str = "SELECT epoch, fork FROM epoch ORDER BY epoch";
/// A place is an op's, or that of a version of the schema.
const LOG: &str = "SELECT log FROM op WHERE version = ?1 UNION ALL SELECT log FROM schema WHERE at = ?1";
const FORK_UPDATE: &str = "UPDATE epoch SET fork = min(fork, ?)";
const FORK_INSERT: &str = "INSERT OR IGNORE INTO epoch (epoch, fork, ended_at) VALUES (?, ?, ?)";
const CLOSED: &str = "SELECT coalesce(max(epoch), 0) FROM recovery";
const EPOCH_UPDATE: &str = "UPDATE head SET epoch = ?";

/// The history in force, and where the earlier ones ended.
pub fn epochs(connection: &Connection, now: Epoch) -> Result<Epochs, StoreError> {
    let (mut forks, mut closed) = (Vec::new(), Epoch(0));
    if now > Epoch(1) {
        let mut find = connection.prepare_cached(FORKS)?;
        let mut rows = find.query([])?;
        while let Some(row) = rows.next()? {
            forks.push((Epoch(row.get(0)?), Version(nat(row.get(1)?)?)));
        }
        closed = self::closed(connection)?;
    }
    Ok(Epochs::new(now, forks).closed(closed))
}

/// The epoch before which nobody waits any longer for what was lost.
pub fn closed(connection: &Connection) -> Result<Epoch, StoreError> {
    Ok(Epoch(connection.prepare_cached(CLOSED)?.query_row([], |row| row.get(0))?))
}

/// Whether a device's place is one of this history.
pub fn stands(connection: &Connection, head: &Head, standing: &Standing) -> Result<Stand, StoreError> {
    let epochs = epochs(connection, head.epoch)?;
    stand(head.version, &epochs, standing, |version| hash_at(connection, head, version))
}

/// The running hash of the log with one more op. It takes in when the op came, which a record may tell of: the same ops
/// in the same order once more are another history.
pub fn running(before: &Hash, op: &Hash, at: WallTime) -> Hash {
    before.then(op).then(&Hash::of(&at.0.to_be_bytes()))
}

/// The running hash of the log at a version that is not beyond the head.
pub fn hash_at(connection: &Connection, head: &Head, version: Version) -> Result<Hash, StoreError> {
    if version == head.version {
        return Ok(head.hash);
    }
    if version == Version::ZERO {
        return Ok(Hash::ZERO);
    }
    Ok(connection.prepare_cached(LOG)?.query_row([int(version.0)], |row| row.get(0).map(Hash))?)
}

/// Notes that an epoch that has ended, and those before it, are the same as the history in force up to no more than a
/// version.
pub fn lower(connection: &Connection, ended: &Ended) -> Result<(), StoreError> {
    let (epoch, fork) = (ended.epoch.0, int(ended.fork.0));
    let mut update = connection.prepare_cached("UPDATE epoch SET fork = min(fork, ?) WHERE epoch <= ?")?;
    update.execute(params![fork, epoch])?;
    connection.prepare_cached(FORK_INSERT)?.execute(params![epoch, fork, batch::time(connection)?.0])?;
    Ok(())
}

/// Ends the history in force, and those that came after it elsewhere. Gives the head of the new one.
pub fn part(connection: &Connection, new: &NewEpoch, at: WallTime) -> Result<Head, StoreError> {
    let head = batch::head(connection)?;
    connection.prepare_cached(FORK_UPDATE)?.execute([int(new.fork.0)])?;
    let mut insert = connection.prepare_cached(FORK_INSERT)?;
    for ended in [head.epoch, new.seen] {
        insert.execute(params![ended.0, int(new.fork.0), at.0])?;
    }
    connection.prepare_cached(EPOCH_UPDATE)?.execute([new.epoch.0])?;
    Ok(Head { epoch: new.epoch, ..head })
}
