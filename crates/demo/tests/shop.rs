//! The demo's ops against its schema and the control totals of its data.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fieldbook_demo::{DemoOp, json_line, ops};
use fieldbook_model::schema::{Kind, Merge, RecordType, Schema, lint, toml};
use fieldbook_model::{Change, Fields, Json, RecordId, Value, decimal};

fn counter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../apps/counter")
}

fn demo() -> Vec<DemoOp> {
    ops(&counter().join("demo")).expect("the ops of the demo")
}

fn schema() -> Schema {
    let text = std::fs::read_to_string(counter().join("schema.toml")).expect("the shop's schema");
    toml::read("schema.toml", &text).unwrap_or_else(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

/// Every insert, in the order of the ops.
fn inserts(ops: &[DemoOp]) -> Vec<(&str, RecordId, &Fields)> {
    let insert = |change| match change {
        &Change::Insert { ref of, id, ref fields } => (of.as_str(), id, fields),
        other => panic!("{other:?} in the demo"),
    };
    ops.iter().flat_map(|op| &op.changes).map(insert).collect()
}

/// A number in units of 10^-scale, from the text or number that the op has.
fn scaled(fields: &Fields, name: &str, scale: u8) -> i128 {
    match fields.find(name) {
        Some(Json::Int(number)) => i128::from(*number) * 10_i128.pow(u32::from(scale)),
        Some(Json::Text(text)) => decimal::parse(text, scale).expect("a decimal").into(),
        other => panic!("{other:?} in {name}"),
    }
}

#[test]
fn every_row_becomes_one_record() {
    let ops = demo();
    for (of, expected) in [
        ("category", 8),
        ("supplier", 29),
        ("product", 77),
        ("customer", 93),
        ("employee", 9),
        ("shipper", 3),
        ("sales_order", 830),
        ("order_line", 2155),
    ] {
        let found = inserts(&ops).iter().filter(|(it, ..)| *it == of).count();
        assert_eq!(found, expected, "{of}");
    }
    assert_eq!(ops.len(), 8 + 29 + 77 + 93 + 9 + 3 + 830);
}

#[test]
fn the_control_totals_come_out_exactly() {
    let ops = demo();
    // Price at 4 places times one minus the discount at 2 places: units of a millionth.
    let line = |fields: &Fields| {
        let paid = 100 - scaled(fields, "discount", 2);
        scaled(fields, "price", 4) * scaled(fields, "quantity", 0) * paid
    };
    let of = |ty| inserts(&ops).into_iter().filter(move |(it, ..)| *it == ty).map(|(_, _, fields)| fields);
    assert_eq!(of("order_line").map(line).sum::<i128>(), 1_265_793_039_500);
    assert_eq!(of("product").map(|fields| scaled(fields, "stock", 0)).sum::<i128>(), 3119);
}

#[test]
fn every_change_fits_the_schema() {
    let (ops, schema) = (demo(), schema());
    for op in &ops {
        assert!(schema.action(&op.action).is_some(), "{} is no action of the shop", op.action);
    }
    for (of, _, fields) in inserts(&ops) {
        let ty = schema.find(of).unwrap_or_else(|| panic!("{of} is no type of the shop"));
        check_fields(ty, fields);
    }
}

fn check_fields(ty: &RecordType, fields: &Fields) {
    for (name, json) in &fields.0 {
        let place = ty.position(name).unwrap_or_else(|| panic!("{}.{name} is no field", ty.name));
        if let Err(misfit) = Value::read(&ty.fields[place], json) {
            panic!("{}.{name} = {json:?}: {misfit}", ty.name);
        }
    }
    for field in ty.fields.iter().filter(|field| field.required && field.default.is_none()) {
        assert!(fields.find(&field.name).is_some(), "{}.{} is left out", ty.name, field.name);
    }
}

#[test]
fn what_a_record_refers_to_is_inserted_before_it() {
    let (ops, schema) = (demo(), schema());
    let mut known: BTreeSet<(&str, RecordId)> = BTreeSet::new();
    for (of, id, fields) in inserts(&ops) {
        for field in &schema.find(of).expect("a type").fields {
            if let (Kind::Ref { to, .. }, Some(Json::Text(text))) = (&field.kind, fields.find(&field.name)) {
                let target = RecordId::parse(text).expect("an id");
                assert!(known.contains(&(to, target)), "{of}.{} refers to no earlier {to}", field.name);
            }
        }
        assert!(known.insert((of, id)), "two records of {of} have the id {id}");
    }
}

#[test]
fn two_runs_give_the_same_bytes_and_no_key_twice() {
    let lines = |ops: &[DemoOp]| ops.iter().map(json_line).collect::<Vec<_>>();
    let (one, two) = (demo(), demo());
    assert_eq!(lines(&one), lines(&two));
    let keys: BTreeSet<&str> = one.iter().map(|op| op.key.as_str()).collect();
    assert_eq!(keys.len(), one.len());
}

#[test]
fn an_op_is_one_line_as_the_command_reads_it() {
    let ops = demo();
    let line = |key: &str| json_line(ops.iter().find(|op| op.key == key).expect(key));
    for (key, expected) in [
        (
            "northwind:category:1",
            r#"{"type":"catalogue.import","key":"northwind:category:1","changes":[{"insert":"category","id":"00c2bf9d-1c00-7ec4-9dab-6f5f7c2f8bd8","fields":{"name":"Beverages","description":"Soft drinks, coffees, teas, beers, and ales"}}]}"#,
        ),
        (
            "northwind:supplier:4",
            r#"{"type":"catalogue.import","key":"northwind:supplier:4","changes":[{"insert":"supplier","id":"00c2bf9d-1c00-7f84-afb5-0ec190437402","fields":{"name":"Tokyo Traders","contact_name":"Yoshi Nagase","contact_title":"Marketing Manager","address":"9-8 Sekimai\nMusashino-shi","city":"Tokyo","postal_code":"100","country":"Japan","phone":"(03) 3555-5011"}}]}"#,
        ),
        (
            "northwind:customer:Val2 ",
            r#"{"type":"contact.import","key":"northwind:customer:Val2 ","changes":[{"insert":"customer","id":"00c2bf9d-1c00-75ee-93b6-4c8d4735b3fa","fields":{"code":"Val2 ","name":"IT","contact_name":"Val2","contact_title":"IT"}}]}"#,
        ),
        (
            "northwind:employee:2",
            r#"{"type":"contact.import","key":"northwind:employee:2","changes":[{"insert":"employee","id":"00c2bf9d-1c00-786c-af5f-eb66efef9754","fields":{"last_name":"Fuller","first_name":"Andrew","title":"Vice President, Sales","born":"1952-02-19","hired":"1992-08-14","city":"Tacoma","country":"USA"}}]}"#,
        ),
        (
            "northwind:product:11",
            r#"{"type":"catalogue.import","key":"northwind:product:11","changes":[{"insert":"product","id":"00c2bf9d-1c00-79d8-93d9-e726b5394a96","fields":{"name":"Queso Cabrales","supplier":"00c2bf9d-1c00-71dd-ac02-eb2c727ee106","category":"00c2bf9d-1c00-7ea7-8737-838c578c660d","quantity_per_unit":"1 kg pkg.","price":"21","stock":22,"on_order":30,"reorder_level":30,"discontinued":false}}]}"#,
        ),
        (
            "northwind:sales_order:10252",
            r#"{"type":"order.import","key":"northwind:sales_order:10252","changes":[{"insert":"sales_order","id":"00c2bf9d-1c00-73a7-868e-7c2a502e509a","fields":{"number":10252,"customer":"00c2bf9d-1c00-7fe3-9ed0-6da22808286f","employee":"00c2bf9d-1c00-708a-88ea-b23824aa1c1c","ordered":"1996-07-09","required":"1996-08-06","shipped":"1996-07-11","shipper":"00c2bf9d-1c00-7941-828a-22b123e51936","freight":"51.3","ship_name":"Suprêmes délices","ship_address":"Boulevard Tirou, 255","ship_city":"Charleroi","ship_postal_code":"B-6000","ship_country":"Belgium"}},{"insert":"order_line","id":"00c2bf9d-1c00-7abc-96d5-6697cb637f83","fields":{"sales_order":"00c2bf9d-1c00-73a7-868e-7c2a502e509a","product":"00c2bf9d-1c00-7320-b704-0359a3029c06","price":"64.8","quantity":40,"discount":"0.05"}},{"insert":"order_line","id":"00c2bf9d-1c00-7de9-9e59-330b87ec3568","fields":{"sales_order":"00c2bf9d-1c00-73a7-868e-7c2a502e509a","product":"00c2bf9d-1c00-7a23-9811-95060fba2171","price":"2","quantity":25,"discount":"0.05"}},{"insert":"order_line","id":"00c2bf9d-1c00-7451-a76a-dbbbd8d8ca0e","fields":{"sales_order":"00c2bf9d-1c00-73a7-868e-7c2a502e509a","product":"00c2bf9d-1c00-78d0-afa6-18aebbcf5c74","price":"27.2","quantity":40,"discount":"0.0"}}]}"#,
        ),
    ] {
        assert_eq!(line(key), expected, "{key}");
    }
}

#[test]
fn a_folder_without_the_files_is_an_error_that_names_the_first() {
    let error = ops(Path::new("/nowhere")).expect_err("no files");
    assert!(error.to_string().starts_with("/nowhere/categories.csv: "), "{error}");
}

#[test]
fn a_sale_writes_and_refers_to_nothing_that_can_be_held() {
    let schema = schema();
    let ty = |name: &str| schema.find(name).unwrap_or_else(|| panic!("no {name}"));
    // A new record clashes by its key only, and what refers to a held one waits with it.
    for name in ["sales_order", "order_line", "invoice", "stock_movement", "product", "customer", "employee"]
    {
        assert_eq!(ty(name).unique, [], "{name}");
    }
    let stock = ty("product").position("stock").expect("a stock");
    assert_eq!(ty("product").rule(stock), Merge::Delta);
    assert!(ty("stock_movement").insert_only);
}

#[test]
fn a_voided_sale_deletes_nothing() {
    let schema = schema();
    let made = schema.action("pos.sale.create").expect("the sale");
    let void = schema.action(made.undo.as_deref().expect("its undo")).expect("the void");
    let set: Vec<&str> = void.sets.iter().map(|(path, _)| path.split('.').next().unwrap_or(path)).collect();
    for name in ["sales_order", "order_line", "invoice", "stock_movement"] {
        let ty = schema.find(name).expect("a type");
        assert!(set.contains(&name) || ty.counter.is_some(), "{name}");
    }
}

#[test]
fn the_schema_warns_of_two_ops_that_the_shop_keeps_apart() {
    let warnings = lint::lint(&schema());
    let of: Vec<&str> = warnings.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(of, ["product", "invoice"], "{warnings:?}");
}
