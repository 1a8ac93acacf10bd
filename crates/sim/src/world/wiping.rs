//! A device is lost, and whoever runs the server orders that it is wiped. The order is given by the server's own accounts, told at
//! each contact, looked at and carried out by the code that a device runs, and may be cut off at any of its calls.
//!
//! Whoever lost the device goes on with another one, which takes its place in the world; the lost one lives on as a [`Phone`] until
//! it has said that it is wiped. No chance is drawn: what befalls it follows from the order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fieldbook_crypto::{Nonce, Sure};
use fieldbook_device_store::Identity;
use fieldbook_device_sync::backoff::Dice;
use fieldbook_device_sync::wipe::{self, FalseOrder, Held, Known, Stands};
use fieldbook_device_sync::{Input, Link, Trouble};
use fieldbook_model::{DeviceId, Hash, Op};
use fieldbook_protocol::{Ordered, Problem, ProblemCode, WipedRequest};
use fieldbook_server_store::Unsent;
use fieldbook_server_sync::Call;
use fieldbook_server_sync::wipe::Session;

use super::wire::Line;
use super::{Happening, World};
use crate::device::Device;
use crate::folder::{Files, Loss};
use crate::home::Home;

/// Whom a wiped device tells, by its own words.
const SERVER: &str = "https://world.example";
/// A wipe takes fewer calls of its disk than this.
const CALLS_MAX: u64 = 44;
/// So many of them until the secret is gone, about.
const CALLS_EARLY: u64 = 14;
/// A device is cut off, or its network is, for as many tries.
const TRIES_MAX: u64 = 8;
/// A device that died in the middle of it is switched on within this, in milliseconds.
const OFF_MAX_MS: u64 = 9_000;

/// An order, and what really became of it, whatever the server says.
#[derive(Debug, Clone)]
pub struct Given {
    /// The order, as it was given.
    pub ordered: Ordered,
    /// Whether the server has it, and it was not taken back.
    pub stands: bool,
    /// When somebody was first answered with it.
    pub answered_ms: Option<u64>,
    /// How many ops the device had to send when it was last let in, if it said so.
    pub waiting: Option<u64>,
    /// What the device, and a copy of it that was wiped too, wrote down when they began: files, and ops that were not
    /// sent. The server tells the first that it hears of, and one that came back from a backup may hear the other.
    pub begun: BTreeSet<(u64, u64)>,
    /// Whether nothing of the device opened any more.
    pub destroyed: bool,
    /// A copy of the device that somebody made before.
    copy: Option<(Home, Known)>,
}

/// A lost device that is being wiped.
pub struct Phone {
    /// Whose it was.
    pub name: char,
    /// The device.
    pub id: DeviceId,
    /// By which order.
    pub nonce: Nonce,
    /// Its home.
    pub home: Home,
    /// What the home held before.
    pub before: Files,
    /// Whether it has told, and is done.
    pub done: bool,
    /// How often it was started or tried to tell.
    pub tries: u64,
}

/// All orders of a world.
#[derive(Default)]
pub struct Orders {
    /// By their nonces.
    pub given: BTreeMap<Nonce, Given>,
    /// What is being wiped, or was.
    pub phones: Vec<Phone>,
    /// What people did on devices that are gone.
    pub former: Vec<(String, Arc<Op>)>,
    /// How many ops each device last said that it has to send.
    pub said: BTreeMap<DeviceId, u64>,
    /// What may be used only once.
    pub once: BTreeSet<Vec<u8>>,
    /// What was signed with each nonce of a signature.
    pub signed: BTreeMap<[u8; 32], Hash>,
    /// The next wipe is cut off after so many calls of its disk: by hand.
    pub cut: Option<u64>,
    /// How many devices took another's place.
    replaced: u64,
}

/// Bits that follow from an order.
pub(super) fn bits(nonce: Nonce, what: &str, at: u64) -> u64 {
    let hash = Hash::of(format!("{nonce:?} {what} {at}").as_bytes()).0;
    u64::from_le_bytes(hash[..8].try_into().expect("BUG: a hash has eight bytes"))
}

/// What the world's people and its server do.
impl World {
    /// The order that stands for a device, as it really is.
    pub fn standing(&self, id: DeviceId) -> Option<&Given> {
        self.orders.given.values().find(|given| given.stands && given.ordered.order.device == id)
    }

    /// Somebody orders that a device is wiped.
    pub fn order_wipe(&mut self, device: usize, unsent: Unsent) {
        let (id, name, now) = (self.devices[device].id, self.devices[device].name, self.wall());
        if self.devices[device].home.is_none() || self.standing(id).is_some() {
            return;
        }
        let Some((row, ordered)) = self.server.accounts().order(id, unsent, now) else { return };
        self.checks.count("fault: a device is lost and ordered to be wiped");
        self.tell(&format!("it is ordered that {name} is wiped: {unsent:?}, {:?}", ordered.order.nonce));
        self.used_once(&ordered.order.nonce.0.0);
        let waiting = self.orders.said.get(&id).copied();
        assert_eq!(row.waiting, waiting, "I30: whoever orders is told another number of ops that {name} has");
        self.checks.count("I30 whoever orders is told first what the device had to send");
        let copied = bits(ordered.order.nonce, "copy", 0).is_multiple_of(2);
        let copy = self.devices[device].home.clone().filter(|home| copied && home.opens());
        let copy = copy.map(|home| (home, self.known(device)));
        let given = Given {
            ordered,
            stands: true,
            answered_ms: None,
            waiting,
            begun: BTreeSet::new(),
            destroyed: false,
            copy,
        };
        self.orders.given.insert(ordered.order.nonce, given);
        if self.streams.keys().any(|(of, _)| *of == device) {
            self.checks.count("fault: a wipe is ordered while a stream is open");
        }
        self.meets_a_sign_in(device);
        self.stream();
        self.check_orders();
    }

    /// A sign-in that had begun before the order was given comes through: it lets nobody in.
    fn meets_a_sign_in(&mut self, device: usize) {
        if !self.devices[device].signed_out || self.devices[device].locked {
            return;
        }
        let now = self.wall();
        let user = self.server.principal(self.devices[device].id).user;
        let it = &mut self.devices[device];
        let Some((token, _)) = self.server.accounts().sign_in((user, it.id, &it.keys.1), now) else { return };
        it.home.iter_mut().for_each(|home| home.token.clone_from(&token));
        it.signed_out = false;
        self.checks.count("fault: a wipe is ordered in the middle of a sign-in");
        // A loop that had halted for want of it goes on with it, as at any other sign-in.
        let now = self.moment(device);
        if let Link::Halted(_) = self.devices[device].machine.session(now).link {
            self.devices[device].die(&mut self.dice);
            self.begin(device);
            self.input(device, Input::SyncNow);
        }
    }

    /// Somebody takes an order back, if it has not reached the device.
    pub fn withdraw_wipe(&mut self, nonce: Nonce) {
        let (id, now) = (self.orders.given[&nonce].ordered.order.device, self.wall());
        let answered = self.orders.given[&nonce].answered_ms.is_some();
        if !self.orders.given[&nonce].stands {
            return;
        }
        let taken = self.server.accounts().withdraw(id, now);
        assert!(taken != answered, "I30: an order is taken back: {taken}; its device was told: {answered}");
        if let Some(given) = self.orders.given.get_mut(&nonce).filter(|_| taken) {
            given.stands = false;
            self.checks.count("I30 an order that has not reached its device is taken back");
            self.tell(&format!("the order {nonce:?} is taken back"));
        }
        self.check_orders();
    }

    /// What a call, or a sign-in, of a device is answered where an order stands for it. Tells whether it was.
    pub(super) fn is_told(&mut self, line: Line, call: Call) -> bool {
        let Device { id, home: Some(home), signed_out, .. } = &self.devices[line.device] else {
            return false;
        };
        let session = if *signed_out { Session::Ended } else { Session::Stands };
        let (id, token, now) = (*id, home.token.clone(), self.wall());
        let told = self.server.accounts().told((&token, session), call, now);
        // Whoever calls with what a server came back without knowing is asked to sign in, and told then.
        if told.is_none() && !self.server.accounts().knows(&token) {
            self.is_let_in(line.device, session, call);
            return false;
        }
        self.check_told((id, session), call, told.as_ref());
        let Some(ordered) = told else {
            self.is_let_in(line.device, session, call);
            return false;
        };
        self.refuses_with(line, &problem(&ordered, now));
        true
    }

    /// A device is let in, and has said how many ops it has to send.
    fn is_let_in(&mut self, device: usize, session: Session, call: Call) {
        if session == Session::Ended || call == Call::Push {
            return;
        }
        let (id, now) = (self.devices[device].id, self.wall());
        let waiting = self.devices[device].store.waiting().expect("BUG: a store in memory");
        self.server.accounts().saw(id, waiting, now);
        self.orders.said.insert(id, waiting);
    }

    /// The problem that ends an open stream whose device is to be wiped.
    pub(super) fn ends_with(&mut self, device: usize) -> Option<Problem> {
        let Device { id, home: Some(home), signed_out, .. } = &self.devices[device] else { return None };
        let session = if *signed_out { Session::Ended } else { Session::Stands };
        let (id, token, now) = (*id, home.token.clone(), self.wall());
        let told = self.server.accounts().told((&token, session), Call::Live, now);
        self.check_told((id, session), Call::Live, told.as_ref());
        let told = told?;
        self.checks.count("I29 a stream of a device that is to be wiped ends, and says why");
        Some(problem(&told, now))
    }
}

impl World {
    /// The server came back from a backup, with the orders of that: whoever runs it gives again what was given since, and takes
    /// back again what was taken back, before anybody calls.
    pub(super) fn orders_come_back(
        &mut self,
        (stood, said): &(BTreeMap<Nonce, Option<u64>>, BTreeMap<DeviceId, u64>),
    ) {
        if !self.server.has_accounts() {
            return;
        }
        self.orders.said.clone_from(said);
        let (mut again, mut back) = (Vec::new(), Vec::new());
        for (nonce, given) in &mut self.orders.given {
            let stands = std::mem::replace(&mut given.stands, stood.contains_key(nonce));
            // Of an answer since the backup the server knows nothing: its hour begins with the next one.
            if let Some(answered_ms) = stood.get(nonce) {
                given.answered_ms = *answered_ms;
            }
            match (stands, given.stands) {
                (true, false) => again.push((given.ordered.order.device, given.ordered.rescue)),
                (false, true) => back.push(*nonce),
                _ => {}
            }
        }
        back.into_iter().for_each(|nonce| self.withdraw_wipe(nonce));
        for (id, rescue) in again {
            let Some(device) = self.devices.iter().position(|it| it.id == id) else { continue };
            self.checks.count("I30 an order that a server lost is given again");
            self.order_wipe(device, if rescue { Unsent::SentFirst } else { Unsent::Lost });
        }
        // Who signed in since has a session of which the server knows nothing.
        for device in 0..self.devices.len() {
            let token = self.devices[device].home.as_ref().map(|home| home.token.clone());
            if token.is_some_and(|token| !self.server.accounts().knows(&token)) {
                self.ends_session(device);
            }
        }
    }
}

/// What a server says to who is to be wiped.
pub(super) fn problem(ordered: &Ordered, now: fieldbook_model::WallTime) -> Problem {
    Problem { wipe: Some(Box::new(*ordered)), ..Problem::new(ProblemCode::Wiped, "Wiped.", now) }
}

/// What the device makes of it.
impl World {
    /// What an open database knows.
    pub(super) fn known(&mut self, device: usize) -> Known {
        let store = &mut self.devices[device].store;
        let (unsent, heard) = (store.waiting(), store.served());
        Known {
            unsent: unsent.expect("BUG: a store in memory"),
            heard: heard.expect("BUG: a store in memory"),
        }
    }

    /// As a loop does it after each turn: looks whether the device is ordered to be wiped.
    pub(super) fn looks_for_order(&mut self, device: usize) {
        let now = self.moment(device);
        if self.devices[device].home.is_none() {
            return;
        }
        if let Link::Halted(Trouble::Wiped(ordered)) = self.devices[device].machine.session(now).link {
            let known = self.known(device);
            if wipe::sends_first(&ordered, known.unsent) {
                self.checks.count("I30 a device that may send first sends first");
                return;
            }
            self.is_ordered(device, &ordered, known);
        }
    }

    /// A device is told that it is to be wiped, by whomever.
    pub(super) fn is_ordered(&mut self, device: usize, ordered: &Ordered, known: Known) {
        let Some(home) = &self.devices[device].home else { return };
        match wipe::judge(&home.pinned, ordered, known.heard) {
            Err(why) => self.refuses_order(device, ordered, why),
            Ok(()) => {
                self.check_obeyed(device, ordered, known);
                self.wipes(device, ordered, known);
            }
        }
    }

    fn refuses_order(&mut self, device: usize, ordered: &Ordered, why: FalseOrder) {
        let name = self.devices[device].name;
        let stands =
            self.standing(self.devices[device].id).is_some_and(|it| it.ordered.order == ordered.order);
        assert!(!stands, "I30: {name} does not obey what its server orders: {why}");
        if self.devices[device].refused == Some(ordered.order.nonce) {
            return;
        }
        self.devices[device].refused = Some(ordered.order.nonce);
        self.tell(&format!("{name} does not obey an order: {why}"));
        self.checks.count(match why {
            FalseOrder::Forged => "I30 an order that its server did not sign is not obeyed",
            FalseOrder::NotOurs => "I30 an order for another device is not obeyed",
            FalseOrder::Old => "I30 an order that was taken back and kept is not obeyed",
            FalseOrder::NoKeys => panic!("I30: {name} has no keys"),
        });
    }

    /// Carries an order out, up to where it is cut off.
    fn wipes(&mut self, device: usize, ordered: &Ordered, known: Known) {
        let (nonce, name) = (ordered.order.nonce, self.devices[device].name);
        let home = self.devices[device].home.clone().expect("BUG: a device without a home is wiped");
        let before = home.folder.files();
        let tries = self.devices[device].life.into();
        home.folder.cut_after(self.orders.cut.take().or_else(|| cut(nonce, tries)));
        let held = Held { sure: Sure::Removed, entries: Vec::new() };
        let keys = &self.devices[device].keys.0;
        let begun = wipe::begin(&home.folder, (&ordered.order, known.unsent), (keys, held), (SERVER, None));
        let phone = Phone { name, id: self.devices[device].id, nonce, home, before, done: false, tries };
        if begun.is_err() {
            phone.home.folder.restart(loss(nonce, tries));
            let there = phone.home.folder.files().contains_key(wipe::FILE);
            if !there {
                return self.nothing_began(device, phone);
            }
        }
        self.tell(&format!("{name} is wiped, with {} ops that were not sent", known.unsent));
        self.check_begun(&phone, known);
        self.replaced(device);
        self.orders.phones.push(phone);
        self.goes_on_wiping(self.orders.phones.len() - 1);
    }

    /// The device died before anything was written down: it starts again as it was, and is told again.
    fn nothing_began(&mut self, device: usize, phone: Phone) {
        let Phone { home, mut before, name, .. } = phone;
        let mut files = home.folder.files();
        // A draft of nothing, of this try or of one before.
        files.remove("wipe.json.new");
        before.remove("wipe.json.new");
        // A locked one opens nothing, before and after.
        let opens = home.opens() || self.devices[device].locked;
        assert!(files == before && opens, "I30: {name} lost something before its wipe began");
        self.checks.count("I30 a wipe is cut off: nothing had begun");
        home.folder.put("home.json", b"{}");
        self.devices[device].home = Some(home);
        self.kill(device);
    }

    /// A lost device is switched on.
    pub(super) fn phone_starts(&mut self, at: usize) {
        let phone = &mut self.orders.phones[at];
        if phone.done {
            return;
        }
        phone.tries += 1;
        // Nobody switches it off for ever.
        let cut = cut(phone.nonce, phone.tries).filter(|_| phone.tries < TRIES_MAX);
        phone.home.folder.cut_after(cut);
        self.goes_on_wiping(at);
    }

    /// What every start does before it opens anything.
    fn goes_on_wiping(&mut self, at: usize) {
        let Phone { home, name, .. } = &self.orders.phones[at];
        let done = match wipe::look(&home.folder) {
            Ok(Stands::None) => panic!("I30: {name} starts in the middle of its wipe, and goes on as ever"),
            Ok(Stands::Wiped(_)) => return self.phone_is_done(at),
            Ok(Stands::UnderWay(under_way)) => wipe::said(&home.folder, &under_way),
            Err(error) => Err(error),
        };
        match done {
            Ok(said) => {
                let arrives =
                    self.now_ms + 1 + bits(said.wiped.nonce, "way", self.orders.phones[at].tries) % 500;
                self.at(arrives, Happening::PhoneSays(at, Box::new(said)));
            }
            Err(_) => self.phone_dies(at),
        }
    }

    /// What a wiped device says arrives at the server, or does not; and so does the answer.
    pub(super) fn phone_says(&mut self, at: usize, said: &WipedRequest) {
        let Phone { nonce, tries, done, .. } = &self.orders.phones[at];
        let (nonce, tries) = (*nonce, *tries);
        let way = bits(nonce, "network", tries);
        if *done || nonce != said.wiped.nonce {
            return;
        }
        let is_lost = tries < TRIES_MAX && way.is_multiple_of(4);
        if is_lost || self.now_ms < self.down_until_ms {
            return self.at(self.now_ms + 5_000, Happening::PhoneStarts(at));
        }
        self.hears_wiped(at, said);
        if tries < TRIES_MAX && way % 4 == 1 {
            self.checks.count("I30 a device says once more that it was wiped");
            return self.at(self.now_ms + 5_000, Happening::PhoneStarts(at));
        }
        let (now, folder) = (self.wall(), &self.orders.phones[at].home.folder);
        let under_way = wipe::WipeFile::read(folder);
        let finished = under_way.and_then(|it| it.map_or(Ok(()), |it| wipe::finish(folder, &it, now)));
        match finished {
            Ok(()) => {
                folder.cut_after(None);
                self.phone_is_done(at);
            }
            Err(_) => self.phone_dies(at),
        }
    }

    pub(super) fn phone_dies(&mut self, at: usize) {
        let Phone { nonce, tries, home, name, .. } = &self.orders.phones[at];
        home.folder.restart(loss(*nonce, *tries));
        let line = format!("{name} dies in the middle of its wipe");
        let again = self.now_ms + 1 + bits(*nonce, "off", *tries) % OFF_MAX_MS;
        self.tell(&line);
        self.check_cut(at);
        // While it is switched off nobody waits for it.
        self.last_wait_ms = self.last_wait_ms.max(again);
        self.at(again, Happening::PhoneStarts(at));
    }

    /// A wiped device has said so; then somebody may put a copy of it back that was made before.
    pub(super) fn phone_is_done(&mut self, at: usize) {
        self.orders.phones[at].done = true;
        self.check_done(at);
        let nonce = self.orders.phones[at].nonce;
        let copy = self.orders.given.get_mut(&nonce).and_then(|given| given.copy.take());
        if let Some((home, known)) = copy {
            self.orders.phones[at].done = false;
            let again = self.now_ms + 1 + bits(nonce, "copy", 1) % OFF_MAX_MS;
            self.at(again, Happening::CopyReturns(at, Box::new((home, known))));
        }
    }

    /// A device that was wiped comes back from a backup of it, or as somebody's copy: it is wiped again when it calls.
    pub(super) fn copy_returns(&mut self, at: usize, (home, known): (Home, Known)) {
        let (nonce, name, id) = {
            let it = &self.orders.phones[at];
            (it.nonce, it.name, it.id)
        };
        self.checks.count("fault: a wiped device comes back from a backup of it");
        assert!(home.opens(), "BUG: a backup of {name} does not open");
        let now = self.wall();
        let call = [Call::Push, Call::Pull, Call::Live][(bits(nonce, "call", 0) % 3) as usize];
        let told = match bits(nonce, "signs in", 0).is_multiple_of(4) {
            true => self.server.accounts().told_at_sign_in(id, now),
            false => self.server.accounts().told((&home.token, Session::Ended), call, now),
        };
        self.orders.phones[at].done = true;
        let Some(ordered) = told else {
            // A server that came back from a backup of its own may know neither order nor device, nor whose token that is.
            let stands = self.standing(id).is_some() && self.server.accounts().knows(&home.token);
            return assert!(!stands, "I30: a copy of {name} is let in, which is to be wiped");
        };
        self.is_answered_with(&ordered);
        let judged = wipe::judge(&home.pinned, &ordered, known.heard);
        assert_eq!(judged, Ok(()), "I30: a copy of {name} does not obey");
        let held = Held { sure: Sure::Removed, entries: Vec::new() };
        let keys = crate::world::keys(id);
        let begun = wipe::begin(&home.folder, (&ordered.order, known.unsent), (&keys, held), (SERVER, None));
        begun.expect("BUG: a folder in memory");
        self.checks.count("I30 a copy of a wiped device is wiped too");
        let before = home.folder.files();
        let said = wipe::WipeFile::read(&home.folder).ok().flatten().map(|it| it.request().wiped);
        let counts = said.map(|said| (said.files, said.unsent));
        if let Some(given) = self.orders.given.get_mut(&ordered.order.nonce) {
            given.begun.extend(counts);
        }
        let phone = &mut self.orders.phones[at];
        (phone.nonce, phone.home, phone.before, phone.done) = (ordered.order.nonce, home, before, false);
        self.goes_on_wiping(at);
    }

    /// Who lost a device goes on with another one.
    fn replaced(&mut self, device: usize) {
        if !self.inbox.is_empty() {
            self.decide();
        }
        self.streams.retain(|(of, _), _| *of != device);
        self.orders.replaced += 1;
        let old = &mut self.devices[device];
        self.orders.former.append(&mut old.promised);
        let hash = Hash::of(format!("{} {}", old.id, self.orders.replaced).as_bytes()).0;
        let id = DeviceId::v7(self.now_ms, std::array::from_fn(|at| hash[at]));
        let principal = self.server.principal(self.devices[device].id);
        let (user, role, name) = (principal.user, principal.role, principal.name);
        self.server.register(id, user, role.clone(), &name);
        self.twin.iter_mut().for_each(|twin| twin.register(id, user, role.clone(), &name));
        let identity = Identity {
            workspace_id: principal.workspace,
            workspace: "world".into(),
            user_id: user,
            user: name,
            device_id: id,
            role: role.to_string(),
            schema: self.schema.shown(),
            limits: self.oracle.reference.limits,
            epoch: self.server.head().epoch,
        };
        let new = Device::new(device, &identity, &mut Dice(u64::from(hash[0]) << 8 | u64::from(hash[1])));
        let old = std::mem::replace(&mut self.devices[device], new);
        let it = &mut self.devices[device];
        (it.life, it.born) = (old.life + 1, old.life + 1);
        (it.first_role, it.printed, it.session) = (old.first_role, old.printed, old.session.next());
        // What was held or printed for the one before is not in this one's log.
        it.came_back = true;
        it.signed_out = true;
        let line = format!("whoever lost {} goes on with another device", it.name);
        self.tell(&line);
        self.record_read(device);
        self.begin(device);
        self.at(self.now_ms + 1 + u64::from(hash[2]) * 20, Happening::SignsIn(device));
    }

    /// Whoever signs in is let in by the accounts, where there are any. A home is made by the first sign-in of a device.
    pub(super) fn accounts_let_in(&mut self, device: usize) -> bool {
        if !self.server.has_accounts() {
            return true;
        }
        let (id, now) = (self.devices[device].id, self.wall());
        if self.is_offline(device) || self.now_ms < self.down_until_ms {
            self.at(self.now_ms + 1_000, Happening::SignsIn(device));
            return false;
        }
        let told = self.server.accounts().told_at_sign_in(id, now);
        let stands = self.standing(id).is_some();
        assert_eq!(told.is_some(), stands, "I30: a sign-in is told of an order: {told:?}");
        if let Some(ordered) = told {
            self.is_answered_with(&ordered);
            self.checks.count("I30 a sign-in of a device that is to be wiped is told so");
            let it = &self.devices[device];
            let known = if it.locked { it.at_lock } else { self.known(device) };
            self.is_ordered(device, &ordered, known);
            return false;
        }
        let user = self.server.principal(id).user;
        let keys = self.devices[device].keys.1;
        let Some((token, given)) = self.server.accounts().sign_in((user, id, &keys), now) else {
            self.at(self.now_ms + 5_000, Happening::SignsIn(device));
            return false;
        };
        self.signed_in(device, token, &given);
        true
    }
}

/// After how many calls of its disk a device dies, if it does: in every other case, and often early.
fn cut(nonce: Nonce, tries: u64) -> Option<u64> {
    let bits = bits(nonce, "cut", tries);
    let among = if bits & 2 == 0 { CALLS_MAX } else { CALLS_EARLY };
    (bits & 1 == 0).then_some((bits >> 8) % among)
}

/// What is lost when a device dies.
fn loss(nonce: Nonce, tries: u64) -> Loss {
    match bits(nonce, "loss", tries) {
        even if even.is_multiple_of(2) => Loss::None,
        odd => Loss::Power(odd),
    }
}
