//! What was acknowledged is there, once: in its device's log, with an end; and where nothing can be in conflict with
//! it, committed and in everybody's records.

use std::collections::{BTreeMap, BTreeSet};

use crate::device::Entry;
use crate::finding::{Finding, Kind};
use crate::ledger::Ledger;

/// States of an op that is still on its way.
const ON_ITS_WAY: [&str; 3] = ["waiting", "in-flight", "answered"];

/// States that only a server that lost something knows.
const LOST: [&str; 2] = ["lost", "lost-base"];

/// What one device's log tells, beside what its calls had told.
pub fn findings(device: &str, log: &[Entry], ledger: &Ledger, export: &str) -> Vec<Finding> {
    let ops: BTreeMap<&str, &Entry> = log.iter().map(|entry| (entry.op_id.as_str(), entry)).collect();
    let mut found = Vec::new();
    let mut find = |kind, words: String| found.push(Finding::new(kind, format!("{device}: {words}")));
    for Entry { seq, state, .. } in log {
        if ON_ITS_WAY.contains(&state.as_str()) {
            find(Kind::Stuck, format!("op {seq} is {state}"));
        } else if LOST.contains(&state.as_str()) {
            find(Kind::Lost, format!("op {seq} is {state}"));
        }
    }
    for promise in &ledger.promises {
        let op_id = &promise.op_id;
        let Some(entry) = ops.get(op_id.as_str()) else {
            find(Kind::Lost, format!("the act {op_id} was acknowledged and is not in the log"));
            continue;
        };
        if promise.stands.is_empty() {
            continue;
        }
        if entry.state != "committed" {
            find(
                Kind::Other,
                format!("op {} can be in no conflict and is {}: {:?}", entry.seq, entry.state, entry.code),
            );
        }
        for id in promise.stands.iter().filter(|id| !export.contains(id.as_str())) {
            find(Kind::Lost, format!("op {} was acknowledged, and its record {id} is nowhere", entry.seq));
        }
    }
    let keys: BTreeSet<&str> = log.iter().filter_map(|entry| entry.key.as_deref()).collect();
    for key in ledger.failed.iter().filter(|key| keys.contains(key.as_str())) {
        find(Kind::Other, format!("the act under the key {key} was said to have failed, and was done"));
    }
    found
}

/// An op that stands in two places, or a key under which something was done twice.
pub fn twice(logs: &[Vec<Entry>]) -> Option<String> {
    let (mut ops, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for (device, entry) in
        logs.iter().enumerate().flat_map(|(device, log)| log.iter().map(move |it| (device, it)))
    {
        if !ops.insert(&entry.op_id) {
            return Some(format!("the op {} stands in two places", entry.op_id));
        }
        let done = entry.key.as_ref().filter(|_| entry.state == "committed");
        if done.is_some_and(|key| !keys.insert((device, key))) {
            return Some(format!("under the key {:?} something was done twice", entry.key));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Promise;

    fn entry(op_id: &str, state: &str) -> Entry {
        Entry { seq: 1, op_id: op_id.into(), key: Some("k".into()), state: state.into(), code: None }
    }

    fn ledger(op_id: &str, stands: &[&str]) -> Ledger {
        let stands = stands.iter().map(|id| (*id).to_owned()).collect();
        let promises = vec![Promise { op_id: op_id.into(), stands }];
        Ledger { promises, ..Ledger::default() }
    }

    fn check(log: &[Entry], ledger: &Ledger, expected: &[Kind]) {
        let found = findings("d0", log, ledger, r#"{"id":"record"}"#);
        assert_eq!(found.iter().map(|finding| finding.kind).collect::<Vec<_>>(), expected, "{found:?}");
    }

    #[test]
    fn what_was_acknowledged_must_be_somewhere() {
        check(&[entry("a", "committed")], &ledger("a", &["record"]), &[]);
        check(&[entry("a", "rejected")], &ledger("a", &[]), &[]);
        check(&[entry("a", "conflicted")], &ledger("a", &[]), &[]);
        check(&[], &ledger("a", &[]), &[Kind::Lost]);
        check(&[entry("a", "committed")], &ledger("a", &["another"]), &[Kind::Lost]);
        check(&[entry("a", "lost")], &ledger("a", &[]), &[Kind::Lost]);
    }

    #[test]
    fn what_waits_at_the_end_is_stuck() {
        check(&[entry("a", "in-flight")], &ledger("a", &[]), &[Kind::Stuck]);
    }

    #[test]
    fn a_sale_that_waits_for_a_person_is_wrong() {
        check(&[entry("a", "conflicted")], &ledger("a", &["record"]), &[Kind::Other]);
    }

    #[test]
    fn what_was_said_to_have_failed_was_not_done() {
        let failed = Ledger { failed: vec!["k".into()], ..Ledger::default() };
        check(&[entry("a", "committed")], &failed, &[Kind::Other]);
        check(&[], &failed, &[]);
    }

    #[test]
    fn once_is_once() {
        let (a, b) = (entry("a", "committed"), entry("b", "committed"));
        assert!(twice(&[vec![a.clone(), b.clone()]]).is_some(), "one key");
        assert!(twice(&[vec![a.clone()], vec![a.clone()]]).is_some(), "one op");
        assert!(twice(&[vec![a], vec![b]]).is_none(), "keys are each device's own");
    }
}
