//! What the engine fills in, so that an app need not: the other members of a group (rule 43) and the next
//! number of the device's series (rule 30).

use fieldbook_device_sync::Key;
use fieldbook_merge::Row;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::RecordType;
use fieldbook_model::{Change, Fields, Json};

use crate::alias;
use crate::board::Board;
use crate::error::StoreError;
use crate::series::Series;

/// Fills a change in from what is laid out. What does not fit the schema is left to whoever reads it next.
pub(crate) fn fill(
    board: &mut Board<'_>,
    series: &mut Option<Series>,
    change: &Change,
) -> Result<Change, StoreError> {
    let mut change = change.clone();
    let schema = board.tx.schema;
    let Some(of) = schema.place(change.of()) else { return Ok(change) };
    let (ty, id) = (&schema.types[of], change.id());
    match &mut change {
        Change::Update { set, .. } if !ty.groups.is_empty() && !planted(Defect::GroupsTornApart) => {
            let key = alias::in_force(board.tx, Key { of, id })?;
            if let Some(row) = &board.laid(key)?.now.row {
                whole_groups(ty, row, set);
            }
        }
        Change::Insert { fields, .. } => numbers(board, series, ty, fields)?,
        _ => {}
    }
    Ok(change)
}

/// Names all members of each group of which one is named, with what they hold.
fn whole_groups(ty: &RecordType, row: &Row, set: &mut Fields) {
    for group in &ty.groups {
        if !group.fields.iter().any(|name| set.find(name).is_some()) {
            continue;
        }
        for name in &group.fields {
            if let (None, Some(place)) = (set.find(name), ty.position(name)) {
                set.0.push((name.clone(), row[place].to_json()));
            }
        }
    }
}

/// Gives each series field that is left empty the next number.
fn numbers(
    board: &Board<'_>,
    series: &mut Option<Series>,
    ty: &RecordType,
    fields: &mut Fields,
) -> Result<(), StoreError> {
    for field in ty.fields.iter().filter(|field| field.series) {
        if fields.find(&field.name).is_some_and(|given| *given != Json::Null) {
            continue;
        }
        let series = match series {
            Some(series) => series,
            None => series.insert(crate::series::now(board.tx)?),
        };
        let number = Json::Text(series.next(board.tx.identity.device_id));
        fields.0.retain(|(name, _)| *name != field.name);
        fields.0.push((field.name.clone(), number));
    }
    Ok(())
}
