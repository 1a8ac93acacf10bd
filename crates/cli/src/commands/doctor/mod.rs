//! `fieldbook doctor`: looks at a device's home and at a server's data folder, and says of each thing whether it is well, and
//! what to do where it is not. It changes nothing.

mod data;
pub mod disk;
pub mod finding;
mod home;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use clap::Args;
use fieldbook_model::json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::output;
use crate::server_key::KeyArgs;
use finding::{Finding, Level};

/// Look whether a device and a server's data folder are well, and say what to do
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook doctor --home till-a
         fieldbook doctor --data shop/server

Each line is ok, warn or fail. With a fail it ends with 1, else with 0.")]
pub struct Doctor {
    #[command(flatten)]
    home: HomeArgs,
    /// A server's data folder, on the server's machine
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArgs,
}

/// What there is to say of a home.
pub fn of_home(home: &Path, offline: bool) -> Result<Vec<Finding>, Failure> {
    let mut findings = Vec::new();
    home::look(home, offline, &mut findings)?;
    Ok(findings)
}

impl Doctor {
    /// Looks.
    pub fn run(self) -> Result<Exit, Failure> {
        let home = match self.home.folder() {
            Ok(home) => Some(home),
            Err(_) if self.data.is_some() => None,
            Err(_) => {
                let words =
                    "look at what? Name a device's folder with --home DIR, or a server's with --data DIR";
                return Err(Failure::wrong(words));
            }
        };
        let mut findings = match home {
            Some(home) => of_home(&home, self.home.offline)?,
            None => Vec::new(),
        };
        if let Some(data) = &self.data {
            data::look(data, &self.key, &mut findings);
        }
        match output::in_json() {
            true => output::lines(findings.iter().map(json::write))?,
            false => output::lines(findings.iter().map(Finding::line))?,
        }
        let failed = findings.iter().any(|finding| finding.level == Level::Fail);
        Ok(if failed { Exit::Failed } else { Exit::Done })
    }
}
