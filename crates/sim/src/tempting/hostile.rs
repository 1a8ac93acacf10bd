//! Somebody who speaks the protocol and means no good: what was sent before comes again with other content, places are left
//! out or used twice. The server must say what the reference says, and nothing may come of it.

use fieldbook_model::{OpId, SealedOp, Seq};
use fieldbook_protocol::PushRequest;
use fieldbook_protocol::push::Pushed;

use super::Tempting;
use crate::world::{World, bytes};

impl Tempting {
    pub(super) fn meddles(&mut self, world: &mut World) {
        let (device, _) = self.two(world);
        // A copy of a device has places in two logs; what is on its way may still take its place.
        let it = &world.devices[device];
        let known = |op: &OpId| world.oracle.answers.contains_key(op);
        if !it.trunks.is_empty() || it.came_back || it.lost.is_some() {
            return;
        }
        let Some((_, op)) = it.promised.iter().rev().find(|(_, op)| known(&op.op_id)).cloned() else {
            return;
        };
        let last = it.promised.last().map_or(op.seq, |(_, last)| last.seq);
        let fresh = OpId::v7(world.now_ms, bytes(&mut self.dice));
        let fresh = fieldbook_model::Op { op_id: fresh, idempotency_key: fresh.to_string(), ..(*op).clone() };
        let op = match self.dice.roll() % 4 {
            0 => (*op).clone(),
            1 => fieldbook_model::Op { action: "sale".into(), ..(*op).clone() },
            2 => fresh,
            _ => fieldbook_model::Op { seq: Seq(last.0 + 2), ..fresh },
        };
        let ops = vec![Pushed::Whole(Box::new(SealedOp::seal(op.clone())))];
        let push = PushRequest { standing: op.seen.into(), branch: None, gap: None, ops };
        world.tell(&format!("somebody sends {} at {} for {}", op.op_id, op.seq, world.devices[device].name));
        let (before, wall) = (world.server.head(), world.wall());
        let reply = world.server.push(vec![(world.devices[device].id, push.clone())], wall, false).remove(0);
        world.check_reply(device, &push, &reply, false);
        world.check_server(before);
        assert_eq!(world.server.head(), before, "I7: what is no op of a log took a place");
        world.checks.count("I7 what is no op of a log is turned away");
    }
}
