//! One run, from an empty folder to what came of it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::args::Folders;
use crate::checks;
use crate::clock;
use crate::disk;
use crate::family::Family;
use crate::fault::{Target, What};
use crate::finding::{Finding, Kind};
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::prove::Sabotage;
use crate::stage::{Setting, Stage};
use crate::{actor, player, settle};

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    pub name: String,
    pub family: Family,
    pub acts: u64,
    /// Faults that met something.
    pub fired: u64,
    pub findings: Vec<Finding>,
    /// Where its files are, if it went wrong.
    pub kept: Option<PathBuf>,
    pub took: Duration,
}

/// Plays a plan in a folder below `work`.
pub fn run(setting: &Setting<'_>, work: &Path, plan: &Plan, sabotage: Sabotage) -> Outcome {
    let folder = work.join(format!("{}{}", plan.name(), sabotage.suffix()));
    let begun = clock::now();
    let _ = fs::remove_dir_all(&folder);
    let played = catch_unwind(AssertUnwindSafe(|| play(setting, &folder, plan, sabotage)));
    let failed = |words: String| (0, 0, vec![Finding::new(Kind::Other, words)]);
    let (acts, fired, findings) = match played {
        Ok(Ok(played)) => played,
        Ok(Err(words)) => failed(words),
        Err(_) => failed("the runner itself panicked".to_owned()),
    };
    let kept = match findings.is_empty() && setting.folders == Folders::Deleted {
        true => fs::remove_dir_all(&folder).err().map(|_| folder),
        false => Some(folder),
    };
    let took = clock::now().duration_since(begun);
    Outcome { name: plan.name(), family: plan.family, acts, fired, findings, kept, took }
}

type Played = (u64, u64, Vec<Finding>);

fn play(setting: &Setting<'_>, folder: &Path, plan: &Plan, sabotage: Sabotage) -> Result<Played, String> {
    let stage = Stage::build(setting, folder, plan.devices(), &small(plan))?;
    sabotage.before(&stage)?;
    let loops = (0..plan.devices()).filter(|number| !sabotage.keeps_still(*number));
    loops.for_each(|number| stage.start_loop(number));
    let (ledgers, struck) = storm(&stage, plan);
    sabotage.after(&stage)?;
    if sabotage.heals() {
        settle::heal(&stage);
    }
    settle::wait(&stage, sabotage.limit());
    settle::close(&stage);
    checks::check(&stage, plan, &ledgers);
    stage.terminate(Target::Server);
    let findings = stage.findings();
    if !findings.is_empty() || setting.folders == Folders::Kept {
        for (_, disk) in &stage.disks {
            disk.keep().map_err(|error| error.to_string())?;
        }
    }
    let acts = ledgers.iter().map(|ledger| ledger.acts).sum();
    let harmed: u64 = ledgers.iter().map(|ledger| ledger.harmed).sum();
    Ok((acts, struck + harmed, findings))
}

/// Everybody acts while the faults come and go.
fn storm(stage: &Stage, plan: &Plan) -> (Vec<Ledger>, u64) {
    thread::scope(|scope| {
        let actors: Vec<_> = plan
            .deeds
            .iter()
            .enumerate()
            .map(|(number, deeds)| scope.spawn(move || actor::play(stage, number, plan.family, deeds)))
            .collect();
        let struck = player::play(stage, &plan.faults);
        let ledgers = actors.into_iter().map(|actor| actor.join().expect("BUG: an actor panicked")).collect();
        (ledgers, struck)
    })
}

/// Whose disks are small.
fn small(plan: &Plan) -> Vec<Target> {
    let targets = plan.faults.iter().filter_map(|fault| match fault.what {
        What::Disk(target, _) => Some(target),
        _ => None,
    });
    let mut small: Vec<Target> = Vec::new();
    targets.for_each(|target| {
        if !small.contains(&target) {
            small.push(target);
        }
    });
    small
}

/// Whether a family can be played here, and else why not.
pub fn possible(family: Family) -> Result<(), String> {
    match family == Family::DiskFull && !disk::is_inside() {
        true => Err("no small disk can be mounted here: it takes Linux and `unshare`, as root or with user namespaces allowed".to_owned()),
        false => Ok(()),
    }
}
