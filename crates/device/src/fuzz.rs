//! Fuzz targets of the files of a home, which anybody may have edited and any crash may have cut off.

use std::fs;

use fieldbook_model::json;

use crate::error::DeviceError;
use crate::home::{Home, Told};
use crate::keys::{InHome, KeysFile};
use crate::lock::Running;

const HOME: &str = r#"{"format":1,"server":"http://127.0.0.1:4180","workspace":"shop","workspace_id":"0198c0de-7a11-7000-8000-00000000002a","user":"ann","user_id":"0198c0de-7a11-7000-8000-00000000002b","device_id":"0198c0de-7a11-7000-8000-00000000002c"}"#;
const KEYS: &str = r#"{"v":1,"holder":"file","workspace_id":"0198c0de-7a11-7000-8000-00000000002a","device_id":"0198c0de-7a11-7000-8000-00000000002c","content":{"number":1,"sealed":{"v":1,"to":"db49d39ad502985923a62c1f266c7c55","enc":"4f9a737ebf44bc9befbceb9bc82209105b30d8741223545d99724c8e50957515","text":"99bf419fa884bf43ada14b4aa014b617134d308571801754dd2bb468344f0b791010002fc02e5ee6d32b1a9a0bc55157"}},"server":{"v":1,"sign":"ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c"},"database":[{"number":1,"wrapped":{"v":1,"locked":{"key":"db49d39ad502985923a62c1f266c7c55","nonce":"db49d39ad502985923a62c1f266c7c55db49d39ad5029859","text":"99bf419fa884bf43ada14b4aa014b617134d308571801754dd2bb468344f0b791010002fc02e5ee6d32b1a9a0bc55157"}}}]}"#;
const UNDER: &str = r#"{"passphrase":{"v":1,"argon2id":{"m":8192,"t":1,"p":1},"salt":"aa0558a2988c1325ed83bce3c30917ae","locked":{"key":"ee50b42fac140a27de7e10ab3a4c10ff","nonce":"46c3242dee0496f5bf43d463c31a37c9b0b5b159c11741e2","text":"e49ca937682448fb3c8d1283d1f0ece3dd9fea75e95195961afbe884d835be65db38f7769e58c06844d63338d00723ad"}},"left":"file""#;
const TOKEN: &str = r#"{"v":1,"to":"ad6a9860a91e2abc936ae753cf4108ce","enc":"4f9a737ebf44bc9befbceb9bc82209105b30d8741223545d99724c8e50957515","text":"52532c14dc2226596d36f512baca65adcd8685c1e874"}"#;
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

/// What `keys.json` tells is all of it, or why not; what is whole is written as it was read.
#[test]
fn keys_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::at(folder.path());
    let path = folder.path().join("keys.json");
    let under = KEYS.replace("\"file\"", UNDER);
    let (head, rest) = KEYS.split_once("\"content\"").expect("a content key");
    let (_, tail) = rest.split_once("\"server\"").expect("a server");
    let locked = format!("{head}\"token\":{TOKEN},\"server\"{tail}");
    fieldbook_fuzz::texts("keys_files", &[KEYS, &under, &locked], |made| {
        fs::write(&path, made.bytes()).expect("a file");
        match KeysFile::read(&home) {
            Ok(Some(file)) => {
                file.write(&home).expect("written");
                assert_eq!(KeysFile::read(&home).expect("keys"), Some(file));
                true
            }
            Ok(None) => panic!("the file is there"),
            Err(error) => {
                assert!(matches!(error, DeviceError::Keys { .. }), "{error}");
                false
            }
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
