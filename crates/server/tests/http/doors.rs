//! Who gets in where, and what everyone gets.

use axum::http::header;
use fieldbook_model::{WallTime, json};
use fieldbook_protocol::ProblemCode;
use serde::Deserialize;

use crate::world::World;

/// Every path that needs a token.
const CALLS: [(&str, &str); 7] = [
    ("POST", "push"),
    ("POST", "pull"),
    ("POST", "live"),
    ("GET", "history"),
    ("GET", "records/note"),
    ("GET", "history/note/0198c0de-7a11-7000-8000-00000000002a"),
    ("GET", "history/op/0198c0de-7a11-7000-8000-00000000002a"),
];

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_is_said() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    for (method, call) in CALLS {
        let path = ann.path(call);
        for token in [None, Some(""), Some("wrong"), Some(&"x".repeat(5000)[..])] {
            let reply = ann.client.call(method, &path, token, "{}").await;
            reply.expect(ProblemCode::SignInNeeded);
            assert_eq!(reply.headers[header::WWW_AUTHENTICATE], "Bearer");
        }
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_url_is_no_token() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    for parameter in ["token", "access_token"] {
        let path = ann.path(&format!("live?{parameter}={}", ann.me.token));
        ann.client.call("POST", &path, None, "").await.expect(ProblemCode::SignInNeeded);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspaces_token_meets_the_same_nothing_as_an_unknown_workspace() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let mut zoe = world.device_elsewhere("zoe").await;
    let unknown = "0198c0de-7a11-7000-8000-00000000002a";
    for (method, call) in CALLS {
        let paths =
            [ann.path(call), format!("/v2/workspaces/{unknown}/{call}"), format!("/v2/workspaces/x/{call}")];
        for path in paths {
            let token = zoe.me.token.clone();
            let reply = zoe.client.call(method, &path, Some(&token), "{}").await;
            let words = reply.expect(ProblemCode::NotFound).title;
            assert_eq!(words, "There is nothing here for you.");
        }
    }
    let op = ann.note("mine");
    ann.push(&[op]).await;
    assert!(zoe.pull().await[0].rows.is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_are_problems_too() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    for path in ["/", "/v2", "/v2/", "/v1", "/healthz/", "/%ff"] {
        ann.client.call("GET", path, None, "").await.expect(ProblemCode::NotFound);
    }
    for path in ["/v1/workspaces", "/v3/auth/sign-in"] {
        let problem = ann.client.call("GET", path, None, "").await.expect(ProblemCode::OtherProtocol);
        assert!(problem.title.starts_with("This server speaks version 2 of the protocol"), "{problem:?}");
    }
    for (method, path) in [("DELETE", "/healthz"), ("GET", "/v2/auth/sign-in"), ("PUT", &ann.path("push"))] {
        let reply = ann.client.call(method, path, None, "").await;
        reply.expect(ProblemCode::WrongMethod);
        assert!(reply.headers.contains_key(header::ALLOW));
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_tells_the_time_and_forbids_guessing_and_keeping() {
    #[derive(Deserialize)]
    struct Timed {
        time: WallTime,
    }
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let (push, token) = (ann.path("push"), ann.me.token.clone());
    let good = ann.body(&[]);
    for (method, path, token, body) in [
        ("GET", "/healthz", None, String::new()),
        ("GET", "/nothing", None, String::new()),
        ("POST", &push, None, String::new()),
        ("POST", &push, Some(&token[..]), good),
    ] {
        let reply = ann.client.call(method, path, token, body).await;
        assert_eq!(reply.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
        assert!(reply.headers.contains_key(header::DATE));
        let Timed { time } = json::parse(&reply.body).expect("a document");
        assert!(time > WallTime(1_700_000_000_000));
    }
    world.stop().await;
}
