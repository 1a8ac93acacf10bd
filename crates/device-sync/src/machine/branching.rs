//! A log that the server does not go on with, because this device was restored from an old backup or copied: the device
//! asks what both have, and goes on in a log of its own (rules 23 and 58).

use super::*;

/// Whether a log of its own was begun, and what the server has said since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parted {
    No,
    JustNow,
    /// A pull has told what it has of it; no push was answered.
    Told,
}

impl Machine {
    /// Whether nothing may be sent before the log has its own name.
    pub(super) fn is_parting(&self) -> bool {
        self.fork_due || matches!(self.pull, Pull::Common { .. } | Pull::Parting)
    }

    /// Whether trouble says that the log is another's, and a log of its own is begun at once. After one that was just begun
    /// the next waits as after any trouble, so that no server makes a device begin logs all day.
    pub(super) fn is_fork(&self, leg: Leg, trouble: &Trouble) -> bool {
        let again = match leg {
            Leg::Push => self.parted != Parted::No,
            Leg::Pull => self.parted == Parted::JustNow,
        };
        trouble.is_fork() && !again && !planted(Defect::CopiesStayOne)
    }

    /// What is on its way is of a log that ends here.
    pub(super) fn forked(&mut self) {
        self.forget_ahead();
        (self.fork_due, self.waiting, self.ask) = (true, true, Ask::default());
        match std::mem::replace(&mut self.push, Push::Idle) {
            Push::Sending { call, .. } => self.outputs.push_back(Output::Cancel(call)),
            // The batch that comes is of the old log.
            Push::Collecting { .. } => self.stale += 1,
            Push::Idle => {}
        }
        if let Pull::Streaming { call, .. } = self.pull {
            self.pull = Pull::Idle;
            self.outputs.push_back(Output::Cancel(call));
        }
        self.leave_to_a_pull();
    }

    /// What the server has of the log has come, or not.
    pub(super) fn common(&mut self, now: Now, call: CallId, result: Result<String, Trouble>) {
        if !matches!(&self.pull, Pull::Common { call: current, .. } if *current == call) {
            return;
        }
        match result {
            Ok(text) => {
                self.pull = Pull::Parting;
                let mut random = [0; 10];
                random[..8].copy_from_slice(&self.dice.roll().to_be_bytes());
                random[8..].copy_from_slice(&self.dice.roll().to_be_bytes()[..2]);
                self.outputs.push_back(Output::Part(text, random));
            }
            Err(trouble) => {
                (self.pull, self.fork_due) = (Pull::Idle, true);
                self.fail(now, Leg::Pull, trouble);
            }
        }
    }

    /// The log has its own name from now on, or could not get one.
    pub(super) fn has_parted(&mut self, now: Now, result: Result<(), String>) {
        if self.pull != Pull::Parting {
            return;
        }
        self.pull = Pull::Idle;
        match result {
            Ok(()) => {
                (self.parted, self.waiting, self.ask) = (Parted::JustNow, true, Ask::default());
                self.succeeded(Leg::Push);
                self.succeeded(Leg::Pull);
                if let Live::Open { call, .. } = std::mem::replace(&mut self.live, Live::Closed) {
                    self.outputs.push_back(Output::Cancel(call));
                }
                if self.load != Pull::Idle {
                    self.drop_load();
                }
                self.pull_again();
            }
            Err(why) => {
                self.fork_due = true;
                if self.is_open() {
                    self.fail(now, Leg::Pull, Trouble::Foreign(why));
                }
            }
        }
    }
}
