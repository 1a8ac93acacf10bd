//! A part comes back to a device while something of it still waits there: step by step, without a network between device
//! and server.

use fieldbook_device_store::{Export, LogFilter, OpState};
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

/// A floor goes to another estate, of which Ben has just that floor.
fn moved(folder: &tempfile::TempDir) -> (SqliteStore, Device, Device) {
    let (mut server, mut ann, mut ben) = house(folder);
    ann.act(&filled(
        r#"[{"insert":"estate","id":"$7","fields":{"name":"other"}},
            {"insert":"building","id":"$8","fields":{"estate":"$7","name":"barn"}}]"#,
    ));
    for asset in ["$0", "$9"] {
        let changes =
            format!(r#"[{{"insert":"asset","id":"{asset}","fields":{{"floor":"$4","name":"fan"}}}}]"#);
        ann.act(&filled(&changes));
    }
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
