//! An owner says who is what: through the server's own line, as `fieldbook admin member` does it.

use fieldbook_device_sync::{Input, Link, Trouble};
use fieldbook_model::op::About;
use fieldbook_model::{Granting, Membership, OpId, RecordId, Refusal, Role, Scope};
use fieldbook_server_store::{By, Outcome, Wanted};
use fieldbook_server_sync::Principal;

use super::{World, bytes};

impl World {
    /// Says what the person of a device is from now on.
    pub fn says(&mut self, device: usize, role: Role) -> Result<(), Refusal> {
        let principal = self.server.principal(self.devices[device].id);
        let (user, name) = (principal.user, principal.name);
        let outcome = self.wants(About::Member(Membership { user, name, role: role.clone() }));
        if outcome.is_ok() {
            self.server.account(user, &role);
            self.twin.iter_mut().for_each(|twin| twin.account(user, &role));
            self.stream();
        }
        outcome
    }

    /// Several members say at once what others are, in this order: who says it, about whom, and the role. It waits in the accounts
    /// and is carried into the log together, as by the server's route. Each is judged by the speaker's role at its own place (I28).
    pub fn say_at_once(&mut self, said: &[(usize, usize, Role)]) -> Vec<Result<(), Refusal>> {
        let (before, at) = (self.server.head(), self.wall());
        let workspace = self.server.itself().workspace;
        for (nth, (by, of, role)) in said.iter().enumerate() {
            let speaker = self.server.principal(self.devices[*by].id);
            let Principal { user, name, .. } = self.server.principal(self.devices[*of].id);
            let about = About::Member(Membership { user, name, role: role.clone() });
            let op = RecordId::named(&format!("{workspace} at once {} {nth}", self.at_once)).as_op();
            let by = By::default().known_as(speaker.user, &speaker.name);
            let wanted = Wanted { op, workspace, about, at, by, rights_of: Some(speaker.user) };
            self.server.accounts().want(&wanted);
        }
        self.at_once += 1;
        let wanted = self.server.accounts().waiting();
        self.twin_hears_alone(&wanted);
        let outcomes = self.server.carry_all(&wanted);
        self.check_speakers(&wanted, &outcomes);
        self.server.accounts().settle_roles(&wanted, &outcomes);
        for ((_, of, role), (_, outcome)) in said.iter().zip(&outcomes) {
            let user = self.server.principal(self.devices[*of].id).user;
            if outcome.is_ok() {
                self.server.account(user, role);
                self.twin.iter_mut().for_each(|twin| twin.account(user, role));
            }
        }
        let word = |(_, outcome): &Outcome| match outcome {
            Ok(()) => "done".to_owned(),
            Err(refusal) => refusal.code.to_string(),
        };
        let words: Vec<String> = outcomes.iter().map(word).collect();
        self.tell(&format!("members say at once {said:?}: {}", words.join(", ")));
        self.check_people(before);
        self.check_server(before);
        self.check_notes();
        self.stream();
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// What the accounts say that the person of a device is.
    pub fn role_of(&self, device: usize) -> Role {
        self.server.principal(self.devices[device].id).role
    }

    /// Says what the person of a device is in a scope.
    pub fn grants(&mut self, device: usize, scope: Scope, role: Option<Role>) -> Result<(), Refusal> {
        let user = self.server.principal(self.devices[device].id).user;
        if self.streams.keys().any(|(of, _)| *of == device) {
            self.checks.count("fault: rights change while a stream is open");
            self.checks.count("a grant is given or ends while a stream is open");
        }
        self.wants(About::Grant(Granting { user, scope, role }))
    }

    /// Nobody waits any longer for what the server lost before now.
    pub fn close_recovery(&mut self) {
        let epoch = self.server.epochs().now;
        self.wants(About::Closes(epoch)).expect("BUG: an owner who may not close");
    }

    fn wants(&mut self, about: About) -> Result<(), Refusal> {
        let op = OpId::v7(self.now_ms, bytes(&mut self.dice));
        let outcome = self.wants_by(op, about);
        if self.server.has_accounts() {
            self.somebody_is_invited();
        }
        outcome
    }

    /// The same by an op of this id.
    pub(super) fn wants_by(&mut self, op: OpId, about: About) -> Result<(), Refusal> {
        let before = self.server.head();
        let (told, settled) = (format!("{about:?}"), about.clone());
        self.twin_hears(op, about.clone(), self.wall());
        let outcome = self.server.carry(op, about, self.wall());
        if self.server.has_accounts() {
            let at = self.wall();
            self.server.accounts().settle((op, settled, at), outcome.clone());
        }
        let said = outcome.as_ref().map_or_else(|refusal| refusal.code.to_string(), |()| "done".to_owned());
        self.tell(&format!("an owner says {told}: {said}"));
        self.check_people(before);
        self.check_server(before);
        self.stream();
        outcome
    }

    /// Whoever was removed is told so, and not only sent nothing.
    pub(super) fn check_removal(&mut self, device: usize) {
        let id = self.devices[device].id;
        if self.server.principal(id).role == Role::Nobody {
            assert!(!self.server.may_read(id), "I29: somebody who was removed is let in");
            self.checks.count("I29 whoever was removed is told so");
        }
    }

    /// Whoever was removed is let in again.
    pub(super) fn readmit(&mut self) {
        for device in 0..self.devices.len() {
            if self.server.principal(self.devices[device].id).role == Role::Nobody {
                self.says(device, Role::Member).expect("BUG: a member who cannot come back");
            }
        }
    }

    /// Whoever was let in again asks to sync, and does not wait until the device asks by itself.
    pub(super) fn ask_again(&mut self) {
        for device in 0..self.devices.len() {
            let now = self.moment(device);
            let link = self.devices[device].machine.session(now).link;
            self.unlocks(device);
            let deceived = |trouble: &Trouble| matches!(trouble, Trouble::Wiped(_));
            if matches!(link, Link::Halted(trouble) if trouble.is_removal() || deceived(&trouble)) {
                self.input(device, Input::SyncNow);
            }
        }
    }
}
