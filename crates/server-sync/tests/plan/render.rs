//! Writes a decision and the records down, so that a row of the table can say what it expects.

use std::sync::Arc;

use fieldbook_merge::{Outcome, Stamp};
use fieldbook_model::schema::system::{GRANT, MEMBER};
use fieldbook_model::{Fields, Json, RecordId, Schema, Scope, UserId, Value, json};
use fieldbook_protocol::push::SameRecord;
use fieldbook_protocol::{SettledState, Settlement, Verdict};
use fieldbook_server_sync::{Conflict, Decision, Plan};

use crate::names;
use crate::server::Server;

/// What was said to one offer.
pub fn decision(schema: &Schema, server: &Server, decision: &Decision) -> String {
    match decision {
        Decision::Again(answer) => format!("again {}", verdict(&answer.verdict)),
        Decision::Altered(answer) => format!("altered {}", verdict(&answer.verdict)),
        Decision::Expected(seq) => format!("expected {seq}"),
        Decision::Forked => "forked".to_owned(),
        Decision::Newer => "newer".to_owned(),
        Decision::Fresh(plan) => fresh(schema, server, plan),
    }
}

/// What was done, or the verdict where that is nothing; and what became by it of ops that were held or refused.
fn fresh(schema: &Schema, server: &Server, plan: &Plan) -> String {
    let said = match plan.effects.is_empty() {
        true => verdict(&plan.answer.verdict),
        false => effects(schema, server, plan),
    };
    let state = |settled: &Settlement| {
        let state = match (settled.state, &settled.refusal) {
            (SettledState::Rejected, Some(refusal)) => refusal.code.to_string(),
            (state, _) => json::write(&state).trim_matches('"').to_owned(),
        };
        let now = settled.conflict.map(|conflict| format!(" in {}", names::op_name(conflict)));
        format!(" {} {state}{}", names::op_name(settled.op_id), now.unwrap_or_default())
    };
    let settled: Vec<_> = plan.settled.iter().map(|(_, settled)| state(settled)).collect();
    if settled.is_empty() { said } else { format!("{said} >{}", settled.join(",")) }
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Committed => "committed".to_owned(),
        Verdict::Rejected { refusal, depends_on: None } => refusal.code.to_string(),
        Verdict::Rejected { refusal, depends_on: Some(op) } => {
            format!("{} {}", refusal.code, names::op_name(*op))
        }
        Verdict::DuplicateOf { op, ids } => {
            let pair = |SameRecord { own, existing, .. }: &SameRecord| {
                format!(" {}={}", names::record_name(*own), names::record_name(*existing))
            };
            format!("duplicate-of {}{}", names::op_name(*op), ids.iter().map(pair).collect::<String>())
        }
        Verdict::Conflicted { depends_on: None, .. } => "held".to_owned(),
        Verdict::Conflicted { conflict, depends_on: Some(op) } if conflict == op => {
            format!("held with {}", names::op_name(*op))
        }
        Verdict::Conflicted { conflict, depends_on: Some(op) } => {
            format!("held with {} by {}", names::op_name(*conflict), names::op_name(*op))
        }
    }
}

/// What became of each unit. An insert is named once and not for each of its fields.
fn effects(schema: &Schema, server: &Server, plan: &Plan) -> String {
    let mut parts = Vec::new();
    for effect in &plan.effects {
        let name = names::record_name(effect.change.id);
        match effect.life {
            Some(outcome) => parts.push(format!("{name} {}", fate(server, outcome))),
            None => parts.extend(effect.units.iter().map(|unit| {
                let field = &schema.types[effect.change.of].fields[unit.field].name;
                format!("{name}.{field} {}", fate(server, unit.outcome))
            })),
        }
    }
    parts.join(", ")
}

fn fate(server: &Server, outcome: Outcome) -> String {
    let by = |what: &str, stamp: Stamp| {
        format!("{what} {}@{}", names::device_name(server.device(stamp.line)), stamp.version)
    };
    match outcome {
        Outcome::Applied => "ok".to_owned(),
        Outcome::Already => "already".to_owned(),
        Outcome::Merged(stamp) => by("with", stamp),
        Outcome::Over(stamp) => by("over", stamp),
        Outcome::LostToDelete(stamp) => by("lost to", stamp),
        Outcome::LostToEdit(stamp) => by("kept by", stamp),
        Outcome::LostToChoice(stamp) => by("not chosen", stamp),
        Outcome::Superseded(stamp) => by("beaten by", stamp),
        Outcome::NotUndone(stamp) => by("not undone", stamp),
    }
}

/// The records: `r{x=a n=3}`, `s gone`. Names, nothings and zeros are left out.
pub fn records(schema: &Schema, server: &Server) -> String {
    let record = |((of, id), record): (&(usize, _), &Arc<fieldbook_merge::Record>)| {
        let fields = schema.types[*of].fields.iter().zip(&record.row);
        let told = fields.filter(|(field, value)| field.name != "name" && !is_nothing(value));
        let told = told.map(|(field, value)| format!("{}={}", field.name, plain(value)));
        let told = told.collect::<Vec<_>>().join(" ");
        let gone = if record.deleted { " gone" } else { "" };
        format!("{}{{{told}}}{gone}", names::record_name(*id))
    };
    let own = server.records.iter().filter(|((of, _), _)| !schema.types[*of].system);
    own.map(record).chain(asked(schema, server)).collect::<Vec<_>>().join(" ")
}

/// The conflicts that wait: `?A2@3x2 d.a y/z`: the held op, its pair, how many ops wait, and for each unit theirs and
/// mine. And the gap list: `!A-1 rejected`.
fn asked(schema: &Schema, server: &Server) -> Vec<String> {
    let of = Conflict::place(schema);
    let rows = |of| server.records.iter().filter(move |((their, _), record)| *their == of && !record.deleted);
    let conflict = |((_, id), record): (&(usize, RecordId), &Arc<fieldbook_merge::Record>)| {
        let read = Conflict::read(schema, &record.row).expect("a conflict");
        let units = read.units.iter().map(|unit| {
            let name = unit.unit.as_ref().map(|unit| format!(".{unit}")).unwrap_or_default();
            let [theirs, mine] = [&unit.theirs, &unit.mine].map(|side| told(side.as_ref()));
            format!(" {}{name} {theirs}/{mine}", names::record_name(unit.id))
        });
        let units: String = units.collect();
        read.is_open().then(|| format!("?{}@{}x{}{units}", names::op_name(id.as_op()), read.pair, read.held))
    };
    let gap = |record: &Arc<fieldbook_merge::Record>| {
        format!("!{} {}", plain(&record.row[2]), plain(&record.row[3]))
    };
    let listed = rows(of).filter_map(conflict).chain(rows(of + 1).map(|(_, record)| gap(record)));
    listed.chain(people(schema, server)).collect()
}

/// Who is what: `A:manager`, and in a scope `A:shop~s:viewer`.
fn people(schema: &Schema, server: &Server) -> Vec<String> {
    let rows = |of: &str| {
        let of = schema.place(of);
        server.records.iter().filter(move |((their, _), record)| Some(*their) == of && !record.deleted)
    };
    let who = |value: &Value| UserId::parse(&plain(value)).map(names::user_name).unwrap_or_default();
    let member =
        |record: &Arc<fieldbook_merge::Record>| format!("{}:{}", who(&record.row[0]), plain(&record.row[2]));
    let grant = |record: &Arc<fieldbook_merge::Record>| {
        let scope: Scope = plain(&record.row[1]).parse().expect("a scope");
        let scope = format!("{}~{}", scope.of, names::record_name(scope.id));
        format!("{}:{scope}:{}", who(&record.row[0]), plain(&record.row[2]))
    };
    let members = rows(MEMBER).map(|(_, record)| member(record));
    members.chain(rows(GRANT).map(|(_, record)| grant(record))).collect()
}

fn told(side: Option<&Fields>) -> String {
    let Some(fields) = side else { return "gone".to_owned() };
    let value = |(_, json): &(String, Json)| match json {
        Json::Text(text) => RecordId::parse(text).map_or_else(|_| text.clone(), names::record_name),
        Json::Null | Json::Int(0) => String::new(),
        other => json::write(other),
    };
    let values: Vec<String> = fields.0.iter().map(value).filter(|value| !value.is_empty()).collect();
    values.join("+")
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Int(0) => true,
        Value::Decimal(scaled) => scaled.0 == 0,
        _ => false,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Ref(id) => names::record_name(*id),
        Value::Set(elements) => elements.iter().cloned().collect::<Vec<_>>().join("|"),
        value => json::write(value).trim_matches('"').to_owned(),
    }
}
