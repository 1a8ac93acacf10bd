//! What is compared ends as its rule says (rules 24 and 25), worked out from nothing but the ops that people made and
//! their places in the order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fieldbook_model::{Change, DeviceId, Epoch, Hlc, Json, Op, OpId, RecordId, Version};
use fieldbook_protocol::history::HistoryLine;

use super::lines::{Line, Lines};
use crate::world::World;

/// A change of a gauge, where it stands in the order, and whose it is.
struct Placed<'o> {
    version: Version,
    epoch: Epoch,
    device: DeviceId,
    change: &'o Change,
}

impl World {
    pub(super) fn check_compared(&mut self, server: &Lines) {
        let ops: BTreeMap<OpId, Arc<Op>> = self
            .devices
            .iter()
            .flat_map(|device| &device.promised)
            .chain(&self.orders.former)
            .map(|(_, op)| (op.op_id, Arc::clone(op)))
            .collect();
        for line in server.values().filter(|line| line.of == "gauge") {
            let history = self.server.reader().history("gauge", line.id).expect("BUG: a history");
            let Some(placed) = placed(&ops, &history, line.id) else { continue };
            // Bases of a history that was lost name other versions.
            if placed.iter().any(|it| it.epoch != self.oracle.reference.epoch) {
                continue;
            }
            self.check_highest(line, &placed);
            self.check_marks(line, &placed);
        }
        self.check_stamps();
    }

    /// A highest value is the largest that was ever written, if nobody reset it.
    fn check_highest(&mut self, line: &Line, placed: &[Placed<'_>]) {
        let resets = |it: &Placed<'_>| matches!(it.change, Change::Update { reset, .. } if !reset.is_empty());
        if placed.iter().any(resets) {
            return;
        }
        let written = placed.iter().filter_map(|it| match it.change {
            Change::Insert { fields, .. } | Change::Update { set: fields, .. } => fields.find("highest"),
            Change::Delete { .. } | Change::Restore { .. } => None,
        });
        let numbers: Vec<i64> = written.filter_map(number).collect();
        let held = line.fields.find("highest").and_then(number);
        assert_eq!(
            held,
            numbers.iter().copied().max(),
            "rule 24: {line:?} is not the highest of {numbers:?}"
        );
        if numbers.len() > 1 {
            self.checks.count("rule 24 the highest is the largest ever written");
        }
    }

    /// A set has each element that somebody put in and that nobody took out who knew of that.
    fn check_marks(&mut self, line: &Line, placed: &[Placed<'_>]) {
        let marks = |it: &Placed<'_>| match it.change {
            Change::Insert { fields, .. } => elements(fields.find("marks")),
            Change::Update { include, .. } => elements(include.find("marks")),
            Change::Delete { .. } | Change::Restore { .. } => BTreeSet::new(),
        };
        let taken_out = |element: &String, put: &Placed<'_>| {
            placed.iter().filter(|it| it.version > put.version).any(|it| match it.change {
                Change::Update { exclude, base, .. } => {
                    let knew = it.device == put.device || *base >= put.version;
                    knew && elements(exclude.find("marks")).contains(element)
                }
                _ => false,
            })
        };
        let mut expected = BTreeSet::new();
        for put in placed {
            let stay = marks(put).into_iter().filter(|element| !taken_out(element, put));
            expected.extend(stay);
        }
        let held = elements(line.fields.find("marks"));
        assert_eq!(held, expected, "rule 24: {line:?} has not the marks that were put in");
        let excludes =
            |it: &Placed<'_>| matches!(it.change, Change::Update { exclude, .. } if !exclude.is_empty());
        if placed.iter().any(excludes) {
            self.checks.count("rule 24 an element is there that nobody took out knowingly");
        }
    }

    /// What a device stamps is later than all that it had read (rule 25).
    fn check_stamps(&mut self) {
        // What the server says of members is in the order of its log alone.
        let itself = self.server.itself().device;
        let events = &self.oracle.reference.history.events;
        let mut latest = vec![Hlc::default()];
        for event in events {
            latest.push(event.by.hlc.max(latest[latest.len() - 1]));
        }
        for event in events {
            let Some(op) = event.op.as_ref().filter(|op| op.device_id != itself) else { continue };
            let seen = self.oracle.reference.counted(op.seen);
            let read = latest[usize::try_from(seen.0).unwrap_or(0).min(events.len())];
            assert!(op.hlc > read, "rule 25: {} of {} had read {read}", op.hlc, op.device_id);
            if read > Hlc::default() {
                self.checks.count("rule 25 a stamp is later than all that was read");
            }
        }
    }
}

/// The changes of a record in their order, if all of them simply happened: none was held, taken back, or met a delete.
fn placed<'o>(
    ops: &'o BTreeMap<OpId, Arc<Op>>,
    history: &[HistoryLine],
    id: RecordId,
) -> Option<Vec<Placed<'o>>> {
    let mut all = Vec::new();
    for line in history {
        let (op, version) = (ops.get(&line.op_id)?, line.version?);
        let told = ["rejected", "duplicate", "held", "discarded", "withdrawn", "replaced"];
        if line.outcome.as_deref().is_some_and(|outcome| told.contains(&outcome)) {
            continue;
        }
        if op.payload.about.is_some()
            || line.settled_by.is_some()
            || !["insert", "update"].contains(&line.verb.as_str())
        {
            return None;
        }
        let own = op.payload.changes.iter().filter(|change| change.id() == id);
        all.extend(own.map(|change| Placed { version, epoch: op.seen.epoch, device: op.device_id, change }));
    }
    Some(all)
}

fn number(json: &Json) -> Option<i64> {
    match json {
        Json::Int(number) => Some(*number),
        _ => None,
    }
}

fn elements(json: Option<&Json>) -> BTreeSet<String> {
    let Some(Json::List(elements)) = json else { return BTreeSet::new() };
    let text = |json: &Json| match json {
        Json::Text(text) => Some(text.clone()),
        _ => None,
    };
    elements.iter().filter_map(text).collect()
}
