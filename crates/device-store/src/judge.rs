//! Whether an action fits what is here. A refusal says what is wrong and what would be right; nothing of a
//! refused action is kept. The server judges again: what it says is the verdict.

use fieldbook_device_sync::Key;
use fieldbook_merge::merge::{id_taken, out_of_range};
use fieldbook_merge::play::Misfit;
use fieldbook_merge::{Checked, Edit, Verb, read};
use fieldbook_model::limits::NAME_CHARS_MAX;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Access, Change, Code, RecordId, Refusal, Value, Version};

use crate::act::{ActError, Action};
use crate::alias;
use crate::board::Board;
use crate::error::StoreError;
use crate::fill;
use crate::open::Tx;
use crate::oplog;
use crate::policy;
use crate::replay::key_of;
use crate::series::Series;
use crate::shown;
use crate::standing::Stored;

/// An action that fits.
pub(crate) struct Judged<'a> {
    pub board: Board<'a>,
    /// Its changes, filled in, each with the confirmed version of its record as its base (rule 40).
    pub changes: Vec<Change>,
    /// The device's series, if it gives out numbers.
    pub series: Option<Series>,
}

/// What this user may; a refusal where that is nothing.
pub(crate) fn may_act(tx: Tx<'_>) -> Result<Access, ActError> {
    let access = policy::access(tx)?;
    policy::somewhere(&access)?;
    Ok(access)
}

/// What can be said without looking at any record.
pub(crate) fn admissible(tx: Tx<'_>, wanted: &Action) -> Result<(), ActError> {
    may_act(tx)?;
    if wanted.action != EDIT && tx.schema.action(&wanted.action).is_none() {
        let names = tx.schema.actions.iter().map(|action| action.name.as_str());
        let names = [EDIT].into_iter().chain(names).collect::<Vec<_>>().join(", ");
        let words = format!("There is no action {}; there are: {names}.", wanted.action);
        return Err(Refusal::new(Code::UnknownAction, words).into());
    }
    if wanted.key.as_ref().is_some_and(|key| key.is_empty() || key.chars().count() > NAME_CHARS_MAX) {
        let words = format!("An idempotency key has 1 to {NAME_CHARS_MAX} characters.");
        return Err(Refusal::new(Code::WrongValue, words).into());
    }
    let max = tx.identity.limits.op_changes_max;
    match wanted.changes.len() {
        0 => Err(Refusal::new(Code::Empty, "This action changes nothing.").into()),
        changes if changes > max as usize => {
            let words = format!("{changes} changes in one action; the server takes at most {max}.");
            Err(Refusal::new(Code::TooManyChanges, words).into())
        }
        _ => Ok(()),
    }
}

/// Plays the changes one after the other on what is shown.
pub(crate) fn judge<'a>(tx: Tx<'a>, action: &str, wanted: &[Change]) -> Result<Judged<'a>, ActError> {
    let access = policy::access(tx)?;
    let (mut board, mut series) = (Board::new(tx), None);
    let (mut changes, mut before) = (Vec::with_capacity(wanted.len()), Vec::new());
    for change in wanted {
        let filled = fill::fill(&mut board, &mut series, change)?;
        let mut checked = read::read(tx.schema, &filled)?;
        alias::rename(tx, &mut checked)?;
        policy::permitted(tx, &access, action, &checked, &before)??;
        references(&board, &checked)?;
        fits(&mut board, &checked)?;
        if checked.verb == Verb::Delete {
            board.end(key_of(&checked))?;
        }
        board.play(&checked)?.map_err(|misfit| misfitting(tx, &checked, misfit))?;
        let base = board.laid(key_of(&checked))?.confirmed;
        changes.push(based(filled, base));
        before.push(checked);
    }
    Ok(Judged { board, changes, series })
}

/// A change with the base that the device knows.
fn based(mut change: Change, known: Version) -> Change {
    match &mut change {
        Change::Update { base, .. } | Change::Delete { base, .. } | Change::Restore { base, .. } => {
            *base = known
        }
        Change::Insert { .. } => {}
    }
    change
}

/// Refuses a change of what is not there to be changed.
fn fits(board: &mut Board<'_>, checked: &Checked) -> Result<(), ActError> {
    let tx = board.tx;
    let (ty, key) = (&tx.schema.types[checked.of], key_of(checked));
    let (of, what) = (&ty.name, ty.spoken());
    let laid = board.laid(key)?;
    let refused = |code, words: String| Err(Refusal::at(code, of, words).into());
    match &checked.verb {
        Verb::Insert(_) if laid.used => Err(id_taken(ty).into()),
        Verb::Insert(_) => Ok(()),
        _ if !laid.used => match held(tx, key)? {
            Some(why) => Err(waits(of, &what, why).into()),
            None => refused(Code::UnknownRecord, format!("There is no such {what} on this device.")),
        },
        _ if laid.before.row.is_some() && !laid.shown && !planted(Defect::ActsOnHidden) => {
            let words = format!("This {what} belongs to something that is deleted; restore that first.");
            refused(Code::NotShown, words)
        }
        Verb::Update(_) | Verb::Delete if laid.now.row.is_none() => {
            refused(Code::Deleted, format!("This {what} is deleted; restore it first."))
        }
        Verb::Restore if laid.now.row.is_some() => {
            refused(Code::WrongVerb, format!("This {what} is not deleted."))
        }
        _ => Ok(()),
    }
}

/// Why a held op that touches a record waits, where there is one.
fn held(tx: Tx<'_>, key: Key) -> Result<Option<Why>, StoreError> {
    if planted(Defect::ActsOnHidden) {
        return Ok(None);
    }
    for seq in oplog::in_state(tx, Stored::Conflicted)? {
        if oplog::standing(tx, seq)?.is_some_and(|standing| standing.touches.contains(&key)) {
            let is_lost = oplog::is_lost_base(tx, seq)?;
            return Ok(Some(if is_lost { Why::LostBase } else { Why::Conflict }));
        }
    }
    Ok(None)
}

/// Why an op is held.
#[derive(Clone, Copy)]
enum Why {
    /// Somebody has to decide.
    Conflict,
    /// Somebody has to bring what the server lost.
    LostBase,
}

fn waits(path: &str, what: &str, why: Why) -> Refusal {
    let words = match why {
        Why::Conflict => format!("This {what} waits in a conflict and is not shown; settle that first."),
        Why::LostBase => {
            format!("This {what} waits for a record that the server lost, and is not shown until that comes.")
        }
    };
    Refusal::at(Code::NotShown, path, words)
}

/// Refuses a reference to nothing, and to an owner that is not there. Any other deleted record may still be
/// referred to.
fn references(board: &Board<'_>, checked: &Checked) -> Result<(), ActError> {
    let tx = board.tx;
    for (field, id) in checked.verb.references() {
        let Some(of) = alias::target(tx, checked.of, field) else { continue };
        let key = Key { of, id };
        if key == key_of(checked) {
            continue;
        }
        let (ty, target) = (&tx.schema.types[checked.of], tx.schema.types[of].spoken());
        let path = format!("{}.{}", ty.name, ty.fields[field].name);
        if !board.is_used(key)? {
            let refusal = match held(tx, key)? {
                Some(why) => waits(&path, &target, why),
                None => {
                    let words = format!("{path} names a {target} that is not on this device.");
                    Refusal::at(Code::UnknownReference, path, words)
                }
            };
            return Err(refusal.into());
        }
        let owns = tx.tables.owners.above(checked.of).iter().any(|(owning, _)| *owning == field);
        if owns && !is_there(board, key)? && !planted(Defect::ActsOnHidden) {
            let words = format!("{path} names a {target} that is deleted; restore that first.");
            return Err(Refusal::at(Code::NotShown, path, words).into());
        }
    }
    Ok(())
}

/// Whether a record and all its owners are there, as things stand now.
fn is_there(board: &Board<'_>, key: Key) -> Result<bool, StoreError> {
    if !board.records.contains_key(&key) {
        return shown::is_shown(board.tx, key);
    }
    board.is_live(key)
}

/// The refusal of a change that cannot be played.
pub(crate) fn misfitting(tx: Tx<'_>, checked: &Checked, misfit: Misfit) -> Refusal {
    let ty = &tx.schema.types[checked.of];
    let grown = match &checked.verb {
        Verb::Update(edits) | Verb::Amend(edits) => {
            edits.iter().find(|(_, edit)| grows(edit)).map(|(field, _)| *field)
        }
        Verb::Revert(deeds) => deeds.iter().find(|deed| counts(&deed.after)).map(|deed| deed.field),
        _ => None,
    };
    match (misfit, grown) {
        (Misfit::Range, Some(field)) => out_of_range(ty, field),
        (Misfit::Range | Misfit::NoRecord, _) => {
            let words = format!("There is no such {} on this device.", ty.spoken());
            Refusal::at(Code::UnknownRecord, &ty.name, words)
        }
        (Misfit::Exists, _) => id_taken(ty),
    }
}

fn grows(edit: &Edit) -> bool {
    matches!(edit, Edit::Add(_) | Edit::Include(..))
}

fn counts(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Decimal(_) | Value::Set(_))
}

/// The records of an op by name.
pub(crate) fn named(tx: Tx<'_>, keys: &[Key]) -> Result<Vec<(String, RecordId)>, StoreError> {
    let name = |key: &Key| {
        let key = alias::in_force(tx, *key)?;
        Ok((tx.schema.types[key.of].name.clone(), key.id))
    };
    keys.iter().map(name).collect()
}
