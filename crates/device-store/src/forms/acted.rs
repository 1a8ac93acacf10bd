//! What was done.

use fieldbook_model::{OpId, RecordId, Seq};
use serde::Serialize;

use crate::act::Acted;

/// What was done, for programs.
#[derive(Serialize)]
pub struct ActedForm {
    seq: Seq,
    op_id: OpId,
    duplicate: bool,
    changed: Vec<ChangedRecord>,
}

#[derive(Serialize)]
struct ChangedRecord {
    #[serde(rename = "type")]
    of: String,
    id: RecordId,
}

impl ActedForm {
    /// Whether it had been done before.
    pub fn is_duplicate(&self) -> bool {
        self.duplicate
    }
}

impl From<Acted> for ActedForm {
    fn from(acted: Acted) -> Self {
        let changed = acted.changed.into_iter().map(|(of, id)| ChangedRecord { of, id }).collect();
        Self { seq: acted.seq, op_id: acted.op_id, duplicate: acted.duplicate, changed }
    }
}
