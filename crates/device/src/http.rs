//! HTTP: each call of the wire as one function, and every way that it can fail as a `Trouble`. What a reply means says
//! `fieldbook_device_sync::reply`.

use std::io::Write as _;
use std::net::IpAddr;

use bytes::Bytes;
use fieldbook_device_sync::reply::REPLY_BYTES_MAX;
use fieldbook_device_sync::{Head, Trouble};
use fieldbook_model::chain::Hash;
use fieldbook_model::{RecordId, WorkspaceId, json};
use fieldbook_protocol::account::{DoneReply, JoinReply, JoinRequest, ResetRequest};
use fieldbook_protocol::auth::{KeysReply, KeysRequest, SignInReply, SignInRequest};
use fieldbook_protocol::blob::{self, BlobAsk, BlobReply};
use fieldbook_protocol::diagnostics::DiagnosticsReply;
use fieldbook_protocol::history::HistoryReply;
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::record::RecordReply;
use fieldbook_protocol::schema;
use fieldbook_protocol::{Fingerprint, LEASE, SIGNATURE, WipedReply, WipedRequest};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, RANGE, RETRY_AFTER,
};
use reqwest::{Body, Client, RequestBuilder, Response, redirect};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::account::{AskedPath, Asking};
use crate::device::About;
use crate::error::DeviceError;
use crate::health::PATIENCE;
use crate::signer::Signer;
use crate::trust;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);
/// A push of fewer bytes goes as it is: it is one packet either way.
const PACKED_FROM: usize = 1_024;
/// How long keys may take, or a word of a device, for which nobody waits.
const KEYS_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);
/// How long somebody who looks at a history waits for the whole of it.
const HISTORY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// How long a file may take on its way.
const FILE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(300);

/// How long the next bytes of an export may take: the server may wait for a reader, and looks through long lists.
const PIECE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(120);
/// The media type of lines of JSON.
const LINES: &str = "application/x-ndjson";

/// A server, and how to reach one workspace of it.
#[derive(Debug, Clone)]
pub struct Server {
    client: Client,
    base: String,
    packs: bool,
}

impl Server {
    /// A server by its address, trusted by the fingerprint of its certificate, or else as the system trusts.
    pub fn new(address: &str, pinned: Option<Fingerprint>) -> Result<Self, DeviceError> {
        Self::packing(address, pinned, !is_near(address))
    }

    fn packing(address: &str, pinned: Option<Fingerprint>, packs: bool) -> Result<Self, DeviceError> {
        let wrong = || DeviceError::Address(address.to_owned());
        let url = reqwest::Url::parse(address).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(wrong());
        }
        // A second installation in one process is refused, and the first is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = match pinned {
            Some(_) if url.scheme() != "https" => return Err(DeviceError::InClear(address.to_owned())),
            Some(pinned) => {
                Client::builder().tls_backend_preconfigured(trust::only(pinned).map_err(|_| wrong())?)
            }
            None => Client::builder(),
        };
        let client = builder
            .user_agent(concat!("fieldbook/", env!("CARGO_PKG_VERSION")))
            .tcp_nodelay(true)
            .gzip(packs)
            .connect_timeout(CONNECT_TIMEOUT)
            // Our server never redirects; whoever does is somebody else.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|_| wrong())?;
        Ok(Self { client, base: address.trim_end_matches('/').to_owned(), packs })
    }

    /// Signs a new device in.
    pub async fn sign_in(&self, request: &SignInRequest) -> Result<SignInReply, DeviceError> {
        self.auth("sign-in", json::write(request), |call| call).await
    }

    /// Tells a device's public keys, and asks for what opens its database with them.
    pub async fn keys(&self, token: &str, request: &KeysRequest) -> Result<KeysReply, DeviceError> {
        let bearer = format!("Bearer {token}");
        let with = |call: RequestBuilder| call.header(AUTHORIZATION, bearer).timeout(KEYS_TIMEOUT);
        self.auth("keys", json::write(request), with).await
    }

    /// Takes an invitation up.
    pub async fn join(&self, request: &JoinRequest) -> Result<JoinReply, DeviceError> {
        self.auth("join", json::write(request), |call| call).await
    }

    /// Chooses a new password with a code.
    pub async fn reset(&self, request: &ResetRequest) -> Result<DoneReply, DeviceError> {
        self.auth("reset", json::write(request), |call| call).await
    }

    /// Says that this device was wiped.
    pub async fn wiped(&self, said: &WipedRequest) -> Result<WipedReply, DeviceError> {
        self.auth("wiped", json::write(said), |call| call.timeout(KEYS_TIMEOUT)).await
    }

    async fn auth<T: DeserializeOwned>(
        &self,
        path: &str,
        body: String,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<T, DeviceError> {
        let call = self.client.post(format!("{}/v2/auth/{path}", self.base));
        let call = with(call.header(CONTENT_TYPE, "application/json").body(body));
        let response = call.send().await.map_err(|error| plain(trouble(&error)))?;
        let body = match success(response, "application/json").await {
            Ok(response) => whole(response).await.map_err(plain)?,
            Err((trouble, said)) => return Err(DeviceError::Call { trouble, said }),
        };
        json::parse_bytes(&body).map_err(|error| plain(Trouble::Foreign(error.reason)))
    }

    /// Asks whether the server answers, and gives what it says.
    pub async fn health(&self) -> Result<Vec<u8>, (Trouble, Option<String>)> {
        let call = self.client.get(format!("{}/healthz", self.base)).timeout(PATIENCE);
        let response = call.send().await.map_err(|error| (trouble(&error), None))?;
        whole(success(response, "application/json").await?).await.map_err(|trouble| (trouble, None))
    }

    /// The calls of one workspace, in the name of one device.
    pub fn workspace(&self, id: WorkspaceId, token: &str) -> Workspace {
        let (root, base) = (self.base.clone(), format!("{}/v2/workspaces/{id}", self.base));
        let bearer = format!("Bearer {token}");
        Workspace { client: self.client.clone(), root, base, bearer, packs: self.packs, signer: None }
    }
}

/// Whether a server is on this machine: packing and unpacking would take longer than the way.
pub fn is_near(address: &str) -> bool {
    let url = reqwest::Url::parse(address).ok();
    let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
    let bare = host.trim_matches(['[', ']']);
    host == "localhost" || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// A body in gzip. The quickest level: the next ones save a tenth more for twice the work.
fn packed(body: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    let packed = packer.write_all(body.as_bytes()).and_then(|()| packer.finish());
    packed.expect("BUG: memory takes every write")
}

fn plain(trouble: Trouble) -> DeviceError {
    DeviceError::Call { trouble, said: None }
}

/// One workspace of a server. Its token is in no `Debug`.
#[derive(Clone)]
pub struct Workspace {
    client: Client,
    root: String,
    base: String,
    bearer: String,
    packs: bool,
    /// Who signs what is pushed; nobody of a device without keys.
    signer: Option<Signer>,
}

impl Workspace {
    /// The same, with pushes that are signed.
    pub fn signed_by(self, signer: Option<Signer>) -> Self {
        Self { signer, ..self }
    }

    /// Sends ops.
    pub fn push(&self, body: String) -> RequestBuilder {
        let signature = self.signer.as_ref().map(|signer| signer.push(&body));
        let call = match self.packs && body.len() >= PACKED_FROM {
            true => self.posts("push", packed(&body)).header(CONTENT_ENCODING, "gzip"),
            false => self.posts("push", body),
        };
        match signature {
            Some(signature) => call.header(SIGNATURE, signature),
            None => call,
        }
    }

    /// Starts a stream of pages.
    pub fn pull(&self, request: &PullRequest) -> RequestBuilder {
        self.posts(request.path(), json::write(request))
    }

    /// Starts a stream of events.
    pub fn live(&self, request: &PullRequest) -> RequestBuilder {
        self.posts("live", json::write(request))
    }

    /// Asks for the versions of the schema behind one.
    pub fn schema(&self, behind: u32) -> RequestBuilder {
        self.client.get(format!("{}/{}", self.base, schema::path(behind)))
    }

    /// Asks what the server has of a log.
    pub fn common(&self, body: String) -> RequestBuilder {
        self.posts("common", body)
    }

    /// Asks for a piece of a blob.
    pub fn blob(&self, ask: &BlobAsk) -> RequestBuilder {
        self.client.get(format!("{}/{}", self.base, ask.path())).header(RANGE, ask.range())
    }

    /// Brings a blob.
    pub async fn put_blob(&self, sum: Hash, bytes: Vec<u8>) -> Result<BlobReply, (Trouble, Option<String>)> {
        let call = self
            .client
            .put(format!("{}/{}", self.base, blob::path_of(sum)))
            .timeout(FILE_TIMEOUT)
            .body(bytes);
        let call = call.header(CONTENT_TYPE, "application/octet-stream");
        let call = call.header(AUTHORIZATION, &self.bearer).header(ACCEPT, "application/json");
        let response = call.send().await.map_err(|error| (trouble(&error), None))?;
        let body =
            whole(success(response, "application/json").await?).await.map_err(|trouble| (trouble, None))?;
        json::parse_bytes(&body).map_err(|error| (Trouble::Foreign(error.reason), None))
    }

    fn posts(&self, path: &str, body: impl Into<Body>) -> RequestBuilder {
        let call = self.client.post(format!("{}/{path}", self.base));
        call.header(CONTENT_TYPE, "application/json").body(body)
    }

    /// Makes a call, and gives the head of what comes and the rest of it.
    pub async fn send(&self, call: RequestBuilder, wants: &str) -> Result<(Head, Response), Trouble> {
        let call = call.header(AUTHORIZATION, &self.bearer).header(ACCEPT, wants);
        let response = call.send().await.map_err(|error| trouble(&error))?;
        Ok((head(&response), response))
    }

    /// Sends diagnostics.
    pub async fn diagnostics(&self, file: Vec<u8>) -> Result<DiagnosticsReply, (Trouble, Option<String>)> {
        let call = self.client.post(format!("{}/diagnostics", self.base)).timeout(FILE_TIMEOUT).body(file);
        let call = call.header(CONTENT_TYPE, "application/octet-stream");
        let call = call.header(AUTHORIZATION, &self.bearer).header(ACCEPT, "application/json");
        let response = call.send().await.map_err(|error| (trouble(&error), None))?;
        let body =
            whole(success(response, "application/json").await?).await.map_err(|trouble| (trouble, None))?;
        json::parse_bytes(&body).map_err(|error| (Trouble::Foreign(error.reason), None))
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

    /// Asks about an account or the people of the workspace.
    pub async fn ask<T: DeserializeOwned>(&self, asking: &Asking) -> Result<T, (Trouble, Option<String>)> {
        let url = match &asking.path {
            AskedPath::Here(path) => format!("{}/{path}", self.base),
            AskedPath::Account(path) => format!("{}/v2/{path}", self.root),
        };
        let call = match &asking.body {
            Some(body) => self.client.post(url).header(CONTENT_TYPE, "application/json").body(body.clone()),
            None => self.client.get(url),
        };
        let call = call.timeout(HISTORY_TIMEOUT).header(AUTHORIZATION, &self.bearer);
        let response = call.header(ACCEPT, "application/json").send().await;
        let response = response.map_err(|error| (trouble(&error), None))?;
        let body =
            whole(success(response, "application/json").await?).await.map_err(|trouble| (trouble, None))?;
        json::parse_bytes(&body).map_err(|error| (Trouble::Foreign(error.reason), None))
    }

    /// Starts the stream of everything of this person.
    pub async fn export(&self) -> Result<Response, (Trouble, Option<String>)> {
        let call = self.client.get(format!("{}/v2/account/export", self.root));
        let call = call.header(AUTHORIZATION, &self.bearer).header(ACCEPT, LINES);
        let response = timeout(HISTORY_TIMEOUT, call.send()).await.map_err(|_| (Trouble::TimedOut, None))?;
        success(response.map_err(|error| (trouble(&error), None))?, LINES).await
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
}

/// For how many seconds a reply says that this device may be opened without its server.
pub fn lease(response: &Response) -> Option<u64> {
    response.headers().get(LEASE)?.to_str().ok()?.parse().ok()
}

/// The next bytes of an export; `None` at its end.
pub async fn piece(response: &mut Response) -> Result<Option<Bytes>, Trouble> {
    timeout(PIECE_TIMEOUT, chunk(response)).await.map_err(|_| Trouble::TimedOut)?
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
    let head = head(&response);
    if head.is(wants) {
        return Ok(response);
    }
    let body = match head.is_problem() {
        true => whole(response).await.map_err(|trouble| (trouble, None))?,
        false => Vec::new(),
    };
    Err(head.trouble(&body))
}

fn head(response: &Response) -> Head {
    let line = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    Head::new(response.status().as_u16(), line(CONTENT_TYPE), line(RETRY_AFTER)).part(line(CONTENT_RANGE))
}

fn trouble(error: &reqwest::Error) -> Trouble {
    match error {
        error if error.is_connect() => trust::distrust(error).unwrap_or(Trouble::NoAnswer),
        error if error.is_timeout() => Trouble::TimedOut,
        _ => Trouble::Cut,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// Who answers each connection with some bytes, and closes it. Gives its address.
    fn answers(bytes: impl AsRef<[u8]> + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked);
                let _ = stream.write_all(bytes.as_ref());
            }
        });
        address.to_string()
    }

    /// What comes of a push to an address.
    fn pushed(address: &str) -> Result<String, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let server = Server::new(address, None).expect("an address");
        let workspace = server.workspace(WorkspaceId::v7(1, [1; 10]), "token");
        runtime.block_on(async {
            let (head, response) =
                workspace.send(workspace.push("{}".to_owned()), "application/json").await?;
            let body = whole(response).await?;
            Ok(format!("{} {:?} {}", head.kind, head.retry_after, String::from_utf8_lossy(&body)))
        })
    }

    #[test]
    fn what_a_far_server_packs_is_unpacked_and_a_near_one_is_asked_for_nothing_packed() {
        for near in ["http://localhost:1", "https://127.0.0.1", "http://127.9.9.9/", "http://[::1]:4180"] {
            assert!(is_near(near), "{near}");
        }
        for far in ["http://192.0.2.1", "https://shop.example", "http://[2001:db8::1]:4180", "nonsense"] {
            assert!(!is_near(far), "{far}");
        }
        // "pages" in gzip, whole and cut off.
        const PACKED: [u8; 25] =
            [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 43, 72, 76, 79, 45, 6, 0, 117, 229, 116, 32, 5, 0, 0, 0];
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Encoding: gzip\r\n\r\n";
        let read = |length: usize| {
            let bytes = [head.as_bytes(), &PACKED[..length]].concat();
            let server = Server::packing(&format!("http://{}", answers(bytes)), None, true);
            let workspace = server.expect("an address").workspace(WorkspaceId::v7(1, [1; 10]), "token");
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let pull = workspace.pull(&PullRequest::default());
                let (_, response) = workspace.send(pull, "application/x-ndjson").await?;
                whole(response).await
            })
        };
        assert_eq!(read(PACKED.len()), Ok(b"pages".to_vec()));
        assert_eq!(read(PACKED.len() - 9), Err(Trouble::Cut));
    }

    #[test]
    fn a_push_over_a_network_is_packed_where_that_saves_something() {
        let workspace = |packs| {
            let server = Server::packing("http://192.0.2.1", None, packs).expect("an address");
            server.workspace(WorkspaceId::v7(1, [1; 10]), "token")
        };
        let body = |packs: bool, length: usize| {
            let call = workspace(packs).push("op".repeat(length / 2)).build().expect("a call");
            let packed = call.headers().get(CONTENT_ENCODING).is_some_and(|it| it == "gzip");
            (packed, call.body().and_then(Body::as_bytes).expect("a body").to_owned())
        };
        assert_eq!(body(false, 4_096), (false, "op".repeat(2_048).into_bytes()));
        assert_eq!(body(true, 1_022), (false, "op".repeat(511).into_bytes()));
        let (packed, bytes) = body(true, 4_096);
        let mut unpacked = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut unpacked).expect("gzip");
        assert_eq!((packed, unpacked), (true, "op".repeat(2_048)));
        assert!(bytes.len() < 100);
    }

    #[test]
    fn without_a_name_a_listener_or_a_proof_nobody_answers() {
        assert_eq!(pushed("http://nobody.invalid"), Err(Trouble::NoAnswer));
        assert_eq!(pushed("http://127.0.0.1:1"), Err(Trouble::NoAnswer));
        let no_tls = answers("HTTP/1.1 200 OK\r\n\r\n");
        assert_eq!(pushed(&format!("https://{no_tls}")), Err(Trouble::NoAnswer));
    }

    #[test]
    fn what_breaks_before_its_end_is_cut() {
        let json =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"some\":";
        for bytes in ["", "HTTP/1.1 200", json] {
            assert_eq!(pushed(&format!("http://{}", answers(bytes))), Err(Trouble::Cut), "{bytes:?}");
        }
    }

    #[test]
    fn what_ends_without_a_length_is_what_has_come() {
        let bytes = "HTTP/1.1 503 Later\r\nContent-Type: text/html; charset=x\r\nRetry-After: 7\r\n\r\n<html";
        let said = pushed(&format!("http://{}", answers(bytes)));
        assert_eq!(said, Ok(r#"text/html Some("7") <html"#.to_owned()));
    }
}
