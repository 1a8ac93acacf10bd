//! The server of a world: the real store and the real decisions, behind an invented network.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::accounts::Accounts;
use fieldbook_model::chain::Hash;
use fieldbook_model::op::About;
use fieldbook_model::{
    Cursor, DeviceId, Limits, OpId, Refusal, Schema, SealedOp, UserId, Version, WallTime, WorkspaceId, json,
};
use fieldbook_protocol::blob::{BLOB_PIECE_BYTES, BlobAsk};
use fieldbook_protocol::live::{Event, Head};
use fieldbook_protocol::page::{PullRequest, Staged};
use fieldbook_protocol::{
    Answer, CommonRequest, Page, Problem, ProblemCode, PushReply, PushRequest, Standing,
};
use fieldbook_server_store::sqlite::Backup;
use fieldbook_server_store::{
    By, Chase, MemberRow, Outcome, PageLimit, Place, Push, Reader, Reads, SqliteStore, Store, Wanted, carry,
    part, push_group,
};
use fieldbook_server_sync::policy::may;
use fieldbook_server_sync::{Call, Epochs, Principal, Role, Stand};

/// How large what travels may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// What the server takes.
    pub limits: Limits,
    /// What a page of a pull holds.
    pub page: PageLimit,
    /// What fits one live event.
    pub event: PageLimit,
}

impl Sizes {
    /// Small ones, so that a queue of few ops is sent in several pushes, and every pull has several pages.
    pub const SMALL: Self = Self {
        limits: Limits { op_bytes_max: 3_000, push_bytes_max: 8_000, push_ops_max: 20, op_changes_max: 50 },
        page: PageLimit { rows_max: 7, bytes_max: 4_000 },
        event: PageLimit { rows_max: 20, bytes_max: 16_000 },
    };
}

/// A server with one workspace.
pub struct Server {
    store: SqliteStore,
    reader: Box<dyn Reader>,
    workspace: WorkspaceId,
    sizes: Sizes,
    roles: BTreeMap<DeviceId, (UserId, Role, String)>,
    /// The ops of which it ever said that a backup has them.
    backed_up: BTreeSet<OpId>,
    /// Where devices may be lost or locked.
    accounts: Option<Accounts>,
    blobs: BTreeMap<Hash, Vec<u8>>,
}

/// A pull between two of its pages.
pub struct Pulling {
    device: DeviceId,
    request: PullRequest,
    chase: Chase,
    more: bool,
}

impl Pulling {
    /// Whether there are more pages.
    pub fn more(&self) -> bool {
        self.more
    }
}

/// All that a server's folder holds: the workspace, and the accounts.
pub struct Copied {
    store: Backup,
    roles: BTreeMap<DeviceId, (UserId, Role, String)>,
    accounts: Option<Accounts>,
}

impl Server {
    /// An empty workspace, in memory.
    pub fn new(workspace: WorkspaceId, schema: &Schema, sizes: Sizes) -> Self {
        // Two worlds of one seed may run side by side; their databases have names of their own.
        static WORLDS: AtomicU64 = AtomicU64::new(0);
        let name = format!("world-{}", WORLDS.fetch_add(1, Ordering::Relaxed));
        let store = SqliteStore::memory(schema, workspace, &name).expect("BUG: a store in memory");
        let reader = store.reader().expect("BUG: a reader in memory");
        Self {
            store,
            reader,
            workspace,
            sizes,
            roles: BTreeMap::new(),
            backed_up: BTreeSet::new(),
            accounts: None,
            blobs: BTreeMap::new(),
        }
    }

    /// From now on it has accounts.
    pub fn keep(&mut self, accounts: Accounts) {
        self.accounts = Some(accounts);
    }

    /// How large what travels may be.
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// Whether it has accounts.
    pub fn has_accounts(&self) -> bool {
        self.accounts.is_some()
    }

    /// Its accounts.
    pub fn accounts(&mut self) -> &mut Accounts {
        self.accounts.as_mut().expect("BUG: a world without accounts")
    }

    /// Lets a device in.
    pub fn register(&mut self, device: DeviceId, user: UserId, role: Role, name: &str) {
        self.roles.insert(device, (user, role, name.to_owned()));
    }

    /// Takes some pushes together. With `fails` their commit fails. Gives back what was decided, for the
    /// oracle, and what each device gets.
    pub fn push(
        &mut self,
        pushes: Vec<(DeviceId, PushRequest)>,
        now: WallTime,
        fails: bool,
    ) -> Vec<Result<PushReply, Problem>> {
        let count = pushes.len();
        let pushes: Vec<Push> = pushes
            .into_iter()
            .map(|(device, request)| Push { principal: self.principal(device), request })
            .collect();
        if fails {
            self.store.fail_next_commit();
        }
        match push_group(&mut self.store, &self.sizes.limits, &pushes, now) {
            Ok(replies) => replies,
            Err(_) => {
                let busy = Problem::new(ProblemCode::Unavailable, "The server cannot store just now.", now);
                vec![Err(busy); count]
            }
        }
    }

    /// Who a device is to the server.
    pub fn principal(&self, device: DeviceId) -> Principal {
        let (user, role, name) = self.roles[&device].clone();
        Principal { user, device, workspace: self.workspace, role, name }
    }

    /// What the accounts say that a user is.
    pub fn role(&self, user: UserId) -> Role {
        let found = self.roles.values().find(|(whose, ..)| *whose == user);
        found.map_or(Role::Nobody, |(_, role, _)| role.clone())
    }

    /// What the accounts say of a user from now on.
    pub fn account(&mut self, user: UserId, role: &Role) {
        let own = self.roles.values_mut().filter(|(whose, ..)| *whose == user);
        own.for_each(|(_, account, _)| *account = role.clone());
    }

    /// Has a change of a member or a grant carried into the log.
    pub fn carry(&mut self, op: OpId, about: About, now: WallTime) -> Result<(), Refusal> {
        let workspace = self.workspace;
        let wanted = [Wanted { op, workspace, about, at: now, by: By::default(), rights_of: None }];
        self.carry_all(&wanted).swap_remove(0).1
    }

    /// Has all that waits carried into the log, in its order.
    pub fn carry_all(&mut self, wanted: &[Wanted]) -> Vec<Outcome> {
        let row = |(user, role, name): &(UserId, Role, String)| MemberRow {
            user: *user,
            name: name.clone(),
            role: role.clone(),
        };
        let mut members: Vec<MemberRow> = self.roles.values().map(row).collect();
        members.dedup_by_key(|member| member.user);
        carry(&mut self.store, &self.sizes.limits, self.workspace, &members, wanted)
            .expect("BUG: a commit in memory")
    }

    /// Who the server itself is.
    pub fn itself(&self) -> Principal {
        Principal::server(self.workspace)
    }

    /// Whether a device may read (rule 33).
    pub fn may_read(&self, device: DeviceId) -> bool {
        may(&self.principal(device), self.workspace, Call::Pull)
    }

    /// Whether it can find the answers to a device's ops.
    pub fn knows(&mut self, device: DeviceId, request: &PullRequest) -> bool {
        let user = self.principal(device).user;
        let branch = request.branch.as_ref().filter(|_| request.load.is_none());
        branch.is_none_or(|branch| self.reader.knows(branch, user).expect("BUG: the logs in memory"))
    }

    /// Begins a new history, if a device has seen what this server never had.
    pub fn stand(&mut self, request: &PullRequest, now: WallTime) {
        let standing = standing(request);
        if matches!(self.stands(&standing), Stand::Apart(_) | Stand::Less(_)) {
            part(&mut self.store, &standing, now).expect("BUG: a new history in memory");
        }
    }

    /// The pages that a pull streams; none to somebody who was removed.
    pub fn pull(&mut self, device: DeviceId, request: PullRequest, now: WallTime) -> Vec<String> {
        let mut pulling = self.begin_pull(device, request, now);
        let mut pages = Vec::new();
        while pulling.more {
            pages.extend(self.go_on(&mut pulling, now));
        }
        pages
    }

    /// Begins a pull.
    pub fn begin_pull(&mut self, device: DeviceId, request: PullRequest, now: WallTime) -> Pulling {
        self.stand(&request, now);
        Pulling { device, request, chase: Chase::default(), more: true }
    }

    /// The pages of a pull that come from the next snapshot: one, or all that are left.
    pub fn go_on(&mut self, pulling: &mut Pulling, now: WallTime) -> Vec<String> {
        let principal = self.principal(pulling.device);
        let (mut pages, next) = (Vec::new(), pulling.chase.next());
        let mut take = |text: String| {
            pages.push(text);
            ControlFlow::Continue(())
        };
        let asked = (&pulling.request, &principal);
        let reads = self.reader.pages(asked, self.sizes.page, next, &|| now, &mut take);
        pulling.more = reads.expect("BUG: pages in memory") == Reads::Pages;
        for text in &pages {
            let page = Page::read(text).expect("BUG: our own page");
            pulling.chase.has_read(&page.start, &page.end);
            pulling.more = page.end.more;
            pulling.request.staged = Some(Staged { version: page.end.to.version, view: page.start.view });
        }
        pages
    }

    /// Whether a device's place is one of this history.
    pub fn stands(&mut self, standing: &Standing) -> Stand {
        self.reader.stands(standing).expect("BUG: the log in memory")
    }

    /// Keeps a blob, as a `PUT` does.
    pub fn put_blob(&mut self, bytes: Vec<u8>) -> Hash {
        let sum = Hash::of(&bytes);
        self.blobs.insert(sum, bytes);
        sum
    }

    /// Bytes in the place of a blob's, as a disk that fails would give them.
    pub fn spoil_blob(&mut self, sum: Hash) {
        self.blobs.entry(sum).and_modify(|bytes| bytes.iter_mut().for_each(|byte| *byte ^= 1));
    }

    /// A piece of a blob, and how many bytes there are in all; `None` where there is none for this device.
    pub fn piece(&mut self, device: DeviceId, ask: &BlobAsk) -> Option<(u64, Vec<u8>)> {
        let principal = self.principal(device);
        let reader = (&principal, Some(ask.schema));
        let is_named =
            self.reader.names_blob(&ask.of, ask.id, reader, ask.sum).expect("BUG: a record in memory");
        let bytes = self.blobs.get(&ask.sum).filter(|_| is_named)?;
        let first = (ask.first as usize).min(bytes.len());
        let end = bytes.len().min(first + BLOB_PIECE_BYTES as usize);
        Some((bytes.len() as u64, bytes[first..end].to_vec()))
    }

    /// The blobs that it has.
    pub fn blobs(&self) -> &BTreeMap<Hash, Vec<u8>> {
        &self.blobs
    }

    /// The history in force, and where the earlier ones ended.
    pub fn epochs(&mut self) -> Epochs {
        self.store.batch().and_then(|mut batch| batch.epochs()).expect("BUG: the histories in memory")
    }

    /// Somebody says that a backup has everything up to now.
    pub fn mark_backup(&mut self, now: WallTime) {
        let head = self.head().version;
        let log = self.reader.ops(Version::ZERO, u32::MAX).expect("BUG: the log in memory");
        self.backed_up.extend(log.iter().map(|(_, line)| op_id(line)));
        self.store.set_backup_mark(head, now).expect("BUG: a mark in memory");
    }

    /// Whether it ever said that a backup has an op.
    pub fn had_backed_up(&self, op: OpId) -> bool {
        self.backed_up.contains(&op)
    }

    /// What its records take for saying who changed what last: bytes, and units that have it.
    pub fn stamp_bytes(&self) -> (u64, u64) {
        self.store.stamp_bytes().expect("BUG: the stamps in memory")
    }

    /// What was lost, and what became of it.
    pub fn recovery(&self) -> fieldbook_server_store::Recovery {
        self.store.recovery().expect("BUG: a report in memory")
    }

    /// A copy of all that it holds.
    pub fn copy(&self) -> Copied {
        let (roles, accounts) = (self.roles.clone(), self.accounts.as_ref().map(Accounts::copy));
        Copied { store: self.store.copy().expect("BUG: a copy in memory"), roles, accounts }
    }

    /// A copy takes the place of all that it holds, and nobody told it.
    pub fn put_back(&mut self, copy: &Copied) {
        let now = std::mem::replace(&mut self.roles, copy.roles.clone());
        // Who signed in since is let in when that is done again.
        for (device, who) in now {
            self.roles.entry(device).or_insert(who);
        }
        if let (Some(accounts), Some(copy)) = (&mut self.accounts, &copy.accounts) {
            accounts.put_back(copy);
        }
        self.store.put_back(&copy.store).expect("BUG: a copy in memory");
        self.reader = self.store.reader().expect("BUG: a reader in memory");
    }

    /// Forgets what was deleted up to a time. Gives how many records that are, and the horizon.
    pub fn collect(&mut self, until: WallTime) -> (u64, Version) {
        let (mut gone, mut after) = (0, Place::default());
        loop {
            let part = self.store.collect(until, after).expect("BUG: a collection in memory");
            gone += part.gone;
            match part.next {
                Some(next) => after = next,
                None => return (gone, part.horizon),
            }
        }
    }

    /// What a live stream says first.
    pub fn hello(&mut self, now: WallTime) -> String {
        Event::Head(Head { head: self.head(), time: now }).write()
    }

    /// What a live stream says about everything since a cursor, and up to where that is; `None` to somebody who was
    /// removed.
    pub fn event(
        &mut self,
        device: DeviceId,
        request: &PullRequest,
        now: WallTime,
    ) -> Option<(String, Cursor)> {
        let principal = self.principal(device);
        let text =
            self.reader.page(request, &principal, self.sizes.event, now).expect("BUG: a page in memory")?;
        let page = Page::read(&text).expect("BUG: our own page");
        Some(match !page.end.more && page.start.base == request.cursor.version {
            true => (Event::Changes(text).write(), page.end.to),
            false => (self.hello(now), self.head()),
        })
    }

    /// The versions of the schema behind one.
    pub fn schemas(&mut self, behind: u32) -> String {
        json::write(&self.reader.schemas(behind).expect("BUG: the schemas in memory"))
    }

    /// What it has of a log, as a reply's text.
    pub fn common(&mut self, device: DeviceId, body: &str) -> String {
        let user = self.principal(device).user;
        let request: CommonRequest = json::parse(body).expect("BUG: our own request");
        json::write(&self.reader.common(user, &request).expect("BUG: the log in memory"))
    }

    /// Brings the workspace to the next version of its schema.
    pub fn upgrade(&mut self, next: &Schema) -> Version {
        match self.store.upgrade(next) {
            Ok(version) => version,
            Err(error) => panic!("BUG: the world's next schema does not follow: {error:?}"),
        }
    }

    /// How far the workspace is.
    pub fn head(&mut self) -> Cursor {
        self.reader.head().expect("BUG: the head in memory").cursor()
    }

    /// The shown state, canonically.
    pub fn export(&mut self) -> Vec<String> {
        self.reader.export().expect("BUG: an export in memory")
    }

    /// Its log from a version on.
    pub fn log(&mut self, from: Version) -> Vec<Logged> {
        let ops = self.reader.ops(from, u32::MAX).expect("BUG: the log in memory");
        ops.iter().map(|(_, line)| json::parse(line).expect("BUG: a line of the server's log")).collect()
    }

    /// The reader, for checks.
    pub fn reader(&mut self) -> &mut dyn Reader {
        self.reader.as_mut()
    }
}

/// An op of the server's log, with what was answered.
#[derive(serde::Deserialize)]
pub struct Logged {
    /// The answer, which says where the op stands.
    pub answer: Answer,
    op: Box<serde_json::value::RawValue>,
}

impl Logged {
    /// The op; `None` where what came is none that can be read.
    pub fn sealed(&self) -> Option<SealedOp> {
        SealedOp::open(self.op.get().to_owned()).ok()
    }
}

/// Where a device stands that asks for news.
pub fn standing(request: &PullRequest) -> Standing {
    Standing { cursor: request.cursor, trail: request.trail.clone() }
}

/// The op of a line of the log.
fn op_id(line: &str) -> OpId {
    #[derive(serde::Deserialize)]
    struct Line {
        answer: Answer,
    }
    json::parse::<Line>(line).expect("BUG: a line of the server's log").answer.op_id
}
