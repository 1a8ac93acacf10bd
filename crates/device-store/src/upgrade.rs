//! Brings the database to a newer version of the schema, in one transaction: the record tables get their new shape, what
//! the server confirmed and what ops did are told anew, and what waits is played again on top. Ops keep their bytes (rule
//! 48). A kill before the commit leaves everything as it was.
//!
//! Rows that the server translated down for this device lack what only newer versions hold, so the cursor goes back to
//! where the first newer version came into force, and what was changed since is read again. Verdicts are not.

use std::collections::BTreeMap;
use std::sync::Arc;

use fieldbook_device_sync::Key;
use fieldbook_merge::{Row, text};
use fieldbook_model::json::{self, Json};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::succession::compare;
use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::schema::{Field, Ladder, RecordType, cards};
use fieldbook_model::{Cursor, RecordId, Schema, Seq, Value, Version};
use fieldbook_protocol::row;
use fieldbook_protocol::schema::SchemaReply;
use rusqlite::{Connection, params};

use crate::apply::Intake;
use crate::cell;
use crate::cuts;
use crate::error::StoreError;
use crate::identity::Identity;
use crate::incoming::IncomingError;
use crate::marks::Marks;
use crate::open::{Durability, Known, Parts, Store, Tx};
use crate::oplog;
use crate::owners;
use crate::plays;
use crate::schema_sql::{self, quoted};
use crate::scopes;
use crate::shown;
use crate::staging;

/// The note of an app that has its own version of the schema.
const STAYS: &str = "schema-stays";

/// The tables of the engine that name record types by their places.
const PLACES: [&str; 6] = ["fb_pending", "fb_gone", "fb_dead", "fb_alias", "fb_linger", "fb_lay"];

/// Which version of the schema a device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// The server's, as soon as it hears of it.
    Server,
    /// That of the app, which is written for it: the server translates for this device until the app is updated.
    App,
}

impl Store {
    /// Says which version of the schema this device has from now on.
    pub fn follow(&mut self, follow: Follow) -> Result<(), StoreError> {
        self.note(STAYS, if follow == Follow::App { "app" } else { "" })
    }

    /// Which version of the schema this device has.
    pub fn follows(&mut self) -> Result<Follow, StoreError> {
        Ok(match self.noted(STAYS)?.as_deref() {
            Some("app") => Follow::App,
            _ => Follow::Server,
        })
    }

    /// Brings the database to the newest of some versions, the first of which comes right behind its own. Gives where the
    /// next pull starts. Without a newer one nothing happens.
    ///
    /// # Errors
    /// Versions that do not follow; or the database.
    pub fn upgrade(&mut self, reply: &SchemaReply) -> Result<Cursor, IncomingError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let old = parts.on(&conn);
        let own = old.schema.version;
        let newer: Vec<_> = reply.schemas.iter().filter(|it| it.schema.version > own).collect();
        let follow = newer.iter().zip(own + 1..).all(|(it, version)| it.schema.version == version);
        if !follow {
            return Err(IncomingError::Malformed(format!("versions that do not follow schema {own}")));
        }
        let mut marks = Marks::read(old)?;
        // Places of another history say nothing of this one: the pull that brings it tells of the schema again.
        let Some(first) = newer.first().filter(|_| reply.epoch == marks.epoch) else { return Ok(marks.at()) };
        if first.at < marks.cursor && !planted(Defect::UpgradeRereadsNothing) {
            (marks.cursor, marks.hash) = (first.at, Some(first.hash));
        }
        let schemas = newer.iter().map(|it| Arc::new(it.schema.clone()));
        let schemas: Vec<_> = old.ladder.schemas().iter().cloned().chain(schemas).collect();
        may_follow(&schemas[old.ladder.schemas().len() - 1..])?;
        let ladder = Ladder::new(schemas);
        let known = reshape(old, ladder, marks)?;
        conn.commit()?;
        self.know(known);
        Ok(marks.at())
    }
}

/// Whether each version may follow the one before it. A server sends no other; what it sent else would leave rows and queued
/// ops that nobody can read.
fn may_follow(schemas: &[Arc<Schema>]) -> Result<(), IncomingError> {
    let findings = schemas.windows(2).flat_map(|pair| compare(&pair[0], &pair[1]));
    match findings.into_iter().find(|finding| !finding.weight.is_allowed()) {
        Some(finding) => {
            Err(IncomingError::Malformed(format!("a schema that may not follow: {}", finding.path)))
        }
        None => Ok(()),
    }
}

/// The versions that the schema had, with the one that the tables have at the end.
pub(crate) fn ladder(conn: &Connection, top: &Schema) -> Result<Ladder, StoreError> {
    let mut select = conn.prepare("SELECT text FROM fb_schema ORDER BY version")?;
    let texts = select.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let schema = |text: &String| json::parse(text).map(Arc::new);
    let schemas: Result<Vec<Arc<Schema>>, _> = texts.iter().map(schema).collect();
    let mut schemas = schemas.map_err(|_| StoreError::unreadable("an older schema"))?;
    schemas.push(Arc::new(top.clone()));
    match schemas.windows(2).all(|pair| pair[0].version + 1 == pair[1].version) {
        true => Ok(Ladder::new(schemas)),
        false => Err(StoreError::unreadable("an older schema")),
    }
}

/// Everything in its new shape; gives what is known of it.
fn reshape(old: Tx<'_>, ladder: Ladder, marks: Marks) -> Result<Known, StoreError> {
    let conn = old.conn;
    staging::clear(old)?;
    scopes::forget_loads(old)?;
    conn.execute_batch(&old.tables.no_views)?;
    let identity = Identity { schema: (**ladder.top()).clone(), ..old.identity.clone() };
    keep_versions(conn, &ladder)?;
    identity.write(conn)?;
    let known = Known::of(conn, identity)?;
    let parts = Parts { identity: &known.identity, ladder: &known.ladder, tables: &known.tables };
    let reshaping = Reshaping { old, new: parts.on(conn) };
    reshaping.tables()?;
    reshaping.engine()?;
    if !planted(Defect::UpgradeLeavesLog) {
        reshaping.log()?;
    }
    cuts::rename(reshaping.new, |of| reshaping.new.ladder.type_up(reshaping.from(), of))?;
    conn.execute_batch(&known.tables.views)?;
    reshaping.bury()?;
    conn.execute("UPDATE fb_marks SET schema = ?1", [known.identity.schema.version])?;
    let mut marks = Marks { staged: None, staged_head: Version::ZERO, loading: false, ..marks };
    let mut intake = Intake::new(reshaping.new);
    intake.reshaped()?;
    intake.finish(&mut marks)?;
    marks.write(reshaping.new)?;
    Ok(known)
}

fn keep_versions(conn: &Connection, ladder: &Ladder) -> Result<(), StoreError> {
    let top = ladder.top().version;
    for schema in ladder.schemas().iter().filter(|schema| schema.version < top) {
        let row = params![schema.version, json::write(&**schema)];
        conn.execute("INSERT OR REPLACE INTO fb_schema(version, text) VALUES (?1, ?2)", row)?;
    }
    Ok(())
}

/// A database between two versions.
struct Reshaping<'a> {
    old: Tx<'a>,
    new: Tx<'a>,
}

impl Reshaping<'_> {
    fn from(&self) -> u32 {
        self.old.schema.version
    }

    /// For each old type the place of the new one.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let up = |ty: &RecordType| self.new.schema.place(&self.new.ladder.type_up(self.from(), &ty.name));
        self.old.schema.types.iter().enumerate().filter_map(move |(of, ty)| Some((of, up(ty)?)))
    }

    /// The record tables. Two types may have changed names with each other, so all new tables are filled before an old
    /// one goes.
    fn tables(&self) -> Result<(), StoreError> {
        let conn = self.new.conn;
        let before: BTreeMap<usize, usize> = self.places().map(|(old, new)| (new, old)).collect();
        let (mut gone, mut come) = (String::new(), String::new());
        for (of, ty) in self.new.schema.types.iter().enumerate() {
            let (name, next) = (&self.new.tables.types[of].name, quoted(&format!("fb_next_{}", ty.name)));
            let old = before.get(&of).copied();
            if old.is_some_and(|old| self.is_same(old, of)) {
                continue;
            }
            let scoped = self.new.tables.types[of].scoped;
            conn.execute_batch(&schema_sql::table(ty, &next, scoped))?;
            if let Some(old) = old {
                self.copy(old, of, &schema_sql::upsert(ty, &next, scoped))?;
                let was = &self.old.tables.types[old];
                if scoped && was.scoped {
                    conn.execute_batch(&format!(
                        "UPDATE {next} AS n SET _scope = (SELECT _scope FROM {} AS o WHERE o.id = n.id)",
                        was.name
                    ))?;
                }
                gone += &format!("DROP TABLE {};", self.old.tables.types[old].name);
            }
            come += &format!("ALTER TABLE {next} RENAME TO {name};");
            come += &schema_sql::indexes(ty, name);
        }
        conn.execute_batch(&gone)?;
        conn.execute_batch(&come)?;
        Ok(())
    }

    fn is_same(&self, old: usize, new: usize) -> bool {
        let shape = |ty: &RecordType| -> Vec<_> {
            ty.fields.iter().map(|field| (field.name.clone(), field.kind.clone())).collect()
        };
        let (was, is) = (&self.old.schema.types[old], &self.new.schema.types[new]);
        let tells = is.system && is.name == CONFLICT && self.new.ladder.moves(self.from());
        self.old.tables.types[old].name == self.new.tables.types[new].name
            && shape(was) == shape(is)
            && !tells
    }

    fn copy(&self, old: usize, new: usize, upsert: &str) -> Result<(), StoreError> {
        let mut insert = self.new.conn.prepare(upsert)?;
        for (id, (row, version)) in shown::all(self.old, old, shown::Rows::Live)? {
            let row = self.row(old, new, row.iter().map(Value::to_json).collect());
            insert.raw_bind_parameter(1, id.encode(&mut [0; 36]))?;
            for (place, value) in row.iter().enumerate() {
                insert.raw_bind_parameter(place + 2, cell::of_value(value))?;
            }
            insert.raw_bind_parameter(row.len() + 2, version.0)?;
            insert.raw_execute()?;
        }
        Ok(())
    }

    /// A row under the new version. The server took no confirmed value that does not fit; what only this device made
    /// of a record and does not fit is played again, and told to be in doubt.
    fn row(&self, old: usize, new: usize, values: Vec<Json>) -> Row {
        let (was, is) = (&self.old.schema.types[old], &self.new.schema.types[new]);
        let values = match is.system {
            true if is.name == CONFLICT => cards::row_up(self.new.ladder, self.from(), values),
            true => values,
            false => self.new.ladder.row_up(self.from(), &was.name, values).unwrap_or_default(),
        };
        let value = |(field, json): (&Field, &Json)| {
            let read = Value::read(field, json).ok().or_else(|| Value::judged(field, json));
            read.unwrap_or(Value::Null)
        };
        is.fields.iter().zip(&values).map(value).collect()
    }

    fn row_text(&self, old: usize, new: usize, text: &str) -> Result<String, StoreError> {
        let values = json::parse(text).map_err(|_| StoreError::unreadable("an image"))?;
        Ok(row::write(&self.row(old, new, values)))
    }

    /// Images and deleted records, and what names types by their places.
    fn engine(&self) -> Result<(), StoreError> {
        let conn = self.new.conn;
        for (table, column) in [("fb_pending", "image"), ("fb_gone", "row")] {
            let find = format!("SELECT of, id, {column} FROM {table} WHERE {column} IS NOT NULL");
            let mut select = conn.prepare(&find)?;
            let rows = select.query_map([], |row| {
                Ok((row.get::<_, usize>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, String>(2)?))
            })?;
            let set = format!(
                "UPDATE {table} SET {column} = ?3 WHERE of = ?1 AND id = ?2 AND {column} IS NOT NULL"
            );
            let mut update = conn.prepare(&set)?;
            for found in rows.collect::<Result<Vec<_>, _>>()? {
                let (old, id, text) = found;
                let Some((_, new)) = self.places().find(|(place, _)| *place == old) else { continue };
                update.execute(params![old, id, self.row_text(old, new, &text)?])?;
            }
        }
        for table in PLACES {
            // Through numbers that no type has, since places may be exchanged.
            for (old, new) in self.places().filter(|(old, new)| old != new) {
                conn.execute(&format!("UPDATE {table} SET of = -1 - ?2 WHERE of = ?1"), (old, new))?;
            }
            conn.execute(&format!("UPDATE {table} SET of = -1 - of WHERE of < 0"), [])?;
        }
        Ok(())
    }

    /// What stands beside the ops' texts.
    fn log(&self) -> Result<(), StoreError> {
        let places: BTreeMap<usize, usize> = self.places().collect();
        let moved = places.iter().any(|(old, new)| old != new);
        if !moved && !self.new.ladder.moves(self.from()) {
            return Ok(());
        }
        let conn = self.new.conn;
        let mut select = conn.prepare("SELECT seq, touches, did, plays FROM fb_op ORDER BY seq")?;
        let mut update =
            conn.prepare("UPDATE fb_op SET touches = ?2, did = ?3, plays = ?4 WHERE seq = ?1")?;
        let mut rows = select.query([])?;
        while let Some(found) = rows.next()? {
            let unreadable = || StoreError::unreadable("what an action did");
            let seq = Seq(found.get(0)?);
            let touches = oplog::unpacked(found.get_ref(1)?.as_blob().map_err(|_| unreadable())?);
            let key = |key: Key| Key { of: places.get(&key.of).copied().unwrap_or(key.of), ..key };
            let touches: Vec<Key> = touches.into_iter().map(key).collect();
            let did = found.get_ref(2)?.as_str().map_err(|_| unreadable())?;
            let did = text::up(self.new.ladder, self.from(), did).ok_or_else(unreadable)?;
            let kept: Option<String> = found.get(3)?;
            let kept = kept.map(|text| plays::up(self.new.ladder, self.from(), &text).ok_or_else(unreadable));
            update.execute(params![seq.0, oplog::packed(&touches), did, kept.transpose()?])?;
        }
        Ok(())
    }

    /// Types that own others only now: their deleted records hide what refers to them.
    fn bury(&self) -> Result<(), StoreError> {
        for (old, new) in self.places() {
            if self.new.tables.owners.owns(new) && !self.old.tables.owners.owns(old) {
                let mut select = self.new.conn.prepare("SELECT id FROM fb_gone WHERE of = ?1")?;
                let ids = select.query_map([new], |row| row.get(0).map(RecordId::from_bytes))?;
                for id in ids.collect::<Result<Vec<_>, _>>()? {
                    owners::note(self.new, new, id.encode(&mut [0; 36]), false)?;
                }
            }
        }
        Ok(())
    }
}
