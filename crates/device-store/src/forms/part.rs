//! The parts of the workspace that are on the device, and what is left out of them by age.

use std::collections::BTreeMap;

use fieldbook_model::scope::Path;
use fieldbook_model::{Cut, Scope, WallTime};
use serde::Serialize;

use crate::cuts::{CutOff, Pruned, Shrunk};
use crate::forms::blob::BlobsForm;
use crate::scopes::{LoadedScope, ScopeState};

/// A part for programs.
#[derive(Serialize)]
pub struct PartForm {
    scope: Scope,
    /// With the parts around it.
    pub path: String,
    /// With all that lies in it.
    pub beneath: bool,
    /// How far it is.
    pub state: &'static str,
    /// Since when it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<WallTime>,
    /// Its records on the device.
    pub records: u64,
    /// About how many bytes those take.
    pub bytes: u64,
    /// The blobs that its records name; nothing where they name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blobs: Option<BlobsForm>,
}

impl From<LoadedScope> for PartForm {
    fn from(loaded: LoadedScope) -> Self {
        let state = match loaded.state {
            ScopeState::Wanted => "wanted",
            ScopeState::Ready => "ready",
            ScopeState::Loaded => "loaded",
        };
        let LoadedScope { scope, path, beneath, since, records, bytes, blobs, .. } = loaded;
        let blobs = Some(blobs).filter(|blobs| blobs.named > 0).map(BlobsForm::from);
        Self { scope, path: Path(path).to_string(), beneath, state, since, records, bytes, blobs }
    }
}

/// What is left out by age, for programs.
#[derive(Serialize)]
pub struct LeftOutForm<'a> {
    #[serde(flatten)]
    cut: &'a Cut,
    pruned: &'a BTreeMap<String, u64>,
}

impl<'a> From<&'a CutOff> for LeftOutForm<'a> {
    fn from(CutOff { cut, pruned }: &'a CutOff) -> Self {
        Self { cut, pruned }
    }
}

/// The records of a type that went, or would go.
#[derive(Serialize)]
pub struct PrunedTypeForm<'a> {
    /// The type.
    #[serde(rename = "type")]
    pub of: &'a str,
    /// How many.
    pub records: u64,
    /// About how many bytes those take.
    pub bytes: u64,
}

/// What went, or would go, of all types.
#[derive(Serialize)]
pub struct PrunedForm {
    /// How many records.
    pub records: u64,
    /// About how many bytes those take.
    pub bytes: u64,
    stay: u64,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_before: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_after: Option<u64>,
}

impl PrunedForm {
    /// Of what a prune came to.
    pub fn of(pruned: &Pruned, shrunk: Option<Shrunk>, dry_run: bool) -> Self {
        let (records, bytes) =
            pruned.types.iter().fold((0, 0), |sum, (_, records, bytes)| (sum.0 + records, sum.1 + bytes));
        let (file_before, file_after) = (shrunk.map(|it| it.before), shrunk.map(|it| it.after));
        Self { records, bytes, stay: pruned.stay, dry_run, file_before, file_after }
    }

    /// Its types, each for itself.
    pub fn types(pruned: &Pruned) -> impl Iterator<Item = PrunedTypeForm<'_>> {
        pruned.types.iter().map(|(of, records, bytes)| PrunedTypeForm {
            of,
            records: *records,
            bytes: *bytes,
        })
    }
}
