//! The whole state as canonical JSON lines, for comparing a device with the server: sorted by type and id,
//! fields in the order of the schema, empty ones included.

use std::collections::BTreeMap;

use fieldbook_device_sync::Key;
use fieldbook_merge::Row;
use fieldbook_model::schema::RecordType;
use fieldbook_model::{RecordId, Version, json};

use crate::error::StoreError;
use crate::open::{Store, Tx};
use crate::pending;
use crate::shown;

/// Which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// What is shown, own pending ops included.
    Shown,
    /// What the server confirmed.
    Confirmed,
}

impl Store {
    /// The whole state: `{"type":…,"id":…,"version":…,"fields":{…}}`, one line for each record.
    pub fn export(&mut self, what: Export) -> Result<Vec<String>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let mut types: Vec<usize> = (0..tx.schema.types.len()).collect();
        types.sort_by_key(|of| &tx.schema.types[*of].name);
        let mut lines = Vec::new();
        for of in types {
            let ty = &tx.schema.types[of];
            let mut records = all(tx, of)?;
            if what == Export::Confirmed {
                for key in pending::all(tx)?.into_iter().filter(|key| key.of == of) {
                    confirm(tx, key, &mut records)?;
                }
            }
            lines.extend(records.iter().map(|(id, (row, version))| line(ty, *id, *version, row)));
        }
        Ok(lines)
    }
}

type Records = BTreeMap<RecordId, (Row, Version)>;

fn all(tx: Tx<'_>, of: usize) -> Result<Records, StoreError> {
    let ty = &tx.schema.types[of];
    let mut select = tx.conn.prepare_cached(&tx.tables.0[of].select_all)?;
    let mut rows = select.query([])?;
    let mut records = Records::new();
    while let Some(row) = rows.next()? {
        let id = row.get_ref(ty.fields.len() + 1)?;
        let id = id.as_str().ok().and_then(|text| RecordId::parse(text).ok());
        let id = id.ok_or_else(|| StoreError::unreadable("the id of a record"))?;
        records.insert(id, shown::read(ty, row)?);
    }
    Ok(records)
}

/// Puts the image in the place of what is shown.
fn confirm(tx: Tx<'_>, key: Key, records: &mut Records) -> Result<(), StoreError> {
    let image = pending::touched(tx, key)?.image.unwrap_or_default();
    match image.row {
        Some(row) => records.insert(key.id, (row, image.version)),
        None => records.remove(&key.id),
    };
    Ok(())
}

fn line(ty: &RecordType, id: RecordId, version: Version, row: &Row) -> String {
    let fields = ty.fields.iter().zip(row);
    let fields = fields.map(|(field, value)| format!("{}:{}", json::write(&field.name), json::write(value)));
    let fields = fields.collect::<Vec<_>>().join(",");
    let of = json::write(&ty.name);
    format!(r#"{{"type":{of},"id":"{id}","version":{version},"fields":{{{fields}}}}}"#)
}
