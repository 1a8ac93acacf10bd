//! What can be done again, and what was: the undo stack, actions that were sent again or taken along, a way back in a history.

use fieldbook_model::{Json, OpId, Seq, Version, WallTime, json};
use fieldbook_protocol::history::HistoryLine;
use serde::Serialize;

use crate::act::Acted;
use crate::log::LogEntry;
use crate::stack::StackEntry;

/// An op that can be undone, or done again, for programs.
#[derive(Serialize)]
pub struct StackForm<'a> {
    seq: Seq,
    #[serde(rename = "type")]
    action: &'a str,
    says: &'a str,
    created_at: WallTime,
}

impl<'a> From<&'a StackEntry> for StackForm<'a> {
    fn from(StackEntry { seq, action, says, created_at }: &'a StackEntry) -> Self {
        Self { seq: *seq, action, says, created_at: *created_at }
    }
}

/// An op that was made in the place of another, for programs.
#[derive(Serialize)]
pub struct MadeForm {
    seq: Seq,
    op_id: OpId,
}

impl From<&Acted> for MadeForm {
    fn from(acted: &Acted) -> Self {
        Self { seq: acted.seq, op_id: acted.op_id }
    }
}

/// An action as one line to take along: what has become of it, and the op as it was made, in its own text.
pub fn exported(entry: &LogEntry, op: &str) -> String {
    let [state, words] = [Some(entry.state.name()), entry.words.as_deref()].map(|text| json::write(&text));
    let code = json::write(&entry.code);
    format!(r#"{{"state":{state},"code":{code},"words":{words},"op":{op}}}"#)
}

/// What a field was given at a version of a history, or was to be given.
pub fn written_at(lines: &[HistoryLine], field: &str, version: Version) -> Option<Json> {
    let at = lines.iter().filter(|line| line.version == Some(version));
    let mut units = at.flat_map(|line| &line.units).filter(|unit| unit.field == field);
    units.next_back().map(|unit| unit.after.clone())
}
