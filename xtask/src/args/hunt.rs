//! The words of what hunts for defects: worlds, torture, disks, fuzz targets, mutants and planted defects.

use super::{Command, number, unknown, value};

/// Which worlds are to be played.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SimOptions {
    /// How many.
    pub seeds: Option<u64>,
    /// This one, with its story.
    pub seed: Option<u64>,
    /// Worlds of long days.
    pub long: bool,
    /// For hours, from where the ledger ends.
    pub night: bool,
    /// How long a night is.
    pub minutes: Option<u64>,
    /// Where what a seed read and wrote goes.
    pub history: Option<String>,
    /// Makes the seed smaller.
    pub shrink: bool,
    /// With a rule taken out.
    pub defect: Option<String>,
}

/// Which defects are hunted, and how long.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct KillOptions {
    /// Seeds for each.
    pub seeds: Option<u64>,
    /// The one of this name.
    pub only: Option<String>,
    /// Those of one area.
    pub area: Option<String>,
    /// Hunts at a time.
    pub jobs: Option<usize>,
    /// Write the guide's page.
    pub write: bool,
}

/// Which runs of real processes are to be played; the runner knows what is usual.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TortureOptions {
    /// One family of faults.
    pub family: Option<String>,
    /// How many of each.
    pub runs: Option<u64>,
    /// The seed of the first.
    pub seed: Option<u64>,
    /// How many at a time.
    pub jobs: Option<u64>,
}

/// Which cases are to be played on a disk that fails.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DiskOptions {
    /// Of this script.
    pub script: Option<String>,
    /// What goes wrong.
    pub kind: Option<String>,
    /// Where.
    pub point: Option<u64>,
    /// At most so many of each script and kind.
    pub share: Option<u64>,
    /// So many at once.
    pub jobs: Option<u64>,
}

/// Which fuzz targets are to be played, and how long.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FuzzOptions {
    /// The one of this name.
    pub target: Option<String>,
    /// How long each.
    pub minutes: Option<u64>,
    /// Only say which there are.
    pub list: bool,
}

/// Which code is to be mutated.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct MutantsOptions {
    /// These files, or crates' folders.
    pub files: Vec<String>,
    /// Only what nobody noticed the last time.
    pub survivors: bool,
    /// The K-th of N parts.
    pub shard: Option<String>,
    /// What changed since this commit.
    pub in_diff: Option<String>,
    /// Write the guide's page.
    pub write: bool,
}

pub fn sim<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = SimOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--seeds" => options.seeds = Some(number(word, value(word, words.next())?)?),
            "--seed" => options.seed = Some(number(word, value(word, words.next())?)?),
            "--long" => options.long = true,
            "--night" => options.night = true,
            "--minutes" => options.minutes = Some(number(word, value(word, words.next())?)?),
            "--history" => options.history = Some(value(word, words.next())?.to_owned()),
            "--shrink" => options.shrink = true,
            "--defect" => options.defect = Some(value(word, words.next())?.to_owned()),
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("sim", other)),
        }
    }
    Ok(Command::Sim(options))
}

pub fn torture<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = TortureOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--family" => options.family = Some(value(word, words.next())?.to_owned()),
            "--runs" => options.runs = Some(number(word, value(word, words.next())?)?),
            "--seed" => options.seed = Some(number(word, value(word, words.next())?)?),
            "--jobs" => options.jobs = Some(number(word, value(word, words.next())?)?),
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("torture", other)),
        }
    }
    Ok(Command::Torture(options))
}

pub fn kill_rate<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = KillOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--seeds" => options.seeds = Some(number(word, value(word, words.next())?)?),
            "--jobs" => options.jobs = Some(number(word, value(word, words.next())?)? as usize),
            "--only" => options.only = Some(value(word, words.next())?.to_owned()),
            "--area" => options.area = Some(value(word, words.next())?.to_owned()),
            "--write" => options.write = true,
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("kill-rate", other)),
        }
    }
    Ok(Command::KillRate(options))
}

pub fn disk<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = DiskOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--script" => options.script = Some(value(word, words.next())?.to_owned()),
            "--kind" => options.kind = Some(value(word, words.next())?.to_owned()),
            "--point" => options.point = Some(number(word, value(word, words.next())?)?),
            "--share" => options.share = Some(number(word, value(word, words.next())?)?),
            "--jobs" => options.jobs = Some(number(word, value(word, words.next())?)?),
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("disk", other)),
        }
    }
    Ok(Command::Disk(options))
}

pub fn fuzz<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = FuzzOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--target" => options.target = Some(value(word, words.next())?.to_owned()),
            "--minutes" => options.minutes = Some(number(word, value(word, words.next())?)?),
            "--list" => options.list = true,
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("fuzz", other)),
        }
    }
    Ok(Command::Fuzz(options))
}

pub fn mutants<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = MutantsOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--file" => options.files.push(value(word, words.next())?.to_owned()),
            "--survivors" => options.survivors = true,
            "--shard" => options.shard = Some(value(word, words.next())?.to_owned()),
            "--in-diff" => options.in_diff = Some(value(word, words.next())?.to_owned()),
            "--write" => options.write = true,
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("mutants", other)),
        }
    }
    Ok(Command::Mutants(options))
}
