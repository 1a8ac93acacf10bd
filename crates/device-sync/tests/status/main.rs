//! The whole table of the status: every connection, with everything that a device may be doing, with everything that
//! may need a person, in the words of each app.
//!
//! `table.txt` is that table, looked at by a person when it changes; `docs/guide/status.md` shows a part of it.
//! `FIELDBOOK_GOLDEN=write` writes it anew.

mod report;
mod table;

use std::path::{Path, PathBuf};

use fieldbook_device_sync::status::{Colour, Connection, Facts, Icon, Need, Status};
use fieldbook_model::schema::Vocabulary;

use table::{cases, shown};

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_whole_table_is_as_it_was_looked_at() {
    let table: String = cases().iter().map(|case| format!("{case}\n")).collect();
    let path = file("tests/status/table.txt");
    if std::env::var_os("FIELDBOOK_GOLDEN").is_some() {
        std::fs::write(&path, &table).expect("written");
    }
    let golden = std::fs::read_to_string(&path).expect("the golden table");
    for (line, (ours, theirs)) in table.lines().zip(golden.lines()).enumerate() {
        assert_eq!(ours, theirs, "line {}", line + 1);
    }
    assert_eq!(table.lines().count(), golden.lines().count());
}

/// What a developer reads is a part of what the function says: the same cells, by the same names.
#[test]
fn the_guide_shows_what_the_function_says() {
    let guide = std::fs::read_to_string(file("../../docs/guide/status.md")).expect("the guide");
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(" | ").map(str::trim).collect()).collect();
    let cells: Vec<&Vec<&str>> = rows.iter().filter(|row| row.len() == 6 && row[0] != "connection").collect();
    for row in &cells {
        let [connection, activity, needs, site, capture, counter] = row[..] else { continue };
        if connection.starts_with("---") {
            continue;
        }
        let (all, wanted) = (cases(), (connection, activity, needs));
        let case = all.iter().find(|case| (case.connection, case.activity, case.needs) == wanted);
        let case = case.unwrap_or_else(|| panic!("the table has no {row:?}"));
        let ours = Vocabulary::ALL.map(|(_, vocabulary)| shown(&case.facts.status(vocabulary)));
        assert_eq!([site, capture, counter], ours.each_ref().map(String::as_str), "{row:?}");
    }
    assert!(cells.len() > 12, "the guide shows {} rows", cells.len());
}

#[test]
fn red_shows_whenever_something_needs_a_person_and_never_else() {
    for case in cases() {
        for (name, vocabulary) in Vocabulary::ALL {
            let Status { colour, icon, words, beside } = case.facts.status(vocabulary);
            let needs = !case.facts.needs.is_empty();
            assert_eq!(colour == Colour::Red, needs, "{name}: {case}");
            assert_eq!(words.starts_with("Sync error") || words == "Sync conflict", needs, "{name}: {case}");
            assert!(!needs || beside.is_some(), "the connection is beside it; {name}: {case}");
            assert!(icon != Icon::Airplane || colour == Colour::Grey, "{name}: {case}");
        }
    }
}

#[test]
fn nobody_is_told_that_everything_is_there_while_something_waits() {
    for case in cases() {
        let Facts { pending, connection, .. } = &case.facts;
        let calm = ["Synced", "Online"];
        for (name, vocabulary) in Vocabulary::ALL {
            let words = case.facts.status(vocabulary).words;
            assert!(*pending == 0 || !calm.contains(&words.as_str()), "{name}: {case}");
            // Site says its connection beside the icon.
            let by_itself = *connection != Connection::Connected && vocabulary != Vocabulary::Site;
            assert!(!by_itself || !calm.contains(&words.as_str()), "{name}: {case}");
        }
        let counter = case.facts.status(Vocabulary::Counter);
        let told = format!("{} {}", counter.words, counter.beside.unwrap_or_default());
        assert!(*pending == 0 || told.contains(&pending.to_string()), "the count is told: {case}");
    }
}

#[test]
fn every_need_is_told_and_the_connection_after_it() {
    for case in cases() {
        let says = case.facts.says();
        for need in &case.facts.needs {
            let part = match need {
                Need::SignedOut => "signed out, sign in again (nothing is lost)",
                Need::ShutOut(why) | Need::Failing(why) => why,
                Need::Stuck(part) => part,
                Need::Conflicts(_) => "your decision",
                Need::Rejected(_) => "refused",
            };
            assert!(says.contains(part), "{case}");
        }
        let beside = match &case.facts.connection {
            Connection::NotSyncing => "not syncing",
            Connection::NoNetwork => "no network",
            Connection::Connecting => "connecting",
            Connection::Unreachable { because, .. } => because,
            Connection::Connected => continue,
        };
        assert!(says.ends_with(beside), "{case}");
    }
}
