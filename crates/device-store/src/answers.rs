//! Takes in the answers to a push. They change an op's status and nothing that is shown: an op leaves the
//! pending set with the pull that brings its verdict (rule 1).

use std::collections::BTreeMap;

use fieldbook_device_sync::rebase;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_protocol::{Mark, PushReply};

use crate::apply;
use crate::error::StoreError;
use crate::marks::Marks;
use crate::open::{Durability, Store, Tx};
use crate::oplog;
use crate::pending::Desk;
use crate::settle;

impl Store {
    /// Notes the answers of a reply. One that names another op than ours is left out; the others are noted,
    /// and then it is reported as [`StoreError::NotOurOp`].
    pub fn answers(&mut self, reply: &PushReply) -> Result<(), StoreError> {
        // The server answers again whenever it is asked.
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        let mut marks = Marks::read(tx)?;
        // An answer of a history that is over, or not begun yet, says nothing of this one: the pull does.
        if reply.epoch != marks.epoch {
            return Ok(());
        }
        marks.told_of(Mark { version: reply.head, hash: reply.hash });
        let noted = match planted(Defect::PendingEndsAtAnswer) {
            true => settle_at_once(tx, &mut marks, reply),
            false => note(tx, &mut marks, reply),
        }?;
        marks.write(tx)?;
        conn.commit()?;
        noted
    }
}

fn note(tx: Tx<'_>, marks: &mut Marks, reply: &PushReply) -> Result<Result<(), StoreError>, StoreError> {
    let mut foreign = Ok(());
    for answer in &reply.answers {
        // A pull has passed its place and not named the op: whoever said so has lost it since.
        if answer.version <= marks.cursor {
            continue;
        }
        if oplog::first_answer(tx, answer)? {
            marks.answered += 1;
        } else if oplog::standing(tx, answer.seq)?.is_none_or(|ours| ours.op_id != answer.op_id) {
            foreign = Err(StoreError::NotOurOp { seq: answer.seq });
        }
    }
    marks.first_waiting = oplog::first_waiting(tx, marks.first_waiting)?;
    Ok(foreign)
}

/// What rule 1 forbids, for the test that has to notice it.
fn settle_at_once(
    tx: Tx<'_>,
    marks: &mut Marks,
    reply: &PushReply,
) -> Result<Result<(), StoreError>, StoreError> {
    let (mut desk, mut news) = (Desk::new(tx), BTreeMap::new());
    let settled = settle::settle(&mut desk, marks, &reply.answers, &mut news)?;
    let rebased = rebase(&tx.schema.types, &mut desk, &news, &settled)?;
    apply::carry_out(&desk, &news, &settled, &rebased)?;
    Ok(Ok(()))
}
