//! `fieldbook demo`: the demo shop as JSON lines, for `fieldbook act -`.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Print the demo shop as actions for `fieldbook act -`
#[derive(Debug, Args)]
#[command(
    hide = true,
    after_help = "Example: fieldbook demo apps/counter/demo | fieldbook act - --home till-a"
)]
pub struct Demo {
    /// The folder with the shop's files
    folder: PathBuf,
}

impl Demo {
    /// Prints it.
    pub fn run(self) -> Result<Exit, Failure> {
        let ops = fieldbook_demo::ops(&self.folder)
            .map_err(|error| Failure::new(Exit::Wrong, "demo", error.to_string()))?;
        output::lines(ops.iter().map(fieldbook_demo::json_line))?;
        Ok(Exit::Done)
    }
}
