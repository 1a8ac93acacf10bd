//! What people do in long days: they work alone for hours, now and then on the same things, and send it all later. Nobody
//! makes mistakes: what is refused and why is for worlds of short days.

use fieldbook_device_store::{Acted, Action, Moment, Together, Which, Wish};
use fieldbook_device_sync::Input;
use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::chain::Hash;
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Change, Json, OpId, RecordId};

use super::opinion::Saved;
use super::state::came_by;
use crate::people::update;
use crate::world::{World, bytes};

/// What everybody works on most: the last so many items.
const RECENT: usize = 40;
/// An import brings so many records at most.
const IMPORT_MAX: u64 = 400;
/// One sale has so many lines at most; few have more than some.
const LINES_MAX: u64 = 24;

/// The people.
#[derive(Debug, Default)]
pub struct Crew {
    /// What each made: items, and slips, which nobody else touches.
    own: Vec<(Vec<RecordId>, Vec<RecordId>)>,
    /// What most of a world's work is, of four kinds.
    mostly: u64,
}

impl Crew {
    /// So many people.
    pub fn drawn(devices: usize, dice: &mut Dice) -> Self {
        Self { own: vec![Default::default(); devices], mostly: dice.roll() % 4 }
    }

    /// Somebody does one thing, or imports many. Gives how many ops that made.
    pub fn works(&mut self, world: &mut World, device: usize) -> u64 {
        let roll = world.dice.roll() % 1_000;
        match roll {
            0 => self.imports(world, device),
            1 => self.does_too_much(world, device),
            _ => {
                let changes = self.one(world, device, roll);
                world.saves(device, changes);
                1
            }
        }
    }

    /// Decides about some of what waits.
    pub fn decides(&mut self, world: &mut World, device: usize) {
        let open =
            world.devices[device].store.conflicts(Which::Open).expect("BUG: conflicts that do not read");
        let stays = world.stays();
        let opinion = &world.long().opinion;
        let is_its = |id: &OpId| {
            let opened = opinion.opened(*id).filter(|(at, _)| *at <= stays);
            opened.is_some_and(|(_, tariff)| !sets_rate(device, tariff))
        };
        let open: Vec<OpId> = open.iter().map(|conflict| conflict.id).filter(is_its).collect();
        for conflict in open.iter().take(1 + (world.dice.roll() % 20) as usize) {
            let wish = if world.dice.roll().is_multiple_of(2) { Wish::Mine } else { Wish::Theirs };
            world.saves_decision(device, *conflict, &wish);
        }
    }

    fn one(&mut self, world: &mut World, device: usize, roll: u64) -> Vec<Change> {
        let kind = match (self.mostly, roll % 2) {
            (0 | 3, 0) => 300,
            (1, 0) => 750,
            _ => roll,
        };
        match kind {
            0..150 => vec![self.item(world, device)],
            850..870 => vec![tariff(world)],
            870..910 => vec![rate(world, device)],
            910..950 => vec![self.slip(world, device)],
            950..1000 => vec![self.own_slip(world, device)],
            700..850 => self.sale(world, device),
            _ => vec![self.edit(world, device)],
        }
    }

    fn item(&mut self, world: &mut World, device: usize) -> Change {
        let id = fresh(world);
        self.own[device].0.push(id);
        let long = if world.dice.roll().is_multiple_of(40) { 1_500 } else { 30 };
        let fields = [
            ("name", Json::Text(format!("item {}", world.dice.roll() % 100_000))),
            ("note", Json::Text("note ".repeat(1 + (world.dice.roll() % long) as usize / 5))),
            ("stock", Json::Int((world.dice.roll() % 90) as i64)),
        ];
        Change::Insert { of: "item".into(), id, fields: fields.into() }
    }

    /// An item that is known on a device: mostly one of the last, by whomever.
    fn known(&self, world: &mut World, device: usize) -> Option<RecordId> {
        let roll = world.dice.roll();
        let stays = world.stays();
        let (own, items) = (&self.own[device].0, &world.long().opinion.known[device].1.items);
        let others = came_by(items, stays);
        let takes_own = roll.is_multiple_of(2) && !own.is_empty() || others.is_empty();
        let all = if takes_own { own.len() } else { others.len() };
        let among = if (roll >> 8).is_multiple_of(3) { all } else { all.min(RECENT) };
        let back = (roll >> 16).checked_rem(among as u64)? as usize;
        let place = all - 1 - back;
        Some(if takes_own { own[place] } else { others[place].1 })
    }

    fn edit(&mut self, world: &mut World, device: usize) -> Change {
        let Some(id) = self.known(world, device) else { return self.item(world, device) };
        let number = (world.dice.roll() % 1_000_000_000) as i64;
        match world.dice.roll() % 10 {
            0..5 => update("item", id, [("add", [("stock", Json::Int(number % 200 - 100))].into())]),
            5 => update("item", id, [("set", [("name", Json::Text(format!("item {number}")))].into())]),
            6 => {
                let note = "word ".repeat((number % 60) as usize);
                let set = [("name", Json::Text(format!("item {number}"))), ("note", Json::Text(note))];
                update("item", id, [("set", set.into())])
            }
            7 => update("item", id, [("set", [("high", Json::Int(number))].into())]),
            8 => {
                let marks = Json::List(vec![Json::Text(format!("m{}", number % 12))]);
                update("item", id, [("include", [("marks", marks)].into())])
            }
            _ => {
                let add = ("add", [("stock", Json::Int(-1))].into());
                update("item", id, [add, ("set", [("high", Json::Int(number))].into())])
            }
        }
    }

    /// Movements of items, and their stock, in one act.
    fn sale(&mut self, world: &mut World, device: usize) -> Vec<Change> {
        let most = if world.dice.roll().is_multiple_of(20) { LINES_MAX } else { 2 };
        let mut changes = Vec::new();
        for _ in 0..1 + world.dice.roll() % most {
            let Some(item) = self.known(world, device) else { return vec![self.item(world, device)] };
            let count = 1 + (world.dice.roll() % 5) as i64;
            let fields = [("item", Json::Text(item.to_string())), ("count", Json::Int(-count))];
            let id = fresh(world);
            changes.push(Change::Insert { of: "movement".into(), id, fields: fields.into() });
            changes.push(update("item", item, [("add", [("stock", Json::Int(-count))].into())]));
        }
        changes
    }

    fn slip(&mut self, world: &mut World, device: usize) -> Change {
        let id = fresh(world);
        self.own[device].1.push(id);
        let fields = [("text", Json::Text("slip".into())), ("count", Json::Int(0))];
        Change::Insert { of: "slip".into(), id, fields: fields.into() }
    }

    fn own_slip(&mut self, world: &mut World, device: usize) -> Change {
        let roll = world.dice.roll();
        let slips = &mut self.own[device].1;
        if slips.is_empty() {
            return self.slip(world, device);
        }
        let place = (roll % slips.len() as u64) as usize;
        match (roll >> 20) % 3 {
            0 => Change::Delete { of: "slip".into(), id: slips.swap_remove(place), base: Default::default() },
            _ => {
                let set = [("count", Json::Int((roll >> 40) as i64))];
                update("slip", slips[place], [("set", set.into())])
            }
        }
    }

    /// Many records in one go, each an op of its own.
    fn imports(&mut self, world: &mut World, device: usize) -> u64 {
        let count = 20 + world.dice.roll() % IMPORT_MAX;
        let all = (0..count).map(|_| vec![self.item(world, device)]).collect();
        world.checks.count("long: many records are imported");
        world.saves_all(device, all);
        count
    }

    /// An act of more changes than the server takes is refused at once, and nothing of it is there.
    fn does_too_much(&mut self, world: &mut World, device: usize) -> u64 {
        let most = world.server.sizes().limits.op_changes_max;
        let before = self.own[device].0.len();
        let changes = (0..=most).map(|_| self.item(world, device)).collect();
        self.own[device].0.truncate(before);
        world.is_refused(device, changes);
        0
    }
}

fn tariff(world: &mut World) -> Change {
    let fields = [("title", Json::Text("tariff".into())), ("rate", Json::Int(0))];
    Change::Insert { of: "tariff".into(), id: fresh(world), fields: fields.into() }
}

/// The rate of one of the last tariffs that everybody knows of; a new one where there is none.
fn rate(world: &mut World, device: usize) -> Change {
    let roll = world.dice.roll();
    let stays = world.stays();
    let tariffs = came_by(&world.long().opinion.known[device].1.tariffs, stays);
    let among = tariffs.len().min(RECENT) as u64;
    if among == 0 {
        return tariff(world);
    }
    let one = |nth: u64| tariffs[tariffs.len() - 1 - ((roll % among + nth) % among) as usize].1;
    let Some(id) = (0..among).map(one).find(|id| sets_rate(device, *id)) else {
        return tariff(world);
    };
    let rate = Json::Int((world.dice.roll() % 1_000_000_000_000) as i64);
    update("tariff", id, [("set", [("rate", rate)].into())])
}

/// Whoever sets a tariff's rate decides about none of its conflicts. What waits behind an own decision that is refused is for worlds of
/// short days.
fn sets_rate(device: usize, tariff: RecordId) -> bool {
    !(device + usize::from(tariff.bytes()[15])).is_multiple_of(3)
}

fn fresh(world: &mut World) -> RecordId {
    RecordId::v7(world.now_ms, bytes(&mut world.dice))
}

fn plain(changes: Vec<Change>) -> Action {
    Action { action: EDIT.into(), key: None, changes }
}

/// What a person does is saved.
impl World {
    fn moment_of(&mut self, device: usize) -> Moment {
        Moment { wall: self.moment(device).wall, random: bytes(&mut self.dice) }
    }

    fn saves(&mut self, device: usize, changes: Vec<Change>) {
        let moment = self.moment_of(device);
        let acted = self.devices[device].store.act(moment, plain(changes.clone()));
        let acted = acted.unwrap_or_else(|error| panic!("BUG: {error}: {changes:?}"));
        self.has_saved(device, &acted, changes, None);
        self.input(device, Input::Wrote);
    }

    fn saves_all(&mut self, device: usize, all: Vec<Vec<Change>>) {
        let wanted: Vec<(Moment, Action)> =
            all.iter().map(|changes| (self.moment_of(device), plain(changes.clone()))).collect();
        let store = &mut self.devices[device].store;
        let acted = store.act_all(wanted, Together::Saved).expect("BUG: a store in memory");
        for (acted, changes) in acted.into_iter().zip(all) {
            let acted = acted.unwrap_or_else(|refusal| panic!("BUG: {refusal}: {changes:?}"));
            self.has_saved(device, &acted, changes, None);
        }
        self.input(device, Input::Wrote);
    }

    fn saves_decision(&mut self, device: usize, conflict: OpId, wish: &Wish) {
        let moment = self.moment_of(device);
        let store = &mut self.devices[device].store;
        // Another act of this device may have decided already.
        let Ok(acted) = store.resolve(moment, conflict, wish) else { return };
        self.has_saved(device, &acted, Vec::new(), Some(conflict));
        self.checks.count("long: somebody decides about a conflict");
        self.input(device, Input::Wrote);
    }

    fn is_refused(&mut self, device: usize, changes: Vec<Change>) {
        let moment = self.moment_of(device);
        let acted = self.devices[device].store.act(moment, plain(changes));
        assert!(acted.is_err(), "an act of too many changes is saved");
        self.checks.count("long: an act of too many changes is refused at once");
    }

    fn has_saved(&mut self, device: usize, acted: &Acted, changes: Vec<Change>, decides: Option<OpId>) {
        let text = self.devices[device].store.op_text(acted.seq).expect("BUG: an op's text");
        let hash = Hash::of(text.expect("BUG: an op that was just written").as_bytes());
        let log = &mut self.long().opinion.logs[device];
        assert_eq!(acted.seq.0, log.len() as u64 + 1, "I7: a log has a gap");
        log.push(Saved { op_id: acted.op_id, hash, changes, decides, at: None });
    }
}
