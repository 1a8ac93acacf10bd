//! One open workspace, as the calls see it: a queue to its writer, its readers, its head.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fieldbook_model::chain::Hash;
use fieldbook_model::{Access, Cursor, OpId, RecordId, Schema, Scope, UserId, WallTime, WorkspaceId};
use fieldbook_protocol::history::{HistoryLine, TimelineReply};
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::record::{RecordReply, RecordsReply};
use fieldbook_protocol::schema::SchemaReply;
use fieldbook_protocol::seen::Onlooker;
use fieldbook_protocol::{Branch, CommonReply, CommonRequest, PushReply, Standing};
use fieldbook_server_store::{
    Amount, Head, Listed, MemberRow, Next, Outcome, PageLimit, Push, Reader, Stretch, Wanted,
};
use fieldbook_server_sync::{Principal, Stand, policy};
use tokio::sync::{mpsc, oneshot, watch};

use crate::config::Config;
use crate::lock::lock;
use crate::metrics::Metrics;
use crate::page::PageText;
use crate::presence::{Look, Presence};
use crate::readers::Readers;
use crate::refused::Refused;
use crate::turns::Turns;
use crate::writer::{Answer, Ask, Opener, Waiting, Writer};
use crate::{clock, tasks};

/// How long a push waits for a place in a full queue.
const QUEUE_TIME_MAX: Duration = Duration::from_secs(5);

/// An open workspace.
pub struct Workspace {
    asks: mpsc::Sender<Ask>,
    heads: watch::Receiver<Cursor>,
    readers: Arc<Readers>,
    turns: Arc<Turns>,
    presence: Mutex<Presence>,
}

impl Workspace {
    /// Starts the writer, which opens the file at the first need.
    pub fn start(
        id: WorkspaceId,
        open: Opener,
        config: &Config,
        metrics: &Arc<Metrics>,
    ) -> std::io::Result<Self> {
        let (asks, asked) = mpsc::channel(config.queue_max);
        let (published, heads) = watch::channel(Cursor::default());
        let (limits, group) = (config.limits, config.group);
        let keep_deleted = config.keep_deleted;
        let writer = Writer {
            id,
            open,
            store: None,
            asks: asked,
            heads: published,
            limits,
            group,
            keep_deleted,
            forgets: None,
            metrics: Arc::clone(metrics),
        };
        tasks::thread(format!("writer {id}"), || writer.run())?;
        drop(tasks::spawn(forget_now_and_then(asks.downgrade(), config.forget)));
        let readers = Arc::new(Readers::new(config.readers_max, asks.clone()));
        Ok(Self { asks, heads, readers, turns: Arc::default(), presence: Mutex::default() })
    }

    /// Whether its writer is gone, which only a defect outside of a commit can do.
    pub fn is_dead(&self) -> bool {
        self.asks.is_closed()
    }

    /// Has a push committed: one of a device at a time, since its ops have one order anyway.
    pub async fn push(&self, push: Push, bytes: usize) -> Result<PushReply, Refused> {
        let turn = self.turns.take(push.principal.device)?;
        let (caller, answered) = oneshot::channel();
        let ask = Ask::Push(Waiting { push, bytes, answer: Answer { turn, caller } });
        self.asks.send_timeout(ask, QUEUE_TIME_MAX).await.map_err(|_| Refused::unavailable())?;
        answered.await.map_err(|_| Refused::internal())?
    }

    /// Its record types. Read each time: they may be brought to another version beside this server.
    pub async fn schema(&self) -> Result<Arc<Schema>, Refused> {
        self.readers.read(|reader| reader.schema()).await
    }

    /// The versions of its record types behind one that a device has.
    pub async fn schemas(&self, behind: u32) -> Result<SchemaReply, Refused> {
        self.readers.read(move |reader| reader.schemas(behind)).await
    }

    /// Has changes of members carried into the log.
    pub async fn members(
        &self,
        members: Vec<MemberRow>,
        wanted: Vec<Wanted>,
    ) -> Result<Vec<Outcome>, Refused> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask::Members(members, wanted, answer);
        self.asks.send(ask).await.map_err(|_| Refused::unavailable())?;
        Ok(answered.await.map_err(|_| Refused::internal())??)
    }

    /// Reads where the workspace stands.
    pub async fn head(&self) -> Result<Head, Refused> {
        self.readers.read(|reader| reader.head()).await
    }

    /// Whether a device's place is one of this history.
    pub async fn stands(&self, standing: &Standing) -> Result<Stand, Refused> {
        let asked = standing.clone();
        self.readers.read(move |reader| reader.stands(&asked)).await
    }

    /// Whether the log that a device says to write is here, or the other that it began as a copy of.
    pub async fn knows(&self, branch: Box<Branch>, user: UserId) -> Result<bool, Refused> {
        self.readers.read(move |reader| reader.knows(&branch, user)).await
    }

    /// The last of some ops that a log of a user has.
    pub async fn common(&self, user: UserId, request: CommonRequest) -> Result<CommonReply, Refused> {
        self.readers.read(move |reader| reader.common(user, &request)).await
    }

    /// Begins a new history, where a device has seen what this server never had.
    pub async fn part(&self, standing: Standing) -> Result<(), Refused> {
        let (answer, answered) = oneshot::channel();
        self.asks.send(Ask::Part(standing, answer)).await.map_err(|_| Refused::unavailable())?;
        answered.await.map_err(|_| Refused::internal())?
    }

    /// The connections for reading.
    pub fn readers(&self) -> &Arc<Readers> {
        &self.readers
    }

    /// Reads a page of what a device asks for.
    pub async fn page(
        &self,
        request: PullRequest,
        principal: Principal,
        limit: PageLimit,
    ) -> Result<PageText, Refused> {
        let read = move |reader: &mut dyn Reader| reader.page(&request, &principal, limit, clock::now());
        PageText::new(self.readers.read(read).await?.ok_or_else(Refused::revoked)?)
    }

    /// Reads the next page of a pull, as large as what was written meanwhile asks for.
    pub async fn page_of(
        &self,
        request: PullRequest,
        principal: Principal,
        limit: PageLimit,
        next: Next,
    ) -> Result<PageText, Refused> {
        let read = move |reader: &mut dyn Reader| {
            let mut page = None;
            let mut take = |text| {
                page = Some(text);
                ControlFlow::Break(())
            };
            reader.pages((&request, &principal), limit, next, &clock::now, &mut take)?;
            Ok(page)
        };
        PageText::new(self.readers.read(read).await?.ok_or_else(Refused::revoked)?)
    }

    /// Reads a record as a person sees it.
    pub async fn record(
        &self,
        of: String,
        id: RecordId,
        principal: Principal,
        schema: Option<u32>,
    ) -> Result<Option<RecordReply>, Refused> {
        let read = move |reader: &mut dyn Reader| reader.record(&of, id, (&principal, schema), clock::now());
        self.readers.read(read).await
    }

    /// Whether a person may bring blobs, by what that person may at the head.
    pub async fn may_bring(&self, principal: Principal) -> Result<bool, Refused> {
        let read = move |reader: &mut dyn Reader| {
            let head = reader.head()?.version;
            let said = reader.access(principal.user, head)?.map(|(_, access)| access);
            Ok(policy::may_bring(&said.unwrap_or(Access::everywhere(principal.role))))
        };
        self.readers.read(read).await
    }

    /// Reads records of a type as a person sees them; within, what is wrong with the wish.
    pub async fn records(
        &self,
        asks: Principal,
        wish: Listed,
    ) -> Result<Result<RecordsReply, String>, Refused> {
        self.readers.read(move |reader| reader.records_for(&asks, &wish)).await
    }

    /// How much a part is, as far as a person reads it: by itself, and with the parts within it.
    pub async fn amount(&self, asks: Principal, part: Scope) -> Result<Option<[Amount; 2]>, Refused> {
        self.readers.read(move |reader| reader.amount_for(&asks, &part)).await
    }

    /// Whether a record that a person reads by now names a blob.
    pub async fn names_blob(
        &self,
        (of, id): (String, RecordId),
        (principal, schema): (Principal, Option<u32>),
        sum: Hash,
    ) -> Result<bool, Refused> {
        self.readers.read(move |reader| reader.names_blob(&of, id, (&principal, schema), sum)).await
    }

    /// Reads every change of a record, as far as a person may read it.
    pub async fn history(
        &self,
        asks: Principal,
        of: String,
        id: RecordId,
    ) -> Result<Vec<HistoryLine>, Refused> {
        self.readers.read(move |reader| reader.history_for(&asks, &of, id)).await
    }

    /// Reads every change that an op made or wanted to make, as far as a person may read it.
    pub async fn history_of_op(&self, asks: Principal, op: OpId) -> Result<Vec<HistoryLine>, Refused> {
        self.readers.read(move |reader| reader.history_of_op_for(&asks, op)).await
    }

    /// Reads what happened in a stretch of the total order, as far as a person may read it.
    pub async fn timeline(&self, asks: Principal, stretch: Stretch) -> Result<TimelineReply, Refused> {
        self.readers.read(move |reader| reader.timeline_for(&asks, &stretch)).await
    }

    /// Takes that somebody looks at a record, or does no longer, and tells who else does. Whoever asks may read it.
    pub fn seen(&self, look: Look, now: (Instant, WallTime)) -> Vec<Onlooker> {
        lock(&self.presence).hear(look, now)
    }

    /// Tells of each new head from now on.
    pub fn heads(&self) -> watch::Receiver<Cursor> {
        let mut heads = self.heads.clone();
        heads.mark_unchanged();
        heads
    }

    /// Lets what is queued be committed and the file be closed.
    pub async fn close(&self) {
        self.readers.close();
        let _ = self.asks.send(Ask::Close).await;
        let mut heads = self.heads.clone();
        // The channel's other end goes with the writer, after its store.
        while heads.changed().await.is_ok() {}
    }
}

/// Asks the writer to forget what was deleted long ago, as long as there is one.
async fn forget_now_and_then(asks: mpsc::WeakSender<Ask>, (first, then): (Duration, Duration)) {
    tokio::time::sleep(first).await;
    while let Some(asks) = asks.upgrade() {
        if asks.send(Ask::Forget).await.is_err() {
            return;
        }
        drop(asks);
        tokio::time::sleep(then).await;
    }
}
