//! Small histories as text. Each step is one op of a device, and gets the version that is its number:
//!
//! ```text
//! A insert man.r x=a n=5 + set man.s x=b @3     changes of one op, made by somebody who had read up to version 3
//! A undo 2 · A redo 3 · A discard 2 · A act bill.void undo 2
//! C resolve 4 man.r.x=mine man.r=theirs pair 5  without a pair: the one of now
//! A replaces 3 set man.r x=c · A key K insert …
//! ```

use std::collections::BTreeMap;

use fieldbook_model::clock::{Hlc, WallTime};
use fieldbook_model::op::{About, Choice, Resolution, Take};
use fieldbook_model::schema::{DISCARD, EDIT, Kind, REDO, RESOLVE, UNDO};
use fieldbook_model::{
    Change, Cursor, DeviceId, Epoch, Fields, Json, Op, OpId, Payload, RecordId, Schema, SealedOp, Seq,
    UserId, Version, WorkspaceId,
};
use fieldbook_reference::{Answered, Member, Offer, Reference, Said};

/// A history being played.
pub struct Bench<'s> {
    pub reference: Reference<'s>,
    pub ops: Vec<Op>,
    logs: Logs,
    offers: Vec<(char, Offer)>,
}

/// The ends of the devices' logs.
type Logs = BTreeMap<char, (Seq, fieldbook_model::chain::Hash)>;

/// A fixed id for a name.
pub fn id(name: &str) -> RecordId {
    RecordId::named(name)
}

pub fn device(letter: char) -> DeviceId {
    DeviceId::from_bytes([letter as u8; 16])
}

pub fn op_id(step: usize) -> OpId {
    OpId::v7(step as u64, [7; 10])
}

fn member(letter: char) -> Member {
    let role = match letter {
        'O' => "owner",
        'V' => "viewer",
        _ => "member",
    };
    Member {
        workspace: WorkspaceId::from_bytes([1; 16]),
        // A and a are two devices of one person.
        user: UserId::from_bytes([letter.to_ascii_uppercase() as u8; 16]),
        device: device(letter),
        role: role.to_owned(),
    }
}

impl<'s> Bench<'s> {
    pub fn new(schema: &'s Schema) -> Self {
        Self { reference: Reference::new(schema), ops: Vec::new(), logs: Logs::new(), offers: Vec::new() }
    }

    /// Plays a history; gives what was said to the last step.
    pub fn play(&mut self, history: &str) -> Answered<'s> {
        history.split(';').map(|step| self.step(step.trim())).last().expect("a step")
    }

    fn step(&mut self, text: &str) -> Answered<'s> {
        let op = self.op(text);
        let letter = text.chars().next().expect("a device");
        let sealed = SealedOp::seal(op.clone());
        self.logs.insert(letter, (op.seq, sealed.hash));
        self.ops.push(op);
        self.offers.push((letter, Offer::from(&sealed)));
        match self.reference.offer(&member(letter), &Offer::from(&sealed)) {
            Said::Answered(answered) => answered,
            said => panic!("{text}: {said:?}"),
        }
    }

    /// Where the history is.
    pub fn mark(&self) -> (usize, Logs) {
        (self.ops.len(), self.logs.clone())
    }

    /// Goes back to where it was.
    pub fn rewind(&mut self, (steps, logs): (usize, Logs)) {
        self.reference.rewind(steps);
        self.ops.truncate(steps);
        self.offers.truncate(steps);
        self.logs = logs;
    }

    /// Offers the op of a step, from 0, once more.
    pub fn offer_again(&mut self, step: usize) -> Said<'s> {
        let (letter, offer) = self.offers[step].clone();
        self.reference.offer(&member(letter), &offer)
    }

    /// The op of a step.
    fn op(&self, text: &str) -> Op {
        let head = self.reference.history.head();
        let (text, seen) = match text.split_once(" @") {
            Some((text, seen)) => (text, Version(seen.trim().parse().expect("a version"))),
            None => (text, head),
        };
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let letter = words.remove(0).chars().next().expect("a device");
        let (mut key, mut action) = (None, None);
        while let ["key" | "act", ..] = words[..] {
            let named = if words[0] == "key" { &mut key } else { &mut action };
            *named = Some(words[1].to_owned());
            words.drain(..2);
        }
        let (built_in, payload) = self.payload(&words, seen);
        let (seq, previous) = self.logs.get(&letter).copied().unwrap_or_default();
        let op_id = op_id(self.ops.len() + 1);
        let member = member(letter);
        Op {
            op_id,
            workspace_id: member.workspace,
            user_id: member.user,
            device_id: member.device,
            seq: seq.next(),
            action: action.unwrap_or_else(|| built_in.to_owned()),
            payload,
            idempotency_key: key.unwrap_or_else(|| op_id.to_string()),
            created_at: WallTime(0),
            hlc: Hlc::default(),
            schema: 1,
            seen: Cursor { epoch: Epoch(1), version: seen },
            previous,
        }
    }

    fn payload(&self, words: &[&str], seen: Version) -> (&'static str, Payload) {
        let target = || op_id(words[1].parse().expect("a step"));
        let about = |about| Payload { changes: Vec::new(), about: Some(about) };
        match words[0] {
            "undo" => (UNDO, about(About::Undoes(target()))),
            "redo" => (REDO, about(About::Undoes(target()))),
            "discard" => (DISCARD, about(About::Discards(target()))),
            "resolve" => (RESOLVE, about(About::Resolves(self.resolution(target(), &words[2..])))),
            "replaces" => {
                let changes = self.changes(&words[2..], seen);
                (EDIT, Payload { changes, about: Some(About::Replaces(target())) })
            }
            _ => (EDIT, Payload::from(self.changes(words, seen))),
        }
    }

    fn resolution(&self, conflict: OpId, words: &[&str]) -> Resolution {
        let (choices, pair) = match words.iter().position(|word| *word == "pair") {
            Some(n) => (&words[..n], Some(Version(words[n + 1].parse().expect("a version")))),
            None => (words, None),
        };
        let pair = pair.or_else(|| Some(self.reference.conflicts().get(&conflict)?.pair)).unwrap_or_default();
        let choice = |word: &&str| {
            let (unit, take) = word.split_once('=').expect("a choice");
            let mut path = unit.split('.');
            let (of, name) = (path.next().expect("a type"), path.next().expect("a record"));
            let unit = path.next().map(str::to_owned);
            let take = match take {
                "mine" => Take::Mine,
                "theirs" => Take::Theirs,
                values => Take::Value(self.values(of, &values.split(',').collect::<Vec<_>>(), ':')),
            };
            Choice { of: of.to_owned(), id: id(name), unit, take }
        };
        Resolution { conflict, pair, choices: choices.iter().map(choice).collect() }
    }

    fn changes(&self, words: &[&str], seen: Version) -> Vec<Change> {
        words.split(|word| *word == "+").map(|words| self.change(words, seen)).collect()
    }

    fn change(&self, words: &[&str], base: Version) -> Change {
        let (of, name) = words[1].split_once('.').expect("type.record");
        let (of, id) = (of.to_owned(), id(name));
        let none = Fields::default;
        let fields = self.values(&of, &words[2..], '=');
        let update = Change::Update {
            of: of.clone(),
            id,
            base,
            set: none(),
            add: none(),
            count: none(),
            include: none(),
            exclude: none(),
            reset: none(),
        };
        match (words[0], update) {
            ("insert", _) => Change::Insert { of, id, fields },
            ("delete", _) => Change::Delete { of, id, base },
            ("restore", _) => Change::Restore { of, id, base },
            (
                verb,
                Change::Update {
                    of,
                    id,
                    base,
                    mut set,
                    mut add,
                    mut count,
                    mut include,
                    mut exclude,
                    mut reset,
                },
            ) => {
                let named = match verb {
                    "set" => &mut set,
                    "add" => &mut add,
                    "count" => &mut count,
                    "include" => &mut include,
                    "exclude" => &mut exclude,
                    "reset" => &mut reset,
                    verb => panic!("no verb: {verb}"),
                };
                *named = fields;
                Change::Update { of, id, base, set, add, count, include, exclude, reset }
            }
            _ => unreachable!(),
        }
    }

    /// `name=value` words, each as the field's kind wants it; `-` is nothing.
    fn values(&self, of: &str, words: &[&str], between: char) -> Fields {
        let value = |word: &&str| {
            let (name, value) = word.split_once(between).expect("a field and its value");
            let ty = self.reference.history.schema.find(of);
            let kind = ty.and_then(|ty| ty.fields.iter().find(|it| it.name == name)).map(|field| &field.kind);
            let json = match kind {
                _ if value == "-" => Json::Null,
                Some(Kind::Integer) => value.parse().map_or(Json::Text(value.into()), Json::Int),
                Some(Kind::Set { .. }) => {
                    Json::List(value.split(',').map(|it| Json::Text(it.into())).collect())
                }
                Some(Kind::Ref { .. }) => Json::Text(id(value).to_string()),
                _ => Json::Text(value.to_owned()),
            };
            (name.to_owned(), json)
        };
        Fields(words.iter().map(value).collect())
    }
}
