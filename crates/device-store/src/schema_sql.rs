//! The tables. One for each record type, named as the type, for everyone's queries; those of the engine
//! begin with `fb_`.
//!
//! | kind | column |
//! | --- | --- |
//! | text, enum, date, timestamp, ref, blob | TEXT as in JSON |
//! | set, json | TEXT, the JSON of it |
//! | integer, boolean | INTEGER |
//! | decimal, money | INTEGER in units of 10^-scale |
//!
//! Few indexes: each page that an act writes costs as much as the act's own row.

use fieldbook_model::Schema;
use fieldbook_model::schema::{Field, Kind, RecordType};
use rusqlite::Connection;

use crate::connect::{APPLICATION_ID, FORMAT};
use crate::error::StoreError;

/// Of the engine. `fb_pending` holds for each record that pending ops touch its confirmed image (seq 0) and
/// the seqs of those ops. `fb_op.touches` lists the records of an op, so that settling it need not read its text.
const ENGINE: &str = "
CREATE TABLE fb_meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fb_note(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fb_marks(
    one INTEGER PRIMARY KEY CHECK (one = 1), cursor INTEGER NOT NULL, staged INTEGER, loading INTEGER NOT NULL,
    collected INTEGER NOT NULL, first_waiting INTEGER NOT NULL, answered INTEGER NOT NULL, settled INTEGER NOT NULL,
    staged_head INTEGER NOT NULL);
INSERT INTO fb_marks VALUES (1, 0, NULL, 0, 0, 1, 0, 0, 0);
CREATE TABLE fb_op(
    seq INTEGER PRIMARY KEY, op_id BLOB NOT NULL, hash BLOB NOT NULL, hlc INTEGER NOT NULL, state INTEGER NOT NULL,
    version INTEGER, in_doubt INTEGER NOT NULL, created_at INTEGER NOT NULL, bytes INTEGER NOT NULL,
    key TEXT, touches BLOB NOT NULL, answer TEXT, text TEXT NOT NULL);
CREATE INDEX fb_op_key ON fb_op(key) WHERE key IS NOT NULL;
CREATE INDEX fb_op_parked ON fb_op(state, seq) WHERE state >= 3;
CREATE INDEX fb_op_in_doubt ON fb_op(seq) WHERE in_doubt = 1;
CREATE TABLE fb_pending(
    of INTEGER NOT NULL, id BLOB NOT NULL, seq INTEGER NOT NULL, version INTEGER, image TEXT,
    PRIMARY KEY (of, id, seq)) WITHOUT ROWID;
CREATE TABLE fb_gone(
    of INTEGER NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (of, id)) WITHOUT ROWID;
CREATE TABLE fb_alias(
    of INTEGER NOT NULL, own BLOB NOT NULL, existing BLOB NOT NULL, PRIMARY KEY (of, own)) WITHOUT ROWID;
CREATE TABLE fb_stage_page(n INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE fb_stage_answer(seq INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE fb_stage_gone(
    of INTEGER NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (of, id)) WITHOUT ROWID;
";

/// Makes all tables of a new database, and marks the file as ours.
pub(crate) fn create(conn: &Connection, schema: &Schema) -> Result<(), StoreError> {
    conn.execute_batch(ENGINE)?;
    for ty in &schema.types {
        conn.execute_batch(&table(ty, &name(ty)))?;
    }
    conn.execute_batch(&format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};"
    ))?;
    Ok(())
}

/// The statements of each record type, in the order of the schema.
#[derive(Debug)]
pub(crate) struct Tables(pub Vec<TypeSql>);

/// The statements of a record type. `load_*` are those of the table that a first load fills out of sight.
#[derive(Debug)]
pub(crate) struct TypeSql {
    pub select: String,
    pub select_all: String,
    pub exists: String,
    pub upsert: String,
    pub delete: String,
    pub load_create: String,
    pub load_upsert: String,
    pub load_delete: String,
    pub load_any: String,
    pub load_drop: String,
    pub load_swap: String,
}

impl Tables {
    pub fn of(schema: &Schema) -> Self {
        Self(schema.types.iter().map(TypeSql::of).collect())
    }
}

impl TypeSql {
    fn of(ty: &RecordType) -> Self {
        let (name, load) = (name(ty), quoted(&format!("fb_load_{}", ty.name)));
        let fields: String = ty.fields.iter().map(|field| quoted(&field.name) + ", ").collect();
        Self {
            select: format!("SELECT {fields}_version FROM {name} WHERE id = ?1"),
            select_all: format!("SELECT {fields}_version, id FROM {name} ORDER BY id"),
            exists: format!("SELECT 1 FROM {name} WHERE id = ?1"),
            upsert: upsert(ty, &name),
            delete: format!("DELETE FROM {name} WHERE id = ?1"),
            load_create: table(ty, &load),
            load_upsert: upsert(ty, &load),
            load_delete: format!("DELETE FROM {load} WHERE id = ?1"),
            load_any: format!("SELECT EXISTS (SELECT 1 FROM {load})"),
            load_drop: format!("DROP TABLE IF EXISTS {load}"),
            load_swap: format!("DROP TABLE {name}; ALTER TABLE {load} RENAME TO {name};"),
        }
    }
}

fn table(ty: &RecordType, name: &str) -> String {
    let fields = ty.fields.iter().map(|field| format!("{} {}, ", quoted(&field.name), column(field)));
    let fields: String = fields.collect();
    format!("CREATE TABLE {name}(id TEXT PRIMARY KEY NOT NULL, {fields}_version INTEGER NOT NULL);")
}

/// Parameters: the id, the fields in their order, the version. An existing row keeps its place.
fn upsert(ty: &RecordType, name: &str) -> String {
    let fields: String = ty.fields.iter().map(|field| quoted(&field.name) + ", ").collect();
    let set = ty.fields.iter().map(|field| format!("{0} = excluded.{0}, ", quoted(&field.name)));
    let set: String = set.collect();
    let marks = "?, ".repeat(ty.fields.len() + 1);
    format!(
        "INSERT INTO {name}(id, {fields}_version) VALUES ({marks}?) \
         ON CONFLICT(id) DO UPDATE SET {set}_version = excluded._version"
    )
}

fn column(field: &Field) -> &'static str {
    match field.kind {
        Kind::Integer | Kind::Boolean | Kind::Decimal { .. } | Kind::Money { .. } => "INTEGER",
        _ => "TEXT",
    }
}

fn name(ty: &RecordType) -> String {
    quoted(&ty.name)
}

/// A name as SQL takes it, whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
