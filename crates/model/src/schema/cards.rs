//! The records of conflicts under another version of the schema: they name types, fields and values of an app, inside
//! of a field of the server's own.

use super::system::CONFLICT_FIELDS;
use super::{Ladder, Schema};
use crate::json::Json;
use crate::op::Fields;

/// The values of a unit's entry that hold fields.
const SIDES: [&str; 3] = ["base", "theirs", "mine"];

/// A conflict's row of an older version as the newest has it, its units in the order in which a server lists them.
pub fn row_up(ladder: &Ladder, version: u32, row: Vec<Json>) -> Vec<Json> {
    translated(
        row,
        |of| ladder.type_up(version, of),
        |units| {
            let mut up: Vec<Json> =
                units.into_iter().flat_map(|unit| unit_up(ladder, version, unit)).collect();
            // As a server lists them: in another order they would be told from what it works out anew.
            up.sort_by_key(|unit| order(ladder.top(), unit));
            up
        },
    )
}

/// By type, record and unit.
fn order(schema: &Schema, unit: &Json) -> (Option<usize>, String, Option<String>) {
    let Json::Object(entries) = unit else { return (None, String::new(), None) };
    let of = text(entries, "type").and_then(|of| schema.place(of));
    let id = text(entries, "id").unwrap_or_default().to_owned();
    (of, id, text(entries, "unit").map(str::to_owned))
}

/// A conflict's row of the newest version as an older one can have it, its units in the order in which a server of that
/// version listed them. Units of types that the older does not have are left out, and so are values of fields that it does
/// not have.
pub fn row_down(ladder: &Ladder, version: u32, row: Vec<Json>) -> Vec<Json> {
    translated(
        row,
        |of| ladder.type_down(version, of),
        |units| {
            let mut down: Vec<Json> = Vec::with_capacity(units.len());
            for unit in merged(ladder, version, units) {
                down.extend(unit_down(ladder, version, unit));
            }
            // Names that came later stand elsewhere, and a device that kept its version compares the whole.
            if let Some(schema) = ladder.schema(version) {
                down.sort_by_key(|unit| order(schema, unit));
            }
            down
        },
    )
}

fn translated(
    mut row: Vec<Json>,
    of: impl Fn(&str) -> String,
    units: impl Fn(Vec<Json>) -> Vec<Json>,
) -> Vec<Json> {
    let place = |name: &str| CONFLICT_FIELDS.iter().position(|field| *field == name);
    if let Some(Json::Text(name)) = place("type").and_then(|place| row.get_mut(place)) {
        *name = of(name);
    }
    if let Some(Json::List(list)) = place("units").and_then(|place| row.get_mut(place)) {
        *list = units(std::mem::take(list));
    }
    row
}

fn find<'a>(entries: &'a [(String, Json)], name: &str) -> Option<&'a Json> {
    entries.iter().find(|(own, _)| own == name).map(|(_, value)| value)
}

fn text<'a>(entries: &'a [(String, Json)], name: &str) -> Option<&'a str> {
    match find(entries, name)? {
        Json::Text(text) => Some(text),
        _ => None,
    }
}

/// An entry with other values for some of its keys.
fn with(entries: &[(String, Json)], change: impl Fn(&str, &Json) -> Option<Json>) -> Json {
    let entry =
        |(name, value): &(String, Json)| (name.clone(), change(name, value).unwrap_or_else(|| value.clone()));
    Json::Object(entries.iter().map(entry).collect())
}

fn unit_up(ladder: &Ladder, version: u32, unit: Json) -> Vec<Json> {
    let Json::Object(entries) = &unit else { return vec![unit] };
    let Some(of) = text(entries, "type") else { return vec![unit] };
    let units = match text(entries, "unit") {
        None => vec![None],
        Some(name) => {
            let units = ladder.field_up(version, of, name, &[]);
            units.into_iter().map(|(name, _)| Some(name)).collect()
        }
    };
    let several = units.len() > 1;
    let one = |unit: Option<String>| {
        with(entries, |name, value| match (name, value) {
            ("type", _) => Some(Json::Text(ladder.type_up(version, of))),
            ("unit", _) => unit.clone().map(Json::Text),
            (side, Json::Object(fields)) if SIDES.contains(&side) => {
                let mut fields = ladder.fields_up(version, of, &Fields(fields.clone())).0;
                fields.retain(|(name, _)| !several || unit.as_ref() == Some(name));
                Some(Json::Object(fields))
            }
            _ => None,
        })
    };
    units.into_iter().map(one).collect()
}

/// Units that are parts of one older unit, as one with the fields of all.
fn merged(ladder: &Ladder, version: u32, units: Vec<Json>) -> Vec<Json> {
    let mut merged: Vec<(String, Json)> = Vec::with_capacity(units.len());
    for unit in units {
        let key = older_key(ladder, version, &unit);
        match merged.iter_mut().find(|(known, _)| !key.is_empty() && *known == key) {
            Some((_, Json::Object(first))) => {
                let Json::Object(second) = unit else { continue };
                for (name, value) in first.iter_mut().filter(|(name, _)| SIDES.contains(&name.as_str())) {
                    if let (Json::Object(fields), Some(Json::Object(more))) = (value, find(&second, name)) {
                        fields.extend(more.clone());
                    }
                }
            }
            _ => merged.push((key, unit)),
        }
    }
    merged.into_iter().map(|(_, unit)| unit).collect()
}

/// The record and the older unit of which a unit is a part; empty where it is whole.
fn older_key(ladder: &Ladder, version: u32, unit: &Json) -> String {
    let Json::Object(entries) = unit else { return String::new() };
    let parts = (text(entries, "type"), text(entries, "id"), text(entries, "unit"));
    let (Some(of), Some(id), Some(name)) = parts else { return String::new() };
    match ladder.is_part(version, of, name) {
        true => format!("{of}/{id}/{}", older_unit(ladder, version, of, name)),
        false => String::new(),
    }
}

/// What a unit is called in an older version.
fn older_unit(ladder: &Ladder, version: u32, of: &str, unit: &str) -> String {
    let down = ladder.fields_down(version, of, Fields(vec![(unit.to_owned(), Json::Null)]));
    down.0.into_iter().next().map_or_else(|| unit.to_owned(), |(name, _)| name)
}

fn unit_down(ladder: &Ladder, version: u32, unit: Json) -> Option<Json> {
    let Json::Object(entries) = &unit else { return Some(unit) };
    let of = text(entries, "type")?;
    let older = ladder.type_down(version, of);
    let known = ladder.schema(version)?.find(&older)?;
    Some(with(entries, |name, value| match (name, value) {
        ("type", _) => Some(Json::Text(older.clone())),
        ("unit", Json::Text(unit)) => Some(Json::Text(older_unit(ladder, version, of, unit))),
        (side, Json::Object(fields)) if SIDES.contains(&side) => {
            let mut fields = ladder.fields_down(version, of, Fields(fields.clone())).0;
            fields.retain(|(name, _)| known.position(name).is_some());
            Some(Json::Object(fields))
        }
        _ => None,
    }))
}
