//! What must hold in long days. What changed is looked at each time; the whole state only after so many ops that it costs
//! no more for each of them in a large workspace than in a small one, and at the end.

use std::collections::BTreeMap;

use fieldbook_device_store::{Export, OpState};
use fieldbook_model::{Cursor, DeviceId, Epoch, RecordId, Seq, Version, json};
use fieldbook_protocol::{Problem, ProblemCode, PushReply, PushRequest};

use super::opinion::{Opinion, Saved};
use super::state::{Row, State};
use super::trade::KINDS;
use crate::checks::{Line, all_of_log, is_the_apps};
use crate::world::World;

/// The whole is looked at after as many ops as it has records, and no sooner than after so many.
const LOOKED_MIN: u64 = 1_000;
/// With more ops than this that wait, single records are not looked at.
const WAITING_MAX: usize = 400;
/// Of what a page brought so many records are looked at.
const SAMPLE: usize = 4;

/// Where nothing ever comes back from a backup, all that was said stays.
pub const ALL: Version = Version(u64::MAX);

/// What is kept of a world of long days.
#[derive(Debug)]
pub struct Long {
    /// The second opinion.
    pub opinion: Opinion,
    /// As it was at the last backup of the server, in worlds in which one comes back from that.
    kept: Option<Box<Opinion>>,
    /// Whether this is such a world.
    comes_back: bool,
    /// Up to where everything of the server, and then of each device, was looked at.
    looked: Vec<u64>,
}

impl Long {
    /// Of an empty workspace with so many devices; whether its server comes back from backups.
    pub fn new(devices: usize, comes_back: bool) -> Self {
        Self { opinion: Opinion::new(devices), kept: None, comes_back, looked: vec![0; devices + 1] }
    }

    /// The server is backed up. Tells whether anything ever comes back from that.
    pub fn is_kept(&mut self) -> bool {
        if !self.comes_back {
            return false;
        }
        self.kept = Some(Box::new(self.opinion.clone()));
        true
    }

    /// It comes back from that.
    pub fn returns(&mut self) {
        self.opinion.comes_back(self.kept.as_ref().expect("BUG: a server comes back from no backup"));
        self.looked[0] = 0;
    }

    /// How many ops people made.
    pub fn ops(&self) -> u64 {
        self.opinion.logs.iter().map(|log| log.len() as u64).sum()
    }

    /// Whether it is time to look at the whole of something that has so many records, after so many ops.
    fn is_due(&mut self, place: usize, ops: u64, records: usize) -> bool {
        let due = ops >= self.looked[place] + LOOKED_MIN.max(records as u64);
        if due {
            self.looked[place] = ops;
        }
        due
    }
}

impl World {
    fn opinion(&mut self) -> &mut Opinion {
        &mut self.long().opinion
    }

    /// Its long days.
    pub(crate) fn long(&mut self) -> &mut Long {
        self.long.as_mut().expect("BUG: a world of short days")
    }

    /// After the server decided about a push.
    pub(crate) fn check_long_reply(
        &mut self,
        device: usize,
        request: &PushRequest,
        reply: &Result<PushReply, Problem>,
        fails: bool,
    ) {
        let name = self.devices[device].name;
        let reply = match (reply, fails) {
            (Ok(_), true) => panic!("rule 51: {name} is answered though the commit failed"),
            (Err(_), true) => return self.checks.count("rule 51 a failed commit answers nobody"),
            (Err(problem), false)
                if problem.code == ProblemCode::HistoryDiffers && self.long().comes_back =>
            {
                return self.checks.count("rule 4 a push of another history is turned away");
            }
            (Err(problem), false) => panic!("{name} is turned away: {problem:?}"),
            (Ok(reply), false) => reply,
        };
        if self.long().comes_back {
            self.follow_histories();
        }
        let found = self.opinion().hears(device, request, reply);
        self.checks.count_many("long: a verdict is right", found.fresh);
        self.checks.count_many("long: an op waits for a decision", found.held);
        self.checks.count_many("I5 the same answer each time", found.again);
        let limits = self.server.sizes().limits;
        if request.ops.len() == limits.push_ops_max as usize {
            self.checks.count("long: a push is as long as it may be");
        }
        if found.again > 0 && found.fresh > 0 {
            self.checks.count("long: a push begins with what was answered");
        }
        let line = format!("the server answers {name}: {found:?}");
        self.tell(&line);
    }

    /// Where the histories ended that the server has lost in part is for it to say, and never beyond what is there (G7).
    fn follow_histories(&mut self) {
        let epochs = self.server.epochs();
        let ends: BTreeMap<Epoch, Version> =
            epochs.ended().filter_map(|epoch| Some((epoch, epochs.fork(epoch)?))).collect();
        let opinion = self.opinion();
        let known = opinion.histories.as_ref().map(|(_, ends)| ends);
        for (epoch, end) in &ends {
            let said = known.is_some_and(|known| known.get(epoch) == Some(end));
            assert!(said || *end <= opinion.head(), "G7: epoch {epoch} ends at {end}, beyond what is there");
        }
        opinion.histories = Some((epochs.now, ends));
    }

    /// Up to where what was said stays, whatever comes back from a backup: people speak with each other of nothing later.
    pub(crate) fn stays(&mut self) -> Version {
        match self.long().comes_back {
            true => self.backed_up,
            false => ALL,
        }
    }

    /// After the server committed something.
    pub(crate) fn check_long_server(&mut self, before: Cursor) {
        let head = self.server.head();
        assert!(head.version >= before.version, "I7: the server's head went back");
        let long = self.long.as_mut().expect("BUG: a world of short days");
        assert_eq!(head.version, long.opinion.head(), "I7: the head is not that of the last op");
        if long.is_due(0, head.version.0, long.opinion.now.rows.len()) {
            let export = self.server.export();
            same(&export, &long.opinion.now, |_| Seen::Whole, "the server");
            self.checks.count("long: the server's state is what the ops come to");
        }
    }

    /// After anything that a device's store did.
    pub(crate) fn check_long_device(&mut self, device: usize) {
        let cursor = self.devices[device].store.facts().expect("BUG: facts").cursor;
        let highest = self.devices[device].highest;
        let name = self.devices[device].name;
        if cursor.epoch > highest.epoch {
            self.opinion().begins_anew(device);
            self.long().looked[device + 1] = 0;
            self.devices[device].lost = None;
            self.checks.count("long: a device is told that its server came back from a backup");
        } else {
            assert!(
                cursor.epoch == highest.epoch && cursor.version >= highest.version,
                "I10: the cursor of {name} went back"
            );
        }
        if self.devices[device].lost.is_some() {
            // It shows what it had, and takes in nothing of a history in which it is not.
            return assert_eq!(
                cursor, highest,
                "rule 4: {name} reads on in a history that the server has lost"
            );
        }
        if cursor != highest {
            self.devices[device].highest = cursor;
            self.checks.count("I10 cursors only grow");
            let news = self.opinion().reads(device, cursor.version);
            self.check_news(device, &news);
        }
        let long = self.long.as_mut().expect("BUG: a world of short days");
        let ops = cursor.version.0 + long.opinion.logs[device].len() as u64;
        if long.is_due(device + 1, ops, long.opinion.known[device].1.rows.len()) {
            self.check_long_shown(device);
        }
    }

    /// Some of the records that came are as they should be: the last, and others spread over all.
    fn check_news(&mut self, device: usize, news: &[RecordId]) {
        let long = self.long.as_mut().expect("BUG: a world of short days");
        let known = &long.opinion.known[device].1;
        let log = &long.opinion.logs[device];
        let at = self.devices[device].highest.version;
        let first = log.partition_point(|saved| saved.at.is_some_and(|own| own <= at));
        for n in 0..SAMPLE.min(news.len()) {
            let id = news[(news.len() - 1) * (SAMPLE - n) / SAMPLE];
            let Some(row) = known.rows.get(&id) else { continue };
            let waits =
                |saved: &Saved| saved.decides.is_some() || saved.changes.iter().any(|it| it.id() == id);
            let waits = log.len() - first > WAITING_MAX || log[first..].iter().any(waits);
            if waits {
                continue;
            }
            let kind = &KINDS[row.kind];
            let shown = self.devices[device].store.shown_record(kind.name, id).expect("BUG: a record");
            let name = self.devices[device].name;
            let shown = shown.unwrap_or_else(|| panic!("I8: {name} does not show {} {id}", kind.name));
            for ((field, _), value) in kind.fields.iter().zip(&row.values) {
                let is = shown.find(field).cloned().unwrap_or(fieldbook_model::Json::Null);
                assert_eq!(&is, value, "I8: {field} of {} {id} on {name}", kind.name);
            }
            self.checks.count("long: a record that came is as it should be");
        }
    }

    /// A device shows what it has read, with what waits on top.
    fn check_long_shown(&mut self, device: usize) {
        let long = self.long.as_mut().expect("BUG: a world of short days");
        let (state, touched, asked) = long.opinion.shows(device);
        let shown = self.devices[device].store.export(Export::Shown).expect("BUG: an export");
        let seen = |id: RecordId| match () {
            () if asked.contains(&id) => Seen::Nothing,
            () if touched.contains(&id) => Seen::Values,
            () => Seen::Whole,
        };
        let name = self.devices[device].name;
        same(
            &shown,
            &state,
            seen,
            &format!("I15: {name}, with {} records on which ops wait,", touched.len()),
        );
        self.checks.count("long: shown = confirmed + pending");
        if touched.len() > 1_000 {
            self.checks
                .count("long: shown = confirmed + pending, with more than 1,000 records on which ops wait");
        }
    }

    /// When everything is level.
    pub(crate) fn check_long_end(&mut self) {
        let head = self.server.head().version;
        assert_eq!(head, self.opinion().head(), "I7: the head is not that of the last op");
        let export = self.server.export();
        same(&export, &self.opinion().now, |_| Seen::Whole, "the server");
        self.check_long_log();
        for device in 0..self.devices.len() {
            self.check_long_device(device);
            self.check_long_promises(device);
            let long = self.long.as_ref().expect("BUG: a world of short days");
            for what in [Export::Shown, Export::Confirmed] {
                let lines = self.devices[device].store.export(what).expect("BUG: an export");
                let name = self.devices[device].name;
                same(&lines, &long.opinion.now, |_| Seen::Whole, &format!("I8: {name}"));
            }
            self.checks.count("I8 devices equal the server");
        }
        self.check_sums();
    }

    /// What was saved is in its device's log as it was, with a verdict (I1, I16).
    fn check_long_promises(&mut self, device: usize) {
        let name = self.devices[device].name;
        let log = all_of_log(&mut self.devices[device].store);
        let saved = &self.long.as_ref().expect("BUG: a world of short days").opinion.logs[device];
        assert_eq!(log.len(), saved.len(), "I1: {name}'s log has not what was saved");
        let mut gone = 0;
        for (entry, saved) in log.iter().zip(saved) {
            assert_eq!(entry.op_id, saved.op_id, "I1: op {} of {name} is another", entry.seq);
            let pending = matches!(entry.state, OpState::Waiting | OpState::InFlight | OpState::Answered);
            assert!(!pending, "I17: op {} of {name} is still {:?}", entry.seq, entry.state);
            gone += u64::from(entry.let_go);
            if entry.let_go {
                assert!(saved.at <= Some(self.backed_up), "I2: op {} of {name} is let go of", entry.seq);
                continue;
            }
            let text = self.devices[device].store.op_text(entry.seq).expect("BUG: an op's text");
            let is = text.is_some_and(|text| fieldbook_model::chain::Hash::of(text.as_bytes()) == saved.hash);
            assert!(is, "I1: op {} of {name} is not what was saved", entry.seq);
        }
        let all = log.len() as u64;
        self.checks.count_many("I1 what was saved is there", all - gone);
        self.checks.count_many("rule 5 a device lets go of what a backup has", gone);
    }

    /// The server's log has each op once, in the order of its device's (I2, I3, I7).
    fn check_long_log(&mut self) {
        let mut logs: BTreeMap<DeviceId, u64> = BTreeMap::new();
        let own: BTreeMap<DeviceId, usize> =
            self.devices.iter().enumerate().map(|(place, device)| (device.id, place)).collect();
        for logged in self.server.log(Version::ZERO) {
            let sealed = logged.sealed().expect("BUG: an op of the server's log");
            let place = logs.entry(sealed.op.device_id).or_default();
            *place += 1;
            assert_eq!(sealed.op.seq, Seq(*place), "I7: a gap in the server's log");
            let saved = &self.long.as_ref().expect("BUG: a world of short days").opinion.logs
                [own[&sealed.op.device_id]];
            let saved = &saved[*place as usize - 1];
            assert_eq!(
                (saved.op_id, saved.hash, saved.at),
                (sealed.op.op_id, sealed.hash, Some(logged.answer.version)),
                "I7: the server's log has another op"
            );
        }
        for (id, place) in own {
            let all = self.opinion().logs[place].len() as u64;
            assert_eq!(logs.get(&id).copied().unwrap_or(0), all, "I2: the server's log has not all");
            self.checks.count_many("I7 log gapless, chain intact", all);
        }
    }
}

/// How much of a record is known.
enum Seen {
    /// All.
    Whole,
    /// All but the version.
    Values,
    /// Nothing.
    Nothing,
}

/// An export has the records of a state and no others.
fn same(export: &[String], state: &State, seen: impl Fn(RecordId) -> Seen, whose: &str) {
    let mut count = 0;
    for text in export.iter().filter(|line| is_the_apps(line)) {
        let line: Line = json::parse(text).expect("BUG: a line of an export");
        count += 1;
        let row = state.rows.get(&line.id);
        let row = row.unwrap_or_else(|| panic!("{whose} has what nobody made: {text}"));
        assert!(is_it(&line, row, &seen(line.id)), "{whose} has {text}, and it should be {row:?}");
    }
    if count < state.rows.len() {
        let ids = export.iter().map(|text| json::parse::<Line>(text).expect("BUG: a line of an export").id);
        let ids: std::collections::BTreeSet<RecordId> = ids.collect();
        let lacks = state.rows.iter().find(|(id, _)| !ids.contains(id));
        panic!("{whose} has {count} of {} records, and not {lacks:?}", state.rows.len());
    }
}

fn is_it(line: &Line, row: &Row, seen: &Seen) -> bool {
    let version = match seen {
        Seen::Nothing => return true,
        Seen::Values => true,
        Seen::Whole => line.version == row.version,
    };
    let kind = &KINDS[row.kind];
    let null = fieldbook_model::Json::Null;
    let values = kind.fields.iter().zip(&row.values);
    let mut all = values.map(|((field, _), value)| line.fields.find(field).unwrap_or(&null) == value);
    version && line.of == kind.name && all.all(|is| is)
}
