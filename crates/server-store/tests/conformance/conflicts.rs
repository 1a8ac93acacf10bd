//! Ops that wait for a person, through the store: what is written, what a page brings, what a settlement leaves.

use std::ops::ControlFlow;

use fieldbook_model::op::Take;
use fieldbook_model::{Fields, Json, SealedOp, Version, json};
use fieldbook_protocol::SettledState;
use fieldbook_protocol::export::ExportLine;
use fieldbook_server_store::{Exported, Stretch, Why};

use crate::builder::{Device, add, delete, end, insert, product, record, tell};
use crate::world::{ALL, Make, World, at, find};

/// One customer whom two devices call by other numbers: A at version 2 is in force, B's op at 3 waits.
struct Meeting {
    world: World,
    a: Device,
    b: Device,
    held: SealedOp,
}

impl Meeting {
    fn new(make: Make) -> Self {
        let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
        let made = a.op([insert("customer", 1, [("phone", "030".into())]), product(1, "Chai")]);
        assert_eq!(world.verdict(&a, &made), "committed");
        let theirs = a.op([tell(1, 1, "phone", "040")]);
        assert_eq!(world.verdict(&a, &theirs), "committed");
        let held = b.saw(1).op([tell(1, 1, "phone", "050"), add(1, 1, -2)]);
        assert_eq!(world.verdict(&b, &held), "conflicted");
        Self { world, a, b, held }
    }

    fn phone(&self) -> Option<Json> {
        self.world.field("customer", 1, "phone")
    }

    /// `state pair held: unit kind base|theirs|mine …` of the conflict of an op.
    fn conflict(&self, op: &SealedOp) -> String {
        let start = format!(r#"{{"type":"conflict","id":"{}","#, op.op.op_id);
        let line = self.world.export().into_iter().find(|line| line.starts_with(&start)).expect("a conflict");
        let fields = find(&json::parse(&line).unwrap(), "fields").unwrap();
        let text = |name: &str| json::write(&find(&fields, name).unwrap()).replace('"', "");
        let Some(Json::List(units)) = find(&fields, "units") else { panic!("{line}") };
        let part =
            |unit: &Json, name: &str| json::write(&find(unit, name).unwrap_or(Json::Null)).replace('"', "");
        let unit = |unit: &Json| {
            let [name, kind, base, theirs, mine] =
                ["unit", "kind", "base", "theirs", "mine"].map(|name| part(unit, name));
            format!("{name} {kind} {base}|{theirs}|{mine}")
        };
        let units: Vec<_> = units.iter().map(unit).collect();
        format!("{} {} {}: {}", text("state"), text("pair"), text("held"), units.join("; "))
    }

    fn settlements(&self, device: &Device, from: u64) -> Vec<(u64, SettledState)> {
        let page = self.world.page_of(device, at(from), ALL);
        page.settled.iter().map(|settled| (settled.seq.0, settled.state)).collect()
    }
}

pub fn a_held_op_changes_nothing_and_its_conflict_is_a_record(make: Make) {
    let it = Meeting::new(make);
    assert_eq!(it.phone(), Some("040".into()));
    assert_eq!(it.world.field("product", 1, "stock"), Some(10.into()));
    assert_eq!(it.conflict(&it.held), "open 3 1: phone edit {phone:030}|{phone:040}|{phone:050}");
    let page = it.world.page(&it.a, 2);
    assert_eq!(page.types.iter().map(|ty| ty.of.as_str()).collect::<Vec<_>>(), ["conflict"]);
}

pub fn mine_writes_the_value_and_all_else_that_the_op_does(make: Make) {
    let mut it = Meeting::new(make);
    let resolution = it.a.saw(3).resolves(&it.held, 3, 1, Some("phone"), Take::Mine);
    assert_eq!(it.world.verdict(&it.a, &resolution), "committed");
    assert_eq!((it.phone(), it.world.field("product", 1, "stock")), (Some("050".into()), Some(8.into())));
    assert_eq!(it.settlements(&it.b, 3), [(1, SettledState::Committed)]);
    assert_eq!(it.settlements(&it.a, 3), []);
    let again = it.b.saw(4).resolves(&it.held, 3, 1, Some("phone"), Take::Theirs);
    assert_eq!(it.world.verdict(&it.b, &again), "already-resolved");
    // The first answer of the held op stays what it was.
    assert_eq!(it.world.verdict(&it.b, &it.held), "conflicted");
}

pub fn theirs_keeps_all_else_that_the_op_does(make: Make) {
    let mut it = Meeting::new(make);
    let resolution = it.b.saw(3).resolves(&it.held, 3, 1, Some("phone"), Take::Theirs);
    assert_eq!(it.world.verdict(&it.b, &resolution), "committed");
    assert_eq!((it.phone(), it.world.field("product", 1, "stock")), (Some("040".into()), Some(8.into())));
    let value = it.world.history("customer", 1);
    let last = value.last().unwrap();
    assert_eq!((last.op_id, last.settled_by), (it.held.op.op_id, Some(resolution.op.op_id)));
    assert_eq!(last.units[0].outcome, "lost-to-choice");
}

pub fn a_value_is_written_in_the_place_of_both(make: Make) {
    let mut it = Meeting::new(make);
    let value = Take::Value(Fields::from([("phone", "099".into())]));
    let resolution = it.a.saw(3).resolves(&it.held, 3, 1, Some("phone"), value);
    assert_eq!(it.world.verdict(&it.a, &resolution), "committed");
    assert_eq!(it.phone(), Some("099".into()));
    assert!(it.conflict(&it.held).starts_with("settled "));
}

pub fn dependents_wait_with_the_held_op_and_follow(make: Make) {
    let mut it = Meeting::new(make);
    let later = [it.b.op([tell(1, 1, "phone", "055")]), it.b.op([add(1, 1, -1)])];
    assert_eq!(it.world.verdict(&it.b, &later[0]), "dependent");
    assert_eq!(it.world.verdict(&it.b, &later[1]), "committed");
    assert_eq!(it.conflict(&it.held), "open 4 2: phone edit {phone:030}|{phone:040}|{phone:055}");
    let stale = it.a.saw(3).resolves(&it.held, 3, 1, Some("phone"), Take::Mine);
    assert_eq!(it.world.verdict(&it.a, &stale), "moved-on");
    let fresh = it.a.saw(6).resolves(&it.held, 4, 1, Some("phone"), Take::Mine);
    assert_eq!(it.world.verdict(&it.a, &fresh), "committed");
    assert_eq!((it.phone(), it.world.field("product", 1, "stock")), (Some("055".into()), Some(7.into())));
    assert_eq!(it.settlements(&it.b, 6), [(1, SettledState::Committed), (2, SettledState::Committed)]);
}

pub fn what_waits_is_told_by_device_until_it_is_settled(make: Make) {
    let mut it = Meeting::new(make);
    let dependent = it.b.op([tell(1, 1, "phone", "055")]);
    assert_eq!(it.world.verdict(&it.b, &dependent), "dependent");
    let [stuck] = it.world.reader().stuck().unwrap().try_into().unwrap();
    assert_eq!(
        (stuck.why, stuck.device, stuck.ops, stuck.conflicts),
        (Why::Conflict, it.b.principal.device, 2, 1)
    );
    let name = stuck.name.as_str();
    assert!(!name.is_empty() && stuck.since.0 > 0, "{stuck:?}");
    let decided = it.a.saw(4).resolves(&it.held, 4, 1, Some("phone"), Take::Mine);
    assert_eq!(it.world.verdict(&it.a, &decided), "committed");
    assert_eq!(it.world.reader().stuck().unwrap(), []);
}

pub fn a_resolution_that_was_overtaken_gets_the_fresh_pair(make: Make) {
    let mut it = Meeting::new(make);
    let newer = it.a.saw(3).op([tell(1, 3, "phone", "041")]);
    assert_eq!(it.world.verdict(&it.a, &newer), "committed");
    assert_eq!(it.conflict(&it.held), "open 4 1: phone edit {phone:030}|{phone:041}|{phone:050}");
    let unrelated = it.a.saw(4).op([tell(1, 4, "note", "x")]);
    assert_eq!(it.world.verdict(&it.a, &unrelated), "committed");
    let stale = it.b.saw(3).resolves(&it.held, 3, 1, Some("phone"), Take::Mine);
    assert_eq!(it.world.verdict(&it.b, &stale), "moved-on");
    let built = it.b.op([tell(1, 3, "phone", "060")]);
    assert_eq!(it.world.verdict(&it.b, &built), "dependent");
}

pub fn an_op_that_is_given_up_closes_its_conflict(make: Make) {
    let mut it = Meeting::new(make);
    let discard = it.b.saw(3).discards(&it.held);
    assert_eq!(it.world.verdict(&it.b, &discard), "committed");
    assert!(it.conflict(&it.held).starts_with("discarded "));
    assert_eq!(it.settlements(&it.b, 3), [(1, SettledState::Discarded)]);
    assert_eq!(it.world.field("product", 1, "stock"), Some(10.into()));
    let again = it.b.discards(&it.held);
    assert_eq!(it.world.verdict(&it.b, &again), "not-held");
}

pub fn an_undo_withdraws_what_is_held_and_takes_back_what_happened(make: Make) {
    let mut it = Meeting::new(make);
    let undo = it.b.undoes(&it.held);
    assert_eq!(it.world.verdict(&it.b, &undo), "committed");
    assert!(it.conflict(&it.held).starts_with("withdrawn "));
    let sale = it.b.saw(4).op([add(1, 4, -3), tell(1, 4, "note", "sold")]);
    assert_eq!(it.world.verdict(&it.b, &sale), "committed");
    let other = it.a.saw(4).op([add(1, 4, -1)]);
    assert_eq!(it.world.verdict(&it.a, &other), "committed");
    let undo = it.b.undoes(&sale);
    assert_eq!(it.world.verdict(&it.b, &undo), "committed");
    assert_eq!(it.world.field("product", 1, "stock"), Some(9.into()));
    assert_eq!(it.world.field("customer", 1, "note"), Some(Json::Null));
    let redo = it.b.undoes(&undo);
    assert_eq!(it.world.verdict(&it.b, &redo), "committed");
    assert_eq!(it.world.field("product", 1, "stock"), Some(6.into()));
    assert_eq!(it.world.field("customer", 1, "note"), Some("sold".into()));
    let not_ours = it.a.undoes(&sale);
    assert_eq!(it.world.verdict(&it.a, &not_ours), "unknown-op");
}

pub fn two_records_of_one_key_meet_and_may_both_stay(make: Make) {
    let (mut world, mut a, mut b) = (World::new(make), Device::new(1), Device::new(2));
    let first = a.op([insert("customer", 1, [("code", "X".into())])]);
    let second = b.op([insert("customer", 2, [("code", "X".into())])]);
    assert_eq!(world.verdict(&a, &first), "committed");
    assert_eq!(world.verdict(&b, &second), "conflicted");
    let knowing = a.saw(2).op([insert("customer", 3, [("code", "X".into())])]);
    assert_eq!(world.verdict(&a, &knowing), "committed");
    let both = a.saw(4).resolves(&second, 4, 2, None, Take::Mine);
    let answer = world.verdict(&a, &both);
    let pair = if answer == "committed" { None } else { Some(answer) };
    assert_eq!(pair.as_deref(), Some("moved-on"), "the pair is the one of version 2");
    let both = a.resolves(&second, 2, 2, None, Take::Mine);
    assert_eq!(world.verdict(&a, &both), "committed");
    assert_eq!(world.field("customer", 2, "code"), Some("X".into()));
}

pub fn an_owner_that_refuses_stays_while_it_has_children(make: Make) {
    let (mut world, mut a) = (World::new(make), Device::new(1));
    let owner = record(1).to_string();
    let bill =
        |n, number: &str| insert("bill", n, [("customer", owner.as_str().into()), ("number", number.into())]);
    let ops = [
        a.op([insert("customer", 1, [("phone", "1".into())]), bill(5, "A-1")]),
        a.op([end("customer", 1, 1)]),
        a.op([bill(6, "A-2"), delete(9, 1)]),
    ];
    assert_eq!(world.verdict(&a, &ops[0]), "committed");
    assert_eq!(world.verdict(&a, &ops[1]), "has-children");
    assert_eq!(world.verdict(&a, &ops[2]), "unknown-record");
    // Its number is used up: it stands in the gap list, until it is made after all.
    let gaps = |world: &World| {
        let lines = world.export();
        lines.iter().filter(|line| line.starts_with(r#"{"type":"gap""#)).count()
    };
    assert_eq!(gaps(&world), 1);
    let again = a.saw(3).replaces(&ops[2], [bill(6, "A-2")]);
    assert_eq!(world.verdict(&a, &again), "committed");
    assert_eq!(gaps(&world), 0);
    let page = world.page(&a, 3);
    assert_eq!(page.settled.iter().map(|it| it.state).collect::<Vec<_>>(), [SettledState::Replaced]);
}

pub fn an_export_tells_every_change_once_as_the_histories_do_and_every_open_conflict(make: Make) {
    let mut it = Meeting::new(make);
    let dependent = it.b.op([tell(1, 1, "phone", "055")]);
    let second = it.b.op([tell(1, 1, "note", "mine")]);
    let refused = it.b.op([delete(9, 1)]);
    for (op, verdict) in [(&dependent, "dependent"), (&second, "dependent"), (&refused, "unknown-record")] {
        assert_eq!(it.world.verdict(&it.b, op), verdict);
    }
    let given = |it: &Meeting, kind: Exported| {
        let mut lines = Vec::new();
        let mut take = |what, line: String| {
            lines.extend((what == kind).then_some(line));
            ControlFlow::Continue(())
        };
        it.world.reader().export_for(&it.a.principal, &mut take).unwrap();
        lines
    };
    let told = |it: &Meeting| {
        let types = ["product", "customer", "bill", "payment", "note"];
        let records = types.into_iter().flat_map(|of| (1..10).map(move |n| (of, n)));
        let lines = records
            .flat_map(|(of, n)| it.world.history(of, n))
            .map(|line| ExportLine::Change(Box::new(line)));
        let mut lines: Vec<_> = lines.map(|line| json::write(&line)).collect();
        lines.sort();
        lines
    };
    let check = |it: &Meeting, open: usize| {
        let mut changes = given(it, Exported::Change);
        changes.sort();
        assert_eq!(changes, told(it));
        let conflicts = given(it, Exported::Conflict);
        assert_eq!(conflicts.len(), open, "{conflicts:?}");
        let all = it.world.export();
        assert!(conflicts.iter().all(|line| all.contains(line)), "{conflicts:?}");
        changes.len()
    };
    // Waiting, then done with a decision, taken back, deleted, forgotten; and one that is given up.
    assert_eq!(check(&it, 1), 8);
    let decided = it.a.saw(6).resolves(&it.held, 4, 1, Some("phone"), Take::Mine);
    assert_eq!(it.world.verdict(&it.a, &decided), "committed");
    check(&it, 0);
    let undo = it.b.saw(7).undoes(&it.held);
    assert_eq!(it.world.verdict(&it.b, &undo), "committed");
    let late = it.b.op([tell(1, 1, "phone", "060")]);
    assert_eq!(it.world.verdict(&it.b, &late), "conflicted");
    check(&it, 1);
    let discard = it.b.saw(9).discards(&late);
    assert_eq!(it.world.verdict(&it.b, &discard), "committed");
    let gone = it.a.op([delete(1, 9)]);
    assert_eq!(it.world.verdict(&it.a, &gone), "committed");
    let before = check(&it, 0);
    it.world.forget();
    assert_eq!(check(&it, 0), before, "what was forgotten keeps its history");
}

pub fn what_waited_is_told_last_where_it_was_decided_in_the_name_of_its_author(make: Make) {
    let mut it = Meeting::new(make);
    let told = |it: &Meeting| {
        let stretch = Stretch { within: None, after: Version(0), before: None, changes_max: 100 };
        let told = it.world.reader().timeline_for(&it.a.principal, &stretch).unwrap();
        told.entries.into_iter().map(|entry| (entry.version.0, entry.op_id)).collect::<Vec<_>>()
    };
    let before: Vec<u64> = told(&it).into_iter().map(|(version, _)| version).collect();
    assert_eq!(before, [2, 1], "what waits has not happened");
    let refused = it.b.op([delete(9, 1)]);
    assert_eq!(it.world.verdict(&it.b, &refused), "unknown-record");
    let decided = it.a.saw(4).resolves(&it.held, 3, 1, Some("phone"), Take::Mine);
    assert_eq!(it.world.verdict(&it.a, &decided), "committed");
    let after = told(&it);
    assert_eq!(after[0], (5, it.held.op.op_id), "{after:?}");
    assert_eq!(after.iter().map(|(version, _)| *version).collect::<Vec<_>>(), [5, 2, 1]);
}
