//! Loading a scope: its snapshot comes apart, beside the pulls and the live stream, and joins the rest with a pull of its
//! own. So a large scope holds up nothing (rule 54).

use super::*;

impl Machine {
    /// Whether a call is that of the load.
    pub(super) fn is_load(&self, call: CallId) -> bool {
        matches!(self.load, Pull::Streaming { call: current, .. } if current == call)
    }

    /// Asks for a scope, once everything that is here is level for the first time.
    pub(super) fn advance_load(&mut self, now: Now) {
        if self.load != Pull::Idle || !self.load_due || self.pull_due || self.pull != Pull::Idle {
            return;
        }
        self.load_due = false;
        if self.cursor.version == Version::ZERO {
            // A device that has nothing asks for all that it wants at once.
            return;
        }
        let call = self.call();
        self.load = Pull::Streaming { call, until_ms: now.mono_ms + PULL_TIMEOUT_MS };
        self.load_bytes = 0;
        self.outputs.push_back(Output::Load(call));
    }

    pub(super) fn nothing_to_load(&mut self, call: CallId) {
        if self.is_load(call) {
            self.load = Pull::Idle;
        }
    }

    pub(super) fn load_page(&mut self, now: Now, page: String) {
        if let Pull::Streaming { until_ms, .. } = &mut self.load {
            *until_ms = now.mono_ms + PULL_TIMEOUT_MS;
            self.received_ms = now.mono_ms;
            self.load_bytes += page.len() as u64;
            self.outputs.push_back(Output::Keep(page));
        }
    }

    pub(super) fn kept(&mut self, now: Now, kept: Kept) {
        match kept {
            Kept::Part => self.received_ms = now.mono_ms,
            Kept::Whole => {
                self.may_join = true;
                self.leave_to_a_pull();
            }
            Kept::Useless => self.drop_load(),
            Kept::Unusable(why) if self.load != Pull::Idle => {
                self.fail(now, Leg::Pull, Trouble::Foreign(why));
            }
            Kept::Unusable(_) => {}
        }
    }

    pub(super) fn load_ended(&mut self, now: Now, result: Result<(), Trouble>) {
        self.load = Pull::Idle;
        // There may be another scope to load; the store knows. What has come is joined first.
        self.load_due |= !self.may_join || result.is_err();
        if let Err(trouble) = result {
            self.fail(now, Leg::Pull, trouble);
        }
    }

    /// What is on its way is of no use: it is asked for again after the next pull.
    pub(super) fn drop_load(&mut self) {
        if let Pull::Streaming { call, .. } = std::mem::replace(&mut self.load, Pull::Idle) {
            self.outputs.push_back(Output::Cancel(call));
        }
        (self.load_due, self.pull_due) = (true, true);
    }

    /// A person asks for other scopes: what is on its way is of the old ones.
    pub(super) fn scopes(&mut self) {
        for pull in [&mut self.pull, &mut self.load] {
            if let Pull::Streaming { call, .. } = *pull {
                *pull = Pull::Idle;
                self.outputs.push_back(Output::Cancel(call));
            }
        }
        self.reopen_live();
        self.leave_to_a_pull();
        (self.load_due, self.unjoined) = (true, 0);
    }

    /// A pull is at its end, and has joined no scope: one that it was asked to join is of no use as it is here.
    pub(super) fn look_apart(&mut self) {
        if self.may_join && self.pull_is_whole && !planted(Defect::RefusedStaysReady) {
            self.outputs.push_back(Output::LookApart);
        }
    }

    /// What is still apart after a pull.
    pub(super) fn apart(&mut self, apart: Apart) {
        match apart {
            Apart::Nothing => self.may_join = false,
            // It has come beside that pull; the next one joins it.
            Apart::Whole => {}
            Apart::Wanted => {
                self.may_join = false;
                self.unjoined = self.unjoined.saturating_add(1);
                self.load_due |= self.unjoined <= UNJOINED_MAX;
            }
        }
    }

    /// A scope is shown, or there is other news: what was left apart too often is tried again.
    pub(super) fn load_with_news(&mut self, joined: bool, is_news: bool) {
        if joined {
            (self.may_join, self.unjoined) = (false, 0);
        }
        self.load_due |= joined || is_news && self.unjoined > UNJOINED_MAX;
    }

    /// The stream is of other scopes than the device has.
    pub(super) fn reopen_live(&mut self) {
        if planted(Defect::LiveOfOldScopes) {
            return;
        }
        if let Live::Open { call, .. } = self.live {
            self.outputs.push_back(Output::Cancel(call));
            self.live = Live::Closed;
        }
    }
}
