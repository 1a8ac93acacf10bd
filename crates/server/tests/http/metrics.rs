//! What whoever runs the server is told: what was counted, and who is stuck since when and why.

use std::net::{Ipv4Addr, SocketAddr};

use fieldbook_model::schema::{Field, Kind, Merge, RecordType};
use fieldbook_model::{Change, Fields, Json, RecordId, Schema};
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::{ProblemCode, WAITING};

use crate::client::Client;
use crate::device::{Device, note};
use crate::world::World;

async fn world() -> World {
    let text = Field { merge: Merge::Manual, ..Field::new("text", Kind::Text { max: 100 }) };
    let schema = Schema::new("notes", 1, vec![RecordType::new("note", vec![text])], Vec::new());
    World::start_of(&schema, |config| config.metrics = Some((Ipv4Addr::LOCALHOST, 0).into())).await
}

/// All lines that are told.
struct Told(String);

impl Told {
    async fn by(address: SocketAddr) -> Self {
        let reply = Client::connect(address).await.call("GET", "/metrics", None, "").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let kind = reply.headers["content-type"].to_str().expect("text");
        assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
        assert!(reply.body.ends_with("# EOF\n"));
        Self(reply.body)
    }

    /// The value of the one line of a name that has some labels.
    fn value(&self, name: &str, labels: &[&str]) -> f64 {
        let fits = |line: &&str| {
            let (series, _) = line.rsplit_once(' ').unwrap_or_default();
            let bare = series.split('{').next().unwrap_or_default();
            bare == name && labels.iter().all(|label| series.contains(label))
        };
        let found: Vec<&str> = self.0.lines().filter(fits).collect();
        let [line] = found.as_slice() else { panic!("{name} {labels:?}: {found:?}\n{}", self.0) };
        line.rsplit(' ').next().and_then(|value| value.parse().ok()).expect("a number")
    }
}

/// Changes the text of a note that the device had at its cursor.
fn retell(device: &mut Device, id: RecordId, text: &str) -> fieldbook_model::SealedOp {
    let set = Fields::from([("text", Json::from(text))]);
    let [add, count, include, exclude, reset] = [const { Fields(Vec::new()) }; 5];
    let (of, base) = ("note".to_owned(), device.cursor.version);
    device.op(vec![Change::Update { of, id, base, set, add, count, include, exclude, reset }])
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_stuck_is_told_with_reason_and_age_and_without_a_name() {
    const SECRET: &str = "canary-in-a-note";
    let world = world().await;
    let metrics = world.metrics.expect("an address");
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let made = note(SECRET);
    let Change::Insert { id, .. } = made else { panic!("an insert") };
    let op = ann.op(vec![made]);
    ann.push(&[op]).await;
    ann.pull().await;
    bob.pull().await;
    let (theirs, mine) = (retell(&mut ann, id, "one"), retell(&mut bob, id, "two"));
    ann.push(&[theirs]).await;
    bob.push(&[mine]).await;
    let refused = retell(&mut bob, RecordId::v7(1, [9; 10]), "three");
    bob.push(&[refused]).await;

    let workspace = format!("workspace=\"{}\"", ann.me.workspace_id);
    let of = workspace.as_str();
    let told = Told::by(metrics).await;
    let conflict = [of, "why=\"conflict\""];
    assert_eq!(told.value("fieldbook_workspace_held_ops", &conflict), 1.0);
    assert_eq!(told.value("fieldbook_workspace_held_devices", &conflict), 1.0);
    assert_eq!(told.value("fieldbook_workspace_open_conflicts", &[of]), 1.0);
    assert_eq!(told.value("fieldbook_workspace_held_ops", &[of, "why=\"lost-base\""]), 0.0);
    assert_eq!(told.value("fieldbook_workspace_readable", &[of]), 1.0);
    let first = told.value("fieldbook_workspace_held_oldest_seconds", &conflict);
    assert_eq!(told.value("fieldbook_ops_total", &["outcome=\"committed\""]), 2.0);
    assert_eq!(told.value("fieldbook_ops_total", &["outcome=\"held\""]), 1.0);
    assert_eq!(told.value("fieldbook_ops_total", &["outcome=\"refused\"", "reason=\"unknown-record\""]), 1.0);
    assert_eq!(told.value("fieldbook_push_seconds_count", &[]), 4.0);
    assert_eq!(told.value("fieldbook_push_body_bytes_count", &[]), 4.0);
    assert!(told.value("fieldbook_pull_page_bytes_sum", &[]) > 0.0);
    assert!(told.value("fieldbook_commit_seconds_count", &[]) >= 1.0);
    let push = ["path=\"/v2/workspaces/{workspace}/push\"", "status=\"200\""];
    assert_eq!(told.value("fieldbook_calls_total", &push), 4.0);

    let later = Told::by(metrics).await.value("fieldbook_workspace_held_oldest_seconds", &conflict);
    assert!(later >= first && later < 3_600.0, "{first} {later}");
    for secret in [SECRET, "ann", "bob", "shop", &id.to_string(), &ann.id.to_string(), &ann.me.token] {
        assert!(!told.0.contains(secret), "{secret:?} in {}", told.0);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_call_at_once_each_is_noted_with_what_it_said_last() {
    let world = world().await;
    let metrics = world.metrics.expect("an address");
    let mut devices = Vec::new();
    for _ in 0..12 {
        let mut device = world.device("ann").await;
        device.client.with = vec![(WAITING, "5")];
        devices.push(device);
    }
    let workspace = format!("workspace=\"{}\"", devices[0].me.workspace_id);
    futures_util::future::join_all(devices.iter_mut().map(|device| device.pull())).await;
    let waited = async {
        let within = [workspace.as_str(), "seen_within=\"hour\""];
        while Told::by(metrics).await.value("fieldbook_workspace_ops_waiting", &within) != 60.0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), waited).await.expect("none is passed over");
    world.stop().await;
}

/// The push is the last that is heard of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_has_sent_it_has_not_to_send_any_more() {
    let world = world().await;
    let metrics = world.metrics.expect("an address");
    let mut ann = world.device("ann").await;
    ann.client.with = vec![(WAITING, "2")];
    let workspace = format!("workspace=\"{}\"", ann.me.workspace_id);
    let within = [workspace.as_str(), "seen_within=\"hour\""];
    let until = async |waiting: f64| {
        let waited = async {
            while Told::by(metrics).await.value("fieldbook_workspace_ops_waiting", &within) != waiting {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), waited).await.expect("it is noted");
    };
    ann.pull().await;
    until(2.0).await;
    let ops = [ann.note("one"), ann.note("two")];
    ann.push(&ops).await;
    until(0.0).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_says_to_have_to_send_is_told_while_it_is_away() {
    let world = world().await;
    let metrics = world.metrics.expect("an address");
    let ann = world.device("ann").await;
    let pull = async |waiting: &str| {
        let body = fieldbook_model::json::write(&PullRequest::since(ann.cursor));
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {}\r\n{WAITING}: {waiting}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            ann.path("pull"),
            ann.me.token,
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(world.address).await.expect("a connection");
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.expect("asked");
        let mut reply = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut reply).await.expect("a reply");
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    };
    let workspace = format!("workspace=\"{}\"", ann.me.workspace_id);
    let within = [workspace.as_str(), "seen_within=\"hour\""];
    let until = async |ops: f64, devices: f64| {
        let waited = async {
            // It is written beside the call.
            loop {
                let told = Told::by(metrics).await;
                let counts = ["ops_waiting", "devices_waiting"]
                    .map(|name| told.value(&format!("fieldbook_workspace_{name}"), &within));
                if counts == [ops, devices] {
                    return told;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), waited).await.expect("in a minute")
    };
    pull("7").await;
    until(7.0, 1.0).await;
    pull("many").await;
    pull("0").await;
    let told = until(0.0, 0.0).await;
    assert_eq!(told.value("fieldbook_workspace_devices", &within), 1.0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_streams_are_counted_while_they_are_open() {
    let world = world().await;
    let metrics = world.metrics.expect("an address");
    let mut ann = world.device("ann").await;
    let streams = async || Told::by(metrics).await.value("fieldbook_live_streams", &[]);
    assert_eq!(streams().await, 0.0);
    let mut listening = ann.beside().await;
    let mut events = listening.live().await;
    events.next().await;
    assert_eq!(streams().await, 1.0);
    drop((events, listening));
    // The server learns it when it says something.
    let waited = async {
        while streams().await > 0.0 {
            let op = ann.note("more");
            ann.push(&[op]).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waited).await.expect("in a minute");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_do_not_reach_what_is_counted() {
    let world = world().await;
    let mut client = Client::connect(world.address).await;
    client.call("GET", "/metrics", None, "").await.expect(ProblemCode::NotFound);
    let mut operator = Client::connect(world.metrics.expect("an address")).await;
    operator.call("GET", "/healthz", None, "").await.expect(ProblemCode::NotFound);
    world.stop().await;
}
