//! No secret and no data reaches a log line.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use tracing_subscriber::fmt::MakeWriter;

use fieldbook_protocol::ProblemCode;

use crate::client::Client;
use crate::world::{World, sign_in_body};

/// All that this process logged.
#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Starts to capture, once for the process, at the finest level.
pub fn capture() -> &'static Captured {
    static CAPTURED: OnceLock<Captured> = OnceLock::new();
    CAPTURED.get_or_init(|| {
        let captured = Captured::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .json()
            .with_writer(captured.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("the first subscriber");
        captured
    })
}

/// All that was logged until now.
pub fn log() -> String {
    String::from_utf8(capture().0.lock().expect("the log").clone()).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_tokens_and_fields_stay_out_of_the_log() {
    const DATA: &str = "canary-in-a-field";
    const WRONG: &str = "canary-in-a-password";
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let mut client = Client::connect(world.address).await;
    for body in [sign_in_body("shop", "ann", WRONG), format!("{{\"{WRONG}\":1}}")] {
        client.call("POST", "/v2/auth/sign-in", None, body).await.problem();
    }
    let path = ann.path(&format!("live?token={}", ann.me.token));
    client.call("POST", &path, None, "").await.problem();
    client.call(DATA, &format!("/{DATA}"), Some(&ann.me.token), DATA).await.problem();
    let op = ann.note(DATA);
    ann.push(std::slice::from_ref(&op)).await;
    let broken = ann.body(&[op]).replacen("\"changes\":", "\"canary-in-a-field\":1,\"changes\":", 1);
    ann.try_push(broken).await;
    ann.try_push(format!("{{\"{DATA}\":\"{DATA}\"}}")).await.problem();
    ann.pull().await;
    let (workspace, token) = (ann.me.workspace_id.to_string(), ann.me.token.clone());
    world.stop().await;

    let log = log();
    for secret in [DATA, WRONG, &token, crate::world::PASSWORD] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let line = log.lines().find(|line| line.contains(&workspace) && line.contains("{workspace}/push"));
    let line = line.expect("a line for the push");
    for part in ["\"method\":\"POST\"", "\"status\":200", "\"ms\":"] {
        assert!(line.contains(part), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_workspace_is_the_operators_affair_and_the_log_says_why() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let folder = world.stop().await;
    let file = folder.path().join(format!("workspaces/{}.db", ann.me.workspace_id));
    std::fs::write(&file, "no database, and long enough to be taken for one. ".repeat(99)).expect("damage");
    let shown = folder.path().display().to_string();
    let world = World::start_in(folder, |_| {}).await;
    ann.client = Client::connect(world.address).await;
    let op = ann.note("one");
    let body = ann.body(&[op]);
    let words = "This workspace's database cannot be used; the server's log says why. Nothing on your device \
        is lost.";
    let problem = ann.try_push(body).await.expect(ProblemCode::Internal);
    assert_eq!((problem.title.as_str(), problem.retry_after_ms), (words, None));
    let pull = ann.path("pull");
    let body = "{\"cursor\":{\"epoch\":1,\"version\":0}}";
    let reply = ann.client.call("POST", &pull, Some(&ann.me.token), body).await;
    assert_eq!(reply.expect(ProblemCode::Internal).title, words);
    world.stop().await;
    let log = log();
    let workspace = format!("\"workspace\":\"{}\"", ann.me.workspace_id);
    let lines: Vec<_> =
        log.lines().filter(|line| line.contains("\"ERROR\"") && line.contains(&workspace)).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("file is not a database"), "{lines:?}");
    assert!(!log.contains(&shown), "the log names a path");
}
