//! Sign-in: one answer for whatever is wrong, and a limit on trying.

use std::time::Duration;

use fieldbook_model::json::Json;
use fieldbook_model::{WallTime, json};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::auth::SignInRequest;

use crate::client::Client;
use crate::world::{PASSWORD, World, sign_in_body, sign_in_request};

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_gives_all_that_a_device_needs() {
    let world = World::start().await;
    let ann = world.device("ann").await;
    assert_eq!((ann.me.workspace.as_str(), ann.me.role.as_str()), ("shop", "member"));
    assert_eq!(ann.me.schema.name, "notes");
    assert!(ann.me.token.len() >= 32);
    assert!(ann.me.time > WallTime(1_700_000_000_000));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let world = World::start().await;
    let mut client = Client::connect(world.address).await;
    let mut answers = Vec::new();
    for (workspace, user, password) in [
        ("shop", "ann", "wrong"),
        ("shop", "nobody", PASSWORD),
        ("nowhere", "ann", PASSWORD),
        ("shop", "zoe", PASSWORD),
        ("shop", "ann", ""),
    ] {
        let body = sign_in_body(workspace, user, password);
        let reply = client.call("POST", "/v2/auth/sign-in", None, body).await;
        let mut problem = reply.expect(ProblemCode::WrongSignIn);
        problem.time = WallTime(0);
        answers.push(json::write(&problem));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_sign_in_is_refused_without_repeating_it() {
    let world = World::start().await;
    let mut client = Client::connect(world.address).await;
    let good = sign_in_body("shop", "ann", "secret-of-ann");
    for body in [
        String::new(),
        good.replace("\"secret-of-ann\"", "{\"secret-of-ann\":1}"),
        good.replacen('{', "{\"secret-of-ann\":1,", 1),
        good.replacen('{', "{\"password\":\"secret-of-ann\",", 1),
        sign_in_body("shop", &"ann".repeat(100), "secret-of-ann"),
        sign_in_body("shop", "ann", &"secret-of-ann".repeat(100)),
        sign_in_body(&"s".repeat(101), "ann", "secret-of-ann"),
    ] {
        let reply = client.call("POST", "/v2/auth/sign-in", None, body).await;
        reply.expect(ProblemCode::BadRequest);
        assert!(!reply.body.contains("secret-of-ann"));
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trying_too_often_has_to_wait_and_others_need_not() {
    let world = World::start_with(|config| {
        config.sign_in.burst = 2;
        config.sign_in.refill = Duration::from_secs(600);
    })
    .await;
    let mut client = Client::connect(world.address).await;
    let mut attempt = async |user: &str, password: &str| {
        let body = sign_in_body("shop", user, password);
        client.call("POST", "/v2/auth/sign-in", None, body).await
    };
    for _ in 0..5 {
        assert_eq!(attempt("ann", PASSWORD).await.status, 200, "what is right is not counted");
    }
    attempt("ann", "wrong").await.expect(ProblemCode::WrongSignIn);
    attempt("ann", "wrong").await.expect(ProblemCode::WrongSignIn);
    let reply = attempt("ann", PASSWORD).await;
    let wait = reply.expect(ProblemCode::TooMany).retry_after_ms.expect("a time to wait");
    assert!((590_000..=600_000).contains(&wait), "{wait}");
    assert!(reply.headers.contains_key("retry-after"));
    assert_eq!(attempt("bob", PASSWORD).await.status, 200);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_anothers_needs_a_new_identity() {
    let world = World::start().await;
    let ann = world.device("ann").await;
    let request = SignInRequest { device_id: ann.id, ..sign_in_request("shop", "bob", PASSWORD) };
    let body = json::write(&request);
    let reply = Client::connect(world.address).await.call("POST", "/v2/auth/sign-in", None, body).await;
    reply.expect(ProblemCode::LogForked);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_health_check_needs_nothing() {
    let world = World::start().await;
    let reply = Client::connect(world.address).await.call("GET", "/healthz", None, "").await;
    let Json::Object(entries) = reply.read() else { panic!("{}", reply.body) };
    let names: Vec<_> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["status", "version", "protocol", "time"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_or_password_that_is_too_long_is_told_what_it_may_be() {
    let world = World::start().await;
    let mut client = Client::connect(world.address).await;
    for (user, password, words) in [
        (
            "a".repeat(101),
            "p".repeat(9),
            "The name of a user has 1 to 100 characters, and no control characters.",
        ),
        ("a".repeat(9), "p".repeat(1025), "A password has at least 8 characters and at most 1024 bytes."),
    ] {
        let body = sign_in_body("shop", &user, &password);
        let reply = client.call("POST", "/v2/auth/sign-in", None, body).await;
        assert_eq!(reply.expect(ProblemCode::BadRequest).title, words);
    }
    let body = sign_in_body("shop", &"a".repeat(100), &"p".repeat(1024));
    client.call("POST", "/v2/auth/sign-in", None, body).await.expect(ProblemCode::WrongSignIn);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_tries_are_counted_by_the_address_that_it_names() {
    for behind_proxy in [true, false] {
        let world = World::start_with(|config| {
            config.trusted_proxy = behind_proxy;
            config.sign_in.address_burst = 2;
            config.sign_in.address_refill = Duration::from_secs(600);
        })
        .await;
        let mut client = Client::connect(world.address).await;
        let mut attempt = async |user: &str, forwarded: &'static str| {
            let body = sign_in_body("shop", user, "wrong");
            client.forwarded = Some(forwarded);
            client.call("POST", "/v2/auth/sign-in", None, body).await
        };
        attempt("ann", "192.0.2.1").await.expect(ProblemCode::WrongSignIn);
        attempt("bob", "192.0.2.1").await.expect(ProblemCode::WrongSignIn);
        attempt("vic", "198.51.100.9, 192.0.2.1").await.expect(ProblemCode::TooMany);
        let other = if behind_proxy { ProblemCode::WrongSignIn } else { ProblemCode::TooMany };
        attempt("vic", "192.0.2.1, 192.0.2.2").await.expect(other);
        world.stop().await;
    }
}
