//! What shows only when something comes back from a backup at a bad moment.

use fieldbook_device_store::{LogFilter, OpState};
use fieldbook_model::Seq;

use super::{Tempting, away, back, says_as, undisturbed};
use crate::world::World;

impl Tempting {
    /// A device or the server comes back, each in the worlds where that happens.
    pub(super) fn with_backups(&mut self, world: &mut World) {
        match self.dice.roll() % 3 {
            0 => self.forgets_too_early(world),
            1 => self.prints_again(world),
            _ => self.offers_again(world),
        }
    }

    /// The server is backed up, told of something, and comes back from that backup: whoever did it has it still.
    fn forgets_too_early(&mut self, world: &mut World) {
        let (device, other) = self.two(world);
        undisturbed(world, |world| {
            world.back_up_and_mark();
            self.makes_product(world, device, "kept");
            world.play_for(5_000);
            world.restore();
            self.makes_product(world, other, "new");
            world.play_for(5_000);
        });
    }

    /// A bill is printed, the device comes back from before that, and prints another.
    fn prints_again(&mut self, world: &mut World) {
        let (device, _) = self.two(world);
        for round in 0..3 {
            let id = self.fresh(world);
            let bill = format!(r#"[{{"insert":"bill","id":"{id}","fields":{{"total":"3.00"}}}}]"#);
            says_as(world, device, "bill.create", &bill);
            match round {
                0 => world.back_up_device(device),
                1 => world.restore_device(device),
                _ => {}
            }
        }
        world.play_for(3_000);
    }

    /// A device is backed up with a queue, sends it, and comes back from before that.
    fn offers_again(&mut self, world: &mut World) {
        let (device, _) = self.two(world);
        away(world, device);
        for name in ["first", "second"] {
            self.makes_product(world, device, name);
        }
        world.back_up_device(device);
        back(world, device);
        self.makes_product(world, device, "third");
        world.play_for(3_000);
        away(world, device);
        world.restore_device(device);
        away(world, device);
        self.makes_product(world, device, "other");
        back(world, device);
    }

    /// The server comes back from its backup between an acknowledgement and the pull that would have named the op.
    pub(super) fn is_acknowledged(&mut self, world: &mut World) {
        if world.faults.restore == 0 {
            return;
        }
        let (device, other) = self.two(world);
        undisturbed(world, |world| {
            world.faults.stream_skips = 1_000;
            world.back_up();
            self.makes_product(world, device, "said");
            let seq = world.devices[device].promised.last().map(|(_, op)| op.seq);
            for _ in 0..200 {
                world.play_for(1);
                if seq.is_some_and(|seq| state(world, device, seq) == Some(OpState::Answered)) {
                    break;
                }
            }
            world.restore();
            for _ in 0..2 {
                self.makes_product(world, other, "over it");
            }
            world.play_for(5_000);
        });
    }
}

fn state(world: &mut World, device: usize, seq: Seq) -> Option<OpState> {
    let filter = LogFilter { state: None, from: Some(seq), max: 1, newest_first: false };
    world.devices[device].store.log(filter).expect("BUG: the log").first().map(|entry| entry.state)
}
