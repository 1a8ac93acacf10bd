//! `cargo xtask mutants`: small changes are made to the code, one after the other, and some test has to fail for each of them
//! (cargo-mutants; what it is asked stands in `.cargo/mutants.toml`). What nobody noticed is told, and stands in the guide with
//! a sentence.

mod share;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::args::MutantsOptions;
use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;
use crate::tools::Tool;
pub use share::share;
use table::{Mutant, Page};

/// Where the table is.
const PAGE: &str = "docs/guide/mutants.md";
const TOOL: Tool = Tool { name: "cargo-mutants", version: "27.1.0", with: &[] };
/// Mutants at a time: cargo uses the cores, and a second copy of the tree would compile everything once more.
const JOBS: &str = "1";

/// A crate that is mutated, and the crates whose tests are asked about what its own did not notice.
struct Asked {
    of: &'static str,
    more: &'static [&'static str],
}

/// In the order in which they are asked. What a merge comes to is known to the tests of the server's decisions.
const CRATES: [Asked; 4] = [
    Asked { of: "merge", more: &["server-sync"] },
    Asked { of: "device-sync", more: &[] },
    Asked { of: "server-sync", more: &[] },
    Asked { of: "device-store", more: &[] },
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
    if let Some(file) = options.files.iter().find(|file| !places.root.join(file).exists()) {
        return Err(Problem::Wrong(format!("There is no {file}.")));
    }
    let program = TOOL.installed(&clock, places)?;
    let diff = options.in_diff.as_deref().map(|since| diff(places, since)).transpose()?;
    let mut found = Vec::new();
    for asked in wanted {
        let mut command = command(places, &program, asked, options, diff.as_deref());
        if options.survivors {
            let names = page(places).survivors_of(&format!("crates/{}/", asked.of));
            if names.is_empty() {
                continue;
            }
            names.iter().for_each(|name| _ = command.arg("--re").arg(name));
        }
        found.extend(tried(&clock, places, asked, command, None)?);
    }
    // Read only now: sentences may have been written while the tests ran.
    let mut page = page(places);
    match options.survivors {
        true => page.take_again(&found, &state(places)?),
        false => page.take(&found, &state(places)?),
    }
    told(places, &page, &found, options.write)
}

/// The guide's page as it is now.
fn page(places: &Places) -> Page {
    Page::read(&fs::read_to_string(places.root.join(PAGE)).unwrap_or_default())
}

/// Those of the files that are named, of the whole crate where its folder is, or of all that compile fast.
fn is_wanted(asked: &Asked, options: &MutantsOptions) -> bool {
    let folder = format!("crates/{}/", asked.of);
    match options.files.is_empty() {
        false => options.files.iter().any(|file| format!("{file}/").starts_with(&folder)),
        true => asked.of != "device-store",
    }
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
) -> Command {
    let mut command = places.command(program);
    // Mutants are built in a copy of the tree; what they depend on is compiled once, and stays compiled for the next run.
    command.env("CARGO_TARGET_DIR", places.target.join("mutants-of/build"));
    // That a law fails is all that is asked: some hundreds of cases say so, and nobody reads the smallest.
    command.env("PROPTEST_CASES", "400").env("PROPTEST_MAX_SHRINK_ITERS", "0");
    command.args(["mutants", "--jobs", JOBS, "--no-shuffle", "--colors", "never", "--output"]);
    command.arg(folder(places, asked));
    command.arg("--package").arg(format!("fieldbook-{}", asked.of));
    let more = if options.survivors { asked.more } else { &[] };
    for name in [asked.of].iter().chain(more) {
        command.arg("--test-package").arg(format!("fieldbook-{name}"));
    }
    for file in &options.files {
        let whole = if places.root.join(file).is_dir() { "/**" } else { "" };
        command.arg("--file").arg(format!("{}{whole}", file.trim_end_matches('/')));
    }
    if let Some(shard) = &options.shard {
        command.args(["--shard", shard, "--sharding", "round-robin"]);
    }
    if let Some(diff) = diff {
        command.arg("--in-diff").arg(diff);
    }
    command
}

/// Where a run for a crate writes what it finds.
fn folder(places: &Places, asked: &Asked) -> PathBuf {
    places.target.join("mutants-of").join(asked.of)
}

/// Runs it, to its end or as long as it may, and reads what it found.
fn tried(
    clock: &Clock,
    places: &Places,
    asked: &Asked,
    command: Command,
    limit: Option<Duration>,
) -> Result<Vec<Mutant>, Problem> {
    let folder = folder(places, asked);
    fs::create_dir_all(&folder).while_trying("make a folder for what is found")?;
    let written = folder.join("mutants.out");
    if written.is_dir() {
        fs::remove_dir_all(&written).while_trying("remove what was found before")?;
    }
    let step = Step::new(command, LastLine::default()).shown();
    let step = if let Some(limit) = limit { step.within(limit) } else { step };
    let ended = step.run(clock).while_trying("start cargo-mutants")?;
    let found = read(&written)?;
    // It ends with another code where a mutant was missed too; what came of each it has written down.
    if !found.is_empty() || ended.success {
        return Ok(found);
    }
    let why = format!("cargo-mutants tried nothing: {}", ended.tail(20));
    match limit {
        None => Err(Problem::failed(why)),
        Some(_) => {
            clock.say(why);
            Ok(found)
        }
    }
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

fn told(places: &Places, page: &Page, found: &[Mutant], write: bool) -> Result<ExitCode, Problem> {
    if write {
        fs::write(places.root.join(PAGE), page.text()).while_trying(format_args!("write {PAGE}"))?;
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
