//! Devices and a server hand in hand: the real stores on real files, without a network between them. For what has to
//! outlive the program that wrote it.

use std::path::Path;

use fieldbook_device_store::session::{self, Step};
use fieldbook_device_store::{Acted, Action, Ask, DatabaseKey, Identity, Moment, Snapshot, Store};
use fieldbook_device_sync::{Applied, Input, Output};
use fieldbook_model::{DeviceId, Epoch, Limits, Schema, UserId, Version, WallTime, WorkspaceId, json};
use fieldbook_protocol::{Answer, Problem, PushRequest};
use fieldbook_server_store::{PageLimit, Push, SqliteStore, Store as _, push_group};
use fieldbook_server_sync::{Principal, Role};

use crate::people::action;

/// The workspace of all pairs.
pub const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([7; 16]);
/// The key of every device's database.
pub const KEY: DatabaseKey = DatabaseKey::from_bytes([9; 32]);
/// The key that a database gets in the course of a script.
pub const NEW_KEY: DatabaseKey = DatabaseKey::from_bytes([10; 32]);
/// When everything happens.
pub const NOW: WallTime = WallTime(1_790_000_000_000);

/// Small pages, so that a pull has several.
pub(crate) const PAGE: PageLimit = PageLimit { rows_max: 3, bytes_max: 4_000 };

/// What a page of a part holds: all of it, so that it says nothing of what is deleted.
const LOAD: PageLimit = PageLimit { rows_max: 1_000, bytes_max: 1 << 20 };

/// A device's store, and what a server knows of the device.
pub struct Device {
    /// The database.
    pub store: Store,
    principal: Principal,
    acts: u64,
}

/// The n-th device of a workspace, of a user of its own.
pub(crate) fn principal(n: u8) -> Principal {
    let (user, device) = (UserId::from_bytes([n; 16]), DeviceId::from_bytes([n; 16]));
    Principal { user, device, workspace: WORKSPACE, role: Role::Member, name: format!("user {n}") }
}

impl Device {
    /// Makes the database of the n-th device.
    ///
    /// # Panics
    /// When the file cannot be made.
    pub fn create(path: &Path, n: u8, schema: &Schema) -> Self {
        let principal = principal(n);
        let identity = Identity {
            workspace_id: WORKSPACE,
            workspace: "pair".into(),
            user_id: principal.user,
            user: principal.name.clone(),
            device_id: principal.device,
            role: principal.role.to_string(),
            schema: schema.clone(),
            limits: Limits::default(),
            epoch: Epoch(1),
        };
        let store = Store::create(path, &KEY, &identity).expect("BUG: no database");
        Self { store, principal, acts: 0 }
    }

    /// Opens the database of the n-th device.
    ///
    /// # Panics
    /// When it does not open.
    pub fn open(path: &Path, n: u8) -> Self {
        let store = Store::open(path, &KEY).unwrap_or_else(|error| panic!("{error}"));
        Self { store, principal: principal(n), acts: 1_000 }
    }

    /// A moment of this device's, each time another.
    pub fn moment(&mut self) -> Moment {
        self.acts += 1;
        let mut random = [self.principal.device.bytes()[0]; 16];
        random[..8].copy_from_slice(&self.acts.to_be_bytes());
        Moment { wall: WallTime(NOW.0 + self.acts as i64), random }
    }

    /// Does something, in the JSON of an op's changes.
    ///
    /// # Panics
    /// When it is refused.
    pub fn act(&mut self, changes: &str) -> Acted {
        let moment = self.moment();
        self.store.act(moment, action(changes)).unwrap_or_else(|error| panic!("{changes}: {error}"))
    }

    /// The same under an action and the name of an occasion.
    ///
    /// # Panics
    /// When it is refused.
    pub fn act_as(&mut self, name: &str, key: &str, changes: &str) -> Acted {
        let moment = self.moment();
        let action = Action { action: name.into(), key: Some(key.into()), ..action(changes) };
        self.store.act(moment, action).unwrap_or_else(|error| panic!("{changes}: {error}"))
    }

    /// Sends all that waits. Gives the answers, or why nothing was taken.
    ///
    /// # Panics
    /// When a store fails.
    pub fn push(&mut self, server: &mut SqliteStore) -> Result<Vec<Answer>, Problem> {
        let ask = Ask { from: None, ops_max: 100, bytes_max: 1 << 20, head_only: false };
        let Some(batch) = self.store.collect(ask).expect("BUG: no batch") else { return Ok(Vec::new()) };
        let request = PushRequest::read(batch.body.as_bytes()).expect("BUG: our own push");
        let pushes = [Push { principal: self.principal.clone(), request }];
        let replies = push_group(server, &Limits::default(), &pushes, NOW).expect("BUG: no commit");
        let reply = replies.into_iter().next().expect("BUG: no reply")?;
        self.store.answers(&reply).expect("BUG: answers that do not fit");
        Ok(reply.answers)
    }

    /// Takes in all news; gives what became of the last page.
    ///
    /// # Panics
    /// When a store fails.
    pub fn pull(&mut self, server: &SqliteStore) -> Applied {
        let mut reader = server.reader().expect("BUG: no reader");
        loop {
            let request = self.store.pull_request().expect("BUG: no request");
            let page =
                reader.page(&request, &self.principal, PAGE, NOW).unwrap_or_else(|error| panic!("{error}"));
            let page = page.expect("BUG: a member who was removed");
            let step = session::perform(&mut self.store, Output::Apply(page), NOW);
            match step.unwrap_or_else(|error| panic!("{error}")) {
                Step::Tell(Input::Applied(Applied::Staged { .. })) => {}
                Step::Tell(Input::Applied(applied)) => return applied,
                other => panic!("BUG: a page came to {other:?}"),
            }
        }
    }

    /// Fetches the scope that is wanted next; the next pull joins it.
    ///
    /// # Panics
    /// When a store fails, or nothing is wanted.
    pub fn load(&mut self, server: &SqliteStore) {
        self.load_by(server, LOAD);
    }

    /// The same in several pages, the later of which tell what went.
    ///
    /// # Panics
    /// As [`Self::load`].
    pub fn load_in_pages(&mut self, server: &SqliteStore) {
        self.load_by(server, PAGE);
    }

    fn load_by(&mut self, server: &SqliteStore, limit: PageLimit) {
        let mut reader = server.reader().expect("BUG: no reader");
        loop {
            let request =
                self.store.load_request().expect("BUG: no request").expect("BUG: nothing is wanted");
            let page =
                reader.page(&request, &self.principal, limit, NOW).unwrap_or_else(|error| panic!("{error}"));
            let page = page.expect("BUG: a member who was removed");
            match self.store.snapshot(&page).unwrap_or_else(|error| panic!("{error}")) {
                Snapshot::Kept => {}
                Snapshot::Whole => return,
                Snapshot::Useless => panic!("BUG: a snapshot that nobody wants"),
            }
        }
    }

    /// Brings the database to the server's version of the schema.
    ///
    /// # Panics
    /// When it does not follow.
    pub fn upgrade(&mut self, server: &SqliteStore) {
        let behind = self.store.identity().schema.version;
        let reply = server.reader().and_then(|mut reader| reader.schemas(behind)).expect("BUG: no schemas");
        let step = session::perform(&mut self.store, Output::Upgrade(json::write(&reply)), NOW);
        match step.unwrap_or_else(|error| panic!("{error}")) {
            Step::Tell(Input::Upgraded(Ok(_))) => {}
            other => panic!("BUG: an upgrade came to {other:?}"),
        }
    }

    /// Sends, takes in, and follows the server's schema, until there is nothing more.
    ///
    /// # Panics
    /// When the server does not take something, or it does not end.
    pub fn sync(&mut self, server: &mut SqliteStore) {
        for _ in 0..5 {
            self.push(server).unwrap_or_else(|problem| panic!("{problem:?}"));
            match self.pull(server) {
                Applied::Outgrown { .. } => self.upgrade(server),
                Applied::Shown { .. } | Applied::Known => return,
                other => panic!("BUG: a pull came to {other:?}"),
            }
        }
        panic!("BUG: it does not end");
    }
}

/// Brings a workspace to the next version of its schema.
///
/// # Panics
/// When that does not follow.
pub fn upgrade(server: &mut SqliteStore, next: &Schema) -> Version {
    server.upgrade(next).unwrap_or_else(|error| panic!("{error}: {error:?}"))
}
