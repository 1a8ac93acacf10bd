//! Idempotency keys on the device: a key names an occasion. The same act under one key is done once; another
//! act under it is refused. Acts are compared by action and declared key fields, never by bytes (rule 20).

use fieldbook_device_sync::Key;
use fieldbook_merge::occasion::key_fields;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Change, Code, Fields, OpId, Refusal, Schema, Seq, json};
use rusqlite::OptionalExtension;

use crate::act::{ActError, Acted, Action};
use crate::alias;
use crate::error::StoreError;
use crate::judge;
use crate::open::Tx;
use crate::oplog;

/// The earlier op of an occasion, if what is wanted is the same act. The keys of ops
/// that came to nothing are free.
pub(crate) fn earlier(tx: Tx<'_>, key: &str, wanted: &Action) -> Result<Option<Acted>, ActError> {
    let mut select = tx.conn.prepare_cached(
        "SELECT seq, op_id, touches, text FROM fb_op WHERE key = ?1 AND state NOT IN (3, 6, 7, 8, 9) ORDER BY seq LIMIT 1",
    )?;
    let found = select.query_row([key], |row| {
        let op_id = OpId::from_bytes(row.get(1)?);
        Ok((Seq(row.get(0)?), op_id, row.get::<_, Vec<u8>>(2)?, row.get::<_, String>(3)?))
    });
    let Some((seq, op_id, touches, text)) = found.optional().map_err(StoreError::from)? else {
        return Ok(None);
    };
    let first = oplog::in_force(tx, &text)?;
    let fields = |changes: &[Change]| match planted(Defect::KeysComparedByBytes) {
        true => Ok(json::write(changes)),
        false => key_fields(tx.schema, &wanted.action, changes, |of, id| {
            Ok::<_, StoreError>(alias::in_force(tx, Key { of, id })?.id)
        }),
    };
    let asked = as_asked(tx.schema, &first.payload.changes, &wanted.changes);
    let same = first.action == wanted.action && fields(&asked)? == fields(&wanted.changes)?;
    if !same {
        let words = "This occasion was already used for something else on this device.";
        return Err(Refusal::new(Code::KeyReused, words).into());
    }
    let changed = judge::named(tx, &oplog::unpacked(&touches))?;
    Ok(Some(Acted { seq, op_id, duplicate: true, changed }))
}

/// An earlier act without what the device filled in: numbers of the series, and the other members of groups.
fn as_asked(schema: &Schema, first: &[Change], wanted: &[Change]) -> Vec<Change> {
    let mut first = first.to_vec();
    for (first, wanted) in first.iter_mut().zip(wanted) {
        let Some(ty) = schema.find(first.of()).filter(|ty| ty.name == wanted.of()) else { continue };
        let filled = |name: &str| {
            ty.position(name).is_some_and(|field| ty.fields[field].series || ty.group_of(field).is_some())
        };
        let keep = |fields: &mut Fields, asked: &Fields| {
            fields.0.retain(|(name, _)| !filled(name) || asked.find(name).is_some());
        };
        match (first, wanted) {
            (Change::Insert { fields, .. }, Change::Insert { fields: asked, .. }) => keep(fields, asked),
            (Change::Update { set, .. }, Change::Update { set: asked, .. }) => keep(set, asked),
            _ => {}
        }
    }
    first
}
