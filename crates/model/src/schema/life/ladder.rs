//! What was written under an older version is read as the version in force has it.

use std::sync::Arc;

use super::shop;
use crate::json::{self, Json};
use crate::op::{Change, Fields, Op};
use crate::schema::{Ladder, cards, toml};

fn fields(text: &str) -> Fields {
    json::parse(text).expect("fields")
}

/// Fields of a client as version 1 has them, and what version 3 makes of them.
const UP: &[(&str, &str)] = &[
    (r#"{"name":"Ann Smith"}"#, r#"{"first":"Ann","last":"Smith"}"#),
    (r#"{"name":"Ann Marie Smith"}"#, r#"{"first":"Ann","last":"Marie Smith"}"#),
    (r#"{"name":"Ann"}"#, r#"{"first":"Ann","last":null}"#),
    (r#"{"name":"Ann "}"#, r#"{"first":"Ann","last":""}"#),
    (r#"{"name":" Smith"}"#, r#"{"first":"","last":"Smith"}"#),
    (r#"{"name":""}"#, r#"{"first":"","last":null}"#),
    (r#"{"name":null}"#, r#"{"first":null,"last":null}"#),
    (r#"{"since":"2026-05-19"}"#, r#"{"since":"2026-05-19T00:00:00.000Z"}"#),
    (r#"{"since":null}"#, r#"{"since":null}"#),
    (r#"{"status":"new"}"#, r#"{"state":"fresh"}"#),
    (r#"{"status":"old"}"#, r#"{"state":"old"}"#),
    (r#"{"points":-7}"#, r#"{"points":"-7.00"}"#),
    (r#"{"colour":"rot"}"#, r#"{"colour":"red"}"#),
    (r#"{"fax":"12"}"#, r#"{"fax":"12"}"#),
];

#[test]
fn what_an_older_version_wrote_has_its_new_names_and_values() {
    let ladder = shop();
    assert_eq!(ladder.type_up(1, "client"), "customer");
    for (old, new) in UP {
        let up = ladder.fields_up(1, "client", &fields(old));
        assert_eq!(json::write(&up), *new, "{old}");
    }
}

#[test]
fn down_after_up_gives_back_what_the_older_version_wrote() {
    let ladder = shop();
    assert_eq!(ladder.type_down(1, "customer"), "client");
    for (old, _) in UP {
        let up = ladder.fields_up(1, "client", &fields(old));
        let down = ladder.fields_down(1, "customer", up);
        assert_eq!(json::write(&down), *old);
    }
}

#[test]
fn an_older_version_is_told_of_what_it_cannot_express() {
    let ladder = shop();
    for (new, old) in [
        (r#"{"points":"2.50"}"#, r#"{"points":3}"#),
        (r#"{"points":"-2.50"}"#, r#"{"points":-3}"#),
        (r#"{"since":"2026-05-19T09:14:23.000Z"}"#, r#"{"since":"2026-05-19"}"#),
        (r#"{"state":"gone"}"#, r#"{"status":"gone"}"#),
        (r#"{"first":null,"last":"Smith"}"#, r#"{"name":" Smith"}"#),
    ] {
        let down = ladder.fields_down(1, "customer", fields(new));
        assert_eq!(json::write(&down), old, "{new}");
    }
}

#[test]
fn rows_go_up_with_defaults_and_down_without_what_is_new() {
    let ladder = shop();
    let row = |text: &str| json::parse::<Vec<Json>>(text).expect("a row");
    let old = r#"["Ann Smith","2026-05-19","new",4,"12",null]"#;
    let up = ladder.row_up(1, "client", row(old)).expect("a customer");
    let new = r#"["Ann","Smith","2026-05-19T00:00:00.000Z","fresh","4.00","none",null,"12"]"#;
    assert_eq!(json::write(&up), new);
    let down = ladder.row_down(1, "customer", up).expect("a client");
    assert_eq!(json::write(&down), old);
    assert_eq!(ladder.row_down(1, "voucher", row("[1]")), None);
}

#[test]
fn an_op_keeps_everything_but_its_payload() {
    let ladder = shop();
    let id = "0198c0de-7a11-7000-8000-00000000002a";
    let text = format!(
        r#"{{"op_id":"{id}","workspace_id":"{id}","user_id":"{id}","device_id":"{id}","seq":1,"type":"edit","payload":{{"changes":[{{"update":"client","id":"{id}","base":3,"set":{{"name":"A B"}},"add":{{"points":2}}}},{{"delete":"client","id":"{id}","base":1}}]}},"idempotency_key":"{id}","created_at":"2026-05-19T09:14:23.000Z","hlc":"000000000001-0000","schema":1,"seen":{{"epoch":1,"version":1}},"previous":"{}"}}"#,
        "0".repeat(64)
    );
    let op: Op = match json::parse(&text) {
        Ok(op) => op,
        Err(error) => panic!("{error}"),
    };
    let up = ladder.op_up(op.clone());
    assert_eq!((up.schema, &up.idempotency_key), (1, &op.idempotency_key));
    let told: Vec<String> = up.payload.changes.iter().map(json::write::<Change>).collect();
    assert_eq!(
        told,
        [
            format!(
                r#"{{"update":"customer","id":"{id}","base":3,"set":{{"first":"A","last":"B"}},"add":{{"points":"2.00"}}}}"#
            ),
            format!(r#"{{"delete":"customer","id":"{id}","base":1}}"#),
        ]
    );
    let newest = Op { schema: 3, ..op };
    assert_eq!(ladder.op_up(newest.clone()), newest, "what is of the newest version stays");
}

#[test]
fn a_conflict_about_one_text_is_about_its_parts_and_back() {
    let ladder = shop();
    let row = |units: &str| {
        let text = format!(
            r#"["open","client","x","Ann","edit","ann","till","2026-05-19T09:14:23.000Z","bob",{units},7,1,null,null,null]"#
        );
        json::parse::<Vec<Json>>(&text).expect("a conflict")
    };
    let old = r#"[{"type":"client","id":"x","label":"Ann","kind":"edit-of-deleted","base":{},"theirs":null,"mine":{"status":"new"}},{"type":"client","id":"x","label":"Ann","unit":"name","kind":"edit","base":{"name":"A B"},"theirs":{"name":"A C"},"mine":{"name":"D B"}}]"#;
    let up = cards::row_up(&ladder, 1, row(old));
    assert_eq!(json::write(&up[1]), r#""customer""#);
    assert_eq!(
        json::write(&up[9]),
        r#"[{"type":"customer","id":"x","label":"Ann","kind":"edit-of-deleted","base":{},"theirs":null,"mine":{"state":"fresh"}},{"type":"customer","id":"x","label":"Ann","unit":"first","kind":"edit","base":{"first":"A"},"theirs":{"first":"A"},"mine":{"first":"D"}},{"type":"customer","id":"x","label":"Ann","unit":"last","kind":"edit","base":{"last":"B"},"theirs":{"last":"C"},"mine":{"last":"B"}}]"#
    );
    assert_eq!(json::write(&cards::row_down(&ladder, 1, up)), json::write(&row(old)));
}

/// Two fields of which one gets a name that stands before the other's. Who stays behind is told of both in the order of its
/// own names, which is what it has.
#[test]
fn units_stand_in_the_order_of_the_names_of_whoever_is_told() {
    let written = |version: u32, name: &str, step: &str| {
        let text = format!(
            r#"
            schema = "shop"
            version = {version}
            [type.article.field]
            brand = {{ kind = "text", merge = "manual" }}
            {name} = {{ kind = "text", merge = "manual" }}
            {step}"#
        );
        Arc::new(toml::read("shop.toml", &text).unwrap_or_else(|wrong| panic!("{wrong:#?}")))
    };
    let step = r#"
            [[step]]
            to = 2
            rename-field = { type = "article", from = "title", to = "aroma" }"#;
    let ladder = Ladder::new(vec![written(1, "title", ""), written(2, "aroma", step)]);
    let unit = |name: &str| {
        format!(
            r#"{{"type":"article","id":"x","unit":"{name}","base":{{"{name}":"a"}},"theirs":{{"{name}":"b"}},"mine":{{"{name}":"c"}}}}"#
        )
    };
    let row = |first: &str, second: &str| {
        let text = format!(
            r#"["open","article","x","x","edit","ann","till","2026-05-19T09:14:23.000Z","bob",[{},{}],7,1,null,null,null]"#,
            unit(first),
            unit(second)
        );
        json::parse::<Vec<Json>>(&text).expect("a conflict")
    };
    let (old, new) = (row("brand", "title"), row("aroma", "brand"));
    assert_eq!(json::write(&cards::row_up(&ladder, 1, old.clone())), json::write(&new));
    assert_eq!(json::write(&cards::row_down(&ladder, 1, new)), json::write(&old));
}
