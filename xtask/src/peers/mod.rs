//! `cargo xtask bench --peers`: the same work by Fieldbook and by other sync engines, in one sitting between two measurements
//! of the machine's limits, as one table.
//!
//! The harness is `bench/peers`; it is copied into the build folder, so that no package ever lies in the tree.

mod node;
mod packages;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::args::PeersOptions;
use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::{Build, LastLine};
use crate::step::{Outcome, Step};
use node::Node;

/// Ours, which runs first in each sitting.
const OWN: &str = "fieldbook";
/// The others, in the order of the table.
const OTHERS: [&str; 6] = ["pouchdb", "rxdb", "powersync", "triplit", "zero", "tinybase"];
/// Those that keep their data in PostgreSQL.
const WITH_POSTGRES: [&str; 2] = ["powersync", "zero"];
/// What names the service of a peer that is not on npm.
const POWERSYNC: &str = "PEERS_POWERSYNC_ENTRY";
/// How long one peer may take.
const PEER: Duration = Duration::from_secs(2_400);
/// Runs of each workload when nobody says.
const RUNS: u64 = 3;
const QUICK: &str =
    r#"{"writes":500,"flush":[500],"initial":5000,"ticks":40,"subs":10,"fanTicks":10,"merge":200}"#;

/// Measures and prints the table.
pub fn peers(places: &Places, options: &PeersOptions) -> Result<ExitCode, Problem> {
    let chosen = chosen(&options.names, std::env::var_os(POWERSYNC).is_some())?;
    if !cfg!(target_os = "linux") {
        return Err(Problem::Needs(
            "The comparison runs on Linux only: memory and load are read from /proc.".to_owned(),
        ));
    }
    let clock = Clock::start();
    chosen.left_out.iter().for_each(|why| clock.say(format_args!("{why}")));
    let with_postgres = chosen.names.iter().any(|name| WITH_POSTGRES.contains(name));
    let purpose = if with_postgres { Purpose::PeersWithPostgres } else { Purpose::Peers };
    preflight::check(&clock, purpose, places)?;
    let folder = places.target.join("peers");
    fs::create_dir_all(&folder).while_trying("make a folder for the peers")?;
    let node = node::get(&clock, places, &folder)?;
    build(&clock, places)?;
    let sitting = Sitting { clock: &clock, places, folder: &folder, node: &node, options };
    sitting.install(&chosen.names)?;
    let out = sitting.measure(&chosen.names)?;
    let table = sitting.peer().arg("table").arg(&out).output().while_trying("make the table")?;
    println!("\n{}\n\n{}", machine(options, places), String::from_utf8_lossy(&table.stdout));
    println!("Each figure is a line of {}.", places.typed(&out).display());
    Ok(if table.status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Which peers run, and why the others do not.
#[derive(Debug, PartialEq, Eq)]
struct Chosen {
    names: Vec<&'static str>,
    left_out: Vec<String>,
}

fn chosen(wanted: &[String], has_powersync: bool) -> Result<Chosen, Problem> {
    if let Some(wrong) = wanted.iter().find(|name| *name != OWN && !OTHERS.contains(&name.as_str())) {
        return Err(Problem::Wrong(format!("There is no peer {wrong:?}; there are {}.", OTHERS.join(", "))));
    }
    let why = format!(
        "powersync is left out: its service is not on npm. Build it (github.com/powersync-ja/powersync-service), and name \
         its entry.js in {POWERSYNC}."
    );
    if wanted.iter().any(|name| name == "powersync") && !has_powersync {
        return Err(Problem::Needs(why));
    }
    let others = OTHERS.into_iter().filter(|name| wanted.is_empty() || wanted.iter().any(|it| it == name));
    let names =
        [OWN].into_iter().chain(others).filter(|name| *name != "powersync" || has_powersync).collect();
    let left_out = if wanted.is_empty() && !has_powersync { vec![why] } else { Vec::new() };
    Ok(Chosen { names, left_out })
}

/// The program, and the one that the harness speaks to, which lies beside it.
fn build(clock: &Clock, places: &Places) -> Result<(), Problem> {
    let lap = clock.phase("building the fieldbook program and its client for the harness");
    let words = [
        "build",
        "--release",
        "--locked",
        "--package",
        "fieldbook-cli",
        "--package",
        "fieldbook-bench",
        "--bins",
    ];
    let outcome = Step::new(places.cargo(words), Build::default()).run(clock).while_trying("start cargo")?;
    if !outcome.success {
        return Err(Problem::failed(format!("{}\n\nThe build failed.", outcome.tail(60))));
    }
    lap.done();
    Ok(())
}

/// One sitting.
struct Sitting<'a> {
    clock: &'a Clock,
    places: &'a Places,
    folder: &'a Path,
    node: &'a Node,
    options: &'a PeersOptions,
}

impl Sitting<'_> {
    fn install(&self, names: &[&str]) -> Result<(), Problem> {
        let harness = self.folder.join("harness");
        for name in ["common"].iter().chain(names) {
            packages::copy(&self.places.root.join("bench/peers").join(name), &harness.join(name))
                .while_trying(format!("copy the harness of {name}"))?;
        }
        for name in names {
            packages::install(self.clock, self.node, &harness.join(name))?;
        }
        Ok(())
    }

    /// The limits, every peer, the limits again; a peer that fails does not stop the others.
    fn measure(&self, names: &[&str]) -> Result<PathBuf, Problem> {
        let out = self.folder.join("figures.jsonl");
        fs::write(&out, "").while_trying("begin the file of figures")?;
        self.limits(&out)?;
        for name in names {
            let lap = self.clock.phase(&format!("measuring {name}"));
            let step = Step::new(self.bench(name, &out), LastLine::default()).within(PEER);
            let outcome = step.run(self.clock).while_trying("start node")?;
            if !outcome.success {
                self.clock.say(format_args!("{name} ended early:\n{}", outcome.tail(10)));
            }
            lap.end(if outcome.success { "done" } else { "NOT WHOLE" });
        }
        self.limits(&out)?;
        Ok(out)
    }

    fn limits(&self, out: &Path) -> Result<(), Problem> {
        let lap = self.clock.phase("measuring the machine's limits");
        let mut command = self.peer();
        command.arg("limits").arg(self.folder.join("data/limits")).arg(self.runs().to_string());
        let Outcome { success, stdout, said } =
            Step::new(command, LastLine::default()).run(self.clock).while_trying("measure the limits")?;
        if !success {
            return Err(Problem::failed(said));
        }
        let known = fs::read_to_string(out).while_trying("read the figures")?;
        fs::write(out, known + &stdout).while_trying("note the limits")?;
        lap.done();
        Ok(())
    }

    fn bench(&self, name: &str, out: &Path) -> Command {
        let data = self.folder.join("data").join(name);
        // What an earlier sitting left; it need not be there.
        let _ = fs::remove_dir_all(&data);
        let mut command = self.node.command(&self.node.program);
        command.current_dir(self.folder.join("harness").join(name));
        command.arg("bench.mjs").arg("--work").arg(data).arg("--out").arg(out);
        command.args(["--runs", &self.runs().to_string()]);
        command.env("PEERS_FIELDBOOK", self.peer().get_program());
        if let Some(sizes) = sizes(name, self.options.quick) {
            command.args(["--sizes", sizes]);
        }
        command
    }

    fn peer(&self) -> Command {
        self.places.command(self.places.target.join("release/peer"))
    }

    fn runs(&self) -> u64 {
        self.options.runs.unwrap_or(RUNS)
    }
}

/// Other sizes than the usual ones: those for whom the usual would take hours get smaller ones.
fn sizes(name: &str, quick: bool) -> Option<&'static str> {
    match name {
        _ if quick => Some(QUICK),
        "tinybase" => Some(r#"{"writes":1000,"flush":[10000]}"#),
        "zero" => Some(r#"{"flush":[10000]}"#),
        _ => None,
    }
}

/// What a reader has to know of the machine and the day.
fn machine(options: &PeersOptions, places: &Places) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let day = places.command("date").args(["-u", "+%Y-%m-%d"]).output().map(|output| output.stdout);
    let day = String::from_utf8_lossy(&day.unwrap_or_default()).trim().to_owned();
    let runs = options.runs.unwrap_or(RUNS);
    let sizes = if options.quick { ", small sizes that say nothing of speed" } else { "" };
    format!("{day}, {cores} cores of {model}; medians of {runs}{sizes}. Only figures of one sitting compare.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_always_there_and_the_others_by_name() {
        let all = chosen(&[], true).expect("all");
        assert_eq!((all.names.len(), all.names[0], all.left_out.len()), (7, OWN, 0));
        let some = chosen(&["zero".to_owned(), "rxdb".to_owned()], false).expect("some");
        assert_eq!(some, Chosen { names: vec![OWN, "rxdb", "zero"], left_out: Vec::new() });
    }

    #[test]
    fn a_peer_that_cannot_run_is_left_out_and_told_and_refused_when_it_is_asked_for() {
        let all = chosen(&[], false).expect("the others");
        assert!(!all.names.contains(&"powersync") && all.left_out[0].contains(POWERSYNC));
        assert!(
            matches!(chosen(&["powersync".to_owned()], false), Err(Problem::Needs(why)) if why.contains(POWERSYNC))
        );
        assert!(
            matches!(chosen(&["nosync".to_owned()], true), Err(Problem::Wrong(why)) if why.contains("tinybase"))
        );
    }
}
