//! The second opinion about long days. What an op comes to is said once, when it takes its place, from what is known of
//! the records that it changes: it costs as much for the hundred-thousandth op as for the first. The reference, which reads
//! everything from the beginning for each question, is for worlds of short days.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::chain::Hash;
use fieldbook_model::op::{About, Resolution, Take};
use fieldbook_model::{Change, Code, Cursor, Epoch, Fields, Json, Op, OpId, RecordId, Seq, Version};
use fieldbook_protocol::push::Pushed;
use fieldbook_protocol::{Answer, PushReply, PushRequest, Verdict};

use super::state::State;
use crate::people::update;

/// What `act` returned as saved.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The op.
    pub op_id: OpId,
    /// Of its text.
    pub hash: Hash,
    /// What it says.
    pub changes: Vec<Change>,
    /// The conflict that it decides.
    pub decides: Option<OpId>,
    /// Its place in the order.
    pub at: Option<Version>,
}

/// Ops of one log that wait for a decision about one tariff.
#[derive(Debug, Clone)]
struct Chain {
    device: usize,
    tariff: RecordId,
    opened: Version,
    /// Where the last of them stands.
    last: Version,
    /// What the last of them wants.
    wants: Json,
    open: bool,
}

/// What everything should have come to.
#[derive(Debug, Default, Clone)]
pub struct Opinion {
    /// Each log as its device saved it.
    pub logs: Vec<Vec<Saved>>,
    /// What is in force after everything.
    pub now: State,
    /// What is in force as far as each device has read.
    pub known: Vec<(Version, State)>,
    /// What took hold at each version.
    events: Vec<Vec<Change>>,
    /// How many ops of each log have their place.
    placed: Vec<usize>,
    answers: BTreeMap<OpId, Answer>,
    /// Who changed a tariff's rate, and when.
    rates: BTreeMap<RecordId, Vec<(Version, usize)>>,
    chains: BTreeMap<OpId, Chain>,
    /// Once the server has lost some of its history: the one in force, and up to where each earlier one is the same.
    pub histories: Option<(Epoch, BTreeMap<Epoch, Version>)>,
}

/// What was found in a reply.
#[derive(Debug, Default, Clone, Copy)]
pub struct Found {
    /// Ops that have their place since.
    pub fresh: u64,
    /// Ops that were answered before.
    pub again: u64,
    /// Ops that wait.
    pub held: u64,
}

impl Opinion {
    /// Of an empty workspace with so many devices.
    pub fn new(devices: usize) -> Self {
        Self {
            logs: vec![Vec::new(); devices],
            known: vec![(Version::ZERO, State::default()); devices],
            placed: vec![0; devices],
            ..Self::default()
        }
    }

    /// The last version.
    pub fn head(&self) -> Version {
        Version(self.events.len() as u64)
    }

    /// The versions of all ops, in their order, behind one.
    pub fn since(&self, version: Version) -> impl Iterator<Item = &Change> {
        self.events[version.0 as usize..].iter().flatten()
    }

    /// The server comes back as it was when this was kept: what had its place since has none.
    pub fn comes_back(&mut self, kept: &Self) {
        let Self { now, events, placed, answers, rates, chains, .. } = kept.clone();
        (self.now, self.events, self.placed) = (now, events, placed);
        (self.answers, self.rates, self.chains) = (answers, rates, chains);
        for (log, placed) in self.logs.iter_mut().zip(&self.placed) {
            log[*placed..].iter_mut().for_each(|saved| saved.at = None);
        }
    }

    /// A device is told of another history: it has read nothing of that before.
    pub fn begins_anew(&mut self, device: usize) {
        self.known[device] = (Version::ZERO, State::default());
    }

    /// What a place counts as in the history in force: nothing, in one of which its server was told nothing.
    fn counts(&self, seen: Cursor) -> Version {
        match &self.histories {
            Some((now, ends)) if *now != seen.epoch => {
                ends.get(&seen.epoch).map_or(Version::ZERO, |end| seen.version.min(*end))
            }
            _ => seen.version,
        }
    }

    /// When a conflict came to be, and about which tariff, if there is one.
    pub fn opened(&self, conflict: OpId) -> Option<(Version, RecordId)> {
        self.chains.get(&conflict).map(|chain| (chain.opened, chain.tariff))
    }

    /// A server's answers to a push are right.
    ///
    /// # Panics
    /// When they are not.
    pub fn hears(&mut self, device: usize, request: &PushRequest, reply: &PushReply) -> Found {
        let mut found = Found::default();
        for (pushed, answer) in request.ops.iter().zip(&reply.answers) {
            assert_eq!(pushed.op_id(), answer.op_id, "an answer to another op");
            match self.answers.get(&answer.op_id) {
                Some(first) => {
                    assert_eq!(first, answer, "I5: another answer to the same op");
                    found.again += 1;
                }
                None => {
                    self.takes(device, pushed, answer);
                    found.fresh += 1;
                    found.held += u64::from(matches!(answer.verdict, Verdict::Conflicted { .. }));
                }
            }
        }
        let next = Seq(self.placed[device] as u64 + 1);
        let unanswered = request.ops.get(reply.answers.len());
        assert_eq!(
            reply.expected,
            unanswered.map(|_| next),
            "of {} ops {} are answered",
            request.ops.len(),
            reply.answers.len()
        );
        assert!(unanswered.is_none_or(|op| op.seq() > next), "I17: an op is not answered that comes next");
        found
    }

    /// An op takes its place.
    fn takes(&mut self, device: usize, pushed: &Pushed, answer: &Answer) {
        let Pushed::Whole(sealed) = pushed else { panic!("an op that is not whole was answered") };
        let (place, version) = (self.placed[device], self.head().next());
        assert_eq!(answer.version, version, "I7: the versions have a gap");
        assert_eq!(answer.seq, Seq(place as u64 + 1), "I7: the log has a gap");
        let saved = &mut self.logs[device][place];
        assert_eq!((saved.op_id, saved.hash), (answer.op_id, sealed.hash), "I1: it is not what was saved");
        saved.at = Some(version);
        self.placed[device] += 1;
        self.answers.insert(answer.op_id, answer.clone());
        let changes = self.judges(device, &sealed.op, version, &answer.verdict);
        self.now.play(version, &changes);
        self.events.push(changes);
    }

    /// What takes hold of an op, whose verdict has to be this.
    fn judges(&mut self, device: usize, op: &Op, version: Version, verdict: &Verdict) -> Vec<Change> {
        if let Some(About::Resolves(resolution)) = &op.payload.about {
            return self.settles(device, resolution, version, verdict);
        }
        let rated = op.payload.changes.iter().find_map(rated);
        let Some((tariff, base, wants)) = rated else {
            assert_eq!(*verdict, Verdict::Committed, "an op about which nobody differs");
            // Whoever makes a tariff gives it its first rate. Of that too somebody may not be known to have heard.
            let is_tariff = |change: &&Change| matches!(change, Change::Insert { of, .. } if of == "tariff");
            for made in op.payload.changes.iter().filter(is_tariff) {
                self.rates.entry(made.id()).or_default().push((version, device));
            }
            return op.payload.changes.clone();
        };
        let epoch = op.seen.epoch;
        let (base, seen) = (self.counts(Cursor { epoch, version: base }), self.counts(op.seen));
        let waits = self.chains.iter_mut().find(|(_, chain)| {
            chain.open && (chain.device, chain.tariff) == (device, tariff) && seen < chain.last
        });
        if let Some((conflict, chain)) = waits {
            let behind = matches!(verdict, Verdict::Conflicted { conflict: own, depends_on: Some(_) } if own == conflict);
            assert!(behind, "rule 27: {} waits behind {conflict}, and is {verdict:?}", op.op_id);
            (chain.wants, chain.last) = (wants.clone(), version);
            return Vec::new();
        }
        let rates = self.rates.entry(tariff).or_default();
        let met = rates.iter().rev().take_while(|(at, _)| *at > base).any(|(_, by)| *by != device);
        if met {
            let held = Verdict::Conflicted { conflict: op.op_id, depends_on: None };
            assert_eq!(*verdict, held, "a rate that another changed since {base}");
            let chain =
                Chain { device, tariff, opened: version, last: version, wants: wants.clone(), open: true };
            self.chains.insert(op.op_id, chain);
            return Vec::new();
        }
        assert_eq!(*verdict, Verdict::Committed, "a rate that nobody else changed since {base}");
        rates.push((version, device));
        op.payload.changes.clone()
    }

    /// What takes hold of a decision.
    fn settles(
        &mut self,
        device: usize,
        resolution: &Resolution,
        version: Version,
        verdict: &Verdict,
    ) -> Vec<Change> {
        let chain = self.chains.get_mut(&resolution.conflict).expect("a decision about no conflict");
        match verdict {
            Verdict::Committed => assert!(chain.open, "the second decision counts"),
            Verdict::Rejected { refusal, .. } => {
                let told = [Code::MovedOn, Code::AlreadyResolved].contains(&refusal.code);
                assert!(told, "a decision is refused: {refusal}");
                return Vec::new();
            }
            other => panic!("a decision is {other:?}"),
        }
        chain.open = false;
        match &resolution.choices[0].take {
            Take::Theirs => Vec::new(),
            Take::Mine => {
                self.rates.entry(chain.tariff).or_default().push((version, device));
                let set: Fields = [("rate", chain.wants.clone())].into();
                vec![update("tariff", chain.tariff, [("set", set)])]
            }
            Take::Value(_) => panic!("BUG: nobody wants a third value in long days"),
        }
    }

    /// A device has read up to a version. Gives what came with that.
    pub fn reads(&mut self, device: usize, upto: Version) -> Vec<RecordId> {
        let (known, state) = &mut self.known[device];
        let mut news = Vec::new();
        for (place, changes) in self.events.iter().enumerate().take(upto.0 as usize).skip(known.0 as usize) {
            state.play(Version(place as u64 + 1), changes);
            news.extend(changes.iter().map(Change::id));
        }
        *known = upto;
        news
    }

    /// What a device shows: what it has read, with what it saved and has not read of on top. Beside it the records that
    /// waiting ops touch, and those about which a decision is on its way.
    pub fn shows(&self, device: usize) -> (State, BTreeSet<RecordId>, BTreeSet<RecordId>) {
        let (known, mut state) = self.known[device].clone();
        let (mut touched, mut asked) = (BTreeSet::new(), BTreeSet::new());
        let log = &self.logs[device];
        let first = log.partition_point(|saved| saved.at.is_some_and(|at| at <= known));
        for saved in &log[first..] {
            state.play(Version::ZERO, &saved.changes);
            touched.extend(saved.changes.iter().map(Change::id));
            asked.extend(saved.decides.and_then(|conflict| Some(self.chains.get(&conflict)?.tariff)));
        }
        (state, touched, asked)
    }

    /// Whether a conflict is open.
    pub fn open(&self) -> usize {
        self.chains.values().filter(|chain| chain.open).count()
    }
}

/// The tariff whose rate a change sets, upon what, and to what.
fn rated(change: &Change) -> Option<(RecordId, Version, Json)> {
    match change {
        Change::Update { of, id, base, set, .. } if of == "tariff" => {
            Some((*id, *base, set.find("rate")?.clone()))
        }
        _ => None,
    }
}
