//! Fuzz targets of the files of a home, which anybody may have edited and any crash may have cut off.

use std::fs;

use fieldbook_model::json;

use crate::home::{Home, Told};
use crate::lock::Running;

const HOME: &str = r#"{"format":1,"server":"http://127.0.0.1:4180","workspace":"shop","workspace_id":"0198c0de-7a11-7000-8000-00000000002a","user":"ann","user_id":"0198c0de-7a11-7000-8000-00000000002b","device_id":"0198c0de-7a11-7000-8000-00000000002c"}"#;
const SYNC: &str = r#"{"pid":7,"since":"2026-05-19T09:14:23.000Z","report":{"connection":{"is":"connected"},"halt":null,"until":null,"level":true,"stuck":null,"failing":null,"conditions":{"no_network":false,"metered":false,"low_battery":false,"hidden":false},"upload":null,"download":null}}"#;

/// What the file of a home tells is all of it, or why not; what is whole is written as it was read.
#[test]
fn home_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::at(folder.path());
    let path = folder.path().join("home.json");
    fieldbook_fuzz::texts("home_files", &[HOME], |made| {
        fs::write(&path, made.bytes()).expect("a file");
        match home.look() {
            Ok(Told::Whole(file)) => {
                fs::write(&path, json::write(&file)).expect("a file");
                assert_eq!(home.read().expect("a home"), file);
                true
            }
            Ok(Told::Unreadable(why)) => {
                assert!(!why.is_empty());
                assert!(home.read().is_err());
                false
            }
            Ok(Told::Missing) => panic!("the file is there"),
            Err(_) => false,
        }
    });
}

/// What the loop says of itself reads as it was written.
#[test]
fn sync_files() {
    fieldbook_fuzz::texts("sync_files", &[SYNC], |made| {
        let Ok(running) = json::parse::<Running>(&made.text()) else { return false };
        let written = json::write(&running);
        assert_eq!(json::parse::<Running>(&written).as_ref(), Ok(&running), "{written}");
        true
    });
}
