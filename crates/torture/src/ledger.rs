//! What was promised: every act that was acknowledged, as its caller heard it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::deed::Line;
use crate::device::parsed;

/// A promise of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The op, as it was told.
    pub op_id: String,
    /// Records that must be everywhere from now on, for good.
    pub stands: Vec<String>,
}

/// All promises of one device.
#[derive(Debug, Default)]
pub struct Ledger {
    pub promises: Vec<Promise>,
    /// Keys whose act failed and was not tried again: none of them may have been done.
    pub failed: Vec<String>,
    /// Calls that were made.
    pub acts: u64,
    /// Faults that met a call's process.
    pub harmed: u64,
    /// The op under each key.
    pub by_key: BTreeMap<String, String>,
}

/// What `act -`, `undo`, `redo` and `resolve` answer.
#[derive(Deserialize)]
struct Answer {
    op_id: Option<String>,
}

impl Ledger {
    /// Takes what `act - --json` printed for these lines; gives how many lines were answered. What was cut off in the
    /// middle of an answer promises nothing.
    pub fn answered(&mut self, lines: &[Line], out: &str) -> Result<usize, String> {
        let whole = out.split_inclusive('\n').filter(|answer| answer.ends_with('\n'));
        let mut answers = 0;
        for (line, answer) in lines.iter().zip(whole) {
            answers += 1;
            let Answer { op_id: Some(op_id) } = parsed(answer.trim_end())? else { continue };
            if let Some(key) = &line.key {
                let first = self.by_key.insert(key.clone(), op_id.clone());
                if first.as_ref().is_some_and(|first| *first != op_id) {
                    return Err(format!("under the key {key} there are two acts: {first:?} and {op_id}"));
                }
            }
            self.promises.push(Promise { op_id, stands: line.stands.clone() });
        }
        Ok(answers)
    }

    /// Takes what a call printed that makes one op.
    pub fn told(&mut self, out: &str) -> Result<(), String> {
        for line in out.lines() {
            if let Answer { op_id: Some(op_id) } = parsed(line)? {
                self.promises.push(Promise { op_id, stands: Vec::new() });
            }
        }
        Ok(())
    }

    /// Records that were promised to stand.
    pub fn standing(&self) -> impl Iterator<Item = &String> {
        self.promises.iter().flat_map(|promise| &promise.stands)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: &str) -> Line {
        Line { key: Some(key.to_owned()), text: String::new(), stands: vec![format!("record of {key}")] }
    }

    #[test]
    fn an_answer_that_was_cut_off_promises_nothing() {
        let mut ledger = Ledger::default();
        let out = "{\"seq\":1,\"op_id\":\"one\"}\n{\"seq\":2,\"op_id\":\"tw";
        assert_eq!(ledger.answered(&[line("a"), line("b")], out), Ok(1));
        assert_eq!(ledger.standing().collect::<Vec<_>>(), ["record of a"]);
    }

    #[test]
    fn a_refused_line_is_answered_and_promises_nothing() {
        let mut ledger = Ledger::default();
        let out = "{\"line\":1,\"error\":{\"code\":\"wrong\"}}\n{\"seq\":1,\"op_id\":\"one\"}\n";
        assert_eq!(ledger.answered(&[line("a"), line("b")], out), Ok(2));
        assert_eq!(ledger.standing().collect::<Vec<_>>(), ["record of b"]);
    }

    #[test]
    fn two_acts_under_one_key_are_noticed() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.answered(&[line("a")], "{\"op_id\":\"one\"}\n"), Ok(1));
        assert_eq!(ledger.answered(&[line("a")], "{\"op_id\":\"one\"}\n"), Ok(1));
        assert!(ledger.answered(&[line("a")], "{\"op_id\":\"two\"}\n").is_err());
    }
}
