//! What is lost: servers that come back from an older backup than the one they spoke of, in one seed of twenty; devices that
//! come back from their backups, or were copied, in another. A world has one of the two: of both at once little is known yet.

use fieldbook_device_sync::backoff::Dice;

use crate::network::happens;
use crate::world::World;

/// Who comes back from a backup.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Server,
    Devices,
}

/// The chance of what is lost in a world.
pub struct Losses(Dice, Who);

impl Losses {
    /// Of a seed, if it is one of those.
    pub fn of(seed: u64) -> Option<Self> {
        let who = match seed % 20 {
            9 => Who::Server,
            17 => Who::Devices,
            _ => return None,
        };
        Some(Self(Dice(seed ^ 0x1057), who))
    }

    /// Before anything happens.
    pub fn begin(&self, world: &mut World) {
        if self.1 == Who::Devices {
            world.faults.restore = 0;
        }
    }

    /// What befalls the server or a device now.
    pub fn befall(&mut self, world: &mut World) {
        let device = (self.0.roll() % world.devices.len() as u64) as usize;
        let (back_up, restore) = (happens(&mut self.0, 60), happens(&mut self.0, 20));
        match self.1 {
            Who::Server if restore => world.restore_older(),
            Who::Server if back_up => world.back_up_and_mark(),
            Who::Devices if restore => world.restore_device(device),
            Who::Devices if back_up => world.back_up_device(device),
            _ => {}
        }
    }

    /// An owner closes the recovery, when everybody has been in touch.
    pub fn close(&mut self, world: &mut World) {
        if self.1 == Who::Server && self.0.roll().is_multiple_of(2) {
            world.close_recovery();
            world.settle();
            world.check_closed();
        }
    }
}
