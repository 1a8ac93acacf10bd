//! What writes an op. Durable when it returns.

use fieldbook_device_store::forms::{ActedForm, MadeForm, written_at};
use fieldbook_device_store::{Acted, Action, Asks, Undone};
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Change, OpId, RecordId, Seq, Version, json};
use fieldbook_protocol::history::HistoryReply;
use wasm_bindgen::prelude::*;

use super::{Engine, Thrown, list, parsed, thrown};
use crate::failure::Failure;
use crate::wishes;

#[wasm_bindgen]
impl Engine {
    /// Acts.
    pub fn act(&mut self, action: &str) -> Thrown<String> {
        let action = wishes::action(action).map_err(thrown)?;
        self.write(|store, moment| store.act(moment, action)).map(told)
    }

    /// Takes an op back: one by its place in the log, or the last.
    pub fn undo(&mut self, seq: Option<f64>, anyway: bool) -> Thrown<String> {
        self.write(|store, moment| store.undo(moment, place(seq), asks(anyway))).map(undone)
    }

    /// Does again what was undone.
    pub fn redo(&mut self, seq: Option<f64>, anyway: bool) -> Thrown<String> {
        self.write(|store, moment| store.redo(moment, place(seq), asks(anyway))).map(undone)
    }

    /// Settles a conflict: `"mine"`, `"theirs"`, or `{"fields": {"values": [[name, value]], "rest": …}}`.
    pub fn resolve(&mut self, conflict: &str, wish: &str) -> Thrown<String> {
        let (conflict, wish) = (parsed::<OpId>("conflict", conflict)?, wishes::wish(wish).map_err(thrown)?);
        self.write(|store, moment| store.resolve(moment, conflict, &wish)).map(told)
    }

    /// Gives up an op that was refused, or that waits in a conflict.
    pub fn discard(&mut self, op: &str) -> Thrown<String> {
        let op = parsed::<OpId>("op", op)?;
        self.write(|store, moment| store.discard(moment, op)).map(told)
    }

    /// Does a refused op again, as it is or with other changes, and what depended on it.
    pub fn retry(&mut self, seq: f64, changes: Option<String>) -> Thrown<String> {
        let changes = changes.map(|text| wishes::changes(&text)).transpose().map_err(thrown)?;
        let made = self.write(|store, moment| store.retry(moment, Seq(seq as u64), changes))?;
        Ok(list(made.iter().map(|acted| json::write(&MadeForm::from(acted)))))
    }

    /// Brings a deleted record back.
    pub fn restore(&mut self, of: String, id: &str) -> Thrown<String> {
        let id = parsed::<RecordId>("record", id)?;
        self.edit(Change::Restore { of, id, base: Version::ZERO })
    }

    /// Gives a field the value that a version of its history wrote, or wanted to write. `reply`: what the server told of that.
    pub fn restore_field(
        &mut self,
        of: String,
        id: &str,
        field: &str,
        version: f64,
        reply: Option<String>,
    ) -> Thrown<String> {
        let id = parsed::<RecordId>("record", id)?;
        let version = Version(version as u64);
        let all = reply.is_some();
        let lines = match reply {
            Some(reply) => json::parse::<HistoryReply>(&reply).map_err(thrown)?.lines,
            None => self.engine.store().own_history(&of, id).map_err(thrown)?,
        };
        let value = written_at(&lines, field, version).ok_or_else(|| {
            let words = match all {
                true => format!("Version {version} wrote no {field}; the history tells which did."),
                false => {
                    format!("What version {version} wrote is known to the server, which is out of reach.")
                }
            };
            thrown(Failure::ask(if all { "wrong-call" } else { "needs-connection" }, words))
        })?;
        let change = self.engine.store().back(of, id, field, value);
        self.edit(change)
    }
}

impl Engine {
    fn edit(&mut self, change: Change) -> Thrown<String> {
        let action = Action { action: EDIT.to_owned(), key: None, changes: vec![change] };
        self.write(|store, moment| store.act(moment, action)).map(told)
    }
}

fn place(seq: Option<f64>) -> Option<Seq> {
    seq.map(|seq| Seq(seq as u64))
}

fn asks(anyway: bool) -> Asks {
    if anyway { Asks::Anyway } else { Asks::First }
}

fn told(acted: Acted) -> String {
    json::write(&ActedForm::from(acted))
}

fn undone(undone: Undone) -> String {
    let Undone { acted, of, says, not_undone, .. } = undone;
    let [of, says, not_undone] = [json::write(&of), json::write(&says), json::write(&not_undone)];
    format!(r#"{{"acted":{},"of":{of},"says":{says},"not_undone":{not_undone}}}"#, told(acted))
}
