//! Ops that wait for a person, and what a decision makes of them.

use fieldbook_device_store::{OpState, Side, Wish};
use fieldbook_model::planted::Defect;
use fieldbook_model::schema::RESOLVE;
use fieldbook_model::{Code, Json, OpId, Payload, SealedOp, Version};
use fieldbook_protocol::push::Pushed;
use fieldbook_protocol::{PushRequest, Verdict};
use fieldbook_sim::World;
use fieldbook_sim::world::Doing;

use crate::tools::{
    A, B, C, act, away, back, code, does, entry, meet, needs, open, refused, resolve, shop, shows, state,
    undo, value,
};

const TWO: &str = r#"[{"update":"product","id":"$1","set":{"price":"2.00"}}]"#;
const THREE: &str = r#"[{"update":"product","id":"$1","set":{"price":"3.00"}}]"#;
const FOUR: &str = r#"[{"update":"product","id":"$1","set":{"price":"4.00"}}]"#;

/// A shop where A's price of 2.00 waits beside B's 3.00.
fn disagreement() -> (World, OpId) {
    let mut world = shop();
    let held = meet(&mut world, A, TWO, B, THREE);
    (world, held.op_id)
}

/// "Theirs" decides about the price. The sale that came with it counts.
#[test]
fn rule_07_theirs_keeps_the_sale() {
    needs(Defect::TheirsDropsTheOp, || {
        let mut world = shop();
        let sale = r#"[{"insert":"line","id":"$2","fields":{"product":"$1","amount":"2"}},
            {"update":"product","id":"$1","add":{"stock":-2},"set":{"price":"2.00"}}]"#;
        let held = meet(&mut world, A, sale, B, THREE);
        assert_eq!(state(&mut world, A, held.seq), OpState::Conflicted);
        assert!(shows(&mut world, A, r#""stock":10"#), "nothing of a held op is shown");
        resolve(&mut world, B, held.op_id, Wish::Theirs);
        world.settle();
        for part in [r#""stock":8"#, r#""price":"3.00""#, r#""amount":"2.000""#] {
            assert!(shows(&mut world, C, part), "{part}");
        }
        assert_eq!(state(&mut world, A, held.seq), OpState::Committed);
    });
}

/// The first op was decided about; the one that came after it on the same device is not asked about again.
#[test]
fn rule_09_mine_lets_the_whole_chain_through() {
    needs(Defect::DependentsReopen, || {
        let mut world = shop();
        away(&mut world, A);
        let first = act(&mut world, A, TWO);
        let second = act(&mut world, A, FOUR);
        act(&mut world, B, THREE);
        world.play_for(3_000);
        back(&mut world, A);
        assert_eq!(open(&mut world, C)[0].held, 2);
        resolve(&mut world, C, first.op_id, Wish::Mine);
        world.settle();
        assert!(open(&mut world, C).is_empty(), "{:?}", open(&mut world, C));
        assert!(shows(&mut world, C, r#""price":"4.00""#), "the end of the chain");
        assert_eq!(state(&mut world, A, second.seq), OpState::Committed);
    });
}

/// What a held op meets only later, and nobody has decided about, refuses the resolution.
#[test]
fn rule_10_a_resolution_looks_at_the_whole_op_again() {
    needs(Defect::ResolutionSeesItsUnitsOnly, || {
        let mut world = shop();
        let both = r#"[{"insert":"customer","id":"$2","fields":{"code":"X"}},
            {"update":"product","id":"$1","set":{"price":"2.00"}}]"#;
        let held = meet(&mut world, A, both, B, THREE);
        // Another customer of that code, who touches nothing that waits.
        act(&mut world, B, r#"[{"insert":"customer","id":"$3","fields":{"code":"X"}}]"#);
        world.play_for(3_000);
        let resolution = resolve(&mut world, C, held.op_id, Wish::Mine);
        world.settle();
        assert_eq!(code(&mut world, C, resolution.seq), Some(Code::MovedOn));
        let units: Vec<String> = open(&mut world, C)[0].units.iter().map(|unit| unit.kind.clone()).collect();
        assert_eq!(units, ["edit", "unique"], "both are listed now");
        resolve(&mut world, C, held.op_id, Wish::Mine);
        world.settle();
        assert_eq!(state(&mut world, A, held.seq), OpState::Committed);
    });
}

/// What else happens to the record does not spoil a decision about its price.
#[test]
fn rule_26_a_decision_is_about_its_units_and_not_the_record() {
    needs(Defect::ResolutionComparesRecords, || {
        let (mut world, conflict) = disagreement();
        away(&mut world, C);
        let resolution = resolve(&mut world, C, conflict, Wish::Mine);
        act(
            &mut world,
            B,
            r#"[{"update":"product","id":"$1","set":{"name":"green tea"},"add":{"stock":-1}}]"#,
        );
        world.play_for(3_000);
        back(&mut world, C);
        world.settle();
        assert_eq!(state(&mut world, C, resolution.seq), OpState::Committed);
        assert!(shows(&mut world, B, r#""price":"2.00""#) && shows(&mut world, B, "green tea"));
    });
}

/// Who has the conflict on the screen and edits the record anew is not drawn into it.
#[test]
fn rule_27_a_new_edit_of_a_held_record_stands_alone() {
    needs(Defect::HeldRecordSwallows, || {
        let (mut world, conflict) = disagreement();
        let edit = act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"green tea"}}]"#);
        let again = act(&mut world, A, FOUR);
        world.settle();
        assert_eq!(state(&mut world, A, edit.seq), OpState::Committed);
        assert_eq!(
            state(&mut world, A, again.seq),
            OpState::Committed,
            "theirs was seen, so this is no clash"
        );
        let open = open(&mut world, B);
        assert_eq!((open[0].id, open[0].held), (conflict, 1));
        let theirs = open[0].units[0].theirs.clone().expect("a price");
        assert_eq!(
            theirs.find("price"),
            Some(&Json::Text("4.00".into())),
            "the pair is what is in force now"
        );
    });
}

/// The same question gets the first answer, also after the conflict was settled.
#[test]
fn rule_38_the_first_answer_never_changes() {
    needs(Defect::AnswerFollowsState, || {
        let (mut world, conflict) = disagreement();
        resolve(&mut world, B, conflict, Wish::Mine);
        world.settle();
        let (text, op) =
            world.devices[A].promised.iter().find(|(_, op)| op.op_id == conflict).expect("A's op").clone();
        let sealed = SealedOp::open(text).expect("an op");
        let push = PushRequest {
            standing: op.seen.into(),
            branch: None,
            gap: None,
            ops: vec![Pushed::Whole(Box::new(sealed))],
        };
        let id = world.devices[A].id;
        let reply = world.server.push(vec![(id, push)], world.wall(), false).remove(0).expect("a reply");
        assert!(matches!(reply.answers[0].verdict, Verdict::Conflicted { .. }), "{reply:?}");
        let seq = op.seq;
        assert_eq!(state(&mut world, A, seq), OpState::Committed, "what became of it came with a page");
    });
}

/// "Mine" about a record that was deleted meanwhile brings it back and writes.
#[test]
fn rule_45_mine_revives_what_was_deleted() {
    needs(Defect::MineStaysDeleted, || {
        let (mut world, conflict) = disagreement();
        act(&mut world, B, r#"[{"delete":"product","id":"$1"}]"#);
        world.settle();
        assert!(!shows(&mut world, C, "tea"));
        resolve(&mut world, C, conflict, Wish::Mine);
        world.settle();
        assert!(shows(&mut world, A, r#""price":"2.00""#));
    });
}

/// Two conflicts on one unit: settling one shows in the other, and who had not seen that is told.
#[test]
fn rule_46_settling_one_conflict_refreshes_the_other() {
    needs(Defect::PairStays, || {
        let mut world = shop();
        away(&mut world, A);
        away(&mut world, C);
        let first = act(&mut world, A, TWO);
        let second = act(&mut world, C, FOUR);
        act(&mut world, B, THREE);
        world.play_for(3_000);
        back(&mut world, A);
        back(&mut world, C);
        assert_eq!(open(&mut world, B).len(), 2);
        away(&mut world, A);
        let stale = resolve(&mut world, A, second.op_id, Wish::Mine);
        resolve(&mut world, B, first.op_id, Wish::Mine);
        world.play_for(3_000);
        back(&mut world, A);
        assert_eq!(code(&mut world, A, stale.seq), Some(Code::MovedOn));
        let left = open(&mut world, C);
        let theirs = left[0].units[0].theirs.clone().expect("a price");
        assert_eq!((left.len(), theirs.find("price")), (1, Some(&Json::Text("2.00".into()))));
        resolve(&mut world, B, second.op_id, value("price", "5.00"));
        world.settle();
        assert!(shows(&mut world, A, r#""price":"5.00""#) && open(&mut world, A).is_empty());
    });
}

/// What somebody built upon a decision of their own that came too late waits with the conflict.
#[test]
fn rule_47_what_was_built_upon_a_late_decision_waits() {
    needs(Defect::RefusedResolutionRejects, || {
        let (mut world, conflict) = disagreement();
        away(&mut world, C);
        let late = resolve(&mut world, C, conflict, Wish::Mine);
        let built = act(&mut world, C, r#"[{"update":"product","id":"$1","set":{"name":"dear tea"}}]"#);
        act(&mut world, B, FOUR);
        world.play_for(3_000);
        back(&mut world, C);
        world.settle();
        assert_eq!(code(&mut world, C, late.seq), Some(Code::MovedOn));
        assert_eq!(state(&mut world, C, built.seq), OpState::Conflicted);
        assert_eq!(entry(&mut world, C, built.seq).conflict, Some(conflict));
        resolve(&mut world, B, conflict, Wish::Theirs);
        world.settle();
        assert_eq!(state(&mut world, C, built.seq), OpState::Committed);
        assert!(shows(&mut world, A, "dear tea"));
    });
}

/// A conflict about a contract is the owner's; whoever else decides is refused, on the device and by the server.
#[test]
fn rule_50_a_type_names_who_may_settle_its_conflicts() {
    needs(Defect::AnybodyResolves, || {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"contract","id":"$2","fields":{"title":"lease"}}]"#);
        world.play_for(3_000);
        let title = |text: &str| format!(r#"[{{"update":"contract","id":"$2","set":{{"title":"{text}"}}}}]"#);
        let held = meet(&mut world, B, &title("rent"), C, &title("loan"));
        let doing = Doing::Resolve(held.op_id, Wish::Mine);
        assert_eq!(refused(&mut world, B, doing), Code::NoPermission);
        assert_eq!(told(&mut world, held.op_id), Some(Code::NoPermission));
    });
}

/// What the server says to B, whose device sends a decision all the same.
fn told(world: &mut World, conflict: OpId) -> Option<Code> {
    let pair = open(world, B)[0].pair;
    let (text, last) = world.devices[B].promised.last().expect("an op of B").clone();
    let choices = format!(
        r#"{{"resolves":{{"conflict":"{conflict}","pair":{pair},"choices":[{{"type":"contract","id":"{}","unit":"title","take":"mine"}}]}}}}"#,
        crate::tools::id(2)
    );
    let payload: Payload = fieldbook_model::json::parse(&choices).expect("a payload");
    let op_id = OpId::v7(5, [9; 10]);
    let sealed = SealedOp::seal(fieldbook_model::Op {
        op_id,
        seq: last.seq.next(),
        action: RESOLVE.into(),
        payload,
        idempotency_key: op_id.to_string(),
        previous: SealedOp::open(text).expect("an op").hash,
        ..(*last).clone()
    });
    let push = PushRequest {
        standing: last.seen.into(),
        branch: None,
        gap: None,
        ops: vec![Pushed::Whole(Box::new(sealed))],
    };
    let (id, wall) = (world.devices[B].id, world.wall());
    let reply = world.server.push(vec![(id, push)], wall, false).remove(0).expect("a reply");
    match &reply.answers[0].verdict {
        Verdict::Rejected { refusal, .. } => Some(refusal.code),
        _ => None,
    }
}

/// A's two prices and C's delete wait in one conflict. A takes the first back: the second meets B's price, and in the same moment the
/// product is deleted. The second still waits about its price, so that somebody can decide.
#[test]
fn what_waits_by_itself_keeps_its_clash_whatever_follows() {
    let mut world = shop();
    away(&mut world, A);
    let first = act(&mut world, A, TWO);
    let second = act(&mut world, A, FOUR);
    act(&mut world, B, THREE);
    world.play_for(3_000);
    back(&mut world, A);
    away(&mut world, C);
    resolve(&mut world, C, first.op_id, Wish::Theirs);
    let gone = act(&mut world, C, r#"[{"delete":"product","id":"$1"}]"#);
    act(&mut world, B, r#"[{"update":"product","id":"$1","set":{"price":"5.00"}}]"#);
    world.play_for(3_000);
    back(&mut world, C);
    assert_eq!(state(&mut world, C, gone.seq), OpState::Conflicted);
    undo(&mut world, A, first.seq);
    world.play_for(3_000);
    assert_eq!(state(&mut world, C, gone.seq), OpState::Committed);
    let left = open(&mut world, B);
    let units: Vec<_> = left[0].units.iter().map(|unit| unit.unit.as_deref()).collect();
    assert_eq!((left[0].id, units), (second.op_id, vec![Some("price")]));
    resolve(&mut world, B, second.op_id, Wish::Mine);
    world.settle();
    assert!(shows(&mut world, C, r#""price":"4.00""#), "the decision brings it back");
}

/// Twenty edits behind one that waits are one card, settled together.
#[test]
fn rule_55_dependents_are_one_conflict() {
    needs(Defect::DependentsAreConflicts, || {
        let mut world = shop();
        away(&mut world, A);
        let first = act(&mut world, A, TWO);
        for n in 0..20 {
            act(&mut world, A, &format!(r#"[{{"update":"product","id":"$1","set":{{"name":"n{n}"}}}}]"#));
        }
        act(&mut world, B, THREE);
        world.play_for(3_000);
        back(&mut world, A);
        let cards = open(&mut world, B);
        assert_eq!((cards.len(), cards[0].held), (1, 21));
        resolve(&mut world, B, first.op_id, Wish::Theirs);
        world.settle();
        assert!(open(&mut world, B).is_empty() && shows(&mut world, C, "n19"));
    });
}

/// Three devices disagree with a fourth value: each waits in a conflict of its own, and each is settled by itself.
#[test]
fn three_devices_have_three_conflicts_on_one_record() {
    let mut world = World::new(1, 4, false);
    world.play_for(1_000);
    act(&mut world, A, r#"[{"insert":"product","id":"$1","fields":{"name":"tea"}}]"#);
    world.play_for(3_000);
    let mut held = Vec::new();
    for (device, price) in [(A, "1.00"), (C, "2.00"), (3, "3.00")] {
        away(&mut world, device);
        let price = format!(r#"[{{"update":"product","id":"$1","set":{{"price":"{price}"}}}}]"#);
        held.push(act(&mut world, device, &price).op_id);
    }
    act(&mut world, B, FOUR);
    world.play_for(3_000);
    [A, C, 3].into_iter().for_each(|device| back(&mut world, device));
    assert_eq!(open(&mut world, B).len(), 3);
    let alike = world.devices[B].store.alike(held[0]).expect("conflicts");
    assert_eq!(alike.len(), 2, "one decision can be given to all");
    for (conflict, wish) in held.into_iter().zip([Wish::Theirs, Wish::Mine, Wish::Theirs]) {
        resolve(&mut world, B, conflict, wish);
        world.settle();
    }
    assert!(open(&mut world, A).is_empty() && shows(&mut world, A, r#""price":"2.00""#));
}

/// Two conflicts, on price and on another product's: whichever is settled first, the end is the same.
#[test]
fn two_conflicts_are_settled_in_either_order() {
    for turned in [0, 1] {
        let mut world = shop();
        act(&mut world, A, r#"[{"insert":"product","id":"$2","fields":{"name":"jam"}}]"#);
        world.play_for(3_000);
        let other =
            |price: &str| format!(r#"[{{"update":"product","id":"$2","set":{{"price":"{price}"}}}}]"#);
        away(&mut world, A);
        let mut held = vec![act(&mut world, A, TWO).op_id, act(&mut world, A, &other("7.00")).op_id];
        act(&mut world, B, THREE);
        act(&mut world, B, &other("8.00"));
        world.play_for(3_000);
        back(&mut world, A);
        held.rotate_left(turned);
        for conflict in held {
            resolve(&mut world, C, conflict, Wish::Mine);
            world.play_for(3_000);
        }
        world.settle();
        assert!(shows(&mut world, B, r#""price":"2.00""#) && shows(&mut world, B, r#""price":"7.00""#));
    }
}

/// Two people decide offline. The first resolution stands, the second is told so and by whom.
#[test]
fn the_first_of_two_offline_decisions_stands() {
    let (mut world, conflict) = disagreement();
    away(&mut world, A);
    away(&mut world, C);
    let second = resolve(&mut world, A, conflict, Wish::Mine);
    let first = resolve(&mut world, C, conflict, Wish::Theirs);
    assert!(shows(&mut world, A, r#""price":"2.00""#) && shows(&mut world, C, r#""price":"3.00""#));
    back(&mut world, C);
    back(&mut world, A);
    world.settle();
    assert_eq!(state(&mut world, C, first.seq), OpState::Committed);
    let told = entry(&mut world, A, second.seq);
    assert_eq!(told.code, Some(Code::AlreadyResolved));
    assert!(told.words.expect("words").contains("user 2"));
    assert!(shows(&mut world, A, r#""price":"3.00""#));
}

/// A decision must be about each unit, and about nothing else.
#[test]
fn a_decision_names_every_unit() {
    let mut world = shop();
    act(&mut world, A, r#"[{"insert":"customer","id":"$2","fields":{}}]"#);
    world.play_for(3_000);
    let two = |price: &str, phone: &str| {
        format!(
            r#"[{{"update":"product","id":"$1","set":{{"price":"{price}"}}}},{{"update":"customer","id":"$2","set":{{"phone":"{phone}"}}}}]"#
        )
    };
    let held = meet(&mut world, A, &two("2.00", "a"), B, &two("3.00", "b"));
    assert_eq!(open(&mut world, C)[0].units.len(), 2);
    let half = Wish::Fields { values: vec![("price".into(), Json::Text("5.00".into()))], rest: None };
    assert_eq!(refused(&mut world, C, Doing::Resolve(held.op_id, half)), Code::WrongValue);
    let whole =
        Wish::Fields { values: vec![("price".into(), Json::Text("5.00".into()))], rest: Some(Side::Theirs) };
    resolve(&mut world, C, held.op_id, whole);
    world.settle();
    assert!(shows(&mut world, A, r#""price":"5.00""#) && shows(&mut world, A, r#""phone":"b""#));
}

/// Given up: the op is dropped with its data kept, and what depended on it is judged anew.
#[test]
fn a_discarded_op_lets_its_dependents_go_on() {
    let mut world = shop();
    away(&mut world, A);
    let dropped = act(&mut world, A, TWO);
    let after = act(&mut world, A, r#"[{"update":"product","id":"$1","set":{"name":"green tea"}}]"#);
    act(&mut world, B, THREE);
    world.play_for(3_000);
    back(&mut world, A);
    assert_eq!(refused(&mut world, B, Doing::Discard(dropped.op_id)), Code::NoPermission);
    does(&mut world, A, Doing::Discard(dropped.op_id));
    world.settle();
    assert_eq!(state(&mut world, A, dropped.seq), OpState::Discarded);
    assert_eq!(state(&mut world, A, after.seq), OpState::Committed);
    assert!(shows(&mut world, C, "green tea") && shows(&mut world, C, r#""price":"3.00""#));
    assert_eq!(entry(&mut world, A, dropped.seq).version, Some(Version(world.server.head().version.0)));
}
