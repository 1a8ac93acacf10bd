//! Damages what the server confirmed, as a bug or a bad disk would, so that a test can see that it is found. In no released
//! build.

use fieldbook_model::RecordId;
use fieldbook_model::schema::{Field, Kind};

use crate::error::StoreError;
use crate::lies;
use crate::open::{Durability, Store, Tx};
use crate::pending;
use crate::schema_sql::quoted;

/// What befalls a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// It holds something else.
    Value,
    /// It is gone.
    Gone,
    /// There is another like it that the server does not have.
    Extra(RecordId),
}

impl Store {
    /// Damages one of the confirmed rows, of one type or of any, chosen by a number, that no pending op touches. Tells its type and id; `None` where
    /// there is no such row.
    pub fn damage(
        &mut self,
        damage: Damage,
        of: Option<&str>,
        choice: u64,
    ) -> Result<Option<(String, RecordId)>, StoreError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let mut rows = rows(tx, damage)?;
        rows.retain(|(row, _)| of.is_none_or(|of| tx.schema.types[*row].name == of));
        if rows.is_empty() {
            return Ok(None);
        }
        let (of, id) = rows[usize::try_from(choice % rows.len() as u64).unwrap_or(0)];
        let (ty, sql) = (&tx.schema.types[of], &tx.tables.types[of]);
        let name = &sql.name;
        let fields: String = ty.fields.iter().map(|field| quoted(&field.name) + ", ").collect();
        let columns = format!("{fields}_version{}", if sql.scoped { ", _scope" } else { "" });
        match damage {
            Damage::Gone => conn.execute(&format!("DELETE FROM {name} WHERE id = ?1"), [id.to_string()])?,
            Damage::Extra(other) => {
                let copy = format!(
                    "INSERT INTO {name}(id, {columns}) SELECT ?2, {columns} FROM {name} WHERE id = ?1"
                );
                conn.execute(&copy, [id.to_string(), other.to_string()])?
            }
            Damage::Value => {
                let field = ty.fields.iter().find(|field| breaks(field));
                let field = quoted(field.map_or("_version", |field| &field.name));
                let update = format!("UPDATE {name} SET {field} = coalesce({field}, 0) + 1 WHERE id = ?1");
                conn.execute(&update, [id.to_string()])?
            }
        };
        let ty = ty.name.clone();
        conn.commit()?;
        Ok(Some((ty, id)))
    }
}

/// The rows of the app's types that may be damaged.
fn rows(tx: Tx<'_>, damage: Damage) -> Result<Vec<(usize, RecordId)>, StoreError> {
    let mut spared = lies::all_lingering(tx)?;
    spared.extend(pending::all(tx)?);
    let mut found = Vec::new();
    for (of, ty) in tx.schema.types.iter().enumerate().filter(|(_, ty)| !ty.system) {
        if damage == Damage::Value && !ty.fields.iter().any(breaks) {
            continue;
        }
        let mut select =
            tx.conn.prepare(&format!("SELECT id FROM {} ORDER BY id", tx.tables.types[of].name))?;
        for id in select.query_map([], |row| row.get::<_, String>(0))? {
            let id = RecordId::parse(&id?).map_err(|_| StoreError::unreadable("the id of a record"))?;
            if !spared.contains(&fieldbook_device_sync::Key { of, id }) {
                found.push((of, id));
            }
        }
    }
    Ok(found)
}

/// Whether one more is another value of a field.
fn breaks(field: &Field) -> bool {
    matches!(field.kind, Kind::Integer | Kind::Decimal { .. } | Kind::Money { .. })
}
