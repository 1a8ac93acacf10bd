//! `fieldbook prune`: takes what is old off this device, and leaves it out until somebody wants it again.

use clap::Args;
use fieldbook_device::store::forms::PrunedForm;
use fieldbook_device::store::{PruneError, Pruned, Pruning, Shrunk};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::output;

/// Take old records off this device, with what they own; the server keeps them
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook prune --before 2026-01-01 --dry-run --home till-a

Nothing unsent goes: a record that an action of this device still waits on stays until that is settled. What is
pruned does not come back when others change it; `fieldbook show TYPE:ID` fetches one record, `fieldbook prune --none`
brings all back with the next sync. `fieldbook scopes` says how many records went.")]
pub struct Prune {
    /// Records from before this go: a day, a time, or a number, as the type says how old it is
    #[arg(long, value_name = "DATE", required_unless_present = "none")]
    before: Option<String>,
    /// Only what lies in this part of the workspace: a record type and an id
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// Only records of this type
    #[arg(long = "type", value_name = "TYPE")]
    of: Option<String>,
    /// Say what would go, and take nothing off
    #[arg(long)]
    dry_run: bool,
    /// Leave nothing out any more
    #[arg(long, conflicts_with_all = ["before", "scope", "of", "dry_run"])]
    none: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

impl Prune {
    /// Prunes.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let Some(before) = self.before else {
            let any = device.unprune()?;
            let words = match any {
                true => "Nothing is left out any more; the next sync brings what was pruned.",
                false => "Nothing was left out.",
            };
            if !output::in_json() {
                output::line(words)?;
            }
            return Ok(Exit::Done);
        };
        let scope = self.scope.as_deref().map(super::scopes::named).transpose()?;
        let wish = Pruning { before, of: self.of, scope };
        let (pruned, shrunk) = match self.dry_run {
            true => (device.store().prune(&wish, true).map_err(failure)?, None),
            false => device.prune(&wish).map_err(failure)?,
        };
        tell(&pruned, shrunk, self.dry_run)?;
        Ok(Exit::Done)
    }
}

fn tell(pruned: &Pruned, shrunk: Option<Shrunk>, dry_run: bool) -> Result<(), Failure> {
    let form = PrunedForm::of(pruned, shrunk, dry_run);
    if output::in_json() {
        for line in PrunedForm::types(pruned) {
            output::json(&line)?;
        }
        return output::json(&form);
    }
    let PrunedForm { records, bytes, .. } = form;
    for (of, records, bytes) in &pruned.types {
        output::line(&format!("{of}: {records} records, {} KiB", bytes.div_ceil(1024)))?;
    }
    let sum = match (records, dry_run) {
        (0, _) => "Nothing here is older.".to_owned(),
        (_, true) => format!("{records} records would go, about {} KiB.", bytes.div_ceil(1024)),
        (_, false) => format!("{records} records went; nothing unsent did."),
    };
    output::line(&sum)?;
    if pruned.stay > 0 {
        let stay = pruned.stay;
        output::line(&format!("{stay} more stay until the actions on them are settled."))?;
    }
    if let Some(Shrunk { before, after }) = shrunk {
        let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
        output::line(&format!("The database has {} in place of {}.", mib(after), mib(before)))?;
    }
    Ok(())
}

fn failure(error: PruneError) -> Failure {
    match error {
        PruneError::Store(error) => error.into(),
        other => Failure::wrong(other.to_string()),
    }
}
