//! What an op does to the standing of others in the log: an undo stands or not, a discard or a second try has
//! taken its target's place or not. The log knows before the server does, and takes it back if the server
//! refuses.

use fieldbook_model::Seq;

use crate::error::StoreError;
use crate::open::Tx;
use crate::oplog;
use crate::standing::{Matter, Stored};

/// Takes in that an op is there, which is about another of this log or about none.
pub(crate) fn begun(tx: Tx<'_>, seq: Seq, target: Option<Seq>) -> Result<(), StoreError> {
    if target.is_none() {
        return Ok(());
    }
    let Some(Matter { about, target: Some(target), .. }) = oplog::matter(tx, seq)? else { return Ok(()) };
    match about {
        Matter::UNDOES => stand(tx, target, true),
        Matter::DISCARDS => overtake(tx, target, Stored::Discarded),
        Matter::REPLACES => overtake(tx, target, Stored::Replaced),
        _ => Ok(()),
    }
}

/// Takes in that an op has got its verdict, or has ended otherwise.
pub(crate) fn ended(tx: Tx<'_>, seq: Seq) -> Result<(), StoreError> {
    let Some(Matter { about, target: Some(target), state, .. }) = oplog::matter(tx, seq)? else {
        return Ok(());
    };
    match about {
        Matter::UNDOES if state.is_nothing() => stand(tx, target, false),
        Matter::DISCARDS | Matter::REPLACES if state == Stored::Rejected => give_back(tx, target),
        _ => Ok(()),
    }
}

/// An undo of an op stands, or stands no longer. If the op is an undo itself, so does what it took back.
fn stand(tx: Tx<'_>, target: Seq, stands: bool) -> Result<(), StoreError> {
    let (mut target, mut stands) = (target, stands);
    loop {
        oplog::note_undone(tx, target, stands)?;
        match oplog::matter(tx, target)? {
            Some(Matter { about: Matter::UNDOES, target: Some(below), .. }) => {
                (target, stands) = (below, !stands);
            }
            _ => return Ok(()),
        }
    }
}

/// A refused op needs nobody any more.
fn overtake(tx: Tx<'_>, target: Seq, by: Stored) -> Result<(), StoreError> {
    match oplog::matter(tx, target)? {
        Some(Matter { state: Stored::Rejected, .. }) => oplog::restate(tx, target, by),
        _ => Ok(()),
    }
}

/// What was to overtake a refused op was refused itself: a person is needed again.
fn give_back(tx: Tx<'_>, target: Seq) -> Result<(), StoreError> {
    let Some(matter) = oplog::matter(tx, target)? else { return Ok(()) };
    let overtaken = matches!(matter.state, Stored::Discarded | Stored::Replaced);
    // The server has said so by another op, if the op ended elsewhere than where it was answered.
    if overtaken && oplog::answer(tx, target)?.map(|answer| answer.version) == oplog::version(tx, target)? {
        oplog::restate(tx, target, Stored::Rejected)?;
    }
    Ok(())
}
