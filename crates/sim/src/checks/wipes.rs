//! That a wipe comes to what it says (I30), that nothing goes to a device from its order on (I29), and that nothing that may be used
//! once is used twice (I32). What really became of an order the world knows by itself; what the server tells of it is looked at.

use fieldbook_crypto::{Nonce, Push, Signature};
use fieldbook_device_sync::wipe::{Known, WipeFile, files};
use fieldbook_model::{DeviceId, Hash};
use fieldbook_protocol::{Ordered, WipedRequest};
use fieldbook_server_store::{AccountError, WipeRow};
use fieldbook_server_sync::Call;
use fieldbook_server_sync::wipe::Session;

use crate::home::OF_OTHERS;
use crate::world::{World, keys};

/// So long a device may send what it has to send, after it was told, in milliseconds.
pub const RESCUE_MS: u64 = 3_600_000;

impl World {
    /// Something that may be used only once was used.
    pub(crate) fn used_once(&mut self, bytes: &[u8]) {
        assert!(self.orders.once.insert(bytes.to_vec()), "I32: {bytes:02x?} is used twice");
        self.checks.count("I32 no nonce and no key is used twice");
    }

    /// A device signed something: the nonce of Ed25519 follows from what is signed, and two that are equal under different words
    /// give the key away.
    pub(crate) fn is_signed(&mut self, signature: &Signature, push: &Push) {
        let said = Hash::of(&[push.workspace.bytes().as_slice(), push.device.bytes(), &push.body.0].concat());
        let nonce: [u8; 32] = signature.bytes()[..32].try_into().expect("BUG: a signature has 64 bytes");
        let known = *self.orders.signed.entry(nonce).or_insert(said);
        assert!(known == said, "I32: two pushes of {} have the nonce of a signature in common", push.device);
        self.checks.count("I32 no two pushes have the nonce of a signature in common");
    }

    /// Whoever calls as a device for which an order stands is told so, but for a push that it may still make.
    pub(crate) fn check_told(
        &mut self,
        (id, session): (DeviceId, Session),
        call: Call,
        told: Option<&Ordered>,
    ) {
        if let Some(ordered) = told {
            self.is_answered_with(ordered);
        }
        let Some(given) = self.standing(id) else {
            return assert!(told.is_none(), "I30: a device is told of an order that does not stand");
        };
        let in_time = given.answered_ms.is_none_or(|at| self.now_ms < at + RESCUE_MS);
        let rescued = given.ordered.rescue && in_time && session == Session::Stands;
        let name = given.ordered.order.device;
        match told {
            None => {
                let what = if call == Call::Push { "I30" } else { "I29" };
                assert!(
                    rescued && call == Call::Push,
                    "{what}: {name} is to be wiped, and {call:?} is let in"
                );
                self.checks.count("I30 what was not sent is taken before the wipe");
            }
            Some(ordered) => {
                assert_eq!(ordered.order, given.ordered.order, "I30: {name} is told of another order");
                assert_eq!(ordered.rescue, rescued, "I30: {name} is told otherwise what it may send");
                self.checks.count(match call {
                    Call::Push => "I30 a push of a device that is to be wiped is told so",
                    Call::Pull => "I30 a question of a device that is to be wiped is told so",
                    Call::Live => "I30 a stream of a device that is to be wiped is told so",
                    Call::Administer | Call::Own => panic!("BUG: no device of a world administers by a call"),
                });
                if session == Session::Ended {
                    self.checks.count("I30 an order outlives the session of its device");
                }
                if !self.server.may_read(name) {
                    self.checks.count("I30 an order outlives the membership");
                }
            }
        }
    }

    /// Somebody was answered with an order.
    pub(crate) fn is_answered_with(&mut self, ordered: &Ordered) {
        let now_ms = self.now_ms;
        if let Some(given) = self.orders.given.get_mut(&ordered.order.nonce) {
            given.answered_ms.get_or_insert(now_ms);
        }
        self.check_orders();
    }

    /// Nothing of the workspace goes to a device for which an order stands (I29).
    pub(crate) fn check_nothing_goes(&mut self, device: usize) {
        let (id, name) = (self.devices[device].id, self.devices[device].name);
        assert!(self.standing(id).is_none(), "I29: {name} is to be wiped, and gets a page");
    }

    /// What a device obeys is an order of its server, for it, that stands.
    pub(crate) fn check_obeyed(&mut self, device: usize, ordered: &Ordered, known: Known) {
        let (id, name) = (self.devices[device].id, self.devices[device].name);
        let given = self.orders.given.get(&ordered.order.nonce);
        let is_real = given.is_some_and(|given| {
            (given.ordered.order, given.ordered.signature) == (ordered.order, ordered.signature)
        });
        assert!(is_real, "I30: {name} obeys an order that nobody gave");
        assert_eq!(ordered.order.device, id, "I30: {name} obeys an order for another device");
        let stale = given.is_some_and(|given| !given.stands) && known.heard > ordered.order.issued_at;
        assert!(!stale, "I30: {name} obeys an order that was taken back before it was let in again");
        let unsent = self.unanswered(device);
        // One that is locked cannot send, and is not unlocked any more.
        assert!(
            !ordered.rescue || self.devices[device].locked || known.unsent == 0 && unsent == 0,
            "I30: {name} is wiped with {unsent} ops that it may send first"
        );
    }

    /// How many ops of a device's log nobody has answered, counted one by one.
    fn unanswered(&mut self, device: usize) -> u64 {
        use fieldbook_device_store::OpState;
        let entries = super::all_of_log(&mut self.devices[device].store);
        entries.iter().filter(|it| matches!(it.state, OpState::Waiting | OpState::InFlight)).count() as u64
    }

    /// What the device wrote down is what it is: from here on there is no way back.
    pub(crate) fn check_begun(&mut self, phone: &crate::world::Phone, known: Known) {
        let (device, name) = (self.devices.iter().position(|it| it.id == phone.id), phone.name);
        let device = device.expect("BUG: a device that is wiped is in the world");
        let unsent = self.unanswered(device);
        assert_eq!(known.unsent, unsent, "I30: {name} counts otherwise what it has not sent");
        if unsent > 0 {
            self.checks.count("fault: a wipe meets ops that were not sent");
        }
        // What an earlier try to write the order down has left is none of the home's.
        let others = |name: &String| name == "wipe.json.new" || OF_OTHERS.iter().any(|(of, _)| of == name);
        let ours = phone.before.keys().filter(|name| !others(name)).count();
        if let Some(given) = self.orders.given.get_mut(&phone.nonce) {
            given.begun.insert((ours as u64, unsent));
        }
    }

    /// A wipe was cut off: the secret went before anything else did, and nothing went that is none of the device's.
    pub(crate) fn check_cut(&mut self, at: usize) {
        let phone = &self.orders.phones[at];
        let (now, name) = (phone.home.folder.files(), phone.name);
        let own = |name: &str| files::is_known(name) && !OF_OTHERS.iter().any(|(of, _)| *of == name);
        let whole = |name: &String| now.get(name) == phone.before.get(name);
        let rest = phone.before.keys().filter(|name| own(name) && !files::opens_something(name));
        let all_there = rest.clone().all(whole);
        let none_there = !rest.clone().any(|name| now.contains_key(name));
        let has_secret = phone.home.has_secret();
        assert!(!has_secret || all_there, "I30: {name} still has its secret, and other files went before it");
        let words = match (has_secret, none_there) {
            (true, _) => "I30 a wipe is cut off: the secret is there",
            (false, false) => "I30 a wipe is cut off: the secret is gone",
            (false, true) => "I30 a wipe is cut off: all is gone",
        };
        self.check_others(at);
        self.checks.count(words);
    }

    fn check_others(&mut self, at: usize) {
        let phone = &self.orders.phones[at];
        let files = phone.home.folder.files();
        for (name, text) in OF_OTHERS {
            let there = files.get(name).is_some_and(|bytes| bytes == text.as_bytes());
            assert!(there, "I30: the wipe of {} took {name}, which is not its own", phone.name);
        }
        self.checks.count("I30 a wipe takes nothing of another workspace");
    }

    /// A wiped device tells the server. First others try in its name. Gives whether it is heard.
    pub(crate) fn hears_wiped(&mut self, at: usize, said: &WipedRequest) {
        let (now, id) = (self.wall(), self.orders.phones[at].id);
        let mut bent = said.wiped;
        bent.unsent += 1;
        let other = keys(DeviceId::from_bytes([7; 16])).sign_wiped(&said.wiped);
        for forged in [WipedRequest { wiped: bent, ..*said }, WipedRequest { signature: other, ..*said }] {
            let heard = self.server.accounts().confirm(&forged, now);
            let refused = matches!(heard, Err(AccountError::NotSigned | AccountError::NoWipe));
            assert!(refused, "I30: the server believes another's word that {id} was wiped");
        }
        self.checks.count("I30 nobody else says that a device was wiped");
        let opens = self.orders.phones[at].home.opens() || self.orders.phones[at].home.has_secret();
        assert!(!opens, "I30: {} says that it was wiped, and opens", self.orders.phones[at].name);
        if let Some(given) = self.orders.given.get_mut(&said.wiped.nonce) {
            given.destroyed = true;
        }
        match self.server.accounts().confirm(said, now) {
            Ok(_) => {
                // Whoever says so was told, also by a server that forgot it since.
                if let Some(given) = self.orders.given.get_mut(&said.wiped.nonce) {
                    given.answered_ms.get_or_insert(self.now_ms);
                }
                self.checks.count("I30 a device says that it was wiped");
            }
            // It came back from a backup, and was never told.
            Err(AccountError::NoWipe) if !self.lost.is_empty() => {}
            Err(error) => panic!("I30: the server does not believe {id}: {error}"),
        }
        self.check_orders();
    }

    /// What is left of a device that was wiped, and said so: a note for a person, and what is not its own.
    pub(crate) fn check_done(&mut self, at: usize) {
        let phone = &self.orders.phones[at];
        let files = phone.home.folder.files();
        let left: Vec<&String> =
            files.keys().filter(|name| !OF_OTHERS.iter().any(|(of, _)| of == name)).collect();
        assert_eq!(left, ["wiped.txt"], "I30: what is left of {}", phone.name);
        assert!(!phone.home.opens(), "I30: {} opens, which was wiped", phone.name);
        let begun = WipeFile::read(&phone.home.folder).expect("BUG: a folder in memory");
        assert!(begun.is_none(), "I30: {} is wiped again at each start", phone.name);
        self.check_others(at);
        self.checks.count("I30 nothing opens after a wipe");
    }

    /// What the server tells of each order is what really became of it.
    pub(crate) fn check_orders(&mut self) {
        for row in self.server.accounts().rows() {
            self.check_row(&row);
        }
        self.check_notes();
    }

    fn check_row(&mut self, row: &WipeRow) {
        let nonce: Nonce = row.order.nonce;
        let given = self.orders.given.get(&nonce).unwrap_or_else(|| panic!("I30: an order that nobody gave"));
        let (told, is_told) = (row.reached_at.is_some(), given.answered_ms.is_some());
        assert!(!told || is_told, "I30: an order is told as reached, and nobody was told");
        assert!(told || !is_told || !given.stands, "I30: a device was told, and it is not said");
        assert_eq!(row.waiting, given.waiting, "I30: the device had another number of ops to send");
        let Some(confirmed) = row.confirmed else { return };
        assert!(given.destroyed, "I30: a wipe is told as done before it is");
        let told = (confirmed.files, confirmed.unsent);
        let begun = &given.begun;
        assert!(
            begun.contains(&told),
            "I30: the server tells that {told:?} files and ops went, and it was {begun:?}"
        );
        self.checks.count("I30 what is told of a wipe is what became of it");
    }

    /// When everything is level: whatever could be reached was wiped.
    pub(crate) fn check_wiped(&mut self) {
        for device in 0..self.devices.len() {
            let (id, name) = (self.devices[device].id, self.devices[device].name);
            assert!(self.standing(id).is_none(), "I30: {name} was to be wiped, is here and was not");
        }
        if self.server.has_accounts() {
            self.check_orders();
        }
    }
}
