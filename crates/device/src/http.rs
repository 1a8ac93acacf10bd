//! HTTP: each call of the wire as one function, and every way that it can fail as a `Trouble`.

use bytes::Bytes;
use fieldbook_device_sync::Trouble;
use fieldbook_model::{RecordId, WorkspaceId, json};
use fieldbook_protocol::auth::{SignInReply, SignInRequest};
use fieldbook_protocol::history::HistoryReply;
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::record::RecordReply;
use fieldbook_protocol::{Problem, PushReply};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Response, redirect};

use crate::device::About;
use crate::error::DeviceError;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);
/// How long somebody who looks at a history waits for the whole of it.
const HISTORY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);
/// The largest reply that is read whole, in bytes.
const REPLY_BYTES_MAX: usize = 16 << 20;

/// A server, and how to reach one workspace of it.
#[derive(Debug, Clone)]
pub struct Server {
    client: Client,
    base: String,
}

impl Server {
    /// A server by its address.
    pub fn new(address: &str) -> Result<Self, DeviceError> {
        let wrong = || DeviceError::Address(address.to_owned());
        let url = reqwest::Url::parse(address).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(wrong());
        }
        // A second installation in one process is refused, and the first is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("fieldbook/", env!("CARGO_PKG_VERSION")))
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_TIMEOUT)
            // Our server never redirects; whoever does is somebody else.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|_| wrong())?;
        Ok(Self { client, base: address.trim_end_matches('/').to_owned() })
    }

    /// Signs a new device in.
    pub async fn sign_in(&self, request: &SignInRequest) -> Result<SignInReply, DeviceError> {
        let call = self.client.post(format!("{}/v2/auth/sign-in", self.base));
        let call = call.header(CONTENT_TYPE, "application/json").body(json::write(request));
        let response = call.send().await.map_err(|error| plain(trouble(&error)))?;
        let body = match success(response, "application/json").await {
            Ok(response) => whole(response).await.map_err(plain)?,
            Err((trouble, said)) => return Err(DeviceError::Call { trouble, said }),
        };
        json::parse_bytes(&body).map_err(|error| plain(Trouble::Foreign(error.reason)))
    }

    /// The calls of one workspace, in the name of one device.
    pub fn workspace(&self, id: WorkspaceId, token: &str) -> Workspace {
        let base = format!("{}/v2/workspaces/{id}", self.base);
        Workspace { client: self.client.clone(), base, bearer: format!("Bearer {token}") }
    }
}

fn plain(trouble: Trouble) -> DeviceError {
    DeviceError::Call { trouble, said: None }
}

/// One workspace of a server. Its token is in no `Debug`.
#[derive(Clone)]
pub struct Workspace {
    client: Client,
    base: String,
    bearer: String,
}

impl Workspace {
    /// Sends ops.
    pub async fn push(&self, body: String) -> Result<PushReply, Trouble> {
        let call = self.client.post(format!("{}/push", self.base)).header(CONTENT_TYPE, "application/json");
        let response = self.send(call.body(body), "application/json").await?;
        let body = whole(response).await?;
        json::parse_bytes(&body).map_err(|error| Trouble::Foreign(error.reason))
    }

    /// Starts a stream of pages.
    pub async fn pull(&self, request: &PullRequest) -> Result<Response, Trouble> {
        // Not in the body: a server that does not know it passes it over.
        let path = if request.compare { "pull?compare=true" } else { "pull" };
        self.send(self.ask(path, request), "application/x-ndjson").await
    }

    /// Starts a stream of events.
    pub async fn live(&self, request: &PullRequest) -> Result<Response, Trouble> {
        self.send(self.ask("live", request), "text/event-stream").await
    }

    fn ask(&self, path: &str, request: &PullRequest) -> RequestBuilder {
        let call = self.client.post(format!("{}/{path}", self.base)).header(CONTENT_TYPE, "application/json");
        call.body(json::write(request))
    }

    /// Asks for the versions of the schema behind one; gives the reply's text.
    pub async fn schema(&self, behind: u32) -> Result<String, Trouble> {
        let call = self.client.get(format!("{}/schema?behind={behind}", self.base));
        let body = whole(self.send(call, "application/json").await?).await?;
        String::from_utf8(body).map_err(|_| Trouble::Foreign("a schema that is no text".to_owned()))
    }

    /// Asks what the server has of a log; gives the reply's text.
    pub async fn common(&self, body: String) -> Result<String, Trouble> {
        let call = self.client.post(format!("{}/common", self.base)).header(CONTENT_TYPE, "application/json");
        let body = whole(self.send(call.body(body), "application/json").await?).await?;
        String::from_utf8(body).map_err(|_| Trouble::Foreign("a reply that is no text".to_owned()))
    }

    /// Asks for a history.
    pub async fn history(&self, about: &About) -> Result<HistoryReply, (Trouble, Option<String>)> {
        let path = match about {
            About::Record(of, id) => format!("{of}/{id}"),
            About::Op(op) => format!("op/{op}"),
        };
        let call = self.client.get(format!("{}/history/{path}", self.base)).timeout(HISTORY_TIMEOUT);
        let call = call.header(AUTHORIZATION, &self.bearer).header(ACCEPT, "application/json");
        let response = call.send().await.map_err(|error| (trouble(&error), None))?;
        let body =
            whole(success(response, "application/json").await?).await.map_err(|trouble| (trouble, None))?;
        json::parse_bytes(&body).map_err(|error| (Trouble::Foreign(error.reason), None))
    }

    /// Asks for a record, in the words of a version of the schema.
    pub async fn record(
        &self,
        (of, id): (&str, RecordId),
        schema: u32,
    ) -> Result<RecordReply, (Trouble, Option<String>)> {
        let call = self.client.get(format!("{}/records/{of}/{id}?schema={schema}", self.base));
        let call = call.timeout(HISTORY_TIMEOUT).header(AUTHORIZATION, &self.bearer);
        let response = call.header(ACCEPT, "application/json").send().await;
        let response = response.map_err(|error| (trouble(&error), None))?;
        let body =
            whole(success(response, "application/json").await?).await.map_err(|trouble| (trouble, None))?;
        json::parse_bytes(&body).map_err(|error| (Trouble::Foreign(error.reason), None))
    }

    async fn send(&self, call: RequestBuilder, wants: &str) -> Result<Response, Trouble> {
        let call = call.header(AUTHORIZATION, &self.bearer).header(ACCEPT, wants);
        let response = call.send().await.map_err(|error| trouble(&error))?;
        success(response, wants).await.map_err(|(trouble, _)| trouble)
    }
}

/// The next bytes of a stream; `None` at its end.
pub async fn chunk(response: &mut Response) -> Result<Option<Bytes>, Trouble> {
    response.chunk().await.map_err(|error| trouble(&error))
}

async fn whole(mut response: Response) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(bytes) = chunk(&mut response).await? {
        if body.len() + bytes.len() > REPLY_BYTES_MAX {
            return Err(Trouble::Foreign("a reply without end".into()));
        }
        body.extend_from_slice(&bytes);
    }
    Ok(body)
}

/// A reply of our server and of the right kind; else what it says, or who answers in its place.
async fn success(response: Response, wants: &str) -> Result<Response, (Trouble, Option<String>)> {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no type");
    let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
    if status.is_success() && kind == wants {
        return Ok(response);
    }
    let foreign = Trouble::Foreign(format!("{} {kind}", status.as_u16()));
    if kind != fieldbook_protocol::problem::PROBLEM_JSON {
        return Err((foreign, None));
    }
    let body = whole(response).await.map_err(|trouble| (trouble, None))?;
    match json::parse_bytes::<Problem>(&body) {
        Ok(problem) => Err((Trouble::from(&problem), Some(problem.title))),
        Err(_) => Err((foreign, None)),
    }
}

fn trouble(error: &reqwest::Error) -> Trouble {
    match error {
        error if error.is_connect() => Trouble::NoAnswer,
        error if error.is_timeout() => Trouble::TimedOut,
        _ => Trouble::Cut,
    }
}
