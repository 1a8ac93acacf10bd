//! The words after `cargo xtask`, read into a command. It never looks at the machine.

use crate::test::Phase;

/// The port of `up` when none is named.
pub const PORT: u16 = 4180;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Say what there is.
    Help,
    /// The server, the shop and the walk-through.
    Up(UpOptions),
    /// Every check, or one phase of it.
    Test {
        /// The one phase.
        only: Option<Phase>,
    },
    /// The measurements.
    Bench {
        /// Part of the name of those to run.
        name: Option<String>,
    },
    /// Random worlds.
    Sim(SimOptions),
    /// Real processes with real faults.
    Torture(TortureOptions),
    /// Which seed notices which planted defect.
    KillRate(KillOptions),
    /// Scripts on a disk that fails.
    Disk(DiskOptions),
    /// The fuzz targets.
    Fuzz(FuzzOptions),
    /// Small changes of the code that some test has to notice.
    Mutants(MutantsOptions),
    /// The guide's pictures.
    Pictures,
}

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
}

/// Which worlds are to be played.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SimOptions {
    /// How many.
    pub seeds: Option<u64>,
    /// This one, with its story.
    pub seed: Option<u64>,
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
    /// This file, or a crate's folder.
    pub file: Option<String>,
    /// The K-th of N parts.
    pub shard: Option<String>,
    /// What changed since this commit.
    pub in_diff: Option<String>,
    /// Write the guide's page.
    pub write: bool,
}

/// Reads the words; an error says which word is wrong and what would be right.
pub fn parse(words: &[String]) -> Result<Command, String> {
    let mut words = words.iter().map(String::as_str);
    match words.next() {
        None | Some("help" | "--help" | "-h") => Ok(Command::Help),
        Some("up") => up(words),
        Some("test") => test(words),
        Some("bench") => bench(words),
        Some("sim") => sim(words),
        Some("torture") => torture(words),
        Some("kill-rate") => kill_rate(words),
        Some("disk") => disk(words),
        Some("fuzz") => fuzz(words),
        Some("mutants") => mutants(words),
        Some("pictures") => pictures(words),
        Some(other) => Err(format!("There is no command {other:?}.")),
    }
}

fn up<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = UpOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--port" => options.port = Some(port(value(word, words.next())?)?),
            "--data" => options.data = Some(value(word, words.next())?.to_owned()),
            "--fresh" => options.fresh = true,
            "--check" => options.check = true,
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("up", other)),
        }
    }
    Ok(Command::Up(options))
}

fn test<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
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

fn bench<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let name = words.next();
    match (name, words.next()) {
        (Some("--help" | "-h"), _) => Ok(Command::Help),
        (Some(option), _) if option.starts_with('-') => Err(unknown("bench", option)),
        (_, Some(second)) => Err(unknown("bench", second)),
        (name, None) => Ok(Command::Bench { name: name.map(str::to_owned) }),
    }
}

fn pictures<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    match words.next() {
        None => Ok(Command::Pictures),
        Some("--help" | "-h") => Ok(Command::Help),
        Some(other) => Err(unknown("pictures", other)),
    }
}

fn sim<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = SimOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--seeds" => options.seeds = Some(number(word, value(word, words.next())?)?),
            "--seed" => options.seed = Some(number(word, value(word, words.next())?)?),
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

fn torture<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
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

fn kill_rate<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
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

fn disk<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
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

fn fuzz<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
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

fn mutants<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let mut options = MutantsOptions::default();
    while let Some(word) = words.next() {
        match word {
            "--file" => options.file = Some(value(word, words.next())?.to_owned()),
            "--shard" => options.shard = Some(value(word, words.next())?.to_owned()),
            "--in-diff" => options.in_diff = Some(value(word, words.next())?.to_owned()),
            "--write" => options.write = true,
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(unknown("mutants", other)),
        }
    }
    Ok(Command::Mutants(options))
}

fn value<'a>(option: &str, word: Option<&'a str>) -> Result<&'a str, String> {
    word.filter(|word| !word.starts_with("--") && !word.is_empty())
        .ok_or_else(|| format!("{option} needs a value after it."))
}

fn port(word: &str) -> Result<u16, String> {
    word.parse()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| format!("--port is {word:?}; a port is a number from 1 to 65535."))
}

fn number(option: &str, word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{option} is {word:?}; it takes a whole number."))
}

fn phase(word: &str) -> Result<Phase, String> {
    Phase::named(word).ok_or_else(|| {
        let names: Vec<&str> = Phase::ALL.iter().map(|phase| phase.name()).collect();
        format!("There is no phase {word:?}; there are {}.", names.join(", "))
    })
}

fn unknown(command: &str, word: &str) -> String {
    format!("`{command}` does not know {word:?}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn each_command_is_read_with_its_options() {
        let cases = [
            ("", Command::Help),
            ("help", Command::Help),
            ("up --help", Command::Help),
            ("up", Command::Up(UpOptions::default())),
            (
                "up --port 4200 --fresh --data target/other",
                Command::Up(UpOptions {
                    port: Some(4200),
                    fresh: true,
                    data: Some("target/other".to_owned()),
                    check: false,
                }),
            ),
            ("up --check", Command::Up(UpOptions { check: true, ..UpOptions::default() })),
            ("test", Command::Test { only: None }),
            ("test --only walk-through", Command::Test { only: Some(Phase::WalkThrough) }),
            ("bench", Command::Bench { name: None }),
            ("bench flush", Command::Bench { name: Some("flush".to_owned()) }),
            (
                "sim --seed 7 --defect CountSets --shrink",
                Command::Sim(SimOptions {
                    seed: Some(7),
                    shrink: true,
                    defect: Some("CountSets".to_owned()),
                    ..SimOptions::default()
                }),
            ),
            ("sim --seed 7", Command::Sim(SimOptions { seed: Some(7), ..SimOptions::default() })),
            (
                "sim --seeds 50 --night",
                Command::Sim(SimOptions { seeds: Some(50), night: true, ..SimOptions::default() }),
            ),
            (
                "torture --family kill --runs 3",
                Command::Torture(TortureOptions {
                    family: Some("kill".to_owned()),
                    runs: Some(3),
                    ..TortureOptions::default()
                }),
            ),
            (
                "kill-rate --only CountSets --jobs 1 --write",
                Command::KillRate(KillOptions {
                    only: Some("CountSets".to_owned()),
                    jobs: Some(1),
                    write: true,
                    ..KillOptions::default()
                }),
            ),
            (
                "sim --night --minutes 5",
                Command::Sim(SimOptions { night: true, minutes: Some(5), ..SimOptions::default() }),
            ),
            (
                "disk --script undo --point 3 --kind torn",
                Command::Disk(DiskOptions {
                    script: Some("undo".to_owned()),
                    kind: Some("torn".to_owned()),
                    point: Some(3),
                    ..DiskOptions::default()
                }),
            ),
            ("fuzz --list", Command::Fuzz(FuzzOptions { list: true, ..FuzzOptions::default() })),
            (
                "fuzz --target pages --minutes 3",
                Command::Fuzz(FuzzOptions {
                    target: Some("pages".to_owned()),
                    minutes: Some(3),
                    ..FuzzOptions::default()
                }),
            ),
            (
                "mutants --file crates/merge/src/weight.rs --shard 0/3 --in-diff HEAD~1 --write",
                Command::Mutants(MutantsOptions {
                    file: Some("crates/merge/src/weight.rs".to_owned()),
                    shard: Some("0/3".to_owned()),
                    in_diff: Some("HEAD~1".to_owned()),
                    write: true,
                }),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn each_wrong_word_is_named() {
        let cases = [
            ("down", "\"down\""),
            ("up --prot 1", "\"--prot\""),
            ("up --port", "--port needs a value"),
            ("up --port --fresh", "--port needs a value"),
            ("up --port 0", "1 to 65535"),
            ("up --port 70000", "1 to 65535"),
            ("test --only fast", "format, tree, lint, build, cargo, walk-through, api, world, torture"),
            ("bench one two", "\"two\""),
            ("bench --fast", "\"--fast\""),
            ("sim --seeds many", "whole number"),
            ("torture --jobs few", "whole number"),
            ("torture --fire", "\"--fire\""),
            ("disk --point", "--point needs a value"),
            ("fuzz --minutes soon", "whole number"),
            ("mutants --fast", "\"--fast\""),
        ];
        for (line, expected) in cases {
            let found = read(line).expect_err(line);
            assert!(found.contains(expected), "{line}: {found}");
        }
    }

    #[test]
    fn the_help_has_an_example_for_each_command() {
        for command in
            ["up", "up --check", "test", "bench", "sim", "torture", "kill-rate", "disk", "fuzz", "mutants"]
        {
            assert!(crate::help::TEXT.contains(&format!("Example: cargo xtask {command}")), "{command}");
        }
    }
}
