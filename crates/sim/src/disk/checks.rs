//! What must hold after a machine has started again, whatever its disk has lost.

use fieldbook_model::{DeviceId, Hash, Op, Version, json};
use fieldbook_server_store::Store as _;
use memchr::memmem;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs;

use super::course::Course;
use super::server::ask_again;
use super::stage::{Side, Stage, log};

/// Opens what is there and looks at all of it.
///
/// # Panics
/// When something does not hold.
pub fn check(stage: &mut Stage, course: &Course) {
    stage.open().unwrap_or_else(|trouble| panic!("it does not open again: {}", trouble.words));
    let is_there = match stage.side {
        Side::Device => stage.device.is_some(),
        Side::Server => stage.server.is_some(),
    };
    if !is_there {
        assert!(!stage.made, "what was made is gone");
        return;
    }
    match stage.side {
        Side::Device => {
            promised(stage);
            chained(stage);
            sealed(stage);
        }
        Side::Server => {
            logs(stage);
            ask_again(stage).unwrap_or_else(|trouble| panic!("I2: {}", trouble.words));
        }
    }
    let shows = stage.shows().unwrap_or_else(|trouble| panic!("{}", trouble.words));
    assert!(
        course.seen.contains(&shows),
        "I11, I15: it shows what was shown at no moment of the undisturbed run:\n{shows}"
    );
    whole(stage);
}

/// The database is whole, by SQLite's own word and by the cipher's.
fn whole(stage: &Stage) {
    if stage.side == Side::Server {
        let connection = Connection::open(stage.path(stage.side)).expect("a file that is there");
        return assert_eq!(lines(&connection, "PRAGMA integrity_check"), ["ok"]);
    }
    let connection =
        keyed(stage, "09").or_else(|| keyed(stage, "0a")).expect("neither key opens the database");
    assert_eq!(lines(&connection, "PRAGMA integrity_check"), ["ok"]);
    // The cipher looks at the file and not at the log, where a torn page still stands as it should be.
    connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(())).expect("a checkpoint");
    assert_eq!(lines(&connection, "PRAGMA cipher_integrity_check"), Vec::<String>::new());
}

/// A connection under one of the keys that a device's database may have, if it has that one.
fn keyed(stage: &Stage, byte: &str) -> Option<Connection> {
    let connection = Connection::open(stage.path(stage.side)).expect("a file that is there");
    let open = format!("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{}'\";", byte.repeat(32));
    connection.execute_batch(&open).expect("a key");
    connection.query_row("PRAGMA user_version", [], |_| Ok(())).is_ok().then_some(connection)
}

fn lines(connection: &Connection, pragma: &str) -> Vec<String> {
    let read = connection.prepare(pragma).and_then(|mut select| {
        let rows = select.query_map([], |row| row.get(0))?;
        rows.collect()
    });
    read.unwrap_or_else(|error| panic!("{pragma}: {error}"))
}

/// Every act that returned is in the log, as it was (I1). What was let go of, or is in another log now, is the same op.
fn promised(stage: &mut Stage) {
    let promised = stage.promised.clone();
    let entries = log(stage.device()).unwrap_or_else(|trouble| panic!("{}", trouble.words));
    for (seq, text) in promised {
        let entry = entries.iter().find(|entry| entry.seq == seq);
        let entry = entry.unwrap_or_else(|| panic!("I1: op {seq} returned and is not in the log"));
        let kept = stage.device().op_text(seq).expect("a log").unwrap_or_default();
        let before = json::parse::<Op>(&text).ok();
        let is_other_log =
            before.as_ref().is_some_and(|op| op.device_id != stage.device().identity().device_id);
        let same = before.as_ref().is_none_or(|op| op.op_id == entry.op_id);
        assert!(same, "I1: op {seq} is another now");
        assert!(
            before.is_none() || kept == text || entry.let_go || is_other_log,
            "I1: op {seq} says something else than when it returned"
        );
    }
}

/// Each op names the one before, without a gap (I7). What was let go of keeps its hash and not its text.
fn chained(stage: &mut Stage) {
    let entries = log(stage.device()).unwrap_or_else(|trouble| panic!("{}", trouble.words));
    let mut previous = Some(Hash::ZERO);
    for (place, entry) in entries.iter().enumerate() {
        assert_eq!(entry.seq.0, place as u64 + 1, "I7: the log has a gap");
        let text = stage.device().op_text(entry.seq).expect("a log").unwrap_or_default();
        let op: Op = json::parse(&text).unwrap_or_else(|error| panic!("I7: op {}: {error:?}", entry.seq));
        assert!(
            entry.let_go || previous.is_none_or(|hash| op.previous == hash),
            "I7: op {} does not name the one before",
            entry.seq
        );
        previous = (!entry.let_go).then(|| Hash::of(text.as_bytes()));
    }
}

/// So many bytes of an op tell it from all else.
const TELLING: usize = 48;

/// Nothing of what was done stands in clear in any file of the device, the write-ahead log and what a cut left behind among them
/// (I31).
fn sealed(stage: &mut Stage) {
    let entries = log(stage.device()).unwrap_or_else(|trouble| panic!("{}", trouble.words));
    let texts = entries.iter().filter_map(|entry| stage.device().op_text(entry.seq).expect("a log"));
    let said: Vec<String> = texts.filter_map(|text| telling(&text).map(str::to_owned)).collect();
    let path = stage.path(Side::Device);
    let folder = path.parent().expect("BUG: a file lies in a folder");
    for file in fs::read_dir(folder).expect("a folder that is there") {
        let file = file.expect("a file that is there").path();
        let bytes = fs::read(&file).unwrap_or_default();
        for said in &said {
            let found = memmem::find(&bytes, said.as_bytes());
            assert_eq!(found, None, "I31: {said} stands in clear in {}", file.display());
        }
    }
}

/// What an op says, and no other does, as far as that is longer than what may stand anywhere by chance.
pub(crate) fn telling(text: &str) -> Option<&str> {
    let from = text.find(r#""payload":"#)?;
    text.get(from..from + TELLING)
}

/// The server's log: each device's ops follow each other without a gap, each naming the one before (I7).
fn logs(stage: &mut Stage) {
    let mut reader = stage.server().reader().expect("a reader");
    let mut last: BTreeMap<DeviceId, (u64, Hash)> = BTreeMap::new();
    let all = reader.ops(Version::ZERO, 10_000).expect("a log");
    let head = reader.head().expect("a head");
    assert!(all.last().is_none_or(|(version, _)| *version <= head.version), "I7: an op beyond the head");
    for (version, line) in all {
        let text = op_of(&line);
        let op: Op = json::parse(text).unwrap_or_else(|error| panic!("I7: an op at {version}: {error:?}"));
        let (seq, hash) = last.get(&op.device_id).copied().unwrap_or((0, Hash::ZERO));
        assert_eq!(op.seq.0, seq + 1, "I7: the log of {} has a gap at {version}", op.device_id);
        assert_eq!(op.previous, hash, "I7: op {seq} of {} does not name the one before", op.device_id);
        last.insert(op.device_id, (op.seq.0, Hash::of(text.as_bytes())));
    }
}

/// The op of a line of the server's log, as it was sealed.
fn op_of(line: &str) -> &str {
    let op = line.split_once(r#","op":{"#).map_or("", |(answer, _)| &line[answer.len() + 6..]);
    op.strip_suffix('}').unwrap_or_default()
}
