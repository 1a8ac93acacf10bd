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

/// What becomes of actions that are done together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// They are saved, each that fits.
    Saved,
    /// Nothing is saved: somebody wants to know whether they fit.
    Tried,
}

impl Store {
    /// Does actions in one transaction, each all or nothing; what is refused does not stop those behind it. When it
    /// returns, all that were done survive a kill and a power cut, and before that none is promised.
    pub fn act_all(
        &mut self,
        wanted: impl IntoIterator<Item = (Moment, Action)>,
        together: Together,
    ) -> Result<Vec<Result<Acted, Refusal>>, StoreError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let done = wanted.into_iter().map(|(moment, action)| apart(tx, moment, &action));
        let done = done.collect::<Result<Vec<_>, _>>()?;
        match together {
            Together::Saved => conn.commit()?,
            Together::Tried => conn.rollback()?,
        }
        Ok(done)
    }
}

/// Does an action in an open transaction. One that is refused leaves nothing behind in it.
fn apart(tx: Tx<'_>, moment: Moment, wanted: &Action) -> Result<Result<Acted, Refusal>, StoreError> {
    let step = |sql: &str| tx.conn.prepare_cached(sql)?.execute([]);
    step("SAVEPOINT one")?;
    let done = match acted(tx, moment, wanted) {
        Ok(acted) => Ok(acted),
        Err(ActError::Refused(refusal)) => {
            step("ROLLBACK TO one")?;
            Err(refusal)
        }
        Err(ActError::Store(error)) => return Err(error),
    };
    step("RELEASE one")?;
    Ok(done)
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
