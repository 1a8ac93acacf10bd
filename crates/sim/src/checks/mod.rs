//! What must hold after each step and at the end. Each check counts how often something was at stake, so that
//! a workload that never tempts a rule is noticed.
//!
//! `people` looks at who may do what, `device` at one device after anything that its store did, `server` at the
//! server after each group of pushes, `end` at everything when the world is level, `silent` at what became of every value
//! that somebody wrote, `sight` at what somebody may read, `compared` at what a rule decides between them, `sums` at what devices
//! and server find when they compare what they hold, `diagnostics` at what a device tells whoever helps, `sealed` at the files of a
//! device, `elsewhere` at what another workspace gets.

mod compared;
mod device;
mod diagnostics;
mod elsewhere;
mod end;
mod lines;
mod people;
mod sealed;
mod server;
mod sight;
mod silent;
mod sums;
mod wipes;

use std::collections::BTreeMap;
use std::fmt;

pub use end::{log_of_all as all_of_log, pending};
pub use lines::{Line, Number, by_name, is_the_apps};
pub use silent::number;
pub use wipes::RESCUE_MS;

/// How often each check had something at stake.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks(BTreeMap<&'static str, u64>);

/// Every check that a long run must have had something at stake for.
const ALL: &[&str] = &[
    "I1 what was saved is there",
    "I1 a kill in the middle of a write leaves all or nothing",
    "I1 a kill in the middle of an act leaves all or nothing",
    "I7 what is no op of a log is turned away",
    "I7 a push that its device did not sign is turned away",
    "I29 whoever was removed is told so",
    "I42 a blob is here, or its device says why not",
    "I42 a blob came whole",
    "I11 pages of two answers come mixed",
    "I36 a page is on its way while a device upgrades",
    "rule 4 what no pull names waits again",
    "rule 28 a pull ends while others write",
    "rule 29 what is too large for the way holds nothing up",
    "rule 35 a page that comes late is not compared",
    "rule 35 a repair in vain ends",
    "rule 48 an older device writes the whole while another writes a part",
    "rule 53 an act on what is not shown is refused",
    "rule 54 news comes beside a part that is on its way",
    "rule 56 a part that moves within what is here brings one row",
    "rule 57 stamps are small",
    "I3 a repeated op is answered and not applied",
    "I4 a key used for another act is refused",
    "I4 a key names one act",
    "I5 the same answer each time",
    "I7 log gapless, chain intact",
    "I8 a page of which a device has some is none",
    "I8 devices equal the server",
    "I9 together or one by one, the same comes of it",
    "I10 cursors only grow",
    "I11 an op of several records is seen whole",
    "I12 what is deleted comes back only when asked for",
    "I12 what is forgotten never comes back",
    "I13 no orphan is shown",
    "I13 a child comes back with its parent",
    "I14 a number has its record or stands in the gap list",
    "I14 a device that came back prints no number twice",
    "I14 every value is in force, in the history, in a conflict or parked",
    "I14 the stock is what was added to it",
    "I15 shown = confirmed + pending",
    "I15 what is held leaves the screen with its conflict",
    "I16 a held op blocks nothing",
    "I16 a refused op blocks nothing",
    "I17 conflicts drain when people decide",
    "I17 queues drain",
    "I18 requests are spread when a server returns",
    "I36 a device is newer than its server",
    "I36 a device reads again what it was told under an older version",
    "I36 a device upgrades with ops that wait",
    "I36 an older device equals the server in its own words",
    "I36 an older device shows confirmed + pending",
    "I36 an op of an older version is judged as the reference says",
    "I36 the schema gets newer while conflicts are open",
    "I33 diagnostics hold nothing that people wrote",
    "I36 the schema gets newer while ops wait",
    "I36 what a newer device sends waits",
    "an app's own types are written",
    "energy: an act in sight and on mains power is sent at once",
    "energy: at rest and hidden, at most 12 requests in any hour",
    "energy: on a low battery flushes are at least four times as far apart",
    "energy: without a network nothing is tried",
    "G9 an undo takes back only what its target did",
    "G9 undo much, redo to the present: nothing changes",
    "a conflict is what the reference has",
    "a scope comes to a device",
    "a scope leaves a device",
    "a person signs in again, and it goes on",
    "a request that is not whole is none",
    "I17 a part that was asked for is shown",
    "I17 a part that was made after it came is shown",
    "rule 13 a record leaves a device with its scope",
    "rule 34 what pending ops touch stays when its scope goes",
    "rule 34 what pending ops touch stays when it is pruned",
    "rule 35 what is old goes, and stays away",
    "rule 35 what was pruned comes back",
    "rule 35 device and server compare, and hold the same",
    "rule 35 a scope is compared",
    "rule 35 what is damaged is found",
    "rule 35 what is damaged is found while ops wait",
    "rule 35 what was damaged is mended",
    "rule 35 what is pruned is compared with as much of the server",
    "a conflict is settled",
    "rule 58 a device that came back goes on behind what the server has",
    "a held op is in one open conflict that every device has",
    "the gap list is what the reference has",
    "the second resolution is told that the first stands",
    "a resolution of a pair that moved on is told so",
    "what becomes of a held op reaches its device: committed",
    "what becomes of a held op reaches its device: discarded",
    "what becomes of a held op reaches its device: held elsewhere",
    "what becomes of a held op reaches its device: refused",
    "what becomes of a held op reaches its device: withdrawn",
    "what becomes of a refused op reaches its device",
    "I28 a right that ended just before counts no more",
    "I28 a right that was given just before counts",
    "I28 a role holds at its place in the order",
    "I29 a page has nothing of what is closed",
    "I27 another workspace is told nothing of this one",
    "I27 another workspace's keys open nothing of this one",
    "I27 what only some may read is nowhere on another's device",
    "a grant is given or ends while a stream is open",
    "I28 who is what is what the reference reads",
    "a person hears at once what is not allowed",
    "rule 33 whoever was removed gets a verdict for what was queued",
    "rule 16 a device below the horizon gets a snapshot",
    "rule 16 what waits is kept while a snapshot comes",
    "rule 17 an addition to what is forgotten waits",
    "rule 37 the server forgets what the reference does",
    "rule 37 what is about a forgotten record is refused",
    "rule 2 an op in doubt is committed after all",
    "rule 24 an element is there that nobody took out knowingly",
    "rule 24 the highest is the largest ever written",
    "rule 25 a stamp is later than all that was read",
    "rule 3 no more of a lost history counts than is in this one",
    "rule 4 a push of another history is turned away",
    "rule 4 a server that came back from a backup begins a new history",
    "rule 5 a device lets go of what a backup has",
    "rule 5 a device tells what nobody has any more",
    "rule 5 what nobody has any more is told as lost",
    "rule 6 when a recovery is closed nobody waits for it",
    "rule 23 a device that came back goes on in a log of its own",
    "rule 23 a device that was restored or copied is told so",
    "rule 6 what names a lost record waits for it",
    "rule 50 a conflict shows what its reader may read",
    "rule 51 a failed commit answers nobody",
    "reference agrees with the verdict",
    "the server's state is the reference's",
    "I29 a stream of a device that is to be wiped ends, and says why",
    "I30 a copy of a wiped device is wiped too",
    "I30 a device says once more that it was wiped",
    "I30 a device says that it was wiped",
    "I30 a locked device is wiped when it asks to be unlocked",
    "I30 a locked device tells what it had to send",
    "I30 a push of a device that is to be wiped is told so",
    "I30 a question of a device that is to be wiped is told so",
    "I30 a sign-in of a device that is to be wiped is told so",
    "I30 a stream of a device that is to be wiped is told so",
    "I30 a wipe is cut off: all is gone",
    "I30 a wipe is cut off: nothing had begun",
    "I30 a wipe is cut off: the secret is gone",
    "I30 a wipe is cut off: the secret is there",
    "I30 a wipe takes nothing of another workspace",
    "I30 an order for another device is not obeyed",
    "I30 an order outlives the membership",
    "I30 an order outlives the session of its device",
    "I30 an order that has not reached its device is taken back",
    "I30 an order that its server did not sign is not obeyed",
    "I30 an order that was taken back and kept is not obeyed",
    "I30 nobody else says that a device was wiped",
    "I30 nothing opens after a wipe",
    "I30 what is told of a wipe is what became of it",
    "I30 what was not sent is taken before the wipe",
    "I30 whoever orders is told first what the device had to send",
    "I31 no file of a device holds an op or a secret in clear",
    "I32 no nonce and no key is used twice",
    "I32 no two bundles of diagnostics have a nonce in common",
    "I32 no two pushes have the nonce of a signature in common",
    "I34 an invitation that has ended lets nobody in",
    "I34 of several who take up one invitation one joins",
    "I35 each decision is noted once",
    "lease: a clock that was put back lengthens nothing",
    "lease: a device is opened as long as it may",
    "lease: a locked device is unlocked by its server",
    "lease: what was not sent waits in a locked device",
    "lease: who was removed is not unlocked",
    "a verdict: held by a clash",
    "a verdict: held behind another",
    "a verdict: refused because of a refused one",
    "a verdict: has children",
    "a verdict: committed in part",
];

/// What some worlds of long days must have had something at stake for, and the faults that they must have met.
const LONG: &[&str] = &[
    "I1 what was saved is there",
    "I5 the same answer each time",
    "I7 log gapless, chain intact",
    "I8 devices equal the server",
    "I10 cursors only grow",
    "I17 queues drain",
    "fault: a commit fails",
    "fault: a kill",
    "fault: a reply breaks at one of its bytes",
    "fault: a reply is lost",
    "fault: a request arrives twice",
    "fault: a session ends",
    "fault: a stream is cut",
    "fault: a write is stopped",
    "fault: connections stay open and say nothing",
    "fault: the server comes back from a backup",
    "fault: the server is away",
    "long: a device is told that its server came back from a backup",
    "long: a push begins with what was answered",
    "long: a push is as long as it may be",
    "long: a record that came is as it should be",
    "long: a verdict is right",
    "long: an act of too many changes is refused at once",
    "long: an op waits for a decision",
    "long: many records are imported",
    "long: shown = confirmed + pending",
    "long: shown = confirmed + pending, with more than 1,000 records on which ops wait",
    "long: somebody decides about a conflict",
    "long: the server's state is what the ops come to",
    "rule 5 a device lets go of what a backup has",
    "rule 35 device and server compare, and hold the same",
    "rule 51 a failed commit answers nobody",
];

/// Every fault that a long run must have had.
const FAULTS: &[&str] = &[
    "fault: a body is too large for the way",
    "fault: a clock jumps",
    "fault: a commit fails",
    "fault: a device comes back from a backup",
    "fault: a device is told that it has no network",
    "fault: a device loses its network",
    "fault: a device starts again",
    "fault: a kill",
    "fault: a reply breaks at one of its bytes",
    "fault: a reply is cut",
    "fault: a reply is lost",
    "fault: a request arrives twice",
    "fault: a request breaks at one of its bytes",
    "fault: a request is lost",
    "fault: a row is damaged",
    "fault: a session ends",
    "fault: a stream is cut",
    "fault: a stream loses a part",
    "fault: a wait that is odd",
    "fault: a write is stopped",
    "fault: an answer 401",
    "fault: an answer 403",
    "fault: an answer 408",
    "fault: an answer 409",
    "fault: an answer 429",
    "fault: an answer 500",
    "fault: an answer 502",
    "fault: an answer 503",
    "fault: an answer 504",
    "fault: connections stay open and say nothing",
    "fault: everything sleeps for days",
    "fault: nobody proves to be the server",
    "fault: rights change while a stream is open",
    "fault: something else answers",
    "fault: the network comes and goes",
    "fault: the schema gets newer",
    "fault: the server asks to come back later",
    "fault: the server comes back from a backup",
    "fault: the server is away",
    "fault: the server's name is not found",
    "fault: a clock is put back",
    "fault: a device is lost and ordered to be wiped",
    "fault: a device stays away for longer than its lease",
    "fault: a wipe is ordered in the middle of a sign-in",
    "fault: a wipe is ordered while a stream is open",
    "fault: an invitation ends while somebody takes it up",
    "fault: an invitation is taken back while somebody takes it up",
    "fault: a wipe meets ops that were not sent",
    "fault: a wiped device comes back from a backup of it",
    "fault: somebody else orders a wipe",
    "fault: what surrounds a device changes",
];

impl Checks {
    /// Something was at stake, and held; or a fault has happened.
    pub fn count(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }
    /// So many times at once.
    pub fn count_many(&mut self, name: &'static str, times: u64) {
        if times > 0 {
            *self.0.entry(name).or_default() += times;
        }
    }
    /// How often.
    pub fn counted(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }
    /// Takes in another run's.
    pub fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(name, count)| *self.0.entry(name).or_default() += count);
    }
    /// The same in worlds of long days.
    pub fn idle_in_long_days(&self) -> Vec<&'static str> {
        LONG.iter().copied().filter(|name| !self.0.contains_key(name)).collect()
    }
    /// Checks that never had anything at stake, and faults that never happened.
    pub fn idle(&self) -> Vec<&'static str> {
        ALL.iter().chain(FAULTS).copied().filter(|name| !self.0.contains_key(name)).collect()
    }
}

/// The checks, then the faults.
impl fmt::Display for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_fault = |name: &str| name.starts_with("fault: ");
        let (faults, checks): (Vec<_>, Vec<_>) = self.0.iter().partition(|(name, _)| is_fault(name));
        checks.into_iter().chain(faults).try_for_each(|(name, count)| writeln!(f, "  {count:>9}  {name}"))
    }
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_unstable();
    lines
}
