//! Finds records by the value of one field, for people who name a record by what they see.

use fieldbook_model::RecordId;
use fieldbook_model::decimal;
use fieldbook_model::schema::{Field, Kind, RecordType};
use fieldbook_model::words::a;
use rusqlite::types::Value;

use crate::error::StoreError;
use crate::open::Store;
use crate::schema_sql::quoted;

/// Enough to tell none, one and several apart, and to show a few.
const FOUND_MAX: usize = 3;

impl Store {
    /// The records shown with a value in a field, or in `id`; at most three.
    pub fn select_one(&mut self, of: &str, field: &str, value: &str) -> Result<Vec<RecordId>, StoreError> {
        let ty = self.identity().schema.find(of).ok_or_else(|| {
            let names = self.identity().schema.types.iter().map(|ty| ty.name.as_str());
            unknown(format!("There is no record type {of}"), names)
        })?;
        let wanted = match (field, ty.position(field)) {
            ("id", _) => Value::Text(value.to_lowercase()),
            (_, Some(place)) => cell(ty, &ty.fields[place], value)?,
            (_, None) => {
                let names = ty.fields.iter().map(|field| field.name.as_str());
                return Err(unknown(format!("{} has no field {field}", a(of)), names));
            }
        };
        let (table, column) = (quoted(of), quoted(field));
        let sql = format!("SELECT id FROM {table} WHERE {column} = ?1 ORDER BY id LIMIT {FOUND_MAX}");
        let (conn, _) = self.read()?;
        let mut select = conn.prepare(&sql)?;
        let ids = select.query_map([wanted], |row| row.get::<_, String>(0))?;
        let id =
            |text: String| RecordId::parse(&text).map_err(|_| StoreError::unreadable("the id of a record"));
        ids.map(|text| id(text?)).collect()
    }
}

fn unknown<'a>(what: String, names: impl Iterator<Item = &'a str>) -> StoreError {
    StoreError::Asked(format!("{what}; there are: {}", names.collect::<Vec<_>>().join(", ")))
}

/// A value as a person writes it, as its column has it.
fn cell(ty: &RecordType, field: &Field, text: &str) -> Result<Value, StoreError> {
    let number = match &field.kind {
        Kind::Integer => text.parse().ok(),
        Kind::Decimal { scale } | Kind::Money { scale, .. } => decimal::parse(text, *scale).ok(),
        Kind::Boolean => text.parse::<bool>().ok().map(i64::from),
        Kind::Json => {
            return Err(StoreError::Asked(format!("{}.{} cannot be searched", ty.name, field.name)));
        }
        _ => return Ok(Value::Text(text.to_owned())),
    };
    let wrong = || StoreError::Asked(format!("{text} is no value of {}.{}", ty.name, field.name));
    number.map(Value::Integer).ok_or_else(wrong)
}
