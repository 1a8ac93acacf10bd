//! What the histories are told with.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fieldbook_device_store::{
    ActError, Acted, Action, Asks, Conflict, Export, LogEntry, LogFilter, OpState, Which, Wish,
};
use fieldbook_model::planted::{self, Defect};
use fieldbook_model::{Code, Json, OpId, RecordId, Scope, Seq, json};
use fieldbook_sim::World;
use fieldbook_sim::estate::estate;
use fieldbook_sim::people::action;
use fieldbook_sim::world::Doing;

/// The devices of a history.
pub const A: usize = 0;
pub const B: usize = 1;
pub const C: usize = 2;

/// Plays a history, which must hold; then without its rule, where it must not.
pub fn needs(defect: Defect, history: fn()) {
    history();
    let without = catch_unwind(AssertUnwindSafe(|| planted::with(defect, history)));
    assert!(without.is_err(), "nothing fails without {defect:?}");
}

/// A world of three devices without faults.
pub fn world() -> World {
    let mut world = World::new(1, 3, false);
    world.play_for(1_000);
    world
}

/// A record id that is easy to recognise.
pub fn id(number: u8) -> RecordId {
    RecordId::v7(1_000, [number; 10])
}

/// A device does something, in the JSON of an op's changes with `$n` for ids.
pub fn act(world: &mut World, device: usize, changes: &str) -> Acted {
    world.act(device, action(&filled(changes))).expect("the act fits")
}

/// As [`act`], under an action and an idempotency key.
pub fn act_as(world: &mut World, device: usize, name: &str, key: &str, changes: &str) -> Acted {
    let action = Action { action: name.into(), key: Some(key.into()), ..action(&filled(changes)) };
    world.act(device, action).expect("the act fits")
}

/// Changes with `$n` for ids.
pub fn filled(changes: &str) -> String {
    (0..=9).fold(changes.to_owned(), |text, n| text.replace(&format!("${n}"), &id(n).to_string()))
}

/// A product that all devices have: `$1`.
pub fn shop() -> World {
    let mut world = world();
    act(&mut world, A, r#"[{"insert":"product","id":"$1","fields":{"name":"tea","stock":10}}]"#);
    world.play_for(3_000);
    world
}

/// A floor as a part of its workspace.
pub fn floor(n: u8) -> Scope {
    Scope { of: "floor".into(), id: id(n) }
}

/// An estate as a part of its workspace.
pub fn estate_of(n: u8) -> Scope {
    Scope { of: "estate".into(), id: id(n) }
}

/// A world of two devices that have all of the estate `$1`, which A makes with these changes.
pub fn estate_with(changes: &str) -> World {
    let mut world = World::of(estate(), 1, 2, false);
    world.play_for(1_000);
    act(&mut world, A, changes);
    for device in [A, B] {
        world.load(device, &estate_of(1), true);
    }
    world.play_for(3_000);
    world
}

/// Whether a device has a record of the server's, shown or not.
pub fn has(world: &mut World, device: usize, record: RecordId) -> bool {
    let confirmed = world.devices[device].store.export(Export::Confirmed).expect("an export");
    confirmed.iter().any(|line| line.contains(&format!("\"id\":\"{record}\"")))
}

/// What became of an op on its device.
pub fn state(world: &mut World, device: usize, seq: Seq) -> OpState {
    entry(world, device, seq).state
}

/// An op in its device's log.
pub fn entry(world: &mut World, device: usize, seq: Seq) -> LogEntry {
    let filter = LogFilter { state: None, from: Some(seq), max: 1, newest_first: false };
    world.devices[device].store.log(filter).expect("the log").remove(0)
}

/// What a refused op was told.
pub fn code(world: &mut World, device: usize, seq: Seq) -> Option<Code> {
    entry(world, device, seq).code
}

/// A device is offline until [`back`].
pub fn away(world: &mut World, device: usize) {
    world.offline(device, 100_000_000);
}

/// A device is online again, and has said and heard everything.
pub fn back(world: &mut World, device: usize) {
    world.devices[device].offline_until_ms = 0;
    world.play_for(40_000);
}

/// Two people change one thing apart from each other: the other's change reaches the server first. Gives the op
/// that came second.
pub fn meet(world: &mut World, device: usize, mine: &str, other: usize, theirs: &str) -> Acted {
    away(world, device);
    let acted = act(world, device, mine);
    act(world, other, theirs);
    world.play_for(3_000);
    back(world, device);
    acted
}

/// The conflicts that a device shows as open.
pub fn open(world: &mut World, device: usize) -> Vec<Conflict> {
    world.devices[device].store.conflicts(Which::Open).expect("conflicts")
}

/// A device does something about earlier ops.
pub fn does(world: &mut World, device: usize, doing: Doing) -> Acted {
    world.does(device, doing).expect("it fits").remove(0)
}

/// A person decides about a conflict.
pub fn resolve(world: &mut World, device: usize, conflict: OpId, wish: Wish) -> Acted {
    does(world, device, Doing::Resolve(conflict, wish))
}

/// A person takes an op back, whatever came in between.
pub fn undo(world: &mut World, device: usize, seq: Seq) -> Acted {
    does(world, device, Doing::Undo(Some(seq), Asks::Anyway))
}

/// A person does again what was undone last.
pub fn redo(world: &mut World, device: usize) -> Acted {
    does(world, device, Doing::Redo(None, Asks::Anyway))
}

/// Why something is refused at once.
pub fn refused(world: &mut World, device: usize, doing: Doing) -> Code {
    match world.does(device, doing) {
        Err(ActError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

/// A wish for one field, and mine for the rest.
pub fn value(field: &str, value: &str) -> Wish {
    let values = vec![(field.to_owned(), Json::Text(value.to_owned()))];
    Wish::Fields { values, rest: Some(fieldbook_device_store::Side::Mine) }
}

/// The last line of a record's history on the server.
pub fn last_of(world: &mut World, of: &str, record: RecordId) -> String {
    let line = world.server.reader().history(of, record).expect("a history").pop().expect("a change");
    json::write(&line)
}

/// What a device shows of a type, as lines of an export.
pub fn shows(world: &mut World, device: usize, part: &str) -> bool {
    let export = world.devices[device].store.export(Export::Shown).expect("an export");
    // A conflict holds both values, whichever is in force.
    export.iter().any(|line| line.contains(part) && !line.starts_with(r#"{"type":"conflict""#))
}
