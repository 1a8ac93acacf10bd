//! Sending: collect, push, record, with the next batch collected while the one before is on its way.

use fieldbook_protocol::ProblemCode;

use super::*;

impl Machine {
    pub(super) fn collected(&mut self, now: Now, batch: Option<Collected>) {
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
                    None if self.sore == Some(Leg::Push) && self.is_open() => {
                        self.row_ended();
                        // Whether the server answers again, a pull says.
                        self.pull_due |= self.pull == Pull::Idle;
                    }
                    None => {}
                    Some(batch) if self.is_open() => self.send(now, batch, ask),
                    // What shut the gate has set `waiting`.
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
    pub(super) fn send(&mut self, now: Now, batch: Collected, ask: Ask) {
        let call = self.call();
        let (since_ms, until_ms) = (now.mono_ms, now.mono_ms + PUSH_TIMEOUT_MS);
        self.push = Push::Sending { call, since_ms, until_ms, ops: batch.ops, ask };
        self.flushed_ms = Some(now.mono_ms);
        self.outputs.push_back(Output::Push(call, batch.body));
        self.ahead = Ahead::Collecting;
        self.collect(Ask { from: Some(batch.last.next()), ..Ask::default() });
    }

    /// Asks for ops. Whoever writes after this may be missing in the answer, and sets `waiting` again.
    pub(super) fn collect(&mut self, ask: Ask) {
        let Ask { from, head_only } = ask;
        let ops_max = self.pace.map(|pace| pace.ops_max);
        self.waiting = false;
        self.outputs.push_back(Output::Collect { from, ops_max, head_only });
    }

    pub(super) fn forget_ahead(&mut self) -> Ahead {
        let ahead = std::mem::replace(&mut self.ahead, Ahead::Unknown);
        self.stale += u32::from(ahead == Ahead::Collecting);
        ahead
    }

    pub(super) fn pushed(&mut self, now: Now, call: CallId, result: Result<PushReply, Trouble>) {
        let Push::Sending { call: current, since_ms, ops, ask, .. } = self.push else { return };
        if call != current {
            return;
        }
        self.push = Push::Idle;
        let took_ms = now.mono_ms.saturating_sub(since_ms);
        match result {
            Ok(reply) if stands_still(&reply, ask) => {
                self.fail(now, Leg::Push, Trouble::Foreign("a reply without an answer".to_owned()));
            }
            Ok(reply) => self.answered(now, ops, took_ms, reply),
            Err(trouble) if trouble.kind() == Kind::Smaller && !ask.head_only => {
                self.shrink(now, ops, ask, trouble);
            }
            Err(Trouble::Problem { code: ProblemCode::HistoryDiffers, .. })
                if self.stranded == Stranded::No =>
            {
                // What the pull brings says which ops the server has.
                self.forget_ahead();
                (self.waiting, self.stranded) = (true, Stranded::UntilPulled);
                self.pull_again();
            }
            Err(trouble) if self.is_fork(Leg::Push, &trouble) => self.forked(),
            Err(trouble) => {
                if self.stranded == Stranded::PulledInVain {
                    self.stranded = Stranded::UntilPulled;
                }
                if matches!(trouble, Trouble::TimedOut | Trouble::Cut) {
                    self.slow_down(ops);
                }
                self.fail(now, Leg::Push, trouble);
            }
        }
    }

    pub(super) fn answered(&mut self, now: Now, ops: u32, took_ms: u64, reply: PushReply) {
        if !reply.answers.is_empty() {
            self.sent_ms = now.mono_ms;
            self.answered += reply.answers.len() as u64;
            self.parted = Parted::No;
            self.succeeded(Leg::Push);
            self.pace = self.pace.and_then(|pace| pace.after_success(took_ms));
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
            _ => (self.waiting, self.unfinished) = (true, true),
        }
        self.recording += 1;
        self.outputs.push_back(Output::Record(reply));
    }

    /// The server takes less than was sent: half of it, and of an op that alone is too large only its head, so
    /// that its place is taken and those behind it flow (rule 29).
    pub(super) fn shrink(&mut self, now: Now, ops: u32, asked: Ask, trouble: Trouble) {
        if planted(Defect::TooLargeIsRetried) {
            return self.fail(now, Leg::Push, trouble);
        }
        self.forget_ahead();
        (self.waiting, self.unfinished) = (true, true);
        self.slow_down(ops);
        self.ask = Ask { head_only: ops <= 1, from: asked.from };
    }

    /// The way did not take a push of so many ops: the next ones are half of it.
    pub(super) fn slow_down(&mut self, ops: u32) {
        self.pace = Some(Pace::after_failure(self.pace, ops));
    }
}

/// Whether the same push would go out again at once and for ever: nothing was answered, and what the server
/// wants instead, if it says so, is what it was just sent, or what the log no longer gives.
fn stands_still(reply: &PushReply, asked: Ask) -> bool {
    reply.answers.is_empty() && (reply.expected.is_none() || reply.expected == asked.from)
}
