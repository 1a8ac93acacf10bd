//! The parts of the workspace that are here, and the room that they take.

use fieldbook_device_store::forms::{BlobsForm, LeftOutForm, PartForm, PrunedForm};
use fieldbook_device_store::{LoadedScope, Pruning};
use fieldbook_model::{RecordId, Scope, json};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{Engine, Thrown, list, parsed, thrown};
use crate::wishes;

/// A part, as a screen shows it.
#[derive(Serialize)]
struct Shown {
    scope: String,
    #[serde(rename = "type")]
    of: String,
    id: RecordId,
    label: String,
    path: String,
    beneath: bool,
    state: &'static str,
    since: Option<fieldbook_model::WallTime>,
    records: Option<u64>,
    bytes: Option<u64>,
    blobs: Option<BlobsForm>,
}

#[wasm_bindgen]
impl Engine {
    /// Asks for a part of the workspace: a record that opens a scope, with all beneath it or without.
    pub fn load(&mut self, of: String, id: &str, beneath: bool) -> Thrown<()> {
        let scope = Scope { of, id: parsed::<RecordId>("record", id)? };
        self.engine.store().load(&scope, beneath).map_err(thrown)?;
        let now = self.now();
        self.engine.scopes(now).map_err(thrown)
    }

    /// Takes a part of the workspace off the device. How many records went.
    pub fn unload(&mut self, of: String, id: &str) -> Thrown<f64> {
        let scope = Scope { of, id: parsed::<RecordId>("record", id)? };
        let went = self.engine.store().unload(&scope).map_err(thrown)?;
        let now = self.now();
        self.engine.scopes(now).map_err(thrown)?;
        Ok(went as f64)
    }

    /// The parts that are here or asked for, then those that could be.
    pub fn parts(&mut self) -> Thrown<String> {
        let store = self.engine.store();
        let mut shown = Vec::new();
        for loaded in store.scopes().map_err(thrown)? {
            let label = store.label(&loaded.scope.of, loaded.scope.id).map_err(thrown)?;
            shown.push(here(loaded, label));
        }
        let offered = store.offered_scopes().map_err(thrown)?;
        shown.extend(offered.into_iter().map(|(scope, label)| Shown {
            path: scope.to_string(),
            scope: scope.to_string(),
            of: scope.of,
            id: scope.id,
            label,
            beneath: false,
            state: "offered",
            since: None,
            records: None,
            bytes: None,
            blobs: None,
        }));
        Ok(json::write(&shown))
    }

    /// Takes what is old off the device, or says what would go: `{"before", "type", "scope", "dryRun"}`.
    pub fn prune(&mut self, wanted: &str) -> Thrown<String> {
        let (wish, dry): (Pruning, bool) = wishes::pruning(wanted).map_err(thrown)?;
        let store = self.engine.store();
        let pruned = store.prune(&wish, dry).map_err(thrown)?;
        let shrunk = match dry || pruned.types.is_empty() {
            true => None,
            false => Some(store.shrink().map_err(thrown)?),
        };
        if !dry {
            let now = self.now();
            self.engine.scopes(now).map_err(thrown)?;
        }
        let types = list(PrunedForm::types(&pruned).map(|line| json::write(&line)));
        let sum = json::write(&PrunedForm::of(&pruned, shrunk, dry));
        Ok(format!(r#"{{"types":{types},{}"#, &sum[1..]))
    }

    /// Leaves nothing out any more. Whether anything was.
    pub fn unprune(&mut self) -> Thrown<bool> {
        let any = self.engine.store().unprune().map_err(thrown)?;
        let now = self.now();
        self.engine.scopes(now).map_err(thrown)?;
        Ok(any)
    }

    /// The room of the database, in bytes, and what is left out by age: `{"database", "free", "left_out"}`.
    pub fn storage(&mut self) -> Thrown<String> {
        let store = self.engine.store();
        let (database, free) = store.size().map_err(thrown)?;
        let cuts = store.cut_offs().map_err(thrown)?;
        let left_out = list(cuts.iter().map(|cut| json::write(&LeftOutForm::from(cut))));
        Ok(format!(r#"{{"database":{database},"free":{free},"left_out":{left_out}}}"#))
    }
}

fn here(loaded: LoadedScope, label: String) -> Shown {
    let Scope { of, id } = loaded.scope.clone();
    let scope = loaded.scope.to_string();
    let PartForm { path, beneath, state, since, records, bytes, blobs, .. } = loaded.into();
    let (records, bytes) = (Some(records), Some(bytes));
    Shown { scope, of, id, label, path, beneath, state, since, records, bytes, blobs }
}
