//! The session machine: told the time, what the network did and what the user did, it says what to do next.
//!
//! ```text
//!   Wrote ──► Collect ──► Push ──► Record ─┐          (again while anything waits; the next batch is
//!                                          ▼           collected while the one before is on its way)
//!   Live/Pull pages ──► Apply ──► level? ──► Live
//! ```
//!
//! While a long queue is sent, news is held for a moment and then taken in at once: each page costs the device
//! about as much as the server's share of a push, and both would wait for each other.
//!
//! Its whole surface is [`Machine::handle`], [`Machine::poll`] and [`Machine::deadline`]. It holds nothing
//! that a kill could lose: what must survive is in the store, and `Begin` tells it again.

use std::collections::VecDeque;

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cursor, Seq, Version, WallTime};
use fieldbook_protocol::PushReply;
use fieldbook_protocol::live::Event;

use crate::backoff::{Backoff, Dice, wait_ms};
use crate::status::{Link, Session};
use crate::trouble::{Kind, Trouble};

/// A push without an answer for so long has failed, in milliseconds.
const PUSH_TIMEOUT_MS: u64 = 30_000;
/// A pull without a page for so long has failed.
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
/// A server that asks for a longer wait than this is not believed.
const RETRY_AFTER_MAX_MS: u64 = 3_600_000;

/// The time, as a driver hands it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds of a clock that only goes forward.
    pub mono_ms: u64,
    /// What the device's wall clock says.
    pub wall: WallTime,
}

/// Names a call, so that the late answer to an old one is known as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What the machine is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The store is open. Everything else comes after this.
    Begin {
        /// Where the device is.
        cursor: Cursor,
        /// A wait that was going on when the last session ended.
        backoff: Option<Backoff>,
    },
    /// There is something new in the op log.
    Wrote,
    /// The answer to `Collect`: a batch, or nothing is waiting.
    Collected(Option<Collected>),
    /// The answer to `Push`.
    Pushed(CallId, Result<PushReply, Trouble>),
    /// `Record` is done.
    Recorded,
    /// A page of a pull.
    Page(CallId, String),
    /// A pull is over.
    PullEnded(CallId, Result<(), Trouble>),
    /// The answer to `Apply`.
    Applied(Applied),
    /// An event of the live stream.
    Live(CallId, Event),
    /// The live stream is over.
    LiveEnded(CallId, Trouble),
    /// The network came back, or somebody asked to sync now: waiting is over.
    SyncNow,
    /// Time has passed.
    Tick,
}

/// A batch of ops, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The body of the push.
    pub body: String,
    /// Its first op.
    pub first: Seq,
    /// Its last op.
    pub last: Seq,
    /// How many.
    pub ops: u32,
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It is shown; the device has everything up to here, and the head was there.
    Shown {
        /// The device's cursor.
        cursor: Cursor,
        /// The last version of the workspace that the page knew of.
        head: Version,
    },
    /// It is kept until the rest is there.
    Staged,
    /// Nothing in it was new.
    Known,
    /// It does not join what the device has.
    Gap,
    /// It is not a page, or not of this workspace.
    Unusable(String),
}

/// What a driver is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Take ops from the log, and tell `Collected`.
    Collect {
        /// From this seq; else from the first without an answer.
        from: Option<Seq>,
        /// At most so many ops; `None`: as the limits say.
        ops_max: Option<u32>,
        /// Only the head of one op, because it is too large to send.
        head_only: bool,
    },
    /// Send a push, and tell `Pushed`.
    Push(CallId, String),
    /// Store answers, and tell `Recorded`.
    Record(PushReply),
    /// Pull from where the store is, and tell `Page` for each page and `PullEnded`.
    Pull(CallId),
    /// Take in a page, and tell `Applied`.
    Apply(String),
    /// Open a live stream at a cursor, and tell `Live` and `LiveEnded`.
    OpenLive(CallId, Cursor),
    /// Stop a call; nothing more of it is wanted.
    Cancel(CallId),
    /// Keep this wait, or that there is none, beyond a restart.
    Remember(Option<Backoff>),
    /// The device is level with the server as far as it knows.
    Level,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Push {
    Idle,
    Collecting { ask: Ask },
    Sending { call: CallId, until_ms: u64, ops: u32, ask: Ask },
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

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pull {
    Idle,
    Streaming { call: CallId, until_ms: u64 },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Live {
    Closed,
    Open { call: CallId, until_ms: u64 },
}

/// The kinds of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leg {
    Push,
    Pull,
    Live,
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
    /// What the next collect asks for, when it is more than "what is next".
    ask: Ask,
    push: Push,
    ahead: Ahead,
    /// How many answers to `Collect` are still to come that nobody wants any more.
    stale: u32,
    /// How many `Record`s are not done yet.
    recording: u32,
    /// By when held news is taken in, while a queue is sent.
    news_by_ms: Option<u64>,
    pull: Pull,
    /// Pages in a row that did not join.
    gaps: u32,
    live: Live,
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
    ops_max: Option<u32>,
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
            ask: Ask::default(),
            push: Push::Idle,
            ahead: Ahead::Unknown,
            stale: 0,
            recording: 0,
            news_by_ms: None,
            pull: Pull::Idle,
            gaps: 0,
            live: Live::Closed,
            link: Link::Connected,
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
        let pull = match self.pull {
            Pull::Streaming { until_ms, .. } => Some(until_ms),
            Pull::Idle => None,
        };
        let live = match self.live {
            Live::Open { until_ms, .. } => Some(until_ms),
            Live::Closed => None,
        };
        let link = match self.link {
            Link::Broken { until_ms, .. } => Some(until_ms),
            _ => None,
        };
        [push, pull, live, link, self.level_by_ms, self.news_by_ms].into_iter().flatten().min()
    }

    /// What a status line needs to know of the session.
    pub fn session(&self, now: Now) -> Session {
        let (sending, receiving) = (self.push != Push::Idle, self.pull != Pull::Idle);
        let still = |since_ms: u64| now.mono_ms.saturating_sub(since_ms) >= STUCK_MS;
        let stuck = match self.link {
            Link::Connected if sending && still(self.sent_ms) => Some("sending"),
            Link::Connected if receiving && still(self.received_ms) => Some("receiving"),
            _ => None,
        };
        Session { link: self.link.clone(), sending, receiving, stuck }
    }

    /// Whether nothing is left to do until something new happens: all sent, recorded and level.
    pub fn is_quiet(&self) -> bool {
        let idle = self.push == Push::Idle && self.pull == Pull::Idle && self.outputs.is_empty();
        let idle = idle && self.recording == 0;
        self.begun && idle && !self.waiting && !self.pull_due && self.cursor.version >= self.head
    }

    /// Takes in what happened. Then `poll` until it gives nothing.
    pub fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::Begin { cursor, backoff } => self.begin(now, cursor, backoff),
            Input::Wrote => self.waiting = true,
            Input::Collected(batch) => self.collected(now, batch),
            Input::Pushed(call, result) => self.pushed(now, call, result),
            Input::Recorded => self.recording = self.recording.saturating_sub(1),
            Input::Page(call, page) => self.page(now, call, page),
            Input::PullEnded(call, result) => self.pull_ended(now, call, result),
            Input::Applied(applied) => self.applied(now, applied),
            Input::Live(call, event) => self.event(now, call, event),
            Input::LiveEnded(call, trouble) => self.live_ended(now, call, trouble),
            Input::SyncNow => self.resume(now),
            Input::Tick => {}
        }
        self.overdue(now);
        self.advance(now);
    }

    fn begin(&mut self, now: Now, cursor: Cursor, backoff: Option<Backoff>) {
        if self.begun {
            return;
        }
        (self.begun, self.cursor) = (true, cursor);
        (self.waiting, self.pull_due) = (true, true);
        if let Some(backoff) = backoff {
            self.attempt = backoff.attempt;
            self.remembered = true;
            let until_ms = now.mono_ms + backoff.rest_ms(now.wall);
            self.link = Link::Broken { trouble: Trouble::NoAnswer, until_ms };
        }
    }

    fn resume(&mut self, now: Now) {
        if self.link != Link::Connected {
            (self.sent_ms, self.received_ms) = (now.mono_ms, now.mono_ms);
        }
        self.link = Link::Connected;
        (self.waiting, self.pull_due) = (true, true);
    }

    // Push

    fn collected(&mut self, now: Now, batch: Option<Collected>) {
        if self.stale > 0 {
            self.stale -= 1;
            return;
        }
        match (&self.push, &self.ahead) {
            (Push::Collecting { ask }, _) => {
                let ask = *ask;
                self.push = Push::Idle;
                match batch {
                    // What the push that failed should have brought is settled by other means.
                    None if self.sore == Some(Leg::Push) && self.link == Link::Connected => {
                        self.succeeded(Leg::Push);
                    }
                    None => {}
                    Some(batch) if self.link == Link::Connected => self.send(now, batch, ask),
                    // What broke the link has set `waiting`.
                    Some(_) => self.ask = ask,
                }
            }
            (Push::Sending { .. }, Ahead::Collecting) => {
                self.ahead = batch.map_or(Ahead::Nothing, Ahead::Ready);
            }
            _ => {}
        }
    }

    /// Sends a batch, and has the next one collected meanwhile.
    fn send(&mut self, now: Now, batch: Collected, ask: Ask) {
        let call = self.call();
        let until_ms = now.mono_ms + PUSH_TIMEOUT_MS;
        self.push = Push::Sending { call, until_ms, ops: batch.ops, ask };
        self.outputs.push_back(Output::Push(call, batch.body));
        self.ahead = Ahead::Collecting;
        self.collect(Ask { from: Some(batch.last.next()), ..Ask::default() });
    }

    /// Asks for ops. Whoever writes after this may be missing in the answer, and sets `waiting` again.
    fn collect(&mut self, ask: Ask) {
        let Ask { from, ops_max, head_only } = ask;
        self.waiting = false;
        self.outputs.push_back(Output::Collect { from, ops_max, head_only });
    }

    fn forget_ahead(&mut self) -> Ahead {
        let ahead = std::mem::replace(&mut self.ahead, Ahead::Unknown);
        self.stale += u32::from(ahead == Ahead::Collecting);
        ahead
    }

    fn pushed(&mut self, now: Now, call: CallId, result: Result<PushReply, Trouble>) {
        let Push::Sending { call: current, ops, ask, .. } = self.push else { return };
        if call != current {
            return;
        }
        self.push = Push::Idle;
        match result {
            Ok(reply) if stands_still(&reply, ask) => {
                self.fail(now, Leg::Push, Trouble::Foreign("a reply without an answer".to_owned()));
            }
            Ok(reply) => self.answered(now, ops, reply),
            Err(trouble) if trouble.kind() == Kind::Smaller && !ask.head_only => {
                self.shrink(now, ops, ask, trouble);
            }
            Err(trouble) => self.fail(now, Leg::Push, trouble),
        }
    }

    fn answered(&mut self, now: Now, ops: u32, reply: PushReply) {
        if !reply.answers.is_empty() {
            self.sent_ms = now.mono_ms;
            self.succeeded(Leg::Push);
        }
        self.hears_of(now, Cursor { epoch: reply.epoch, version: reply.head });
        let whole = reply.expected.is_none() && reply.answers.len() == ops as usize;
        self.ask = Ask { from: reply.expected, ..Ask::default() };
        match self.forget_ahead() {
            Ahead::Ready(next) if whole => {
                let ask = Ask { from: Some(next.first), ..Ask::default() };
                self.send(now, next, ask);
            }
            Ahead::Nothing if whole => {}
            _ => self.waiting = true,
        }
        self.recording += 1;
        self.outputs.push_back(Output::Record(reply));
    }

    /// The server takes less than was sent: half of it, and of an op that alone is too large only its head, so
    /// that its place is taken and those behind it flow (rule 29).
    fn shrink(&mut self, now: Now, ops: u32, asked: Ask, trouble: Trouble) {
        if planted(Defect::TooLargeIsRetried) {
            return self.fail(now, Leg::Push, trouble);
        }
        self.forget_ahead();
        self.waiting = true;
        self.ask = Ask { ops_max: Some((ops / 2).max(1)), head_only: ops <= 1, from: asked.from };
    }

    // Pull and live

    fn page(&mut self, now: Now, call: CallId, page: String) {
        let Pull::Streaming { call: current, until_ms } = &mut self.pull else { return };
        if call == *current {
            *until_ms = now.mono_ms + PULL_TIMEOUT_MS;
            self.received_ms = now.mono_ms;
            self.outputs.push_back(Output::Apply(page));
        }
    }

    fn pull_ended(&mut self, now: Now, call: CallId, result: Result<(), Trouble>) {
        match &self.pull {
            Pull::Streaming { call: current, .. } if *current == call => self.pull = Pull::Idle,
            _ => return,
        }
        match result {
            Ok(()) => self.succeeded(Leg::Pull),
            Err(trouble) => {
                self.pull_due = true;
                self.fail(now, Leg::Pull, trouble);
            }
        }
    }

    fn applied(&mut self, now: Now, applied: Applied) {
        match applied {
            Applied::Shown { cursor, head } => {
                self.cursor = cursor;
                self.head = self.head.max(head);
                (self.received_ms, self.gaps) = (now.mono_ms, 0);
                // What comes is news too: the rest of it gets its own time.
                self.level_by_ms = self.level_by_ms.map(|_| now.mono_ms + LEVEL_PATIENCE_MS);
                self.level();
            }
            Applied::Staged => (self.received_ms, self.gaps) = (now.mono_ms, 0),
            // A pull that finds nothing new says that the device is level, as one with news does.
            Applied::Known => self.level(),
            Applied::Gap => {
                self.gaps = self.gaps.saturating_add(1);
                match self.gaps > GAPS_MAX {
                    true => self.useless(now, "pages that do not join".to_owned()),
                    false => self.pull_again(),
                }
            }
            Applied::Unusable(why) => self.useless(now, why),
        }
    }

    /// What came is of no use. A link that is down already is not down twice.
    fn useless(&mut self, now: Now, why: String) {
        self.pull_due = true;
        if self.link == Link::Connected {
            self.fail(now, Leg::Pull, Trouble::Foreign(why));
        }
    }

    fn level(&mut self) {
        if self.cursor.version >= self.head {
            self.level_by_ms = None;
            self.outputs.push_back(Output::Level);
        }
    }

    /// What comes does not join what is here: what is on its way is dropped, and a pull starts from the store's place.
    fn pull_again(&mut self) {
        if let Pull::Streaming { call, .. } = std::mem::replace(&mut self.pull, Pull::Idle) {
            self.outputs.push_back(Output::Cancel(call));
        }
        self.pull_due = true;
    }

    fn event(&mut self, now: Now, call: CallId, event: Event) {
        let Live::Open { call: current, until_ms } = &mut self.live else { return };
        if call != *current {
            return;
        }
        *until_ms = now.mono_ms + LIVE_TIMEOUT_MS;
        self.succeeded(Leg::Live);
        match event {
            Event::Beat(_) => {}
            // While a pull is under way its pages carry what the event has; the rest is pulled after it.
            Event::Changes(_) if self.pull != Pull::Idle => self.pull_due = true,
            Event::Changes(_) if self.is_flushing() => self.hold_news(now),
            Event::Changes(page) => self.outputs.push_back(Output::Apply(page)),
            Event::Head(head) => {
                self.head = self.head.max(head.head.version);
                self.pull_due |= head.head != self.cursor;
            }
        }
    }

    fn live_ended(&mut self, now: Now, call: CallId, trouble: Trouble) {
        match &self.live {
            Live::Open { call: current, .. } if *current == call => self.live = Live::Closed,
            _ => return,
        }
        self.pull_due = true;
        self.fail(now, Leg::Live, trouble);
    }

    /// Whether more than one batch is being sent.
    fn is_flushing(&self) -> bool {
        matches!(self.push, Push::Sending { .. }) && matches!(self.ahead, Ahead::Ready(_))
    }

    /// Leaves news for one pull at the end of the queue, or when it has waited long enough.
    fn hold_news(&mut self, now: Now) {
        self.pull_due = true;
        self.news_by_ms.get_or_insert(now.mono_ms + NEWS_PATIENCE_MS);
    }

    /// The server spoke of a head. The live stream should bring it; if it does not, it is pulled.
    fn hears_of(&mut self, now: Now, head: Cursor) {
        self.head = self.head.max(head.version);
        if head == self.cursor {
            return;
        }
        match self.live {
            Live::Open { .. } => {
                self.level_by_ms.get_or_insert(now.mono_ms + LEVEL_PATIENCE_MS);
            }
            Live::Closed => self.pull_due = true,
        }
    }

    // Trouble and time

    fn succeeded(&mut self, leg: Leg) {
        if self.sore.is_some_and(|sore| sore != leg) {
            return;
        }
        (self.attempt, self.sore) = (0, None);
        if std::mem::take(&mut self.remembered) {
            self.outputs.push_back(Output::Remember(None));
        }
    }

    fn fail(&mut self, now: Now, leg: Leg, trouble: Trouble) {
        self.hang_up();
        self.sore = Some(leg);
        self.waiting = true;
        match trouble.kind() {
            Kind::SignIn | Kind::Halt => self.link = Link::Halted(trouble),
            Kind::Retry | Kind::Smaller => {
                self.attempt = self.attempt.saturating_add(1);
                let wait = wait_ms(self.attempt, self.dice.roll());
                let wait = wait.max(trouble.retry_after_ms().min(RETRY_AFTER_MAX_MS));
                let until = WallTime(now.wall.0.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX)));
                self.outputs.push_back(Output::Remember(Some(Backoff { attempt: self.attempt, until })));
                self.remembered = true;
                self.link = Link::Broken { trouble, until_ms: now.mono_ms + wait };
            }
        }
    }

    /// Ends every call: when one fails the others seldom fare better, and a new start is cheap.
    fn hang_up(&mut self) {
        self.forget_ahead();
        self.news_by_ms = None;
        let push = match std::mem::replace(&mut self.push, Push::Idle) {
            Push::Sending { call, .. } => Some(call),
            Push::Collecting { ask } => {
                self.push = Push::Collecting { ask };
                None
            }
            Push::Idle => None,
        };
        let pull = match std::mem::replace(&mut self.pull, Pull::Idle) {
            Pull::Streaming { call, .. } => {
                self.pull_due = true;
                Some(call)
            }
            Pull::Idle => None,
        };
        let live = match std::mem::replace(&mut self.live, Live::Closed) {
            Live::Open { call, .. } => {
                self.pull_due = true;
                Some(call)
            }
            Live::Closed => None,
        };
        self.level_by_ms = None;
        self.outputs.extend([push, pull, live].into_iter().flatten().map(Output::Cancel));
    }

    fn overdue(&mut self, now: Now) {
        let passed = |until_ms: u64| now.mono_ms >= until_ms;
        let push = matches!(self.push, Push::Sending { until_ms, .. } if passed(until_ms));
        let pull = matches!(self.pull, Pull::Streaming { until_ms, .. } if passed(until_ms));
        let live = matches!(self.live, Live::Open { until_ms, .. } if passed(until_ms));
        if push || pull {
            self.fail(now, if push { Leg::Push } else { Leg::Pull }, Trouble::TimedOut);
        } else if live {
            // Its silence was wait enough: a proxy that swallows streams must not keep back the pushes besides.
            self.attempt = 0;
            self.fail(now, Leg::Live, Trouble::TimedOut);
        }
        if self.news_by_ms.is_some_and(passed) {
            self.news_by_ms = None;
        }
        if self.level_by_ms.is_some_and(passed) {
            self.level_by_ms = None;
            self.pull_due |= self.cursor.version < self.head;
        }
    }

    /// Starts whatever may start now.
    fn advance(&mut self, now: Now) {
        if let Link::Broken { until_ms, trouble } = &self.link
            && now.mono_ms >= *until_ms
        {
            // Time that was spent offline is not time without progress; only silence is.
            if *trouble != Trouble::TimedOut {
                (self.sent_ms, self.received_ms) = (now.mono_ms, now.mono_ms);
            }
            self.link = Link::Connected;
        }
        if !self.begun || self.link != Link::Connected {
            return;
        }
        if self.push == Push::Idle && self.waiting {
            let ask = std::mem::take(&mut self.ask);
            self.push = Push::Collecting { ask };
            // A push that is tried again goes on being stuck.
            if self.sore != Some(Leg::Push) {
                self.sent_ms = now.mono_ms;
            }
            self.collect(ask);
        }
        let held = self.is_flushing() && self.news_by_ms.is_some_and(|until_ms| now.mono_ms < until_ms);
        if self.pull == Pull::Idle && self.pull_due && !held {
            (self.pull_due, self.news_by_ms) = (false, None);
            if self.sore != Some(Leg::Pull) {
                self.received_ms = now.mono_ms;
            }
            let call = self.call();
            self.pull = Pull::Streaming { call, until_ms: now.mono_ms + PULL_TIMEOUT_MS };
            self.outputs.push_back(Output::Pull(call));
        }
        if self.live == Live::Closed && self.pull == Pull::Idle {
            let call = self.call();
            self.live = Live::Open { call, until_ms: now.mono_ms + LIVE_TIMEOUT_MS };
            self.outputs.push_back(Output::OpenLive(call, self.cursor));
        }
    }

    fn call(&mut self) -> CallId {
        self.last_call += 1;
        CallId(self.last_call)
    }
}

/// Whether the same push would go out again at once and for ever: nothing was answered, and what the server
/// wants instead, if it says so, is what it was just sent, or what the log no longer gives.
fn stands_still(reply: &PushReply, asked: Ask) -> bool {
    reply.answers.is_empty() && (reply.expected.is_none() || reply.expected == asked.from)
}
