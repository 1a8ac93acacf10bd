//! A second server that takes the same ops in the same order, each alone: whatever the first took together must have come
//! to the same (I9).

use fieldbook_model::op::About;
use fieldbook_model::{DeviceId, OpId, Version, WallTime};
use fieldbook_protocol::PushRequest;
use fieldbook_server_store::Wanted;

use super::World;
use crate::server::Server;

impl World {
    /// From now on there is a twin. Nothing has happened yet.
    pub fn has_twin(&mut self) {
        let mut twin = Server::new(self.server.itself().workspace, self.schema, self.server.sizes());
        for device in &self.devices {
            let principal = self.server.principal(device.id);
            twin.register(device.id, principal.user, principal.role, &principal.name);
        }
        self.twin = Some(twin);
    }

    /// The twin gets each op of a push alone.
    pub(super) fn twin_takes(&mut self, device: DeviceId, request: &PushRequest, now: WallTime) {
        let Some(twin) = &mut self.twin else { return };
        for op in &request.ops {
            let alone = PushRequest { ops: vec![op.clone()], ..request.clone() };
            twin.push(vec![(device, alone)], now, false).into_iter().for_each(drop);
        }
    }

    /// The twin hears what an owner says.
    pub(super) fn twin_hears(&mut self, op: OpId, about: About, now: WallTime) {
        if let Some(twin) = &mut self.twin {
            drop(twin.carry(op, about, now));
        }
    }

    /// The twin hears one by one what members say at once.
    pub(super) fn twin_hears_alone(&mut self, wanted: &[Wanted]) {
        let Some(twin) = &mut self.twin else { return };
        for one in wanted {
            drop(twin.carry_all(std::slice::from_ref(one)));
        }
    }

    /// Both have the same log with the same answers, and the same rows.
    pub fn check_twin(&mut self) {
        let Some(twin) = &mut self.twin else { return };
        let log = |server: &mut Server| server.reader().ops(Version::ZERO, u32::MAX).expect("BUG: a log");
        let (own, its) = (log(&mut self.server), log(twin));
        for (own, its) in own.iter().zip(&its) {
            assert_eq!(own, its, "I9: an op comes to something else when it comes alone");
        }
        assert_eq!(own.len(), its.len(), "I9: the logs are of different lengths");
        assert_eq!(self.server.export(), twin.export(), "I9: the rows differ");
        self.checks.count("I9 together or one by one, the same comes of it");
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::people::action;
    use crate::world::Doing;

    #[test]
    fn a_twin_that_missed_an_op_is_noticed() {
        let mut world = World::new(1, 2, false);
        world.has_twin();
        world.play_for(1_000);
        let note =
            r#"[{"insert":"product","id":"00000000-03e8-7101-8101-010101010101","fields":{"name":"tea"}}]"#;
        world.does(0, Doing::Act(action(note))).expect("it fits");
        world.play_for(3_000);
        world.check_twin();
        world.has_twin();
        assert!(catch_unwind(AssertUnwindSafe(|| world.check_twin())).is_err());
    }
}
