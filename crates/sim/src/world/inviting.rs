//! Somebody is invited, and several who have the link want to take it up at once: one does, or none if it was taken back meanwhile or
//! is too old (I34). And each decision of the accounts is noted once (I35). No chance is drawn: what befalls an invitation follows from
//! its place among all.

use fieldbook_model::op::About;
use fieldbook_model::{Hash, Membership, RecordId, Role, UserId, WallTime};

use super::World;

/// How long an invitation works, in milliseconds.
const WORKS_MS: i64 = 60_000;

impl World {
    /// Somebody is invited.
    pub(super) fn somebody_is_invited(&mut self) {
        let workspace = self.server.itself().workspace;
        let place = self.invited;
        self.invited += 1;
        let bits = Hash::of(format!("{workspace} invitation {place}").as_bytes()).0;
        let role = if bits[0].is_multiple_of(2) { Role::Viewer } else { Role::Member };
        let now = self.wall();
        let expires_at = WallTime(now.0 + WORKS_MS);
        let made = self.server.accounts().invite(&role, expires_at, now);
        let names = (0..2 + bits[1] % 3).map(|racer| format!("guest {place}.{racer}"));
        // All have found that it works, before the first takes it up.
        let racers: Vec<_> =
            names.map(|name| self.server.accounts().invitee(&made.code, &name, now)).collect();
        let (revoked, late) = (bits[2].is_multiple_of(4), bits[3].is_multiple_of(4));
        if revoked {
            self.server.accounts().revoke(&made.id, now);
            self.checks.count("fault: an invitation is taken back while somebody takes it up");
        }
        if late {
            self.checks.count("fault: an invitation ends while somebody takes it up");
        }
        let at = if late { expires_at } else { now };
        let mut joined = Vec::new();
        for (racer, who) in racers.into_iter().enumerate() {
            let named = |what: &str| RecordId::named(&format!("{workspace} {place} {racer} {what}"));
            let ids = (UserId::from_bytes(*named("user").bytes()), named("op").as_op());
            joined.extend(self.server.accounts().take(who, ids, at));
        }
        let wanted = usize::from(!revoked && !late);
        assert_eq!(joined.len(), wanted, "I34: so many joined by one invitation");
        self.checks.count(match wanted {
            1 => "I34 of several who take up one invitation one joins",
            _ => "I34 an invitation that has ended lets nobody in",
        });
        for taken in joined {
            assert_eq!(taken.role, role, "I34: the invitation was made for another role");
            let (user, name) = (taken.user, taken.name.clone());
            let member = |role| About::Member(Membership { user, name: name.clone(), role });
            self.wants_by(taken.op, member(role.clone())).expect("I34: who was invited is a member");
            let leaves = RecordId::named(&format!("{workspace} {place} leaves")).as_op();
            self.wants_by(leaves, member(Role::Nobody)).expect("BUG: a guest who cannot leave");
        }
        self.check_notes();
    }

    /// Each decision is noted once.
    pub(crate) fn check_notes(&mut self) {
        let (decided, noted) = self.server.accounts().decided();
        assert_eq!(*decided, noted, "I35: what is noted is not what was decided");
        self.checks.count("I35 each decision is noted once");
        self.check_elsewhere();
    }
}
