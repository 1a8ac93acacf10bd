//! The op log as a person reads it: every action with its state and, where it was refused, the reason.

use fieldbook_model::op::About;
use fieldbook_model::{Change, Code, OpId, Seq, Version, WallTime};
use fieldbook_protocol::Verdict;
use rusqlite::{OptionalExtension, Row};

use crate::conflicts;
use crate::error::StoreError;
use crate::marks::Marks;
use crate::open::{Store, Tx};
use crate::oplog;
use crate::standing::Stored;

/// What has become of an op.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpState {
    /// On this device only.
    Waiting,
    /// Collected for a push; the answer is not here yet.
    InFlight,
    /// Answered by the server, not yet in a pull.
    Answered,
    /// Its changes are made.
    Committed,
    /// Refused for good, kept for the person.
    Rejected,
    /// The same act as an earlier op; without effect of its own.
    Duplicate,
    /// Held until somebody has decided: in conflict.
    Conflicted,
    /// Held until somebody brings a record that the server lost when it came back from a backup.
    LostBase,
    /// Given up.
    Discarded,
    /// Taken back before anybody had decided about it.
    Withdrawn,
    /// Sent again as another op.
    Replaced,
    /// The server lost it after this device had let go of its text: nobody has it any more.
    Lost,
}

impl OpState {
    /// All there are.
    pub const ALL: [Self; 12] = [
        Self::Waiting,
        Self::InFlight,
        Self::Answered,
        Self::Committed,
        Self::Rejected,
        Self::Duplicate,
        Self::Conflicted,
        Self::LostBase,
        Self::Discarded,
        Self::Withdrawn,
        Self::Replaced,
        Self::Lost,
    ];

    /// As it is told to people and programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::InFlight => "in-flight",
            Self::Answered => "answered",
            Self::Committed => "committed",
            Self::Rejected => "rejected",
            Self::Duplicate => "duplicate",
            Self::Conflicted => "conflicted",
            Self::LostBase => "lost-base",
            Self::Discarded => "discarded",
            Self::Withdrawn => "withdrawn",
            Self::Replaced => "replaced",
            Self::Lost => "lost",
        }
    }
}

/// Which part of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogFilter {
    /// Only ops in this state.
    pub state: Option<OpState>,
    /// Starts at this op.
    pub from: Option<Seq>,
    /// At most so many.
    pub max: u32,
    /// From the end of the log to its beginning.
    pub newest_first: bool,
}

/// An op in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// Its place.
    pub seq: Seq,
    /// Its identity.
    pub op_id: OpId,
    /// The action's name.
    pub action: String,
    /// What has become of it.
    pub state: OpState,
    /// What the device's clock said.
    pub created_at: WallTime,
    /// The occasion, if the app named one.
    pub key: Option<String>,
    /// Its changes, in the words of the schema in force: one of a field that is no more may name none.
    pub changes: Vec<Change>,
    /// Why it was refused.
    pub code: Option<Code>,
    /// Why it was refused, for people.
    pub words: Option<String>,
    /// The place of its verdict in the total order.
    pub version: Option<Version>,
    /// The refused or held op that it depended on.
    pub depends_on: Option<OpId>,
    /// The conflict that it waits in, or waited in.
    pub conflict: Option<OpId>,
    /// The other op that it is about.
    pub about: Option<About>,
    /// Whether an undo of it stands.
    pub undone: bool,
    /// Whether it does not fit what is there now.
    pub in_doubt: bool,
    /// Committed, but not all of it took hold: its history says what did not, and why.
    pub partly: bool,
    /// It waits though a server had answered it: that one lost it when it came back from a backup.
    pub again: bool,
    /// What it changed is not in the log any more: a backup of the server has it.
    pub let_go: bool,
}

const COLUMNS: &str =
    "seq, op_id, state, created_at, key, version, in_doubt, answer, text, undone, partly, again, let_go";
const FIRST_WAITING: &str = "(SELECT first_waiting FROM fb_marks)";
const COLLECTED: &str = "(SELECT collected FROM fb_marks)";
/// Of a held op, that there is no conflict which it waits in: it waits for what the server lost.
pub(crate) const IS_LOST_BASE: &str =
    "(NOT EXISTS (SELECT 1 FROM conflict WHERE conflict.id = json_extract(fb_op.answer, '$.conflict')))";

impl Store {
    /// A part of the log.
    pub fn log(&mut self, filter: LogFilter) -> Result<Vec<LogEntry>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let marks = Marks::read(tx)?;
        let (order, side, end) =
            if filter.newest_first { ("DESC", "<=", i64::MAX) } else { ("ASC", ">=", 0) };
        let from = filter.from.map_or(end, |from| from.0.cast_signed());
        let within = filter.state.map_or("1".to_owned(), condition);
        let mut select = tx.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM fb_op WHERE {within} AND seq {side} ?2 ORDER BY seq {order} LIMIT ?1"
        ))?;
        let mut rows = select.query((filter.max, from))?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(entry(tx, row, &marks)?);
        }
        Ok(entries)
    }

    /// The text of an op, as it was hashed and is sent.
    pub fn op_text(&mut self, seq: Seq) -> Result<Option<String>, StoreError> {
        let (conn, _) = self.read()?;
        let mut select = conn.prepare_cached("SELECT text FROM fb_op WHERE seq = ?1")?;
        Ok(select.query_row([seq.0], |row| row.get(0)).optional()?)
    }
}

/// A state as SQL. Bounds by seq where there are any, so that not the whole log is read.
pub(crate) fn condition(state: OpState) -> String {
    let words = match state {
        OpState::Waiting => return format!("state = 0 AND seq >= {FIRST_WAITING} AND seq > {COLLECTED}"),
        OpState::InFlight => return format!("state = 0 AND seq BETWEEN {FIRST_WAITING} AND {COLLECTED}"),
        OpState::Answered => "state = 1",
        OpState::Committed => "state = 2",
        OpState::Rejected => "state = 3",
        OpState::Duplicate => "state = 4",
        OpState::Conflicted => return format!("state = 5 AND NOT {IS_LOST_BASE}"),
        OpState::LostBase => return format!("state = 5 AND {IS_LOST_BASE}"),
        OpState::Discarded => "state = 6",
        OpState::Withdrawn => "state = 7",
        OpState::Replaced => "state = 8",
        OpState::Lost => "state = 9",
    };
    words.to_owned()
}

fn entry(tx: Tx<'_>, row: &Row<'_>, marks: &Marks) -> Result<LogEntry, StoreError> {
    let seq = Seq(row.get(0)?);
    let text = row.get_ref(8)?.as_str().map_err(|_| StoreError::unreadable("an action"))?;
    let op = oplog::in_force(tx, text)?;
    let answer = oplog::read_answer(row.get(7)?)?;
    let (refusal, depends_on, conflict) = match answer.map(|answer| answer.verdict) {
        Some(Verdict::Rejected { refusal, depends_on }) => (Some(refusal), depends_on, None),
        Some(Verdict::Conflicted { conflict, depends_on }) => (None, depends_on, Some(conflict)),
        _ => (None, None, None),
    };
    let mut state = state(Stored::read(row.get(2)?)?, seq, marks);
    if let (OpState::Conflicted, Some(id)) = (state, conflict)
        && conflicts::find(tx, id)?.is_none()
    {
        state = OpState::LostBase;
    }
    let waits = matches!(state, OpState::Waiting | OpState::InFlight);
    Ok(LogEntry {
        seq,
        op_id: OpId::from_bytes(row.get(1)?),
        action: op.action,
        state,
        created_at: WallTime(row.get(3)?),
        key: row.get(4)?,
        changes: op.payload.changes,
        code: refusal.as_ref().map(|refusal| refusal.code),
        words: refusal.map(|refusal| refusal.words),
        version: row.get::<_, Option<u64>>(5)?.map(Version),
        depends_on,
        conflict,
        about: op.payload.about,
        undone: row.get(9)?,
        in_doubt: row.get(6)?,
        partly: row.get(10)?,
        again: waits && row.get::<_, bool>(11)?,
        let_go: row.get(12)?,
    })
}

pub(crate) fn state(stored: Stored, seq: Seq, marks: &Marks) -> OpState {
    match stored {
        Stored::Waiting if seq <= marks.collected => OpState::InFlight,
        Stored::Waiting => OpState::Waiting,
        Stored::Answered => OpState::Answered,
        Stored::Committed => OpState::Committed,
        Stored::Rejected => OpState::Rejected,
        Stored::Duplicate => OpState::Duplicate,
        Stored::Conflicted => OpState::Conflicted,
        Stored::Discarded => OpState::Discarded,
        Stored::Withdrawn => OpState::Withdrawn,
        Stored::Replaced => OpState::Replaced,
        Stored::Lost => OpState::Lost,
    }
}
