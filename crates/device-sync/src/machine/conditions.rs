//! What surrounds the device: network, battery, and whether somebody looks. A shell tells it, nothing is guessed.
//!
//! | conditions | flushes | listens | longest back-off |
//! | --- | --- | --- | --- |
//! | open and powered | at once; what comes during a push is the next push | live stream | 30 s |
//! | metered | 2 s apart | live stream | 30 s |
//! | low battery | 20 s apart | live stream | 5 min |
//! | hidden | at once | a pull about every 6 min | 5 min |
//! | hidden, low battery | 20 s apart | a pull about every 24 min | 5 min |
//! | no network | none | no | nothing is tried, and nothing counted |
//!
//! A device that is hidden and has nothing to send makes no request before the next pull of the table is due, also
//! when the last one failed: so there are at most 12 in an hour.

use serde::{Deserialize, Serialize};

use super::*;
use crate::backoff::CAP_MS;

/// What a shell knows of the world around the device. All false is a device on mains power that somebody looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    /// The system says that there is no network.
    pub no_network: bool,
    /// The network costs by the byte.
    pub metered: bool,
    /// The battery is low, and nothing charges it.
    pub low_battery: bool,
    /// Nobody sees the app: it is in the background, or the screen is off.
    pub hidden: bool,
}

/// Between the flushes of a device whose battery is low, in milliseconds.
const LOW_BATTERY_GAP_MS: u64 = 20_000;
/// Between the flushes of a device on a metered network.
const METERED_GAP_MS: u64 = 2_000;
/// Between the pulls of a device that nobody looks at, give or take a tenth.
const HIDDEN_POLL_MS: u64 = 360_000;
/// So many times longer is it between them when the battery is low.
const LOW_BATTERY_STRETCH: u64 = 4;
/// No wait after trouble is drawn above this while the app is hidden or the battery low.
const SAVING_CAP_MS: u64 = 300_000;

impl Conditions {
    /// The least time from the last push of a flush to the first of the next, in milliseconds.
    pub fn flush_gap_ms(self) -> u64 {
        match self {
            Self { low_battery: true, .. } if !planted(Defect::LowBatteryFlushesAtOnce) => LOW_BATTERY_GAP_MS,
            Self { metered: true, .. } => METERED_GAP_MS,
            _ => 0,
        }
    }

    /// How long a device that does not listen leaves between its pulls, in milliseconds, from a random number.
    /// `None`: it listens.
    pub fn poll_ms(self, random: u64) -> Option<u64> {
        let stretch = if self.low_battery { LOW_BATTERY_STRETCH } else { 1 };
        let poll_ms = HIDDEN_POLL_MS * stretch;
        let listens = !self.hidden || planted(Defect::HiddenListens);
        (!listens).then(|| poll_ms - poll_ms / 10 + random % (poll_ms / 10 * 2 + 1))
    }

    /// The ceiling of a wait after trouble, in milliseconds.
    pub fn backoff_cap_ms(self) -> u64 {
        if self.hidden || self.low_battery { SAVING_CAP_MS } else { CAP_MS }
    }
}

/// A wait after trouble, in milliseconds.
pub(super) struct Wait {
    /// The whole of it.
    pub(super) all_ms: u64,
    /// What of it the server asked for.
    pub(super) asked_ms: u64,
}

impl Machine {
    pub(super) fn conditions(&mut self, now: Now, new: Conditions) {
        let old = std::mem::replace(&mut self.conditions, new);
        match (old.no_network, new.no_network) {
            (false, true) => self.network_lost(),
            (true, false) if self.gate == Gate::NoNetwork => self.resume(now),
            _ => {}
        }
        match (old.hidden, new.hidden) {
            (false, true) => self.leave(now),
            (true, false) => self.look(),
            _ => {}
        }
        if new.backoff_cap_ms() < old.backoff_cap_ms() {
            self.end_own_wait(now);
        }
    }

    /// Whether calls may be made.
    pub(super) fn is_open(&self) -> bool {
        self.gate == Gate::Open
    }

    /// When the next flush may begin.
    pub(super) fn flush_ms(&self) -> u64 {
        match self.flushed_ms {
            Some(flushed_ms) if !self.unfinished => flushed_ms + self.conditions.flush_gap_ms(),
            _ => 0,
        }
    }

    /// When a flush that is held back begins.
    pub(super) fn held_until_ms(&self) -> Option<u64> {
        let held = self.begun && self.is_open() && self.push == Push::Idle && self.waiting;
        let held = held && self.stranded != Stranded::UntilPulled && !self.is_parting();
        held.then(|| self.flush_ms())
    }

    /// Every call ends, and none of it is trouble: nobody was asked. Who is signed out is so without a network too.
    fn network_lost(&mut self) {
        if self.gate == Gate::Shut || planted(Defect::NoNetworkIsTrouble) {
            return;
        }
        self.hang_up();
        (self.waiting, self.pull_due, self.pulled) = (true, true, false);
        (self.gate, self.link) = (Gate::NoNetwork, Link::NoNetwork);
    }

    /// Nobody looks any more. What waits goes out while it still can.
    fn leave(&mut self, now: Now) {
        self.flushed_ms = None;
        if self.live == Live::Closed {
            return;
        }
        let Some(poll_ms) = self.conditions.poll_ms(self.dice.roll()) else { return };
        if let Live::Open { call, .. } = self.live {
            self.outputs.push_back(Output::Cancel(call));
        }
        self.live = Live::Waiting { until_ms: now.mono_ms + poll_ms };
        // What it was to bring is pulled.
        self.pull_due |= self.level_by_ms.take().is_some();
    }

    /// Somebody looks: what is new is fetched now.
    fn look(&mut self) {
        if matches!(self.live, Live::Waiting { .. }) {
            self.live = Live::Closed;
        }
        self.pull_due = true;
    }

    /// A wait that was drawn for a device at rest is over. What the server asked for of it is not.
    fn end_own_wait(&mut self, now: Now) {
        let Gate::Until(gate_ms) = &mut self.gate else { return };
        *gate_ms = self.asked_until_ms.max(now.mono_ms).min(*gate_ms);
        if let Link::Broken { until_ms, .. } = &mut self.link {
            *until_ms = *gate_ms;
        }
    }

    /// How long to wait after trouble. Devices that the server sent away together with one wish come back apart from
    /// each other.
    pub(super) fn wait(&mut self, attempt: u32, trouble: &Trouble) -> Wait {
        let drawn = wait_ms(attempt, self.conditions.backoff_cap_ms(), self.dice.roll());
        let asked = trouble.retry_after_ms().min(RETRY_AFTER_MAX_MS);
        let apart = match asked {
            0 => 0,
            _ if planted(Defect::RetryAfterTogether) => 0,
            asked => self.dice.roll() % (asked / 2 + 1),
        };
        Wait { all_ms: drawn.max(asked) + apart, asked_ms: asked + apart }
    }

    /// The same for a pull of a device at rest: no sooner than it would pull anyway.
    pub(super) fn rested_ms(&mut self, wait_ms: u64) -> u64 {
        let poll_ms = self.conditions.poll_ms(self.dice.roll());
        poll_ms.map_or(wait_ms, |poll_ms| wait_ms.max(poll_ms))
    }
}
