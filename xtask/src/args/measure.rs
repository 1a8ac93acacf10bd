//! The words of what measures: `bench`, alone and beside peers.

use super::{Command, number, unknown, value};

/// Which peers are measured, and how often.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PeersOptions {
    /// Those of these names; all that can run here when there are none.
    pub names: Vec<String>,
    /// Runs of each workload.
    pub runs: Option<u64>,
    /// Sizes that show only that all of it works.
    pub quick: bool,
}

pub fn bench<'a>(words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let words: Vec<&str> = words.collect();
    match words[..] {
        ["--help" | "-h", ..] => Ok(Command::Help),
        ["--peers", ref rest @ ..] => peers(rest.iter().copied()),
        [option, ..] if option.starts_with('-') => Err(unknown("bench", option)),
        [_, second, ..] => Err(unknown("bench", second)),
        [name] => Ok(Command::Bench { name: Some(name.to_owned()) }),
        [] => Ok(Command::Bench { name: None }),
    }
}

fn peers<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = PeersOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--runs" => options.runs = Some(number(word, value(word, words.next())?)?),
            "--quick" => options.quick = true,
            "--help" | "-h" => return Ok(Command::Help),
            other if other.starts_with('-') => return Err(unknown("bench --peers", other)),
            name => options.names.push(name.to_owned()),
        }
    }
    Ok(Command::Peers(options))
}
