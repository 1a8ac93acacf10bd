//! What befalls the connections of a device: they stay open and say nothing, the network comes and goes, a session ends.

use fieldbook_device_sync::Input;

use super::wire::Part;
use super::{Happening, World};
use crate::network::happens;

/// The network goes away so many times in a row at most.
const FLAPS_MAX: u64 = 12;
/// Whose session has ended signs in again within this, in milliseconds.
const SIGNED_OUT_MAX_MS: u64 = 100_000;

impl World {
    /// Perhaps something befalls the connections of a device.
    pub fn befalls_connections(&mut self, device: usize) {
        let (half_open, flapping) = (self.faults.half_open, self.faults.flapping);
        if happens(&mut self.dice, half_open) {
            self.half_opens(device);
        }
        if happens(&mut self.dice, flapping) {
            self.checks.count("fault: the network comes and goes");
            let times = 3 + self.dice.roll() % (FLAPS_MAX - 2);
            self.flaps(device, times);
        }
        let session_ends = self.faults.session_ends;
        if happens(&mut self.dice, session_ends) {
            self.ends_session(device);
        }
    }

    /// All connections of a device stay open, and nothing comes on them any more; what is on its way to the server arrives.
    pub fn half_opens(&mut self, device: usize) {
        let it = &mut self.devices[device];
        if it.calls.is_empty() {
            return;
        }
        self.checks.count("fault: connections stay open and say nothing");
        it.calls.values_mut().for_each(|reply| *reply = None);
        let line = format!("nothing comes any more on what {} has open", it.name);
        self.tell(&line);
        self.streams.retain(|(of, _), _| *of != device);
    }

    /// A device loses its network for a moment, and a moment later again.
    pub(super) fn flaps(&mut self, device: usize, times: u64) {
        if times == 0 || self.faults.flapping == 0 {
            return;
        }
        let (away_ms, between_ms) = (50 + self.dice.roll() % 1_500, 20 + self.dice.roll() % 3_000);
        self.offline(device, away_ms);
        self.at(self.now_ms + away_ms + between_ms, Happening::Flap { device, times: times - 1 });
    }

    /// The session of a device ends, until its person signs in again.
    pub fn ends_session(&mut self, device: usize) {
        if self.devices[device].signed_out {
            return;
        }
        self.checks.count("fault: a session ends");
        let line = format!("the session of {} ends", self.devices[device].name);
        self.tell(&line);
        self.devices[device].signed_out = true;
        let own: Vec<_> = self.streams.keys().filter(|(of, _)| *of == device).copied().collect();
        for key in own {
            let Some(stream) = self.streams.remove(&key) else { continue };
            let at = self.soon().max(stream.arrives_ms + 1);
            self.goes(stream.line, at, Part::End);
        }
        let ms = 1 + self.dice.roll() % SIGNED_OUT_MAX_MS;
        self.at(self.now_ms + ms, Happening::SignsIn(device));
    }

    /// Whoever is signed out signs in, and nobody waits any longer because an answer asked for it.
    pub fn waits_are_over(&mut self) {
        (0..self.devices.len()).for_each(|device| self.signs_in(device));
        self.play_for(self.last_wait_ms.saturating_sub(self.now_ms));
    }

    /// Somebody asks a device to sync now: a wait after trouble ends.
    pub fn sync_now(&mut self, device: usize) {
        self.input(device, Input::SyncNow);
    }

    /// Somebody signs in again. As in the driver, the calls of the old session end, and a new one begins at once.
    pub fn signs_in(&mut self, device: usize) {
        if !self.devices[device].signed_out {
            return;
        }
        if !self.accounts_let_in(device) {
            return;
        }
        let line = format!("the person of {} signs in again", self.devices[device].name);
        self.tell(&line);
        self.devices[device].signed_out = false;
        self.devices[device].die(&mut self.dice);
        self.begin(device);
        self.input(device, Input::SyncNow);
        self.checks.count("a person signs in again, and it goes on");
    }
}
