//! Settling a conflict, with or without a network: the decision is an op. What was decided is shown at once, and
//! the verdict takes its place.

use std::collections::BTreeMap;

use fieldbook_device_sync::Key;
use fieldbook_merge::play::Misfit;
use fieldbook_merge::{Row, Unit};
use fieldbook_model::op::{About, Choice, Resolution, Take};
use fieldbook_model::schema::{Field, RESOLVE, RecordType};
use fieldbook_model::{Code, Fields, OpId, Payload, Refusal, Value, Version};

use crate::act::{ActError, Acted, Moment};
use crate::board::Board;
use crate::conflicts::{self, Conflict, ConflictUnit};
use crate::error::StoreError;
use crate::judge;
use crate::open::{Durability, Store};
use crate::plays::Play;
use crate::policy;
use crate::record::{self, Entry};
use crate::wish::Wish;

impl Store {
    /// Settles a conflict as a person wishes. Every unit of it gets one decision, or it is refused with the names
    /// of those that have none.
    pub fn resolve(&mut self, moment: Moment, conflict: OpId, wish: &Wish) -> Result<Acted, ActError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let access = judge::may_act(tx)?;
        let found = conflicts::find(tx, conflict)?;
        let found = found.ok_or_else(|| {
            Refusal::new(Code::UnknownConflict, "There is no such conflict on this device.")
        })?;
        is_open(&found)?;
        policy::may_decide(tx, &access, &found)??;
        let choices = wish.choices(tx.schema, &found)?;
        let mut board = Board::new(tx);
        for (unit, choice) in found.units.iter().zip(&choices) {
            decide(&mut board, &found, unit, choice)?;
        }
        close(&mut board, &found, &choices)?;
        let resolution = Resolution { conflict, pair: Version(found.pair), choices };
        let payload = Payload { changes: Vec::new(), about: Some(About::Resolves(resolution)) };
        let target = crate::oplog::parked_place(tx, conflict)?;
        let entry = Entry { action: RESOLVE, key: None, payload, target, number: None };
        let acted = record::record(&board, moment, entry)?;
        conn.commit()?;
        Ok(acted)
    }
}

fn is_open(conflict: &Conflict) -> Result<(), Refusal> {
    if !conflict.is_open() {
        let who = conflict.settled_by.as_deref().unwrap_or("somebody");
        let words = format!("This conflict was {} by {who} before; that stands.", conflict.state);
        return Err(Refusal::new(Code::AlreadyResolved, words));
    }
    Ok(())
}

/// Shows a decision.
fn decide(
    board: &mut Board<'_>,
    conflict: &Conflict,
    unit: &ConflictUnit,
    choice: &Choice,
) -> Result<(), ActError> {
    let schema = board.tx.schema;
    let Some(of) = schema.place(&unit.of) else { return Ok(()) };
    let (ty, key) = (&schema.types[of], Key { of, id: unit.id });
    let named = Unit::named(ty, unit.unit.as_deref()).ok_or_else(|| newer(ty, unit))?;
    let values = match &choice.take {
        Take::Theirs => {
            board.laid(key)?;
            return Ok(());
        }
        Take::Mine if named == Unit::Life => return life(board, conflict, unit, key),
        Take::Mine => own_values(ty, unit),
        Take::Value(given) => named.values(ty, given)?,
    };
    let play = match unit.kind.as_str() {
        "count" => shift(ty, unit, &values).ok_or_else(|| not_counted(ty, unit))?,
        // On a deleted record "mine" of an edit brings it back, a value or a count does not (rule 45).
        _ if choice.take != Take::Mine => Play::Amend(values),
        _ => Play::Set(values),
    };
    if board.laid(key)?.now.row.is_none() && matches!(play, Play::Set(_)) {
        played(ty, board.play_beside(key, Play::Revive(None))?)?;
        if board.laid(key)?.now.row.is_none() {
            return Ok(());
        }
    }
    played(ty, board.play_beside(key, play)?)
}

/// Somebody whose app is newer wrote what this device has no place for; whoever does not see it does not decide.
fn newer(ty: &RecordType, unit: &ConflictUnit) -> Refusal {
    let words = format!(
        "This conflict is also about {} of a {}, which this version of the app does not know yet: update the app, or \
         let somebody decide whose app is newer.",
        unit.unit.as_deref().unwrap_or("the whole"),
        ty.spoken()
    );
    Refusal::at(Code::UnknownField, &ty.name, words)
}

/// A decision that cannot be shown is none: what it is about is not here as the conflict says.
fn played(ty: &RecordType, played: Result<(), Misfit>) -> Result<(), ActError> {
    played.map_err(|_| {
        let words =
            format!("This {} has changed meanwhile; sync, and look at the conflict again.", ty.spoken());
        Refusal::at(Code::MovedOn, &ty.name, words).into()
    })
}

/// The held op's will about a record's life: it goes, comes back with what the op wrote, or is made.
fn life(board: &mut Board<'_>, conflict: &Conflict, unit: &ConflictUnit, key: Key) -> Result<(), ActError> {
    let ty = &board.tx.schema.types[key.of];
    if unit.mine.is_none() {
        board.end(key)?;
        return played(ty, board.play_beside(key, Play::Unmake)?);
    }
    let own = own_values(ty, unit);
    if !board.laid(key)?.used {
        let mine: BTreeMap<usize, Value> = own.into_iter().collect();
        let row: Row = (0..ty.fields.len()).map(|place| value_of(ty, &mine, place)).collect();
        return played(ty, board.play_beside(key, Play::Revive(Some(row)))?);
    }
    played(ty, board.play_beside(key, Play::Revive(None))?)?;
    // What is decided by itself is decided there.
    let decided = |place: usize| {
        let units = conflict.units.iter().filter(|other| (&other.of, other.id) == (&unit.of, unit.id));
        let name = Unit::of(ty, place).name(ty).map(str::to_owned);
        units.map(|other| &other.unit).any(|other| *other == name)
    };
    let written: Vec<(usize, Value)> = own.into_iter().filter(|(place, _)| !decided(*place)).collect();
    match board.laid(key)?.now.row.is_some() && !written.is_empty() {
        true => played(ty, board.play_beside(key, Play::Set(written))?),
        false => Ok(()),
    }
}

fn value_of(ty: &RecordType, given: &BTreeMap<usize, Value>, place: usize) -> Value {
    given.get(&place).cloned().unwrap_or_else(|| fieldbook_merge::read::empty(&ty.fields[place]))
}

/// What the held ops make of a unit.
fn own_values(ty: &RecordType, unit: &ConflictUnit) -> Vec<(usize, Value)> {
    let mine = unit.mine.iter().flat_map(|fields| &fields.0);
    let value = |(name, json): &(String, fieldbook_model::Json)| {
        let place = ty.position(name)?;
        Some((place, Value::judged(&ty.fields[place], json)?))
    };
    mine.filter_map(value).collect()
}

/// What a count adds: what was counted, less what was in force when the op was held (rule 44).
fn shift(ty: &RecordType, unit: &ConflictUnit, counted: &[(usize, Value)]) -> Option<Play> {
    let (place, value) = counted.first()?;
    let theirs = number_in(&ty.fields[*place], unit.theirs.as_ref()).unwrap_or_default();
    Some(Play::Add(*place, number(value)? - theirs))
}

fn not_counted(ty: &RecordType, unit: &ConflictUnit) -> Refusal {
    let path = format!("{}.{}", ty.name, unit.unit.as_deref().unwrap_or_default());
    let words = format!("{path} is counted: a count is a number.");
    Refusal::at(Code::WrongValue, path, words)
}

fn number_in(field: &Field, fields: Option<&Fields>) -> Option<i64> {
    number(&Value::judged(field, fields?.find(&field.name)?)?)
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Decimal(number) => Some(number.0),
        _ => None,
    }
}

/// Shows the conflict as settled.
fn close(board: &mut Board<'_>, conflict: &Conflict, choices: &[Choice]) -> Result<(), StoreError> {
    let tx = board.tx;
    let mut words: Vec<&str> = choices.iter().map(|choice| word(&choice.take)).collect();
    words.dedup();
    let choice = if let [one] = words[..] { one } else { "mixed" };
    let set = |field: &str, text: &str| (conflicts::place(field), Value::Text(text.to_owned()));
    let closed = vec![set("state", "settled"), set("choice", choice), set("settled_by", &tx.identity.user)];
    let played = board.play_beside(conflicts::key(tx.schema, conflict.id), Play::Set(closed))?;
    played.expect("BUG: a conflict that is shown and not there");
    Ok(())
}

fn word(take: &Take) -> &'static str {
    match take {
        Take::Mine => "mine",
        Take::Theirs => "theirs",
        Take::Value(_) => "a value",
    }
}
