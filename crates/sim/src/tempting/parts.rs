//! Parts of a workspace: one that comes while there is other news, and one that moves within what a device has.

use fieldbook_device_store::ScopeState;
use fieldbook_model::{RecordId, Scope};
use fieldbook_protocol::Page;

use super::{Tempting, calmly, says};
use crate::world::World;

/// Assets of a floor that takes a while to come.
const ASSETS: usize = 150;
/// What is news comes within so long, and a floor with much on it takes longer.
const PATIENCE_MS: u64 = 4_000;
/// In how many of a thousand writes a device is killed.
const TORN: u64 = 400;

impl Tempting {
    /// A floor with much on it is on its way, and something else is news (rule 54).
    pub(super) fn loads_beside_news(&mut self, world: &mut World) {
        let (device, other) = self.two(world);
        calmly(world, &[device, other], |world| {
            let Some((_, floor, _)) = self.house(world, other) else { return };
            (0..ASSETS / 15).for_each(|_| self.furnishes(world, other, &floor, 15));
            // A wait after trouble outlives a kill.
            world.sync_now(device);
            world.play_for(10_000);
            world.faults.delay_ms_max = 600;
            world.load(device, &floor, false);
            // Who has nothing yet has all parts of nothing.
            if state(world, device, &floor) != Some(ScopeState::Wanted) {
                return;
            }
            world.play_for(400);
            let id = self.fresh(world);
            let news = says(
                world,
                other,
                &format!(r#"[{{"insert":"notice","id":"{id}","fields":{{"text":"news"}}}}]"#),
            );
            self.comes_first(world, device, &floor, (news, id));
        });
    }

    /// What is small comes while what is large is still on its way.
    fn comes_first(&self, world: &mut World, device: usize, floor: &Scope, (news, id): (bool, RecordId)) {
        for _ in 0..PATIENCE_MS / 5 {
            world.play_for(5);
            let state = state(world, device, floor);
            let has = shows(world, device, id);
            if has && state == Some(ScopeState::Wanted) {
                return world.checks.count("rule 54 news comes beside a part that is on its way");
            }
            if state != Some(ScopeState::Wanted) {
                let waits = news && state == Some(ScopeState::Loaded) && !has;
                assert!(!waits, "rule 54: a part came before the news beside it");
                return;
            }
        }
        let hears = news && world.server.may_read(world.devices[device].id);
        assert!(!hears, "rule 54: news waits for a part that is on its way");
    }

    /// A floor moves from one estate to another, both of which a device has (rule 56).
    pub(super) fn moves_within(&mut self, world: &mut World) {
        let (device, other) = self.two(world);
        calmly(world, &[device, other], |world| {
            let Some((from, floor, _)) = self.house(world, other) else { return };
            let Some((to, _, building)) = self.house(world, other) else { return };
            for one in [device, other] {
                world.load(one, &from, true);
                world.load(one, &to, true);
            }
            world.play_for(5_000);
            let request = world.devices[device].store.pull_request().expect("BUG: a request");
            let said = says(
                world,
                other,
                &format!(r#"[{{"update":"floor","id":"{}","set":{{"building":"{building}"}}}}]"#, floor.id),
            );
            let all = [&from, &to].into_iter().all(|scope| is_here(world, device, scope));
            let (id, wall) = (world.devices[device].id, world.wall());
            let before = world.server.head();
            world.play_for(3_000);
            let moved = said && world.server.head().version == before.version.next();
            // Without a move somebody else's may have been counted.
            let plain = !request.fresh && request.cuts.is_empty() && request.join.is_none();
            if !moved || !all || !plain || request.cursor != before || !world.server.may_read(id) {
                return;
            }
            for page in world.server.pull(id, request, wall) {
                let page = Page::read(&page).expect("BUG: our own page");
                assert!(
                    page.rows.len() <= 1,
                    "rule 56: with a part that moved come {} rows",
                    page.rows.len()
                );
            }
            world.checks.count("rule 56 a part that moves within what is here brings one row");
        });
    }

    /// What stands on a floor goes to another, and some devices have only the first (rule 13).
    pub(super) fn moves_away(&mut self, world: &mut World) {
        let (device, other) = self.two(world);
        calmly(world, &[device, other], |world| {
            let Some((_, floor, building)) = self.house(world, other) else { return };
            let Some(elsewhere) = self.another_floor(world, other, building) else { return };
            self.furnishes(world, other, &floor, 3);
            world.load(device, &floor, false);
            world.play_for(3_000);
            for to in [elsewhere.id, floor.id] {
                let Some(id) = self.shown(world, other, "asset") else { return };
                says(
                    world,
                    other,
                    &format!(r#"[{{"update":"asset","id":"{id}","set":{{"floor":"{to}"}}}}]"#),
                );
                world.play_for(3_000);
            }
        });
    }

    /// A floor comes to a device that is killed in the middle of its writes.
    pub(super) fn loads_in_pieces(&mut self, world: &mut World) {
        let (device, other) = self.two(world);
        calmly(world, &[device, other], |world| {
            let Some((_, floor, _)) = self.house(world, other) else { return };
            self.furnishes(world, other, &floor, 15);
            world.play_for(1_000);
            for _ in 0..4 {
                world.faults.torn = TORN;
                world.load(device, &floor, false);
                world.play_for(5_000);
                world.faults.torn = 0;
                world.play_for(20_000);
                world.unload(device, &floor);
            }
        });
    }

    /// Assets on a floor, in one op.
    pub(super) fn furnishes(&mut self, world: &mut World, device: usize, floor: &Scope, count: usize) {
        let one = |tempting: &mut Self, world: &World| {
            let (id, floor) = (tempting.fresh(world), floor.id);
            format!(r#"{{"insert":"asset","id":"{id}","fields":{{"floor":"{floor}","name":"much"}}}}"#)
        };
        let changes: Vec<String> = (0..count).map(|_| one(self, world)).collect();
        says(world, device, &format!("[{}]", changes.join(",")));
    }

    /// Another floor of a building.
    pub(super) fn another_floor(
        &mut self,
        world: &mut World,
        device: usize,
        building: RecordId,
    ) -> Option<Scope> {
        let id = self.fresh(world);
        let fields = format!(r#"{{"building":"{building}","name":"cellar"}}"#);
        let made = says(world, device, &format!(r#"[{{"insert":"floor","id":"{id}","fields":{fields}}}]"#));
        world.play_for(1_000);
        made.then(|| Scope { of: "floor".to_owned(), id })
    }

    /// An estate with a building and a floor, made by somebody who has all of it: the estate, the floor, and the building.
    pub(super) fn house(&mut self, world: &mut World, device: usize) -> Option<(Scope, Scope, RecordId)> {
        let [estate, building, floor] = [(); 3].map(|()| self.fresh(world));
        let made = says(
            world,
            device,
            &format!(
                r#"[{{"insert":"estate","id":"{estate}","fields":{{"name":"tempting"}}}},
                    {{"insert":"building","id":"{building}","fields":{{"estate":"{estate}","name":"house"}}}},
                    {{"insert":"floor","id":"{floor}","fields":{{"building":"{building}","name":"attic"}}}}]"#
            ),
        );
        world.play_for(3_000);
        let scope = |of: &str, id| Scope { of: of.to_owned(), id };
        let (estate, floor) = (scope("estate", estate), scope("floor", floor));
        if made {
            // What is confirmed is on a device only if it asked for it.
            world.load(device, &estate, true);
            world.play_for(2_000);
        }
        made.then_some((estate, floor, building))
    }
}

pub(super) fn state(world: &mut World, device: usize, scope: &Scope) -> Option<ScopeState> {
    let scopes = world.devices[device].store.scopes().expect("BUG: the scopes of a store in memory");
    scopes.iter().find(|it| it.scope == *scope).map(|it| it.state)
}

fn is_here(world: &mut World, device: usize, scope: &Scope) -> bool {
    let scopes = world.devices[device].store.scopes().expect("BUG: the scopes of a store in memory");
    scopes.iter().any(|it| it.scope == *scope && it.beneath && it.state == ScopeState::Loaded)
}

fn shows(world: &mut World, device: usize, id: RecordId) -> bool {
    let shown = world.devices[device].store.export(fieldbook_device_store::Export::Shown);
    shown.expect("BUG: an export").iter().any(|line| line.contains(&id.to_string()))
}
