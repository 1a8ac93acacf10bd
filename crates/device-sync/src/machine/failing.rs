//! Trouble and time: what a failed call ends, how long is waited, and what is overdue.

use super::conditions::Wait;
use super::*;

impl Machine {
    /// A call succeeded. What failed before it must have succeeded itself for the connection to be whole again.
    pub(super) fn succeeded(&mut self, leg: Leg) {
        if self.sore.is_none_or(|sore| sore == leg) {
            self.link = Link::Connected;
            self.row_ended();
        }
    }

    /// The row of troubles is over.
    pub(super) fn row_ended(&mut self) {
        (self.attempt, self.sore) = (0, None);
        if std::mem::take(&mut self.remembered) {
            self.outputs.push_back(Output::Remember(None));
        }
    }

    pub(super) fn fail(&mut self, now: Now, leg: Leg, trouble: Trouble) {
        let at_rest = leg == Leg::Pull && self.push == Push::Idle && !self.waiting;
        self.hang_up();
        (self.sore, self.removed) = (Some(leg), None);
        (self.waiting, self.pull_due, self.pulled) = (true, true, false);
        if trouble.is_fork() {
            self.parted = Parted::No;
        }
        match trouble.kind() {
            Kind::SignIn | Kind::Halt => {
                self.gate = Gate::Shut;
                if trouble.may_mend() {
                    let wait = slow_wait_ms(self.dice.roll()).max(self.wait(1, &trouble).all_ms);
                    self.asked_until_ms = now.mono_ms + wait;
                    let wait = if at_rest { self.rested_ms(wait) } else { wait };
                    self.gate = Gate::Until(now.mono_ms + wait);
                }
                self.link = Link::Halted(trouble);
            }
            Kind::Retry | Kind::Smaller => {
                self.attempt = self.attempt.saturating_add(1);
                let Wait { all_ms: wait, asked_ms } = self.wait(self.attempt, &trouble);
                self.asked_until_ms = now.mono_ms + asked_ms;
                let wait = if at_rest { self.rested_ms(wait) } else { wait };
                let until = WallTime(now.wall.0.saturating_add(i64::try_from(wait).unwrap_or(i64::MAX)));
                self.outputs.push_back(Output::Remember(Some(Backoff { attempt: self.attempt, until })));
                self.remembered = true;
                let until_ms = now.mono_ms + wait;
                self.link = Link::Broken { trouble, until_ms };
                self.gate = Gate::Until(until_ms);
            }
        }
    }

    /// The live stream failed. What else is on its way goes on; a server that shuts the device out shuts out all.
    pub(super) fn live_failed(&mut self, now: Now, trouble: Trouble) {
        if matches!(trouble.kind(), Kind::SignIn | Kind::Halt) || trouble.is_fork() {
            return self.shut_out(now, trouble);
        }
        if let Live::Open { call, .. } = self.live {
            self.outputs.push_back(Output::Cancel(call));
        }
        self.live_attempt = self.live_attempt.saturating_add(1);
        let wait = self.wait(self.live_attempt.saturating_add(LIVE_HEAD_START), &trouble).all_ms;
        let wait = if planted(Defect::LiveEndsForGood) { u64::MAX >> 2 } else { wait };
        self.live = Live::Waiting { until_ms: now.mono_ms + wait };
        // What it was to bring is pulled.
        self.pull_due |= self.level_by_ms.take().is_some();
    }

    /// Nothing may be read any more. Whoever was removed still gets a verdict for what is queued (rule 33).
    pub(super) fn shut_out(&mut self, now: Now, trouble: Trouble) {
        match trouble.is_removal() && (self.waiting || self.push != Push::Idle) {
            true => self.removed = Some(trouble),
            false => self.fail(now, Leg::Pull, trouble),
        }
    }

    /// Stops when the queue of somebody who was removed is through, or cannot go out: a server that came back from a
    /// backup wants a pull first, which is not for them.
    pub(super) fn end_removed(&mut self, now: Now) {
        if self.push == Push::Idle
            && (!self.waiting || self.stranded == Stranded::UntilPulled || self.is_parting())
            && let Some(trouble) = self.removed.take()
        {
            self.fail(now, Leg::Pull, trouble);
        }
    }

    /// Ends every call: when one fails the others seldom fare better, and a new start is cheap.
    pub(super) fn hang_up(&mut self) {
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
            Pull::Streaming { call, .. } => Some(call),
            Pull::Schema { call, .. } => {
                self.schema_due = true;
                Some(call)
            }
            Pull::Common { call, .. } => {
                self.fork_due = true;
                Some(call)
            }
            busy @ (Pull::Upgrading | Pull::Parting) => {
                self.pull = busy;
                None
            }
            Pull::Idle => None,
        };
        let load = match std::mem::replace(&mut self.load, Pull::Idle) {
            Pull::Streaming { call, .. } => {
                self.load_due = true;
                Some(call)
            }
            _ => None,
        };
        let live = match std::mem::replace(&mut self.live, Live::Closed) {
            Live::Open { call, .. } => Some(call),
            Live::Closed | Live::Waiting { .. } => None,
        };
        self.level_by_ms = None;
        let blob = self.hang_up_blob();
        self.outputs.extend([push, pull, load, blob, live].into_iter().flatten().map(Output::Cancel));
    }

    pub(super) fn overdue(&mut self, now: Now) {
        let passed = |until_ms: u64| now.mono_ms >= until_ms;
        let push = matches!(self.push, Push::Sending { until_ms, .. } if passed(until_ms))
            && !planted(Defect::PushSilenceUnnoticed);
        let late = |pull: &Pull| match pull {
            Pull::Streaming { until_ms, .. }
            | Pull::Schema { until_ms, .. }
            | Pull::Common { until_ms, .. } => passed(*until_ms),
            Pull::Idle | Pull::Upgrading | Pull::Parting => false,
        };
        let pull = (late(&self.pull) || late(&self.load)) && !planted(Defect::PullSilenceUnnoticed);
        let live = matches!(self.live, Live::Open { until_ms, .. } if passed(until_ms))
            && !planted(Defect::LiveSilenceUnnoticed);
        if push || pull {
            // Also when it is the pull: on a slow line it waits behind the push.
            if let Push::Sending { ops, .. } = self.push {
                self.slow_down(ops);
            }
            self.fail(now, if push { Leg::Push } else { Leg::Pull }, Trouble::TimedOut);
        } else if live {
            // Its silence was wait enough.
            self.live_attempt = 0;
            self.live_failed(now, Trouble::TimedOut);
        }
        self.blob_overdue(now);
        if matches!(self.live, Live::Waiting { until_ms } if passed(until_ms)) {
            // It is opened after the pull.
            self.live = Live::Closed;
            self.pull_due |= self.pull == Pull::Idle;
        }
        if self.news_by_ms.is_some_and(passed) {
            self.news_by_ms = None;
        }
        if self.level_by_ms.is_some_and(passed) {
            self.level_by_ms = None;
            self.pull_due |= self.cursor.version < self.head;
        }
    }
}
