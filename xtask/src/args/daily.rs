//! The words of a day's work: `up`, `test`, `audit` and `pictures`.

use super::{Command, unknown, value};
use crate::test::Phase;

/// The port of `up` when none is named.
pub const PORT: u16 = 4180;

/// How `up` is asked to start.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct UpOptions {
    /// The port asked for by name.
    pub port: Option<u16>,
    /// Begin with empty data.
    pub fresh: bool,
    /// Another data folder than the usual one.
    pub data: Option<String>,
    /// Run the walk-through, compare, and end.
    pub check: bool,
    /// Without the apps for browsers.
    pub no_apps: bool,
}

pub fn up<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = UpOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--port" => options.port = Some(port(value(word, words.next())?)?),
            "--data" => options.data = Some(value(word, words.next())?.to_owned()),
            "--fresh" => options.fresh = true,
            "--check" => options.check = true,
            "--no-apps" => options.no_apps = true,
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("up", other)),
        }
    }
    Ok(Command::Up(options))
}

pub fn test<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut only = None;
    while let Some(word) = words.next() {
        match word {
            "--only" => only = Some(phase(value(word, words.next())?)?),
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("test", other)),
        }
    }
    Ok(Command::Test { only })
}

pub fn web<'a>(words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut torture = false;
    for word in words {
        match word {
            "--torture" => torture = true,
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("web", other)),
        }
    }
    Ok(Command::Web { torture })
}

/// A command without options.
pub fn bare<'a>(
    mut words: impl Iterator<Item = &'a str>,
    name: &str,
    command: Command,
) -> Result<Command, String> {
    match words.next() {
        None => Ok(command),
        Some("--help" | "-h") => Ok(Command::Help),
        Some(other) => Err(unknown(name, other)),
    }
}

fn port(word: &str) -> Result<u16, String> {
    word.parse()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| format!("--port is {word:?}; a port is a number from 1 to 65535."))
}

fn phase(word: &str) -> Result<Phase, String> {
    Phase::named(word).ok_or_else(|| {
        let names: Vec<&str> = Phase::ALL.iter().map(|phase| phase.name()).collect();
        format!("There is no phase {word:?}; there are {}.", names.join(", "))
    })
}
