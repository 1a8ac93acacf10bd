//! What a pending op does when it is played again. It follows from what was stored when the op was made, and
//! from what has become of the op that it takes back; never from what is shown later.

use std::collections::BTreeSet;

use fieldbook_device_sync::{Key, Need, Replay};
use fieldbook_merge::undo::inverse;
use fieldbook_merge::{Checked, DoneVerb, Edit, Verb, read};
use fieldbook_model::op::About;
use fieldbook_model::{Change, Fields, Op, OpId, Seq, Value, Version};

use crate::alias;
use crate::conflicts;
use crate::did;
use crate::error::StoreError;
use crate::open::Tx;
use crate::oplog;
use crate::pending::Desk;
use crate::plays::{self, Play, Plays};
use crate::standing::Stored;

/// A pending op as its row has it.
struct Pending {
    doubted: bool,
    op: Op,
    target: Option<Seq>,
    plays: Plays,
    touches: Vec<Key>,
}

/// Whether an op stood in doubt, and what it does.
pub(crate) fn of(desk: &mut Desk<'_>, seq: Seq) -> Result<(bool, Replay), StoreError> {
    let tx = desk.tx;
    let pending = read_row(tx, seq)?;
    let mut changes = changes(desk, &pending)?;
    for change in &mut changes {
        alias::rename(tx, change)?;
    }
    Ok((pending.doubted, Replay { changes, needs: needs(tx, &pending) }))
}

fn read_row(tx: Tx<'_>, seq: Seq) -> Result<Pending, StoreError> {
    let mut select =
        tx.conn.prepare_cached("SELECT in_doubt, target, plays, text, touches FROM fb_op WHERE seq = ?1")?;
    let mut rows = select.query([seq.0])?;
    let row = rows.next()?.ok_or_else(|| StoreError::unreadable("a pending action"))?;
    let unreadable = |_| StoreError::unreadable("an action");
    Ok(Pending {
        doubted: row.get(0)?,
        op: oplog::in_force(tx, row.get_ref(3)?.as_str().map_err(unreadable)?)?,
        target: row.get::<_, Option<u64>>(1)?.map(Seq),
        plays: plays::read(tx, row.get_ref(2)?.as_str_or_null().map_err(unreadable)?)?,
        touches: oplog::unpacked(row.get_ref(4)?.as_blob().map_err(unreadable)?),
    })
}

fn changes(desk: &mut Desk<'_>, pending: &Pending) -> Result<Vec<Checked>, StoreError> {
    let tx = desk.tx;
    let Pending { op, target, plays, touches, .. } = pending;
    if let Some(About::Undoes(_)) = op.payload.about {
        return match target {
            Some(target) => taken_back(tx, op, *target, plays, touches),
            None => Ok(Vec::new()),
        };
    }
    let mut changes = own(tx, op)?;
    if tx.ladder.moves(op.schema) {
        touched_parts(desk, op, &mut changes)?;
    }
    changes.extend(plays.iter().filter_map(plays::checked));
    Ok(changes)
}

/// A decision is about what the person saw, and about what nobody has settled before.
fn needs(tx: Tx<'_>, pending: &Pending) -> Vec<Need> {
    match &pending.op.payload.about {
        Some(About::Resolves(resolution)) => {
            let pair = Value::Int(i64::try_from(resolution.pair.0).unwrap_or(i64::MAX));
            vec![needed(tx, resolution.conflict, "pair", pair), is_open(tx, resolution.conflict)]
        }
        Some(About::Discards(target)) if !pending.plays.is_empty() => vec![is_open(tx, *target)],
        _ => Vec::new(),
    }
}

fn needed(tx: Tx<'_>, conflict: OpId, field: &str, value: Value) -> Need {
    Need { key: conflicts::key(tx.schema, conflict), field: conflicts::place(field), value }
}

fn is_open(tx: Tx<'_>, conflict: OpId) -> Need {
    needed(tx, conflict, "state", Value::Text("open".to_owned()))
}

fn own(tx: Tx<'_>, op: &Op) -> Result<Vec<Checked>, StoreError> {
    let moved = tx.ladder.moves(op.schema);
    let checked = op.payload.changes.iter().map(|change| match moved && says_nothing(change) {
        true => unsaid(tx, change),
        false => read::read(tx.schema, change).ok(),
    });
    checked.collect::<Option<_>>().ok_or_else(|| StoreError::unreadable("an action"))
}

/// What was only about fields that are dropped since: nothing here, and the server keeps it. Where its record is not there the
/// op fits no better than before (rule 2).
fn unsaid(tx: Tx<'_>, change: &Change) -> Option<Checked> {
    let (of, base) = (tx.schema.place(change.of())?, change.base().unwrap_or_default());
    Some(Checked { of, id: change.id(), base, verb: Verb::Update(Vec::new()) })
}

fn says_nothing(change: &Change) -> bool {
    let Change::Update { set, add, count, include, exclude, reset, .. } = change else { return false };
    [set, add, count, include, exclude, reset].into_iter().all(Fields::is_empty)
}

/// Leaves out parts of a text that was split since, which the op's author left as they were: what neither the op changed
/// nor an earlier one that its base does not know. The server compares with the base too, also where it refused the
/// earlier one. What a part was at the base its author read in one text, from which it cannot be told again: where the
/// record is still as it was then, its parts say it.
fn touched_parts(desk: &mut Desk<'_>, op: &Op, changes: &mut [Checked]) -> Result<(), StoreError> {
    let tx = desk.tx;
    for change in changes {
        let (key, ty) = (key_of(change), &tx.schema.types[change.of]);
        let Verb::Update(edits) = &mut change.verb else { continue };
        let is_part = |field: usize| tx.ladder.is_part(op.schema, &ty.name, &ty.fields[field].name);
        if !edits.iter().any(|(field, _)| is_part(*field)) {
            continue;
        }
        let Some(wrote) = wrote_since(tx, op.seq, key, change.base)? else { continue };
        let base = desk.confirmed(key)?.filter(|image| image.version <= change.base);
        let base = base.and_then(|image| image.row);
        let differs = |(field, edit): &(usize, Edit)| {
            base.as_ref().is_some_and(|row| matches!(edit, Edit::Set(value) if !is_same(value, &row[*field])))
        };
        edits.retain(|edit| !is_part(edit.0) || wrote.contains(&edit.0) || differs(edit));
    }
    Ok(())
}

/// Whether a part is what it was. Without one and an empty one are the same.
fn is_same(value: &Value, was: &Value) -> bool {
    let nothing = |value: &Value| *value == Value::Null || *value == Value::Text(String::new());
    value == was || nothing(value) && nothing(was)
}

/// The fields of a record that this log wrote after a base, up to an op and with it; `None` where it made the record.
fn wrote_since(
    tx: Tx<'_>,
    upto: Seq,
    key: Key,
    base: Version,
) -> Result<Option<BTreeSet<usize>>, StoreError> {
    let mut wrote = BTreeSet::new();
    let mut next = Some(upto);
    while let Some(seq) = next {
        let Some(standing) = oplog::standing(tx, seq)? else { break };
        if oplog::answered(tx, seq)?.is_some_and(|version| version <= base) {
            break;
        }
        if standing.touches.contains(&key) && oplog::matter(tx, seq)?.is_some_and(|matter| matter.acts()) {
            for done in did::written(tx, seq)?.iter().filter(|done| (done.of, done.id) == (key.of, key.id)) {
                if done.verb == DoneVerb::Insert {
                    return Ok(None);
                }
                wrote.extend(done.deeds.iter().map(|deed| deed.field));
            }
        }
        next = seq.0.checked_sub(1).map(Seq);
    }
    Ok(Some(wrote))
}

/// What takes an op back, as things stand with that op. Records are held on to where nothing is done now,
/// because something may be to do later.
fn taken_back(
    tx: Tx<'_>,
    op: &Op,
    target: Seq,
    plays: &Plays,
    touches: &[Key],
) -> Result<Vec<Checked>, StoreError> {
    let matter = oplog::matter(tx, target)?.ok_or_else(|| StoreError::unreadable("an action"))?;
    let of_conflicts = |(key, _): &&(Key, Play)| tx.schema.types[key.of].system;
    let mut changes: Vec<Checked> = match matter.state {
        Stored::Conflicted => plays.iter().filter(of_conflicts).filter_map(plays::checked).collect(),
        state if state.is_nothing() => Vec::new(),
        _ => {
            let mut changes = way_back(tx, op, target, plays)?;
            changes.extend(plays.iter().filter(|play| !of_conflicts(play)).filter_map(plays::checked));
            changes
        }
    };
    let changed: BTreeSet<Key> = changes.iter().map(key_of).collect();
    changes.extend(touches.iter().filter(|key| !changed.contains(key)).map(idle));
    Ok(changes)
}

/// The inverse of what an op did, without what is left as it is.
fn way_back(tx: Tx<'_>, op: &Op, target: Seq, plays: &Plays) -> Result<Vec<Checked>, StoreError> {
    let (counter, done) = (tx.schema.action(&op.action), did::done(tx, target)?);
    let changes = inverse(tx.schema, counter, &done, op.op_id, op.seen.version, Version::ZERO);
    let mut changes = changes.map_err(|_| StoreError::unreadable("an action"))?;
    let left: BTreeSet<Key> =
        plays.iter().filter(|(_, play)| *play == Play::Leave).map(|(key, _)| *key).collect();
    changes.retain(|change| !left.contains(&key_of(change)));
    Ok(changes)
}

/// A change of nothing.
fn idle(key: &Key) -> Checked {
    Checked { of: key.of, id: key.id, base: Version::ZERO, verb: Verb::Revert(Vec::new()) }
}

/// The record of a change.
pub(crate) fn key_of(change: &Checked) -> Key {
    Key { of: change.of, id: change.id }
}
