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
//! A type whose records are owned by others is a view over `fb_row_<type>`: a record is shown if and only if all
//! its owners are (rule 18). Where the owner is owned by nobody, the view asks the small table `fb_dead`, which
//! names the records of owning types that are not there; where it is owned too, the view asks the owner's view;
//! and where owners can go round in a circle, it walks up from each record.
//!
//! Few indexes: each page that an act writes costs as much as the act's own row.

use fieldbook_model::schema::{Field, Kind, RecordType};
use fieldbook_model::{Epoch, Schema};
use rusqlite::Connection;

use crate::connect::{APPLICATION_ID, FORMAT};
use crate::error::StoreError;
use crate::owners::Owners;

/// Of the engine. `fb_pending` holds for each record that pending ops touch its confirmed image (seq 0) and
/// the seqs of those ops. `fb_op.touches` lists the records of an op, so that settling it need not read its text;
/// `again` says that a server had answered it before, and lost it; `settled_at` is the server's time when a pull brought its
/// verdict, and of one that was `let_go` the text has no changes any more.
/// `about`, `target` and `undone` say what it has to do with others, `number` is the last of the device's series.
/// `fb_scope` names the scopes in which rows lie by
/// `_scope`, `fb_loaded` those that a person asked for, `fb_linger` rows that go when the ops on them are
/// settled, and `fb_lay` says where what an op took off the screen lay.
/// `fb_gone.row` is what a deleted record held, where that is known. `fb_schema` holds the versions of the schema before
/// the one that the tables have.
/// `fb_difference` is where the device held something else than the server, when they compared.
/// `fb_recent` has what the last calls came to, for diagnostics.
/// `fb_trail` has the hash of the server's log at some places before the cursor.
const ENGINE: &str = "
CREATE TABLE fb_meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fb_schema(version INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE fb_note(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fb_marks(
    one INTEGER PRIMARY KEY CHECK (one = 1), cursor INTEGER NOT NULL, staged INTEGER, loading INTEGER NOT NULL,
    collected INTEGER NOT NULL, first_waiting INTEGER NOT NULL, answered INTEGER NOT NULL, settled INTEGER NOT NULL,
    staged_head INTEGER NOT NULL, served_ms INTEGER NOT NULL, off_ms INTEGER NOT NULL, schema INTEGER NOT NULL,
    epoch INTEGER NOT NULL, hash BLOB, acknowledged INTEGER, acknowledged_hash BLOB);
CREATE TABLE fb_trail(version INTEGER PRIMARY KEY, hash BLOB NOT NULL);
CREATE TABLE fb_op(
    seq INTEGER PRIMARY KEY, op_id BLOB NOT NULL, hash BLOB NOT NULL, hlc INTEGER NOT NULL, state INTEGER NOT NULL,
    version INTEGER, partly INTEGER NOT NULL DEFAULT 0, in_doubt INTEGER NOT NULL, created_at INTEGER NOT NULL, bytes INTEGER NOT NULL,
    key TEXT, number INTEGER NOT NULL, about INTEGER NOT NULL, target INTEGER, undone INTEGER NOT NULL,
    touches BLOB NOT NULL, answer TEXT, plays TEXT, text TEXT NOT NULL, did TEXT NOT NULL,
    again INTEGER NOT NULL DEFAULT 0, let_go INTEGER NOT NULL DEFAULT 0, settled_at INTEGER NOT NULL DEFAULT 0);
CREATE INDEX fb_op_key ON fb_op(key) WHERE key IS NOT NULL;
CREATE INDEX fb_op_parked ON fb_op(state, seq) WHERE state >= 3;
CREATE INDEX fb_op_in_doubt ON fb_op(seq) WHERE in_doubt = 1;
CREATE INDEX fb_op_again ON fb_op(seq) WHERE state = 0 AND again = 1;
CREATE TABLE fb_pending(
    of INTEGER NOT NULL, id BLOB NOT NULL, seq INTEGER NOT NULL, version INTEGER, image TEXT,
    PRIMARY KEY (of, id, seq)) WITHOUT ROWID;
CREATE TABLE fb_gone(
    of INTEGER NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL, row TEXT,
    PRIMARY KEY (of, id)) WITHOUT ROWID;
CREATE TABLE fb_dead(of INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (of, id)) WITHOUT ROWID;
CREATE TABLE fb_scope(n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, parent INTEGER NOT NULL);
CREATE TABLE fb_loaded(
    name TEXT NOT NULL, beneath INTEGER NOT NULL, state INTEGER NOT NULL, since INTEGER, staged INTEGER, view TEXT,
    PRIMARY KEY (name, beneath)) WITHOUT ROWID;
CREATE TABLE fb_linger(of INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (of, id)) WITHOUT ROWID;
CREATE TABLE fb_lay(
    of INTEGER NOT NULL, id BLOB NOT NULL, scope INTEGER NOT NULL, PRIMARY KEY (of, id)) WITHOUT ROWID;
CREATE TABLE fb_difference(
    n INTEGER PRIMARY KEY, at INTEGER NOT NULL, version INTEGER NOT NULL, scope TEXT, beneath INTEGER NOT NULL,
    here INTEGER NOT NULL, there INTEGER NOT NULL, next INTEGER NOT NULL);
CREATE TABLE fb_recent(n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX fb_recent_kind ON fb_recent(kind, n);
CREATE TABLE fb_alias(
    of INTEGER NOT NULL, own BLOB NOT NULL, existing BLOB NOT NULL, PRIMARY KEY (of, own)) WITHOUT ROWID;
CREATE TABLE fb_stage_page(n INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE fb_stage_answer(seq INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE fb_stage_settled(n INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE fb_stage_gone(
    of INTEGER NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL, row TEXT,
    PRIMARY KEY (of, id)) WITHOUT ROWID;
";

/// Of blobs. `fb_blob.state` is how far one is ([`crate::blobs`]), `bytes` how many it has, where that is known, and `have` how many of
/// them are here, in the parts of `fb_blob_part`; `room` is what was left where it did not fit. `of` and `id` name a record that the server
/// knows and that names it, `need` is that record's version, and until `until` a blob that was put here stays without being named.
pub(crate) const BLOBS: &str = "
CREATE TABLE fb_blob(
    n INTEGER PRIMARY KEY, sum TEXT NOT NULL UNIQUE, state INTEGER NOT NULL, bytes INTEGER, have INTEGER NOT NULL DEFAULT 0,
    room INTEGER, of TEXT, id TEXT, need INTEGER NOT NULL DEFAULT 0, until INTEGER NOT NULL DEFAULT 0);
CREATE INDEX fb_blob_wanted ON fb_blob(need) WHERE state = 0 AND of IS NOT NULL;
CREATE TABLE fb_blob_part(
    n INTEGER PRIMARY KEY, blob INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (blob, part));
";

/// Makes all tables of a new database, and marks the file as ours.
pub(crate) fn create(conn: &Connection, schema: &Schema, epoch: Epoch) -> Result<(), StoreError> {
    conn.execute_batch(ENGINE)?;
    conn.execute_batch(BLOBS)?;
    let marks =
        "INSERT INTO fb_marks VALUES (1, 0, NULL, 0, 0, 1, 0, 0, 0, 0, 0, ?1, ?2, zeroblob(32), NULL, NULL)";
    conn.execute(marks, (schema.version, epoch.0))?;
    let tables = Tables::of(schema);
    for (ty, sql) in schema.types.iter().zip(&tables.types) {
        conn.execute_batch(&(table(ty, &sql.name, sql.scoped) + &indexes(ty, &sql.name)))?;
    }
    conn.execute_batch(&tables.views)?;
    conn.execute_batch(&format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};"
    ))?;
    Ok(())
}

/// The statements of each record type, in the order of the schema.
#[derive(Debug)]
pub(crate) struct Tables {
    pub types: Vec<TypeSql>,
    pub owners: Owners,
    /// Makes the views.
    pub views: String,
    /// Takes them away, so that tables can change places under them.
    pub no_views: String,
}

/// The statements of a record type: of all its live records, whether or not their owners are there. `load_*`
/// are those of the table that a first load fills out of sight.
#[derive(Debug)]
pub(crate) struct TypeSql {
    /// The table that holds the rows.
    pub name: String,
    /// Whether its rows lie in scopes, and have a column that says in which.
    pub scoped: bool,
    pub select: String,
    pub select_all: String,
    /// The same of those that are shown.
    pub select_shown: String,
    /// Whether one is shown.
    pub is_shown: String,
    pub exists: String,
    /// Of a type with indexes: changes a row whose indexed fields stay what they are, and none else. SQLite writes the page of
    /// an index whenever its field is set, to whatever value. Takes the parameters of `upsert`.
    pub update: Option<String>,
    pub upsert: String,
    pub delete: String,
    pub load_create: String,
    pub load_upsert: String,
    pub load_delete: String,
    pub load_any: String,
    pub load_select: String,
    /// Whether there is any row.
    pub any: String,
    pub load_drop: String,
    pub load_swap: String,
    /// Whether so few rows are in both that they are copied sooner than tables change places.
    pub load_few: String,
    /// What is in the load table takes the place of what is there, row by row.
    pub load_copy: String,
    /// What is in the load table joins what is there; the newer row stays.
    pub load_merge: String,
    /// The same the other way round: what is there joins what is in the load table.
    pub load_absorb: String,
    /// Whether there are more rows in the load table than there are.
    pub load_outweighs: String,
    /// Of an owning type: names a record that is not there, and takes its name back.
    pub bury: Option<(String, String)>,
}

impl Tables {
    pub fn of(schema: &Schema) -> Self {
        let owners = Owners::of(schema);
        let types = (0..schema.types.len()).map(|of| TypeSql::of(schema, &owners, of)).collect();
        let owned: Vec<usize> = (0..schema.types.len()).filter(|of| owners.is_owned(*of)).collect();
        let drop = |of: &usize| format!("DROP VIEW IF EXISTS {};", quoted(&schema.types[*of].name));
        Self {
            types,
            views: owned.iter().map(|of| owners.view(schema, *of)).collect(),
            no_views: owned.iter().map(drop).collect(),
            owners,
        }
    }
}

impl TypeSql {
    fn of(schema: &Schema, owners: &Owners, of: usize) -> Self {
        let ty = &schema.types[of];
        let scoped = is_scoped(schema, ty);
        let (name, view) = (table_name(ty, owners.is_owned(of)), quoted(&ty.name));
        let load = quoted(&format!("fb_load_{}", ty.name));
        let fields: String = ty.fields.iter().map(|field| quoted(&field.name) + ", ").collect();
        let bury = owners.owns(of).then(|| {
            (
                format!("INSERT OR IGNORE INTO fb_dead VALUES ({of}, ?1)"),
                format!("DELETE FROM fb_dead WHERE of = {of} AND id = ?1"),
            )
        });
        Self {
            select: format!("SELECT {fields}_version FROM {name} WHERE id = ?1"),
            select_all: format!("SELECT {fields}_version, id FROM {name} ORDER BY id"),
            select_shown: format!("SELECT {fields}_version, id FROM {view} ORDER BY id"),
            is_shown: format!("SELECT 1 FROM {view} WHERE id = ?1"),
            exists: format!("SELECT 1 FROM {name} WHERE id = ?1"),
            update: update(ty, &name, scoped),
            upsert: upsert(ty, &name, scoped),
            delete: format!("DELETE FROM {name} WHERE id = ?1"),
            load_create: table(ty, &load, scoped),
            load_upsert: upsert(ty, &load, scoped),
            load_delete: format!("DELETE FROM {load} WHERE id = ?1"),
            load_any: format!("SELECT EXISTS (SELECT 1 FROM {load})"),
            load_select: format!(
                "SELECT {fields}_version{} FROM {load} WHERE id = ?1",
                if scoped { ", _scope" } else { "" }
            ),
            any: format!("SELECT EXISTS (SELECT 1 FROM {name})"),
            load_drop: format!("DROP TABLE IF EXISTS {load}"),
            load_swap: format!("DROP TABLE {name}; ALTER TABLE {load} RENAME TO {name};"),
            load_few: format!("SELECT {} + {} <= {FEW_ROWS}", up_to_few(&load), up_to_few(&name)),
            load_copy: format!("DELETE FROM {name}; {}; DROP TABLE {load};", merge(ty, &load, &name, scoped)),
            load_merge: merge(ty, &load, &name, scoped),
            load_absorb: merge(ty, &name, &load, scoped),
            load_outweighs: format!("SELECT (SELECT count(*) FROM {load}) > (SELECT count(*) FROM {name})"),
            scoped,
            name,
            bury,
        }
    }
}

/// A table that changes its name has SQLite read every statement of the schema again, which takes as long as some rows.
const FEW_ROWS: u32 = 32;

/// How many rows a table has, counted no further than needed.
fn up_to_few(table: &str) -> String {
    format!("(SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {}))", FEW_ROWS + 1)
}

/// Whether rows of a type may lie in scopes: those of the types that say in which, and what tells of them.
pub(crate) fn is_scoped(schema: &Schema, ty: &RecordType) -> bool {
    ty.inside.is_some() || (ty.system && schema.types.iter().any(|ty| ty.scope))
}

/// A row lies with its id in one tree, so that an act writes one page of it. Databases of the same format that an earlier program
/// made have rows beside an index of their ids, until a load takes their place; no statement tells the two apart.
pub(crate) fn table(ty: &RecordType, name: &str, scoped: bool) -> String {
    let fields = ty.fields.iter().map(|field| format!("{} {}, ", quoted(&field.name), column(field)));
    let (fields, scope): (String, _) = (fields.collect(), if scoped { ", _scope INTEGER" } else { "" });
    format!(
        "CREATE TABLE {name}(id TEXT PRIMARY KEY NOT NULL, {fields}_version INTEGER NOT NULL{scope}) WITHOUT ROWID;"
    )
}

/// What an owner owns is looked for when it goes.
pub(crate) fn indexes(ty: &RecordType, name: &str) -> String {
    let index = |(index, field): (String, &Field)| {
        format!("CREATE INDEX {} ON {name}({});", quoted(&index), quoted(&field.name))
    };
    owned_by(ty).map(index).collect()
}

/// The indexes of a type by name, each with its field.
fn owned_by(ty: &RecordType) -> impl Iterator<Item = (String, &Field)> {
    let owning = ty.fields.iter().filter(|field| matches!(field.kind, Kind::Ref { owner: true, .. }));
    owning.map(|field| (format!("fb_owned_{}_{}", ty.name, field.name), field))
}

/// Indexes the empty table of a load, which takes the shown one's place with them: an index over many rows at once would be
/// sorted in memory. The shown table's indexes have one of two names, and these the other.
pub(crate) fn index_load(conn: &Connection, ty: &RecordType) -> Result<(), StoreError> {
    let load = quoted(&format!("fb_load_{}", ty.name));
    for (index, field) in owned_by(ty) {
        let mut find = conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1)",
        )?;
        let is_taken: bool = find.query_row([&index], |row| row.get(0))?;
        let index = if is_taken { quoted(&format!("{index}+")) } else { quoted(&index) };
        conn.execute_batch(&format!("CREATE INDEX {index} ON {load}({})", quoted(&field.name)))?;
    }
    Ok(())
}

/// Parameters: the id, the fields in their order, the version, and of a scoped type the scope; without one that stays.
/// An existing row keeps its place.
pub(crate) fn upsert(ty: &RecordType, name: &str, scoped: bool) -> String {
    let fields: String = ty.fields.iter().map(|field| quoted(&field.name) + ", ").collect();
    let set = ty.fields.iter().map(|field| format!("{0} = excluded.{0}, ", quoted(&field.name)));
    let set: String = set.collect();
    let marks = "?, ".repeat(ty.fields.len() + 1);
    let (column, mark, scope) = match scoped {
        true => (", _scope", ", ?", ", _scope = coalesce(excluded._scope, _scope)"),
        false => ("", "", ""),
    };
    format!(
        "INSERT INTO {name}(id, {fields}_version{column}) VALUES ({marks}?{mark}) \
         ON CONFLICT(id) DO UPDATE SET {set}_version = excluded._version{scope}"
    )
}

/// The same for a row that is there, as long as no indexed field changes.
fn update(ty: &RecordType, name: &str, scoped: bool) -> Option<String> {
    let indexed: Vec<&str> = owned_by(ty).map(|(_, field)| field.name.as_str()).collect();
    if indexed.is_empty() {
        return None;
    }
    let (mut set, mut same) = (String::new(), String::new());
    for (at, field) in ty.fields.iter().enumerate() {
        let (name, at) = (quoted(&field.name), at + 2);
        match indexed.contains(&field.name.as_str()) {
            true => same += &format!(" AND {name} IS ?{at}"),
            false => set += &format!("{name} = ?{at}, "),
        }
    }
    let version = ty.fields.len() + 2;
    let scope = if scoped { format!(", _scope = coalesce(?{}, _scope)", version + 1) } else { String::new() };
    Some(format!("UPDATE {name} SET {set}_version = ?{version}{scope} WHERE id = ?1{same}"))
}

fn merge(ty: &RecordType, load: &str, name: &str, scoped: bool) -> String {
    let fields: String = ty.fields.iter().map(|field| quoted(&field.name) + ", ").collect();
    let set = ty.fields.iter().map(|field| format!("{0} = excluded.{0}, ", quoted(&field.name)));
    let set: String = set.collect();
    let (scope, and) = if scoped { (", _scope", ", _scope = excluded._scope") } else { ("", "") };
    format!(
        "INSERT INTO {name}(id, {fields}_version{scope}) SELECT id, {fields}_version{scope} FROM {load} WHERE true \
         ON CONFLICT(id) DO UPDATE SET {set}_version = excluded._version{and} WHERE excluded._version > _version"
    )
}

fn column(field: &Field) -> &'static str {
    match field.kind {
        Kind::Integer | Kind::Boolean | Kind::Decimal { .. } | Kind::Money { .. } => "INTEGER",
        _ => "TEXT",
    }
}

/// The table that holds a type's rows.
pub(crate) fn table_name(ty: &RecordType, owned: bool) -> String {
    match owned {
        true => quoted(&format!("fb_row_{}", ty.name)),
        false => quoted(&ty.name),
    }
}

/// A name as SQL takes it, whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_moves_nothing_writes_no_index() {
        let to = Kind::Ref { to: "shelf".into(), owner: true, on_delete: Default::default() };
        let fields = vec![Field::new("shelf", to), Field::new("stock", Kind::Integer)];
        let ty = RecordType::new("product", fields);
        let conn = Connection::open_in_memory().expect("a database");
        conn.execute_batch(&(table(&ty, "product", false) + &indexes(&ty, "product"))).expect("tables");
        let writes = |sql: &str| {
            let mut explain = conn.prepare(&format!("EXPLAIN {sql}")).expect("a statement");
            let mut codes = explain.raw_query();
            let next = std::iter::from_fn(|| codes.next().expect("a step")?.get::<_, String>("opcode").ok());
            next.into_iter().filter(|code| code == "IdxInsert").count()
        };
        // The table counts, being one with its primary key.
        assert_eq!(
            writes(&upsert(&ty, "product", false)),
            4,
            "a new row, or a changed one: the table and the index"
        );
        assert_eq!(writes(&update(&ty, "product", false).expect("a statement")), 1);
        assert_eq!(update(&RecordType::new("note", vec![]), "note", false), None);
    }
}
