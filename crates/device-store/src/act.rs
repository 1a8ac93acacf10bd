//! The one door for writing: an action becomes an op at the end of the log and is shown, in one durable
//! transaction. What is about other ops (undo, resolve, discard, retry) has doors of its own beside it.

use fieldbook_model::op::About;
use fieldbook_model::{Change, OpId, Payload, RecordId, Refusal, Seq, WallTime};

use crate::error::StoreError;
use crate::judge;
use crate::occasion;
use crate::open::{Durability, Store, Tx};
use crate::record::{self, Entry};

/// What the shell hands in for an act, since the store has no clock and draws no lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What the device's clock says.
    pub wall: WallTime,
    /// For the op's id.
    pub random: [u8; 16],
}

/// What an app wants done.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// `edit`, or an action that the schema declares.
    pub action: String,
    /// The occasion, if the app names one: a second act of this name is the same act (rule 20).
    pub key: Option<String>,
    /// In their order. Bases that stand in them are not read: the store knows them.
    pub changes: Vec<Change>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// The op's place in the log.
    pub seq: Seq,
    /// The op.
    pub op_id: OpId,
    /// Nothing new was done: this is the earlier op of the same occasion.
    pub duplicate: bool,
    /// The records that it touches: type and id.
    pub changed: Vec<(String, RecordId)>,
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The action does not fit what is here.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for ActError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Does an action. When it returns, the op survives a kill and a power cut.
    pub fn act(&mut self, moment: Moment, wanted: Action) -> Result<Acted, ActError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let acted = acted(tx, moment, &wanted)?;
        match acted.duplicate {
            true => conn.rollback()?,
            false => conn.commit()?,
        }
        Ok(acted)
    }
}

/// Does an action in an open transaction.
fn acted(tx: Tx<'_>, moment: Moment, wanted: &Action) -> Result<Acted, ActError> {
    judge::admissible(tx, wanted)?;
    if let Some(key) = &wanted.key
        && let Some(earlier) = occasion::earlier(tx, key, wanted)?
    {
        return Ok(earlier);
    }
    with_changes(tx, moment, wanted, None)
}

/// Writes down an op with changes, in the place of a refused one or of none.
pub(crate) fn with_changes(
    tx: Tx<'_>,
    moment: Moment,
    wanted: &Action,
    replaces: Option<(Seq, OpId)>,
) -> Result<Acted, ActError> {
    let judged = judge::judge(tx, &wanted.action, &wanted.changes)?;
    let about = replaces.map(|(_, op_id)| About::Replaces(op_id));
    let entry = Entry {
        action: &wanted.action,
        key: wanted.key.as_deref(),
        payload: Payload { changes: judged.changes, about },
        target: replaces.map(|(seq, _)| seq),
        number: judged.series.map(|series| series.last),
    };
    record::record(&judged.board, moment, entry)
}
