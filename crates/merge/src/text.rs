//! What an op did, as a history keeps it: a JSON list with an entry for each change,
//! `["update","product","<id>",null,[["stock",5,3],["name","Chai","Tea","over",1311,2,[1300,1]]]]`: verb, type,
//! record, what became of its life, and the fields with before, after and, where it was not plainly done, the outcome
//! with the other change's version and line. Behind what an undo may put back stand the stamps that it had, each
//! followed by its weight where they have any. An entry of a held op that was settled ends with that op's id.

use std::fmt::Write as _;

use fieldbook_model::schema::{Kind, Ladder, Merge, RecordType};
use fieldbook_model::{Json, OpId, RecordId, Schema, Value, Version, json};

use crate::merge::{Effect, Outcome, UnitEffect};
use crate::read::Deed;
use crate::stamp::{Line, Stamp, Stamps};
use crate::undo::{Done, DoneVerb};

/// Writes effects.
pub fn write(schema: &Schema, effects: &[Effect]) -> String {
    let mut text = String::with_capacity(128 * effects.len() + 2);
    text.push('[');
    for (place, effect) in effects.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push(&mut text, &schema.types[effect.change.of], effect);
    }
    text.push(']');
    text
}

/// The word for what was done.
pub fn verb(verb: DoneVerb) -> &'static str {
    match verb {
        DoneVerb::Insert => "insert",
        DoneVerb::Update => "update",
        DoneVerb::Delete => "delete",
        DoneVerb::Restore => "restore",
    }
}

/// The word for what became of a write, and the other change.
pub fn outcome(outcome: Outcome) -> (&'static str, Option<Stamp>) {
    match outcome {
        Outcome::Applied => ("applied", None),
        Outcome::Already => ("already", None),
        Outcome::Merged(other) => ("merged", Some(other)),
        Outcome::Over(other) => ("over", Some(other)),
        Outcome::LostToDelete(other) => ("lost-to-delete", Some(other)),
        Outcome::LostToEdit(other) => ("lost-to-edit", Some(other)),
        Outcome::LostToChoice(other) => ("lost-to-choice", Some(other)),
        Outcome::Superseded(other) => ("superseded", Some(other)),
        Outcome::NotUndone(other) => ("not-undone", Some(other)),
    }
}

// Writing to a text cannot fail. Names are of the schema and hold nothing that JSON would escape.
fn push(text: &mut String, ty: &RecordType, effect: &Effect) {
    let verb = verb(DoneVerb::of(&effect.change.verb));
    let _ = write!(text, "[\"{verb}\",\"{}\",\"{}\",", ty.name, effect.change.id);
    match effect.life {
        None => text.push_str("null"),
        Some(life) => {
            text.push('[');
            push_outcome(text, life);
            if let Some(stamps) = effect.life_before.filter(|_| effect.units.is_empty()) {
                push_stamps(text, stamps);
            }
            text.push(']');
        }
    }
    text.push_str(",[");
    for (place, unit) in effect.units.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_unit(text, ty, unit);
    }
    text.push(']');
    if let Some(held) = effect.held {
        let _ = write!(text, ",\"{held}\"");
    }
    text.push(']');
}

fn push_unit(text: &mut String, ty: &RecordType, unit: &UnitEffect) {
    let field = &ty.fields[unit.field];
    let (before, after) = (json::write(&unit.before), json::write(&unit.after));
    let _ = write!(text, "[\"{}\",{before},{after}", field.name);
    if unit.outcome != Outcome::Applied {
        text.push(',');
        push_outcome(text, unit.outcome);
    }
    // What adds up or joins goes back whoever changed it last.
    let commutes = field.merge == Merge::Delta || matches!(field.kind, Kind::Set { .. });
    if let Some(stamps) = unit.stamps.filter(|_| !commutes && unit.outcome.took_hold()) {
        push_stamps(text, stamps);
    }
    text.push(']');
}

fn push_outcome(text: &mut String, it: Outcome) {
    let (word, other) = outcome(it);
    let _ = write!(text, "\"{word}\"");
    if let Some(other) = other {
        let _ = write!(text, ",{},{}", other.version, other.line.0);
    }
}

fn push_stamps(text: &mut String, stamps: Stamps) {
    let all = || [Some(stamps.last), stamps.other].into_iter().flatten();
    let weighs = all().any(|stamp| stamp.weight > 0);
    text.push_str(",[");
    for (place, stamp) in all().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let _ = write!(text, "{comma}{},{}", stamp.version, stamp.line.0);
        if weighs {
            let _ = write!(text, ",{}", stamp.weight);
        }
    }
    text.push(']');
}

/// Reads what effects did, each with the held op that it is of; `None` where the text is none of this schema.
pub fn read(schema: &Schema, text: &str) -> Option<Vec<(Done, Option<OpId>)>> {
    let entries: Vec<Json> = json::parse(text).ok()?;
    entries.into_iter().map(|entry| entry_of(schema, entry)).collect()
}

fn entry_of(schema: &Schema, entry: Json) -> Option<(Done, Option<OpId>)> {
    let Json::List(parts) = entry else { return None };
    let [Json::Text(verb), Json::Text(of), Json::Text(id), life, Json::List(units), rest @ ..] = &parts[..]
    else {
        return None;
    };
    let of = schema.place(of)?;
    let verbs = [DoneVerb::Insert, DoneVerb::Update, DoneVerb::Delete, DoneVerb::Restore];
    let verb = verbs.into_iter().find(|known| self::verb(*known) == verb)?;
    let (life, life_before) = match life {
        Json::List(life) => (took_hold(life.first()?), life.last().and_then(stamps)),
        _ => (false, None),
    };
    let mut deeds = Vec::with_capacity(units.len());
    for unit in units {
        deeds.extend(deed(&schema.types[of], unit)?);
    }
    let held = match rest {
        [Json::Text(held)] => Some(OpId::parse(held).ok()?),
        _ => None,
    };
    Some((Done { of, id: RecordId::parse(id).ok()?, verb, life, life_before, deeds }, held))
}

fn took_hold(word: &Json) -> bool {
    matches!(word, Json::Text(word) if ["applied", "merged", "over"].contains(&word.as_str()))
}

/// A write that took hold; the inner `None` is one that did not.
fn deed(ty: &RecordType, unit: &Json) -> Option<Option<Deed>> {
    let Json::List(parts) = unit else { return None };
    let [Json::Text(field), before, after, rest @ ..] = &parts[..] else { return None };
    if let Some(word @ Json::Text(_)) = rest.first()
        && !took_hold(word)
    {
        return Some(None);
    }
    let place = ty.position(field)?;
    let value = |json| Value::judged(&ty.fields[place], json);
    let (before, after) = (value(before)?, value(after)?);
    Some(Some(Deed { field: place, before, after, stamps: rest.last().and_then(stamps) }))
}

fn stamps(json: &Json) -> Option<Stamps> {
    let Json::List(numbers) = json else { return None };
    let number = |place: usize| match numbers.get(place) {
        Some(Json::Int(number)) => u64::try_from(*number).ok(),
        _ => None,
    };
    // Two numbers for each stamp, or three where they weigh something.
    let each = if numbers.len() % 3 == 0 { 3 } else { 2 };
    let stamp = |place: usize| {
        let line = u32::try_from(number(place + 1)?).ok()?;
        let weight = if each == 3 { number(place + 2)? } else { 0 };
        Some(Stamp { version: Version(number(place)?), line: Line(line), weight })
    };
    Some(Stamps { last: stamp(0)?, other: stamp(each) })
}

/// What a history kept under an older version of the schema, as the newest has it; `None` where the text is none.
/// A part of a text that was split since is told only where it is another.
pub fn up(ladder: &Ladder, version: u32, text: &str) -> Option<String> {
    let entries: Vec<Json> = json::parse(text).ok()?;
    let up = |entry: Json| {
        let Json::List(mut parts) = entry else { return None };
        let Some(Json::Text(of)) = parts.get(1).cloned() else { return None };
        *parts.get_mut(1)? = Json::Text(ladder.type_up(version, &of));
        if let Some(Json::List(units)) = parts.get_mut(4) {
            let told = std::mem::take(units);
            *units = told.into_iter().flat_map(|unit| unit_up(ladder, version, &of, unit)).collect();
        }
        Some(Json::List(parts))
    };
    entries.into_iter().map(up).collect::<Option<Vec<_>>>().map(|entries| json::write(&entries))
}

fn unit_up(ladder: &Ladder, version: u32, of: &str, unit: Json) -> Vec<Json> {
    let Json::List(parts) = &unit else { return vec![unit] };
    let [Json::Text(field), before, after, rest @ ..] = &parts[..] else { return vec![unit] };
    let mut units = ladder.field_up(version, of, field, &[before.clone(), after.clone()]);
    if units.len() > 1 {
        units.retain(|(_, values)| values[0] != values[1]);
    }
    let told = |(name, values): (String, Vec<Json>)| {
        Json::List([vec![Json::Text(name)], values, rest.to_vec()].concat())
    };
    units.into_iter().map(told).collect()
}
