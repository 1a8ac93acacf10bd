//! A workspace with a lease: a device that stays away for longer locks itself when it is opened next, and shows nothing until its
//! server has unlocked it. What has really passed by a device's clock the world counts by itself.

use fieldbook_crypto::DevicePublic;
use fieldbook_device_store::lease;
use fieldbook_device_sync::backoff::Dice;
use fieldbook_protocol::auth::KeysReply;
use fieldbook_server_store::GivenKeys;
use fieldbook_server_sync::Call;
use fieldbook_server_sync::wipe::Session;

use super::{Happening, World};
use crate::accounts::Accounts;
use crate::device::Device;
use crate::home::Home;

/// What has passed of a lease, by the device's own clock: all that it saw pass, whatever the clock was put to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Passed {
    /// Whether it ever heard how long the lease is.
    pub begun: bool,
    /// In milliseconds, since the server was last heard: what it saw at least, each time that it was opened.
    pub ms: i64,
    /// What it saw at most: it may look at its clock whenever it is answered. One that is put back and forward again passes more.
    pub most_ms: i64,
    /// Its clock when it was last opened.
    pub looked_ms: i64,
    /// The same, or answered.
    pub answered_ms: i64,
    /// How often the clock was put back since.
    pub backs: i64,
}

impl Passed {
    /// The server let the device in.
    fn begins(&mut self, now_ms: i64) {
        (self.ms, self.most_ms, self.backs) = (0, 0, 0);
        (self.looked_ms, self.answered_ms) = (now_ms, now_ms);
    }

    /// The device may look at its clock.
    fn looks(&mut self, now_ms: i64) {
        self.most_ms += (now_ms - self.answered_ms).max(0);
        self.answered_ms = now_ms;
    }
}

impl World {
    /// From now on there are accounts, and each device has a home; with a lease of so many seconds, if it is one.
    pub fn keep_accounts(&mut self, lease_s: u64) {
        let now = self.wall();
        let mut accounts = Accounts::new(self.server.itself().workspace, now);
        if lease_s > 0 {
            accounts.set_lease(lease_s);
        }
        for device in 0..self.devices.len() {
            let principal = self.server.principal(self.devices[device].id);
            accounts.add(principal.user, &principal.name, &principal.role, now);
        }
        self.server.keep(accounts);
        for device in 0..self.devices.len() {
            let user = self.server.principal(self.devices[device].id).user;
            let (id, keys): (_, DevicePublic) = (self.devices[device].id, self.devices[device].keys.1);
            let signed_in = self.server.accounts().sign_in((user, id, &keys), now);
            let (token, given) = signed_in.expect("BUG: a member who cannot sign in");
            self.signed_in(device, token, &given);
        }
    }

    /// A device has signed in, and has what the server gave it.
    pub(super) fn signed_in(&mut self, device: usize, token: String, given: &KeysReply) {
        let workspace = self.server.itself().workspace;
        let fresh = [self.server.accounts().fresh(), self.server.accounts().fresh()];
        let it = &mut self.devices[device];
        it.store.note("token", &token).expect("BUG: a note in memory");
        let is_new = it.home.is_none();
        match &mut it.home {
            None => it.home = Some(Home::new((workspace, it.id), (given, token), fresh)),
            Some(home) => {
                home.token = token;
                home.unlock(given);
            }
        }
        let home = it.home.as_ref().expect("BUG: a device without a home");
        let (opens, once) = (home.opens(), home.once());
        assert!(opens, "I30: the home of {} does not open", it.name);
        if let Some((enc, nonce, _)) = once {
            self.used_once(&enc);
            (0..u8::from(is_new)).for_each(|_| self.used_once(&nonce));
        }
        self.is_unlocked(device);
    }

    /// The server has let a device in: its lease begins anew.
    fn is_unlocked(&mut self, device: usize) {
        let now = self.moment(device).wall;
        let it = &mut self.devices[device];
        it.locked = false;
        lease::begin(&mut it.store, now).expect("BUG: a note in memory");
        it.passed.begins(now.0);
    }

    /// A device heard its server, and perhaps how long the lease is.
    pub(super) fn hears_server(&mut self, device: usize, tells_lease: bool) {
        if !self.server.has_accounts() {
            return;
        }
        let (now, seconds) = (self.moment(device).wall, self.server.accounts().lease());
        let it = &mut self.devices[device];
        it.passed.looks(now.0);
        let told = tells_lease.then_some(seconds);
        lease::hears(&mut it.store, (now, told)).expect("BUG: a note in memory");
        it.passed.begun |= tells_lease && seconds > 0;
    }

    /// The same, as far as the world goes by it: the server said yes.
    pub(super) fn is_heard(&mut self, device: usize) {
        let now = self.moment(device).wall;
        self.devices[device].passed.begins(now.0);
    }

    /// A device is opened. Tells whether it may be: else it is locked.
    pub(super) fn is_opened(&mut self, device: usize) -> bool {
        if self.devices[device].locked {
            return false;
        }
        let (now, name) = (self.moment(device).wall, self.devices[device].name);
        let lease_s = if self.server.has_accounts() { self.server.accounts().lease() } else { 0 };
        if lease_s == 0 || self.devices[device].home.is_none() {
            return true;
        }
        let it = &mut self.devices[device];
        let passes = now.0 - it.passed.looked_ms;
        (it.passed.ms, it.passed.looked_ms) = (it.passed.ms + passes.max(0), now.0);
        it.passed.backs += i64::from(passes < 0);
        it.passed.looks(now.0);
        let passed = it.passed;
        let over = lease::over(&mut it.store, now).expect("BUG: a note in memory").is_some();
        // Time is noted in twentieths of a lease: as much may be missing with each time that a clock was put back.
        let (length_ms, twentieth_ms) = (lease_s as i64 * 1_000, lease_s as i64 * 50);
        let missing_ms = (passed.backs + 1) * twentieth_ms;
        assert!(
            over || !passed.begun || passed.ms <= length_ms + missing_ms,
            "lease: {name} is opened after {} ms, with a lease of {lease_s} s",
            passed.ms
        );
        assert!(
            !over || passed.most_ms + twentieth_ms >= length_ms,
            "lease: {name} locks itself after {} ms, with a lease of {lease_s} s",
            passed.most_ms
        );
        if passed.backs > 0 && over {
            self.checks.count("lease: a clock that was put back lengthens nothing");
        }
        self.checks.count("lease: a device is opened as long as it may");
        if over {
            self.locks(device);
        }
        !over
    }

    /// A device locks itself: nothing of its home opens, and what waits in it waits on.
    fn locks(&mut self, device: usize) {
        let at_lock = self.known(device);
        let it = &mut self.devices[device];
        (it.locked, it.at_lock) = (true, at_lock);
        it.life += 1;
        it.calls.clear();
        it.machine = fieldbook_device_sync::Machine::new(0);
        let Device { home: Some(home), name, .. } = it else { return };
        home.lock();
        let (opens, line) = (home.opens(), format!("{name} locks itself: its lease is over"));
        assert!(!opens, "lease: {line}, and it opens");
        self.streams.retain(|(of, _), _| *of != device);
        self.tell(&line);
        self.checks.count("fault: a device stays away for longer than its lease");
        if self.devices[device].store.waiting().expect("BUG: a store in memory") > 0 {
            self.checks.count("lease: what was not sent waits in a locked device");
        }
    }

    /// A person opens a device, and unlocks it where that takes it. Tells whether it can be used.
    pub fn opens(&mut self, device: usize) -> bool {
        self.is_opened(device) || self.unlocks(device)
    }

    /// Asks the server for the content key of a locked device.
    pub fn unlocks(&mut self, device: usize) -> bool {
        let it = &self.devices[device];
        if !it.locked || self.is_offline(device) || self.now_ms < self.down_until_ms || it.signed_out {
            return !it.locked;
        }
        let (id, token, now) = (it.id, it.home.as_ref().map(|home| home.token.clone()), self.wall());
        let told =
            self.server.accounts().told((&token.unwrap_or_default(), Session::Stands), Call::Pull, now);
        self.check_told((id, Session::Stands), Call::Pull, told.as_ref());
        if let Some(ordered) = told {
            self.checks.count("I30 a locked device is wiped when it asks to be unlocked");
            // How much waits is in a database that nobody can open: it was noted before.
            let known = self.devices[device].at_lock;
            if known.unsent > 0 {
                self.checks.count("I30 a locked device tells what it had to send");
            }
            self.is_ordered(device, &ordered, known);
            return false;
        }
        if !self.server.may_read(id) {
            self.checks.count("lease: who was removed is not unlocked");
            return false;
        }
        let keys = self.devices[device].keys.1;
        let given = self.server.accounts().keys(id, (&keys, GivenKeys::WithToken), now);
        let home = self.devices[device].home.as_ref().expect("BUG: a locked device has a home");
        home.unlock(&given);
        let (opens, enc) = (home.opens(), *given.sealed.enc());
        assert!(opens, "lease: what the server gave does not open {}", self.devices[device].name);
        self.used_once(&enc);
        self.is_unlocked(device);
        let line = format!("{} is unlocked by its server", self.devices[device].name);
        self.tell(&line);
        self.checks.count("lease: a locked device is unlocked by its server");
        self.devices[device].die(&mut Dice(now.0.unsigned_abs()));
        self.begin(device);
        self.input(device, fieldbook_device_sync::Input::SyncNow);
        true
    }

    /// A device is put away for a while, without a network, and switched on again.
    pub fn sleeps(&mut self, device: usize, ms: u64) {
        self.offline(device, ms);
        self.at(self.now_ms + ms / 2, Happening::Starts(device));
        self.at(self.now_ms + ms, Happening::Starts(device));
    }

    /// The clock of a device is put somewhere else.
    pub fn puts_clock(&mut self, device: usize, by_ms: i64) {
        self.devices[device].clock_off_ms += by_ms;
        let line = format!("the clock of {} is put by {by_ms} ms", self.devices[device].name);
        self.tell(&line);
        if by_ms < 0 {
            self.checks.count("fault: a clock is put back");
        }
    }
}
