//! The state of one small world, with a way back from each arrival.

use std::collections::BTreeSet;
use std::rc::Rc;

use fieldbook_merge::Line;
use fieldbook_model::chain::Hash;
use fieldbook_model::clock::{Hlc, WallTime};
use fieldbook_model::schema::EDIT;
use fieldbook_model::{
    Change, Cursor, DeviceId, Limits, Op, OpId, Payload, RecordId, Schema, SealedOp, Seq, Version,
};
use fieldbook_protocol::push::Pushed;
use fieldbook_reference::{Member, Offer, Reference};
use fieldbook_server_sync::{Decision, Principal, Role};

use super::phone::Phone;
use super::verbs::{Ask, Verb};
use super::{DEVICES, device_letter};
use crate::agree;
use crate::names;
use crate::server::{EPOCH, Server};

/// A world: the server as it was at each version, the reference, and the devices.
pub struct World<'s> {
    schema: &'s Schema,
    limits: Limits,
    /// At place v the server with head v.
    servers: Vec<Server>,
    reference: Reference<'s>,
    phones: Vec<Phone>,
    /// The same devices, had they pulled to the head.
    level: Vec<Rc<Phone>>,
    logs: Vec<Log>,
    /// The verbs of the arrivals so far.
    used: Vec<usize>,
}

/// The end of a device's log.
#[derive(Clone, Copy)]
struct Log {
    seq: Seq,
    hash: Hash,
    made: Option<RecordId>,
}

/// What one arrival changed.
pub struct Back {
    device: usize,
    phone: Phone,
    level: Vec<Rc<Phone>>,
    log: Log,
}

impl<'s> World<'s> {
    /// A world in which another device made some records, and everybody has them.
    pub fn new(schema: &'s Schema, there: &[&str]) -> Self {
        let (mut server, mut reference) = (Server::default(), Reference::new(schema));
        let changes = there.iter().map(|name| Change::Insert {
            of: "item".into(),
            id: names::record(name),
            fields: fieldbook_model::Fields::from([("name", (*name).into())]),
        });
        let log = Log { seq: Seq::ZERO, hash: Hash::ZERO, made: None };
        let sealed = sealed('O', log, 1, (None, changes.collect()), Version::ZERO);
        let limits = Limits::default();
        let pushed = Pushed::Whole(Box::new(sealed.clone()));
        server.take(schema, &limits, &principal('O'), &pushed);
        reference.offer(&member('O'), &Offer::from(&sealed));
        let mut phones: Vec<_> = (0..DEVICES).map(|n| Phone::new(names::device(device_letter(n)))).collect();
        phones.iter_mut().for_each(|phone| phone.pull(schema, &server, None));
        let servers = vec![Server::default(), server];
        let level = phones.iter().cloned().map(Rc::new).collect();
        let logs = vec![log; DEVICES];
        Self { schema, limits, servers, reference, phones, level, logs, used: Vec::new() }
    }

    /// How many ops arrived.
    pub fn ops(&self) -> usize {
        self.used.len()
    }

    /// Whether exactly these verbs were used.
    pub fn uses(&self, verbs: &BTreeSet<usize>) -> bool {
        !self.used.is_empty() && verbs.iter().all(|verb| self.used.contains(verb))
    }

    /// How many devices did anything.
    pub fn devices_used(&self) -> usize {
        self.logs.iter().filter(|log| log.seq > Seq::ZERO).count()
    }

    /// Where a device is.
    pub fn cursor(&self, device: usize) -> Version {
        self.phones[device].naive.cursor
    }

    /// The last version.
    pub fn head(&self) -> Version {
        self.server().head
    }

    fn server(&self) -> &Server {
        self.servers.last().expect("BUG: a world without a server")
    }

    fn line(&self, device: DeviceId) -> Option<Line> {
        self.server().logs.get(&device).map(|log| log.line)
    }

    /// A device pulls up to a version, its user acts, and the op arrives at the server.
    pub fn arrive(
        &mut self,
        device: usize,
        (place, verb): (usize, &Verb),
        record: usize,
        pulled: u64,
    ) -> Result<Back, String> {
        let (phone, log) = (self.phones[device].clone(), self.logs[device]);
        let back = Back { device, phone, level: self.level.clone(), log };
        if self.cursor(device).0 < pulled {
            self.pull(device, pulled)?;
        }
        let sealed = self.act(device, verb, record)?;
        self.offer(device, &sealed)?;
        self.used.push(place);
        self.everyone_settles(device)?;
        Ok(back)
    }

    /// Takes the last arrival back.
    pub fn undo(&mut self, back: Back) {
        self.phones[back.device] = back.phone;
        self.level = back.level;
        self.logs[back.device] = back.log;
        self.servers.pop();
        self.used.pop();
        self.reference.rewind(self.servers.len() - 1);
    }

    fn pull(&mut self, device: usize, to: u64) -> Result<(), String> {
        let line = self.line(self.phones[device].naive.id);
        let at = &self.servers[usize::try_from(to).expect("a small version")];
        self.phones[device].pull(self.schema, at, line);
        self.phones[device].agree(self.schema, &self.reference.history)
    }

    fn act(&mut self, device: usize, verb: &Verb, record: usize) -> Result<SealedOp, String> {
        let (phone, log) = (&mut self.phones[device], &mut self.logs[device]);
        let records = [names::record("r"), names::record("s")];
        let place = self.used.len() + 1;
        let ask = Ask {
            record: records[record],
            other: records[1 - record],
            fresh: names::record(["f0", "f1", "f2", "f3", "f4"][place]),
            made: log.made.unwrap_or(records[record]),
            base: &|id| phone.confirmed(0, id),
        };
        let changes = (verb.changes)(&ask);
        if let Some(Change::Insert { id, .. }) = changes.last() {
            log.made = Some(*id);
        }
        let sealed = sealed(device_letter(device), *log, place, (verb.key, changes), phone.naive.cursor);
        (log.seq, log.hash) = (sealed.op.seq, sealed.hash);
        phone.act(self.schema, &sealed);
        phone.agree(self.schema, &self.reference.history)?;
        Ok(sealed)
    }

    /// The op arrives, and then once more.
    fn offer(&mut self, device: usize, sealed: &SealedOp) -> Result<(), String> {
        let letter = device_letter(device);
        let (principal, member) = (principal(letter), member(letter));
        let pushed = Pushed::Whole(Box::new(sealed.clone()));
        let mut server = self.server().clone();
        let decision = server.take(self.schema, &self.limits, &principal, &pushed);
        let offer = Offer::from(sealed);
        let said = self.reference.offer(&member, &offer);
        agree::on_reply(self.schema, &server, &decision, &said)?;
        agree::on_records(self.schema, &server, &self.reference)?;
        let again = server.take(self.schema, &self.limits, &principal, &pushed);
        let Decision::Fresh(plan) = decision else { return Err(format!("not taken: {decision:?}")) };
        self.servers.push(server);
        match again {
            Decision::Again(answer) if answer == plan.answer => Ok(()),
            again => Err(format!("again: {again:?}")),
        }
    }

    /// Every device that did something pulls version by version to the head, and then shows what is there and
    /// waits for nothing. A device that did nothing new has the last version to pull: it is level with the others.
    fn everyone_settles(&mut self, acted: usize) -> Result<(), String> {
        let head = self.head().0;
        self.level[acted] = Rc::new(self.phones[acted].clone());
        for device in (0..DEVICES).filter(|device| self.logs[*device].seq > Seq::ZERO) {
            let line = self.line(self.phones[device].naive.id);
            let server = &self.servers;
            let phone = Rc::make_mut(&mut self.level[device]);
            for to in phone.naive.cursor.0 + 1..=head {
                phone.pull(self.schema, &server[usize::try_from(to).expect("a small version")], line);
                if to < head {
                    phone.agree(self.schema, &self.reference.history)?;
                }
            }
            if !phone.shows_just(&server[server.len() - 1]) {
                return Err(format!("pulled everything, and yet: {phone:?}"));
            }
        }
        Ok(())
    }
}

fn sealed(
    letter: char,
    log: Log,
    place: usize,
    (key, changes): (Option<(&str, &str)>, Vec<Change>),
    seen: Version,
) -> SealedOp {
    let op_id: OpId = names::op(letter, place);
    let (key, action) = key.map_or((None, EDIT), |(key, action)| (Some(key), action));
    let op = Op {
        op_id,
        workspace_id: names::HERE,
        user_id: names::user(letter),
        device_id: names::device(letter),
        seq: log.seq.next(),
        action: action.to_owned(),
        payload: Payload::from(changes),
        idempotency_key: key.map_or_else(|| op_id.to_string(), str::to_owned),
        created_at: WallTime(0),
        hlc: Hlc::default(),
        schema: 3,
        seen: Cursor { epoch: EPOCH, version: seen },
        previous: log.hash,
    };
    // Nobody here reads an op's text, and writing and hashing it is a tenth of the time. The hash is just another
    // one for each op.
    let mut hash = Hash::ZERO;
    hash.0[..16].copy_from_slice(op_id.bytes());
    SealedOp { op, text: String::new(), hash }
}

fn principal(letter: char) -> Principal {
    let (user, device) = (names::user(letter), names::device(letter));
    Principal { user, device, workspace: names::HERE, role: Role::Member, name: letter.to_string() }
}

fn member(letter: char) -> Member {
    let (user, device) = (names::user(letter), names::device(letter));
    Member { workspace: names::HERE, user, device, role: "member".into() }
}
