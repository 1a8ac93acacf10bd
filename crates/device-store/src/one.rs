//! One record as it is shown.

use fieldbook_device_sync::Key;
use fieldbook_model::{Fields, RecordId};

use crate::alias;
use crate::error::StoreError;
use crate::open::Store;
use crate::shown;

impl Store {
    /// What a record holds, if it is shown here; also by the id that a duplicate act gave it.
    pub fn shown_record(&mut self, of: &str, id: RecordId) -> Result<Option<Fields>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let Some(of) = tx.schema.place(of) else { return Ok(None) };
        let key = alias::in_force(tx, Key { of, id })?;
        if !shown::is_shown(tx, key)? {
            return Ok(None);
        }
        let fields = tx.schema.types[of].fields.iter().map(|field| field.name.clone());
        let row = shown::find(tx, key)?.map(|(row, _)| row);
        Ok(row.map(|row| Fields(fields.zip(row.iter().map(fieldbook_model::Value::to_json)).collect())))
    }
}
