//! Reads one page: the rows after a cursor in the order of their versions, and the answers to the device's own ops
//! of the same stretch, with what became of those that were held. The rows' text goes from the database into the page
//! as it is, where the person sees all of it.
//!
//! A page ends with a whole version. Its end is found three times: where the answers fill it, where the settlements
//! do, then where the rows do.

use fieldbook_merge::{Kinship, Line};
use fieldbook_model::{Cursor, Role, Seq, Version, WallTime};
use fieldbook_protocol::page::{PageEnd, PageWriter, PullRequest, Staged};
use fieldbook_server_sync::Principal;
use rusqlite::Connection;

use super::frame::Frame;
use super::plan::{Pull, rights, start};
use super::rows::Rows;
use super::size::Size;
use super::verdicts::{Answers, Settled};
use super::{batch, branch, epoch, gone, lost, rename, sums};
use crate::error::StoreError;
use crate::store::Head;

/// A page, and what its pull has come to with it.
pub struct Paged {
    /// Its lines.
    pub text: String,
    /// How the next page is asked for.
    pub staged: Staged,
    /// Whether there is one.
    pub more: bool,
}

/// Reads a page; the caller holds the read transaction. Whoever was removed gets none.
pub fn read(
    connection: &Connection,
    frame: &Frame,
    (request, principal): (&PullRequest, &Principal),
    size: Size,
    now: WallTime,
) -> Result<Option<Paged>, StoreError> {
    // Whoever has a newer version than this server knows is told of the server's, and waits.
    let known = |older: &u32| *older < frame.schema.version && frame.ladder.schema(*older).is_some();
    let older = request.schema.filter(known);
    let head = batch::head(connection)?;
    let (changed, access) = rights(connection, principal, head.version)?;
    if access.role == Role::Nobody {
        return Ok(None);
    }
    let logs = logs(connection, request, principal)?;
    let mut pull = Pull::plan(connection, frame, (request, older), (changed, access), &head)?;
    let from = pull.start.from.version;
    let (mut answers, mut settled) = (Answers::default(), Settled::default());
    let mut bound = head.version;
    for log in logs.iter().filter(|_| request.load.is_none()) {
        // Also of a snapshot: the device has had the answers before its cursor. Who wants everything anew wants these too.
        let from = if request.fresh { from } else { from.max(start(request.cursor, &head)) };
        bound = answers.read(connection, *log, (from, bound), size)?;
        bound = settled.read(connection, *log, (from, bound), size)?;
    }
    answers.0.sort_by_key(|answer| answer.version);
    settled.0.sort_by_key(|settled| settled.version);
    let mut rows = Rows::new(frame, older, PageWriter::new(&pull.start), size);
    rows.logs = logs;
    let to = rows.read(connection, &mut pull, bound)?;
    rows.read_left(connection, &mut pull, to)?;
    let compares = request.compare && to == head.version && request.load.is_none() && pull.joins.is_none();
    let sums = match compares {
        true => Some(sums::read(connection, frame, &mut pull, &rows, &request.scopes)?),
        false => None,
    };
    let mut page = rows.page;
    if let Some(older) = older {
        answers.0.iter_mut().for_each(|it| {
            rename(it, |of| frame.ladder.type_down(older, of));
        });
    }
    answers.write(&mut page, to);
    settled.write(&mut page, to);
    sums.iter().for_each(|sums| page.sums(sums));
    let (to, more) = (Cursor { epoch: head.epoch, version: to }, to < head.version);
    // Whoever reads a page stamps later than all that is in it, also when this machine's clock went back.
    let time = now.max(batch::time(connection)?);
    let (hash, fork) =
        (epoch::hash_at(connection, &head, to.version)?, fork(connection, request.cursor, &head)?);
    let newest = frame.schema.version;
    let schema = older.unwrap_or(newest);
    let horizon = Some(gone::horizon(connection)?).filter(|horizon| *horizon > Version::ZERO);
    let head_hash = Some(head.hash).filter(|_| more);
    let staged = Staged { version: to.version, view: pull.start.view };
    let (head, backup) = (head.version, lost::mark(connection)?);
    let end = PageEnd { to, head, hash, head_hash, fork, horizon, backup, more, schema, newest, time };
    Ok(Some(Paged { text: page.end(&end), staged, more }))
}

/// The logs in which the ops of the device that pulls stand, each with the last place there that is its own.
fn logs(
    connection: &Connection,
    request: &PullRequest,
    principal: &Principal,
) -> Result<Vec<(Line, Seq)>, StoreError> {
    let kin = match &request.branch {
        Some(branch) => branch::said(connection, branch, principal.user)?,
        None => branch::of_device(connection, principal.device, principal.user)?.map(Kinship::alone),
    };
    Ok(kin.iter().flat_map(Kinship::logs).collect())
}

/// For a cursor of an earlier history, where that ended.
fn fork(connection: &Connection, cursor: Cursor, head: &Head) -> Result<Option<Version>, StoreError> {
    match cursor.epoch < head.epoch {
        true => Ok(epoch::epochs(connection, head.epoch)?.fork(cursor.epoch)),
        false => Ok(None),
    }
}
