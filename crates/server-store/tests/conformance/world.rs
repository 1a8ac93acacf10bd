//! A store and what a test does with it. Pushes go through the text of the wire.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use fieldbook_crypto::{DataKey, FileKey, Fresh, OuterKey, WrappedDataKey};
use fieldbook_model::{Cursor, Json, Limits, Schema, SealedOp, Version, WallTime, json};
use fieldbook_protocol::history::HistoryLine;
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::{Answer, Page, Problem, PushReply, PushRequest, Verdict};
use fieldbook_server_store::{
    Batch, Collected, Outer, PageLimit, Place, Push, Reader, SqliteStore, Store, StoreError, Unlock,
    UpgradeError, push_group,
};
use tempfile::TempDir;

use crate::builder::{Device, EPOCH, WORKSPACE, record, shop};

/// Makes an empty store.
pub type Make = fn(&Schema) -> Box<dyn Store>;

/// A store in a folder that goes with it.
struct OnDisk {
    store: SqliteStore,
    _folder: TempDir,
}

impl Store for OnDisk {
    fn schema(&self) -> &Arc<Schema> {
        self.store.schema()
    }
    fn batch(&mut self) -> Result<Box<dyn Batch + '_>, StoreError> {
        self.store.batch()
    }
    fn upgrade(&mut self, next: &Schema) -> Result<Version, UpgradeError> {
        self.store.upgrade(next)
    }
    fn collect(&mut self, until: WallTime, after: Place) -> Result<Collected, StoreError> {
        self.store.collect(until, after)
    }
    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        self.store.reader()
    }
}

/// The key of a file.
pub fn key() -> Arc<FileKey> {
    Arc::new(FileKey::from_bytes([5; 32]))
}

/// What opens a data folder: the key beside it.
pub fn unlock() -> Unlock {
    Unlock { outer: Outer::Beside, fresh: || Fresh::new([7; 32]) }
}

/// What SQLCipher takes as the key of a file in a data folder, worked out from what lies there.
pub fn opened(folder: &Path, file: &str) -> zeroize::Zeroizing<String> {
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let outer = OuterKey::read(&text("server.key")).unwrap();
    let wrapped = WrappedDataKey::read(&text("keys.json")).unwrap();
    DataKey::unwrap(&wrapped, &outer).unwrap().file(file).sqlcipher()
}

/// SQLite in a file.
pub fn file(schema: &Schema) -> Box<dyn Store> {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("w.db"), key(), schema, WORKSPACE).unwrap();
    Box::new(OnDisk { store, _folder: folder })
}

/// SQLite in memory.
pub fn memory(schema: &Schema) -> Box<dyn Store> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("conformance-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    Box::new(SqliteStore::memory(schema, WORKSPACE, &name).unwrap())
}

/// Of a page that is as large as it gets.
pub const ALL: PageLimit = PageLimit { rows_max: u32::MAX, bytes_max: usize::MAX };
/// When everything happens.
pub const NOW: WallTime = WallTime(1_700_000_000_000);

/// A workspace.
pub struct World {
    pub store: Box<dyn Store>,
}

impl World {
    pub fn new(make: Make) -> Self {
        Self { store: make(&shop()) }
    }

    /// Pushes ops, all of which are taken.
    pub fn push(&mut self, device: &Device, ops: &[&SealedOp]) -> Vec<Answer> {
        let reply = self.try_push(device, ops).expect("no fork");
        assert_eq!(reply.expected, None);
        reply.answers
    }

    /// Pushes one op and says in short what became of it.
    pub fn verdict(&mut self, device: &Device, op: &SealedOp) -> String {
        verdict(&self.push(device, &[op])[0])
    }

    pub fn try_push(&mut self, device: &Device, ops: &[&SealedOp]) -> Result<PushReply, Problem> {
        let push = push(device, ops);
        let replies = push_group(self.store.as_mut(), &Limits::default(), &[push], NOW).expect("a commit");
        replies.into_iter().next().unwrap()
    }

    pub fn page(&self, device: &Device, from: u64) -> Page {
        self.page_of(device, at(from), ALL)
    }

    pub fn page_of(&self, device: &Device, from: Cursor, limit: PageLimit) -> Page {
        let request = PullRequest { schema: Some(device.schema), ..PullRequest::since(from) };
        let text = self.reader().page(&request, &device.principal, limit, NOW).unwrap().expect("a member");
        Page::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Forgets all that was deleted up to now, part by part; gives how many records that are, and in how many parts.
    pub fn forget(&mut self) -> (u64, u32) {
        self.forget_until(NOW)
    }

    pub fn forget_until(&mut self, until: WallTime) -> (u64, u32) {
        let (mut gone, mut parts, mut next) = (0, 0, Some(Place::default()));
        while let Some(after) = next {
            let part = self.store.collect(until, after).expect("a part");
            (gone, parts, next) = (gone + part.gone, parts + 1, part.next);
        }
        (gone, parts)
    }

    pub fn history(&self, of: &str, n: u64) -> Vec<HistoryLine> {
        self.reader().history(of, record(n)).unwrap()
    }

    pub fn export(&self) -> Vec<String> {
        self.reader().export().unwrap()
    }

    /// One field of a record that is shown.
    pub fn field(&self, of: &str, n: u64, field: &str) -> Option<Json> {
        let start = format!(r#"{{"type":"{of}","id":"{}","#, record(n));
        let line = self.export().into_iter().find(|line| line.starts_with(&start))?;
        find(&find(&json::parse(&line).unwrap(), "fields")?, field)
    }

    pub fn reader(&self) -> Box<dyn Reader> {
        self.store.reader().unwrap()
    }
}

/// A push of some ops, through the text of the wire.
pub fn push(device: &Device, ops: &[&SealedOp]) -> Push {
    let mut body = PushRequest::batch(&device.seen.into());
    ops.iter().for_each(|op| body.op(&op.text));
    let request = PushRequest::read(body.finish().as_bytes()).unwrap();
    Push { principal: device.principal.clone(), request }
}

pub fn at(version: u64) -> Cursor {
    Cursor { epoch: EPOCH, version: Version(version) }
}

/// "committed", "duplicate" or the code of a refusal.
pub fn verdict(answer: &Answer) -> String {
    match &answer.verdict {
        Verdict::Committed => "committed".to_owned(),
        Verdict::Rejected { refusal, .. } => refusal.code.to_string(),
        Verdict::DuplicateOf { .. } => "duplicate".to_owned(),
        Verdict::Conflicted { depends_on: None, .. } => "conflicted".to_owned(),
        Verdict::Conflicted { .. } => "dependent".to_owned(),
    }
}

pub fn verdicts(answers: &[Answer]) -> Vec<String> {
    answers.iter().map(verdict).collect()
}

/// An entry of an object.
pub fn find(object: &Json, name: &str) -> Option<Json> {
    let Json::Object(entries) = object else { return None };
    entries.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}
