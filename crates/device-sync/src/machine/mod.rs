//! The session machine: told the time, what the network did and what the user did, it says what to do next.
//!
//! ```text
//!   Wrote ──► Collect ──► Push ──► Record ─┐          (again while anything waits; the next batch is
//!                                          ▼           collected while the one before is on its way)
//!   Live/Pull pages ──► Apply ──► level? ──► Live
//! ```
//!
//! Pushes and pulls stand for the connection: when one fails all calls end, and the link waits. The live stream
//! only saves waiting for news: when it fails it waits alone, and pulls bring the news meanwhile.
//!
//! While a long queue is sent, news is held for a moment and then taken in at once: each page costs the device
//! about as much as the server's share of a push, and both would wait for each other.
//!
//! What surrounds the device ([`Conditions`]) says how eagerly all that is done: `conditions` has the numbers.
//!
//! Its whole surface is [`Machine::handle`], [`Machine::poll`] and [`Machine::deadline`]. It holds nothing
//! that a kill could lose: what must survive is in the store, and `Begin` tells it again.

mod blobs;
mod branching;
mod conditions;
mod failing;
mod loading;
mod pace;
mod receiving;
mod says;
mod sending;

use std::collections::VecDeque;

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cursor, Seq, Version, WallTime};
use fieldbook_protocol::PushReply;
use fieldbook_protocol::live::Event;

use crate::backoff::{Backoff, Dice, LIVE_HEAD_START, slow_wait_ms, wait_ms};
use crate::status::{Download, Link, Session, Upload};
use crate::trouble::{Kind, Trouble};

use blobs::Blob;
use branching::Parted;
pub use conditions::Conditions;
use pace::Pace;
pub use says::{Apart, Applied, Brought, CallId, Collected, Input, Kept, Now, Output, Piece, Repair};

/// A push without an answer for so long has failed, in milliseconds.
const PUSH_TIMEOUT_MS: u64 = 30_000;
/// A pull of which nothing came for so long has failed.
const PULL_TIMEOUT_MS: u64 = 30_000;
/// A live stream without a sign of life for so long is dead; the server's heart beats every 20 s.
const LIVE_TIMEOUT_MS: u64 = 45_000;
/// News that the server spoke of and the live stream did not bring within this is pulled.
const LEVEL_PATIENCE_MS: u64 = 1_000;
/// News is held for no longer than this while a queue is sent.
const NEWS_PATIENCE_MS: u64 = 250;
/// Syncing without progress for so long is called stuck.
const STUCK_MS: u64 = 60_000;
/// After so many pages in a row that do not join, another pull at once would bring no better one.
const GAPS_MAX: u32 = 2;
/// After so many pulls in a row that left a scope apart it is loaded again with the next news, and not at once.
const UNJOINED_MAX: u32 = 8;
/// A device that only listens pulls once in so long all the same: at the end of a pull it can compare what it holds with the
/// server, at the end of an event it cannot.
const LISTENING_MAX_MS: u64 = 24 * 60 * 60 * 1_000;
/// A server that asks for a longer wait than this is not believed.
const RETRY_AFTER_MAX_MS: u64 = 3_600_000;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Push {
    Idle,
    Collecting { ask: Ask },
    Sending { call: CallId, since_ms: u64, until_ms: u64, ops: u32, ask: Ask },
}

/// The batch behind the one that is being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ahead {
    /// Not asked for.
    Unknown,
    /// Asked for.
    Collecting,
    /// There is one.
    Ready(Collected),
    /// There is none.
    Nothing,
}

/// Whether pushes wait because the server has another history than the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stranded {
    No,
    /// Until a pull has ended.
    UntilPulled,
    /// A pull has ended and brought nothing. If the next push is turned away too, that is trouble like any.
    PulledInVain,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pull {
    Idle,
    Streaming {
        call: CallId,
        until_ms: u64,
    },
    /// In the place of pages the versions of the schema are fetched.
    Schema {
        call: CallId,
        until_ms: u64,
    },
    /// The store gets its new shape. Nothing else is fetched before.
    Upgrading,
    /// In the place of pages the server is asked what it has of the log.
    Common {
        call: CallId,
        until_ms: u64,
    },
    /// The store begins a log of its own. Nothing else is fetched before.
    Parting,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Live {
    Closed,
    /// It failed, or nobody looks: then there is a pull, after which it is opened, or rests again.
    Waiting {
        until_ms: u64,
    },
    Open {
        call: CallId,
        until_ms: u64,
    },
}

/// The kinds of calls that stand for the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leg {
    Push,
    Pull,
}

/// Whether calls may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    /// Not before then.
    Until(u64),
    /// Not until somebody asks to sync now.
    Shut,
    /// Not until there is a network.
    NoNetwork,
}

/// The session of one device with its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    dice: Dice,
    last_call: u64,
    begun: bool,
    cursor: Cursor,
    /// The last version that the server spoke of.
    head: Version,
    /// By when the live stream should have brought the head.
    level_by_ms: Option<u64>,
    /// Whether the log may hold ops that no collect has seen, or that were sent in vain.
    waiting: bool,
    /// Whether a pull is due.
    pull_due: bool,
    /// Whether the workspace has a newer version of the schema.
    schema_due: bool,
    /// Whether the server has another log under this device's name: it was restored or copied.
    fork_due: bool,
    /// Whether a log of its own was begun since a push was answered.
    parted: Parted,
    /// Whether a pull has ended since the last trouble, and no news was left to another one since.
    pulled: bool,
    /// Whether a flush goes on with the next collect: that one is not held back.
    unfinished: bool,
    /// When a push last began.
    flushed_ms: Option<u64>,
    /// What the next collect asks for, when it is more than "what is next".
    ask: Ask,
    /// How large pushes may be, when the way does not take full ones.
    pace: Option<Pace>,
    push: Push,
    /// What a push waits for that the server turned away because it has another history.
    stranded: Stranded,
    ahead: Ahead,
    /// How many answers to `Collect` are still to come that nobody wants any more.
    stale: u32,
    /// Ops of this flush that are answered.
    answered: u64,
    /// How many `Record`s are not done yet.
    recording: u32,
    /// By when held news is taken in, while a queue is sent.
    news_by_ms: Option<u64>,
    pull: Pull,
    /// A scope on its way, beside everything else.
    load: Pull,
    /// What it has brought, in bytes.
    load_bytes: u64,
    /// Whether a scope may be asked for that is not here.
    load_due: bool,
    /// Whether a scope may be here, apart, that a pull is to join.
    may_join: bool,
    /// Pulls in a row that left a scope apart.
    unjoined: u32,
    /// Whether the pull that is under way has brought its last page.
    pull_is_whole: bool,
    /// Why nothing may be read any more, while what is queued still goes.
    removed: Option<Trouble>,
    /// A blob on its way, when all else is done.
    blob: Blob,
    /// How many are wanted that are not here.
    blobs: u64,
    /// Troubles with blobs in a row.
    blob_attempt: u32,
    /// What the pull that is under way has brought.
    download: Download,
    /// Pages in a row that did not join.
    gaps: u32,
    /// When the last pull began, or the session.
    last_pull_ms: u64,
    live: Live,
    /// Troubles of the live stream in a row.
    live_attempt: u32,
    gate: Gate,
    /// Before then nothing opens the gate but a person who asks to sync now: the server asked for it, or shuts the device out.
    asked_until_ms: u64,
    conditions: Conditions,
    /// What a person is told of the connection: it changes when a call succeeds or fails, not when a wait ends.
    link: Link,
    /// Troubles in a row.
    attempt: u32,
    /// What failed last. Only its own success ends the row: a server that answers pulls and no pushes would else
    /// be asked again and again without a growing wait.
    sore: Option<Leg>,
    remembered: bool,
    /// When sending began, or last got on.
    sent_ms: u64,
    /// When receiving began, or last got on.
    received_ms: u64,
    outputs: VecDeque<Output>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Ask {
    from: Option<Seq>,
    head_only: bool,
}

impl Machine {
    /// A machine that has not begun. `seed` is all the randomness that it ever gets.
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice(seed),
            last_call: 0,
            begun: false,
            cursor: Cursor::default(),
            head: Version::ZERO,
            level_by_ms: None,
            waiting: false,
            pull_due: false,
            schema_due: false,
            fork_due: false,
            parted: Parted::No,
            pulled: false,
            unfinished: false,
            flushed_ms: None,
            ask: Ask::default(),
            pace: None,
            push: Push::Idle,
            stranded: Stranded::No,
            ahead: Ahead::Unknown,
            stale: 0,
            answered: 0,
            recording: 0,
            news_by_ms: None,
            pull: Pull::Idle,
            load: Pull::Idle,
            load_bytes: 0,
            load_due: false,
            may_join: false,
            unjoined: 0,
            pull_is_whole: false,
            removed: None,
            blob: Blob::Idle,
            blobs: 0,
            blob_attempt: 0,
            download: Download::default(),
            gaps: 0,
            last_pull_ms: 0,
            live: Live::Closed,
            live_attempt: 0,
            gate: Gate::Open,
            asked_until_ms: 0,
            conditions: Conditions::default(),
            link: Link::Connecting,
            attempt: 0,
            sore: None,
            remembered: false,
            sent_ms: 0,
            received_ms: 0,
            outputs: VecDeque::new(),
        }
    }

    /// The next thing to do, if there is one.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to say `Tick`, in monotonic milliseconds, if nothing else happens before.
    pub fn deadline(&self) -> Option<u64> {
        let push = match self.push {
            Push::Sending { until_ms, .. } => Some(until_ms),
            _ => None,
        };
        let until = |pull: &Pull| match pull {
            Pull::Streaming { until_ms, .. }
            | Pull::Schema { until_ms, .. }
            | Pull::Common { until_ms, .. } => Some(*until_ms),
            Pull::Idle | Pull::Upgrading | Pull::Parting => None,
        };
        let (pull, load) = (until(&self.pull), until(&self.load));
        let live = match self.live {
            Live::Open { until_ms, .. } | Live::Waiting { until_ms } => Some(until_ms),
            Live::Closed => None,
        };
        let gate = match self.gate {
            Gate::Until(until_ms) => Some(until_ms),
            Gate::Open | Gate::Shut | Gate::NoNetwork => None,
        };
        let (held, listens) = (self.held_until_ms(), self.listens_until_ms());
        let blob = self.blob_until_ms();
        let times = [push, pull, load, blob, live, gate, held, listens, self.level_by_ms, self.news_by_ms];
        times.into_iter().flatten().min()
    }

    /// What a status line needs to know of the session.
    pub fn session(&self, now: Now) -> Session {
        let sending = self.push != Push::Idle;
        let receiving = self.pull != Pull::Idle || self.load != Pull::Idle;
        let still = |since_ms: u64| now.mono_ms.saturating_sub(since_ms) >= STUCK_MS;
        // Silence goes on while it is waited for the next try.
        let tries = |calls: bool, leg: Leg| match self.gate {
            Gate::Open => calls,
            Gate::Until(_) | Gate::Shut | Gate::NoNetwork => self.met_silence() && self.sore == Some(leg),
        };
        let stuck = match () {
            () if tries(sending, Leg::Push) && still(self.sent_ms) => Some("sending"),
            () if tries(receiving, Leg::Pull) && still(self.received_ms) => Some("receiving"),
            () => None,
        };
        let level = self.pulled && self.cursor.version >= self.head;
        let going = match self.push {
            Push::Sending { ops, .. } => Some(Upload { answered: self.answered, going: ops }),
            _ => None,
        };
        Session {
            link: self.link.clone(),
            conditions: self.conditions,
            sending,
            receiving,
            level,
            stuck,
            held_until_ms: self.held_until_ms(),
            upload: going,
            loading: self.load != Pull::Idle,
            download: self.coming(),
        }
    }

    /// What the pull that is under way has brought, and the load beside it.
    fn coming(&self) -> Option<Download> {
        let (pulls, loads, here) = (self.pull != Pull::Idle, self.load != Pull::Idle, self.cursor.version);
        let still = Download { bytes: 0, from: here, upto: here, head: here };
        let pull = if pulls { self.download } else { still };
        let bytes = pull.bytes + if loads { self.load_bytes } else { 0 };
        (pulls || loads).then_some(Download { bytes, ..pull })
    }

    /// Whether the last trouble was that nothing came at all.
    fn met_silence(&self) -> bool {
        matches!(self.link, Link::Broken { trouble: Trouble::TimedOut, .. })
    }

    /// Whether nothing is left to do until something new happens: all sent, recorded and level.
    pub fn is_quiet(&self) -> bool {
        let idle = self.push == Push::Idle && self.pull == Pull::Idle && self.load == Pull::Idle;
        let idle = idle && self.outputs.is_empty() && !self.load_due;
        let idle = idle && self.recording == 0 && (self.blobs == 0 || self.holds_blobs_back());
        self.begun
            && idle
            && !self.waiting
            && !self.pull_due
            && !self.schema_due
            && !self.fork_due
            && self.cursor.version >= self.head
    }

    /// Takes in what happened. Then `poll` until it gives nothing.
    pub fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Begin { cursor, backoff, wants } => {
                (self.load_due, self.may_join) = (self.load_due || wants, self.may_join || wants);
                self.begin(now, cursor, backoff);
            }
            Input::Wrote => self.waiting = true,
            Input::Collected(batch) => self.collected(now, batch),
            Input::Pushed(call, result) => self.pushed(now, call, result),
            Input::Recorded => self.recording = self.recording.saturating_sub(1),
            Input::Progress(call) => self.progress(now, call),
            Input::Page(call, page) if self.is_load(call) => self.load_page(now, page),
            Input::Page(call, page) => self.page(now, call, page),
            Input::PullEnded(call, result) if self.is_load(call) => self.load_ended(now, result),
            Input::PullEnded(call, result) => self.pull_ended(now, call, result),
            Input::Kept(kept) => self.kept(now, kept),
            Input::NothingToLoad(call) => self.nothing_to_load(call),
            Input::Apart(apart) => self.apart(apart),
            Input::Scopes => self.scopes(),
            Input::Applied(applied) => self.applied(now, applied),
            Input::Schema(call, result) => self.schema(now, call, result),
            Input::Upgraded(result) => self.upgraded(now, result),
            Input::Common(call, result) => self.common(now, call, result),
            Input::Parted(result) => self.has_parted(now, result),
            Input::Blobs(wanted) => self.blobs_are(wanted),
            Input::Blob(call, result) => self.blob(now, call, result),
            Input::NoBlob(call) => self.no_blob(call),
            Input::Live(call, event) => self.event(now, call, event),
            Input::LiveEnded(call, trouble) => self.live_ended(now, call, trouble),
            Input::SyncNow => self.resume(now),
            Input::Conditions(conditions) => self.conditions(now, conditions),
            Input::Tick => {}
        }
        self.overdue(now);
        self.pull_due |= self.listens_until_ms().is_some_and(|until_ms| now.mono_ms >= until_ms);
        self.advance(now);
    }

    /// When a device that only listens pulls all the same.
    fn listens_until_ms(&self) -> Option<u64> {
        let listens = matches!(self.live, Live::Open { .. }) && self.pull == Pull::Idle && !self.pull_due;
        (listens && self.is_open()).then_some(self.last_pull_ms + LISTENING_MAX_MS)
    }

    fn begin(&mut self, now: Now, cursor: Cursor, backoff: Option<Backoff>) {
        if self.begun {
            return;
        }
        (self.begun, self.cursor, self.last_pull_ms) = (true, cursor, now.mono_ms);
        (self.waiting, self.pull_due) = (!planted(Defect::RestartForgetsQueue), true);
        if let Some(backoff) = backoff {
            self.attempt = backoff.attempt;
            self.remembered = true;
            let rest_ms = backoff.rest_ms(now.wall);
            if rest_ms > 0 {
                let until_ms = now.mono_ms + rest_ms;
                self.link = Link::Broken { trouble: Trouble::NoAnswer, until_ms };
                self.gate = Gate::Until(until_ms);
            }
        }
        if self.conditions.no_network && !planted(Defect::NoNetworkIsTrouble) {
            (self.gate, self.link) = (Gate::NoNetwork, Link::NoNetwork);
        }
    }

    /// Waiting is over, and trouble is counted anew.
    fn resume(&mut self, now: Now) {
        (self.waiting, self.pull_due) = (true, true);
        if self.conditions.no_network && !planted(Defect::NoNetworkIsTrouble) {
            return;
        }
        (self.attempt, self.flushed_ms, self.unjoined) = (0, None, 0);
        self.blobs_anew();
        if self.link != Link::Connected {
            (self.sent_ms, self.received_ms) = (now.mono_ms, now.mono_ms);
            self.link = Link::Connecting;
        }
        (self.gate, self.removed) = (Gate::Open, None);
        if matches!(self.live, Live::Waiting { .. }) {
            self.live = Live::Closed;
        }
    }

    /// Starts whatever may start now.
    fn advance(&mut self, now: Now) {
        if matches!(self.gate, Gate::Until(until_ms) if now.mono_ms >= until_ms) {
            // Time that was spent offline is not time without progress; only silence is.
            if !self.met_silence() {
                (self.sent_ms, self.received_ms) = (now.mono_ms, now.mono_ms);
            }
            self.gate = Gate::Open;
        }
        if !self.begun || !self.is_open() {
            return;
        }
        let stranded = self.stranded == Stranded::UntilPulled;
        // Whatever ended a pull: pushes wait for one.
        self.pull_due |= stranded && self.pull == Pull::Idle;
        let stranded = stranded || self.is_parting();
        if self.push == Push::Idle && self.waiting && !stranded && now.mono_ms >= self.flush_ms() {
            let ask = std::mem::take(&mut self.ask);
            self.push = Push::Collecting { ask };
            if !std::mem::take(&mut self.unfinished) {
                self.answered = 0;
            }
            // A push that is tried again goes on being stuck.
            if self.sore != Some(Leg::Push) {
                self.sent_ms = now.mono_ms;
            }
            self.collect(ask);
        }
        if self.removed.is_some() {
            return self.end_removed(now);
        }
        let held = self.is_flushing() && self.news_by_ms.is_some_and(|until_ms| now.mono_ms < until_ms);
        if self.pull == Pull::Idle && self.fork_due {
            self.fork_due = false;
            let call = self.call();
            self.pull = Pull::Common { call, until_ms: now.mono_ms + PULL_TIMEOUT_MS };
            self.outputs.push_back(Output::AskCommon(call));
        }
        if self.pull == Pull::Idle && self.schema_due {
            self.schema_due = false;
            let call = self.call();
            self.pull = Pull::Schema { call, until_ms: now.mono_ms + PULL_TIMEOUT_MS };
            self.outputs.push_back(Output::FetchSchema(call));
        }
        let held = held || planted(Defect::LoadsHoldUp) && self.load != Pull::Idle;
        if self.pull == Pull::Idle && self.pull_due && !held {
            (self.pull_due, self.news_by_ms, self.last_pull_ms) = (false, None, now.mono_ms);
            self.pull_is_whole = false;
            if self.sore != Some(Leg::Pull) {
                self.received_ms = now.mono_ms;
            }
            let call = self.call();
            self.pull = Pull::Streaming { call, until_ms: now.mono_ms + PULL_TIMEOUT_MS };
            let from = self.cursor.version;
            self.download = Download { bytes: 0, from, upto: from, head: self.head.max(from) };
            self.outputs.push_back(Output::Pull(call));
        }
        self.advance_load(now);
        self.advance_blob(now);
        if self.live == Live::Closed && self.pull == Pull::Idle {
            self.listen(now);
        }
    }

    /// Opens the live stream, or rests until the next pull where nobody looks.
    fn listen(&mut self, now: Now) {
        let roll = if self.conditions.hidden { self.dice.roll() } else { 0 };
        if let Some(poll_ms) = self.conditions.poll_ms(roll) {
            self.live = Live::Waiting { until_ms: now.mono_ms + poll_ms };
            return;
        }
        let call = self.call();
        self.live = Live::Open { call, until_ms: now.mono_ms + LIVE_TIMEOUT_MS };
        self.outputs.push_back(Output::OpenLive(call, self.cursor));
    }

    fn call(&mut self) -> CallId {
        self.last_call += 1;
        CallId(self.last_call)
    }
}
