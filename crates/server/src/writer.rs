//! A workspace's one writer: a thread that commits all waiting pushes together, answers each only after the
//! commit, and then publishes the new head.
//!
//! A panic while it writes is a defect that met one workspace: the transaction is rolled back by the unwinding,
//! the callers get a 500, the store with whatever it kept in memory is dropped, and the next push opens the file
//! again. Ending the process instead would let one workspace's bad push take all others down with it.
//!
//! When a group fails, each of its pushes is tried once more alone, so that a bad one does not take its
//! neighbours with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use fieldbook_model::{Cursor, Limits, WallTime, WorkspaceId};
use fieldbook_protocol::{PushReply, Standing};
use fieldbook_server_store::{
    MemberRow, Outcome as MemberOutcome, Place, Push, Reader, Store, StoreError, Wanted, carry, part,
    push_group,
};
use fieldbook_server_sync::NewEpoch;
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock;
use crate::config::GroupLimit;
use crate::metrics::Metrics;
use crate::refused::Refused;
use crate::turns::Turn;

/// The pushes of a failed group are tried alone for so long; a disk that is full or busy fails them all.
const ALONE_TIME_MAX: Duration = Duration::from_secs(5);

/// Opens the workspace's store.
pub type Opener = Box<dyn Fn() -> Result<Box<dyn Store>, StoreError> + Send>;

/// What the writer is asked for.
pub enum Ask {
    /// To commit a push.
    Push(Waiting),
    /// For one more connection for reading.
    Reader(oneshot::Sender<Result<Box<dyn Reader>, StoreError>>),
    /// To carry changes of members into the log.
    Members(Vec<MemberRow>, Vec<Wanted>, oneshot::Sender<Result<Vec<MemberOutcome>, StoreError>>),
    /// To see whether a device's place is one of this history, and else to begin a new one.
    Part(Standing, oneshot::Sender<Result<(), Refused>>),
    /// To forget what was deleted longer ago than it is kept, a part at a time.
    Forget,
    /// To end, after what was asked for before.
    Close,
}

/// A push that waits for its commit.
pub struct Waiting {
    /// The push.
    pub push: Push,
    /// The bytes of its body.
    pub bytes: usize,
    /// Where its answer goes.
    pub answer: Answer,
}

/// Where the answer to a push goes, and the turn that its device has until then.
pub struct Answer {
    /// The turn.
    pub turn: Turn,
    /// The call that waits.
    pub caller: oneshot::Sender<Result<PushReply, Refused>>,
}

impl Answer {
    /// Answers. The turn ends before, since the device's next push may come at once.
    fn send(self, reply: Result<PushReply, Refused>) {
        drop(self.turn);
        // Who went away in the meantime asks again and gets the same answer.
        let _ = self.caller.send(reply);
    }
}

/// The writer as its thread has it.
pub struct Writer {
    /// Whose.
    pub id: WorkspaceId,
    /// How to open it.
    pub open: Opener,
    /// The store, while it is open.
    pub store: Option<Box<dyn Store>>,
    /// What is asked for.
    pub asks: mpsc::Receiver<Ask>,
    /// Where the head is published.
    pub heads: watch::Sender<Cursor>,
    /// What one op and one push may be.
    pub limits: Limits,
    /// What one commit takes together.
    pub group: GroupLimit,
    /// How long what was deleted is kept.
    pub keep_deleted: Duration,
    /// Where a collection goes on that is begun.
    pub forgets: Option<Place>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// What became of a group: an answer for each push, or nothing was done.
type Outcome = Result<Vec<Result<PushReply, Refused>>, Failure>;

enum Failure {
    Store(StoreError),
    Panic,
}

impl Writer {
    /// Works until it is closed.
    pub fn run(mut self) {
        while let Some(ask) = self.next() {
            let group = self.gather(ask);
            if !group.is_empty() {
                self.commit(group);
            }
            self.forget();
        }
    }

    /// What is asked for next. While there is more to forget nobody is waited for.
    fn next(&mut self) -> Option<Ask> {
        while self.forgets.is_some() && !self.asks.is_closed() {
            match self.asks.try_recv() {
                Ok(ask) => return Some(ask),
                Err(_) => self.forget(),
            }
        }
        self.asks.blocking_recv()
    }

    /// A part of a collection, if one is begun: a push that comes meanwhile waits for no more than that.
    fn forget(&mut self) {
        let Some(after) = self.forgets.take() else { return };
        let keep = i64::try_from(self.keep_deleted.as_millis()).unwrap_or(i64::MAX);
        let until = WallTime(clock::now().0.saturating_sub(keep));
        let caught = catch_unwind(AssertUnwindSafe(|| self.opened()?.collect(until, after)));
        let workspace = self.id;
        match caught {
            Ok(Ok(part)) => {
                self.forgets = part.next;
                if part.gone > 0 {
                    let (gone, horizon) = (part.gone, part.horizon);
                    tracing::info!(%workspace, gone, %horizon, "forgot what was deleted long ago");
                }
            }
            // It is tried again with the next collection.
            Ok(Err(error)) => {
                tracing::warn!(%workspace, %error, "what was deleted long ago could not be forgotten")
            }
            Err(_) => {
                tracing::error!(%workspace, "a collection panicked; the workspace is opened again");
                self.store = None;
            }
        }
    }

    /// Takes what waits, up to one commit's worth. Nobody is waited for: while one group is being made
    /// durable the next gathers by itself.
    fn gather(&mut self, first: Ask) -> Vec<Waiting> {
        let (mut group, mut bytes, mut next) = (Vec::new(), 0, Some(first));
        while let Some(ask) = next {
            match ask {
                Ask::Push(waiting) => {
                    bytes += waiting.bytes;
                    group.push(waiting);
                }
                Ask::Reader(answer) => {
                    let _ = answer.send(self.opened().and_then(|store| store.reader()));
                }
                Ask::Members(members, wanted, answer) => {
                    let _ = answer.send(self.members(&members, &wanted));
                }
                Ask::Part(standing, answer) => {
                    let _ = answer.send(self.part(&standing));
                }
                Ask::Forget => self.forgets = Some(Place::default()),
                Ask::Close => self.asks.close(),
            }
            if group.len() >= self.group.pushes_max || bytes >= self.group.bytes_max {
                break;
            }
            next = self.asks.try_recv().ok();
        }
        group
    }

    /// Begins a new history, if a device needs one; the next commits are made in it.
    fn part(&mut self, standing: &Standing) -> Result<(), Refused> {
        let head = self.opened().and_then(|store| part(store, standing, clock::now()));
        let (head, new) = head.inspect_err(|error| {
            tracing::error!(workspace = %self.id, %error, "a new history could not be begun");
        })?;
        if let Some(NewEpoch { epoch, fork, .. }) = new {
            let workspace = self.id;
            tracing::warn!(%workspace, %epoch, %fork, "a device has seen what this server lost: a new history begins");
        }
        self.heads.send_if_modified(|last| std::mem::replace(last, head.cursor()) != head.cursor());
        Ok(())
    }

    fn commit(&mut self, group: Vec<Waiting>) {
        let (pushes, answers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|waiting| (waiting.push, waiting.answer)).unzip();
        let start = clock::mono();
        let replies = match self.carry_out(&pushes) {
            Ok(replies) => replies,
            Err(failure) => {
                let refused = self.failed(&failure, pushes.len());
                match pushes.len() {
                    1 => vec![Err(refused())],
                    _ => self.each_alone(&pushes, refused),
                }
            }
        };
        self.metrics.committed(&replies, start.elapsed());
        let head = self.head(&replies);
        for (answer, reply) in answers.into_iter().zip(replies) {
            answer.send(reply);
        }
        if let Some(head) = head {
            self.heads.send_if_modified(|last| std::mem::replace(last, head) != head);
        }
    }

    /// Tries each push of a failed group once more, alone; those that there is no time for get `refused`.
    fn each_alone(&mut self, pushes: &[Push], refused: fn() -> Refused) -> Vec<Result<PushReply, Refused>> {
        let start = clock::mono();
        let mut replies = Vec::with_capacity(pushes.len());
        for push in pushes {
            let alone = match start.elapsed() < ALONE_TIME_MAX {
                true => self.carry_out(std::slice::from_ref(push)),
                false => Ok(vec![Err(refused())]),
            };
            match alone {
                Ok(reply) => replies.extend(reply),
                Err(failure) => replies.push(Err(self.failed(&failure, 1)())),
            }
        }
        replies
    }

    fn carry_out(&mut self, pushes: &[Push]) -> Outcome {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let limits = self.limits;
            push_group(self.opened()?, &limits, pushes, clock::now())
        }));
        let replies = caught.map_err(|_| Failure::Panic)?.map_err(Failure::Store)?;
        Ok(replies.into_iter().map(|reply| reply.map_err(Refused)).collect())
    }

    /// Carries changes of members out: a commit of its own, which publishes the head as any.
    fn members(
        &mut self,
        members: &[MemberRow],
        wanted: &[Wanted],
    ) -> Result<Vec<MemberOutcome>, StoreError> {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let (limits, id) = (self.limits, self.id);
            carry(self.opened()?, &limits, id, members, wanted)
        }));
        let carried = caught.unwrap_or_else(|_| {
            // What it kept in memory may be half of something.
            self.store = None;
            Err(StoreError::Retry("a change of members panicked".to_owned()))
        });
        if let Some(head) = self.head(&[]) {
            self.heads.send_if_modified(|last| std::mem::replace(last, head) != head);
        }
        carried
    }

    fn opened(&mut self) -> Result<&mut dyn Store, StoreError> {
        if self.store.is_none() {
            self.store = Some((self.open)()?);
        }
        Ok(self.store.as_deref_mut().expect("BUG: the store was just opened"))
    }

    /// The answer when nothing was done. Only a store that may just have been busy is kept.
    fn failed(&mut self, failure: &Failure, pushes: usize) -> fn() -> Refused {
        let workspace = self.id;
        match failure {
            Failure::Store(error) => {
                tracing::error!(%workspace, pushes, %error, "a commit failed");
                match error {
                    StoreError::Retry(_) => Refused::unavailable,
                    StoreError::Unusable(_) => {
                        self.store = None;
                        Refused::unusable
                    }
                }
            }
            Failure::Panic => {
                tracing::error!(%workspace, pushes, "a commit panicked; the workspace is opened again");
                self.store = None;
                Refused::internal
            }
        }
    }

    /// Where the workspace stands after a group. A push that turned out to be of a forked log may have had
    /// good ops before, which its refusal does not tell of; then the store is asked.
    fn head(&mut self, replies: &[Result<PushReply, Refused>]) -> Option<Cursor> {
        let told = replies.iter().flatten().last();
        match told.filter(|_| replies.iter().all(Result::is_ok)) {
            Some(reply) => Some(Cursor { epoch: reply.epoch, version: reply.head }),
            None => self.store.as_mut()?.reader().ok()?.head().ok().map(|head| head.cursor()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Mutex, mpsc as threads};
    use std::task::Poll;

    use fieldbook_model::{DeviceId, Schema, UserId, Version};
    use fieldbook_protocol::{ProblemCode, PushRequest};
    use fieldbook_server_store::{Batch, By, Collected, Data, UpgradeError};
    use fieldbook_server_sync::{Principal, Role};

    use super::*;
    use crate::config::Config;
    use crate::workspace::Workspace;

    /// A store that fails in one way.
    struct Failing(Arc<Schema>, fn() -> StoreError);

    impl Store for Failing {
        fn schema(&self) -> &Arc<Schema> {
            &self.0
        }
        fn batch(&mut self) -> Result<Box<dyn Batch + '_>, StoreError> {
            Err(self.1())
        }
        fn upgrade(&mut self, _: &Schema) -> Result<Version, UpgradeError> {
            Err(self.1().into())
        }
        fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
            Err(self.1())
        }
        fn collect(&mut self, _: WallTime, _: Place) -> Result<Collected, StoreError> {
            Err(self.1())
        }
    }

    fn schema() -> Schema {
        Schema::new("none", 1, Vec::new(), Vec::new())
    }

    fn push(workspace: WorkspaceId) -> Push {
        let (user, device) = (UserId::v7(1, [1; 10]), DeviceId::v7(1, [2; 10]));
        let principal = Principal { user, device, workspace, role: Role::Member, name: "ann".into() };
        Push {
            principal,
            request: PushRequest {
                standing: Cursor::default().into(),
                branch: None,
                gap: None,
                ops: Vec::new(),
            },
        }
    }

    /// Pushes three times to a workspace whose store fails in a way when it is opened first and is a good one
    /// from then on; gives what each push got, and how often the store was opened.
    async fn check(failure: fn() -> StoreError, expected: [Option<ProblemCode>; 3], opened: u32) {
        let folder = tempfile::tempdir().expect("a folder");
        let data = Data::open(folder.path(), &crate::state::unlock()).expect("a data folder");
        let id = WorkspaceId::v7(1, [3; 10]);
        data.create_workspace("one", &schema(), id, &By::default(), clock::now()).expect("a workspace");
        let count = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&count);
        let open: Opener = Box::new(move || match counted.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(Box::new(Failing(Arc::new(schema()), failure))),
            _ => Ok(Box::new(data.open_store(id)?)),
        });
        let config = Config::new(folder.path().to_owned(), ([127, 0, 0, 1], 0).into());
        let workspace = Workspace::start(id, open, &config, &Arc::default()).expect("a writer");
        for code in expected {
            let answer = tokio::time::timeout(Duration::from_secs(60), workspace.push(push(id), 2)).await;
            let refused = answer.expect("nobody is left hanging").err();
            assert_eq!(refused.as_ref().map(|Refused(problem)| problem.code), code);
            let retry = refused.and_then(|Refused(problem)| problem.retry_after_ms);
            assert_eq!(retry.is_some(), code == Some(ProblemCode::Unavailable));
        }
        assert_eq!(count.load(Ordering::Relaxed), opened);
        workspace.close().await;
    }

    #[tokio::test]
    async fn after_a_panic_the_callers_are_told_and_the_workspace_opens_again() {
        let panic = || panic!("a defect");
        check(panic, [Some(ProblemCode::Internal), None, None], 2).await;
    }

    #[tokio::test]
    async fn a_store_that_cannot_just_now_is_asked_again() {
        let busy = || StoreError::Retry("busy".to_owned());
        check(busy, [Some(ProblemCode::Unavailable); 3], 1).await;
    }

    #[tokio::test]
    async fn a_store_that_became_unusable_is_opened_again() {
        let damaged = || StoreError::Unusable("damaged".to_owned());
        check(damaged, [Some(ProblemCode::Internal), None, None], 2).await;
    }

    /// What a batch of [`Scripted`] comes to.
    #[derive(Clone, Copy)]
    enum Fate {
        Good,
        Busy,
        Panic,
    }

    /// A good store, of which each batch comes to what was written down for it.
    struct Scripted(Box<dyn Store>, Arc<Mutex<VecDeque<Fate>>>);

    impl Store for Scripted {
        fn schema(&self) -> &Arc<Schema> {
            self.0.schema()
        }
        fn batch(&mut self) -> Result<Box<dyn Batch + '_>, StoreError> {
            let fate = self.1.lock().expect("the script").pop_front();
            match fate.expect("a batch that was foreseen") {
                Fate::Good => self.0.batch(),
                Fate::Busy => Err(StoreError::Retry("busy".to_owned())),
                Fate::Panic => panic!("a defect"),
            }
        }
        fn upgrade(&mut self, next: &Schema) -> Result<Version, UpgradeError> {
            self.0.upgrade(next)
        }
        fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
            self.0.reader()
        }
        fn collect(&mut self, until: WallTime, after: Place) -> Result<Collected, StoreError> {
            self.0.collect(until, after)
        }
    }

    /// A workspace that opens only when it is told to.
    struct Stage {
        workspace: Workspace,
        id: WorkspaceId,
        open: threads::Sender<()>,
        script: Arc<Mutex<VecDeque<Fate>>>,
        _folder: tempfile::TempDir,
    }

    fn stage(script: &[Fate]) -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        let data = Data::open(folder.path(), &crate::state::unlock()).expect("a data folder");
        let id = WorkspaceId::v7(1, [3; 10]);
        data.create_workspace("one", &schema(), id, &By::default(), clock::now()).expect("a workspace");
        let (open, opens) = threads::channel();
        let script = Arc::new(Mutex::new(script.iter().copied().collect()));
        let shared = Arc::clone(&script);
        let opener: Opener = Box::new(move || {
            // Waits the first time; afterwards there is nobody to wait for.
            let _ = opens.recv();
            Ok(Box::new(Scripted(Box::new(data.open_store(id)?), Arc::clone(&shared))))
        });
        let config = Config::new(folder.path().to_owned(), ([127, 0, 0, 1], 0).into());
        let workspace = Workspace::start(id, opener, &config, &Arc::default()).expect("a writer");
        Stage { workspace, id, open, script, _folder: folder }
    }

    fn push_of(workspace: WorkspaceId, device: u8) -> Push {
        let mut push = push(workspace);
        push.principal.device = DeviceId::v7(1, [device; 10]);
        push
    }

    /// Three pushes that wait together, and what each gets.
    async fn check_group(script: &[Fate], expected: [Option<ProblemCode>; 3]) {
        let Stage { workspace, id, open, script, _folder } = stage(script);
        let pushes = [1, 2, 3].map(|device| workspace.push(push_of(id, device), 2));
        // The writer waits for the file while the pushes take their places behind this.
        let (schema, replies, ()) = tokio::join!(
            workspace.schema(),
            futures_util::future::join_all(pushes),
            async move { drop(open) }
        );
        schema.expect("the record types");
        let codes: Vec<_> =
            replies.into_iter().map(|reply| reply.err().map(|Refused(problem)| problem.code)).collect();
        assert_eq!(codes, expected);
        assert!(script.lock().expect("the script").is_empty(), "fewer tries than were foreseen");
        workspace.close().await;
    }

    #[tokio::test]
    async fn one_bad_push_does_not_take_its_neighbours_with_it() {
        use Fate::{Busy, Good, Panic};
        check_group(&[Good], [None; 3]).await;
        check_group(&[Panic, Good, Panic, Good], [None, Some(ProblemCode::Internal), None]).await;
        check_group(&[Busy, Good, Good, Busy], [None, None, Some(ProblemCode::Unavailable)]).await;
    }

    #[tokio::test]
    async fn a_device_has_one_push_in_flight_also_when_its_client_went_away() {
        let Stage { workspace, id, open, _folder, .. } = stage(&[Fate::Good; 3]);
        {
            let mut abandoned = pin!(workspace.push(push_of(id, 1), 2));
            assert!(poll_fn(|cx| Poll::Ready(abandoned.as_mut().poll(cx).is_pending())).await);
        }
        let second = tokio::time::timeout(Duration::from_secs(60), workspace.push(push_of(id, 1), 2)).await;
        let Refused(problem) = second.expect("no waiting").expect_err("one is in flight");
        assert_eq!(problem.code, ProblemCode::TooMany);
        assert!(problem.retry_after_ms.is_some_and(|ms| ms <= 1000), "{problem:?}");
        drop(open);
        workspace.push(push_of(id, 2), 2).await.expect("another device need not wait");
        // The first one was before it in the queue and is answered.
        workspace.push(push_of(id, 1), 2).await.expect("its turn again");
        workspace.close().await;
    }
}
