//! `cargo xtask kill-rate`: every planted defect is hunted with seeds from 1 until one notices, and a table says which. It
//! never chooses a seed, and a defect that nothing notices is told as one that survived.

mod found;
mod table;

use std::collections::VecDeque;
use std::fs;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use crate::args::KillOptions;
use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::Build;
use crate::step::Step;
use found::{Defect, Fate, Found};

/// Where the table is.
const PAGE: &str = "docs/guide/kill-rate.md";
/// So many seeds are a defect's chance.
const SEEDS: u64 = 10_000;
/// Hunts at a time.
const JOBS: usize = 2;

/// Hunts all of them, or some, and says what came of it.
pub fn kill_rate(places: &Places, options: &KillOptions) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Build, places)?;
    build(&clock, places)?;
    let wanted: VecDeque<Defect> = listed(places)?.into_iter().filter(|it| is_wanted(it, options)).collect();
    if wanted.is_empty() {
        return Err(Problem::Wrong("There is no such defect; `world --defects` lists them.".to_owned()));
    }
    let all = hunt(&clock, places, wanted, options)?;
    print!("{}", table::rows(&all));
    println!("{}", table::closing(&all));
    let survived = all.iter().any(|found| !found.is_killed());
    Ok(if survived { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn build(clock: &Clock, places: &Places) -> Result<(), Problem> {
    let words = ["build", "--release", "--locked", "--package", "fieldbook-sim", "--bin", "world"];
    let built = Step::new(places.cargo(words), Build::default()).run(clock).while_trying("start cargo")?;
    if built.success { Ok(()) } else { Err(Problem::failed(built.tail(40))) }
}

fn listed(places: &Places) -> Result<Vec<Defect>, Problem> {
    let output = world(places).arg("--defects").output().while_trying("list the defects")?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| Defect::read(line).ok_or_else(|| Problem::failed(line))).collect()
}

fn is_wanted(defect: &Defect, options: &KillOptions) -> bool {
    options.only.as_ref().is_none_or(|name| *name == defect.name)
        && options.area.as_ref().is_none_or(|area| *area == defect.area)
}

fn world(places: &Places) -> std::process::Command {
    places.command(places.target.join("release/world"))
}

/// Some hunts at a time, each in a process of its own. Told in the order of the list.
fn hunt(
    clock: &Clock,
    places: &Places,
    wanted: VecDeque<Defect>,
    options: &KillOptions,
) -> Result<Vec<Found>, Problem> {
    let order: Vec<String> = wanted.iter().map(|defect| defect.name.clone()).collect();
    let (seeds, jobs) = (options.seeds.unwrap_or(SEEDS), options.jobs.unwrap_or(JOBS));
    let (wanted, found) = (Mutex::new(wanted), Mutex::new(Vec::new()));
    let next = || wanted.lock().ok().and_then(|mut wanted| wanted.pop_front());
    let work = || {
        while let Some(defect) = next() {
            let one = hunted(places, defect, seeds);
            if let Ok(one) = &one {
                clock.say(one);
            }
            if let Ok(mut found) = found.lock() {
                // A night's hunt that is stopped has written what it had found.
                let written = one.as_ref().map_or(Ok(()), |one| keep(places, one, options));
                found.push(one.and_then(|one| written.map(|()| one)));
            }
        }
    };
    thread::scope(|scope| (0..jobs.max(1)).for_each(|_| drop(scope.spawn(work))));
    let found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut found = found.into_iter().collect::<Result<Vec<Found>, Problem>>()?;
    found.sort_by_key(|one| order.iter().position(|name| *name == one.defect.name));
    Ok(found)
}

fn hunted(places: &Places, defect: Defect, seeds: u64) -> Result<Found, Problem> {
    let mut command = world(places);
    command.args(["--defect", &defect.name, "--seeds", &seeds.to_string()]);
    let output = command.output().while_trying("start a world")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let fate = text.lines().find_map(Fate::read);
    let fate = fate.ok_or_else(|| Problem::failed(format!("{}: {:?} {text}", defect.name, output.status)))?;
    Ok(Found { defect, fate })
}

/// Writes a row into the page, if that is wanted. Those of other defects stay as they are.
fn keep(places: &Places, one: &Found, options: &KillOptions) -> Result<(), Problem> {
    if !options.write {
        return Ok(());
    }
    let path = places.root.join(PAGE);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let (mut rows, listed) = (table::read(&before), listed(places)?);
    rows.retain(|row| listed.contains(&row.defect) && row.defect.name != one.defect.name);
    rows.push(one.clone());
    rows.sort_by_key(|row| listed.iter().position(|defect| defect.name == row.defect.name));
    fs::write(&path, table::page(&rows)).while_trying(format_args!("write {PAGE}"))
}
