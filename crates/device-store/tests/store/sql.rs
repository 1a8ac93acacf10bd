//! What a query may do, and the words for what it may not.

use std::time::Duration;

use fieldbook_device_store::{Cell, DatabaseKey, QueryError, Reader, Store};

use crate::world::{act, identity, news};

const KEY: DatabaseKey = DatabaseKey::from_bytes([7; 32]);

fn reader(dir: &tempfile::TempDir) -> (Store, Reader) {
    let path = dir.path().join("device.db");
    let mut store = Store::create(&path, &KEY, &identity()).expect("a store");
    news(&mut store, "p Tea 10 [a,b] @1; q Mug 5 ~p @2").expect("news");
    let reader = Reader::open(&path, &KEY).expect("a reader");
    (store, reader)
}

#[test]
fn what_only_reads_runs() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut store, mut reader) = reader(&dir);
    for (sql, expected) in [
        ("SELECT name, stock, _version FROM product ORDER BY name", r#"["Mug",5,2]["Tea",10,1]"#),
        ("SELECT count(*) FROM product", "[2]"),
        ("SELECT 1", "[1]"),
        ("VALUES (1, NULL, 1.5, x'ff')", r#"[1,null,1.5,"ff"]"#),
        ("SELECT a.name FROM product a JOIN product b ON b.\"like\" = a.id", r#"["Tea"]"#),
        ("WITH t(n) AS (SELECT stock FROM product) SELECT sum(n) FROM t", "[15]"),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT sum(i) FROM n",
            "[10]",
        ),
        ("SELECT decimal_text(sum(price), 4) FROM product", r#"["36.0000"]"#),
        ("SELECT count(*) FROM product WHERE price = decimal('18', 4)", "[2]"),
        ("SELECT value FROM product, json_each(tags) ORDER BY value", r#"["a"]["b"]"#),
        ("SELECT name FROM sqlite_schema WHERE name = 'product'", r#"["product"]"#),
        ("SELECT name, row_number() OVER (ORDER BY stock) FROM product", r#"["Mug",1]["Tea",2]"#),
        ("SELECT upper(name) FROM product WHERE name LIKE 't%';  -- a remark", r#"["TEA"]"#),
    ] {
        let table = reader.query(sql, None).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(table.lists().collect::<String>(), expected, "{sql}");
        assert_eq!(store.query(sql, None).as_ref(), Ok(&table), "on the store's own connection: {sql}");
    }
    assert_eq!(reader.table_names(), ["thing", "product", "payment", "conflict", "gap", "member", "grant"]);
}

#[test]
fn what_does_more_is_refused_with_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let (mut store, mut reader) = reader(&dir);
    let outside = dir.path().join("outside.db");
    let attach = format!("ATTACH '{}' AS o", outside.display());
    let vacuum = format!("VACUUM INTO '{}'", outside.display());
    for (sql, words) in [
        ("DELETE FROM product", "only reads"),
        ("INSERT INTO product(id, _version) VALUES ('x', 1)", "only reads"),
        ("UPDATE product SET name = 'x' RETURNING name", "only reads"),
        ("DROP TABLE product", "only reads"),
        ("CREATE TABLE t(x)", "only reads"),
        ("CREATE TEMP TABLE t(x)", "only reads"),
        ("CREATE VIEW v AS SELECT 1", "only reads"),
        ("CREATE INDEX i ON product(name)", "only reads"),
        ("ALTER TABLE product RENAME TO x", "only reads"),
        ("REINDEX", "only reads"),
        ("ANALYZE", "only reads"),
        (&vacuum, "only"),
        (&attach, "no PRAGMA, ATTACH or transaction"),
        ("DETACH main", "no PRAGMA, ATTACH or transaction"),
        ("PRAGMA query_only = OFF", "no PRAGMA, ATTACH or transaction"),
        ("PRAGMA key", "no PRAGMA, ATTACH or transaction"),
        ("BEGIN", "no PRAGMA, ATTACH or transaction"),
        ("SAVEPOINT s", "no PRAGMA, ATTACH or transaction"),
        ("SELECT text FROM fb_op", "engine's own; there are: thing, product, payment, conflict, gap"),
        ("SELECT count(*) FROM fb_op", "engine's own"),
        ("SELECT (SELECT value FROM fb_meta LIMIT 1)", "engine's own"),
        ("SELECT * FROM product WHERE id IN (SELECT name FROM fb_note)", "engine's own"),
        ("SELECT * FROM pragma_table_info('fb_op')", "engine's own"),
        ("SELECT load_extension('x')", "load_extension is not offered"),
        ("SELECT 1; SELECT 2", "One statement at a time"),
        ("SELECT 1; DELETE FROM product", "only reads"),
        ("", "One statement at a time"),
        ("-- nothing", "One statement at a time"),
        (
            "SELECT * FROM prodact",
            "no such table: prodact; there are: thing, product, payment, conflict, gap",
        ),
        ("SELECT nam FROM product", "no such column: nam"),
        ("SELEC 1", "syntax error"),
        ("SELECT decimal('1.23456', 4)", "no decimal of at most 4 places"),
    ] {
        let error = reader.query(sql, None).expect_err(sql);
        assert_eq!(store.query(sql, None).as_ref(), Err(&error), "on the store's own connection: {sql}");
        let error = error.to_string();
        assert!(error.contains(words), "{sql}: {error}");
    }
    assert!(!outside.exists());
    assert_eq!(reader.query("SELECT count(*) FROM product", None).expect("a query").rows, [[Cell::Int(2)]]);
    act(&mut store, "add p 1");
}

#[test]
fn a_query_has_a_time_limit_and_a_row_limit() {
    let dir = tempfile::tempdir().expect("a folder");
    let (_store, reader) = reader(&dir);
    let mut reader = reader.with_time(Duration::from_millis(50));
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT";
    let error = reader.query(&format!("{endless} count(*) FROM n"), None);
    assert_eq!(error, Err(QueryError::TooLong(0)));
    let table = reader.query(&format!("{endless} i FROM n"), Some(3)).expect("three rows");
    assert_eq!((table.rows.len(), table.cut), (3, true));
    assert!(!reader.query("SELECT 1", Some(1)).expect("one row").cut);
    let table = reader.query("SELECT name, NULL AS \"n\" FROM product LIMIT 1", None).expect("a row");
    assert_eq!(table.head(), r#"["name","n"]"#);
    assert_eq!(table.objects().collect::<Vec<_>>(), [r#"{"name":"Tea","n":null}"#]);
}
