//! Receiving: pages of pulls and events of the live stream, and when the one gives way to the other.

use fieldbook_protocol::ProblemCode;

use super::*;

impl Machine {
    /// Some of what is on its way has come. What comes slowly is not silent.
    pub(super) fn progress(&mut self, now: Now, call: CallId) {
        self.blob_progress(now, call);
        let pull = if self.is_load(call) { &mut self.load } else { &mut self.pull };
        match (&mut self.push, pull) {
            (_, Pull::Streaming { call: current, until_ms }) if *current == call => {
                *until_ms = now.mono_ms + PULL_TIMEOUT_MS;
                self.received_ms = now.mono_ms;
            }
            (Push::Sending { call: current, until_ms, .. }, _) if *current == call => {
                *until_ms = now.mono_ms + PUSH_TIMEOUT_MS;
                self.sent_ms = now.mono_ms;
            }
            _ => {}
        }
    }

    pub(super) fn page(&mut self, now: Now, call: CallId, page: String) {
        let Pull::Streaming { call: current, until_ms } = &mut self.pull else { return };
        if call == *current {
            *until_ms = now.mono_ms + PULL_TIMEOUT_MS;
            self.received_ms = now.mono_ms;
            self.download.bytes += page.len() as u64;
            self.outputs.push_back(Output::Apply(page));
        }
    }

    pub(super) fn pull_ended(&mut self, now: Now, call: CallId, result: Result<(), Trouble>) {
        match &self.pull {
            Pull::Streaming { call: current, .. } if *current == call => {}
            _ => return,
        }
        match result {
            Ok(()) => {
                self.pull_ended_well();
                self.look_apart();
            }
            Err(trouble) if self.is_fork(Leg::Pull, &trouble) => {
                self.pull = Pull::Idle;
                self.forked();
            }
            Err(trouble) => {
                self.pull = Pull::Idle;
                self.shut_out(now, trouble);
            }
        }
    }

    fn pull_ended_well(&mut self) {
        self.pull = Pull::Idle;
        if self.parted == Parted::JustNow {
            self.parted = Parted::Told;
        }
        if self.stranded == Stranded::UntilPulled {
            self.stranded = Stranded::PulledInVain;
        }
        self.pulled = !self.pull_due;
        self.succeeded(Leg::Pull);
    }

    pub(super) fn applied(&mut self, now: Now, applied: Applied) {
        match applied {
            Applied::Shown { cursor, head, joined, again } => {
                self.pull_is_whole = true;
                self.load_with_news(joined, cursor != self.cursor);
                if joined {
                    self.reopen_live();
                    self.end_with_the_join();
                }
                // In another history the numbers mean other things.
                let known = if cursor.epoch == self.cursor.epoch { self.head } else { Version::ZERO };
                // What the server had in common with this log it may have lost.
                if cursor.epoch != self.cursor.epoch {
                    self.parted = Parted::No;
                }
                (self.cursor, self.head) = (cursor, known.max(head));
                self.stranded = Stranded::No;
                self.offer_again(again);
                (self.download.upto, self.download.head) = (cursor.version, self.head);
                (self.received_ms, self.gaps) = (now.mono_ms, 0);
                self.page_joined();
                // What comes is news too: the rest of it gets its own time.
                self.level_by_ms = self.level_by_ms.map(|_| now.mono_ms + LEVEL_PATIENCE_MS);
                self.level();
            }
            Applied::Outgrown { cursor, head, joined, again } => {
                self.schema_due = true;
                self.applied(now, Applied::Shown { cursor, head, joined, again });
            }
            Applied::Differs { cursor, head, joined, again, repair } => {
                self.applied(now, Applied::Shown { cursor, head, joined, again });
                if repair == Repair::Fetch {
                    self.leave_to_a_pull();
                }
            }
            Applied::TooOld => {
                let code = ProblemCode::NewerSchema;
                self.refused(now, Trouble::Problem { code, retry_after_ms: None });
            }
            Applied::Staged { upto, head } => {
                self.pull_is_whole = false;
                (self.download.upto, self.download.head) = (upto, head);
                (self.received_ms, self.gaps) = (now.mono_ms, 0);
                self.page_joined();
            }
            // A pull that finds nothing new says that the device is level, as one with news does.
            Applied::Known => {
                self.pull_is_whole = true;
                self.page_joined();
                self.level();
            }
            Applied::Gap => {
                self.gaps = self.gaps.saturating_add(1);
                match self.gaps > GAPS_MAX {
                    true => self.useless(now, "pages that do not join".to_owned()),
                    false => self.pull_again(),
                }
            }
            Applied::Forked if self.parted != Parted::No || planted(Defect::CopiesStayOne) => {
                self.useless(now, "verdicts of another log".to_owned());
            }
            Applied::Forked => self.forked(),
            Applied::Unusable(why) => self.useless(now, why),
        }
    }

    /// The page that joins a scope is the last of its pull. Whatever else that call may bring was asked for without the scope.
    fn end_with_the_join(&mut self) {
        if let Pull::Streaming { call, .. } = self.pull {
            self.outputs.push_back(Output::Cancel(call));
            self.pull_ended_well();
        }
    }

    /// The versions of the schema have come, or not.
    pub(super) fn schema(&mut self, now: Now, call: CallId, result: Result<String, Trouble>) {
        if !matches!(&self.pull, Pull::Schema { call: current, .. } if *current == call) {
            return;
        }
        match result {
            Ok(text) => {
                self.pull = Pull::Upgrading;
                self.succeeded(Leg::Pull);
                self.outputs.push_back(Output::Upgrade(text));
            }
            Err(trouble) => {
                (self.pull, self.schema_due) = (Pull::Idle, true);
                self.fail(now, Leg::Pull, trouble);
            }
        }
    }

    /// The store has another shape: what is on its way to it has the old one.
    pub(super) fn upgraded(&mut self, now: Now, result: Result<Cursor, String>) {
        if self.pull != Pull::Upgrading {
            return;
        }
        self.pull = Pull::Idle;
        match result {
            Ok(cursor) => {
                self.cursor = cursor;
                if let Live::Open { call, .. } = std::mem::replace(&mut self.live, Live::Closed) {
                    self.outputs.push_back(Output::Cancel(call));
                }
                if self.load != Pull::Idle {
                    self.drop_load();
                }
                self.pull_again();
            }
            Err(why) => {
                self.schema_due = true;
                // A link that is down already is not down twice.
                if self.is_open() {
                    self.fail(now, Leg::Pull, Trouble::Foreign(why));
                }
            }
        }
    }

    /// A page is the server's: it answers, though a long pull may not be at its end for a while.
    fn page_joined(&mut self) {
        if self.is_open() && self.pull != Pull::Idle && self.sore != Some(Leg::Push) {
            self.link = Link::Connected;
        }
    }

    /// What came is of no use.
    pub(super) fn useless(&mut self, now: Now, why: String) {
        self.refused(now, Trouble::Foreign(why));
    }

    /// What came cannot be taken in. A link that is down already is not down twice.
    fn refused(&mut self, now: Now, trouble: Trouble) {
        match (&self.pull, &self.live) {
            _ if !self.is_open() => {}
            // Without a pull under way it came by the live stream.
            (Pull::Idle, Live::Open { .. }) => {
                self.leave_to_a_pull();
                self.live_failed(now, trouble);
            }
            _ => self.fail(now, Leg::Pull, trouble),
        }
    }

    pub(super) fn level(&mut self) {
        if self.cursor.version >= self.head {
            self.level_by_ms = None;
            self.outputs.push_back(Output::Level);
        }
    }

    /// What comes does not join what is here: what is on its way is dropped, and a pull starts from the store's place.
    pub(super) fn pull_again(&mut self) {
        if let Pull::Streaming { call, .. } = self.pull {
            self.pull = Pull::Idle;
            self.outputs.push_back(Output::Cancel(call));
        }
        self.leave_to_a_pull();
    }

    /// Ops that were answered wait again: what is collected already may lie behind them.
    fn offer_again(&mut self, again: bool) {
        if again {
            self.forget_ahead();
            (self.ask, self.waiting) = (Ask::default(), true);
        }
    }

    /// There is news that a pull is to bring.
    pub(super) fn leave_to_a_pull(&mut self) {
        (self.pull_due, self.pulled) = (true, false);
    }

    pub(super) fn event(&mut self, now: Now, call: CallId, event: Event) {
        let Live::Open { call: current, until_ms } = &mut self.live else { return };
        if call != *current {
            return;
        }
        *until_ms = now.mono_ms + LIVE_TIMEOUT_MS;
        self.live_attempt = 0;
        if self.sore.is_none() {
            self.link = Link::Connected;
        }
        match event {
            Event::Beat(_) => {}
            Event::Problem(problem) => self.live_failed(now, Trouble::from(&*problem)),
            // While a pull is under way its pages carry what the event has; the rest is pulled after it.
            Event::Changes(_) if self.pull != Pull::Idle => self.leave_to_a_pull(),
            Event::Changes(_) if planted(Defect::LoadsHoldUp) && self.load != Pull::Idle => {
                self.leave_to_a_pull();
            }
            Event::Changes(_) if self.is_flushing() => self.hold_news(now),
            Event::Changes(page) => self.outputs.push_back(Output::Apply(page)),
            Event::Head(_) if planted(Defect::LiveHeadIgnored) => {}
            Event::Head(head) => {
                if head.head.epoch == self.cursor.epoch {
                    self.head = self.head.max(head.head.version);
                }
                if head.head != self.cursor {
                    self.leave_to_a_pull();
                }
            }
        }
    }

    pub(super) fn live_ended(&mut self, now: Now, call: CallId, trouble: Trouble) {
        match &self.live {
            Live::Open { call: current, .. } if *current == call => self.live = Live::Closed,
            _ => return,
        }
        self.live_failed(now, trouble);
    }

    /// Whether more than one batch is being sent.
    pub(super) fn is_flushing(&self) -> bool {
        matches!(self.push, Push::Sending { .. }) && matches!(self.ahead, Ahead::Ready(_))
    }

    /// Leaves news for one pull at the end of the queue, or when it has waited long enough.
    pub(super) fn hold_news(&mut self, now: Now) {
        self.leave_to_a_pull();
        self.news_by_ms.get_or_insert(now.mono_ms + NEWS_PATIENCE_MS);
    }

    /// The server spoke of a head. The live stream should bring it; if it does not, it is pulled.
    pub(super) fn hears_of(&mut self, now: Now, head: Cursor) {
        if head.epoch != self.cursor.epoch {
            return self.leave_to_a_pull();
        }
        self.head = self.head.max(head.version);
        if head == self.cursor {
            return;
        }
        match self.live {
            Live::Open { .. } => {
                self.level_by_ms.get_or_insert(now.mono_ms + LEVEL_PATIENCE_MS);
            }
            Live::Closed | Live::Waiting { .. } => self.pull_due = true,
        }
    }
}
