//! JSON, and the documents that are made of it.

use super::is_document;
use crate::chain::{Hash, SealedOp};
use crate::json::{self, DEPTH_MAX, Json};
use crate::op::Wanted;
use crate::{Access, Change, Cursor, Cut, Limits, Op, Payload, Sum};

const OP: &str = include_str!("../../../protocol/golden/op.json");
const PAYLOADS: &str = include_str!("../../../protocol/golden/payloads.json");

const VALUES: &[&str] = &[
    r#"{"b":[1,-2.5,"é\n\u0007"],"a":{"c":null,"d":[true,[[]]]},"":"\ud83d\ude00"}"#,
    "[0,1e3,9223372036854775807,-9223372036854775808,0.1,123456789012345678901]",
    PAYLOADS,
];

#[test]
fn json_value() {
    fieldbook_fuzz::texts("json_value", VALUES, |made| {
        let Ok(read) = json::parse_bytes::<Json>(made.bytes()) else { return false };
        assert!(read.depth() <= DEPTH_MAX);
        let written = json::write(&read);
        assert_eq!(json::parse(&written).as_ref(), Ok(&read), "{written}");
        assert_eq!(json::write(&json::parse::<Json>(&written).expect("JSON")), written);
        true
    });
}

#[test]
fn op() {
    let seeds = [OP];
    fieldbook_fuzz::texts("op", &seeds, |made| {
        let text = made.text();
        let Ok(sealed) = SealedOp::open(text.clone()) else { return false };
        assert_eq!((sealed.hash, &sealed.text), (Hash::of(text.as_bytes()), &text), "its bytes are kept");
        let again = SealedOp::seal(sealed.op.clone());
        assert_eq!(again.op, sealed.op);
        assert_eq!(SealedOp::open(again.text.clone()), Ok(again));
        is_document::<Op>(&text)
    });
}

#[test]
fn payloads() {
    fieldbook_fuzz::texts("payloads", &[PAYLOADS], |made| is_document::<Vec<Payload>>(&made.text()));
}

const CHANGES: &[&str] = &[
    r#"[{"insert":"a","id":"0198c0de-7a11-7000-8000-00000000002a","fields":{"x":1,"y":"2.50"}}]"#,
    r#"[{"update":"a","id":"0198c0de-7a11-7000-8000-00000000002a","set":{"x":1},"add":{"n":-2},"include":{"t":["b"]}}]"#,
    r#"[{"delete":"a","id":"0198c0de-7a11-7000-8000-00000000002a"},{"restore":"b","id":"0198c0de-7a11-7000-8000-00000000002b"}]"#,
];

/// What an app asks for is a change without a base, and every change is one with its base taken out.
#[test]
fn wanted_changes() {
    fieldbook_fuzz::texts("wanted_changes", CHANGES, |made| {
        let text = made.text();
        let Ok(wanted) = json::parse::<Vec<Wanted>>(&text) else { return false };
        for Wanted(change) in wanted {
            let written = json::write(&change);
            assert_eq!(json::parse::<Change>(&written).as_ref(), Ok(&change), "{written}");
            let is_new = matches!(change, Change::Insert { .. });
            assert_eq!(json::parse::<Wanted>(&written).is_ok(), is_new, "no app may say a base: {written}");
        }
        true
    });
}

const SMALL: &[&str] = &[
    r#"{"epoch":1,"version":1400}"#,
    r#"{"op_bytes_max":262144,"push_bytes_max":524288,"push_ops_max":1000,"op_changes_max":5000}"#,
    r#"{"role":"member","grants":[{"scope":"floor/0198c0de-7a11-7000-8000-00000000002a","role":"nobody"}]}"#,
    r#"{"type":"sale","before":"2026-01-01","scope":"floor/0198c0de-7a11-7000-8000-00000000002a"}"#,
    r#"{"type":"sale","before":17}"#,
    r#"{"rows":3,"sum":"000102030405060708090a0b0c0d0eff"}"#,
    "\"b4caeabaaf2e3995a859bd8a1741e4dec55aa357d6b80137071fecea554bc188\"",
];

#[test]
fn small_documents() {
    fieldbook_fuzz::texts("small_documents", SMALL, |made| {
        let text = made.text();
        let read = [
            is_document::<Cursor>(&text),
            is_document::<Limits>(&text),
            is_document::<Access>(&text),
            is_document::<Cut>(&text),
            is_document::<Sum>(&text),
            is_document::<Hash>(&text),
        ];
        assert!(read.iter().filter(|read| **read).count() <= 1, "{text} is two things");
        read.contains(&true)
    });
}
