//! What is too large, too many or too slow.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use fieldbook_protocol::ProblemCode;
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Client;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_in_words() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let large = " ".repeat(600 << 10);
    ann.try_push(large.clone()).await.expect(ProblemCode::TooLarge);
    let chunks: Vec<_> =
        (0..6).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 100 << 10]))).collect();
    ann.try_push(Body::from_stream(stream::iter(chunks))).await.expect(ProblemCode::TooLarge);
    ann.client.call("POST", "/v2/auth/sign-in", None, large).await.expect(ProblemCode::TooLarge);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_ops_in_one_push_are_refused() {
    let world = World::start_with(|config| config.limits.push_ops_max = 3).await;
    let mut ann = world.device("ann").await;
    let ops: Vec<_> = (0..4).map(|_| ann.note("one")).collect();
    let body = ann.body(&ops);
    ann.try_push(body).await.expect(ProblemCode::TooLarge);
    assert_eq!(ann.push(&ops[..3]).await.answers.len(), 3);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let world = World::start_with(|config| config.body_time_max = Duration::from_millis(20)).await;
    let mut ann = world.device("ann").await;
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    ann.try_push(never).await.expect(ProblemCode::BadRequest);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_arrive_ends_the_connection() {
    let world = World::start_with(|config| config.head_time_max = Duration::from_millis(20)).await;
    let mut stream = TcpStream::connect(world.address).await.expect("a connection");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: te").await.expect("half a head");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("the end");
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_over_the_limit_waits_for_a_place() {
    let world = World::start_with(|config| {
        config.connections_max = 1;
        config.head_time_max = Duration::from_millis(50);
    })
    .await;
    let idle = TcpStream::connect(world.address).await.expect("a connection");
    let mut second = Client::connect(world.address).await;
    // Answered once the idle connection has lost its place.
    assert_eq!(second.call("GET", "/healthz", None, "").await.status, 200);
    drop((idle, second));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_is_cut_off() {
    let world = World::start_with(|config| {
        config.stall_time_max = Duration::from_millis(50);
        config.stop_time_max = Duration::from_secs(600);
    })
    .await;
    let mut ann = world.device("ann").await;
    // More than the system's buffers hold for a connection.
    for _ in 0..60 {
        let ops: Vec<_> = (0..4).map(|_| ann.note(&"much ".repeat(20_000))).collect();
        ann.push(&ops).await;
    }
    let mut bob = world.device("bob").await;
    let stream = bob.open_pull(bob.cursor).await;
    // The server's end waits for every connection, and for this one it would wait five minutes.
    let stopped = tokio::time::timeout(Duration::from_secs(60), world.stop()).await;
    assert!(stopped.is_ok());
    drop(stream);
}
