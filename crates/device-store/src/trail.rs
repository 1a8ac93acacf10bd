//! What the device remembers of the server's log: its hash at the cursor and at some places before, so that a server
//! which came back from an old backup is noticed, and finds out where the two histories part.

use fieldbook_device_sync::trail::thinned;
use fieldbook_model::Version;
use fieldbook_model::chain::Hash;
use fieldbook_protocol::{Mark, Standing, Trail};

use crate::error::StoreError;
use crate::marks::Marks;
use crate::open::Tx;

/// What goes with a pull.
pub(crate) fn of_pull(tx: Tx<'_>, marks: &Marks) -> Result<Option<Box<Trail>>, StoreError> {
    let Some(hash) = hash(marks) else { return Ok(None) };
    Ok(Some(Box::new(Trail { hash, acknowledged: marks.beyond(), marks: all(tx)? })))
}

/// The hash at the cursor. At the beginning of everything it is known, and said where a first page was kept.
fn hash(marks: &Marks) -> Option<Hash> {
    marks.hash.or_else(|| marks.beyond().filter(|_| marks.cursor == Version::ZERO).map(|_| Hash::ZERO))
}

/// What goes with a live stream that starts at the cursor.
pub(crate) fn of_live(marks: &Marks) -> Option<Box<Trail>> {
    marks.hash.map(|hash| Box::new(Trail { hash, ..Trail::default() }))
}

/// What goes with a push.
pub(crate) fn standing(marks: &Marks) -> Standing {
    let trail = |hash| Box::new(Trail { hash, acknowledged: marks.beyond(), marks: Vec::new() });
    Standing { cursor: marks.at(), trail: marks.hash.map(trail) }
}

/// Notes the hash at a new cursor, and forgets places that lie too dense.
pub(crate) fn note(tx: Tx<'_>, mark: Mark) -> Result<(), StoreError> {
    let mut insert = tx.conn.prepare_cached("INSERT OR REPLACE INTO fb_trail VALUES (?1, ?2)")?;
    insert.execute((mark.version.0, mark.hash.0))?;
    let places: Vec<Version> = all(tx)?.into_iter().map(|mark| mark.version).collect();
    let mut delete = tx.conn.prepare_cached("DELETE FROM fb_trail WHERE version = ?1")?;
    for version in thinned(&places) {
        delete.execute([version.0])?;
    }
    Ok(())
}

/// Forgets what lies beyond the place at which two histories part.
pub(crate) fn cut(tx: Tx<'_>, fork: Option<Version>) -> Result<(), StoreError> {
    let fork = fork.unwrap_or_default();
    tx.conn.prepare_cached("DELETE FROM fb_trail WHERE version > ?1")?.execute([fork.0])?;
    Ok(())
}

fn all(tx: Tx<'_>) -> Result<Vec<Mark>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT version, hash FROM fb_trail ORDER BY version")?;
    let marks =
        select.query_map([], |row| Ok(Mark { version: Version(row.get(0)?), hash: Hash(row.get(1)?) }))?;
    Ok(marks.collect::<Result<_, _>>()?)
}
