//! What is lost: servers that come back from an older backup than the one they spoke of, and devices that come back from
//! their backups, or were copied. In two seeds of twenty; each has both.

use fieldbook_device_sync::backoff::Dice;

use crate::network::happens;
use crate::world::World;

/// The chance of what is lost in a world.
pub struct Losses(Dice);

impl Losses {
    /// Of a seed, if it is one of those.
    pub fn of(seed: u64) -> Option<Self> {
        matches!(seed % 20, 9 | 17).then_some(Self(Dice(seed ^ 0x1057)))
    }

    /// What befalls the server or a device now.
    pub fn befall(&mut self, world: &mut World) {
        let device = (self.0.roll() % world.devices.len() as u64) as usize;
        let (back_up, restore) = (happens(&mut self.0, 60), happens(&mut self.0, 20));
        match self.0.roll() % 2 {
            0 if restore => world.restore_older(),
            0 if back_up => world.back_up_and_mark(),
            _ if restore => world.restore_device(device),
            _ if back_up => world.back_up_device(device),
            _ => {}
        }
    }

    /// An owner closes the recovery, when everybody has been in touch.
    pub fn close(&mut self, world: &mut World) {
        if self.0.roll().is_multiple_of(2) {
            world.close_recovery();
            world.settle();
            world.check_closed();
        }
    }
}
