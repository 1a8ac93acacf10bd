//! `fieldbook scopes`, `fieldbook load` and `fieldbook unload`: the parts of the workspace that are on the device.

use clap::Args;
use fieldbook_device::store::forms::{LeftOutForm, PartForm};
use fieldbook_device::store::{CutOff, ScopeError};
use fieldbook_model::scope::Path;
use fieldbook_model::{Scope, WallTime};
use serde::Serialize;

use super::compare::Comparison;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::output;
use crate::table::{Shown, table};

/// Say which parts of the workspace are on this device, how large they are, and since when
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook scopes --home surveyor")]
pub struct Scopes {
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Take a part of the workspace along: the next sync brings it
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook load estate/0198c0de-7a11-7000-8000-000000000001 --beneath --home surveyor

The parts around it come with it, without what else lies in those. It is shown when all of it is there; what
has come is kept, and a load that was cut off goes on where it was.")]
pub struct Load {
    /// The part: a record type and an id, or a whole path of them
    scope: String,
    /// With all parts that lie in it, those too that are made later
    #[arg(long)]
    beneath: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Take a part of the workspace off this device; what is not sent yet stays until it is
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook unload floor/0198c0de-7a11-7000-8000-000000000002 --home surveyor"
)]
pub struct Unload {
    /// The part: a record type and an id, or a whole path of them
    scope: String,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// How the device last compared with the server.
#[derive(Serialize)]
struct Compared {
    compared: Comparison,
}

#[derive(Serialize)]
struct Unloaded {
    scope: Scope,
    records: u64,
}

impl Scopes {
    /// Lists them.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let scopes = device.store().scopes()?;
        let cuts = device.store().cut_offs()?;
        let compared = Comparison::of(&device, WallTime(i64::MIN))?.filter(Comparison::has_differed);
        if output::in_json() {
            for scope in scopes {
                output::json(&PartForm::from(scope))?;
            }
            for cut in &cuts {
                output::json(&LeftOutForm::from(cut))?;
            }
            if let Some(compared) = compared {
                output::json(&Compared { compared })?;
            }
            return Ok(Exit::Done);
        }
        if scopes.is_empty() {
            output::line("No part of the workspace was asked for; `fieldbook load SCOPE` takes one along.")?;
        } else {
            let columns = ["scope", "state", "since", "records", "KiB"].map(str::to_owned);
            let parts: Vec<PartForm> = scopes.into_iter().map(PartForm::from).collect();
            output::line(&table(&columns, &parts.iter().map(row).collect::<Vec<_>>()))?;
            parts.iter().filter_map(missing).try_for_each(|words| output::line(&words))?;
        }
        for cut in &cuts {
            output::line(&left_out(cut))?;
        }
        for (name, words) in compared.iter().flat_map(|compared| compared.stand(clock::wall())) {
            output::line(&format!("{name}: {words}"))?;
        }
        Ok(Exit::Done)
    }
}

impl Load {
    /// Asks for one.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let scope = named(&self.scope)?;
        device.load(&scope, self.beneath).map_err(failure)?;
        let all = if self.beneath { " with all that lies in it" } else { "" };
        let words =
            format!("{scope}{all} comes with the next sync; `fieldbook scopes` says when it is there.");
        if !output::in_json() {
            output::line(&words)?;
        }
        Ok(Exit::Done)
    }
}

impl Unload {
    /// Takes one off.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let scope = named(&self.scope)?;
        let records = device.unload(&scope).map_err(failure)?;
        match output::in_json() {
            true => output::json(&Unloaded { scope, records })?,
            false => {
                output::line(&format!("{scope} is off this device: {records} records; nothing unsent went."))?
            }
        }
        Ok(Exit::Done)
    }
}

/// A cut-off in words, with what went by it.
fn left_out(CutOff { cut, pruned }: &CutOff) -> String {
    let within = cut.scope.as_ref().map(|scope| format!(" in {scope}")).unwrap_or_default();
    let counts: Vec<String> = pruned.iter().map(|(of, count)| format!("{count} {of}")).collect();
    let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    format!("Left out: {} before {}{within}; pruned: {counts}.", cut.of, cut.before)
}

/// What of a part's blobs is not here.
fn missing(part: &PartForm) -> Option<String> {
    let blobs = part.blobs.filter(|blobs| blobs.here < blobs.named)?;
    let (missing, path) = (blobs.named - blobs.here, &part.path);
    Some(format!("{path}: {missing} of {} blobs are not here; `fieldbook blob list` says why.", blobs.named))
}

fn row(line: &PartForm) -> Vec<Shown> {
    let scope = if line.beneath { format!("{}/*", line.path) } else { line.path.clone() };
    let since = line.since.map(|time| time.to_string()).unwrap_or_default();
    vec![
        Shown::Text(scope),
        Shown::Text(line.state.to_owned()),
        Shown::Text(since),
        Shown::Number(line.records.to_string()),
        Shown::Number(line.bytes.div_ceil(1024).to_string()),
    ]
}

/// The innermost scope that a text names.
pub fn named(text: &str) -> Result<Scope, Failure> {
    let path: Path = text.parse().map_err(|error| Failure::wrong(format!("{error}")))?;
    path.0.into_iter().next_back().ok_or_else(|| {
        Failure::wrong("which part? Name a record type and an id, such as floor/0198c0de-…; everything that lies in no part is here anyway")
    })
}

fn failure(error: ScopeError) -> Failure {
    match error {
        ScopeError::Store(error) => error.into(),
        other => Failure::wrong(other.to_string()),
    }
}
