//! What goes wrong in a run, and when. Drawn from the seed before anything begins.

use crate::dice::Dice;
use crate::family::Family;
use crate::proxy::{After, Mode};

/// A fault from its begin to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// After the run's begin.
    pub at_ms: u64,
    /// After which it is over.
    pub lasts_ms: u64,
    /// What it is.
    pub what: What,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A process ends or stands still, and goes on at the fault's end.
    Process(Target, Strike),
    /// The network between these devices and the server.
    Network(Vec<usize>, Mode, After),
    /// A disk has so few KiB left.
    Disk(Target, u64),
}

/// Whose process, or whose disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Server,
    /// The one that syncs this device.
    Device(usize),
}

/// What a process meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// SIGTERM.
    Stop,
    /// SIGKILL.
    Kill,
    /// SIGSTOP, and SIGCONT at the end.
    Freeze,
}

/// Faults begin within this.
const SPAN_MS: u64 = 3_500;

/// One partition of so many ends with connections that nobody tells that they are dead.
const DEAD_OF: u64 = 16;

/// All faults of a run; those on one target are one after the other.
pub fn draw(family: Family, dice: &mut Dice, seed: u64, devices: usize) -> Vec<Fault> {
    match family {
        Family::Disconnect => rain(dice, devices),
        Family::Stop => strikes(dice, devices, Strike::Stop, (20, 800)),
        Family::Kill => strikes(dice, devices, Strike::Kill, (20, 800)),
        Family::Pause => strikes(dice, devices, Strike::Freeze, (100, 2_000)),
        Family::Partition => partitions(dice, devices, seed),
        Family::DiskFull => full(dice, devices, seed),
    }
}

/// Each device has its own bad line.
fn rain(dice: &mut Dice, devices: usize) -> Vec<Fault> {
    let mut faults = Vec::new();
    for device in 0..devices {
        let mut at_ms = dice.between(0, 600);
        while at_ms < SPAN_MS {
            let mode = match dice.between(0, 6) {
                0 | 1 => Mode::Cut,
                2 => Mode::Truncate(dice.between(1, 300) as usize),
                3 => Mode::Truncate(0),
                4 => Mode::Slow(dice.between(20, 250)),
                5 => Mode::Busy(503),
                _ => Mode::Busy(429),
            };
            let lasts_ms = dice.between(50, 1_200);
            faults.push(Fault { at_ms, lasts_ms, what: What::Network(vec![device], mode, After::Severed) });
            at_ms += lasts_ms + dice.between(50, 1_000);
        }
    }
    faults
}

fn strikes(dice: &mut Dice, devices: usize, strike: Strike, (least, most): (u64, u64)) -> Vec<Fault> {
    let mut faults = Vec::new();
    for target in targets(devices) {
        // The server is everybody's, so it is struck more often.
        let mut at_ms = dice.between(0, if target == Target::Server { 700 } else { 1_800 });
        while at_ms < SPAN_MS {
            let lasts_ms = dice.between(least, most);
            faults.push(Fault { at_ms, lasts_ms, what: What::Process(target, strike) });
            at_ms += lasts_ms + dice.between(100, if target == Target::Server { 1_000 } else { 2_500 });
        }
    }
    faults
}

fn targets(devices: usize) -> impl Iterator<Item = Target> {
    std::iter::once(Target::Server).chain((0..devices).map(Target::Device))
}

/// A group is cut off in one manner, then another group in another.
fn partitions(dice: &mut Dice, devices: usize, seed: u64) -> Vec<Fault> {
    let (mut faults, mut at_ms) = (Vec::new(), dice.between(0, 400));
    while at_ms < SPAN_MS {
        let mut group: Vec<usize> = (0..devices).filter(|_| dice.chance(55)).collect();
        if group.is_empty() {
            group.push(dice.place(devices));
        }
        let mode = *dice.pick(&[Mode::Cut, Mode::Silent, Mode::UpOnly, Mode::DownOnly, Mode::Portal]);
        let after = match seed.is_multiple_of(DEAD_OF) {
            true => After::Dead,
            false => *dice.pick(&[After::Released, After::Severed]),
        };
        let lasts_ms = dice.between(500, 1_800);
        faults.push(Fault { at_ms, lasts_ms, what: What::Network(group, mode, after) });
        at_ms += lasts_ms + dice.between(100, 600);
    }
    faults
}

/// In one run the server's disk, in the next one or two devices'.
fn full(dice: &mut Dice, devices: usize, seed: u64) -> Vec<Fault> {
    let whose: Vec<Target> = match seed.is_multiple_of(2) {
        true => vec![Target::Server],
        false => disks(devices),
    };
    let mut faults = Vec::new();
    for target in whose {
        let mut at_ms = dice.between(0, 500);
        while at_ms < SPAN_MS {
            let lasts_ms = dice.between(500, 1_500);
            faults.push(Fault { at_ms, lasts_ms, what: What::Disk(target, dice.between(0, 48)) });
            at_ms += lasts_ms + dice.between(200, 800);
        }
    }
    faults
}

/// The devices whose disks are small.
pub fn disks(devices: usize) -> Vec<Target> {
    (0..devices.min(2)).map(Target::Device).collect()
}
