//! Writes a decision and the records down, so that a row of the table can say what it expects.

use std::sync::Arc;

use fieldbook_merge::{Outcome, Stamp};
use fieldbook_model::{Schema, Value, json};
use fieldbook_protocol::Verdict;
use fieldbook_protocol::push::SameRecord;
use fieldbook_server_sync::{Decision, Plan};

use crate::names;
use crate::server::Server;

/// What was said to one offer.
pub fn decision(schema: &Schema, server: &Server, decision: &Decision) -> String {
    match decision {
        Decision::Again(answer) => format!("again {}", verdict(&answer.verdict)),
        Decision::Altered(answer) => format!("altered {}", verdict(&answer.verdict)),
        Decision::Expected(seq) => format!("expected {seq}"),
        Decision::Forked => "forked".to_owned(),
        Decision::Fresh(plan) if plan.effects.is_empty() => verdict(&plan.answer.verdict),
        Decision::Fresh(plan) => effects(schema, server, plan),
    }
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
    server.records.iter().map(record).collect::<Vec<_>>().join(" ")
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
