//! Takes in verdicts that a pull brings: an op leaves the pending set here and nowhere else (rule 1).

use std::collections::BTreeMap;

use fieldbook_device_sync::{Key, News, Pending};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Code, RecordId, Refusal, Seq};
use fieldbook_protocol::{Answer, SettledState, Settlement, Verdict};

use crate::about;
use crate::alias;
use crate::error::StoreError;
use crate::marks::Marks;
use crate::open::Tx;
use crate::oplog;
use crate::pending::{self, Desk};
use crate::shown;
use crate::standing::{Matter, Stored};

/// The ops that are settled now, with the records that they touch.
pub(crate) type Settled = BTreeMap<Seq, Vec<Key>>;

/// Notes verdicts. `news` gains the records that have to be shown anew for other reasons than news.
pub(crate) fn settle(
    desk: &mut Desk<'_>,
    marks: &mut Marks,
    answers: &[Answer],
    news: &mut BTreeMap<Key, News>,
) -> Result<Settled, StoreError> {
    let tx = desk.tx;
    let mut aliased = any_alias(tx)?;
    let mut settled = Settled::new();
    for answer in answers {
        let ours = oplog::standing(tx, answer.seq)?.filter(|standing| standing.op_id == answer.op_id);
        let Some(standing) = ours else { return Err(StoreError::NotOurOp { seq: answer.seq }) };
        if standing.state.settled() && !planted(Defect::VerdictTakenTwice) {
            continue;
        }
        marks.answered += u64::from(standing.state == Stored::Waiting);
        marks.settled += 1;
        oplog::note_answer(tx, answer, verdict_state(&answer.verdict))?;
        oplog::note_settled_at(tx, answer.seq, marks.served)?;
        about::ended(tx, answer.seq)?;
        let mut keys = standing.touches;
        if aliased {
            let own = keys.clone();
            for key in own {
                keys.push(alias::in_force(tx, key)?);
            }
        }
        if matches!(answer.verdict, Verdict::Rejected { .. }) {
            for key in of_undos(tx, answer.seq)? {
                if let Some(image) = desk.image(key)? {
                    news.entry(key).or_insert(image);
                }
            }
        }
        settled.insert(answer.seq, keys);
        if let Verdict::DuplicateOf { ids, .. } = &answer.verdict {
            for same in ids {
                let Some(of) = tx.schema.types.iter().position(|ty| ty.name == same.of) else { continue };
                adopt(desk, news, Key { of, id: same.own }, same.existing, answer.seq)?;
                aliased = true;
            }
        }
    }
    marks.first_waiting = oplog::first_waiting(tx, marks.first_waiting)?;
    Ok(settled)
}

/// The records that pending undos of an op touch, and those of these undos: they do nothing more if it did nothing (rule 11).
fn of_undos(tx: Tx<'_>, seq: Seq) -> Result<Vec<Key>, StoreError> {
    let mut select = tx.conn.prepare_cached(
        "WITH RECURSIVE undo(seq) AS (SELECT ?1 UNION SELECT o.seq FROM undo JOIN fb_op AS o \
         ON o.target = undo.seq AND o.about = ?2 AND o.seq > undo.seq AND o.state < 2) \
         SELECT o.touches FROM undo JOIN fb_op AS o USING (seq) WHERE o.seq > ?1",
    )?;
    let lists = select.query_map((seq.0, Matter::UNDOES), |row| row.get::<_, Vec<u8>>(0))?;
    let mut keys = Vec::new();
    for list in lists {
        keys.extend(oplog::unpacked(&list?));
    }
    Ok(keys)
}

/// The state that a verdict leads to.
pub(crate) fn verdict_state(verdict: &Verdict) -> Stored {
    match verdict {
        Verdict::Committed => Stored::Committed,
        Verdict::Rejected { .. } => Stored::Rejected,
        Verdict::DuplicateOf { .. } => Stored::Duplicate,
        Verdict::Conflicted { .. } => Stored::Conflicted,
    }
}

/// Notes what became of ops that were held or refused, in the order in which it happened. Their records, and what
/// pending ops do about them, are looked at anew.
pub(crate) fn settlements(
    tx: Tx<'_>,
    settlements: &[Settlement],
    settled: &mut Settled,
) -> Result<(), StoreError> {
    for settlement in settlements {
        let seq = settlement.seq;
        let ours = oplog::standing(tx, seq)?.filter(|standing| standing.op_id == settlement.op_id);
        let Some(standing) = ours else { return Err(StoreError::NotOurOp { seq }) };
        // A device that wants everything anew is told again what it knows.
        let known = oplog::version(tx, seq)?.filter(|_| standing.state.settled());
        if known.is_some_and(|known| known >= settlement.version) {
            continue;
        }
        note(tx, settlement)?;
        about::ended(tx, seq)?;
        let mut keys = standing.touches;
        for key in keys.clone() {
            keys.push(alias::in_force(tx, key)?);
        }
        settled.entry(seq).or_default().extend(keys);
    }
    Ok(())
}

/// Notes one settlement. What a refusal or another conflict says takes the place of the first answer.
fn note(tx: Tx<'_>, settlement: &Settlement) -> Result<(), StoreError> {
    let Settlement { seq, op_id, version, state, conflict, partly, .. } = settlement.clone();
    let answer = |verdict| Answer { seq, op_id, version, verdict, partly };
    let stored = match state {
        SettledState::Rejected => {
            let missing = || Refusal::new(Code::MovedOn, "It was refused when its conflict was settled.");
            let refusal = settlement.refusal.clone().unwrap_or_else(missing);
            let verdict = Verdict::Rejected { refusal, depends_on: None };
            return oplog::note_answer(tx, &answer(verdict), Stored::Rejected);
        }
        SettledState::Conflicted => {
            let conflict = conflict.unwrap_or(op_id);
            let depends_on = (conflict != op_id).then_some(conflict);
            let verdict = Verdict::Conflicted { conflict, depends_on };
            return oplog::note_answer(tx, &answer(verdict), Stored::Conflicted);
        }
        SettledState::Committed => Stored::Committed,
        SettledState::Discarded => Stored::Discarded,
        SettledState::Withdrawn => Stored::Withdrawn,
        SettledState::Replaced => Stored::Replaced,
    };
    oplog::note_settled(tx, settlement, stored)
}

fn any_alias(tx: Tx<'_>) -> Result<bool, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM fb_alias)")?;
    Ok(select.query_row([], |row| row.get(0))?)
}

/// A record that a duplicate made is another one. What later pending ops do to it, they do to that one, and
/// what refers to it refers to that one.
fn adopt(
    desk: &mut Desk<'_>,
    news: &mut BTreeMap<Key, News>,
    own: Key,
    existing: RecordId,
    duplicate: Seq,
) -> Result<(), StoreError> {
    let (tx, target) = (desk.tx, Key { id: existing, ..own });
    alias::keep(tx, own, existing)?;
    let later: Vec<Seq> = desk.record(own)?.by.iter().copied().filter(|seq| *seq > duplicate).collect();
    if !later.is_empty() && desk.record(target)?.image.is_none() {
        let image = shown::confirmed(tx, target)?;
        pending::keep_image(tx, target, image.version, image.row.as_ref())?;
    }
    for seq in &later {
        pending::leave(tx, own, *seq)?;
        pending::touch(tx, target, *seq)?;
    }
    desk.reread(own);
    desk.reread(target);
    for key in referring(tx, own.id, duplicate)?.into_iter().chain([target]) {
        if let Some(image) = desk.image(key)? {
            news.entry(key).or_insert(image);
        }
    }
    Ok(())
}

/// The records that later pending ops touch while naming an id. A search through texts: duplicates are rare.
fn referring(tx: Tx<'_>, id: RecordId, after: Seq) -> Result<Vec<Key>, StoreError> {
    let mut select = tx
        .conn
        .prepare_cached("SELECT touches FROM fb_op WHERE seq > ?1 AND state < 2 AND instr(text, ?2) > 0")?;
    let lists = select.query_map((after.0, id.to_string()), |row| row.get::<_, Vec<u8>>(0))?;
    let mut keys = Vec::new();
    for list in lists {
        for key in oplog::unpacked(&list?) {
            keys.push(alias::in_force(tx, key)?);
        }
    }
    Ok(keys)
}
