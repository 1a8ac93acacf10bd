//! How large pushes may be. A push that is too large for the way fails for ever when it is sent again as it was:
//! so pushes are halved when one fails on its way, and grow again when they get through.

use super::PUSH_TIMEOUT_MS;

/// The size of pushes on a way that does not take full ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// At most so many ops in a push.
    pub(super) ops_max: u32,
    /// How many there were in the push that failed first. Not more than the limits allow, so it is grown to
    /// that, and then the limits hold again.
    whole: u32,
}

impl Pace {
    /// After a push of so many ops failed: half of them, and at least one.
    pub(super) fn after_failure(before: Option<Self>, ops: u32) -> Self {
        let whole = before.map_or(ops, |pace| pace.whole.max(ops));
        Self { ops_max: (ops / 2).max(1), whole }
    }

    /// After a push got through: twice as many, unless they would take longer than a push may. `None`: as many as
    /// the limits allow.
    pub(super) fn after_success(self, took_ms: u64) -> Option<Self> {
        let ops_max = self.ops_max.saturating_mul(2);
        match took_ms {
            // What took more than half of its time would fail at twice the size, and then twice as long is wasted.
            slow if slow.saturating_mul(2) >= PUSH_TIMEOUT_MS => Some(self),
            _ if ops_max >= self.whole => None,
            _ => Some(Self { ops_max, ..self }),
        }
    }
}
