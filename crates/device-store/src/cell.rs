//! Values between JSON, the model and the columns of a table.

use std::borrow::Cow;
use std::collections::BTreeSet;

use fieldbook_model::decimal::{self, Scaled};
use fieldbook_model::json::{self, Json};
use fieldbook_model::schema::{Field, Kind};
use fieldbook_model::{RecordId, Value};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::error::StoreError;

/// A value on its way into a column, without a copy where that can be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bound<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
    Id(RecordId),
}

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Id(id) => ToSqlOutput::from(id.to_string()),
        })
    }
}

/// A value as its column has it.
pub(crate) fn of_value(value: &Value) -> Bound<'_> {
    match value {
        Value::Null => Bound::Null,
        Value::Bool(value) => Bound::Int(i64::from(*value)),
        Value::Int(number) | Value::Decimal(Scaled(number, _)) => Bound::Int(*number),
        Value::Text(text) => Bound::Text(Cow::Borrowed(text)),
        Value::Ref(id) => Bound::Id(*id),
        Value::Set(_) => Bound::Text(Cow::Owned(json::write(value))),
        Value::Json(json) => Bound::Text(Cow::Owned(json::write(json))),
    }
}

/// What the server confirmed, as its column has it; `None` when it is of another kind than the field. The
/// server has judged it, so that lengths and words are not looked at again.
pub(crate) fn of_json<'a>(field: &Field, json: &'a Json) -> Option<Bound<'a>> {
    Some(match (&field.kind, json) {
        (_, Json::Null) => Bound::Null,
        (
            Kind::Text { .. } | Kind::Enum { .. } | Kind::Date | Kind::Timestamp | Kind::Blob,
            Json::Text(text),
        ) => Bound::Text(Cow::Borrowed(text)),
        (Kind::Integer, Json::Int(number)) => Bound::Int(*number),
        (Kind::Boolean, Json::Bool(value)) => Bound::Int(i64::from(*value)),
        (Kind::Decimal { scale } | Kind::Money { scale, .. }, Json::Text(text)) => {
            Bound::Int(decimal::parse(text, *scale).ok()?)
        }
        (Kind::Ref { .. }, Json::Text(text)) => {
            RecordId::parse(text).ok()?;
            Bound::Text(Cow::Borrowed(text))
        }
        (Kind::Set { .. }, Json::List(items)) => {
            let element = |item: &'a Json| match item {
                Json::Text(text) => Some(text.as_str()),
                _ => None,
            };
            let set: BTreeSet<&str> = items.iter().map(element).collect::<Option<_>>()?;
            Bound::Text(Cow::Owned(json::write(&Json::List(set.into_iter().map(Json::from).collect()))))
        }
        (Kind::Json, json) => Bound::Text(Cow::Owned(json::write(json))),
        _ => return None,
    })
}

/// A value from its column.
pub(crate) fn value(field: &Field, cell: ValueRef<'_>) -> Result<Value, StoreError> {
    let wrong = || StoreError::unreadable(&format!("the column {}", field.name));
    let text = |cell: ValueRef<'_>| cell.as_str().map(str::to_owned).map_err(|_| wrong());
    if cell == ValueRef::Null {
        return Ok(Value::Null);
    }
    Ok(match &field.kind {
        Kind::Text { .. } | Kind::Enum { .. } | Kind::Date | Kind::Timestamp | Kind::Blob => {
            Value::Text(text(cell)?)
        }
        Kind::Integer => Value::Int(cell.as_i64().map_err(|_| wrong())?),
        Kind::Boolean => Value::Bool(cell.as_i64().map_err(|_| wrong())? != 0),
        Kind::Decimal { scale } | Kind::Money { scale, .. } => {
            Value::Decimal(Scaled(cell.as_i64().map_err(|_| wrong())?, *scale))
        }
        Kind::Ref { .. } => Value::Ref(RecordId::parse(&text(cell)?).map_err(|_| wrong())?),
        Kind::Set { .. } | Kind::Json => {
            let json: Json = json::parse(&text(cell)?).map_err(|_| wrong())?;
            Value::judged(field, &json).ok_or_else(wrong)?
        }
    })
}
