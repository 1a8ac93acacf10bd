//! What reads: queries, the log, conflicts, the past.

use fieldbook_device_store::forms::{ConflictForm, LogForm, StackForm, exported};
use fieldbook_device_store::{Export, LogEntry, LogFilter, OpState, StackEntry, Table, Which};
use fieldbook_model::{OpId, RecordId, Seq, json};
use fieldbook_protocol::history::{HistoryLine, HistoryReply};
use wasm_bindgen::prelude::*;

use super::{Engine, Thrown, list, parsed, thrown};
use crate::failure::Failure;

/// So many entries of the log are read at once.
const READ_MAX: u32 = 500;
/// What an op is in that the server has not taken.
const NOT_TAKEN: [OpState; 7] = [
    OpState::Waiting,
    OpState::InFlight,
    OpState::Answered,
    OpState::Conflicted,
    OpState::LostBase,
    OpState::Rejected,
    OpState::Lost,
];

#[wasm_bindgen]
impl Engine {
    /// Runs one SELECT.
    pub fn query(&mut self, sql: &str, rows_max: Option<u32>) -> Thrown<String> {
        self.engine.query(sql, rows_max).map(|result| table(&result)).map_err(thrown)
    }

    /// Watches a query; its name.
    pub fn watch(&mut self, sql: &str) -> Thrown<u32> {
        self.engine.watch(sql).map_err(thrown)
    }

    /// Watches it no more.
    pub fn unwatch(&mut self, name: u32) {
        self.engine.unwatch(name);
    }

    /// The result of a watched query, if it is another than the last.
    pub fn refresh(&mut self, name: u32) -> Thrown<Option<String>> {
        Ok(self.engine.refresh(name).map_err(thrown)?.map(|result| table(&result)))
    }

    /// Entries of the log, newest first.
    pub fn log(&mut self, max: u32) -> Thrown<String> {
        let filter = LogFilter { state: None, from: None, max, newest_first: true };
        let entries = self.engine.store().log(filter).map_err(thrown)?;
        Ok(list(entries.iter().map(|entry| json::write(&LogForm::from(entry)))))
    }

    /// The conflicts that wait, or all.
    pub fn conflicts(&mut self, all: bool) -> Thrown<String> {
        let which = if all { Which::All } else { Which::Open };
        let conflicts = self.engine.store().conflicts(which).map_err(thrown)?;
        Ok(list(conflicts.iter().map(|conflict| json::write(&ConflictForm::from(conflict)))))
    }

    /// The conflicts that could be settled with one, in the same way.
    pub fn alike(&mut self, conflict: &str) -> Thrown<String> {
        let conflict = parsed::<OpId>("conflict", conflict)?;
        self.engine.store().alike(conflict).map(|ids| json::write(&ids)).map_err(thrown)
    }

    /// What undo takes back, and what redo does again, the next first.
    pub fn undo_stack(&mut self, max: u32) -> Thrown<String> {
        let store = self.engine.store();
        let (undo, redo) = (store.undo_stack(max).map_err(thrown)?, store.redo_stack(max).map_err(thrown)?);
        let stack = |entries: &[StackEntry]| list(entries.iter().map(|it| json::write(&StackForm::from(it))));
        Ok(format!(r#"{{"undo":{},"redo":{}}}"#, stack(&undo), stack(&redo)))
    }

    /// What people call a record.
    pub fn label(&mut self, of: &str, id: &str) -> Thrown<String> {
        let id = parsed::<RecordId>("record", id)?;
        self.engine.store().label(of, id).map_err(thrown)
    }

    /// What was done to a record: all that the server told, with what it has not ordered yet; or this device's own part. As lines.
    pub fn history(&mut self, of: &str, id: &str, reply: Option<String>) -> Thrown<String> {
        let id = parsed::<RecordId>("record", id)?;
        let store = self.engine.store();
        let told = match reply {
            Some(_) => store.unordered_history(of, id),
            None => store.own_history(of, id),
        };
        lines(reply, told.map_err(thrown)?)
    }

    /// What an op did, likewise.
    pub fn history_of_op(&mut self, op: &str, reply: Option<String>) -> Thrown<String> {
        let op = parsed::<OpId>("op", op)?;
        let mut own = self.engine.store().own_history_of(op).map_err(thrown)?;
        if reply.is_some() {
            own.retain(|line| line.version.is_none());
        }
        lines(reply, own)
    }

    /// Actions to take along, a line each: those of these places in the log, or all that the server has not taken.
    pub fn export_actions(&mut self, seqs: Option<Vec<f64>>) -> Thrown<String> {
        let entries = match seqs {
            Some(seqs) => {
                let entries = seqs.into_iter().map(|seq| self.entry(Seq(seq as u64)));
                entries.collect::<Result<Vec<_>, _>>()?
            }
            None => self.not_taken()?,
        };
        let mut lines = String::new();
        for entry in entries {
            let op = self.engine.store().op_text(entry.seq).map_err(thrown)?;
            lines += &exported(&entry, &op.ok_or_else(|| no_action(entry.seq))?);
            lines.push('\n');
        }
        Ok(lines)
    }

    /// All records, a line each, as they are shown or as the server confirmed them.
    pub fn export_records(&mut self, confirmed: bool) -> Thrown<String> {
        let what = if confirmed { Export::Confirmed } else { Export::Shown };
        let lines = self.engine.store().export(what).map_err(thrown)?;
        Ok(lines.into_iter().map(|line| line + "\n").collect())
    }
}

impl Engine {
    fn entry(&mut self, seq: Seq) -> Thrown<LogEntry> {
        let filter = LogFilter { state: None, from: Some(seq), max: 1, newest_first: false };
        let found = self.engine.store().log(filter).map_err(thrown)?.into_iter().next();
        found.filter(|entry| entry.seq == seq).ok_or_else(|| no_action(seq))
    }

    /// In the order of the log.
    fn not_taken(&mut self) -> Thrown<Vec<LogEntry>> {
        let mut entries = Vec::new();
        for state in NOT_TAKEN {
            let mut from = Some(Seq(0));
            while let Some(Seq(first)) = from.take() {
                let filter = LogFilter {
                    state: Some(state),
                    from: Some(Seq(first + 1)),
                    max: READ_MAX,
                    newest_first: false,
                };
                let some = self.engine.store().log(filter).map_err(thrown)?;
                from = some.last().filter(|_| some.len() == READ_MAX as usize).map(|entry| entry.seq);
                entries.extend(some);
            }
        }
        entries.sort_by_key(|entry| entry.seq);
        Ok(entries)
    }
}

fn no_action(seq: Seq) -> JsValue {
    thrown(Failure::ask("wrong-call", format!("There is no action {seq} in this device's log.")))
}

fn lines(reply: Option<String>, own: Vec<HistoryLine>) -> Thrown<String> {
    let mut told = match reply {
        Some(reply) => json::parse::<HistoryReply>(&reply).map_err(thrown)?.lines,
        None => Vec::new(),
    };
    told.extend(own);
    Ok(json::write(&told))
}

fn table(table: &Table) -> String {
    let rows: Vec<String> = table.lists().collect();
    format!(r#"{{"columns":{},"rows":[{}],"cut":{}}}"#, table.head(), rows.join(","), table.cut)
}
