//! What the two readings must agree in: the reply to each offer, and all that is there after it.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_merge::{Outcome, Stamp};
use fieldbook_model::{Json, OpId, Schema, Value, json};
use fieldbook_protocol::push::SameRecord;
use fieldbook_protocol::{Answer, Verdict};
use fieldbook_reference::history::NOW;
use fieldbook_reference::{Answered, Author, Fate, Part, Reference, Ruling, Said, Settled};
use fieldbook_reference::{ConflictSeen, Person, UnitSeen};
use fieldbook_server_sync::conflict::{Conflict, UnitRow, word};
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
            same_answer(&plan.answer, answered)
                && same_parts(schema, server, plan, &answered.parts)
                && same_settled(server, plan, &answered.settled)
        }
        (Decision::Again(answer), Said::Again(answered)) => same_answer(answer, answered),
        (Decision::Altered(_), Said::Altered) | (Decision::Forked, Said::Forked) => true,
        (Decision::Newer, Said::Newer) => true,
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
        (
            Verdict::Conflicted { conflict, depends_on },
            Ruling::Conflicted { conflict: other, depends_on: their },
        ) => conflict == other && depends_on == their,
        _ => false,
    }
}

fn same_settled(server: &Server, plan: &Plan, settled: &[Settled]) -> bool {
    let mut own: Vec<_> = plan
        .settled
        .iter()
        .map(|(line, it)| {
            let state = format!("{:?}", it.state);
            let code = it.refusal.as_ref().map(|refusal| refusal.code);
            (it.op_id, server.device(*line), it.seq, it.version, state, it.by, it.conflict, code)
        })
        .collect();
    let mut theirs: Vec<_> = settled
        .iter()
        .map(|it| {
            let state = format!("{:?}", it.state);
            (it.op_id, it.device, it.seq, it.version, state, it.by, it.conflict, it.code)
        })
        .collect();
    own.sort_by_key(|it| it.0);
    theirs.sort_by_key(|it| it.0);
    own == theirs
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
                    && part.held == effect.held
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
        Outcome::LostToEdit(stamp) => Fate::LostToEdit(author(stamp)),
        Outcome::LostToChoice(stamp) => Fate::LostToChoice(author(stamp)),
        Outcome::Superseded(stamp) => Fate::Superseded(author(stamp)),
        Outcome::NotUndone(stamp) => Fate::NotUndone(author(stamp)),
    }
}

/// Whether the server holds what the reference finds in its list.
pub fn on_records(schema: &Schema, server: &Server, reference: &Reference<'_>) -> Result<(), String> {
    let expected = reference.history.records(NOW);
    let own = || server.records.iter().filter(|((of, _), _)| !schema.types[*of].system);
    let same = expected.len() == own().count()
        && own().all(|((of, id), record)| {
            expected.get(&(schema.types[*of].name.as_str(), *id)).is_some_and(|held| {
                held.version == record.version && held.deleted == record.deleted && held.row == record.row
            })
        });
    match same && server.head == reference.history.head() {
        true => Ok(()),
        false => Err(format!("there is {:?}\nbut the reference has {expected:?}", server.records)),
    }
}

/// Whether the conflicts that wait or waited, and the gap list, are those that the reference finds.
pub fn on_conflicts(schema: &Schema, server: &Server, reference: &Reference<'_>) -> Result<(), String> {
    let (conflict, gap) = (Conflict::place(schema), Conflict::place(schema) + 1);
    let rows = |of| server.records.iter().filter(move |((their, _), record)| *their == of && !record.deleted);
    let own: BTreeMap<OpId, String> = rows(conflict)
        .map(|((_, id), record)| {
            let read = Conflict::read(schema, &record.row).expect("a conflict reads back");
            (id.as_op(), seen(schema, &read))
        })
        .collect();
    let theirs: BTreeMap<OpId, String> =
        reference.conflicts().into_iter().map(|(id, it)| (id, expected(&it))).collect();
    let text = |value: &Value| json::write(value).trim_matches('"').to_owned();
    let own_gaps: BTreeSet<_> = rows(gap)
        .map(|(_, record)| (text(&record.row[0]), text(&record.row[1]), text(&record.row[2])))
        .collect();
    let their_gaps: BTreeSet<_> = reference.gaps().into_iter().collect();
    match own == theirs && own_gaps == their_gaps {
        true => Ok(()),
        false => Err(format!(
            "conflicts are {own:#?}\nbut the reference has {theirs:#?}\ngaps {own_gaps:?} and {their_gaps:?}"
        )),
    }
}

/// Whether everybody is what the reference reads in its list.
pub fn on_people(server: &Server, reference: &Reference<'_>) -> Result<(), String> {
    let last: BTreeMap<_, _> = server.access.iter().map(|((user, _), access)| (*user, access)).collect();
    let told = reference.history.events.iter().map(|event| event.user).chain(last.keys().copied());
    for user in told.collect::<BTreeSet<_>>() {
        let own = last.get(&user).map(|access| Person {
            role: access.role.to_string(),
            grants: access
                .grants
                .iter()
                .map(|grant| (grant.scope.to_string(), grant.role.to_string()))
                .collect(),
        });
        let theirs = reference.person(user);
        if own != theirs {
            return Err(format!("{user} is {own:?}\nbut the reference says {theirs:?}"));
        }
    }
    Ok(())
}

fn seen(schema: &Schema, it: &Conflict) -> String {
    let unit = |unit: &UnitRow| {
        let sides =
            [&unit.theirs, &unit.mine].map(|side| sorted(side.as_ref().map(|fields| fields.0.clone())));
        let name = &schema.types[unit.of].name;
        format!("{name} {} {:?} {} {} {}", unit.id, unit.unit, word(unit.kind), sides[0], sides[1])
    };
    let units: Vec<_> = it.units.iter().map(unit).collect();
    format!("{} {} {} {units:#?}", it.state, it.pair, it.held)
}

fn expected(it: &ConflictSeen) -> String {
    let unit = |unit: &UnitSeen| {
        let sides = [&unit.theirs, &unit.mine].map(|side| {
            sorted(side.as_ref().map(|map| map.iter().map(|(k, v)| (k.to_string(), v.clone())).collect()))
        });
        format!("{} {} {:?} {} {} {}", unit.of, unit.id, unit.unit, unit.kind, sides[0], sides[1])
    };
    let units: Vec<_> = it.units.iter().map(unit).collect();
    format!("{} {} {} {units:#?}", it.state, it.pair, it.held)
}

fn sorted(fields: Option<Vec<(String, Json)>>) -> String {
    let Some(mut fields) = fields else { return "gone".to_owned() };
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    json::write(&Json::Object(fields))
}
