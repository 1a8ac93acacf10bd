//! `fieldbook demo`: the demo's data as JSON lines, for `fieldbook act -`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use fieldbook_demo::estate;

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
    /// The folder with the shop's files, or with the pictures of the estates' plans
    folder: PathBuf,
    /// Write the estates instead, a file for each person and stretch of work: NUMBER-PERSON[-apart].jsonl
    #[arg(long, value_name = "DIR", conflicts_with = "drawings")]
    estates: Option<PathBuf>,
    /// Write the drawings of the estates' plans into the folder
    #[arg(long)]
    drawings: bool,
}

impl Demo {
    /// Prints or writes it.
    pub fn run(self) -> Result<Exit, Failure> {
        match &self.estates {
            Some(to) => estates(&self.folder, to).map_err(failed)?,
            None if self.drawings => drawings(&self.folder).map_err(failed)?,
            None => {
                let ops = fieldbook_demo::ops(&self.folder).map_err(failed)?;
                output::lines(ops.iter().map(fieldbook_demo::json_line))?;
            }
        }
        Ok(Exit::Done)
    }
}

fn failed(error: impl ToString) -> Failure {
    Failure::new(Exit::Wrong, "demo", error.to_string())
}

fn estates(pictures: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    let stages = estate::stages(&estate::pictures(pictures)?);
    for (number, stage) in (1..).zip(&stages) {
        let apart = if stage.is_apart { "-apart" } else { "" };
        let lines: String = stage.acts.iter().map(|act| act.json_line() + "\n").collect();
        fs::write(to.join(format!("{number}-{}{apart}.jsonl", stage.who.name())), lines)?;
    }
    Ok(())
}

fn drawings(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    estate::drawings()
        .into_iter()
        .try_for_each(|(name, svg)| fs::write(folder.join(format!("{name}.svg")), svg))
}
