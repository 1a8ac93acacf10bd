//! What was said and what is there, in few words.

use std::collections::BTreeMap;

use fieldbook_model::{DeviceId, Json, OpId, RecordId, Value, json};
use fieldbook_reference::history::NOW;
use fieldbook_reference::{Answered, Author, Fate, Part, Ruling, SettledState};

use crate::language::{Bench, device, id, op_id};

const NAMES: [&str; 14] = ["r", "s", "p", "q", "o", "a", "b", "c", "d", "e", "f", "z", "t", "u"];

fn op(op: OpId) -> String {
    let step = (1..60).find(|step| op_id(*step) == op);
    step.map_or_else(|| op.to_string(), |step| step.to_string())
}

fn name(record: RecordId) -> String {
    let known = NAMES.iter().find(|name| id(name) == record).map(|name| (*name).to_owned());
    let derived = || {
        let places = (1..60).flat_map(|step| (0..6).map(move |place| (step, place)));
        let mut places = places.filter(|(step, place)| op_id(*step).derived(*place) == record);
        places.next().map(|(step, place)| format!("{step}#{place}"))
    };
    known.or_else(derived).unwrap_or_else(|| record.to_string())
}

fn letter(of: DeviceId) -> char {
    ('A'..='z').find(|letter| device(*letter) == of).expect("a device of the test")
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Ref(id) => name(*id),
        value => json::write(value).replace('"', ""),
    }
}

fn author(author: Author) -> String {
    format!("{}{}", letter(author.device), author.version)
}

fn fate(fate: Fate) -> String {
    match fate {
        Fate::Applied => String::new(),
        Fate::Already => " already".to_owned(),
        Fate::Merged(by) => format!(" with {}", author(by)),
        Fate::Over(by) => format!(" over {}", author(by)),
        Fate::LostToDelete(by) => format!(" lost to delete {}", author(by)),
        Fate::LostToEdit(by) => format!(" lost to edit {}", author(by)),
        Fate::LostToChoice(by) => format!(" lost to choice {}", author(by)),
        Fate::Superseded(by) => format!(" beaten by {}", author(by)),
        Fate::NotUndone(by) => format!(" not undone {}", author(by)),
    }
}

fn part(part: &Part<'_>) -> String {
    let held = part.held.map(|held| format!("{}:", op(held))).unwrap_or_default();
    let (of, id, fate) = (part.of, name(part.id), fate(part.fate));
    match part.field {
        None => format!("{held}{of}.{id}{fate}"),
        Some(field) => {
            format!("{held}{of}.{id}.{field} {}>{}{fate}", value(&part.before), value(&part.after))
        }
    }
}

/// What was said to an op: the verdict, what became of its parts, and what it settled.
pub fn said(answered: &Answered<'_>) -> String {
    let verdict = match &answered.ruling {
        Ruling::Committed => "committed".to_owned(),
        Ruling::Rejected { code, depends_on: None } => format!("refused {code}"),
        Ruling::Rejected { code, depends_on: Some(on) } => format!("refused {code} {}", op(*on)),
        Ruling::DuplicateOf { op: first, .. } => format!("duplicate of {}", op(*first)),
        Ruling::Conflicted { conflict, depends_on: None } => format!("held in {}", op(*conflict)),
        Ruling::Conflicted { conflict, depends_on: Some(on) } => {
            format!("held in {} by {}", op(*conflict), op(*on))
        }
    };
    let lines = answered.settled.iter().map(|line| {
        let state = match line.state {
            SettledState::Committed => "committed".to_owned(),
            SettledState::Rejected => format!("refused {}", line.code.expect("a code")),
            SettledState::Conflicted => format!("held in {}", op(line.conflict.expect("a conflict"))),
            SettledState::Discarded => "discarded".to_owned(),
            SettledState::Withdrawn => "withdrawn".to_owned(),
            SettledState::Replaced => "replaced".to_owned(),
        };
        format!("{} is {state}", op(line.op_id))
    });
    let parts = answered.parts.iter().map(part);
    std::iter::once(verdict).chain(parts).chain(lines).collect::<Vec<_>>().join(" | ")
}

fn map(map: &Option<BTreeMap<String, Json>>) -> String {
    let Some(map) = map else { return "none".to_owned() };
    let some = map.iter().filter(|(_, value)| **value != Json::Null);
    let some = some.map(|(name, value)| format!("{name}={}", json::write(value).replace('"', "")));
    format!("[{}]", some.collect::<Vec<_>>().join(" "))
}

/// What is there at the end: the records, the conflicts, the gap list.
pub fn there(bench: &Bench<'_>) -> String {
    let mut lines = Vec::new();
    for ((of, id), held) in bench.reference.history.records(NOW) {
        let ty = bench.reference.history.schema.find(of).expect("a type");
        let fields = ty.fields.iter().zip(&held.row).filter(|(_, value)| **value != Value::Null);
        let fields = fields.map(|(field, it)| format!(" {}={}", field.name, value(it)));
        let dead = if held.deleted { " gone" } else { "" };
        lines.push(format!("{of}.{}{dead}{}", name(id), fields.collect::<String>()));
    }
    for (conflict, seen) in bench.reference.conflicts() {
        let units = seen.units.iter().map(|unit| {
            let field = unit.unit.as_ref().map(|unit| format!(".{unit}")).unwrap_or_default();
            let (theirs, mine) = (map(&unit.theirs), map(&unit.mine));
            format!("{}.{}{field} {} {theirs} {mine}", unit.of, name(unit.id), unit.kind)
        });
        let units = units.collect::<Vec<_>>().join(", ");
        lines.push(format!(
            "#{} {} pair {} held {}: {units}",
            op(conflict),
            seen.state,
            seen.pair,
            seen.held
        ));
    }
    lines.extend(bench.reference.gaps().iter().map(|(of, _, number)| format!("gap {of} {number}")));
    lines.sort();
    lines.join(" | ")
}

/// Rows of a screen.
pub fn rows(bench: &Bench<'_>, rows: &BTreeMap<(&str, RecordId), Vec<Value>>) -> String {
    let line = |(key, row): (&(&str, RecordId), &Vec<Value>)| {
        let ty = bench.reference.history.schema.find(key.0).expect("a type");
        let fields = ty.fields.iter().zip(row).filter(|(_, value)| **value != Value::Null);
        let fields = fields.map(|(field, it)| format!(" {}={}", field.name, value(it)));
        format!("{}.{}{}", key.0, name(key.1), fields.collect::<String>())
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    lines.sort();
    lines.join(" | ")
}
