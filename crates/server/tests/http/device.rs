//! A device as the server knows it: a token, and a log whose ops form a chain.

use std::sync::atomic::{AtomicU64, Ordering};

use fieldbook_model::chain::Hash;
use fieldbook_model::schema::EDIT;
use fieldbook_model::{
    Change, Cursor, DeviceId, Fields, Hlc, Json, Op, OpId, Payload, RecordId, SealedOp, Seq, WallTime,
};
use fieldbook_protocol::auth::SignInReply;
use fieldbook_protocol::live::{Event, Events};
use fieldbook_protocol::page::{Pages, PullRequest};
use fieldbook_protocol::{Page, PushReply, PushRequest};

use crate::client::{Client, Reply, Streaming};

pub struct Device {
    pub client: Client,
    pub id: DeviceId,
    pub me: SignInReply,
    pub cursor: Cursor,
    seq: Seq,
    previous: Hash,
}

static MADE: AtomicU64 = AtomicU64::new(1);

/// Ten bytes that no other id has.
pub fn unique() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&MADE.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

impl Device {
    pub fn new(client: Client, id: DeviceId, me: SignInReply) -> Self {
        let cursor = Cursor { epoch: me.epoch, ..Cursor::default() };
        Self { client, id, me, cursor, seq: Seq::ZERO, previous: Hash::ZERO }
    }

    /// The same device over another connection, for listening.
    pub async fn beside(&self) -> Self {
        Self::new(self.client.again().await, self.id, self.me.clone())
    }

    pub fn path(&self, call: &str) -> String {
        format!("/v2/workspaces/{}/{call}", self.me.workspace_id)
    }

    /// Writes an op at the end of the log.
    pub fn op(&mut self, changes: Vec<Change>) -> SealedOp {
        self.seq = self.seq.next();
        let op_id = OpId::v7(1_700_000_000_000, unique());
        let op = Op {
            op_id,
            workspace_id: self.me.workspace_id,
            user_id: self.me.user_id,
            device_id: self.id,
            seq: self.seq,
            action: EDIT.to_owned(),
            payload: Payload::from(changes),
            idempotency_key: op_id.to_string(),
            created_at: WallTime(1_700_000_000_000),
            hlc: Hlc { ms: 1_700_000_000_000, counter: 0 },
            schema: 1,
            seen: self.cursor,
            previous: self.previous,
        };
        let sealed = SealedOp::seal(op);
        self.previous = sealed.hash;
        sealed
    }

    /// An op that makes a note.
    pub fn note(&mut self, text: &str) -> SealedOp {
        self.op(vec![note(text)])
    }

    pub fn body(&self, ops: &[SealedOp]) -> String {
        let mut batch = PushRequest::batch(&self.cursor.into());
        ops.iter().for_each(|op| batch.op(&op.text));
        batch.finish()
    }

    pub async fn try_push(&mut self, body: impl Into<axum::body::Body>) -> Reply {
        let path = self.path("push");
        self.client.call("POST", &path, Some(&self.me.token), body).await
    }

    pub async fn push(&mut self, ops: &[SealedOp]) -> PushReply {
        let body = self.body(ops);
        self.try_push(body).await.read()
    }

    pub async fn open_pull(&mut self, from: Cursor) -> Streaming {
        let body = format!("{{\"cursor\":{}}}", fieldbook_model::json::write(&from));
        let path = self.path("pull");
        self.client.open("POST", &path, Some(&self.me.token), body).await
    }

    /// Pulls until level.
    pub async fn pull(&mut self) -> Vec<Page> {
        let pages = self.ask(&PullRequest::since(self.cursor)).await;
        self.cursor = pages.last().expect("a page").end.to;
        pages
    }

    /// All pages of an answer.
    pub async fn ask(&mut self, request: &PullRequest) -> Vec<Page> {
        let (path, body) = (self.path("pull"), fieldbook_model::json::write(request));
        let mut stream = self.client.open("POST", &path, Some(&self.me.token), body).await;
        assert_eq!(stream.status, 200);
        let (mut cutter, mut pages) = (Pages::default(), Vec::new());
        while let Some(chunk) = stream.chunk().await {
            for text in cutter.push(&chunk.expect("a whole stream")).expect("pages") {
                pages.push(Page::read(&text).expect("a page"));
            }
        }
        assert!(cutter.is_whole());
        pages
    }

    /// Listens from its cursor on, over this device's connection.
    pub async fn live(&mut self) -> Listening {
        self.live_of(&PullRequest::since(self.cursor)).await
    }

    /// Listens to what a request says.
    pub async fn live_of(&mut self, request: &PullRequest) -> Listening {
        let (path, asked) = (self.path("live"), fieldbook_model::json::write(request));
        let stream = self.client.open("POST", &path, Some(&self.me.token), asked).await;
        assert_eq!(stream.status, 200);
        Listening { stream, events: Events::default(), ready: Vec::new() }
    }
}

pub fn note(text: &str) -> Change {
    let id = RecordId::v7(1_700_000_000_000, unique());
    Change::Insert { of: "note".to_owned(), id, fields: Fields::from([("text", Json::from(text))]) }
}

/// A live stream that is open.
pub struct Listening {
    pub stream: Streaming,
    events: Events,
    ready: Vec<Event>,
}

impl Listening {
    /// The next event, or `None` at the stream's end.
    pub async fn next(&mut self) -> Option<Event> {
        while self.ready.is_empty() {
            let chunk = self.stream.chunk().await?.ok()?;
            self.ready = self.events.push(&chunk).expect("events");
        }
        Some(self.ready.remove(0))
    }

    /// The next page of changes; beats and heads are passed over.
    pub async fn changes(&mut self) -> Page {
        loop {
            if let Event::Changes(text) = self.next().await.expect("an event") {
                return Page::read(&text).expect("a page");
            }
        }
    }
}
