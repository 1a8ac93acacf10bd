//! Blobs: the bytes that fields of kind `blob` name by their SHA-256, in parts beside the rows. What a record names that is here is wanted,
//! the one of the newest record first; what no record names any more goes, unless an op does that the server has not settled.
//!
//! ```text
//!   a record names it ──► wanted ══ pieces of it ══► its sum is right ──► here ──► nothing names it ──► gone
//!                            ├──► it does not fit: noted with the room that was left
//!                            ├──► the server has none of it
//!                            └──► its bytes have another sum: none of them is kept
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use fieldbook_device_sync::{Brought, Piece};
use fieldbook_model::chain::Hash;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::Kind as FieldKind;
use fieldbook_model::{RecordId, WallTime};
use fieldbook_protocol::blob::BlobAsk;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::lies;
use crate::open::{Durability, Store, Tx};
use crate::schema_sql::quoted;
use crate::scopes;

/// So many bytes make a part.
const PART: usize = 256 << 10;
/// What SQLite puts together of two blobs is a text of the same bytes.
const PUT_PART: &str = "INSERT INTO fb_blob_part(blob, part, data) VALUES (?1, ?2, ?3) \
     ON CONFLICT (blob, part) DO UPDATE SET data = CAST(data || excluded.data AS BLOB)";
/// A blob that was put here and that nothing names yet stays for so long, in milliseconds.
const UNNAMED_MS: i64 = 24 * 3_600_000;
/// So much room is left to what people write.
const SPARE: u64 = 4 << 20;

/// How far a blob is, as `fb_blob` has it.
const WANTED: u8 = 0;
const HERE: u8 = 1;
const NO_ROOM: u8 = 2;
const NOT_THERE: u8 = 3;
const FAILED: u8 = 4;

/// How far a blob is that a record names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobState {
    /// Its bytes are here.
    Here,
    /// It comes with the next sync: so many of its bytes are here.
    NotYet {
        /// How many.
        have: u64,
    },
    /// It does not fit.
    NoRoom {
        /// What was left when it was tried, where that is known.
        room: Option<u64>,
    },
    /// The server has none, or none for this user.
    NotOnServer,
    /// What came had another sum, or the server refused it.
    Failed,
}

/// A blob that a record names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBlob {
    /// The SHA-256 of its bytes.
    pub sum: Hash,
    /// The record's type.
    pub of: String,
    /// Its id.
    pub id: RecordId,
    /// The field.
    pub field: String,
    /// How many bytes it has, where that is known.
    pub bytes: Option<u64>,
    /// How far it is.
    pub state: BlobState,
}

/// Blobs that records name, and what of them is here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlobsHere {
    /// How many are named.
    pub named: u64,
    /// How many of them are here.
    pub here: u64,
    /// The bytes of those.
    pub bytes: u64,
}

/// A record that names a blob.
struct Name {
    sum: String,
    of: usize,
    id: String,
    field: usize,
    version: u64,
    /// Whether the server knows it so: no op of this device waits on it.
    is_settled: bool,
}

impl Store {
    /// Says how many bytes there is room for. `None`: nobody knows.
    pub fn set_room(&mut self, room: Option<u64>) {
        (self.room, self.unfit) = (room, None);
    }

    /// Keeps a blob of this device's own, durably. It stays for a day without being named.
    pub fn put_blob(&mut self, bytes: &[u8], now: WallTime) -> Result<Hash, StoreError> {
        let sum = Hash::of(bytes);
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let until = now.0.saturating_add(UNNAMED_MS);
        if row(tx, sum)?.is_none_or(|row| row.state != HERE) {
            clear(tx, sum)?;
            let blob = insert(tx, sum)?;
            append(tx, (blob, 0), bytes)?;
            let done = "UPDATE fb_blob SET state = ?2, bytes = ?3, have = ?3 WHERE n = ?1";
            conn.prepare_cached(done)?.execute(params![blob, HERE, bytes.len() as u64])?;
        }
        conn.prepare_cached("UPDATE fb_blob SET until = max(until, ?2) WHERE sum = ?1")?
            .execute(params![sum.to_string(), until])?;
        conn.commit()?;
        Ok(sum)
    }

    /// Some bytes of a blob, as far as it has so many; `None` where it is not here.
    pub fn blob(&mut self, sum: Hash, range: Range<u64>) -> Result<Option<Vec<u8>>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let Some(Row { n, bytes: Some(bytes), .. }) = row(tx, sum)?.filter(|row| row.state == HERE) else {
            return Ok(None);
        };
        read(tx, n, range.start.min(bytes)..range.end.min(bytes)).map(Some)
    }

    /// How many bytes a blob has that is here; `None` where it is not.
    pub fn blob_bytes(&mut self, sum: Hash) -> Result<Option<u64>, StoreError> {
        let (conn, parts) = self.read()?;
        let found = row(parts.on(&conn), sum)?.filter(|row| row.state == HERE);
        Ok(found.and_then(|row| row.bytes))
    }

    /// Every blob that a record names, by type, id and field.
    pub fn blobs(&mut self) -> Result<Vec<NamedBlob>, StoreError> {
        let unfit = self.unfit;
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let mut blobs = Vec::new();
        for name in names(tx, None)? {
            let Some(sum) = Hash::parse(&name.sum) else { continue };
            let found = row(tx, sum)?;
            let state = match &found {
                Some(Row { state: HERE, .. }) => BlobState::Here,
                Some(Row { state: NO_ROOM, room, .. }) => BlobState::NoRoom { room: *room },
                Some(_) if unfit == Some(sum) => BlobState::NoRoom { room: None },
                Some(Row { state: NOT_THERE, .. }) => BlobState::NotOnServer,
                Some(Row { state: FAILED, .. }) => BlobState::Failed,
                found => BlobState::NotYet { have: found.as_ref().map_or(0, |row| row.have) },
            };
            let ty = &tx.schema.types[name.of];
            blobs.push(NamedBlob {
                sum,
                of: ty.name.clone(),
                id: RecordId::parse(&name.id).map_err(|_| StoreError::unreadable("the id of a record"))?,
                field: ty.fields[name.field].name.clone(),
                bytes: found.and_then(|row| row.bytes),
                state,
            });
        }
        blobs.sort_by(|one, other| (&one.of, one.id, &one.field).cmp(&(&other.of, other.id, &other.field)));
        Ok(blobs)
    }

    /// How many blobs are still to come, and how many bytes of them, as far as that is known.
    pub fn blobs_to_come(&mut self) -> Result<(u64, u64), StoreError> {
        let (conn, parts) = self.read()?;
        to_come(parts.on(&conn))
    }

    /// Looks what records name by now: what is new is wanted, and what none names any more goes. How many are wanted.
    pub(crate) fn look_for_blobs(&mut self, now: WallTime) -> Result<u64, StoreError> {
        if self.unfit.is_some() || !has_any(&self.identity().schema) {
            return Ok(0);
        }
        let room = self.room;
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        want(tx)?;
        drop_unnamed(tx, Some(now))?;
        if let Some(room) = room {
            conn.prepare_cached(
                "UPDATE fb_blob SET state = 0, room = NULL WHERE state = ?1 AND bytes + ?2 <= ?3",
            )?
            .execute(params![NO_ROOM, SPARE, room])?;
        }
        let wanted = wanted(tx)?;
        conn.commit()?;
        Ok(wanted)
    }

    /// Lets go of what nothing names any more, as at the end of each pull; `now`: by the device's clock.
    pub fn collect_blobs(&mut self, now: WallTime) -> Result<(), StoreError> {
        let (conn, parts) = self.write(Durability::Later)?;
        drop_unnamed(parts.on(&conn), Some(now))?;
        Ok(conn.commit()?)
    }

    /// What was tried in vain is tried again: a new session begins, or a person wants it.
    pub fn try_blobs_again(&mut self) -> Result<(), StoreError> {
        self.unfit = None;
        if !has_any(&self.identity().schema) {
            return Ok(());
        }
        let (conn, _) = self.write(Durability::Later)?;
        let again = "UPDATE fb_blob SET state = 0, room = NULL WHERE state IN (?1, ?2) OR state = ?3 AND room IS NULL";
        conn.prepare_cached(again)?.execute(params![NOT_THERE, FAILED, NO_ROOM])?;
        Ok(conn.commit()?)
    }

    /// What to ask the server for next; `None` where nothing is wanted.
    pub(crate) fn next_blob(&mut self) -> Result<Option<BlobAsk>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let select = "SELECT sum, of, id, have FROM fb_blob WHERE state = 0 AND of IS NOT NULL ORDER BY need DESC, n LIMIT 1";
        let found = tx.conn.prepare_cached(select)?.query_row([], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?))
        });
        let Some((sum, of, id, first)) = found.optional()? else { return Ok(None) };
        let unreadable = || StoreError::unreadable("what names a blob");
        Ok(Some(BlobAsk {
            sum: Hash::parse(&sum).ok_or_else(unreadable)?,
            of,
            id: RecordId::parse(&id).map_err(|_| unreadable())?,
            schema: tx.schema.version,
            first,
        }))
    }

    /// Keeps what came of a blob. How many are wanted still.
    pub(crate) fn keep_blob(&mut self, brought: &Brought) -> Result<u64, StoreError> {
        let room = self.room;
        let kept = match (self.kept(brought, room), brought) {
            // What is full now takes a note at most: that it does not fit.
            (Err(StoreError::Full), Brought::Piece(piece)) => {
                self.passed_over(piece.sum, NO_ROOM, (Some(piece.total), None))
            }
            (kept, _) => kept,
        };
        match (kept, brought) {
            // Not even that: nothing more is asked for until there may be room.
            (
                Err(StoreError::Full),
                Brought::Piece(Piece { sum, .. }) | Brought::Nothing(sum) | Brought::Refused(sum),
            ) => {
                self.unfit = Some(*sum);
                Ok(0)
            }
            (kept, _) => kept,
        }
    }

    fn kept(&mut self, brought: &Brought, room: Option<u64>) -> Result<u64, StoreError> {
        let piece = match brought {
            Brought::Piece(piece) => piece,
            Brought::Nothing(sum) => return self.passed_over(*sum, NOT_THERE, (None, None)),
            Brought::Refused(sum) => return self.passed_over(*sum, FAILED, (None, None)),
        };
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        let found = row(tx, piece.sum)?.filter(|row| row.state == WANTED && row.have == piece.first);
        // One that is wanted no more, or has come another way, or a piece of another place: what there is stays as it is.
        let Some(found) = found else { return wanted(tx) };
        let end = piece.first.saturating_add(piece.bytes.len() as u64);
        let is_whole = end == piece.total;
        let is_more = end > piece.first || is_whole;
        let fits = room
            .is_none_or(|room| (piece.total - piece.first.min(piece.total)).saturating_add(SPARE) <= room);
        let why = match () {
            () if end > piece.total || !is_more || found.bytes.is_some_and(|bytes| bytes != piece.total) => {
                Some(FAILED)
            }
            () if !fits => Some(NO_ROOM),
            () => None,
        };
        if let Some(why) = why {
            conn.finish()?;
            return self.passed_over(piece.sum, why, (Some(piece.total), room.filter(|_| why == NO_ROOM)));
        }
        take(tx, found.n, piece)?;
        if is_whole && sum_of(tx, found.n)? != piece.sum {
            drop(conn);
            return self.passed_over(piece.sum, FAILED, (Some(piece.total), None));
        }
        let state = if is_whole { HERE } else { WANTED };
        conn.prepare_cached(
            "UPDATE fb_blob SET state = ?2, bytes = ?3, have = ?4, room = NULL WHERE n = ?1",
        )?
        .execute(params![found.n, state, piece.total, end])?;
        let left = wanted(tx)?;
        conn.commit()?;
        Ok(left)
    }

    /// Notes why a blob does not come, and lets go of what has come of it.
    fn passed_over(
        &mut self,
        sum: Hash,
        why: u8,
        (bytes, room): (Option<u64>, Option<u64>),
    ) -> Result<u64, StoreError> {
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        if let Some(Row { n, .. }) = row(tx, sum)?.filter(|row| row.state != HERE) {
            drop_parts(tx, n)?;
            let note = "UPDATE fb_blob SET state = ?2, have = 0, bytes = coalesce(?3, bytes), room = ?4 WHERE n = ?1";
            conn.prepare_cached(note)?.execute(params![n, why, bytes, room])?;
        }
        let left = wanted(tx)?;
        conn.commit()?;
        Ok(left)
    }
}

/// How many blobs are still to come, and how many bytes of them, as far as that is known.
pub(crate) fn to_come(tx: Tx<'_>) -> Result<(u64, u64), StoreError> {
    if !has_any(tx.schema) {
        return Ok((0, 0));
    }
    let count =
        "SELECT count(*), coalesce(sum(bytes - have), 0) FROM fb_blob WHERE state = 0 AND of IS NOT NULL";
    Ok(tx.conn.prepare_cached(count)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// What is known of a blob.
struct Row {
    n: i64,
    state: u8,
    bytes: Option<u64>,
    have: u64,
    room: Option<u64>,
}

fn row(tx: Tx<'_>, sum: Hash) -> Result<Option<Row>, StoreError> {
    let mut select =
        tx.conn.prepare_cached("SELECT n, state, bytes, have, room FROM fb_blob WHERE sum = ?1")?;
    let found = select.query_row([sum.to_string()], |row| {
        Ok(Row {
            n: row.get(0)?,
            state: row.get(1)?,
            bytes: row.get(2)?,
            have: row.get(3)?,
            room: row.get(4)?,
        })
    });
    Ok(found.optional()?)
}

fn insert(tx: Tx<'_>, sum: Hash) -> Result<i64, StoreError> {
    tx.conn.prepare_cached("INSERT INTO fb_blob(sum, state) VALUES (?1, 0)")?.execute([sum.to_string()])?;
    Ok(tx.conn.last_insert_rowid())
}

/// Takes in a piece, which begins where the parts that are here end.
fn take(tx: Tx<'_>, blob: i64, piece: &Piece) -> Result<(), StoreError> {
    append(tx, (blob, piece.first), &piece.bytes)
}

/// Appends bytes behind those that are here, in full parts but for the last.
fn append(tx: Tx<'_>, (blob, first): (i64, u64), bytes: &[u8]) -> Result<(), StoreError> {
    let mut put = tx.conn.prepare_cached(match planted(Defect::PiecesMeetAsText) {
        true => "INSERT INTO fb_blob_part(blob, part, data) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET data = data || excluded.data",
        false => PUT_PART,
    })?;
    let (mut place, mut left) = (first, bytes);
    while !left.is_empty() {
        let within = (place % PART as u64) as usize;
        let (now, later) = left.split_at(left.len().min(PART - within));
        put.execute(params![blob, place / PART as u64, now])?;
        (place, left) = (place + now.len() as u64, later);
    }
    Ok(())
}

fn read(tx: Tx<'_>, blob: i64, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    if range.is_empty() {
        return Ok(bytes);
    }
    let (first, last) = (range.start / PART as u64, (range.end - 1) / PART as u64);
    let mut select = tx.conn.prepare_cached(
        "SELECT part, data FROM fb_blob_part WHERE blob = ?1 AND part BETWEEN ?2 AND ?3 ORDER BY part",
    )?;
    let mut rows = select.query(params![blob, first, last])?;
    while let Some(row) = rows.next()? {
        let begins = row.get::<_, u64>(0)? * PART as u64;
        let data = row.get_ref(1)?.as_blob().map_err(|_| StoreError::unreadable("a part of a blob"))?;
        let from = range.start.saturating_sub(begins).min(data.len() as u64) as usize;
        let to = (range.end - begins).min(data.len() as u64) as usize;
        bytes.extend_from_slice(&data[from..to]);
    }
    match bytes.len() as u64 == range.end - range.start {
        true => Ok(bytes),
        false => Err(StoreError::unreadable("a part of a blob")),
    }
}

/// The sum of what is here of a blob, part by part.
fn sum_of(tx: Tx<'_>, blob: i64) -> Result<Hash, StoreError> {
    let mut sum = Sha256::new();
    let mut select = tx.conn.prepare_cached("SELECT data FROM fb_blob_part WHERE blob = ?1 ORDER BY part")?;
    let mut rows = select.query([blob])?;
    while let Some(row) = rows.next()? {
        sum.update(row.get_ref(0)?.as_blob().map_err(|_| StoreError::unreadable("a part of a blob"))?);
    }
    Ok(Hash(sum.finalize().into()))
}

fn clear(tx: Tx<'_>, sum: Hash) -> Result<(), StoreError> {
    if let Some(Row { n, .. }) = row(tx, sum)? {
        drop_parts(tx, n)?;
        tx.conn.prepare_cached("DELETE FROM fb_blob WHERE n = ?1")?.execute([n])?;
    }
    Ok(())
}

fn drop_parts(tx: Tx<'_>, blob: i64) -> Result<(), StoreError> {
    tx.conn.prepare_cached("DELETE FROM fb_blob_part WHERE blob = ?1")?.execute([blob])?;
    Ok(())
}

fn wanted(tx: Tx<'_>) -> Result<u64, StoreError> {
    let count = "SELECT count(*) FROM fb_blob WHERE state = 0 AND of IS NOT NULL";
    Ok(tx.conn.prepare_cached(count)?.query_row([], |row| row.get(0))?)
}

/// Whether any record of a schema could name a blob.
fn has_any(schema: &fieldbook_model::Schema) -> bool {
    schema.types.iter().any(|ty| ty.fields.iter().any(|field| field.kind == FieldKind::Blob))
}

/// Every record that names a blob, of all that is here or of some scopes. What a record names that opens a scope belongs to that scope: the
/// plan of a floor comes with the floor, and not with the list of floors.
fn names(tx: Tx<'_>, within: Option<&BTreeSet<i64>>) -> Result<Vec<Name>, StoreError> {
    let mut names = Vec::new();
    if !has_any(tx.schema) {
        return Ok(names);
    }
    let here = lies::covered(tx, &scopes::loaded(tx)?, lies::Around::Left)?;
    let opened = lies::names_of(tx, within.unwrap_or(&here))?;
    for (of, ty) in tx.schema.types.iter().enumerate() {
        let sql = &tx.tables.types[of];
        let blobs = ty.fields.iter().enumerate();
        for (place, field) in blobs.filter(|(_, field)| field.kind == FieldKind::Blob && !field.retired) {
            let (table, column) = (&sql.name, quoted(&field.name));
            let lies = match within {
                Some(numbers) if !ty.scope && sql.scoped => {
                    format!(" AND _scope IN ({})", lies::list(numbers))
                }
                Some(_) if !ty.scope => continue,
                _ => String::new(),
            };
            let select = format!(
                "SELECT {column}, id, _version, NOT EXISTS (SELECT 1 FROM fb_pending AS p WHERE p.of = {of} \
                 AND lower(hex(p.id)) = replace({table}.id, '-', '')) FROM {table} WHERE {column} IS NOT NULL{lies}"
            );
            let mut select = tx.conn.prepare_cached(&select)?;
            let found = select.query_map([], |row| {
                let (sum, id) = (row.get(0)?, row.get(1)?);
                Ok(Name { sum, of, id, field: place, version: row.get(2)?, is_settled: row.get(3)? })
            })?;
            for name in found {
                let name = name?;
                if !ty.scope || opened.contains(&format!("{}/{}", ty.name, name.id)) {
                    names.push(name);
                }
            }
        }
    }
    Ok(names)
}

/// Wants what records name that is not here, and notes by which record it is asked for.
fn want(tx: Tx<'_>) -> Result<(), StoreError> {
    let mut best: BTreeMap<String, Name> = BTreeMap::new();
    for name in names(tx, None)?.into_iter().filter(|name| name.is_settled) {
        let before = best.get(&name.sum);
        if before.is_none_or(|before| (before.version, &before.id) < (name.version, &name.id)) {
            best.insert(name.sum.clone(), name);
        }
    }
    // What no record names that the server knows so is not asked for.
    tx.conn
        .prepare_cached("UPDATE fb_blob SET of = NULL WHERE state <> ?1 AND of IS NOT NULL")?
        .execute([HERE])?;
    let mut put = tx.conn.prepare_cached(
        "INSERT INTO fb_blob(sum, state, of, id, need) VALUES (?1, 0, ?2, ?3, ?4) ON CONFLICT (sum) DO UPDATE SET \
         state = CASE WHEN state IN (?5, ?6) AND (need <> excluded.need OR id IS NOT excluded.id) THEN 0 ELSE state END, \
         of = excluded.of, id = excluded.id, need = excluded.need WHERE state <> ?7",
    )?;
    for (sum, name) in &best {
        let of = &tx.schema.types[name.of].name;
        put.execute(params![sum, of, name.id, name.version, NOT_THERE, FAILED, HERE])?;
    }
    Ok(())
}

/// Lets go of what no record names and no op that the server has not settled. A blob that was put here stays for a day all the same;
/// who does not know the time leaves all of those.
pub(crate) fn drop_unnamed(tx: Tx<'_>, now: Option<WallTime>) -> Result<(), StoreError> {
    if !has_any(tx.schema) {
        return Ok(());
    }
    let mut select = tx.conn.prepare_cached("SELECT n, sum FROM fb_blob WHERE until < ?1")?;
    let now = now.map_or(1, |now| now.0);
    let known = select.query_map([now], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    let mut known: Vec<(i64, String)> = known.collect::<Result<_, _>>()?;
    if known.is_empty() {
        return Ok(());
    }
    let named: BTreeSet<String> = names(tx, None)?.into_iter().map(|name| name.sum).collect();
    known.retain(|(_, sum)| !named.contains(sum));
    let mut unsettled = tx.conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM fb_op WHERE (state IN (0, 1) OR state >= 3 AND state IN (3, 5, 9)) AND instr(text, ?1))",
    )?;
    for (n, sum) in known {
        if !unsettled.query_row([&sum], |row| row.get::<_, bool>(0))? {
            drop_parts(tx, n)?;
            tx.conn.prepare_cached("DELETE FROM fb_blob WHERE n = ?1")?.execute([n])?;
        }
    }
    Ok(())
}

/// The blobs that the records of some scopes name.
pub(crate) fn of_scopes(tx: Tx<'_>, numbers: &BTreeSet<i64>) -> Result<BlobsHere, StoreError> {
    let mut counted = BlobsHere::default();
    let sums: BTreeSet<String> = names(tx, Some(numbers))?.into_iter().map(|name| name.sum).collect();
    for sum in sums.iter().filter_map(|sum| Hash::parse(sum)) {
        counted.named += 1;
        if let Some(Row { state: HERE, bytes, .. }) = row(tx, sum)? {
            (counted.here, counted.bytes) = (counted.here + 1, counted.bytes + bytes.unwrap_or(0));
        }
    }
    Ok(counted)
}
