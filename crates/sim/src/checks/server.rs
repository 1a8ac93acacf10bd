//! What must hold on the server after each group of pushes.

use std::collections::BTreeMap;

use fieldbook_model::op::About;
use fieldbook_model::{Change, Code, Cursor, RecordId, SealedOp, Version};
use fieldbook_protocol::push::Pushed;
use fieldbook_protocol::{Answer, Problem, ProblemCode, PushReply, PushRequest, Verdict};

use super::device::same;
use super::lines::{self, Line, Lines};
use super::sorted;
use crate::world::World;

type Name = (String, RecordId);

impl World {
    /// After the server decided about a push: the reference decides the same, and nobody is answered in vain.
    pub fn check_reply(
        &mut self,
        device: usize,
        request: &PushRequest,
        reply: &Result<PushReply, Problem>,
        fails: bool,
    ) {
        if self.long.is_some() {
            return self.check_long_reply(device, request, reply, fails);
        }
        let name = self.devices[device].name;
        let reply = match (reply, fails) {
            (Ok(_), true) => panic!("rule 51: {name} is answered though the commit failed"),
            (Err(_), true) => return self.checks.count("rule 51 a failed commit answers nobody"),
            (Err(problem), false) if problem.code == ProblemCode::NewerSchema => {
                let principal = self.server.principal(self.devices[device].id);
                let (opinions, ..) = self.oracle.offer(&principal, request, self.wall());
                assert!(opinions.is_empty(), "{name} is turned away with {opinions:?}");
                return self.checks.count("I36 what a newer device sends waits");
            }
            (Err(problem), false) if problem.code == ProblemCode::LogForked => {
                self.checks.count("rule 23 a device that was restored or copied is told so");
                let history = &self.oracle.reference.history;
                let begun = |log| {
                    history.copies.contains_key(&log) || history.events.iter().any(|it| it.device == log)
                };
                if request.branch.as_ref().is_some_and(|branch| !begun(branch.device)) {
                    // The server has lost what the log began as a copy of.
                    return;
                }
                let principal = self.server.principal(self.devices[device].id);
                let wall = self.wall();
                let (expected, ..) = self.oracle.offer(&principal, request, wall);
                return assert_eq!(expected, [], "the reference sees no other log of {name}");
            }
            (Err(problem), false) if problem.code == ProblemCode::HistoryDiffers => {
                return self.checks.count("rule 4 a push of another history is turned away");
            }
            (Err(problem), false) => panic!("{name} is turned away: {problem:?}"),
            (Ok(reply), false) => reply,
        };
        let principal = self.server.principal(self.devices[device].id);
        let wall = self.wall();
        let (expected, again, next) = self.oracle.offer(&principal, request, wall);
        let given: Vec<_> = reply.answers.iter().map(|answer| (answer.op_id, said(answer))).collect();
        assert_eq!(given, expected, "the reference decides otherwise about the push of {name}");
        assert_eq!(reply.expected, next, "the reference expects another seq of {name}");
        if request.gap.is_some() {
            self.checks.count("rule 5 a device tells what nobody has any more");
        }
        for answer in &reply.answers {
            self.checks.count("reference agrees with the verdict");
            self.count_older(request, answer);
            if let Some(word) = telling(answer) {
                self.checks.count(word);
            }
            let line = format!("the server says to {name}'s op {}: {}", answer.seq, said(answer));
            self.tell(&line);
            self.check_permission(&principal, request, answer);
            let first = self.oracle.answers.entry(answer.op_id).or_insert_with(|| answer.clone()).clone();
            match &answer.verdict {
                // A copy of the log offers under its own name what another copy had sent.
                Verdict::DuplicateOf { op, .. } if *op == answer.op_id => {
                    self.checks.count("rule 23 what two copies offer counts once");
                }
                // What was on its way of a log that the device has left since.
                Verdict::Rejected { refusal, .. }
                    if refusal.code == Code::OpAltered && self.is_not_its(device, request, answer) => {}
                _ => assert_eq!(&first, answer, "I5: {name} gets another answer to the same op"),
            }
        }
        for _ in 0..again {
            self.checks.count("I3 a repeated op is answered and not applied");
            self.checks.count("I5 the same answer each time");
        }
    }

    /// Whether what was sent is no op of a device's log as it is, or was before the log had a name of its own.
    fn is_not_its(&self, device: usize, request: &PushRequest, answer: &Answer) -> bool {
        let it = &self.devices[device];
        let sent = request.ops.iter().find(|pushed| pushed.op_id() == answer.op_id);
        let own = it.promised.iter().find(|(_, op)| op.op_id == answer.op_id);
        let hash = own.and_then(|(text, _)| SealedOp::open(text.clone()).ok()).map(|sealed| sealed.hash);
        !it.trunks.is_empty() || sent.map(Pushed::hash) != hash
    }

    fn count_older(&mut self, request: &PushRequest, answer: &Answer) {
        let sent = request.ops.iter().find(|pushed| pushed.op_id() == answer.op_id);
        if let Some(Pushed::Whole(sealed)) = sent
            && sealed.op.schema < self.schema.version
        {
            self.checks.count("I36 an op of an older version is judged as the reference says");
        }
    }

    /// After the server committed something: its state is the reference's, its log grew by what was new.
    pub fn check_server(&mut self, before: Cursor) {
        if self.long.is_some() {
            return self.check_long_server(before);
        }
        let after = self.server.head();
        assert!(after.version >= before.version, "I7: the server's head went back");
        if after == before {
            return;
        }
        let export = self.server.export();
        let apps = export.iter().filter(|line| lines::is_the_apps(line)).cloned().collect();
        same(&sorted(apps), &self.oracle.server(), || "the server's state is not the reference's".to_owned());
        self.checks.count("the server's state is the reference's");
        let lines = Line::all(&export);
        self.check_forgotten(&export);
        self.check_conflicts(&lines);
        self.check_returns(&lines, before.version);
        self.check_undos(before.version);
    }

    /// Nothing that is forgotten is shown, and no id of it is ever shown again (I12, rule 37).
    pub(crate) fn check_forgotten(&mut self, export: &[String]) {
        let forgotten = &self.oracle.reference.history.forgotten;
        if forgotten.is_empty() {
            return;
        }
        for line in Line::all(export).values() {
            assert!(!forgotten.contains(&(line.of.clone(), line.id)), "I12: {line:?} is forgotten");
        }
        self.checks.count("I12 what is forgotten never comes back");
    }

    /// What waits upon something that is forgotten is there for somebody to decide (rule 17).
    pub(crate) fn check_forgetting(&mut self) {
        let history = &self.oracle.reference.history;
        let open = self.oracle.conflicts(Version(u64::MAX)).into_values().filter(|seen| seen.state == "open");
        let of_forgotten = |unit: &fieldbook_reference::UnitSeen| {
            unit.unit.is_none() && history.is_forgotten((unit.of.as_str(), unit.id))
        };
        let waits = open.filter(|seen| seen.units.iter().any(of_forgotten)).count();
        (0..waits).for_each(|_| self.checks.count("rule 17 an addition to what is forgotten waits"));
    }

    fn check_conflicts(&mut self, lines: &Lines) {
        let (conflicts, gaps) = (lines::conflicts(lines), lines::gaps(lines));
        let expected = self.oracle.conflicts(Version(u64::MAX));
        self.check_forgetting();
        for (op, seen) in &expected {
            assert_eq!(conflicts.get(op), Some(seen), "the conflict {op} is not what the reference has");
            self.checks.count("a conflict is what the reference has");
            if seen.state != "open" {
                self.checks.count("a conflict is settled");
            }
        }
        let more: Vec<_> = conflicts.iter().filter(|(op, _)| !expected.contains_key(*op)).collect();
        assert!(more.is_empty(), "conflicts that the reference does not have: {more:?}");
        assert_eq!(gaps, self.oracle.gaps(), "the gap list is not what the reference has");
        gaps.iter().for_each(|_| self.checks.count("the gap list is what the reference has"));
    }

    /// A record that was gone is shown again only because somebody asked for that, for itself or for an owner
    /// (I12), or gave it another owner.
    fn check_returns(&mut self, lines: &Lines, before: Version) {
        let been = std::mem::take(&mut self.oracle.been);
        let mut now: BTreeMap<Name, bool> = been.keys().map(|name| (name.clone(), false)).collect();
        now.extend(lines.keys().map(|name| (name.clone(), true)));
        let back = lines.values().filter(|line| been.get(&(line.of.clone(), line.id)) == Some(&false));
        for line in back {
            let asked = self.asks_back(line, before);
            let owner = line.owners(self.schema).into_iter().find(|owner| been.get(owner) == Some(&false));
            assert!(asked || owner.is_some(), "I12: nobody asked for {line:?} to come back");
            match asked {
                true => self.checks.count("I12 what is deleted comes back only when asked for"),
                false => self.checks.count("I13 a child comes back with its parent"),
            }
        }
        self.oracle.been = now;
    }

    /// Whether an op after a version brings a record back: by its verb, by an edit that wins over the delete, by
    /// another owner, or as what follows from an undo, a decision or a discard.
    fn asks_back(&self, line: &Line, before: Version) -> bool {
        let wins = self.schema.find(&line.of).is_some_and(|ty| ty.edit_wins);
        let events = self.oracle.reference.history.events.iter().filter(|event| event.version > before);
        events.filter_map(|event| event.op.as_ref()).any(|op| {
            let changes = op.payload.changes.iter();
            let own = changes.filter(|change| (change.of(), change.id()) == (line.of.as_str(), line.id));
            let asks = own.into_iter().any(|change| match change {
                Change::Restore { .. } => true,
                Change::Update { set, .. } => {
                    let owners = line.owners(self.schema);
                    wins || set.0.iter().any(|(_, value)| {
                        owners.iter().any(|(_, id)| *value == fieldbook_model::Json::Text(id.to_string()))
                    })
                }
                Change::Insert { .. } | Change::Delete { .. } => false,
            });
            let about = op.payload.about.as_ref();
            asks || about.is_some_and(|about| !matches!(about, About::Replaces(_)))
        })
    }

    /// An undo changes only what its target changed: no other record but those that count against one of the
    /// target's, no other field.
    fn check_undos(&mut self, before: Version) {
        let events = self.oracle.reference.history.events.iter().filter(|event| event.version > before);
        let undos = events.filter_map(|event| match event.op.as_ref()?.payload.about.as_ref()? {
            About::Undoes(target) => Some((event.op_id, *target)),
            _ => None,
        });
        for (undo, target) in undos.collect::<Vec<_>>() {
            if !matches!(
                self.oracle.answers.get(&undo).map(|answer| &answer.verdict),
                Some(Verdict::Committed)
            ) {
                continue;
            }
            let did = self.server.reader().history_of_op(target).expect("BUG: a history");
            let undid = self.server.reader().history_of_op(undo).expect("BUG: a history");
            // What waited behind a held op that is withdrawn happens with the undo, and is not done by it.
            for line in undid.iter().filter(|line| line.op_id == undo) {
                let counts = self.schema.find(&line.of).is_some_and(|ty| ty.insert_only);
                let orphaned =
                    self.schema.find(&line.of).is_some_and(|ty| ty.name == "folder" || ty.name == "paper");
                let same = did.iter().any(|it| (&it.of, it.id) == (&line.of, line.id));
                assert!(same || counts || orphaned, "G9: {undo} undoes {target} and changes {line:?}");
                self.checks.count("G9 an undo takes back only what its target did");
            }
        }
    }
}

/// What an answer says, in the words that the reference uses too.
fn said(answer: &Answer) -> String {
    let version = answer.version;
    match &answer.verdict {
        Verdict::Committed if answer.partly => format!("committed in part at {version}"),
        Verdict::Committed => format!("committed at {version}"),
        Verdict::Rejected { refusal, .. } if refusal.code == Code::OpAltered => "rejected op-altered".into(),
        Verdict::Rejected { refusal, .. } => format!("rejected {} at {version}", refusal.code),
        Verdict::DuplicateOf { op, .. } => format!("duplicate of {op} at {version}"),
        Verdict::Conflicted { conflict, depends_on: None } => format!("held in {conflict} at {version}"),
        Verdict::Conflicted { conflict, depends_on: Some(on) } => {
            format!("held in {conflict} behind {on} at {version}")
        }
    }
}

/// The check for which a verdict is the stake, if there is one.
fn telling(answer: &Answer) -> Option<&'static str> {
    match &answer.verdict {
        Verdict::Rejected { refusal, .. } => match refusal.code {
            Code::KeyReused => Some("I4 a key used for another act is refused"),
            Code::AlreadyResolved => Some("the second resolution is told that the first stands"),
            Code::MovedOn => Some("a resolution of a pair that moved on is told so"),
            Code::DependsOnRejected => Some("a verdict: refused because of a refused one"),
            Code::HasChildren => Some("a verdict: has children"),
            Code::Gone => Some("rule 37 what is about a forgotten record is refused"),
            _ => None,
        },
        Verdict::Conflicted { depends_on: None, .. } => Some("a verdict: held by a clash"),
        Verdict::Conflicted { depends_on: Some(_), .. } => Some("a verdict: held behind another"),
        Verdict::DuplicateOf { .. } => Some("I4 a key names one act"),
        Verdict::Committed if answer.partly => Some("a verdict: committed in part"),
        Verdict::Committed => None,
    }
}
