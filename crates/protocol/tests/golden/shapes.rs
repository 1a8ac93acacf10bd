//! Each golden file reads into its type and is written back to the identical bytes.

use fieldbook_crypto::DeviceSecret;
use fieldbook_model::chain::Hash;
use fieldbook_model::{Change, Op, Payload, Schema, SealedOp, json};
use fieldbook_protocol::account::{InWorkspace, NewWorkspaceRequest};
use fieldbook_protocol::auth::{KeysReply, KeysRequest, SignInReply, SignInRequest};
use fieldbook_protocol::blob::BlobReply;
use fieldbook_protocol::diagnostics::{self, DiagnosticsReply, Opened, Signed};
use fieldbook_protocol::export::{ExportLine, ExportRecord};
use fieldbook_protocol::history::{HistoryReply, TimelineReply};
use fieldbook_protocol::live::{Event, Events};
use fieldbook_protocol::page::{PageWriter, PullRequest, RowState};
use fieldbook_protocol::push::Verdict;
use fieldbook_protocol::record::{RecordReply, RecordsReply, SizeReply};
use fieldbook_protocol::schema::SchemaReply;
use fieldbook_protocol::seen::{SeenReply, SeenRequest};
use fieldbook_protocol::{
    CommonReply, CommonRequest, Page, Problem, PushReply, PushRequest, Pushed, SettledState, WipedReply,
    WipedRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A golden file: its name and its text, and how its shape is read and written again.
pub struct Golden {
    pub name: &'static str,
    pub text: &'static str,
    /// `Err`: in the reader's words, why it is not of this shape.
    pub rewrite: fn(&str) -> Result<String, String>,
}

macro_rules! golden {
    ($($name:literal => $rewrite:expr,)*) => {
        pub const GOLDEN: &[Golden] = &[$(Golden {
            name: $name,
            text: include_str!(concat!("../../golden/", $name)),
            rewrite: $rewrite,
        }),*];
    };
}

golden! {
    "op.json" => document::<Op>,
    "payloads.json" => document::<Vec<Payload>>,
    "push-request.json" => push_request,
    "push-reply.json" => document::<PushReply>,
    "push-reply-expected.json" => document::<PushReply>,
    "push-reply-conflicted.json" => document::<PushReply>,
    "push-request-branch.json" => push_request,
    "push-request-gap.json" => push_request,
    "pull-request.json" => document::<PullRequest>,
    "pull-request-branch.json" => document::<PullRequest>,
    "common-request.json" => document::<CommonRequest>,
    "common-reply.json" => document::<CommonReply>,
    "pull-request-cuts.json" => document::<PullRequest>,
    "page-cuts.jsonl" => page,
    "page-places.jsonl" => page,
    "page-horizon.jsonl" => page,
    "record-reply.json" => document::<RecordReply>,
    "records-reply.json" => document::<RecordsReply>,
    "size-reply.json" => document::<SizeReply>,
    "seen-request.json" => document::<SeenRequest>,
    "seen-reply.json" => document::<SeenReply>,
    "page.jsonl" => page,
    "page-settled.jsonl" => page,
    "page-sums.jsonl" => page,
    "history-reply.json" => document::<HistoryReply>,
    "timeline-reply.json" => document::<TimelineReply>,
    "new-workspace-request.json" => document::<NewWorkspaceRequest>,
    "new-workspace-reply.json" => document::<InWorkspace>,
    "export.jsonl" => export,
    "live.txt" => live,
    "problem.json" => document::<Problem>,
    "sign-in-request.json" => document::<SignInRequest>,
    "sign-in-reply.json" => document::<SignInReply>,
    "sign-in-request-keys.json" => document::<SignInRequest>,
    "sign-in-reply-keys.json" => document::<SignInReply>,
    "keys-request.json" => document::<KeysRequest>,
    "keys-reply.json" => document::<KeysReply>,
    "keys-reply-support.json" => document::<KeysReply>,
    "diagnostics.txt" => diagnostics,
    "blob-reply.json" => document::<BlobReply>,
    "diagnostics-reply.json" => document::<DiagnosticsReply>,
    "problem-wiped.json" => document::<Problem>,
    "wiped-request.json" => document::<WipedRequest>,
    "wiped-reply.json" => document::<WipedReply>,
    "schema.json" => document::<Schema>,
    "schema-reply.json" => document::<SchemaReply>,
}

/// A golden file's text.
pub fn golden(name: &str) -> &'static str {
    GOLDEN.iter().find(|golden| golden.name == name).expect("a golden file").text
}

fn document<T: DeserializeOwned + Serialize>(text: &str) -> Result<String, String> {
    let value = json::parse_bytes::<T>(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(json::write(&value))
}

/// An op that is no op does not spoil its push, so it counts as refused here.
fn push_request(text: &str) -> Result<String, String> {
    let request = PushRequest::read(text.as_bytes()).map_err(|error| error.to_string())?;
    let mut batch =
        PushRequest::batch_behind(request.gap.as_deref(), request.branch.as_deref(), &request.standing);
    for pushed in &request.ops {
        match pushed {
            Pushed::Whole(sealed) => batch.op(&json::write(&sealed.op)),
            Pushed::TooLarge(head) => batch.too_large(head),
            Pushed::Broken(..) => return Err("an op is broken".to_owned()),
        }
    }
    let (bytes, body) = (batch.bytes(), batch.finish());
    assert_eq!(bytes, body.len());
    Ok(body)
}

/// Lines, the last of which says that none is missing.
fn export(text: &str) -> Result<String, String> {
    let last = json::parse::<ExportLine>(text.lines().last().unwrap_or_default());
    let Ok(ExportLine::End(_)) = last else { return Err("it is cut off".to_owned()) };
    let line = |line: &str| match line.starts_with("{\"type\"") {
        true => document::<ExportRecord>(line),
        false => document::<ExportLine>(line),
    };
    text.lines().map(|text| Ok(line(text)? + "\n")).collect()
}

fn page(text: &str) -> Result<String, String> {
    let page = Page::read(text).map_err(|error| error.to_string())?;
    let mut writer = PageWriter::new(&page.start);
    page.types.iter().for_each(|columns| writer.columns(columns));
    for row in &page.rows {
        match &row.state {
            RowState::Is(values) => writer.row(row.of, row.id, row.version, &json::write(values)),
            RowState::Gone => writer.gone(row.of, row.id, row.version),
            RowState::Left => writer.left(row.of, row.id, row.version),
        }
    }
    page.answers.iter().for_each(|answer| writer.answer(answer));
    page.settled.iter().for_each(|settled| writer.settled(settled));
    page.sums.iter().for_each(|sums| writer.sums(sums));
    Ok(writer.end(&page.end))
}

/// Signed by the device whose secret is nothing but sevens; the same text has the same signature.
fn diagnostics(text: &str) -> Result<String, String> {
    let Opened { device, signed, parts } =
        diagnostics::read(text.as_bytes()).map_err(|error| error.to_string())?;
    let keys = DeviceSecret::from_bytes([7; 32]).keys();
    assert_eq!(signed, Signed::By(keys.public()));
    let written = diagnostics::text(device, &parts, Some(&keys));
    String::from_utf8(written).map_err(|error| error.to_string())
}

/// Pages within events are read too.
fn live(text: &str) -> Result<String, String> {
    let events = Events::default().push(text.as_bytes()).map_err(|error| error.to_string())?;
    let rewritten = events.into_iter().map(|event| match event {
        Event::Changes(text) => page(&text).map(|text| Event::Changes(text).write()),
        event => Ok(event.write()),
    });
    rewritten.collect()
}

#[test]
fn each_golden_file_reads_and_writes_back_to_the_identical_bytes() {
    for Golden { name, text, rewrite } in GOLDEN {
        assert_eq!(rewrite(text).as_deref(), Ok(*text), "{name}");
    }
}

#[test]
fn the_folder_holds_nothing_that_is_not_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");
    let files = std::fs::read_dir(folder).expect("the golden files");
    let mut found: Vec<String> =
        files.map(|file| file.expect("a file").file_name().into_string().expect("a name")).collect();
    let others = ["README.md", "problem-codes.txt", "refusal-codes.txt"];
    let mut known: Vec<&str> = GOLDEN.iter().map(|golden| golden.name).chain(others).collect();
    found.sort();
    known.sort_unstable();
    assert_eq!(found, known);
    let readme = include_str!("../../golden/README.md");
    let untold: Vec<_> =
        known.iter().filter(|name| **name != "README.md" && !readme.contains(*name)).collect();
    assert_eq!(untold, Vec::<&&str>::new());
}

#[test]
fn an_op_is_hashed_as_its_bytes_stand() {
    let sealed = SealedOp::open(golden("op.json").to_owned()).expect("an op");
    let hash = "b4caeabaaf2e3995a859bd8a1741e4dec55aa357d6b80137071fecea554bc188";
    assert_eq!(sealed.hash.to_string(), hash);
    assert_eq!(SealedOp::seal(sealed.op.clone()), sealed);
    let spaced = golden("op.json").replacen(':', ": ", 1);
    let other = SealedOp::open(spaced).expect("the same op in other bytes");
    assert_eq!(other.op, sealed.op);
    assert_ne!(other.hash, sealed.hash);
}

#[test]
fn the_ops_of_the_push_have_every_verb_and_name_the_one_before() {
    let request = PushRequest::read(golden("push-request.json").as_bytes()).expect("a push");
    let (mut previous, mut verbs) = (Hash::ZERO, Vec::new());
    for (seq, pushed) in (1..).zip(&request.ops) {
        assert_eq!((pushed.seq().0, pushed.previous()), (seq, previous));
        previous = pushed.hash();
        let Pushed::Whole(sealed) = pushed else { continue };
        verbs.extend(sealed.op.payload.changes.iter().map(verb));
    }
    assert_eq!(verbs, ["insert", "insert", "update", "update", "delete", "restore", "insert"]);
    assert!(matches!(&request.ops[4], Pushed::TooLarge(head) if head.bytes == 300_000));
}

#[test]
fn whether_an_op_says_what_it_continues_makes_no_difference() {
    let request = PushRequest::read(golden("push-request.json").as_bytes()).expect("a push");
    let whole = request.ops.iter().filter_map(|pushed| match pushed {
        Pushed::Whole(sealed) => Some(sealed.text.as_str()),
        _ => None,
    });
    let texts: Vec<&str> = whole.collect();
    assert!(texts.iter().all(|text| text.contains(r#","previous":""#)), "{texts:?}");
    let ops = texts.join(",\n");
    let body = format!(r#"{{"cursor":{{"epoch":1,"version":1400}},"ops":[{ops}]}}"#);
    let said = PushRequest::read(body.as_bytes()).expect("a push");
    assert_eq!(said.ops.as_slice(), &request.ops[..texts.len()]);
    // One that continues something else says so, and it is kept.
    let other = Hash::of(b"another");
    let forked = body.replace(&request.ops[2].previous().to_string(), &other.to_string());
    let forked = PushRequest::read(forked.as_bytes()).expect("a push");
    assert_eq!(forked.ops[2].previous(), other);
    let mut batch = PushRequest::batch(&forked.standing);
    for pushed in &forked.ops {
        let Pushed::Whole(sealed) = pushed else { panic!("a whole op") };
        batch.op(&sealed.text);
    }
    assert_eq!(PushRequest::read(batch.finish().as_bytes()), Ok(forked));
    // So is one of no op, whichever way it stands.
    for text in [r#"{"op_id":"0198c0de-7a11-7000-8000-000000000102","seq":2,"new":1}"#, r#"{"seq":2}"#] {
        let body = body.replacen(texts[1], text, 1);
        let read = PushRequest::read(body.as_bytes());
        match read {
            Ok(read) => assert!(
                matches!(&read.ops[1], Pushed::Broken(head, _) if head.previous == request.ops[0].hash()),
                "{read:?}"
            ),
            Err(_) => assert_eq!(text, r#"{"seq":2}"#),
        }
    }
}

fn verb(change: &Change) -> &'static str {
    match change {
        Change::Insert { .. } => "insert",
        Change::Update { .. } => "update",
        Change::Delete { .. } => "delete",
        Change::Restore { .. } => "restore",
    }
}

#[test]
fn the_page_brings_the_same_answers_as_the_reply() {
    let reply: PushReply = json::parse(golden("push-reply.json")).expect("a reply");
    let page = Page::read(golden("page.jsonl")).expect("a page");
    assert_eq!(page.answers, reply.answers);
    let kinds = reply.answers.iter().map(|answer| match &answer.verdict {
        Verdict::Committed => "committed",
        Verdict::Rejected { depends_on: Some(_), .. } => "rejected because of another",
        Verdict::Rejected { refusal, .. } if refusal.field.is_some() => "rejected at a field",
        Verdict::Rejected { .. } => "rejected",
        Verdict::DuplicateOf { ids, .. } => ["duplicate", "duplicate with ids"][ids.len()],
        Verdict::Conflicted { .. } => "conflicted",
    });
    let expected =
        ["committed", "rejected at a field", "rejected because of another", "duplicate with ids", "rejected"];
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
    assert_eq!(page.rows.iter().filter(|row| row.values().is_none()).count(), 1);
}

#[test]
fn an_op_that_waits_names_its_conflict_and_is_settled_once_more() {
    let reply: PushReply = json::parse(golden("push-reply-conflicted.json")).expect("a reply");
    let page = Page::read(golden("page-settled.jsonl")).expect("a page");
    assert_eq!(page.answers, reply.answers);
    let states: Vec<_> = page.settled.iter().map(|settled| settled.state).collect();
    use SettledState::{Committed, Conflicted, Rejected, Replaced};
    assert_eq!(states, [Replaced, Committed, Rejected, Conflicted]);
    let without = golden("push-reply-conflicted.json")
        .replace(r#","conflict":"0198c0de-7a11-7000-8000-000000000106""#, "");
    assert!(json::parse::<PushReply>(&without).is_err(), "{without}");
}

#[test]
fn the_live_stream_carries_the_page_as_it_is() {
    let events = Events::default().push(golden("live.txt").as_bytes()).expect("events");
    let [Event::Head(_), Event::Changes(page), Event::Beat(_), Event::Problem(_)] = &events[..] else {
        panic!("other events: {events:?}")
    };
    assert_eq!(page, golden("page.jsonl"));
}
