//! The words of what measures: `bench`, alone, against a commit, and beside peers.

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

/// What this tree is measured against, and how often.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AgainstOptions {
    /// A commit, by any of its names.
    pub commit: String,
    /// Pairs of runs of each work.
    pub pairs: Option<u64>,
}

pub fn bench<'a>(words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let words: Vec<&str> = words.collect();
    match words[..] {
        ["--help" | "-h", ..] => Ok(Command::Help),
        ["against", ref rest @ ..] => against(rest),
        ["--peers", ref rest @ ..] => peers(rest.iter().copied()),
        [option, ..] if option.starts_with('-') => Err(unknown("bench", option)),
        [_, second, ..] => Err(unknown("bench", second)),
        ["web"] => Ok(Command::BenchWeb),
        ["site"] => Ok(Command::BenchSite),
        [name] => Ok(Command::Bench { name: Some(name.to_owned()) }),
        [] => Ok(Command::Bench { name: None }),
    }
}

fn against(words: &[&str]) -> Result<Command, String> {
    let (commit, rest) = words
        .split_first()
        .filter(|(commit, _)| !commit.starts_with('-'))
        .ok_or("`bench against` needs a commit after it, such as HEAD~1.")?;
    let pairs = match rest {
        [] => None,
        ["--pairs", number @ ..] => Some(pairs(number)?),
        [other, ..] => return Err(unknown("bench against", other)),
    };
    Ok(Command::Against(AgainstOptions { commit: (*commit).to_owned(), pairs }))
}

fn pairs(words: &[&str]) -> Result<u64, String> {
    match (number("--pairs", value("--pairs", words.first().copied())?)?, words) {
        (0, _) => Err("--pairs is 0; it takes 1 or more.".to_owned()),
        (_, [_, other, ..]) => Err(unknown("bench against", other)),
        (pairs, _) => Ok(pairs),
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
