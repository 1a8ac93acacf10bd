//! No secret and no data reaches a log line.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use tracing_subscriber::fmt::MakeWriter;

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
    let path = ann.path(&format!("live?epoch=1&version=0&token={}", ann.me.token));
    client.call("GET", &path, None, "").await.problem();
    client.call(DATA, &format!("/{DATA}"), Some(&ann.me.token), DATA).await.problem();
    let op = ann.note(DATA);
    ann.push(std::slice::from_ref(&op)).await;
    let broken = ann.body(&[op]).replacen("\"changes\":", "\"canary-in-a-field\":1,\"changes\":", 1);
    ann.try_push(broken).await;
    ann.try_push(format!("{{\"{DATA}\":\"{DATA}\"}}")).await.problem();
    ann.pull().await;
    let (workspace, token) = (ann.me.workspace_id.to_string(), ann.me.token.clone());
    world.stop().await;

    let log = String::from_utf8(capture().0.lock().expect("the log").clone()).expect("UTF-8");
    for secret in [DATA, WRONG, &token, crate::world::PASSWORD] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let line = log.lines().find(|line| line.contains(&workspace) && line.contains("{workspace}/push"));
    let line = line.expect("a line for the push");
    for part in ["\"method\":\"POST\"", "\"status\":200", "\"ms\":"] {
        assert!(line.contains(part), "{line}");
    }
}
