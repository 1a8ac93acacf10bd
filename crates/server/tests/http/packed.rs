//! Bodies that are packed, on the way in and out; and calls that are too many at once.

use std::io::{Read, Write};

use axum::http::header;
use fieldbook_model::json;
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::page::PullRequest;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::device::Device;
use crate::world::{PASSWORD, World, sign_in_body};

const GZIP: (&str, &str) = ("content-encoding", "gzip");

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_may_be_packed_and_what_is_packed_wrongly_is_refused_in_words() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let op = ann.note("much ");
    let body = ann.body(&[op]);
    let good = packed(body.as_bytes());
    ann.client.with = vec![GZIP];
    let half = good[..good.len() / 2].to_vec();
    ann.try_push(half).await.expect(ProblemCode::BadRequest);
    ann.try_push(body.clone()).await.expect(ProblemCode::BadRequest);
    assert_eq!(ann.try_push(good.clone()).await.status, 200);
    for encoding in ["br", "zstd", "gzip, gzip"] {
        ann.client.with = vec![("content-encoding", encoding)];
        let problem = ann.try_push(good.clone()).await.expect(ProblemCode::BadRequest);
        assert!(problem.title.contains("gzip"), "{}", problem.title);
    }
    ann.client.with = vec![("content-encoding", "identity")];
    assert_eq!(ann.try_push(body).await.status, 200);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_unpacks_to_more_than_a_body_may_have_is_refused() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    // A thousandth of what it unpacks to.
    let bomb = packed(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 80 << 10, "{}", bomb.len());
    ann.client.with = vec![GZIP];
    let refused = ann.try_push(bomb.clone()).await;
    refused.expect(ProblemCode::TooLarge);
    assert_eq!(refused.headers[header::CONNECTION], "close", "behind a body that was not read comes nothing");
    let pull = ann.path("pull");
    let token = ann.me.token.clone();
    ann.client.call("POST", &pull, Some(&token), bomb.clone()).await.expect(ProblemCode::TooLarge);
    ann.client.call("POST", "/v2/auth/sign-in", None, bomb).await.expect(ProblemCode::TooLarge);
    world.stop().await;
}

/// How many lines a text has.
fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_packed_for_who_takes_it_and_nothing_else_is() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let ops: Vec<_> = (0..50).map(|_| ann.note(&"the same ".repeat(50))).collect();
    ann.push(&ops).await;
    let ask = json::write(&PullRequest::since(ann.cursor));
    let (pull, token) = (ann.path("pull"), ann.me.token.clone());
    let plain = ann.client.open("POST", &pull, Some(&token), ask.clone()).await.whole().await;
    assert!(!plain.1.contains_key(header::CONTENT_ENCODING));
    ann.client.with = vec![("accept-encoding", "gzip, br")];
    let (status, headers, bytes) = ann.client.open("POST", &pull, Some(&token), ask).await.whole().await;
    assert_eq!((status.as_u16(), headers[header::CONTENT_ENCODING].as_bytes()), (200, &b"gzip"[..]));
    assert!(bytes.len() * 4 < plain.2.len(), "{} of {}", bytes.len(), plain.2.len());
    let mut unpacked = Vec::new();
    GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).expect("unpacked");
    // The time that a page tells is another one.
    assert_eq!((lines(&unpacked), unpacked.len()), (lines(&plain.2), plain.2.len()));

    let body = sign_in_body("shop", "ann", PASSWORD);
    let reply = ann.client.call("POST", "/v2/auth/sign-in", None, body).await;
    assert!(!reply.headers.contains_key(header::CONTENT_ENCODING), "a token is not packed");
    let mut listening = ann.live().await;
    assert!(!listening.stream.headers.contains_key(header::CONTENT_ENCODING));
    assert!(listening.next().await.is_some(), "an event comes at once");
    world.stop().await;
}

/// Listens, over a connection of its own.
async fn listening(device: &Device) -> (Device, crate::device::Listening) {
    let mut beside = device.beside().await;
    let mut events = beside.live().await;
    events.next().await.expect("an event");
    (beside, events)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_has_only_so_many_calls_at_once_and_another_is_not_held_up() {
    let world = World::start_with(|config| config.calls.device_max = 2).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let (first, second) = (listening(&ann).await, listening(&ann).await);
    let path = ann.path("pull");
    let (token, ask) = (ann.me.token.clone(), json::write(&PullRequest::since(ann.cursor)));
    let reply = ann.client.call("POST", &path, Some(&token), ask.clone()).await;
    let problem = reply.expect(ProblemCode::TooMany);
    assert_eq!(problem.retry_after_ms, Some(1000));
    assert_eq!(reply.headers[header::RETRY_AFTER], "1");
    bob.pull().await;
    drop((first, second));
    // The server learns that a stream's client is gone when it says something.
    let waited = async {
        while ann.client.call("POST", &path, Some(&token), ask.clone()).await.status != 200 {
            let op = bob.note("news");
            bob.push(&[op]).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waited).await.expect("in a minute");
    world.stop().await;
}
