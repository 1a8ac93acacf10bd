//! The whole state as canonical JSON lines, for comparing a device with the server: sorted by type and id,
//! fields in the order of the schema, empty ones included.

use std::collections::BTreeMap;

use fieldbook_device_sync::Key;
use fieldbook_merge::Row;
use fieldbook_model::schema::RecordType;
use fieldbook_model::{RecordId, Version, json};

use crate::error::StoreError;
use crate::open::{Store, Tx};
use crate::owners;
use crate::pending;
use crate::shown::{self, Records, Rows};

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
        let mut live = BTreeMap::new();
        for of in 0..tx.schema.types.len() {
            live.insert(
                of,
                match what {
                    Export::Shown => shown::all(tx, of, Rows::Shown)?,
                    Export::Confirmed => shown::all(tx, of, Rows::Live)?,
                },
            );
        }
        if what == Export::Confirmed {
            for key in pending::all(tx)? {
                confirm(tx, key, live.entry(key.of).or_default())?;
            }
            owners::without_orphans(tx, &mut live)?;
        }
        let mut types: Vec<usize> = (0..tx.schema.types.len()).collect();
        types.sort_by_key(|of| &tx.schema.types[*of].name);
        let lines = types.iter().flat_map(|of| {
            let ty = &tx.schema.types[*of];
            live[of].iter().map(|(id, (row, version))| line(ty, *id, *version, row))
        });
        Ok(lines.collect())
    }
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
