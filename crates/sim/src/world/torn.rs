//! A kill in the middle of a write: the database stops after some of its steps, the device dies, and what it finds when it
//! starts again is all or nothing of what it was about to do.

use fieldbook_device_store::session::{self, Step};
use fieldbook_device_store::{ActError, Acted, Export, LoadedScope, LogFilter, Store};
use fieldbook_device_sync::Output;
use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::{Code, Cursor, Refusal, Seq};

use super::{Doing, World};

/// A write is stopped after up to two to the power of between so many of the database's steps.
const POWER_MIN: u64 = 6;
const POWER_MAX: u64 = 14;

impl World {
    /// Does what a device's machine asks for; `None`: the device was killed in the middle of it.
    pub(super) fn performed(&mut self, device: usize, output: Output) -> Option<Step> {
        let wall = self.moment(device).wall;
        let stops = self.stops(device);
        let step = session::perform(&mut self.devices[device].store, output, wall);
        if !stops {
            return Some(step.expect("BUG: a store in memory"));
        }
        match step {
            Ok(step) => {
                self.goes_on(device);
                Some(step)
            }
            Err(_) => {
                self.checks.count("I1 a kill in the middle of a write leaves all or nothing");
                self.starts_again(device);
                None
            }
        }
    }

    /// A person does something, and the device may be killed in the middle of it. What is in the log then was done.
    pub(super) fn acted(&mut self, device: usize, doing: &Doing) -> Result<Vec<Acted>, ActError> {
        let last = self.last(device);
        if !self.stops(device) {
            return self.done(device, doing);
        }
        match self.in_store(device, doing) {
            Ok(acted) => {
                self.goes_on(device);
                Ok(self.is_done(device, acted, doing))
            }
            Err(ActError::Store(_)) => {
                self.checks.count("I1 a kill in the middle of an act leaves all or nothing");
                self.devices[device].store.start_again().expect("BUG: a store in memory");
                let acted = self.behind(device, last);
                acted.iter().for_each(|one| self.promise(device, one, doing));
                self.kill(device);
                let words = "The device was killed in the middle of it.";
                if acted.is_empty() { Err(Refusal::new(Code::NotHeld, words).into()) } else { Ok(acted) }
            }
            refused => {
                self.goes_on(device);
                refused
            }
        }
    }

    /// A page is taken in by copies of a device's database that stop after ever more of its steps. Each has all of it or nothing.
    pub fn is_stopped_at_any_step(&mut self, device: usize, page: &str, dice: &mut Dice) {
        let (wall, store) = (self.wall(), &self.devices[device].store);
        let copy = || store.copy().expect("BUG: a copy in memory");
        let (mut without, mut with) = (copy(), copy());
        if with.incoming_at(page, wall).is_err() {
            return;
        }
        let (nothing, all) = (holds(&mut without), holds(&mut with));
        let mut steps = 1_i32 << POWER_MIN;
        loop {
            let mut stopped = copy();
            stop_after(&mut stopped, steps);
            if stopped.incoming_at(page, wall).is_ok() {
                break;
            }
            stopped.start_again().expect("BUG: a store in memory");
            let is = holds(&mut stopped);
            let name = self.devices[device].name;
            assert!(
                is == nothing || is == all,
                "I8: {name} stops after {steps} steps, and has some of a page"
            );
            steps += 1 + (dice.roll() % (steps as u64 / 4)) as i32;
        }
        self.checks.count("I8 a page of which a device has some is none");
    }

    /// After a kill in the middle of a write. The write may have come through with nobody left to hear of it.
    fn starts_again(&mut self, device: usize) {
        let before = (self.devices[device].store.identity().device_id, self.version_of(device));
        self.devices[device].store.start_again().expect("BUG: a store in memory");
        let after = (self.devices[device].store.identity().device_id, self.version_of(device));
        if before.0 != after.0 {
            self.parted(device);
        }
        if before.1 != after.1 {
            self.has_upgraded(device);
        }
        self.kill(device);
    }

    /// Perhaps what the store of a device does next is stopped.
    fn stops(&mut self, device: usize) -> bool {
        let torn = self.faults.torn;
        if !self.befalls_now("fault: a write is stopped", torn) {
            return false;
        }
        let most = 1_i32 << (POWER_MIN + self.dice.roll() % (POWER_MAX + 1 - POWER_MIN));
        let steps = 1 + (self.dice.roll() % most.unsigned_abs() as u64) as i32;
        stop_after(&mut self.devices[device].store, steps);
        true
    }

    fn goes_on(&mut self, device: usize) {
        self.devices[device].store.watch(0, || false).expect("BUG: no watcher");
    }

    fn last(&mut self, device: usize) -> Seq {
        let filter = LogFilter { state: None, from: None, max: 1, newest_first: true };
        let log = self.devices[device].store.log(filter).expect("BUG: the log");
        log.first().map_or(Seq::ZERO, |entry| entry.seq)
    }

    fn behind(&mut self, device: usize, last: Seq) -> Vec<Acted> {
        let filter = LogFilter { state: None, from: Some(last.next()), max: u32::MAX, newest_first: false };
        let log = self.devices[device].store.log(filter).expect("BUG: the log");
        let acted = |entry: fieldbook_device_store::LogEntry| Acted {
            seq: entry.seq,
            op_id: entry.op_id,
            duplicate: false,
            changed: Vec::new(),
        };
        log.into_iter().map(acted).collect()
    }
}

/// What a store does next stops after so many steps. Once: what is taken back then is not to be stopped too.
fn stop_after(store: &mut Store, steps: i32) {
    let mut armed = true;
    store.watch(steps, move || std::mem::take(&mut armed)).expect("BUG: a watcher");
}

/// All that a store says that it has.
fn holds(store: &mut Store) -> (Vec<String>, Vec<String>, Cursor, Vec<LoadedScope>) {
    let [shown, confirmed] =
        [Export::Shown, Export::Confirmed].map(|what| store.export(what).expect("an export"));
    let (facts, scopes) = (store.facts().expect("BUG: facts"), store.scopes().expect("BUG: scopes"));
    (shown, confirmed, facts.cursor, scopes)
}
