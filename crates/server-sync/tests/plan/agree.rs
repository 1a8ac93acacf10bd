//! What the two readings must agree in: the reply to each offer, and all that is there after it.

use fieldbook_merge::{Outcome, Stamp};
use fieldbook_model::{Schema, Value};
use fieldbook_protocol::push::SameRecord;
use fieldbook_protocol::{Answer, Verdict};
use fieldbook_reference::history::NOW;
use fieldbook_reference::{Answered, Author, Fate, Part, Reference, Ruling, Said};
use fieldbook_server_sync::{Decision, Plan};

use crate::server::Server;

/// Whether a decision says what the reference says; else both, for a person.
pub fn on_reply(
    schema: &Schema,
    server: &Server,
    decision: &Decision,
    said: &Said<'_>,
) -> Result<(), String> {
    let agree = match (decision, said) {
        (Decision::Fresh(plan), Said::Answered(answered)) => {
            same_answer(&plan.answer, answered) && same_parts(schema, server, plan, &answered.parts)
        }
        (Decision::Again(answer), Said::Again(answered)) => same_answer(answer, answered),
        (Decision::Altered(_), Said::Altered) | (Decision::Forked, Said::Forked) => true,
        (Decision::Expected(seq), Said::Expected(other)) => seq == other,
        _ => false,
    };
    match agree {
        true => Ok(()),
        false => Err(format!("decided {decision:?}\nbut the reference says {said:?}")),
    }
}

fn same_answer(answer: &Answer, answered: &Answered<'_>) -> bool {
    answer.version == answered.version && same_verdict(&answer.verdict, &answered.ruling)
}

fn same_verdict(verdict: &Verdict, ruling: &Ruling) -> bool {
    match (verdict, ruling) {
        (Verdict::Committed, Ruling::Committed) => true,
        (Verdict::Rejected { refusal, depends_on }, Ruling::Rejected { code, depends_on: other }) => {
            refusal.code == *code && depends_on == other
        }
        (Verdict::DuplicateOf { op, ids }, Ruling::DuplicateOf { op: other, ids: others }) => {
            let mut pairs = ids.iter().zip(others);
            op == other
                && ids.len() == others.len()
                && pairs.all(|(SameRecord { of, own, existing }, same)| {
                    *of == same.of && *own == same.own && *existing == same.existing
                })
        }
        _ => false,
    }
}

fn same_parts(schema: &Schema, server: &Server, plan: &Plan, parts: &[Part<'_>]) -> bool {
    let mut expected = parts.iter();
    for effect in &plan.effects {
        let (of, id) = (&schema.types[effect.change.of], effect.change.id);
        let life = effect.life.map(|outcome| (None, (&Value::Null, &Value::Null), outcome));
        let units = effect.units.iter().map(|unit| {
            (Some(of.fields[unit.field].name.as_str()), (&unit.before, &unit.after), unit.outcome)
        });
        for (field, (before, after), outcome) in life.into_iter().chain(units) {
            let same = expected.next().is_some_and(|part| {
                part.of == of.name
                    && part.id == id
                    && part.field == field
                    && part.before == *before
                    && part.after == *after
                    && part.fate == fate(server, outcome)
            });
            if !same {
                return false;
            }
        }
    }
    expected.next().is_none()
}

fn fate(server: &Server, outcome: Outcome) -> Fate {
    let author = |stamp: Stamp| Author { version: stamp.version, device: server.device(stamp.line) };
    match outcome {
        Outcome::Applied => Fate::Applied,
        Outcome::Already => Fate::Already,
        Outcome::Merged(stamp) => Fate::Merged(author(stamp)),
        Outcome::Over(stamp) => Fate::Over(author(stamp)),
        Outcome::LostToDelete(stamp) => Fate::LostToDelete(author(stamp)),
    }
}

/// Whether the server holds what the reference finds in its list.
pub fn on_records(schema: &Schema, server: &Server, reference: &Reference<'_>) -> Result<(), String> {
    let expected = reference.history.records(NOW);
    let same = expected.len() == server.records.len()
        && server.records.iter().all(|((of, id), record)| {
            expected.get(&(schema.types[*of].name.as_str(), *id)).is_some_and(|held| {
                held.version == record.version && held.deleted == record.deleted && held.row == record.row
            })
        });
    match same && server.head == reference.history.head() {
        true => Ok(()),
        false => Err(format!("there is {:?}\nbut the reference has {expected:?}", server.records)),
    }
}
