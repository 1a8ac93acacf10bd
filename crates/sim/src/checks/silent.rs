//! That nothing is silent (I14): whatever somebody wanted to write is in force, in the history with what became of
//! it, in an open conflict, or parked with its reason. Read from the server's history and the devices' logs alone.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_device_store::OpState;
use fieldbook_model::decimal::Scaled;
use fieldbook_model::schema::{Field, Merge};
use fieldbook_model::{Change, Fields, Json, Op, OpId, RecordId, Value};
use fieldbook_protocol::history::HistoryLine;

use super::end::log;
use super::lines::{self, Line, Lines};
use crate::device::Device;
use crate::world::World;

/// What somebody wanted: a record's type, and a field or the record itself.
type Want = (String, Option<String>);

impl World {
    pub(super) fn check_silent(&mut self) {
        let server = Line::all(&self.server.export());
        for device in 0..self.devices.len() {
            self.check_values(device);
            self.check_numbers(device, &server);
        }
        self.check_stock(&server);
        self.check_compared(&server);
    }

    /// What an op that happened, or is held, wanted to write is in the history.
    fn check_values(&mut self, device: usize) {
        let Device { name, store, promised, .. } = &mut self.devices[device];
        for ((_, op), entry) in promised.iter().zip(log(store)) {
            if !matches!(entry.state, OpState::Committed | OpState::Conflicted | OpState::LostBase) {
                continue;
            }
            let lines = self.server.reader().history_of_op(op.op_id).expect("BUG: a history");
            let told: BTreeSet<Want> = lines.iter().flat_map(told).collect();
            let now = self.oracle.reference.history.op_as(op, self.schema.version);
            for want in now.payload.changes.iter().flat_map(wanted) {
                // A record that a person decided not to make stands in the settled conflict, with all its values.
                let unmade = |line: &HistoryLine| line.outcome.as_deref() == Some("lost-to-choice");
                // A folder that was gone is another by now: that is written then.
                let turned = ["parent", "folder"].iter().any(|field| want.1.as_deref() == Some(field));
                // Of a text that was split since only the parts count that its author changed.
                let history = &self.oracle.reference.history;
                let part = want
                    .1
                    .as_ref()
                    .is_some_and(|field| history.is_part(op.schema, self.schema.version, &want.0, field));
                if turned || part || lines.iter().any(|line| line.of == want.0 && unmade(line)) {
                    continue;
                }
                assert!(told.contains(&want), "I14: op {} of {name} wanted {want:?}: {lines:?}", op.seq);
                self.checks.count("I14 every value is in force, in the history, in a conflict or parked");
            }
        }
    }

    /// Each number that a device gave out stands in a record, in the gap list, or in an op that waits; and none is
    /// left out (rule 30).
    fn check_numbers(&mut self, device: usize, server: &Lines) {
        let Device { name, store, promised, came_back, lost_some, .. } = &mut self.devices[device];
        let bills =
            server.values().filter(|line| line.of == "bill").map(|line| line.text("number").to_owned());
        let gaps = lines::gaps(server).into_iter().map(|(_, _, number)| number);
        let mut known: BTreeSet<String> = bills.chain(gaps).collect();
        let (mut given, came_back) = (Vec::<String>::new(), *came_back || *lost_some);
        for ((_, op), entry) in promised.iter().zip(log(store)) {
            let numbers = op.payload.changes.iter().filter_map(number);
            let numbers: Vec<String> = numbers.collect();
            if matches!(entry.state, OpState::Conflicted | OpState::LostBase) {
                known.extend(numbers.iter().cloned());
            }
            // What is sent or made again keeps its number.
            for number in numbers {
                if !given.contains(&number) {
                    given.push(number);
                }
            }
        }
        // An op of which the server has only the head cannot be asked for its numbers.
        let headless = promised.iter().filter(|(_, op)| self.oracle.heads.contains(&op.op_id));
        known.extend(headless.flat_map(|(_, op)| op.payload.changes.iter().filter_map(number)));
        for (place, number) in given.iter().enumerate() {
            let ends = format!("-{:06}", place + 1);
            // What was given out after a backup is not known to who came back from it.
            assert!(
                came_back || number.ends_with(&ends),
                "I14: {name} gave out {number} as its {}th",
                place + 1
            );
            assert!(known.contains(number), "I14: the number {number} of {name} is nowhere");
            self.checks.count("I14 a number has its record or stands in the gap list");
        }
    }

    /// What is only added to is the sum of what was added by the ops that happened, each counted once.
    fn check_stock(&mut self, server: &Lines) {
        let history = &self.oracle.reference.history;
        let ops: BTreeMap<OpId, Op> = self
            .devices
            .iter()
            .flat_map(|device| &device.promised)
            .chain(&self.orders.former)
            .map(|(_, op)| (op.op_id, history.op_as(op, self.schema.version)))
            .collect();
        let schema = self.schema;
        for line in server.values() {
            let fields = schema.find(&line.of).into_iter().flat_map(|ty| &ty.fields);
            for field in fields.filter(|field| field.merge == Merge::Delta) {
                self.check_sum(line, field, &ops);
            }
        }
    }

    fn check_sum(&mut self, line: &Line, field: &Field, ops: &BTreeMap<OpId, Op>) {
        let history = self.server.reader().history(&line.of, line.id).expect("BUG: a history");
        let (mut sum, mut by_op) = (0, BTreeMap::<OpId, i64>::new());
        for (op, before, after) in history.iter().flat_map(|line| additions(field, line)) {
            assert_eq!(before, sum, "I14: the history of {line:?} has a hole before {op}");
            sum = after;
            *by_op.entry(op).or_default() += after - before;
        }
        let shown = line.fields.find(&field.name).map(|json| digits(field, json));
        assert_eq!(shown, Some(sum), "I14: {} of {line:?} is not what was added", field.name);
        for (op, by) in by_op {
            if let Some(said) = ops.get(&op).and_then(|op| said(field, op, line.id)) {
                assert_eq!(by, said, "I14: op {op} counts otherwise for {line:?}");
                self.checks.count("I14 the stock is what was added to it");
            }
        }
    }
}

fn told(line: &HistoryLine) -> Vec<Want> {
    let units = line.units.iter().map(|unit| (line.of.clone(), Some(unit.field.clone())));
    units.chain([(line.of.clone(), None)]).collect()
}

fn wanted(change: &Change) -> Vec<Want> {
    let of = change.of().to_owned();
    let named = |fields: &Fields| fields.0.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let names = match change {
        Change::Insert { fields, .. } => {
            let some = fields.0.iter().filter(|(_, value)| *value != Json::Null);
            some.map(|(name, _)| name.clone()).collect()
        }
        Change::Update { set, add, count, include, exclude, reset, .. } => {
            [set, add, count, include, exclude, reset].into_iter().flat_map(named).collect()
        }
        Change::Delete { .. } | Change::Restore { .. } => Vec::new(),
    };
    names.into_iter().map(|name| (of.clone(), Some(name))).chain([(of.clone(), None)]).collect()
}

/// The number that a change gives to a bill.
pub fn number(change: &Change) -> Option<String> {
    match change {
        Change::Insert { of, fields, .. } if of == "bill" => match fields.find("number") {
            Some(Json::Text(number)) => Some(number.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// A number of a field, in its last place.
fn digits(field: &Field, json: &Json) -> i64 {
    match Value::read(field, json) {
        Ok(Value::Int(number) | Value::Decimal(Scaled(number, _))) => number,
        _ => 0,
    }
}

/// What a line did to a sum: the op, before, after. What did not take hold did nothing.
fn additions(field: &Field, line: &HistoryLine) -> Vec<(OpId, i64, i64)> {
    let own = line.units.iter().filter(|unit| unit.field == field.name);
    let held = own.filter(|unit| ["applied", "merged", "over"].contains(&unit.outcome.as_str()));
    held.map(|unit| (line.op_id, digits(field, &unit.before), digits(field, &unit.after))).collect()
}

/// What an op itself says that it adds to a sum; `None` where that depends on what was there.
fn said(field: &Field, op: &Op, record: RecordId) -> Option<i64> {
    let mut sum = 0;
    if op.payload.changes.is_empty() {
        return None;
    }
    for change in op.payload.changes.iter().filter(|change| change.id() == record) {
        let fields = match change {
            Change::Insert { fields, .. } => fields,
            Change::Update { count, .. } if !count.is_empty() => return None,
            Change::Update { add, .. } => add,
            Change::Delete { .. } | Change::Restore { .. } => continue,
        };
        sum += fields.find(&field.name).map_or(0, |json| digits(field, json));
    }
    Some(sum)
}
