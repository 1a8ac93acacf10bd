//! Trouble and time: what a failed call ends, how long is waited, and what is overdue.

use super::*;

impl Machine {
    pub(super) fn succeeded(&mut self, leg: Leg) {
        if self.sore.is_some_and(|sore| sore != leg) {
            return;
        }
        (self.attempt, self.sore) = (0, None);
        if std::mem::take(&mut self.remembered) {
            self.outputs.push_back(Output::Remember(None));
        }
    }

    pub(super) fn fail(&mut self, now: Now, leg: Leg, trouble: Trouble) {
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

    pub(super) fn overdue(&mut self, now: Now) {
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
}
