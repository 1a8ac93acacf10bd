//! An entry of the log.

use fieldbook_model::op::About;
use fieldbook_model::{Change, Code, OpId, Seq, Version, WallTime};
use serde::Serialize;

use crate::log::LogEntry;

/// An entry for programs. The changes are the op's own text, in one piece.
#[derive(Serialize)]
pub struct LogForm<'a> {
    seq: Seq,
    op_id: OpId,
    #[serde(rename = "type")]
    action: &'a str,
    state: &'a str,
    created_at: WallTime,
    key: Option<&'a str>,
    changes: &'a [Change],
    code: Option<Code>,
    words: Option<&'a str>,
    version: Option<Version>,
    depends_on: Option<OpId>,
    conflict: Option<OpId>,
    about: Option<OpId>,
    undone: bool,
    in_doubt: bool,
    /// Committed, but not all of it took hold.
    partly: bool,
    /// The server had answered it, and lost it when it came back from a backup.
    again: bool,
    /// What it changed is not kept here any more.
    let_go: bool,
}

impl<'a> From<&'a LogEntry> for LogForm<'a> {
    fn from(entry: &'a LogEntry) -> Self {
        Self {
            seq: entry.seq,
            op_id: entry.op_id,
            action: &entry.action,
            state: entry.state.name(),
            created_at: entry.created_at,
            key: entry.key.as_deref(),
            changes: &entry.changes,
            code: entry.code,
            words: entry.words.as_deref(),
            version: entry.version,
            depends_on: entry.depends_on,
            conflict: entry.conflict,
            about: entry.about.as_ref().and_then(About::target),
            undone: entry.undone,
            in_doubt: entry.in_doubt,
            partly: entry.partly,
            again: entry.again,
            let_go: entry.let_go,
        }
    }
}
