//! Exports: the shown state as lines, whole for comparing a server with its devices, or as far as somebody reads it.

use std::ops::ControlFlow;

use fieldbook_model::json::{self, Json};
use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::{RecordId, UserId};
use rusqlite::{Connection, params};

use super::frame::Frame;
use super::number::nat;
use super::sight::{self, Eyes};
use super::visible::Owners;
use crate::error::{StoreError, damaged};

const LIVE: &str = "SELECT id, version, row, scope FROM record WHERE of = ? AND deleted = 0 ORDER BY id";
const OWN_OP: &str = "SELECT 1 FROM op JOIN line ON line.line = op.line WHERE op.op_id = ? AND line.user = ?";
const STATE: &str = "state";
const OPEN: &str = "open";

/// Takes lines for as long as it says so.
pub type Take<'t> = &'t mut dyn FnMut(String) -> ControlFlow<()>;

/// The types, sorted by name.
pub fn types_by_name(frame: &Frame) -> Vec<usize> {
    let mut types: Vec<usize> = (0..frame.schema.types.len()).collect();
    types.sort_by_key(|of| &frame.ty(*of).name);
    types
}

/// The shown records of a type, of each what some eyes see; all of it where there are none.
pub fn records(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    (owners, mut eyes): (&Owners, Option<&mut Eyes<'_>>),
    take: Take<'_>,
) -> Result<ControlFlow<()>, StoreError> {
    let line = Line::of(frame, of);
    let mut find = connection.prepare_cached(LIVE)?;
    let mut rows = find.query([frame.number(of)])?;
    while let Some(row) = rows.next()? {
        let (id, version) = (RecordId::from_bytes(row.get(0)?), nat(row.get(1)?)?);
        if !owners.show(of, id) {
            continue;
        }
        let seen = match &mut eyes {
            None => None,
            Some(eyes) => match eyes.fields(of, id)? {
                None => continue,
                seen => seen,
            },
        };
        let values = row.get_ref(2)?.as_str().map_err(|_| damaged("a record"))?;
        if take(line.write((id, version), values, seen.as_deref())?).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The open conflicts, as far as some eyes see what they are about; that an own op waits its author is told in any case (rule 50).
pub fn conflicts(
    connection: &Connection,
    frame: &Frame,
    (user, eyes): (UserId, &mut Eyes<'_>),
    take: Take<'_>,
) -> Result<ControlFlow<()>, StoreError> {
    let of = frame.schema.place(CONFLICT).ok_or_else(|| damaged("the schema"))?;
    let state = frame.ty(of).position(STATE).ok_or_else(|| damaged("the schema"))?;
    let line = Line::of(frame, of);
    let mut find = connection.prepare_cached(LIVE)?;
    let mut own = connection.prepare_cached(OWN_OP)?;
    let mut rows = find.query([frame.number(of)])?;
    while let Some(row) = rows.next()? {
        let (id, version) = (RecordId::from_bytes(row.get(0)?), nat(row.get(1)?)?);
        let values = row.get_ref(2)?.as_str().map_err(|_| damaged("a conflict"))?;
        let parts: Vec<Json> = json::parse(values).map_err(|_| damaged("a conflict"))?;
        if !matches!(parts.get(state), Some(Json::Text(state)) if state == OPEN) {
            continue;
        }
        let seen = match eyes.conflict((of, row.get(3)?), values)? {
            Some(seen) => seen,
            None if own.exists(params![id.bytes(), user.bytes()])? => {
                sight::nothing_of(&frame.schema, values)?
            }
            None => continue,
        };
        if take(line.write((id, version), &seen, None)?).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// How a record of a type is written.
struct Line<'a> {
    of: &'a str,
    fields: Vec<String>,
}

impl<'a> Line<'a> {
    fn of(frame: &'a Frame, of: usize) -> Self {
        let ty = frame.ty(of);
        // What was dropped stands behind all that is shown.
        let shown = ty.fields.iter().filter(|field| !field.retired);
        Self { of: &ty.name, fields: shown.map(|field| json::write(&field.name)).collect() }
    }

    /// The fields that are seen; all of them where none are named.
    fn write(
        &self,
        (id, version): (RecordId, u64),
        values: &str,
        seen: Option<&[usize]>,
    ) -> Result<String, StoreError> {
        let values: Vec<Json> = json::parse(values).map_err(|_| damaged("a record"))?;
        let values = values.iter().map(json::write).chain(std::iter::repeat("null".to_owned()));
        let is_seen = |at: usize| seen.is_none_or(|seen| seen.contains(&at));
        let fields = self.fields.iter().zip(values).enumerate().filter(|(at, _)| is_seen(*at));
        let fields: Vec<_> = fields.map(|(_, (name, value))| format!("{name}:{value}")).collect();
        let (of, fields) = (self.of, fields.join(","));
        Ok(format!(r#"{{"type":"{of}","id":"{id}","version":{version},"fields":{{{fields}}}}}"#))
    }
}
