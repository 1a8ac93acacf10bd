//! What the histories are told with.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fieldbook_device_store::{Acted, Action, LogFilter, OpState};
use fieldbook_model::planted::{self, Defect};
use fieldbook_model::{RecordId, Seq};
use fieldbook_sim::World;
use fieldbook_sim::people::action;

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

fn filled(changes: &str) -> String {
    (1..9).fold(changes.to_owned(), |text, n| text.replace(&format!("${n}"), &id(n).to_string()))
}

/// A product that all devices have: `$1`.
pub fn shop() -> World {
    let mut world = world();
    act(&mut world, A, r#"[{"insert":"product","id":"$1","fields":{"name":"tea","stock":10}}]"#);
    world.play_for(3_000);
    world
}

/// What became of an op on its device.
pub fn state(world: &mut World, device: usize, seq: Seq) -> OpState {
    let filter = LogFilter { state: None, from: Some(seq), max: 1, newest_first: false };
    world.devices[device].store.log(filter).expect("the log")[0].state
}

/// The last line of a record's history on the server.
pub fn last_of(world: &mut World, of: &str, record: RecordId) -> String {
    world.server.reader().history(of, record).expect("a history").pop().expect("a change")
}

/// What a device shows of a type, as lines of an export.
pub fn shows(world: &mut World, device: usize, part: &str) -> bool {
    let export =
        world.devices[device].store.export(fieldbook_device_store::Export::Shown).expect("an export");
    export.iter().any(|line| line.contains(part))
}
