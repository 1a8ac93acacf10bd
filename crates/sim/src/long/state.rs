//! Records as plain values, changed by one op after the other. It knows no stamp: who may change what at the same time is
//! decided before it comes here.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::{Change, Fields, Json, RecordId, Version};

use super::trade::{KINDS, field, kind};

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its type's place.
    pub kind: usize,
    /// At which version it was changed last.
    pub version: Version,
    /// In the order of the type's fields.
    pub values: Vec<Json>,
}

/// All records that are there.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// By their ids.
    pub rows: BTreeMap<RecordId, Row>,
    /// All items with the versions at which they came, in that order.
    pub items: Vec<(Version, RecordId)>,
    /// Likewise of tariffs.
    pub tariffs: Vec<(Version, RecordId)>,
}

impl State {
    /// Does what an op says.
    pub fn play(&mut self, version: Version, changes: &[Change]) {
        changes.iter().for_each(|change| self.change(version, change));
    }

    fn change(&mut self, version: Version, change: &Change) {
        match change {
            Change::Insert { of, id, fields } => {
                let kind = kind(of);
                let mut values: Vec<Json> =
                    KINDS[kind].fields.iter().map(|(_, value)| value.clone()).collect();
                fields.0.iter().for_each(|(name, value)| values[field(kind, name)] = value.clone());
                match of.as_str() {
                    "item" => self.items.push((version, *id)),
                    "tariff" => self.tariffs.push((version, *id)),
                    _ => {}
                }
                self.rows.insert(*id, Row { kind, version, values });
            }
            Change::Update { id, set, add, include, .. } => {
                let row = self.rows.get_mut(id).expect("BUG: a change of what is not there");
                row.update(version, (set, add, include));
            }
            Change::Delete { id, .. } => drop(self.rows.remove(id)),
            Change::Restore { .. } => panic!("BUG: nothing is brought back in long days"),
        }
    }
}

/// Those of some records that had come at a version.
pub fn came_by(all: &[(Version, RecordId)], version: Version) -> &[(Version, RecordId)] {
    &all[..all.partition_point(|(came, _)| *came <= version)]
}

impl Row {
    fn update(&mut self, version: Version, (set, add, include): (&Fields, &Fields, &Fields)) {
        for (name, value) in &set.0 {
            let place = field(self.kind, name);
            let rises = name == "high";
            if !rises || number(value) > number(&self.values[place]) {
                (self.values[place], self.version) = (value.clone(), version);
            }
        }
        for (name, value) in &add.0 {
            let place = field(self.kind, name);
            self.values[place] = Json::Int(number(&self.values[place]) + number(value));
            self.version = version;
        }
        for (name, value) in &include.0 {
            let place = field(self.kind, name);
            let all: BTreeSet<&str> = texts(&self.values[place]).chain(texts(value)).collect();
            self.values[place] = Json::List(all.into_iter().map(Json::from).collect());
            self.version = version;
        }
    }
}

/// A whole number; none is less than any.
fn number(json: &Json) -> i64 {
    match json {
        Json::Int(number) => *number,
        _ => i64::MIN,
    }
}

fn texts(json: &Json) -> impl Iterator<Item = &str> {
    let all = match json {
        Json::List(all) => all.as_slice(),
        _ => &[],
    };
    all.iter().filter_map(|json| match json {
        Json::Text(text) => Some(text.as_str()),
        _ => None,
    })
}
