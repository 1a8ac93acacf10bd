//! The machine's calls as tasks: each tells the loop what came of it, and ends when it is cancelled.

use std::collections::BTreeMap;

use fieldbook_device_sync::{CallId, Input, Trouble};
use fieldbook_protocol::live::Events;
use fieldbook_protocol::page::{Pages, PullRequest};
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

use crate::clock;
use crate::http::{Workspace, chunk};

/// Bytes of a page that is not whole are told of no more often than this, in milliseconds.
const PROGRESS_MS: u64 = 1_000;

/// The calls that are under way. Dropped, it ends them.
pub struct Calls {
    workspace: Workspace,
    inputs: Sender<Input>,
    runtime: Handle,
    running: BTreeMap<CallId, JoinHandle<()>>,
}

impl Calls {
    /// No calls yet; what comes of them goes to `inputs`. Its bound is what holds a fast server back.
    pub fn new(workspace: Workspace, inputs: Sender<Input>, runtime: Handle) -> Self {
        Self { workspace, inputs, runtime, running: BTreeMap::new() }
    }

    /// Sends ops.
    pub fn push(&mut self, call: CallId, body: String) {
        let (workspace, inputs) = (self.workspace.clone(), self.inputs.clone());
        self.start(call, async move {
            let result = workspace.push(body).await;
            let _ = inputs.send(Input::Pushed(call, result)).await;
        });
    }

    /// Pulls pages, or loads those of a scope.
    pub fn pull(&mut self, call: CallId, request: PullRequest) {
        let (workspace, inputs) = (self.workspace.clone(), self.inputs.clone());
        self.start(call, async move {
            let result = pages(&workspace, call, &request, &inputs).await;
            let _ = inputs.send(Input::PullEnded(call, result)).await;
        });
    }

    /// Listens.
    pub fn live(&mut self, call: CallId, request: PullRequest) {
        let (workspace, inputs) = (self.workspace.clone(), self.inputs.clone());
        self.start(call, async move {
            let Err(trouble) = events(&workspace, call, &request, &inputs).await;
            let _ = inputs.send(Input::LiveEnded(call, trouble)).await;
        });
    }

    /// Fetches the versions of the schema behind one.
    pub fn schema(&mut self, call: CallId, behind: u32) {
        let (workspace, inputs) = (self.workspace.clone(), self.inputs.clone());
        self.start(call, async move {
            let result = workspace.schema(behind).await;
            let _ = inputs.send(Input::Schema(call, result)).await;
        });
    }

    /// Asks what the server has of the log.
    pub fn common(&mut self, call: CallId, body: String) {
        let (workspace, inputs) = (self.workspace.clone(), self.inputs.clone());
        self.start(call, async move {
            let result = workspace.common(body).await;
            let _ = inputs.send(Input::Common(call, result)).await;
        });
    }

    /// Ends a call.
    pub fn cancel(&mut self, call: CallId) {
        if let Some(task) = self.running.remove(&call) {
            task.abort();
        }
    }

    fn start(&mut self, call: CallId, task: impl Future<Output = ()> + Send + 'static) {
        self.running.retain(|_, task| !task.is_finished());
        self.running.insert(call, self.runtime.spawn(task));
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        self.running.values().for_each(JoinHandle::abort);
    }
}

async fn pages(
    workspace: &Workspace,
    call: CallId,
    request: &PullRequest,
    inputs: &Sender<Input>,
) -> Result<(), Trouble> {
    let mut response = workspace.pull(request).await?;
    let mut pages = Pages::default();
    let mut told_ms = clock::now().mono_ms;
    while let Some(bytes) = chunk(&mut response).await? {
        let whole = pages.push(&bytes).map_err(|error| Trouble::Foreign(error.to_string()))?;
        let now_ms = clock::now().mono_ms;
        if whole.is_empty() && now_ms.saturating_sub(told_ms) >= PROGRESS_MS {
            told_ms = now_ms;
            let _ = inputs.send(Input::Progress(call)).await;
        }
        for page in whole {
            told_ms = now_ms;
            let _ = inputs.send(Input::Page(call, page)).await;
        }
    }
    if pages.is_whole() { Ok(()) } else { Err(Trouble::Cut) }
}

async fn events(
    workspace: &Workspace,
    call: CallId,
    request: &PullRequest,
    inputs: &Sender<Input>,
) -> Result<std::convert::Infallible, Trouble> {
    let mut response = workspace.live(request).await?;
    let mut events = Events::default();
    while let Some(bytes) = chunk(&mut response).await? {
        for event in events.push(&bytes).map_err(|error| Trouble::Foreign(error.to_string()))? {
            let _ = inputs.send(Input::Live(call, event)).await;
        }
    }
    Err(Trouble::Cut)
}
