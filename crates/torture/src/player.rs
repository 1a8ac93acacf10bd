//! Plays the faults: each begins and ends at its time, and counts when it met something.

use std::time::Instant;

use crate::clock::{self, ms, pause};
use crate::disk::Disk;
use crate::fault::{Fault, Strike, Target, What};
use crate::finding::Kind;
use crate::stage::{Stage, lock};

/// What a fault had met when it began.
#[derive(Debug, Clone, Copy, Default)]
struct Met {
    alive: bool,
    touched: u64,
    trouble: usize,
}

/// An end of a fault. What ends at a moment ends before something else begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    Ends,
    Begins,
}

/// Plays them all; gives how many met something.
pub fn play(stage: &Stage, faults: &[Fault]) -> u64 {
    let begun = clock::now();
    let mut times: Vec<(u64, Edge, usize)> = Vec::new();
    for (place, fault) in faults.iter().enumerate() {
        times.push((fault.at_ms, Edge::Begins, place));
        times.push((fault.at_ms + fault.lasts_ms, Edge::Ends, place));
    }
    times.sort();
    let (mut met, mut fired) = (vec![Met::default(); faults.len()], 0);
    for (at_ms, edge, place) in times {
        wait_until(begun, at_ms);
        let what = &faults[place].what;
        stage.journal.note(format_args!("FAULT {edge:?} {what:?}"));
        match edge {
            Edge::Begins => met[place] = begin(stage, what),
            Edge::Ends => fired += u64::from(end(stage, what, met[place])),
        }
    }
    fired
}

fn wait_until(begun: Instant, at_ms: u64) {
    let gone = clock::now().duration_since(begun);
    pause(ms(at_ms).saturating_sub(gone));
}

fn begin(stage: &Stage, what: &What) -> Met {
    let mut met = Met::default();
    match what {
        What::Process(target, strike) => {
            stage.tend(*target);
            met.alive = lock(stage.service(*target)).is_alive();
            match strike {
                Strike::Stop if met.alive => stage.terminate(*target),
                Strike::Stop => {}
                Strike::Kill => lock(stage.service(*target)).kill(),
                Strike::Freeze => lock(stage.service(*target)).freeze(),
            }
        }
        What::Network(devices, mode, _) => {
            met.touched = touched(stage, devices);
            devices.iter().for_each(|device| stage.proxies[*device].begin(*mode));
        }
        What::Disk(target, room) => {
            met.trouble = trouble(stage, *target);
            let filled = disk(stage, *target).map(|disk| disk.fill(*room));
            if let Some(Err(error)) = filled {
                stage.find(Kind::Other, format!("the disk cannot be filled: {error}"));
            }
        }
    }
    met
}

/// Ends a fault; whether it met something.
fn end(stage: &Stage, what: &What, met: Met) -> bool {
    match what {
        What::Process(target, Strike::Freeze) => {
            lock(stage.service(*target)).wake();
            met.alive
        }
        What::Process(target, _) => {
            stage.start(*target);
            met.alive
        }
        What::Network(devices, _, after) => {
            let now = touched(stage, devices);
            devices.iter().for_each(|device| stage.proxies[*device].end(*after));
            now > met.touched
        }
        What::Disk(target, _) => {
            let now = trouble(stage, *target);
            if let Some(Err(error)) = disk(stage, *target).map(|disk| disk.free()) {
                stage.find(Kind::Other, format!("the disk cannot be freed: {error}"));
            }
            now > met.trouble
        }
    }
}

fn touched(stage: &Stage, devices: &[usize]) -> u64 {
    devices.iter().map(|device| stage.proxies[*device].touched()).sum()
}

fn disk(stage: &Stage, target: Target) -> Option<&Disk> {
    stage.disks.iter().find(|(other, _)| *other == target).map(|(_, disk)| disk)
}

/// How much was said about a disk that is full, by the service there and by the acts.
fn trouble(stage: &Stage, target: Target) -> usize {
    let said = lock(stage.service(target)).said().lines().count();
    let failed = match target {
        Target::Server => 0,
        Target::Device(number) => stage.failed(number),
    };
    said + failed
}
