//! Web pages before the server: which may call, and what a browser is told about every answer.

use axum::http::{HeaderMap, StatusCode};
use fieldbook_model::Json;
use fieldbook_protocol::ProblemCode;
use fieldbook_server::Config;

use crate::client::{Client, Reply};
use crate::world::{PASSWORD, World, sign_in_body};

const GUEST: &str = "https://app.example.com";

fn lets_in(config: &mut Config) {
    config.origins = vec![GUEST.parse().expect("an origin")];
}

/// Every call that there is, with an id in the place of each parameter.
async fn calls(client: &mut Client, workspace: &str) -> Vec<(String, String)> {
    let document: Json = client.call("GET", "/openapi.json", None, "").await.read();
    let member = |json: &Json, name: &str| match json {
        Json::Object(members) => members.iter().find(|(it, _)| it == name).map(|(_, json)| json.clone()),
        _ => None,
    };
    let Some(Json::Object(paths)) = member(&document, "paths") else { panic!("no paths") };
    let mut calls = Vec::new();
    for (path, item) in &paths {
        let Json::Object(methods) = item else { panic!("no methods") };
        let filled = path.replace("{workspace}", workspace).replace("{type}", "note");
        let ids = ["op", "id", "user", "device", "invite", "sum"];
        let filled = ids.iter().fold(filled, |path, name| path.replace(&format!("{{{name}}}"), workspace));
        assert!(!filled.contains('{'), "{filled}");
        calls.extend(methods.iter().map(|(method, _)| (method.to_uppercase(), filled.clone())));
    }
    assert!(calls.len() > 10, "{calls:?}");
    calls
}

fn check_headers(headers: &HeaderMap, path: &str) {
    for (name, expected) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(headers[name], expected, "{path}");
    }
    let policy = headers["content-security-policy"].to_str().expect("words");
    for part in [
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_answers_with_the_headers_and_sets_no_cookie_and_reads_none() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let (workspace, token) = (ann.me.workspace_id.to_string(), ann.me.token.clone());
    let cookie: &'static str = format!("token={token}; session={token}; Authorization=Bearer {token}").leak();
    for (method, path) in calls(&mut ann.client, &workspace).await {
        for is_signed_in in [false, true] {
            // Each with a session of its own, since some calls end the one with which they are made.
            let device = async || match is_signed_in {
                true => Some(world.device("bob").await),
                false => None,
            };
            let one = device().await;
            let token = one.as_ref().map(|device| device.me.token.as_str());
            let mut client = Client::connect(world.address).await;
            // A live stream goes on: its head is enough.
            let plain = client.open(&method, &path, token, "{}").await;
            check_headers(&plain.headers, &path);
            assert!(!plain.headers.contains_key("access-control-allow-origin"), "{path}");
            let mut client = Client::connect(world.address).await;
            client.with.push(("cookie", cookie));
            let other = device().await;
            let token = other.as_ref().map(|device| device.me.token.as_str());
            let with_cookie = client.open(&method, &path, token, "{}").await;
            assert_eq!(with_cookie.status, plain.status, "{method} {path}: a cookie changes nothing");
            for headers in [plain.headers, with_cookie.headers] {
                assert!(!headers.contains_key("set-cookie"), "{path}");
            }
        }
    }
    let mut client = Client::connect(world.address).await;
    client.with.push(("cookie", cookie));
    client.call("POST", &ann.path("pull"), None, "{}").await.expect(ProblemCode::SignInNeeded);
    let signed_in =
        client.call("POST", "/v2/auth/sign-in", None, sign_in_body("shop", "ann", PASSWORD)).await;
    assert_eq!(signed_in.status, StatusCode::OK);
    assert!(!signed_in.headers.contains_key("set-cookie"));
    check_headers(&client.call("GET", "/nothing", None, "").await.headers, "/nothing");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_elsewhere_is_refused_before_anything_is_done() {
    let world = World::start_with(lets_in).await;
    let mut ann = world.device("ann").await;
    let (token, workspace) = (ann.me.token.clone(), ann.me.workspace_id.to_string());
    let op = ann.note("from a page");
    let (push, body) = (ann.path("push"), ann.body(&[op]));
    for origin in
        ["https://evil.example", "null", "http://app.example.com", "https://app.example.com.evil.example"]
    {
        let mut page = Client::connect(world.address).await;
        page.with.push(("origin", origin));
        for (method, path) in calls(&mut ann.client, &workspace).await {
            let reply = page.call(&method, &path, Some(&token), "{}").await;
            let problem = reply.expect(ProblemCode::Forbidden);
            assert!(problem.title.contains("fieldbook serve --allow-origin"), "{}", problem.title);
            check_headers(&reply.headers, &path);
            assert!(!reply.headers.contains_key("access-control-allow-origin"), "{path}");
        }
        page.call("POST", &push, Some(&token), body.clone()).await.expect(ProblemCode::Forbidden);
        let wanted = [("access-control-request-method", "POST")];
        page.with.extend(wanted);
        page.call("OPTIONS", &push, None, "").await.expect(ProblemCode::Forbidden);
    }
    assert!(ann.pull().await.iter().all(|page| page.rows.is_empty()), "nothing was pushed");
    ann.try_push(body).await;
    assert_eq!(ann.pull().await.iter().map(|page| page.rows.len()).sum::<usize>(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_let_in_is_answered_and_its_browser_is_told_what_it_may() {
    let world = World::start_with(lets_in).await;
    let ann = world.device("ann").await;
    let mut page = Client::connect(world.address).await;
    page.with.push(("origin", GUEST));
    let allows = |reply: &Reply| {
        assert_eq!(reply.headers["access-control-allow-origin"], GUEST);
        assert!(reply.headers["vary"].to_str().expect("words").to_lowercase().contains("origin"));
        assert!(!reply.headers.contains_key("access-control-allow-credentials"));
    };
    let body = sign_in_body("shop", "ann", PASSWORD);
    let reply = page.call("POST", "/v2/auth/sign-in", None, body).await;
    allows(&reply);
    assert_eq!(reply.status, StatusCode::OK);
    let refused = page.call("POST", &ann.path("push"), None, "{}").await;
    refused.expect(ProblemCode::SignInNeeded);
    allows(&refused);
    page.with.push(("access-control-request-method", "POST"));
    page.with.push(("access-control-request-headers", "authorization,content-type,fieldbook-signature"));
    let asked = page.call("OPTIONS", &ann.path("push"), None, "").await;
    assert_eq!(asked.status, StatusCode::OK);
    allows(&asked);
    assert_eq!(asked.headers["access-control-allow-methods"], "GET,POST,PUT,PATCH,DELETE");
    let may = asked.headers["access-control-allow-headers"].to_str().expect("words");
    assert!(
        may.contains("authorization") && may.contains("fieldbook-signature") && !may.contains('*'),
        "{may}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_server_itself_calls_and_an_empty_list_answers_no_preflight() {
    let world = World::start().await;
    let mut page = Client::connect(world.address).await;
    page.with.push(("origin", "http://localhost"));
    assert_eq!(page.call("GET", "/healthz", None, "").await.status, StatusCode::OK);
    page.with.push(("access-control-request-method", "GET"));
    let reply = page.call("OPTIONS", "/healthz", None, "").await;
    reply.expect(ProblemCode::WrongMethod);
    assert!(!reply.headers.contains_key("access-control-allow-origin"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_is_for_no_page_and_for_no_name_that_leads_here() {
    let world = World::start_with(|config| config.metrics = Some(([127, 0, 0, 1], 0).into())).await;
    let metrics = world.metrics.expect("an address");
    let mut operator = Client::connect(metrics).await;
    assert_eq!(operator.call("GET", "/metrics", None, "").await.status, StatusCode::OK);
    let mut page = Client::connect(metrics).await;
    page.with.push(("origin", "http://localhost"));
    page.call("GET", "/metrics", None, "").await.expect(ProblemCode::Forbidden);
    let mut misled = Client::connect(metrics).await;
    misled.host = "evil.example";
    misled.call("GET", "/metrics", None, "").await.expect(ProblemCode::Forbidden);
    world.stop().await;
}
