//! What befalls devices that may be lost: orders to wipe, with all that may become of device, person and session meanwhile; somebody
//! who orders in the server's place; and long absences, where the workspace has a lease. All its chance is its own.

use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::Role;
use fieldbook_server_store::Unsent;

use crate::plan::Plan;
use crate::world::{Deceit, World};

/// One seed in so many has devices that are lost, and one in so many a lease.
const WIPING_OF: u64 = 6;
const LEASE_OF: u64 = 5;

/// Whether a seed's devices may be lost, 0 or 1.
pub fn drawn(seed: u64) -> u64 {
    u64::from(Dice(seed ^ 0x71be).roll().is_multiple_of(WIPING_OF))
}

/// How many seconds the lease of a seed's workspace has; 0: it has none.
pub fn lease_drawn(seed: u64) -> u64 {
    let mut dice = Dice(seed ^ 0x1ea5e);
    if dice.roll().is_multiple_of(LEASE_OF) { 20 + dice.roll() % 100 } else { 0 }
}

/// The chance of what befalls in a step.
pub struct Wiping {
    dice: Dice,
    wiping: bool,
    lease_s: u64,
}

impl Wiping {
    /// Of a step of a plan.
    pub fn of(plan: &Plan, step: u64) -> Self {
        let dice = Dice(plan.seed_of(step) ^ 0x3019);
        Self { dice, wiping: plan.wiping > 0, lease_s: plan.lease_s }
    }

    /// What befalls the world now.
    pub fn step(&mut self, world: &mut World) {
        let device = (self.dice.roll() % world.devices.len() as u64) as usize;
        if self.wiping {
            self.befalls(world, device);
        }
        if self.lease_s > 0 {
            self.passes(world, device);
        }
    }

    fn befalls(&mut self, world: &mut World, device: usize) {
        match self.dice.roll() % 1_000 {
            0..25 => self.loses(world, device),
            25..45 => withdraws(world),
            45..85 => {
                let deceit = Deceit::ALL[(self.dice.roll() % 4) as usize];
                world.deceives(device, deceit);
            }
            _ => {}
        }
    }

    /// A device is lost; and perhaps it is far away, or its person is removed, or the session ends.
    fn loses(&mut self, world: &mut World, device: usize) {
        let unsent = if self.dice.roll().is_multiple_of(3) { Unsent::SentFirst } else { Unsent::Lost };
        let [away, removed, ends] = [2, 4, 4].map(|of| self.dice.roll().is_multiple_of(of));
        let before = self.dice.roll().is_multiple_of(2);
        if ends && before {
            world.ends_session(device);
        }
        if away {
            world.offline(device, 1_000 + self.dice.roll() % 120_000);
        }
        world.order_wipe(device, unsent);
        if removed && device > 0 {
            // Whoever is the last owner stays.
            drop(world.says(device, Role::Nobody));
        }
        if ends && !before {
            world.ends_session(device);
        }
    }

    /// Time passes on a device that has a lease.
    fn passes(&mut self, world: &mut World, device: usize) {
        let lease_ms = self.lease_s * 1_000;
        match self.dice.roll() % 1_000 {
            0..50 => {
                world.sleeps(device, lease_ms / 4 + self.dice.roll() % (lease_ms * 3));
                if device > 0 && self.dice.roll().is_multiple_of(4) {
                    // Whoever is away is removed, until the end of all faults.
                    drop(world.says(device, Role::Nobody));
                }
            }
            50..100 => {
                let by_ms = (self.dice.roll() % lease_ms) as i64;
                world.puts_clock(device, if self.dice.roll().is_multiple_of(4) { by_ms } else { -by_ms });
            }
            _ => {}
        }
    }
}

/// Somebody found the device under the sofa.
fn withdraws(world: &mut World) {
    let stands =
        world.orders.given.values().find(|it| it.stands && it.answered_ms.is_none() && it.begun.is_empty());
    if let Some(nonce) = stands.map(|given| given.ordered.order.nonce) {
        world.withdraw_wipe(nonce);
    }
}
