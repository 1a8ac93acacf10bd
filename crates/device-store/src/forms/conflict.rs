//! A conflict, theirs and mine side by side.

use fieldbook_model::{Fields, OpId, RecordId, WallTime};
use serde::Serialize;

use crate::conflicts::{Conflict, ConflictUnit};

/// A conflict for programs.
#[derive(Serialize)]
pub struct ConflictForm<'a> {
    id: OpId,
    state: &'a str,
    #[serde(rename = "type")]
    of: &'a str,
    record: Option<RecordId>,
    label: &'a str,
    action: &'a str,
    by: &'a str,
    made_at: Option<WallTime>,
    theirs_by: &'a str,
    units: Vec<Unit<'a>>,
    held: u64,
    choice: Option<&'a str>,
    settled_by: Option<&'a str>,
    settled_at: Option<WallTime>,
}

/// What differs, as one choice.
#[derive(Serialize)]
struct Unit<'a> {
    #[serde(rename = "type")]
    of: &'a str,
    id: RecordId,
    label: &'a str,
    unit: Option<&'a str>,
    kind: &'a str,
    base: &'a Fields,
    theirs: Option<&'a Fields>,
    mine: Option<&'a Fields>,
}

impl<'a> From<&'a Conflict> for ConflictForm<'a> {
    fn from(conflict: &'a Conflict) -> Self {
        Self {
            id: conflict.id,
            state: &conflict.state,
            of: &conflict.of,
            record: conflict.record,
            label: &conflict.label,
            action: &conflict.action,
            by: &conflict.by,
            made_at: conflict.made_at,
            theirs_by: &conflict.theirs_by,
            units: conflict.units.iter().map(Unit::from).collect(),
            held: conflict.held,
            choice: conflict.choice.as_deref(),
            settled_by: conflict.settled_by.as_deref(),
            settled_at: conflict.settled_at,
        }
    }
}

impl<'a> From<&'a ConflictUnit> for Unit<'a> {
    fn from(unit: &'a ConflictUnit) -> Self {
        Self {
            of: &unit.of,
            id: unit.id,
            label: &unit.label,
            unit: unit.unit.as_deref(),
            kind: &unit.kind,
            base: &unit.base,
            theirs: unit.theirs.as_ref(),
            mine: unit.mine.as_ref(),
        }
    }
}
