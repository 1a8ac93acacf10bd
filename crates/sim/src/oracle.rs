//! The second opinion of a world: the reference model is offered every push that the server took, and says what
//! the verdicts, the server's state and each device's screen must be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fieldbook_model::op::About;
use fieldbook_model::{
    Change, Cut, DeviceId, Op, OpId, RecordId, Schema, Seq, UserId, Value, Version, WallTime, json,
};
use fieldbook_protocol::page::ScopeAsk;
use fieldbook_protocol::push::Pushed;
use fieldbook_protocol::{Answer, PushRequest};
use fieldbook_reference::{
    Answered, ConflictSeen, Content, Device, LeftOut, Member, Offer, Person, Reference, Ruling, Said,
    Settled, SettledState, is_left_out,
};
use fieldbook_server_sync::Principal;

use crate::checks::{Line, Number, by_name};

/// The reference, and what was learned on the way.
#[derive(Clone)]
pub struct Oracle {
    /// The naive server.
    pub reference: Reference<'static>,
    /// The first answer that each op got.
    pub answers: BTreeMap<OpId, Answer>,
    /// Ops that were in doubt on some device at some time.
    pub doubts: BTreeSet<OpId>,
    /// Ops of which the server has only the head.
    pub heads: BTreeSet<OpId>,
    /// Records that were shown at some time, and whether they are now.
    pub been: BTreeMap<(String, RecordId), bool>,
}

/// What the reference says to one op of a push.
pub type Opinion = (OpId, String);

impl Oracle {
    /// Of an empty workspace.
    pub fn new(schema: &'static Schema, limits: fieldbook_model::Limits) -> Self {
        let mut reference = Reference::new(schema);
        reference.limits = limits;
        let (answers, been) = (BTreeMap::new(), BTreeMap::new());
        Self { reference, answers, doubts: BTreeSet::new(), heads: BTreeSet::new(), been }
    }

    /// Offers a push at a time of the server's clock. Gives the verdict of each op that is answered, whether each was answered before, and the
    /// seq that is wanted instead of the first that is not.
    pub fn offer(
        &mut self,
        principal: &Principal,
        push: &PushRequest,
        now: WallTime,
    ) -> (Vec<Opinion>, u64, Option<Seq>) {
        self.reference.clock = now;
        let member = Member {
            workspace: principal.workspace,
            user: principal.user,
            device: push.branch.as_ref().map_or(principal.device, |branch| branch.device),
            role: principal.role.to_string(),
        };
        if let Some(gap) = &push.gap {
            let number =
                |it: &fieldbook_protocol::push::Number| (it.of.clone(), it.field.clone(), it.number.clone());
            let numbers = gap.numbers.iter().map(number).collect();
            self.reference.gone(member.device, (Seq(gap.first.0 - 1), gap.previous), numbers);
        }
        let (mut opinions, mut again) = (Vec::new(), 0);
        for pushed in &push.ops {
            if matches!(pushed, Pushed::TooLarge(_)) {
                self.heads.insert(pushed.op_id());
            }
            match self.reference.offer(&member, &offer(pushed)) {
                Said::Answered(answered) => opinions.push((pushed.op_id(), words(&answered))),
                Said::Again(answered) => {
                    again += 1;
                    opinions.push((pushed.op_id(), words(&answered)));
                }
                Said::Altered => opinions.push((pushed.op_id(), "rejected op-altered".into())),
                Said::Expected(seq) => return (opinions, again, Some(seq)),
                // The server answers what came before it, and nothing where that is nothing.
                Said::Newer | Said::Forked => return (opinions, again, None),
            }
        }
        (opinions, again, None)
    }

    /// The workspace gets the next version of its schema.
    pub fn upgrade(&mut self, next: &'static Schema) {
        let old = self.reference.history.schema.version;
        self.reference.upgrade(next);
        let history = &self.reference.history;
        let been = std::mem::take(&mut self.been).into_iter();
        self.been = been.map(|((of, id), is)| ((history.type_now(old, &of), id), is)).collect();
    }

    /// What a person is, by the list.
    pub fn person(&self, user: UserId) -> Option<Person> {
        self.reference.person(user)
    }

    /// Whether somebody said what a person is, after one version and before another.
    pub fn told_of(&self, user: UserId, after: Version, before: Version) -> bool {
        let events = self.reference.history.events.iter();
        let between = events.filter(|event| after < event.version && event.version < before);
        between.filter_map(|event| event.op.as_ref()?.payload.about.as_ref()).any(|about| match about {
            About::Member(it) => it.user == user,
            About::Grant(it) => it.user == user,
            _ => false,
        })
    }

    /// Whether anything came to lie elsewhere after one version and before another.
    pub fn moved(&self, after: Version, before: Version) -> bool {
        let events = self.reference.history.events.iter();
        let mut between = events.filter(|event| after < event.version && event.version < before);
        between.any(|event| {
            event.deeds.iter().any(|deed| {
                let around = self.reference.history.schema.find(deed.of).and_then(|ty| ty.inside.as_deref());
                around.is_some() && deed.what.field() == around
            })
        })
    }

    /// What the server must show of the app's own types, in the lines of an export.
    pub fn server(&self) -> Vec<String> {
        let history = &self.reference.history;
        let shown = self.reference.shown();
        let records = history.at_rest(history.schema.version, Version(u64::MAX));
        let live = records.iter().filter(|((of, id), _)| shown.contains_key(&((*of).to_owned(), *id)));
        let now = history.schema;
        let mut lines: Vec<_> =
            live.map(|((of, id), held)| line(now, of, &id.to_string(), held.version, &held.row)).collect();
        lines.sort_unstable();
        lines
    }

    /// The same in the words of an older version of the schema.
    pub fn server_as(&self, version: u32) -> Vec<String> {
        let shown: BTreeSet<RecordId> = self.reference.shown().into_keys().map(|(_, id)| id).collect();
        let lines = self.confirmed_as(version, Version(u64::MAX)).into_iter();
        let id = |line: &String| json::parse::<Line>(line).expect("BUG: a line of an export").id;
        lines.filter(|line| shown.contains(&id(line))).collect()
    }

    /// Every live record of the app's own types at a version, in the lines of an export, orphans too.
    pub fn confirmed(&self, until: Version) -> Vec<String> {
        self.confirmed_as(self.reference.history.schema.version, until)
    }

    /// The same in the words of a version of the schema.
    pub fn confirmed_as(&self, version: u32, until: Version) -> Vec<String> {
        let history = &self.reference.history;
        let schema = history.schema_of(version);
        let records = history.at_rest(version, until);
        let live = records.iter().filter(|(_, held)| !held.deleted);
        live.map(|((of, id), held)| line(schema, of, &id.to_string(), held.version, &held.row)).collect()
    }

    /// The scopes that some asks cover at a version for somebody: those named, those around them, and those beneath where that
    /// is asked; without those that are closed to that person.
    pub fn covered(&self, user: UserId, asks: &[ScopeAsk], until: Version) -> BTreeSet<(String, RecordId)> {
        let history = &self.reference.history;
        let records = history.at_rest(history.schema.version, until);
        let up = |(of, id): (String, RecordId)| {
            std::iter::successors(Some((of, id)), |(of, id)| {
                let (key, _) = records.get_key_value(&(of.as_str(), *id))?;
                history.home(&records, *key)
            })
        };
        let opening = records.keys().filter(|key| history.schema.find(key.0).is_some_and(|ty| ty.scope));
        let mut covered = BTreeSet::new();
        for key in opening {
            let own = (key.0.to_owned(), key.1);
            let named =
                |ask: &&ScopeAsk, (of, id): &(String, RecordId)| ask.scope.of == *of && ask.scope.id == *id;
            if asks.iter().any(|ask| named(&ask, &own)) {
                covered.extend(up(own.clone()));
            }
            if up(own.clone()).any(|around| asks.iter().any(|ask| ask.beneath && named(&ask, &around))) {
                covered.insert(own);
            }
        }
        covered.retain(|(of, id)| !self.reference.is_closed(user, (of, *id), until));
        covered
    }

    /// A cut-off as the reference knows it.
    pub fn left_out(&self, cut: &Cut) -> Option<LeftOut> {
        let ty = self.reference.history.schema.find(&cut.of)?;
        let field = &ty.fields[ty.position(ty.prune.as_deref()?)?];
        let within = cut.scope.as_ref().map(|scope| (scope.of.clone(), scope.id));
        Some(LeftOut { of: cut.of.clone(), from: cut.before.value(field)?, within })
    }

    /// Deleted records that lie outside of some scopes, or are left out: a device may not have heard of it.
    pub fn gone_elsewhere(
        &self,
        scopes: Option<&BTreeSet<(String, RecordId)>>,
        left_out: &[LeftOut],
        until: Version,
    ) -> BTreeSet<RecordId> {
        let history = &self.reference.history;
        let records = history.at_rest(history.schema.version, until);
        let outside = |key: &fieldbook_reference::Key<'_>| {
            let elsewhere = |home| scopes.is_some_and(|scopes| !scopes.contains(&home));
            history.home(&records, *key).is_some_and(elsewhere)
                || left_out.iter().any(|old| is_left_out(history, &records, *key, old))
        };
        let gone = records.iter().filter(|(key, held)| held.deleted && outside(key));
        gone.map(|(key, _)| key.1).collect()
    }

    /// What of that which some ops bring back was deleted at a version: a device that read everything there may still have it, or not.
    pub fn brought_back(&self, ops: &[Arc<Op>], until: Version) -> BTreeSet<RecordId> {
        let restores = ops.iter().flat_map(|op| op.payload.changes.iter());
        let ids = restores.filter_map(|change| match change {
            Change::Restore { id, .. } => Some(*id),
            _ => None,
        });
        let ids: BTreeSet<RecordId> = ids.collect();
        if ids.is_empty() {
            return ids;
        }
        let records = self.reference.history.at_rest(self.reference.history.schema.version, until);
        let gone = records.iter().filter(|((_, id), held)| held.deleted && ids.contains(id));
        gone.map(|((_, id), _)| *id).collect()
    }

    /// What was deleted at a version and is forgotten by now: a device there may not have heard of it.
    pub fn forgotten(&self, until: Version) -> BTreeSet<RecordId> {
        let history = &self.reference.history;
        if history.forgotten.is_empty() {
            return BTreeSet::new();
        }
        let records = history.at_rest(history.schema.version, until);
        let gone = records.iter().filter(|(key, held)| held.deleted && history.is_forgotten(**key));
        gone.map(|((_, id), _)| *id).collect()
    }

    /// What of an export of the server belongs to some scopes and the root.
    pub fn part(
        &self,
        lines: Vec<String>,
        scopes: Option<&BTreeSet<(String, RecordId)>>,
        left_out: &[LeftOut],
        person: Option<&Person>,
    ) -> Vec<String> {
        let history = &self.reference.history;
        let records = history.at_rest(history.schema.version, Version(u64::MAX));
        let here = |text: String| {
            let read: Line = json::parse(&text).expect("BUG: a line of an export");
            let Some((key, held)) = records.get_key_value(&(read.of.as_str(), read.id)) else {
                return Some(text);
            };
            let elsewhere = |home| scopes.is_some_and(|scopes| !scopes.contains(&home));
            let old = |key| left_out.iter().any(|old| is_left_out(history, &records, key, old));
            if history.home(&records, *key).is_some_and(elsewhere) || old(*key) {
                return None;
            }
            let Some(person) = person else { return Some(text) };
            let around = history.scopes_around(&records, *key);
            let ty = history.schema.find(key.0).filter(|ty| person.reads(ty, &around))?;
            let seen = person.seen_of(ty, &around, &held.row);
            Some(line(history.schema, key.0, &key.1.to_string(), held.version, &seen))
        };
        lines.into_iter().filter_map(here).collect()
    }

    /// The open conflicts of a view: those that lie in some scopes and those of the log's own ops, as far as a person may
    /// read them.
    pub fn conflicts_of(
        &self,
        log: DeviceId,
        person: Option<&Person>,
        scopes: Option<&BTreeSet<(String, RecordId)>>,
        until: Version,
    ) -> BTreeMap<OpId, ConflictSeen> {
        let history = &self.reference.history;
        let records = history.at_rest(history.schema.version, until);
        let own = |id: OpId| {
            let mut made = history.events.iter().filter(|event| event.op_id == id);
            made.any(|event| history.shares(log, event.device, event.seq))
        };
        let here = |seen: &ConflictSeen| {
            let home = history.home_of(&records, seen);
            home.is_none_or(|home| scopes.is_none_or(|scopes| scopes.contains(&(home.of, home.id))))
        };
        let open = self.conflicts(until).into_iter().filter(|(_, seen)| seen.state == "open");
        let mine = open.filter(|(id, seen)| own(*id) || here(seen));
        let narrowed = mine.filter_map(|(id, seen)| {
            let Some(person) = person else { return Some((id, seen)) };
            match person.seen_of_conflict(history, &records, &seen) {
                // Its author may read nothing of it any more, and learns that his op waits.
                None if own(id) => Some((id, ConflictSeen { units: Vec::new(), ..seen })),
                narrowed => Some((id, narrowed?)),
            }
        });
        narrowed.collect()
    }

    /// The conflicts as they were at a version.
    pub fn conflicts(&self, until: Version) -> BTreeMap<OpId, ConflictSeen> {
        self.conflicts_as(self.reference.history.schema.version, until)
    }

    /// The same in the words of a version of the schema.
    pub fn conflicts_as(&self, version: u32, until: Version) -> BTreeMap<OpId, ConflictSeen> {
        let history = &self.reference.history;
        let events = self.reference.history.events.iter().filter(|event| event.version <= until);
        let told = events.flat_map(|event| event.conflicts.iter());
        let sorted = |seen: ConflictSeen| ConflictSeen { units: by_name(seen.units.clone()), ..seen };
        let sorted = |seen: &ConflictSeen| sorted(history.conflict_as(version, seen));
        told.map(|(id, seen)| (*id, sorted(seen))).collect()
    }

    /// The gap list as it is now.
    pub fn gaps(&self) -> BTreeSet<Number> {
        self.reference.gaps()
    }

    /// What became of ops of a device that were held or refused, between two versions.
    pub fn settled(&self, device: DeviceId, from: Version, to: Version) -> Vec<Settled> {
        let own = |it: &&Settled| self.reference.history.shares(device, it.device, it.seq);
        let events = &self.reference.history.events;
        let events = events.iter().filter(|event| from < event.version && event.version <= to);
        events.flat_map(|event| &event.settled).filter(own).cloned().collect()
    }

    /// What has become of a device's ops as far as it has read, in words.
    pub fn states(&self, device: DeviceId, cursor: Version) -> BTreeMap<OpId, &'static str> {
        let own = |it: &&Settled| self.reference.history.shares(device, it.device, it.seq);
        let mut states = BTreeMap::new();
        for event in self.reference.history.events.iter().filter(|event| event.version <= cursor) {
            if self.reference.history.shares(device, event.device, event.seq) {
                states.insert(event.op_id, ruled(&event.ruling));
            }
            for line in event.settled.iter().filter(own) {
                states.insert(line.op_id, state(line.state));
            }
        }
        states
    }

    /// What a device with a cursor and a log must show, in the lines of an export; and the records of it that
    /// the server does not show. Which version a device gives those is its own affair: 0, or that of the
    /// deletion where it has heard of one.
    pub fn device(&mut self, device: Device) -> (Vec<String>, BTreeSet<String>) {
        let (history, cursor) = (&self.reference.history, device.cursor);
        let shown = device.shown(history);
        let doubts = device.ops.iter().filter(|op| shown.doubt.contains(&op.seq));
        self.doubts.extend(doubts.map(|op| op.op_id));
        let schema = history.schema_of(device.schema);
        let confirmed = history.at_rest(device.schema, cursor);
        let version = |of: &str, id| match confirmed.get(&(of, id)) {
            Some(held) if !held.deleted => held.version,
            _ => Version::ZERO,
        };
        let mut lines: Vec<_> = shown
            .rows
            .iter()
            .map(|((of, id), row)| line(schema, of, &id.to_string(), version(of, *id), row))
            .collect();
        lines.sort_unstable();
        let own = shown.rows.keys().filter(|(of, id)| version(of, *id) == Version::ZERO);
        (lines, own.map(|(of, id)| head(of, &id.to_string())).collect())
    }
}

/// A line of an export. What was dropped is not in it.
fn line(schema: &Schema, of: &str, id: &str, version: Version, row: &[Value]) -> String {
    let ty = schema.find(of).expect("BUG: a type that is not in the schema");
    let shown = ty.fields.iter().zip(row).filter(|(field, _)| !field.retired);
    let fields: Vec<_> =
        shown.map(|(field, value)| format!("{}:{}", json::write(&field.name), json::write(value))).collect();
    format!(r#"{},"version":{version},"fields":{{{}}}}}"#, head(of, id), fields.join(","))
}

/// How a line of an export begins: an id may be that of two records of different types.
fn head(of: &str, id: &str) -> String {
    format!(r#"{{"type":"{of}","id":"{id}""#)
}

fn offer(pushed: &Pushed) -> Offer {
    match pushed {
        Pushed::Whole(sealed) => Offer::from(sealed.as_ref()),
        Pushed::Broken(..) | Pushed::TooLarge(_) => Offer {
            op_id: pushed.op_id(),
            seq: pushed.seq(),
            previous: pushed.previous(),
            hash: pushed.hash(),
            content: match pushed {
                Pushed::TooLarge(_) => Content::TooLarge,
                _ => Content::Broken,
            },
        },
    }
}

fn words(answered: &Answered<'_>) -> String {
    let version = answered.version;
    match &answered.ruling {
        Ruling::Committed => {
            let lost = |part: &fieldbook_reference::Part<'_>| part.held.is_none() && part.fate.is_lost();
            let partly = if answered.parts.iter().any(lost) { " in part" } else { "" };
            format!("committed{partly} at {version}")
        }
        Ruling::Rejected { code, .. } => format!("rejected {code} at {version}"),
        Ruling::DuplicateOf { op, .. } => format!("duplicate of {op} at {version}"),
        Ruling::Conflicted { conflict, depends_on: None } => format!("held in {conflict} at {version}"),
        Ruling::Conflicted { conflict, depends_on: Some(on) } => {
            format!("held in {conflict} behind {on} at {version}")
        }
    }
}

fn ruled(ruling: &Ruling) -> &'static str {
    match ruling {
        Ruling::Committed => "committed",
        Ruling::Rejected { .. } => "rejected",
        Ruling::DuplicateOf { .. } => "duplicate",
        Ruling::Conflicted { .. } => "conflicted",
    }
}

fn state(settled: SettledState) -> &'static str {
    match settled {
        SettledState::Committed => "committed",
        SettledState::Rejected => "rejected",
        SettledState::Conflicted => "conflicted",
        SettledState::Discarded => "discarded",
        SettledState::Withdrawn => "withdrawn",
        SettledState::Replaced => "replaced",
    }
}
