//! Time: what is to happen, and when.

use fieldbook_device_sync::{Conditions, Input};

use super::{Happening, SETTLE_MS, World};
use crate::checks::RESCUE_MS;
use crate::device::Device;
use crate::network::happens;

/// A world in which more happens than this does not come to rest; none has a tenth of it.
const HAPPENINGS_MAX: u64 = 3_000_000;

impl World {
    /// Plays what happens next, if it happens within `ms` from now; else lets that time pass.
    pub fn play_for(&mut self, ms: u64) {
        let end = self.now_ms + ms;
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > end {
                break;
            }
            let ((at, _), happening) = entry.remove_entry();
            self.now_ms = self.now_ms.max(at);
            self.happen(happening);
        }
        self.now_ms = end;
    }

    /// After everything healed: plays until nothing is left to do.
    ///
    /// # Panics
    /// When the world is not level within [`SETTLE_MS`] (I17).
    pub fn settle(&mut self) {
        self.drain();
        self.check_end();
    }

    /// The same, without looking at what is there in the end.
    pub fn drain(&mut self) {
        self.heal();
        self.look_for_damage();
        if self.comes_to_rest() {
            return;
        }
        // A device that may send first what it has to send may be one that cannot: the server waits for an hour.
        if self.devices.iter().any(|it| self.standing(it.id).is_some_and(|given| given.ordered.rescue)) {
            self.checks.count("I30 a rescue that cannot come about ends after an hour");
            self.play_for(RESCUE_MS);
            if self.comes_to_rest() {
                return;
            }
        }
        let who: Vec<String> = self
            .devices
            .iter_mut()
            .map(|device| {
                let (facts, waiting) = (device.store.facts(), crate::checks::pending(&mut device.store));
                format!("{}: {waiting:?} {facts:?} {:?}", device.name, device.machine)
            })
            .collect();
        panic!("I17: not level {SETTLE_MS} ms after all faults and waits ended: {}", who.join("\n"));
    }

    /// Plays until nothing is left to do. Tells whether that came about in time.
    fn comes_to_rest(&mut self) -> bool {
        let begin_ms = self.now_ms.max(self.last_arrival_ms());
        while self.now_ms < begin_ms.max(self.last_wait_ms) + SETTLE_MS {
            self.play_for(self.next_ms().clamp(100, SETTLE_MS / 2));
            self.ask_again();
            if self.is_level() {
                self.checks.count("I17 queues drain");
                return true;
            }
        }
        false
    }

    /// How long until something happens.
    fn next_ms(&self) -> u64 {
        self.queue.first_key_value().map_or(0, |((at, _), _)| at.saturating_sub(self.now_ms))
    }

    /// When the last comes that is on its way. What was sent over a slow network comes as slowly still.
    fn last_arrival_ms(&self) -> u64 {
        let sent = |it: &Happening| matches!(it, Happening::AtServer { .. } | Happening::AtDevice { .. });
        let mut all = self.queue.iter().rev();
        all.find(|(_, happening)| sent(happening)).map_or(0, |((at, _), _)| *at)
    }

    fn is_level(&mut self) -> bool {
        // Whoever is still in a history that the server has lost may be at the same number of it.
        let rests = |it: &Device| {
            it.machine.is_quiet() && it.lost.is_none() && !it.damaged && !it.locked && !it.signed_out
        };
        // Who is to be wiped and has not heard of it yet may rest just now.
        let wiped = self.orders.phones.iter().all(|phone| phone.done)
            && self.devices.iter().all(|device| self.standing(device.id).is_none());
        if !self.inbox.is_empty() || !wiped || !self.devices.iter().all(rests) {
            return false;
        }
        let head = self.server.head();
        self.devices.iter_mut().all(|device| {
            let facts = device.store.facts().expect("BUG: facts of a store in memory");
            facts.pending() == 0 && facts.cursor == head
        })
    }

    pub(super) fn at(&mut self, at_ms: u64, happening: Happening) {
        self.serial += 1;
        assert!(self.serial < HAPPENINGS_MAX, "I17: never quiet: {HAPPENINGS_MAX} happenings in one world");
        self.queue.insert((at_ms, self.serial), happening);
    }

    /// Whether a fault of so many permille happens now; counted if it does.
    pub(super) fn befalls_now(&mut self, fault: &'static str, permille: u64) -> bool {
        let happens = happens(&mut self.dice, permille);
        if happens {
            self.checks.count(fault);
        }
        happens
    }

    pub(super) fn soon(&mut self) -> u64 {
        self.now_ms + 1 + self.dice.roll() % self.faults.delay_ms_max
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake(device) => {
                let due = self.devices[device].machine.deadline().is_some_and(|at| at <= self.now_ms);
                if due {
                    self.input(device, Input::Tick);
                }
            }
            Happening::NetworkBack(device) => {
                let conditions = self.devices[device].conditions;
                self.surround(device, Conditions { no_network: false, ..conditions });
            }
            Happening::Flap { device, times } => self.flaps(device, times),
            Happening::SignsIn(device) => self.signs_in(device),
            Happening::Starts(device) => self.kill(device),
            Happening::PhoneStarts(at) => self.phone_starts(at),
            Happening::PhoneSays(at, said) => self.phone_says(at, &said),
            Happening::CopyReturns(at, copy) => self.copy_returns(at, *copy),
            Happening::AtServer { line, request, signature } => {
                self.at_server(line, *request, signature.as_deref())
            }
            Happening::Decide if self.inbox.is_empty() => {}
            Happening::Decide => self.decide(),
            Happening::AtDevice { line, part } => self.at_device(line, part),
        }
    }
}
