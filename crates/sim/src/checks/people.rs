//! Who may do what: a role holds at its place in the order (I28), and whoever may not hears it at once.

use std::collections::BTreeMap;

use fieldbook_model::op::About;
use fieldbook_model::schema::RecordType;
use fieldbook_model::{Change, Code, Cursor, Role, UserId, Value, Version};
use fieldbook_protocol::push::Pushed;
use fieldbook_protocol::{Answer, Page, PushRequest, Verdict};
use fieldbook_reference::Person;
use fieldbook_server_store::{Outcome, Wanted};
use fieldbook_server_sync::Principal;

use crate::anyone::CANARY;
use crate::device::Device;
use crate::world::World;

impl World {
    /// After an owner said something: the reference is told it too, and reads of everybody what the server has.
    pub fn check_people(&mut self, before: Cursor) {
        self.record_order(before);
        let (itself, wall) = (self.server.itself(), self.wall());
        for logged in self.server.log(before.version.next()) {
            let sealed = logged.sealed().expect("BUG: an op of the server's log");
            let answer = logged.answer;
            let request = PushRequest {
                standing: Cursor::default().into(),
                branch: None,
                gap: None,
                ops: vec![Pushed::Whole(Box::new(sealed))],
            };
            let (said, ..) = self.oracle.offer(&itself, &request, wall);
            let verdict = match &answer.verdict {
                Verdict::Rejected { refusal, .. } => format!("rejected {}", refusal.code),
                _ => "committed".to_owned(),
            };
            let expected = (answer.op_id, format!("{verdict} at {}", answer.version));
            assert_eq!(said, [expected], "the reference decides otherwise about a member");
        }
        for device in 0..self.devices.len() {
            let user = self.server.principal(self.devices[device].id).user;
            let access = self.server.reader().access(user, Version(u64::MAX >> 1)).expect("BUG: rights");
            let own = access.map(|(_, access)| Person {
                role: access.role.to_string(),
                grants: access
                    .grants
                    .iter()
                    .map(|grant| (grant.scope.to_string(), grant.role.to_string()))
                    .collect(),
            });
            assert_eq!(own, self.oracle.person(user), "I28: {user} is not what the order says");
            self.checks.count("I28 who is what is what the reference reads");
        }
    }

    /// Whether a change of a role happened follows from what the reference says its speaker was right before it (I28).
    pub fn check_speakers(&mut self, wanted: &[Wanted], outcomes: &[Outcome]) {
        let (owner, admin) = (Role::Owner.to_string(), Role::Admin.to_string());
        // Of each what that person was before all of it, and is now.
        let mut roles: BTreeMap<UserId, [String; 2]> = BTreeMap::new();
        for (one, (op, outcome)) in wanted.iter().zip(outcomes) {
            assert_eq!(one.op, *op, "I28: changes come in another order than they were wanted");
            let (Some(speaker), About::Member(it)) = (one.rights_of, &one.about) else { continue };
            for user in [speaker, it.user] {
                let known = self.oracle.person(user).map(|person| person.role);
                // Of whom nothing was said yet the accounts' word counts.
                let known = known.unwrap_or_else(|| self.server.role(user).to_string());
                roles.entry(user).or_insert_with(|| [known.clone(), known]);
            }
            let ([was, is], [_, of]) = (&roles[&speaker], &roles[&it.user]);
            let of_owner = *of == owner || it.role == Role::Owner;
            let leaves = speaker == it.user && it.role == Role::Nobody;
            let allows = |own: &String| *own == owner || leaves || (*own == admin && !of_owner);
            let refused = outcome.as_ref().is_err_and(|refusal| refusal.code == Code::NoPermission);
            assert_eq!(allows(is), !refused, "I28: {is} says that somebody is {}: {outcome:?}", it.role);
            match (allows(was), allows(is)) {
                (false, true) => self.checks.count("I28 a right that was given just before counts"),
                (true, false) => self.checks.count("I28 a right that ended just before counts no more"),
                _ => {}
            }
            if outcome.is_ok() {
                roles.entry(it.user).and_modify(|[_, is]| *is = it.role.to_string());
            }
        }
    }

    /// Nothing that goes to a person's device holds what that person may read nowhere (I27).
    fn check_canary(&mut self, device: usize, page: &str) {
        let closed = |ty: &&RecordType| ty.fields.iter().any(|field| !field.readers.is_empty());
        let types: Vec<&RecordType> = self.schema.types.iter().filter(closed).collect();
        if types.is_empty() {
            return;
        }
        let Device { id, first_role, .. } = &self.devices[device];
        let said = self.oracle.person(self.server.principal(*id).user);
        let said = said.unwrap_or_else(|| Person { role: first_role.clone(), grants: BTreeMap::new() });
        if said.grants.values().chain([&said.role]).any(|role| types.iter().any(|ty| reads_closed(role, ty)))
        {
            return;
        }
        assert!(!holds_canary(page), "I27: what {said:?} may not read goes to the device: {page}");
        if types.iter().any(|ty| page.contains(&format!("\"{}\"", ty.name))) {
            self.checks.count("I27 what only some may read is nowhere on another's device");
        }
    }

    /// Nothing that lies in a scope which is closed to a person by now goes to that person's device (I29).
    pub fn check_sent(&mut self, device: usize, page: &str) {
        if self.long.is_some() {
            return;
        }
        self.check_canary(device, page);
        self.check_nothing_goes(device);
        let user = self.server.principal(self.devices[device].id).user;
        let Some(person) = self.oracle.person(user).filter(|person| !person.grants.is_empty()) else {
            return;
        };
        let head = self.server.head().version;
        let page = Page::read(page).expect("BUG: a page of ours");
        for (number, columns) in page.types.iter().enumerate() {
            let Some(scope) = columns.scopes.last() else { continue };
            let comes = page.rows.iter().any(|row| row.of == number && row.values().is_some());
            let closed = self.oracle.reference.is_closed(user, (&scope.of, scope.id), head);
            assert!(!(comes && closed), "I29: {user} gets what lies in {scope}, being {person:?}");
        }
        self.checks.count("I29 a page has nothing of what is closed");
    }

    /// A device lets nobody do what the server then refuses for want of permission, unless somebody said in between
    /// what that person is.
    pub(super) fn check_permission(&mut self, principal: &Principal, request: &PushRequest, answer: &Answer) {
        let Verdict::Rejected { refusal, .. } = &answer.verdict else { return };
        if refusal.code != Code::NoPermission {
            return;
        }
        self.checks.count("I28 a role holds at its place in the order");
        if principal.role == Role::Nobody {
            self.checks.count("rule 33 whoever was removed gets a verdict for what was queued");
        }
        let sent = request.ops.iter().find(|pushed| pushed.op_id() == answer.op_id);
        let Some(Pushed::Whole(sealed)) = sent else { return };
        // A conflict may be about more by then than the person had seen; where something lies that is undone, or was deleted
        // before it came, a device that has parts may not know.
        let payload = &sealed.op.payload;
        let restores = payload.changes.iter().any(|change| matches!(change, Change::Restore { .. }));
        let undoes = matches!(payload.about, Some(About::Undoes(_)));
        let elsewhere = self.schema.is_in_parts() && (restores || undoes);
        if elsewhere || matches!(payload.about, Some(About::Resolves(_))) {
            return;
        }
        // What the person was may have been said in a history that was lost.
        if sealed.op.seen.epoch != self.oracle.reference.epoch {
            return;
        }
        let (seen, version) = (sealed.op.seen.version, answer.version);
        // By another role where the record lies now, or by where it lay.
        let between = self.oracle.told_of(principal.user, seen, version) || self.oracle.moved(seen, version);
        assert!(
            between,
            "{} was let do at {:?} what is refused: {}",
            principal.name, sealed.op.seen, refusal
        );
        self.checks.count("a person hears at once what is not allowed");
    }
}

/// Whether a page has one of the values that not everybody may read: as a value, and not as a part of an id or a hash.
fn holds_canary(page: &str) -> bool {
    let in_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
    page.split(|c| !in_id(c)).any(|word| word.len() <= CANARY.len() + 2 && word.starts_with(CANARY))
}

/// Whether a role reads any field of a type that is not for everybody.
fn reads_closed(role: &str, ty: &RecordType) -> bool {
    let it = Person { role: role.to_owned(), grants: BTreeMap::new() };
    let row = vec![Value::Bool(true); ty.fields.len()];
    let seen = it.seen_of(ty, &[], &row);
    ty.fields.iter().zip(seen).any(|(field, seen)| !field.readers.is_empty() && seen != Value::Null)
}
