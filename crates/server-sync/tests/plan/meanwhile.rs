//! What an op meets that was made before something changed: a version of the schema that names a field otherwise, and a
//! history of which the server has lost the end.

use std::sync::Arc;

use fieldbook_model::chain::Hash;
use fieldbook_model::schema::{Field, Kind, Ladder, RecordType, Step, StepChange};
use fieldbook_model::{
    Change, Cursor, Epoch, Fields, Hlc, Limits, Op, Payload, Schema, SealedOp, Seq, Version,
};
use fieldbook_protocol::Verdict;
use fieldbook_protocol::push::Pushed;
use fieldbook_server_sync::{Decision, Epochs, Plan, Principal, Role, Workspace};

use crate::names;
use crate::server::{CLOCK, EPOCH, Server};

/// A version of a schema whose one field has a name.
fn named(version: u32, field: &str) -> Schema {
    let fields = vec![Field::new(field, Kind::Text { max: 20 })];
    Schema::new("shop", version, vec![RecordType::new("item", fields)], Vec::new())
}

fn by() -> Principal {
    let (user, device) = (names::user('A'), names::device('A'));
    Principal { user, device, workspace: names::HERE, role: Role::Member, name: "A".to_owned() }
}

/// An op of a version of the schema, whose author had seen something.
fn op(seq: u64, previous: Hash, schema: u32, seen: Cursor, change: Change) -> Pushed {
    Pushed::Whole(Box::new(SealedOp::seal(Op {
        op_id: names::op('A', seq as usize),
        workspace_id: names::HERE,
        user_id: names::user('A'),
        device_id: names::device('A'),
        seq: Seq(seq),
        action: "edit".into(),
        payload: Payload { changes: vec![change], about: None },
        idempotency_key: names::op('A', seq as usize).to_string(),
        created_at: CLOCK,
        hlc: Hlc { ms: 1, counter: seq as u16 },
        schema,
        seen,
        previous,
    })))
}

fn insert(field: &str) -> Change {
    let fields: Fields = [(field, "tea".into())].into();
    Change::Insert { of: "item".into(), id: names::record("r"), fields }
}

fn delete(id: &str) -> Change {
    Change::Delete { of: "item".into(), id: names::record(id), base: Version(1) }
}

/// What a server with these versions of the schema does with an op.
fn plan(server: &mut Server, schemas: &[Schema], epochs: &Epochs, pushed: &Pushed) -> Plan {
    let ladder = Ladder::new(schemas.iter().cloned().map(Arc::new).collect());
    let schema = schemas.last().expect("a version");
    let limits = Limits::default();
    let workspace =
        Workspace { schema, ladder: &ladder, limits: &limits, principal: &by(), epochs, now: CLOCK };
    match server.take_under(&workspace, pushed) {
        Decision::Fresh(plan) => *plan,
        other => panic!("no plan: {other:?}"),
    }
}

#[test]
fn an_op_of_an_older_version_writes_what_the_field_is_called_now() {
    let change = StepChange::RenameField { of: "item".into(), from: "word".into(), to: "name".into() };
    let after = Schema { steps: vec![Step { to: 2, change }], ..named(2, "name") };
    let epochs = Epochs::new(EPOCH, Vec::new());
    let seen = Cursor { epoch: EPOCH, version: Version::ZERO };
    let pushed = op(1, Hash::ZERO, 1, seen, insert("word"));
    let plan = plan(&mut Server::default(), &[named(1, "word"), after], &epochs, &pushed);
    assert_eq!(plan.answer.verdict, Verdict::Committed);
    assert_eq!(plan.writes.len(), 1);
    assert_eq!(plan.log.last_hash, pushed.hash(), "its bytes are what they were");
}

#[test]
fn an_op_on_a_record_that_was_lost_waits_for_it_alone() {
    let schema = [named(1, "word")];
    // The first history is the same as this one up to nothing, and its author had seen more of it.
    let epochs = Epochs::new(Epoch(2), vec![(Epoch(1), Version::ZERO)]);
    let seen = Cursor { epoch: Epoch(1), version: Version(5) };
    let mut server = Server::default();
    let pushed = op(1, Hash::ZERO, 1, seen, delete("lost"));
    let waits = plan(&mut server, &schema, &epochs, &pushed);
    let held = Verdict::Conflicted { conflict: pushed.op_id(), depends_on: None };
    assert_eq!(waits.answer.verdict, held, "its record may come still");
    let places: Vec<_> = waits.holds.iter().map(|hold| hold.lacks.len()).collect();
    assert_eq!(places, [1]);
    let knows = op(2, pushed.hash(), 1, Cursor { epoch: Epoch(2), version: Version::ZERO }, delete("none"));
    let refused = plan(&mut server, &schema, &epochs, &knows);
    let is_refused = matches!(refused.answer.verdict, Verdict::Rejected { .. });
    assert!(is_refused, "what its author never saw was never there: {:?}", refused.answer.verdict);
}
