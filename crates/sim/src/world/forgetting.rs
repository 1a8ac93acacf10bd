//! The server forgets what was deleted long ago.

use fieldbook_model::{Version, WallTime};
use fieldbook_protocol::page::PullRequest;

use super::World;

impl World {
    /// The server forgets what was deleted longer ago than it keeps that; the reference decides for itself what that is.
    pub fn forgets(&mut self, keep_ms: u64) {
        let until = WallTime(self.wall().0 - i64::try_from(keep_ms).unwrap_or(i64::MAX));
        let (gone, horizon) = self.server.collect(until);
        if let Some(twin) = &mut self.twin {
            assert_eq!(twin.collect(until), (gone, horizon), "I9: a second server forgets something else");
        }
        self.tell(&format!("the server forgets {gone} records; its horizon is {horizon}"));
        let expected = self.oracle.reference.collect(until);
        let history = &self.oracle.reference.history;
        assert_eq!(horizon, history.horizon, "the reference has another horizon");
        let last: Vec<_> = history.forgotten.iter().collect();
        assert_eq!(gone, expected as u64, "the reference forgets otherwise: {last:?}");
        (0..gone).for_each(|_| self.checks.count("rule 37 the server forgets what the reference does"));
        let export = self.server.export();
        self.check_forgotten(&export);
        self.check_forgetting();
    }

    /// Everything sleeps for a long time.
    pub fn leap(&mut self, ms: u64) {
        self.checks.count("fault: everything sleeps for days");
        self.tell(&format!("everything sleeps for {} days", ms / 86_400_000));
        if self.last_wait_ms > self.now_ms {
            // Whoever hears only afterwards that it has to wait does so from then on.
            self.last_wait_ms += ms;
        }
        self.now_ms += ms;
        self.leapt = true;
    }

    /// A device that was away for too long starts again with a snapshot (rule 16).
    pub(super) fn check_horizon(&mut self, device: usize, request: &PullRequest, base: Option<Version>) {
        if self.long.is_some() {
            return;
        }
        let history = &self.oracle.reference.history;
        let cursor = request.cursor;
        let away = cursor.epoch == self.oracle.reference.epoch
            && Version::ZERO < cursor.version
            && cursor.version < history.horizon
            && request.load.is_none();
        let resumes = request.staged.as_ref().is_some_and(|staged| staged.version >= history.horizon);
        let Some(base) = base.filter(|_| away && !resumes) else { return };
        assert_eq!(base, Version::ZERO, "rule 16: a page begins below the horizon {}", history.horizon);
        self.checks.count("rule 16 a device below the horizon gets a snapshot");
        if self.devices[device].store.facts().expect("BUG: facts").pending() > 0 {
            self.checks.count("rule 16 what waits is kept while a snapshot comes");
        }
    }
}
