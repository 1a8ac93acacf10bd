//! People who know nothing but the schema: they make, change, delete and bring back records of every type that it has,
//! in all its fields, on a handful of records, so that they meet.

use std::collections::BTreeMap;

use fieldbook_device_store::{Action, Pruning};
use fieldbook_model::schema::{EDIT, Field, Kind, Merge, RecordType, system};
use fieldbook_model::{Change, Fields, Json, RecordId, Role, Schema, Scope, Version};

use crate::people::{People, update};
use crate::pictures;
use crate::world::{Doing, World, bytes};

/// People know of so many records of each type.
const KNOWN_MAX: usize = 4;
/// They use few words, so that they meet.
const WORDS: u64 = 7;

/// Amounts that only some may read begin so, and no other value of these people does.
pub const CANARY: &str = "272727";

/// What a type of a version of the schema is called in all of them.
pub type Name = fn(u32, &str) -> String;

/// People, and the records that they talk about.
pub struct Anyone {
    known: BTreeMap<String, Vec<RecordId>>,
    name: Name,
    /// What they talk about most, so that they meet; nothing in particular where it is empty.
    topics: Vec<String>,
    /// What they do about earlier ops, which is the same in every app.
    second: People,
}

impl Anyone {
    /// People of an app whose types have the same names in all versions.
    pub fn new() -> Self {
        Self::of(|_, of| of.to_owned())
    }

    /// People of an app whose types are called otherwise in some versions.
    pub fn of(name: Name) -> Self {
        Self { known: BTreeMap::new(), name, topics: Vec::new(), second: People::default() }
    }

    /// The first of each type are there from the beginning, made on a device, and so is whoever looks at them.
    pub fn begins(&mut self, world: &mut World, device: usize) {
        let schema = world.devices[device].store.identity().schema.clone();
        // What lies in others is often written before them.
        for _ in 0..schema.types.len() {
            for ty in schema.types.iter().filter(|ty| !ty.system) {
                if self.one(world, &schema, &ty.name).is_some() {
                    continue;
                }
                let Some(made) = self.makes(world, &schema, ty) else { continue };
                let id = made.id();
                let action = Action { action: EDIT.to_owned(), key: None, changes: vec![made] };
                if world.does(device, Doing::Act(action)).is_ok() {
                    self.learns((self.name)(schema.version, &ty.name), id);
                }
            }
        }
        let names: Vec<&String> = schema.types.iter().filter(|ty| !ty.system).map(|ty| &ty.name).collect();
        self.topics = (0..2).filter_map(|_| pick(world, &names).map(|name| (*name).clone())).collect();
        world.play_for(5_000);
        for device in 0..world.devices.len() {
            let schema = world.devices[device].store.identity().schema.clone();
            if let Some(scope) = self.scope(world, &schema) {
                world.load(device, &scope, true);
            }
        }
        world.play_for(5_000);
    }

    /// Somebody does something on a device. What does not fit there is refused at once and changes nothing.
    pub fn act(&mut self, world: &mut World, device: usize) {
        let schema = world.devices[device].store.identity().schema.clone();
        match world.dice.roll() % 100 {
            0..3 => self.administers(world, &schema),
            3..78 => self.does(world, device, &schema),
            _ => self.second.second(world, device),
        }
    }

    /// Whoever may decides about what is left.
    pub fn settle_the_rest(&mut self, world: &mut World) {
        self.second.settle_the_rest(world);
    }

    /// Somebody loads a scope, or takes one off the device.
    pub fn moves_scopes(&self, world: &mut World, device: usize) {
        let schema = world.devices[device].store.identity().schema.clone();
        let Some(scope) = self.scope(world, &schema) else { return };
        let beneath = world.dice.roll().is_multiple_of(2);
        match world.dice.roll() % 3 {
            0 => {
                if world.unload(device, &scope) {
                    world.checks.count("a scope leaves a device");
                }
            }
            _ => world.load(device, &scope, beneath),
        }
    }

    /// Somebody leaves out what is old, or wants it back.
    pub fn prunes(&self, world: &mut World, device: usize) {
        if world.dice.roll().is_multiple_of(3) {
            world.unprune(device);
            return;
        }
        let schema = world.devices[device].store.identity().schema.clone();
        let whole = world.dice.roll().is_multiple_of(2);
        let scope = if whole { None } else { self.scope(world, &schema) };
        let before = format!("2026-05-{:02}", 1 + world.dice.roll() % 9);
        world.prune(device, &Pruning { before, of: None, scope });
    }

    fn scope(&self, world: &mut World, schema: &Schema) -> Option<Scope> {
        let opening: Vec<&RecordType> = schema.types.iter().filter(|ty| ty.scope).collect();
        let ty = *pick(world, &opening)?;
        Some(Scope { of: ty.name.clone(), id: self.one(world, schema, &ty.name)? })
    }

    fn administers(&self, world: &mut World, schema: &Schema) {
        let device = (world.dice.roll() % world.devices.len() as u64) as usize;
        if device == 0 {
            return;
        }
        let every = [Role::Member, Role::Viewer];
        let roles: Vec<Role> = schema.roles.iter().map(|role| Role::of_schema(role)).chain(every).collect();
        let role = pick(world, &roles).cloned().expect("BUG: no role");
        // What does not fit is refused, and the reference agrees.
        match self.scope(world, schema).filter(|_| world.dice.roll().is_multiple_of(2)) {
            Some(scope) => drop(world.grants(device, scope, Some(role))),
            None => drop(world.says(device, role)),
        }
    }

    fn does(&mut self, world: &mut World, device: usize, schema: &Schema) {
        let count = if world.dice.roll().is_multiple_of(5) { 1 + world.dice.roll() % 3 } else { 1 };
        let changes: Vec<Change> = (0..count).filter_map(|_| self.change(world, schema)).collect();
        if changes.is_empty() {
            return;
        }
        let declared = pick(world, &schema.actions).map(|action| action.name.clone());
        let named = declared.filter(|_| world.dice.roll().is_multiple_of(8));
        let made: Vec<_> = changes
            .iter()
            .filter(|change| matches!(change, Change::Insert { .. }))
            .map(|change| ((self.name)(schema.version, change.of()), change.id()))
            .collect();
        let action = Action { action: named.unwrap_or_else(|| EDIT.to_owned()), key: None, changes };
        if world.does(device, Doing::Act(action)).is_ok() {
            made.into_iter().for_each(|(of, id)| self.learns(of, id));
            world.checks.count("an app's own types are written");
        }
    }

    fn learns(&mut self, of: String, id: RecordId) {
        let known = self.known.entry(of).or_default();
        if known.len() >= KNOWN_MAX {
            known.remove(0);
        }
        known.push(id);
    }

    fn one(&self, world: &mut World, schema: &Schema, of: &str) -> Option<RecordId> {
        pick(world, self.known.get(&(self.name)(schema.version, of))?).copied()
    }

    fn change(&self, world: &mut World, schema: &Schema) -> Option<Change> {
        let types: Vec<&RecordType> =
            schema.types.iter().filter(|ty| !system::NAMES.contains(&ty.name.as_str())).collect();
        // What others lie in comes first, until there is some of it.
        let empty = |ty: &&&RecordType| !self.known.contains_key(&(self.name)(schema.version, &ty.name));
        let missing = types.iter().find(empty).filter(|_| world.dice.roll().is_multiple_of(2));
        if let Some(ty) = missing {
            return self.makes(world, schema, ty);
        }
        let on_topic: Vec<&RecordType> =
            types.iter().filter(|ty| self.topics.contains(&ty.name)).copied().collect();
        let talk = !on_topic.is_empty() && !world.dice.roll().is_multiple_of(3);
        let ty = *pick(world, if talk { &on_topic } else { &types })?;
        let id = self.one(world, schema, &ty.name);
        let of = ty.name.clone();
        match (id, world.dice.roll() % 100) {
            (Some(_), 0..25) | (None, _) => self.makes(world, schema, ty),
            (Some(id), 25..85) => self.edits(world, schema, ty, id),
            (Some(id), 85..93) => Some(Change::Delete { of, id, base: Version::ZERO }),
            (Some(id), _) => Some(Change::Restore { of, id, base: Version::ZERO }),
        }
    }

    fn makes(&self, world: &mut World, schema: &Schema, ty: &RecordType) -> Option<Change> {
        let mut fields = Vec::new();
        for field in ty.fields.iter().filter(|field| !field.series) {
            if field.required || !world.dice.roll().is_multiple_of(3) {
                let value = self.value(world, schema, ty, field);
                if value == Json::Null && field.required {
                    return None;
                }
                fields.push((field.name.clone(), value));
            }
        }
        let id = RecordId::v7(world.now_ms, bytes(&mut world.dice));
        Some(Change::Insert { of: ty.name.clone(), id, fields: Fields(fields) })
    }

    fn edits(&self, world: &mut World, schema: &Schema, ty: &RecordType, id: RecordId) -> Option<Change> {
        let mut verbs: BTreeMap<&str, Vec<(String, Json)>> = BTreeMap::new();
        let count = 1 + world.dice.roll() % 2;
        for _ in 0..count {
            let fields: Vec<&Field> = ty.fields.iter().filter(|field| !field.series).collect();
            let field = *pick(world, &fields)?;
            if verbs.values().flatten().any(|(name, _)| *name == field.name) {
                continue;
            }
            let value = match world.dice.roll() % 12 {
                0 if !field.required => Json::Null,
                _ => self.value(world, schema, ty, field),
            };
            let verb = match (&field.kind, field.merge) {
                (Kind::Set { .. }, _) if world.dice.roll().is_multiple_of(3) => "exclude",
                (Kind::Set { .. }, _) if value != Json::Null => "include",
                (_, Merge::Delta) if world.dice.roll().is_multiple_of(6) => "count",
                (_, Merge::Delta) => "add",
                (_, merge) if merge.is_bound() && world.dice.roll().is_multiple_of(6) => "reset",
                _ => "set",
            };
            if value == Json::Null && verb != "set" {
                continue;
            }
            verbs.entry(verb).or_default().push((field.name.clone(), value));
        }
        let of = |verb: &str| Fields(verbs.get(verb).cloned().unwrap_or_default());
        let all = ["set", "add", "count", "include", "exclude", "reset"].map(|verb| (verb, of(verb)));
        (!verbs.is_empty()).then(|| update(&ty.name, id, all))
    }

    /// A value that the field takes; nothing where it refers to what nobody knows.
    fn value(&self, world: &mut World, schema: &Schema, ty: &RecordType, field: &Field) -> Json {
        let roll = world.dice.roll();
        match &field.kind {
            Kind::Text { max } => {
                let text = match roll % 3 {
                    0 => format!("w{}", roll / 3 % WORDS),
                    1 => format!("w{} x{}", roll / 3 % WORDS, roll / 100 % WORDS),
                    _ => format!("w{} y{} z", roll / 3 % WORDS, roll / 100 % 3),
                };
                Json::Text(text.chars().take(*max as usize).collect())
            }
            Kind::Integer => Json::Int((roll % 20) as i64 - 4),
            Kind::Decimal { scale } | Kind::Money { scale, .. } => {
                let places = usize::from(*scale);
                let whole = match field.readers.is_empty() {
                    true => ((roll % 40) as i64 - 8).to_string(),
                    false => format!("{CANARY}{}", roll % 40),
                };
                Json::Text(if places == 0 { whole } else { format!("{whole}.{:.places$}", "5000000000") })
            }
            Kind::Boolean => Json::Bool(roll.is_multiple_of(2)),
            Kind::Date => Json::Text(format!("2026-05-{:02}", 1 + roll % 9)),
            Kind::Timestamp => {
                Json::Text(format!("2026-05-{:02}T0{}:00:00.000Z", 1 + roll % 9, roll / 10 % 3 * 4))
            }
            Kind::Enum { values } => Json::Text(values[(roll % values.len() as u64) as usize].clone()),
            Kind::Json => Json::List(vec![Json::Int((roll % 5) as i64), Json::Bool(true)]),
            Kind::Set { .. } => Json::List(vec![Json::Text(format!("e{}", roll % WORDS))]),
            Kind::Blob => {
                let (sum, bytes) = pictures::picture(roll % pictures::ALL);
                // Whoever names a file has given it to the server.
                if let Some(bytes) = bytes {
                    world.server.put_blob(bytes);
                }
                Json::Text(sum.to_string())
            }
            Kind::Ref { to, .. } => {
                let hollow = *to == ty.name && !field.required && roll.is_multiple_of(2);
                let id = self.one(world, schema, to).filter(|_| !hollow);
                id.map_or(Json::Null, |id| Json::Text(id.to_string()))
            }
        }
    }
}

impl Default for Anyone {
    fn default() -> Self {
        Self::new()
    }
}

fn pick<'a, T>(world: &mut World, all: &'a [T]) -> Option<&'a T> {
    match all.len() as u64 {
        0 => None,
        len => Some(&all[(world.dice.roll() % len) as usize]),
    }
}
