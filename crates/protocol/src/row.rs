//! A row as the values of a page: a JSON list in the order of some columns.

use fieldbook_model::json::{self, Json};
use fieldbook_model::schema::RecordType;
use fieldbook_model::value::Misfit;
use fieldbook_model::{Value, schema::Schema};

use crate::page::Columns;

/// The columns of a type in the order of its fields.
pub fn columns(schema: &Schema, of: usize) -> Columns {
    let ty = &schema.types[of];
    let columns = ty.fields.iter().map(|field| field.name.clone()).collect();
    Columns { of: ty.name.clone(), scopes: Vec::new(), columns }
}

/// Writes values in the order of their type's fields.
pub fn write(row: &[Value]) -> String {
    json::write(row)
}

/// For each field of a type its place among some columns; `None` where the columns lack it.
pub fn places(ty: &RecordType, columns: &[String]) -> Vec<Option<usize>> {
    ty.fields.iter().map(|field| columns.iter().position(|name| *name == field.name)).collect()
}

/// Reads values that stand in the order of `places`. A field that is not among them is empty.
pub fn read(ty: &RecordType, places: &[Option<usize>], values: &[Json]) -> Result<Vec<Value>, Misfit> {
    let fields = ty.fields.iter().zip(places);
    fields
        .map(|(field, place)| match place.and_then(|place| values.get(place)) {
            Some(json) => Value::read(field, json),
            None => Ok(Value::Null),
        })
        .collect()
}
