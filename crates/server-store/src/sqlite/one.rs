//! One record as a person reads it: by the same rights, in the same words and from the same rows as a page.

use fieldbook_model::chain::Hash;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::Kind;
use fieldbook_model::{Fields, Json, RecordId, Value, WallTime, cut, json};
use fieldbook_protocol::record::RecordReply;
use fieldbook_server_sync::Principal;
use rusqlite::{Connection, OptionalExtension, params};

use super::frame::Frame;
use super::number::nat;
use super::plan::rights;
use super::rows::Rows;
use super::scopes::Tree;
use super::sight::{self, Eyes};
use super::{batch, cuts};
use crate::error::{StoreError, damaged};

const FIND: &str = "SELECT version, row, scope FROM record WHERE of = ? AND id = ? AND deleted = 0";

/// What becomes of a record whose owner is deleted, while it is not itself (rule 18).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Orphans {
    Hidden,
    Read,
}

/// A record that is shown and that the person reads; `None` where it is not there, or not for that person.
pub fn read(
    connection: &Connection,
    frame: &Frame,
    of: (&str, RecordId),
    reader: (&Principal, Option<u32>),
    now: WallTime,
) -> Result<Option<RecordReply>, StoreError> {
    look(connection, frame, of, reader, (now, Orphans::Hidden))
}

fn look(
    connection: &Connection,
    frame: &Frame,
    (of, id): (&str, RecordId),
    (principal, schema): (&Principal, Option<u32>),
    (now, orphans): (WallTime, Orphans),
) -> Result<Option<RecordReply>, StoreError> {
    let known = |older: &u32| *older < frame.schema.version && frame.ladder.schema(*older).is_some();
    let older = schema.filter(known);
    let name = older.map_or_else(|| of.to_owned(), |older| frame.ladder.type_up(older, of));
    let Some(of) = frame.schema.place(&name).filter(|of| !frame.ty(*of).system) else { return Ok(None) };
    let Some((version, row, scope)) = live(connection, frame, of, id)? else { return Ok(None) };
    if orphans == Orphans::Hidden && !is_shown(connection, frame, of, &row)? {
        return Ok(None);
    }
    let (_, access) = rights(connection, principal, batch::head(connection)?.version)?;
    let Some(fields) = Eyes::new(connection, frame, access).fields(of, id)? else { return Ok(None) };
    let rows = Rows::reading(frame, older);
    let all = frame.ty(of).fields.len();
    let Some((columns, kept)) = rows.columns(of, Some(&fields).filter(|fields| fields.len() < all)) else {
        return Ok(None);
    };
    let values = rows.values(of, &row)?;
    let values = match kept {
        Some(kept) => sight::narrowed(&values, &kept)?,
        None => values.into_owned(),
    };
    let values: Vec<Json> = json::parse(&values).map_err(|_| damaged("a record"))?;
    let fields = Fields(columns.columns.into_iter().zip(values).collect());
    let scopes = Tree::new(connection, frame).path(scope)?;
    let time = now.max(batch::time(connection)?);
    Ok(Some(RecordReply {
        of: columns.of,
        id,
        version: fieldbook_model::Version(version),
        scopes,
        fields,
        time,
    }))
}

/// Whether a record that the person reads by now has a blob's sum in a field of that kind. The names are those of the version of the
/// schema that is asked for. One whose owner is deleted counts: it is on the person's device, to be shown again with its owner.
pub fn names_blob(
    connection: &Connection,
    frame: &Frame,
    of: (&str, RecordId),
    reader: (&Principal, Option<u32>),
    sum: Hash,
) -> Result<bool, StoreError> {
    let orphans = if planted(Defect::OrphansLoseFiles) { Orphans::Hidden } else { Orphans::Read };
    let record = look(connection, frame, of, reader, (WallTime(0), orphans))?;
    let Some(record) = record else { return Ok(false) };
    let schema = reader.1.and_then(|older| frame.ladder.schema(older)).unwrap_or(&frame.schema);
    let Some(of) = schema.place(&record.of) else { return Ok(false) };
    let blobs = schema.types[of].fields.iter().filter(|field| field.kind == Kind::Blob);
    let wanted = Json::Text(sum.to_string());
    Ok(blobs.into_iter().any(|field| record.fields.find(&field.name) == Some(&wanted)))
}

type Live = (u64, String, i64);

fn live(connection: &Connection, frame: &Frame, of: usize, id: RecordId) -> Result<Option<Live>, StoreError> {
    let key = params![frame.number(of), id.bytes()];
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?));
    let found = connection.prepare_cached(FIND)?.query_row(key, read).optional()?;
    found.map(|(version, row, scope)| Ok((nat(version)?, row, scope))).transpose()
}

/// Whether all that own a record with a row are there (rule 18).
pub fn is_shown(connection: &Connection, frame: &Frame, of: usize, row: &str) -> Result<bool, StoreError> {
    let mut queue = vec![(of, row.to_owned())];
    let mut been = std::collections::BTreeSet::new();
    while let Some((of, row)) = queue.pop() {
        for (field, owner) in cut::owners(&frame.schema, frame.ty(of)) {
            let Value::Ref(id) = cuts::value(frame, of, field, &row)? else { continue };
            if !been.insert((owner, id)) {
                continue;
            }
            match live(connection, frame, owner, id)? {
                None => return Ok(false),
                Some((_, row, _)) => queue.push((owner, row)),
            }
        }
    }
    Ok(true)
}
