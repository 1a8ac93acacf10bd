//! Light subscribers: each a connection with a live stream and nothing behind it, as an office's screen or a monitor has.

use std::time::Instant;

use fieldbook_model::{DeviceId, json};
use fieldbook_protocol::auth::{SignInReply, SignInRequest};
use fieldbook_protocol::page::PullRequest;
use tokio::sync::mpsc::UnboundedSender;

use crate::figures::watch;
use crate::stage::Stage;

/// Starts some subscribers; each tells the moment at which it has read the end of each event of changes.
///
/// # Panics
/// When one cannot sign in or listen.
pub fn subscribe(stage: &Stage, count: usize, seen: &UnboundedSender<Instant>) {
    let client = reqwest::Client::builder().tcp_nodelay(true).build().expect("a client");
    for n in 0..count {
        let reply = stage.wait(sign_in(&client, stage, n));
        let (client, seen) = (client.clone(), seen.clone());
        let url = format!("{}/v2/workspaces/{}/live", stage.address(), reply.workspace_id);
        let call = client.post(url).bearer_auth(&reply.token).body(json::write(&PullRequest::default()));
        let mut stream = stage.wait(call.send()).expect("a stream").error_for_status().expect("a stream");
        stage.handle().spawn(async move {
            let mut event = Vec::new();
            while let Ok(Some(bytes)) = stream.chunk().await {
                event.extend_from_slice(&bytes);
                if event.ends_with(b"\n\n") {
                    if event.windows(14).any(|part| part == b"event: changes") {
                        let _ = seen.send(watch());
                    }
                    event.clear();
                }
            }
        });
    }
}

async fn sign_in(client: &reqwest::Client, stage: &Stage, n: usize) -> SignInReply {
    let (user, password) = stage.sign_in();
    let request = SignInRequest {
        workspace: "shop".into(),
        user: user.into(),
        password: password.into(),
        device_id: DeviceId::v7(1, crate::stage::random()),
        device_name: format!("screen {n}"),
        keys: None,
    };
    let call = client.post(format!("{}/v2/auth/sign-in", stage.address()));
    let reply = call.body(json::write(&request)).send().await.expect("a reply");
    let body = reply.error_for_status().expect("a sign-in").bytes().await.expect("a body");
    json::parse_bytes(&body).expect("a reply")
}
