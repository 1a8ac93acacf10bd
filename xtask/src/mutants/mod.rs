//! `cargo xtask mutants`: small changes are made to the code, one after the other, and some test has to fail for each of them
//! (cargo-mutants; what it is asked stands in `.cargo/mutants.toml`). What nobody noticed is told, and stands in the guide with
//! a sentence.

mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::args::MutantsOptions;
use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;
use table::{Mutant, Page};

/// Where the table is.
const PAGE: &str = "docs/guide/mutants.md";
/// The version of cargo-mutants that is installed where it is missing.
const VERSION: &str = "27.1.0";
/// Mutants at a time.
const JOBS: &str = "2";

/// A crate that is mutated, and the crates whose tests are asked.
struct Asked {
    of: &'static str,
    tests: &'static [&'static str],
}

/// In the order in which they are asked. What a merge comes to is known to the tests of the server's decisions.
const CRATES: [Asked; 4] = [
    Asked { of: "merge", tests: &["merge", "server-sync"] },
    Asked { of: "device-sync", tests: &["device-sync"] },
    Asked { of: "server-sync", tests: &["server-sync"] },
    Asked { of: "device-store", tests: &["device-store"] },
];

/// Mutates what is asked for, and says what nobody noticed.
pub fn mutants(places: &Places, options: &MutantsOptions) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Test, places)?;
    let wanted: Vec<&Asked> = CRATES.iter().filter(|it| is_wanted(it, options)).collect();
    if wanted.is_empty() {
        let names: Vec<String> = CRATES.iter().map(|it| format!("crates/{}/src", it.of)).collect();
        return Err(Problem::Wrong(format!(
            "No such file is mutated; there are those of {}.",
            names.join(", ")
        )));
    }
    if let Some(file) = options.file.as_ref().filter(|file| !places.root.join(file).exists()) {
        return Err(Problem::Wrong(format!("There is no {file}.")));
    }
    let program = program(places, &clock)?;
    let diff = options.in_diff.as_deref().map(|since| diff(places, since)).transpose()?;
    let mut found = Vec::new();
    for asked in wanted {
        let folder = places.target.join("mutants-of").join(asked.of);
        fs::create_dir_all(&folder).while_trying("make a folder for what is found")?;
        let command = command(places, &program, asked, options, diff.as_deref(), &folder);
        let written = folder.join("mutants.out");
        if written.is_dir() {
            fs::remove_dir_all(&written).while_trying("remove what was found before")?;
        }
        let step = Step::new(command, LastLine::default()).shown();
        let ended = step.run(&clock).while_trying("start cargo-mutants")?;
        let new = read(&written)?;
        // It ends with another code where a mutant was missed too; what came of each it has written down.
        if new.is_empty() && !ended.success {
            return Err(Problem::failed(format!("cargo-mutants tried nothing: {}", ended.tail(20))));
        }
        found.extend(new);
    }
    told(places, &found, options.write)
}

/// Those of one file, of the whole crate where its folder is named, or of all that compile fast.
fn is_wanted(asked: &Asked, options: &MutantsOptions) -> bool {
    match &options.file {
        Some(file) => file.starts_with(&format!("crates/{}/", asked.of)),
        None => asked.of != "device-store",
    }
}

/// Installed beside what is built, so that nothing of the person's own changes.
fn program(places: &Places, clock: &Clock) -> Result<PathBuf, Problem> {
    let root = places.target.join("tools");
    let program = root.join("bin/cargo-mutants");
    if !program.is_file() {
        clock.say(format_args!("installing cargo-mutants {VERSION} into {}", places.typed(&root).display()));
        let mut command =
            places.cargo(["install", "cargo-mutants", "--locked", "--version", VERSION, "--root"]);
        command.arg(&root);
        let installed = Step::new(command, LastLine::default()).run(clock).while_trying("start cargo")?;
        if !installed.success {
            return Err(Problem::Needs(installed.tail(20)));
        }
    }
    Ok(program)
}

/// What was changed since a commit, as a file.
fn diff(places: &Places, since: &str) -> Result<PathBuf, Problem> {
    let output = places.git(["diff", since]).output().while_trying("ask git")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Problem::Wrong(format!("{since} is no commit that this clone has: {}", said.trim())));
    }
    let path = places.target.join("mutants.diff");
    fs::write(&path, output.stdout).while_trying("write what was changed")?;
    Ok(path)
}

fn command(
    places: &Places,
    program: &Path,
    asked: &Asked,
    options: &MutantsOptions,
    diff: Option<&Path>,
    folder: &Path,
) -> Command {
    let mut command = places.command(program);
    // Each mutant is built in a copy of the tree, with a build folder of its own.
    command.env_remove("CARGO_TARGET_DIR");
    command.args(["mutants", "--jobs", JOBS, "--no-shuffle", "--colors", "never", "--output"]).arg(folder);
    command.arg("--package").arg(format!("fieldbook-{}", asked.of));
    for name in asked.tests {
        command.arg("--test-package").arg(format!("fieldbook-{name}"));
    }
    if let Some(file) = &options.file {
        command.arg("--file").arg(file);
    }
    if let Some(shard) = &options.shard {
        command.args(["--shard", shard, "--sharding", "round-robin"]);
    }
    if let Some(diff) = diff {
        command.arg("--in-diff").arg(diff);
    }
    command
}

/// What a run has written down. Nothing where there was nothing to mutate.
fn read(folder: &Path) -> Result<Vec<Mutant>, Problem> {
    let mut all = Vec::new();
    for fate in table::FATES {
        let path = folder.join(fate.file());
        if !path.is_file() {
            continue;
        }
        let text = fs::read_to_string(&path).while_trying(format_args!("read {}", path.display()))?;
        all.extend(text.lines().filter_map(|line| Mutant::read(line, fate)));
    }
    Ok(all)
}

fn told(places: &Places, found: &[Mutant], write: bool) -> Result<ExitCode, Problem> {
    let path = places.root.join(PAGE);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let mut page = Page::read(&before);
    page.take(found, &state(places)?);
    if write {
        fs::write(&path, page.text()).while_trying(format_args!("write {PAGE}"))?;
    }
    let untold = page.unanswered(found);
    untold.iter().for_each(|mutant| println!("nobody noticed, and no sentence says why: {mutant}"));
    println!("{}", table::closing(found));
    Ok(if untold.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The subject of the last commit.
fn state(places: &Places) -> Result<String, Problem> {
    let output = places.git(["log", "-1", "--format=%s"]).output().while_trying("ask git")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().replace('|', "/"))
}
