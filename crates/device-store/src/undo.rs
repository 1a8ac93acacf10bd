//! Undo and redo, without a server: an op that names the one that it takes back. What that means is worked out
//! where ops are ordered; what is shown until then follows from what this device's log says that the op did.

use fieldbook_device_sync::Key;
use fieldbook_merge::merge::commutes;
use fieldbook_merge::play::back;
use fieldbook_merge::undo::inverse;
use fieldbook_merge::{Checked, Deed, Done, DoneVerb, Row, Verb};
use fieldbook_model::op::About;
use fieldbook_model::schema::{REDO, UNDO};
use fieldbook_model::{Code, Op, OpId, Payload, Refusal, Seq, Value, Version, json};
use fieldbook_protocol::Verdict;
use rusqlite::OptionalExtension;

use crate::act::{ActError, Acted, Moment};
use crate::alias;
use crate::board::Board;
use crate::conflicts;
use crate::did;
use crate::error::StoreError;
use crate::judge;
use crate::labels;
use crate::log::{self, OpState};
use crate::marks::Marks;
use crate::open::{Durability, Store, Tx};
use crate::oplog;
use crate::plays::Play;
use crate::policy;
use crate::record::{self, Entry};
use crate::replay::key_of;
use crate::retry;
use crate::stack;
use crate::standing::{Matter, Stored};

/// How a person asks for an undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// For the first time: refused where others changed meanwhile what is to go back.
    First,
    /// After that was told: what can go back does.
    Anyway,
}

/// What an undo or redo did.
#[derive(Debug, Clone, PartialEq)]
pub struct Undone {
    /// The op that does it.
    pub acted: Acted,
    /// The op that was taken back, or done again.
    pub of: Seq,
    /// That op as a sentence.
    pub says: String,
    /// What had become of it.
    pub was: OpState,
    /// What does not go back because somebody changed it since, in words.
    pub not_undone: Vec<String>,
}

impl Store {
    /// Takes an op back: the one that is named, or the last that is not undone.
    pub fn undo(&mut self, moment: Moment, target: Option<Seq>, asks: Asks) -> Result<Undone, ActError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        judge::may_act(tx)?;
        let target = match target {
            Some(target) => target,
            None => stack::undoable(tx, 1)?.first().copied().ok_or_else(|| nothing("undo"))?,
        };
        may_be_undone(tx, target)?;
        let undone = match withdrawn_by(tx, target)? {
            Some(withdrawn) => done_anew(tx, moment, (target, withdrawn))?,
            None => taken_back(tx, moment, (target, target), asks)?,
        };
        conn.commit()?;
        Ok(undone)
    }

    /// Does again what was undone: the op that is named, or the one that was undone last.
    pub fn redo(&mut self, moment: Moment, target: Option<Seq>, asks: Asks) -> Result<Undone, ActError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        judge::may_act(tx)?;
        let undo = match target {
            Some(target) => undo_of(tx, target)?,
            None => stack::redoable(tx, 1)?.first().copied(),
        };
        let undo = undo.ok_or_else(|| nothing("redo"))?;
        let of = oplog::matter(tx, undo)?.and_then(|matter| matter.target).unwrap_or(undo);
        let undone = match withdrawn_by(tx, undo)? {
            Some(withdrawn) => done_anew(tx, moment, (undo, withdrawn))?,
            None => taken_back(tx, moment, (undo, of), asks)?,
        };
        conn.commit()?;
        Ok(undone)
    }
}

fn nothing(verb: &str) -> Refusal {
    Refusal::new(Code::NothingToUndo, format!("There is nothing to {verb}."))
}

/// The op that an undo took out of its conflict, if it did.
fn withdrawn_by(tx: Tx<'_>, undo: Seq) -> Result<Option<Seq>, ActError> {
    let matter = oplog::matter(tx, undo)?.filter(|matter| matter.about == Matter::UNDOES);
    let Some(target) = matter.and_then(|matter| matter.target) else { return Ok(None) };
    match oplog::matter(tx, target)?.map(|matter| matter.state) {
        Some(Stored::Withdrawn) => Ok(Some(target)),
        Some(Stored::Conflicted) => {
            let words = "It is on its way out of its conflict: sync first, then do it again.";
            Err(Refusal::new(Code::NothingToUndo, words).into())
        }
        _ => Ok(None),
    }
}

/// What was taken out of a conflict never happened, so that it is done as something new: with the bases of now.
fn done_anew(tx: Tx<'_>, moment: Moment, (undo, withdrawn): (Seq, Seq)) -> Result<Undone, ActError> {
    let op = oplog::op(tx, withdrawn)?;
    let says = labels::says(tx, withdrawn)?;
    let acted = retry::anew(tx, moment, &op)?;
    oplog::note_undone(tx, undo, true)?;
    Ok(Undone { acted, of: withdrawn, says, was: OpState::Withdrawn, not_undone: Vec::new() })
}

/// The undo of an op that stands.
fn undo_of(tx: Tx<'_>, target: Seq) -> Result<Option<Seq>, StoreError> {
    let sql = format!(
        "SELECT seq FROM fb_op WHERE seq > ?1 AND about = {} AND target = ?1 AND undone = 0 AND state NOT IN ({}) \
         ORDER BY seq DESC LIMIT 1",
        Matter::UNDOES,
        Stored::came_to_nothing()
    );
    let found = tx.conn.prepare_cached(&sql)?.query_row([target.0], |row| row.get(0)).optional()?;
    Ok(found.map(Seq))
}

/// Refuses what has no way back, in words about what has become of it.
fn may_be_undone(tx: Tx<'_>, target: Seq) -> Result<(), ActError> {
    let Some(matter) = oplog::matter(tx, target)? else {
        let words = format!("There is no action {target} in this device's log.");
        return Err(Refusal::new(Code::UnknownOp, words).into());
    };
    let words = match matter.state {
        Stored::Rejected => "It was refused, so that it did nothing: send it again, or discard it.",
        Stored::Duplicate => "It was the same act as another, and did nothing by itself: undo that one.",
        Stored::Discarded | Stored::Withdrawn => "It was given up, so that it did nothing.",
        Stored::Lost => "The server lost it, and nobody has it any more: do it anew.",
        Stored::Replaced => "It was sent again as another action: undo that one.",
        _ if matter.undone => "It is undone already; redo does it again.",
        _ if matter.about == Matter::RESOLVES => {
            "A decision about a conflict is not taken back; change the records."
        }
        _ if matter.about == Matter::DISCARDS => "What was given up stays so; do it anew.",
        _ => return Ok(()),
    };
    Err(Refusal::new(Code::NothingToUndo, words).into())
}

/// Takes an op back; `told` is the one that people hear of.
fn taken_back(
    tx: Tx<'_>,
    moment: Moment,
    (target, told): (Seq, Seq),
    asks: Asks,
) -> Result<Undone, ActError> {
    let matter = oplog::matter(tx, target)?.ok_or_else(|| StoreError::unreadable("an action"))?;
    let op = oplog::op(tx, target)?;
    let counter = tx.schema.action(&op.action).and_then(|action| action.undo.as_deref());
    let plain = if matter.about == Matter::UNDOES { REDO } else { UNDO };
    let action = counter.unwrap_or(plain);
    let done = did::done(tx, target)?;
    let seen = Marks::read(tx)?.cursor;
    let counter = tx.schema.action(action);
    let op_id = record::op_id(moment);
    // Where the target took effect is asked by whoever orders ops; here nobody else is.
    let changes = inverse(tx.schema, counter, &done, op_id, seen, Version::ZERO)?;
    may_take_back(tx, action, &matter, &changes)?;
    let mut board = Board::new(tx);
    let not_undone = match matter.state {
        Stored::Conflicted => withdrawn(&mut board, &op, &changes)?,
        _ => {
            let mut words = play_back(&mut board, target, &done, &changes)?;
            words.extend(decided(tx, target, op.op_id)?);
            words
        }
    };
    if !not_undone.is_empty() && asks == Asks::First {
        let words = format!("Since then: {}. That would stay as it is.", not_undone.join("; "));
        return Err(Refusal::new(Code::ChangedSince, words).into());
    }
    let payload = Payload { changes: Vec::new(), about: Some(About::Undoes(op.op_id)) };
    let (was, says) = (log::state(matter.state, target, &Marks::read(tx)?), labels::says(tx, told)?);
    let entry = Entry { action, key: None, payload, target: Some(target), number: None };
    let acted = record::record(&board, moment, entry)?;
    Ok(Undone { acted, of: told, says, was, not_undone })
}

/// The way back passes the same checks as any change. What waits in a conflict is only taken out of it.
fn may_take_back(tx: Tx<'_>, action: &str, matter: &Matter, changes: &[Checked]) -> Result<(), ActError> {
    let access = policy::access(tx)?;
    if matter.state == Stored::Conflicted || changes.is_empty() {
        return Ok(policy::may_do(tx, &access, action)?);
    }
    for change in changes {
        policy::permitted(tx, &access, action, change, changes)??;
    }
    Ok(())
}

/// What another person decided about an op that was held stays: who did, in words.
fn decided(tx: Tx<'_>, seq: Seq, op: OpId) -> Result<Option<String>, StoreError> {
    let conflict = match oplog::answer(tx, seq)?.map(|answer| answer.verdict) {
        Some(Verdict::Conflicted { conflict, .. }) => conflict,
        _ => op,
    };
    let settled = conflicts::find(tx, conflict)?.filter(|conflict| conflict.state == "settled");
    let Some(settled) = settled.filter(|settled| !settled.units.is_empty()) else { return Ok(None) };
    Ok(match oplog::decides(tx, conflict)? {
        true => None,
        false => {
            let who = settled.settled_by.as_deref().unwrap_or("somebody");
            Some(format!("{who} decided about {}", settled.label))
        }
    })
}

/// A held op is withdrawn: none of it is shown anyway, and its conflict ends.
fn withdrawn(board: &mut Board<'_>, op: &Op, changes: &[Checked]) -> Result<Vec<String>, ActError> {
    for change in changes {
        board.laid(key_of(change))?;
    }
    let tx = board.tx;
    if conflicts::find(tx, op.op_id)?.is_some_and(|conflict| conflict.is_open()) {
        let text = |text: &str| Value::Text(text.to_owned());
        let turn = Play::Turn(vec![(conflicts::place("state"), text("open"), text("withdrawn"))]);
        let played = board.play_beside(conflicts::key(tx.schema, op.op_id), turn)?;
        played.expect("BUG: a state that cannot be set");
    }
    Ok(Vec::new())
}

/// Plays the way back. Gives what does not go back, in words.
fn play_back(
    board: &mut Board<'_>,
    target: Seq,
    done: &[Done],
    changes: &[Checked],
) -> Result<Vec<String>, ActError> {
    let tx = board.tx;
    let mut words = Vec::new();
    for change in changes {
        let (ty, key) = (&tx.schema.types[change.of], key_of(change));
        let row = board.laid(key)?.now.row.clone();
        let left = match (&change.verb, &row) {
            (Verb::Revert(deeds), Some(row)) => changed(tx, key, row, deeds),
            (Verb::Revert(deeds), None) if deeds.iter().any(|deed| !commutes(&ty.fields[deed.field])) => {
                vec![format!("{} is deleted", labels::label(tx, key))]
            }
            (Verb::Unmake, Some(row)) => {
                let left = edited(tx, key, row, done, target)?;
                if !left.is_empty() {
                    // Others built upon it: it stays, here as on the server.
                    board.plays.push((key, Play::Leave));
                }
                left
            }
            (Verb::Unmake, None) => vec![format!("{} is deleted already", labels::label(tx, key))],
            (Verb::Revive(_), Some(_)) => vec![format!("{} is there again", labels::label(tx, key))],
            (Verb::Update(_), None) => vec![format!("{} is not there", labels::label(tx, key))],
            _ => Vec::new(),
        };
        let stays = board.plays.iter().any(|(left, play)| *left == key && *play == Play::Leave);
        words.extend(left);
        if stays || (row.is_none() && matches!(change.verb, Verb::Update(_))) {
            continue;
        }
        if change.verb == Verb::Unmake {
            board.end(key)?;
        }
        board.play(change)?.map_err(|misfit| judge::misfitting(tx, change, misfit))?;
    }
    Ok(words)
}

/// The values that no longer stand, in words.
fn changed(tx: Tx<'_>, key: Key, row: &Row, deeds: &[Deed]) -> Vec<String> {
    let ty = &tx.schema.types[key.of];
    let lost = deeds.iter().filter(|deed| back(ty, row, deeds, deed).is_none());
    lost.map(|deed| is_now(tx, key, deed.field, row)).collect()
}

fn is_now(tx: Tx<'_>, key: Key, field: usize, row: &Row) -> String {
    let (label, field_name) = (labels::label(tx, key), tx.schema.types[key.of].fields[field].spoken());
    match &row[field] {
        Value::Null => format!("{field_name} of {label} was emptied"),
        Value::Text(text) => format!("{field_name} of {label} became {text}"),
        Value::Decimal(number) => format!("{field_name} of {label} became {number}"),
        Value::Ref(id) => {
            let other = alias::target(tx, key.of, field).map(|of| labels::label(tx, Key { of, id: *id }));
            format!("{field_name} of {label} became {}", other.unwrap_or_default())
        }
        value => format!("{field_name} of {label} became {}", json::write(value)),
    }
}

/// What others gave a record that this op made, in words. What this device gave it later does not keep it.
fn edited(tx: Tx<'_>, key: Key, row: &Row, done: &[Done], target: Seq) -> Result<Vec<String>, StoreError> {
    let made =
        done.iter().find(|done| (done.of, done.id) == (key.of, key.id) && done.verb == DoneVerb::Insert);
    let Some(made) = made else { return Ok(Vec::new()) };
    let given = |field: usize| made.deeds.iter().find(|deed| deed.field == field).map(|deed| &deed.after);
    let fields = tx.schema.types[key.of].fields.iter().enumerate().filter(|(_, field)| !commutes(field));
    let differs = fields.filter(|(place, _)| row[*place] != *given(*place).unwrap_or(&Value::Null));
    let mut words = Vec::new();
    for (field, _) in differs {
        if own_value(tx, key, field, target)?.as_ref() != Some(&row[field]) {
            words.push(is_now(tx, key, field, row));
        }
    }
    Ok(words)
}

/// What this device gave a field last, after an op.
fn own_value(tx: Tx<'_>, key: Key, field: usize, after: Seq) -> Result<Option<Value>, StoreError> {
    let mut last = None;
    for seq in oplog::touching(tx, key)?.into_iter().filter(|seq| *seq > after) {
        for done in did::done(tx, seq)?.iter().filter(|done| (done.of, done.id) == (key.of, key.id)) {
            let deed = done.deeds.iter().rfind(|deed| deed.field == field);
            last = deed.map(|deed| deed.after.clone()).or(last);
        }
    }
    Ok(last)
}
