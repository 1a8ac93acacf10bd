//! What shows only when something comes back from a backup at a bad moment.

use fieldbook_device_store::{LogFilter, OpState};
use fieldbook_model::Seq;

use super::{Tempting, away, back, calmly, says_as, undisturbed};
use crate::world::World;

/// Within this a device has heard of a backup and has let go of what that has, in milliseconds.
const LEISURE_MS: u64 = 40_000;

impl Tempting {
    /// A device or the server comes back, each in the worlds where that happens.
    pub(super) fn with_backups(&mut self, world: &mut World) {
        match self.dice.roll() % 5 {
            0 => self.forgets_too_early(world),
            1 => self.prints_again(world),
            2 => self.loses_what_both_had(world),
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

    /// A device has let go of what a backup has, comes back from its own backup and goes on in a log of its own; then the
    /// server comes back from before what both logs had in common (rule 58).
    fn loses_what_both_had(&mut self, world: &mut World) {
        let (device, _) = self.two(world);
        calmly(world, &[device], |world| {
            self.makes_product(world, device, "let go");
            world.play_for(3_000);
            world.back_up_and_mark();
            self.makes_product(world, device, "in common");
            // A device hears at its leisure what a backup has.
            world.play_for(LEISURE_MS);
            world.back_up_device(device);
            self.makes_product(world, device, "behind it");
            world.play_for(3_000);
            world.restore_device(device);
            self.makes_product(world, device, "its own");
            world.play_for(LEISURE_MS);
            world.restore();
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
        calmly(world, &[device], |world| {
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
        });
    }

    /// A device asks for news and then hears that its op is taken; but the server comes back from its backup, others write
    /// there, and only then the request arrives (rule 4).
    pub(super) fn is_acknowledged(&mut self, world: &mut World) {
        if world.faults.restore == 0 {
            return self.pulls(world);
        }
        let (device, other) = self.two(world);
        let it = &world.devices[device];
        if it.damaged || it.lost.is_some() || !world.server.may_read(it.id) {
            return;
        }
        calmly(world, &[device, other], |world| {
            // Nobody else sees what is lost.
            (0..world.devices.len()).filter(|one| *one != device).for_each(|one| away(world, one));
            world.back_up();
            world.faults.stream_skips = 1_000;
            let request = world.devices[device].store.pull_request().expect("BUG: a request");
            self.makes_product(world, device, "said");
            let seq = world.devices[device].promised.last().map(|(_, op)| op.seq);
            let answered = |world: &mut World| {
                world.play_for(1);
                seq.is_some_and(|seq| state(world, device, seq) == Some(OpState::Answered))
            };
            if !(0..200).any(|_| answered(world)) {
                return come_back(world);
            }
            away(world, device);
            world.restore();
            world.devices[other].offline_until_ms = world.now_ms;
            for _ in 0..2 {
                self.makes_product(world, other, "over it");
            }
            world.play_for(5_000);
            let (id, wall) = (world.devices[device].id, world.wall());
            let pages = world.server.pull(id, request, wall);
            world.follow_epoch(device);
            world.takes_in(device, &pages);
            if seq.is_some_and(|seq| state(world, device, seq) == Some(OpState::Waiting)) {
                world.checks.count("rule 4 what no pull names waits again");
            }
            world.kill(device);
            come_back(world);
        });
    }
}

/// Everybody is online again.
fn come_back(world: &mut World) {
    (0..world.devices.len()).for_each(|one| world.devices[one].offline_until_ms = world.now_ms);
    world.play_for(5_000);
}

fn state(world: &mut World, device: usize, seq: Seq) -> Option<OpState> {
    let filter = LogFilter { state: None, from: Some(seq), max: 1, newest_first: false };
    world.devices[device].store.log(filter).expect("BUG: the log").first().map(|entry| entry.state)
}
