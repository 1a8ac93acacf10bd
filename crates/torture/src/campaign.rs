//! All runs of one call: their plans, some at a time, and before them the runs that are spoiled on purpose.

use std::env;
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::args::Args;
use crate::family::Family;
use crate::finding::Kind;
use crate::plan::Plan;
use crate::program::{Program, text};
use crate::prove::Sabotage;
use crate::report::Report;
use crate::run::{self, Outcome};
use crate::shop::Shop;
use crate::stage::{Setting, lock};
use crate::{clock, device, program};

/// Plays what is asked for.
pub fn play(args: &Args) -> Result<Report, String> {
    let begun = clock::now();
    let (program, work) = places()?;
    let root = env::current_dir().map_err(|error| error.to_string())?;
    let demo = program::run(&mut program.call(["demo", text(&root.join("apps/counter/demo"))]), "", None);
    let demo = device::well(demo.map_err(|error| error.to_string())?, "demo")?;
    let shop = Shop::of(&demo);
    let setting = Setting { program: &program, root: &root, shop: &shop, folders: args.folders };
    let proofs = if args.proves { prove(&setting, &work, args.seed) } else { Vec::new() };
    let (possible, impossible): (Vec<_>, Vec<_>) =
        args.families.iter().map(|family| (*family, run::possible(*family))).partition(|(_, it)| it.is_ok());
    let plans: Vec<Plan> = (0..args.runs)
        .flat_map(|run| possible.iter().map(move |(family, _)| (*family, args.seed + run)))
        .map(|(family, seed)| Plan::draw(family, seed, &shop))
        .collect();
    let outcomes = all(&setting, &work, &plans, args.jobs);
    let mut report = Report::new(outcomes, proofs, clock::now().duration_since(begun));
    for (family, why) in impossible {
        report.leave_out(family, why.err().unwrap_or_default());
    }
    Ok(report)
}

/// The command lies beside this program, and runs have their folders beside both.
fn places() -> Result<(Program, PathBuf), String> {
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let beside = own.parent().ok_or("this program lies nowhere")?;
    let program = beside.join("fieldbook");
    if !program.is_file() {
        return Err(format!(
            "{} is not built: cargo build --release --package fieldbook-cli",
            program.display()
        ));
    }
    let work = beside.parent().unwrap_or(beside).join("torture");
    Ok((Program(program), work))
}

/// Plays all plans, some at a time.
fn all(setting: &Setting<'_>, work: &Path, plans: &[Plan], jobs: usize) -> Vec<Outcome> {
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(plan) = plans.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run::run(setting, work, plan, Sabotage::None);
                    tell(&outcome);
                    lock(&outcomes).push(outcome);
                }
            });
        }
    });
    outcomes.into_inner().unwrap_or_default()
}

fn tell(outcome: &Outcome) {
    let Outcome { name, acts, fired, findings, took, .. } = outcome;
    let came = if findings.is_empty() { "well" } else { "WRONG" };
    say(&format_args!("{name:<16} {came:<6} {acts:>4} acts {fired:>3} faults {:>5.1} s", took.as_secs_f64()));
}

/// Whoever read it may have seen enough; the runs go on.
pub fn say(line: &dyn Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Each way to spoil a run, and whether it was noticed.
fn prove(setting: &Setting<'_>, work: &Path, seed: u64) -> Vec<Result<String, String>> {
    let plan = Plan { faults: Vec::new(), ..Plan::draw(Family::Disconnect, seed, setting.shop) };
    let one = |sabotage: Sabotage| {
        let outcome = run::run(setting, work, &plan, sabotage);
        let noticed = outcome.findings.iter().any(|finding| Some(finding.kind) == sabotage.shows_as());
        let kind = sabotage.shows_as().map_or("nothing", Kind::name);
        match noticed {
            true => {
                let _ = outcome.kept.map(fs::remove_dir_all);
                Ok(format!("a run that was spoiled ({sabotage:?}) was noticed: {kind}"))
            }
            false => {
                Err(format!("a run that was spoiled ({sabotage:?}) was not noticed: {:?}", outcome.findings))
            }
        }
    };
    thread::scope(|scope| {
        let ones: Vec<_> =
            Sabotage::ALL.into_iter().map(|sabotage| scope.spawn(move || one(sabotage))).collect();
        ones.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("a panic".to_owned()))).collect()
    })
}
