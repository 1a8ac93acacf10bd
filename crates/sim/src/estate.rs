//! Worlds whose devices hold parts of the workspace: an estate's buildings and floors, what stands on the floors, and
//! people who move things between them.

use std::sync::LazyLock;

use fieldbook_device_store::Pruning;
use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::schema::toml;
use fieldbook_model::{Change, Json, RecordId, Role, Schema, Scope};

use crate::forgetting::Forgetting;
use crate::network::happens;
use crate::people::{action, update};
use crate::plan::Plan;
use crate::run::Outcome;
use crate::speaking::Speaking;
use crate::tempting::Tempting;
use crate::wiping::Wiping;
use crate::world::{Doing, World, bytes};

const TEXT: &str = r#"
schema = "estate"
version = 1

[type.estate]
scope = true
[type.estate.field]
name = { kind = "text" }

[type.building]
in = "estate"
[type.building.field]
estate = { kind = "ref", to = "estate", owner = true, required = true }
name   = { kind = "text" }

[type.floor]
in = "building"
scope = true
[type.floor.field]
building = { kind = "ref", to = "building", owner = true, required = true }
name     = { kind = "text" }

[type.asset]
in = "floor"
[type.asset.field]
floor = { kind = "ref", to = "floor", owner = true, required = true }
name  = { kind = "text" }
serial = { kind = "text", merge = "manual" }
count = { kind = "integer", merge = "delta", default = 0 }

[type.remark]
in = "asset"
[type.remark.field]
asset = { kind = "ref", to = "asset", owner = true, required = true }
text  = { kind = "text" }

[type.visit]
in = "floor"
prune = "day"
[type.visit.field]
floor = { kind = "ref", to = "floor", owner = true, required = true }
day   = { kind = "date", fixed = true }
text  = { kind = "text" }

[type.finding]
in = "visit"
[type.finding.field]
visit = { kind = "ref", to = "visit", owner = true, required = true, fixed = true }
text  = { kind = "text" }

[type.notice.field]
text = { kind = "text" }
"#;

/// The schema of an estate.
///
/// # Panics
/// When its text is wrong, which a test would notice.
pub fn estate() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> =
        LazyLock::new(|| toml::read("estate.toml", TEXT).expect("BUG: the estate's schema is wrong"));
    &SCHEMA
}

/// The types that open scopes, and what lies in what: `(type, the reference to what it lies in, the type of that)`.
const LIES: [(&str, &str, &str); 6] = [
    ("building", "estate", "estate"),
    ("floor", "building", "building"),
    ("asset", "floor", "floor"),
    ("remark", "asset", "asset"),
    ("visit", "floor", "floor"),
    ("finding", "visit", "visit"),
];
/// People know of so many records of each type.
const KNOWN_MAX: usize = 3;

/// What people know of.
struct People {
    known: Vec<(&'static str, RecordId)>,
    /// Decides who is given what, and how often; in every other world nobody is.
    grants: Dice,
    grants_permille: u64,
}

/// Plays a plan. With `told` the story is printed as it happens.
///
/// # Panics
/// When a check fails.
pub fn play(plan: &Plan, told: bool) -> Outcome {
    let mut world = World::planned(estate(), plan, told);
    let grants_permille = if plan.changes > 0 { 60 * (plan.seed % 2) } else { 0 };
    let mut people = People { known: Vec::new(), grants: Dice(0), grants_permille };
    let torn = std::mem::take(&mut world.faults.torn);
    people.begins(&mut world);
    world.faults.torn = torn;
    for step in plan.played() {
        let seed = plan.seed_of(step);
        (world.dice, people.grants) = (plan.dice(step), Dice(seed ^ 0x0097_a4f5));
        people.step(&mut world);
        Wiping::of(plan, step).step(&mut world);
        Speaking::of(plan, step).step(&mut world);
        if plan.forgetting > 0 {
            Forgetting::of(seed).step(&mut world);
        }
        if plan.tempting > 0 {
            Tempting::of(seed).step_in_parts(&mut world);
        }
    }
    world.settle();
    Outcome::of(&world)
}

impl People {
    /// An estate with a floor is there from the beginning, and with whoever looks at it.
    fn begins(&mut self, world: &mut World) {
        world.play_for(1_000);
        let mut changes = vec![made(world, "estate", None, "name")];
        for (of, field, around) in &LIES[..2] {
            let within = changes.iter().find(|change| change.of() == *around).map(Change::id);
            let within = Json::Text(within.expect("BUG: what it lies in was just made").to_string());
            changes.push(made(world, of, Some((field, within)), "name"));
        }
        let all: Vec<(String, RecordId)> =
            changes.iter().map(|change| (change.of().to_owned(), change.id())).collect();
        let wanted = fieldbook_device_store::Action { changes, ..action("[]") };
        world.does(0, Doing::Act(wanted)).expect("BUG: an estate fits");
        all.iter().for_each(|(of, id)| self.learn(of, *id));
        for device in 0..world.devices.len() {
            if !world.dice.roll().is_multiple_of(4) {
                world.load(device, &Scope { of: all[0].0.clone(), id: all[0].1 }, true);
            }
        }
        world.play_for(5_000);
    }

    fn step(&mut self, world: &mut World) {
        let device = (world.dice.roll() % world.devices.len() as u64) as usize;
        world.befalls(device, 100_000);
        if !world.opens(device) {
            return world.pauses(15_000);
        }
        if happens(&mut self.grants, self.grants_permille) {
            self.administers(world);
        }
        match world.dice.roll() % 24 {
            0..4 => self.loads(world, device),
            4 | 5 => self.unloads(world, device),
            6 | 7 => self.prunes(world, device),
            _ => self.acts(world, device),
        }
        world.pauses(10_000);
    }

    /// An owner closes a part of the estate to somebody, opens it again, or gives another role there.
    fn administers(&mut self, world: &mut World) {
        let device = (self.grants.roll() % world.devices.len() as u64) as usize;
        let of = ["estate", "floor", "floor"][(self.grants.roll() % 3) as usize];
        let known: Vec<RecordId> = self.known.iter().filter(|it| it.0 == of).map(|it| it.1).collect();
        let role = [Some(Role::Nobody), Some(Role::Viewer), Some(Role::Member), None, None];
        let role = role[(self.grants.roll() % 5) as usize].clone();
        if known.is_empty() {
            return;
        }
        let id = known[(self.grants.roll() % known.len() as u64) as usize];
        // What was never sent is no scope yet, and refused; the reference agrees.
        drop(world.grants(device, Scope { of: of.into(), id }, role));
    }

    fn loads(&self, world: &mut World, device: usize) {
        let beneath = world.dice.roll().is_multiple_of(2);
        if let Some(scope) = self.scope(world) {
            world.load(device, &scope, beneath);
        }
    }

    fn unloads(&self, world: &mut World, device: usize) {
        let loaded = world.devices[device].store.scopes().expect("BUG: scopes");
        if loaded.is_empty() {
            return;
        }
        let scope = loaded[(world.dice.roll() % loaded.len() as u64) as usize].scope.clone();
        if world.unload(device, &scope) {
            world.checks.count("a scope leaves a device");
        }
    }

    fn prunes(&self, world: &mut World, device: usize) {
        if world.dice.roll().is_multiple_of(3) {
            world.unprune(device);
            return;
        }
        let scope = if world.dice.roll().is_multiple_of(2) { self.scope(world) } else { None };
        let wish = Pruning { before: day(world), of: None, scope };
        world.prune(device, &wish);
    }

    fn scope(&self, world: &mut World) -> Option<Scope> {
        let of = ["estate", "estate", "floor"][(world.dice.roll() % 3) as usize];
        Some(Scope { of: of.to_owned(), id: self.one(world, of)? })
    }

    fn acts(&mut self, world: &mut World, device: usize) {
        let change = match world.dice.roll() % 100 {
            0..45 => self.makes(world),
            45..60 => self.moves(world),
            60..80 => self.edits(world),
            80..88 => self.counts(world),
            88..95 => self.deletes(world),
            _ => Some(made(world, "notice", None, "text")),
        };
        let Some(change) = change else { return };
        let made = matches!(change, Change::Insert { .. }).then(|| (change.of().to_owned(), change.id()));
        let wanted = fieldbook_device_store::Action { changes: vec![change], ..action("[]") };
        if world.does(device, Doing::Act(wanted)).is_ok()
            && let Some((of, id)) = made
        {
            self.learn(&of, id);
        }
    }

    fn makes(&self, world: &mut World) -> Option<Change> {
        let (of, field, around) = match world.dice.roll() % 12 {
            0 => return Some(made(world, "estate", None, "name")),
            1 => LIES[0],
            2 | 3 => LIES[1],
            4 | 5 => LIES[2],
            6 => LIES[3],
            7..10 => LIES[4],
            _ => LIES[5],
        };
        let parent = Json::Text(self.one(world, around)?.to_string());
        let name = if ["remark", "visit", "finding"].contains(&of) { "text" } else { "name" };
        let mut change = made(world, of, Some((field, parent)), name);
        if let Change::Insert { fields, .. } = &mut change
            && of == "visit"
        {
            fields.0.push(("day".to_owned(), Json::Text(day(world))));
        }
        Some(change)
    }

    /// To another place of the same kind.
    fn moves(&self, world: &mut World) -> Option<Change> {
        let (of, field, around) = match world.dice.roll() % 10 {
            0 => LIES[0],
            1 => LIES[1],
            2..6 => LIES[2],
            6..8 => LIES[3],
            _ => LIES[4],
        };
        let to = Json::Text(self.one(world, around)?.to_string());
        Some(update(of, self.one(world, of)?, [("set", [(field, to)].into())]))
    }

    fn edits(&self, world: &mut World) -> Option<Change> {
        let of =
            ["estate", "building", "floor", "asset", "visit", "finding"][(world.dice.roll() % 6) as usize];
        let name = word(world);
        let field = if ["visit", "finding"].contains(&of) { "text" } else { "name" };
        Some(update(of, self.one(world, of)?, [("set", [(field, name)].into())]))
    }

    fn counts(&self, world: &mut World) -> Option<Change> {
        Some(update("asset", self.one(world, "asset")?, [("add", [("count", Json::Int(1))].into())]))
    }

    fn deletes(&self, world: &mut World) -> Option<Change> {
        let of = ["asset", "remark", "floor", "asset", "visit", "finding"][(world.dice.roll() % 6) as usize];
        Some(Change::Delete { of: of.into(), id: self.one(world, of)?, base: fieldbook_model::Version::ZERO })
    }

    fn one(&self, world: &mut World, of: &str) -> Option<RecordId> {
        let known: Vec<RecordId> = self.known.iter().filter(|it| it.0 == of).map(|it| it.1).collect();
        (!known.is_empty()).then(|| known[(world.dice.roll() % known.len() as u64) as usize])
    }

    fn learn(&mut self, of: &str, id: RecordId) {
        let Some(ty) = estate().find(of) else { return };
        let of: &'static str = ty.name.as_str();
        if self.known.iter().filter(|it| it.0 == of).count() >= KNOWN_MAX
            && let Some(oldest) = self.known.iter().position(|it| it.0 == of)
        {
            self.known.remove(oldest);
        }
        self.known.push((of, id));
    }
}

/// A new record, in another where it lies in one, with a word in a field.
fn made(world: &mut World, of: &str, around: Option<(&str, Json)>, field: &str) -> Change {
    let id = RecordId::v7(world.now_ms, bytes(&mut world.dice));
    let fields = around.into_iter().chain([(field, word(world))]);
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).collect();
    Change::Insert { of: of.into(), id, fields: fieldbook_model::Fields(fields) }
}

/// A day of a month.
fn day(world: &mut World) -> String {
    format!("2026-05-{:02}", 1 + world.dice.roll() % 28)
}

fn word(world: &mut World) -> Json {
    Json::Text(format!("w{}", world.dice.roll() % 50))
}
