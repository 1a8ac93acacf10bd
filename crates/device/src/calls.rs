//! The machine's calls as tasks: each tells the loop what came of it, and ends when it is cancelled.

use std::collections::BTreeMap;

use fieldbook_device_sync::{CallId, Input, Reply, Trouble};
use fieldbook_model::json;
use fieldbook_protocol::WAITING;
use fieldbook_protocol::blob::BlobAsk;
use fieldbook_protocol::diagnostics::Call;
use fieldbook_protocol::page::PullRequest;
use reqwest::RequestBuilder;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

use crate::clock;
use crate::http::{Workspace, chunk, lease};
use crate::lease::Heard;
use crate::recent::{Ended, Ongoing};

/// Bytes of which nothing is whole are told of no more often than this, in milliseconds.
const PROGRESS_MS: u64 = 1_000;

/// The calls that are under way. Dropped, it ends them.
pub struct Calls {
    workspace: Workspace,
    inputs: Sender<Input>,
    runtime: Handle,
    running: BTreeMap<CallId, JoinHandle<()>>,
    ended: Ended,
    heard: Heard,
}

impl Calls {
    /// No calls yet; what comes of them goes to `inputs`, whose bound is what holds a fast server back, and that they have
    /// ended to `ended`; that the server was heard to `heard`.
    pub fn new(
        workspace: Workspace,
        inputs: Sender<Input>,
        runtime: Handle,
        (ended, heard): (Ended, Heard),
    ) -> Self {
        Self { workspace, inputs, runtime, running: BTreeMap::new(), ended, heard }
    }

    /// Sends ops. The server is told how many wait to be sent, for its operator: of these and those behind them.
    pub fn push(&mut self, call: CallId, (body, waiting): (String, u64)) {
        let noted = self.ended.begin(Call::Push, body.len());
        self.start(call, Reply::to_push(call), self.workspace.push(body).header(WAITING, waiting), noted);
    }

    /// Pulls pages, or loads those of a scope, and tells the same.
    pub fn pull(&mut self, call: CallId, (request, waiting): (&PullRequest, u64)) {
        let noted = self.ended.begin(Call::Pull, json::write(request).len());
        let request = self.workspace.pull(request).header(WAITING, waiting);
        self.start(call, Reply::to_pull(call), request, noted);
    }

    /// Listens, and tells the same.
    pub fn live(&mut self, call: CallId, (request, waiting): (&PullRequest, u64)) {
        let noted = self.ended.begin(Call::Live, json::write(request).len());
        let request = self.workspace.live(request).header(WAITING, waiting);
        self.start(call, Reply::to_live(call), request, noted);
    }

    /// Fetches the versions of the schema behind one.
    pub fn schema(&mut self, call: CallId, behind: u32) {
        let noted = self.ended.begin(Call::Schema, 0);
        self.start(call, Reply::to_schema(call), self.workspace.schema(behind), noted);
    }

    /// Asks what the server has of the log.
    pub fn common(&mut self, call: CallId, body: String) {
        let noted = self.ended.begin(Call::Common, body.len());
        self.start(call, Reply::to_common(call), self.workspace.common(body), noted);
    }

    /// Fetches a piece of a blob.
    pub fn blob(&mut self, call: CallId, ask: &BlobAsk) {
        let noted = self.ended.begin(Call::Blob, 0);
        self.start(call, Reply::to_blob(call, ask.sum), self.workspace.blob(ask), noted);
    }

    /// Ends a call.
    pub fn cancel(&mut self, call: CallId) {
        if let Some(task) = self.running.remove(&call) {
            task.abort();
        }
    }

    fn start(&mut self, call: CallId, mut reply: Reply, request: RequestBuilder, mut noted: Ongoing) {
        let (workspace, inputs, heard) = (self.workspace.clone(), self.inputs.clone(), self.heard.clone());
        self.running.retain(|_, task| !task.is_finished());
        let task = self.runtime.spawn(async move {
            let end = match hear(&workspace, (&mut reply, &mut noted, &heard), request, &inputs).await {
                Ok(()) => reply.end(),
                Err(trouble) => reply.failed(trouble),
            };
            // Before the loop hears of it, whose next turn writes it down.
            noted.end(&end);
            let _ = inputs.send(end).await;
        });
        self.running.insert(call, task);
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        self.running.values().for_each(JoinHandle::abort);
    }
}

/// Makes a call, and tells what comes of it until its end.
async fn hear(
    workspace: &Workspace,
    (reply, noted, heard): (&mut Reply, &mut Ongoing, &Heard),
    request: RequestBuilder,
    inputs: &Sender<Input>,
) -> Result<(), Trouble> {
    let (head, mut response) = workspace.send(request, reply.wants()).await?;
    noted.head(&head);
    reply.head(head)?;
    let is_let_in = reply.lets_in();
    if is_let_in {
        heard.now(lease(&response));
    }
    let mut told_ms = clock::now().mono_ms;
    while let Some(bytes) = chunk(&mut response).await? {
        noted.received(bytes.len());
        if is_let_in {
            heard.now(None);
        }
        let mut news = reply.bytes(&bytes)?;
        let now_ms = clock::now().mono_ms;
        if news.is_empty() && now_ms.saturating_sub(told_ms) >= PROGRESS_MS {
            news.push(reply.progress());
        }
        if !news.is_empty() {
            told_ms = now_ms;
        }
        for input in news {
            let _ = inputs.send(input).await;
        }
    }
    Ok(())
}
