//! A part comes back to a device while something of it still waits there: step by step, without a network between device
//! and server.

use fieldbook_device_store::{Asks, Export, LogFilter, OpState};
use fieldbook_model::Scope;
use fieldbook_server_store::SqliteStore;
use fieldbook_sim::estate::estate;
use fieldbook_sim::pair::{Device, WORKSPACE};

use crate::tools::{filled, floor, id};

/// A house with the floors `$3` and `$4`, the asset `$5` on the first, and its remark `$6`.
const HOUSE: &str = r#"[{"insert":"estate","id":"$1","fields":{"name":"estate"}},
    {"insert":"building","id":"$2","fields":{"estate":"$1","name":"house"}},
    {"insert":"floor","id":"$3","fields":{"building":"$2","name":"ground"}},
    {"insert":"floor","id":"$4","fields":{"building":"$2","name":"attic"}},
    {"insert":"asset","id":"$5","fields":{"floor":"$3","name":"pump"}},
    {"insert":"remark","id":"$6","fields":{"asset":"$5","text":"drips"}}]"#;

fn whole() -> Scope {
    Scope { of: "estate".into(), id: id(1) }
}

/// A server and two devices that have all of the house.
fn house(folder: &tempfile::TempDir) -> (SqliteStore, Device, Device) {
    let file = |name: &str| folder.path().join(name);
    let mut server = SqliteStore::create_clear(&file("server.db"), estate(), WORKSPACE).expect("a server");
    let [mut ann, mut ben] = [1, 2].map(|n| Device::create(&file(&format!("{n}.db")), n, estate()));
    ann.act(&filled(HOUSE));
    for device in [&mut ann, &mut ben] {
        device.store.load(&whole(), true).expect("a scope");
        device.sync(&mut server);
    }
    (server, ann, ben)
}

fn shows(device: &mut Device, record: u8) -> bool {
    let shown = device.store.export(Export::Shown).expect("an export");
    shown.iter().any(|line| line.contains(&format!("\"id\":\"{}\"", id(record))))
}

/// The part comes with the deletion, and the verdict after it.
#[test]
fn a_part_brings_the_end_of_what_was_deleted_here() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, _, mut ben) = house(&folder);
    ben.act(&filled(r#"[{"delete":"floor","id":"$4"}]"#));
    ben.store.unload(&whole()).expect("it is here");
    ben.store.load(&floor(3), false).expect("a scope");
    ben.push(&mut server).expect("it is taken");
    ben.load(&server);
    ben.pull(&server);
    assert!(shows(&mut ben, 3) && !shows(&mut ben, 4));
    ben.sync(&mut server);
    assert!(!shows(&mut ben, 4));
}

/// A part comes without what somebody deleted in it, and an unsent edit of that waits on.
#[test]
fn a_part_comes_without_what_waits_and_is_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, mut ann, mut ben) = house(&folder);
    let edit = ben.act(&filled(r#"[{"update":"remark","id":"$6","set":{"text":"mine"}}]"#));
    ben.store.unload(&whole()).expect("it is here");
    assert!(shows(&mut ben, 6), "what is not sent stays on the screen");
    ann.act(&filled(r#"[{"delete":"remark","id":"$6"}]"#));
    ann.sync(&mut server);
    ben.pull(&server);
    ben.store.load(&floor(3), false).expect("a scope");
    ben.load(&server);
    ben.pull(&server);
    assert!(shows(&mut ben, 5) && !shows(&mut ben, 6));
    ben.sync(&mut server);
    assert!(!shows(&mut ben, 6));
    let log = LogFilter { state: None, from: Some(edit.seq), max: 1, newest_first: false };
    let state = ben.store.log(log).expect("a log")[0].state;
    assert!(!matches!(state, OpState::Waiting), "{state:?}");
}

/// The same of what was deleted here too: the verdict says that it was deleted already, and brings nothing of it.
#[test]
fn a_part_ends_what_was_deleted_here_and_by_somebody_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, mut ann, mut ben) = house(&folder);
    ben.act(&filled(r#"[{"delete":"remark","id":"$6"}]"#));
    ben.store.unload(&whole()).expect("it is here");
    ann.act(&filled(r#"[{"delete":"remark","id":"$6"}]"#));
    ann.sync(&mut server);
    ben.pull(&server);
    ben.store.load(&floor(3), false).expect("a scope");
    ben.load(&server);
    ben.pull(&server);
    ben.sync(&mut server);
    assert!(shows(&mut ben, 5) && !shows(&mut ben, 6));
}

/// Two more assets on a floor, so that it comes in several pages.
fn furnish(ann: &mut Device, floor: &str) {
    for asset in ["$0", "$9"] {
        let changes =
            format!(r#"[{{"insert":"asset","id":"{asset}","fields":{{"floor":"{floor}","name":"fan"}}}}]"#);
        ann.act(&filled(&changes));
    }
}

/// A floor goes to another estate, of which Ben has just that floor.
fn moved(folder: &tempfile::TempDir) -> (SqliteStore, Device, Device) {
    let (mut server, mut ann, mut ben) = house(folder);
    ann.act(&filled(
        r#"[{"insert":"estate","id":"$7","fields":{"name":"other"}},
            {"insert":"building","id":"$8","fields":{"estate":"$7","name":"barn"}}]"#,
    ));
    furnish(&mut ann, "$4");
    ann.sync(&mut server);
    ann.store.load(&Scope { of: "estate".into(), id: id(7) }, true).expect("a scope");
    ann.load(&server);
    ann.pull(&server);
    ben.store.unload(&whole()).expect("it is here");
    ben.store.load(&floor(3), false).expect("a scope");
    ben.load(&server);
    ben.pull(&server);
    ann.act(&filled(r#"[{"update":"floor","id":"$3","set":{"building":"$8"}}]"#));
    ann.sync(&mut server);
    ben.pull(&server);
    assert!(shows(&mut ben, 5), "it moves with what lies on it");
    (server, ann, ben)
}

/// A floor is deleted here, and that is not sent yet when another floor of its first estate comes, with the news that it went.
#[test]
fn a_part_without_what_had_left_it_leaves_what_waits_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, _, mut ben) = moved(&folder);
    ben.act(&filled(r#"[{"delete":"floor","id":"$3"}]"#));
    assert!(!shows(&mut ben, 5), "its owner is deleted");
    ben.store.load(&floor(4), false).expect("a scope");
    ben.load_in_pages(&server);
    ben.pull(&server);
    assert!(shows(&mut ben, 4) && !shows(&mut ben, 5), "its owner is deleted still");
    ben.sync(&mut server);
    assert!(!shows(&mut ben, 5));
}

/// Ben's edits of a floor and of what stands on it wait when the floor is deleted. Ann brings it back and gives it to an estate of
/// which Ben has nothing: a part of its first estate tells that it went, and what stands on it is shown again.
#[test]
fn a_part_tells_that_what_was_deleted_lies_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, mut ann, mut ben) = house(&folder);
    furnish(&mut ann, "$4");
    ben.sync(&mut server);
    ben.act(&filled(r#"[{"update":"floor","id":"$3","set":{"name":"mine"}}]"#));
    ben.act(&filled(r#"[{"update":"asset","id":"$5","set":{"name":"mine"}}]"#));
    let deleted = ann.act(&filled(r#"[{"delete":"floor","id":"$3"}]"#));
    ann.sync(&mut server);
    ben.pull(&server);
    assert!(!shows(&mut ben, 5), "its floor is deleted");
    ben.store.unload(&whole()).expect("it is here");
    let moment = ann.moment();
    ann.store.undo(moment, Some(deleted.seq), Asks::Anyway).expect("an undo");
    ann.act(&filled(
        r#"[{"insert":"estate","id":"$7","fields":{"name":"other"}},
            {"insert":"building","id":"$8","fields":{"estate":"$7","name":"barn"}}]"#,
    ));
    ann.sync(&mut server);
    ann.store.load(&Scope { of: "estate".into(), id: id(7) }, true).expect("a scope");
    ann.load(&server);
    ann.pull(&server);
    ann.act(&filled(r#"[{"update":"floor","id":"$3","set":{"building":"$8"}}]"#));
    ann.sync(&mut server);
    ben.pull(&server);
    ben.store.load(&floor(4), false).expect("a scope");
    ben.load_in_pages(&server);
    ben.pull(&server);
    assert!(shows(&mut ben, 4) && !shows(&mut ben, 3) && shows(&mut ben, 5), "its floor is elsewhere");
    ben.sync(&mut server);
    assert!(!shows(&mut ben, 5), "it went with its floor");
}

/// What somebody deleted in a part that comes is still known when Ben brings it back, before the server says what it held.
#[test]
fn what_a_part_tells_to_be_deleted_can_be_brought_back_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, mut ann, mut ben) = house(&folder);
    ben.act(&filled(r#"[{"update":"remark","id":"$6","set":{"text":"mine"}}]"#));
    ben.store.unload(&whole()).expect("it is here");
    ann.act(&filled(r#"[{"delete":"remark","id":"$6"}]"#));
    ann.sync(&mut server);
    ben.pull(&server);
    ben.store.load(&floor(3), false).expect("a scope");
    ben.load_in_pages(&server);
    ben.pull(&server);
    assert!(shows(&mut ben, 5) && !shows(&mut ben, 6));
    ben.act(&filled(r#"[{"restore":"remark","id":"$6"}]"#));
    assert!(shows(&mut ben, 6), "it held something here");
    ben.sync(&mut server);
    assert!(shows(&mut ben, 6));
}

/// An asset came to the attic and went again, and Ben's edit of it waits: the attic without it leaves that on the screen.
#[test]
fn a_part_without_what_had_passed_through_leaves_what_waits_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, mut ann, mut ben) = house(&folder);
    furnish(&mut ann, "$4");
    ben.act(&filled(r#"[{"update":"asset","id":"$5","set":{"name":"mine"}}]"#));
    ben.store.unload(&whole()).expect("it is here");
    for floor in ["$4", "$3"] {
        ann.act(&filled(&format!(r#"[{{"update":"asset","id":"$5","set":{{"floor":"{floor}"}}}}]"#)));
        ann.sync(&mut server);
    }
    ben.pull(&server);
    ben.store.load(&floor(4), false).expect("a scope");
    ben.load_in_pages(&server);
    ben.pull(&server);
    assert!(shows(&mut ben, 4) && shows(&mut ben, 5), "what is not sent stays on the screen");
    ben.sync(&mut server);
    assert!(!shows(&mut ben, 5));
}

/// An asset is moved and deleted at once: the floor that it left does not bring it back, nor what lies on it.
#[test]
fn a_part_that_something_left_as_it_was_deleted_brings_nothing_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, mut ann, mut ben) = house(&folder);
    furnish(&mut ann, "$3");
    ben.act(&filled(r#"[{"update":"asset","id":"$5","set":{"name":"mine"}}]"#));
    ben.act(&filled(r#"[{"update":"remark","id":"$6","set":{"text":"mine"}}]"#));
    ann.act(&filled(r#"[{"update":"asset","id":"$5","set":{"floor":"$4"}},{"delete":"asset","id":"$5"}]"#));
    ann.sync(&mut server);
    ben.pull(&server);
    ben.store.unload(&whole()).expect("it is here");
    ben.store.load(&floor(3), false).expect("a scope");
    ben.load_in_pages(&server);
    ben.pull(&server);
    assert!(shows(&mut ben, 3) && !shows(&mut ben, 5) && !shows(&mut ben, 6));
    ben.sync(&mut server);
    assert!(!shows(&mut ben, 6));
}
