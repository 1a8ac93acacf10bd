//! The web apps that a server hands out: what a browser gets for which path, in which form, and for how long it is good.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use fieldbook_server::{Apps, AppsError};
use tempfile::TempDir;

use crate::client::Client;
use crate::world::World;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, content) in [
        ("index.html", "all apps"),
        ("list/index.html", "the list app"),
        ("list/sw.js", "keeps it"),
        ("list/assets/main-1.js", "script"),
        ("list/assets/main-1.js.br", "brotli"),
        ("list/assets/main-1.js.gz", "gzip"),
        ("list/assets/engine-1.wasm", "engine"),
    ] {
        write(folder.path(), path, content);
    }
    folder
}

fn write(folder: &Path, path: &str, content: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, content).expect("written");
}

async fn world() -> World {
    let folder = folder();
    World::start_with(|config| config.apps = Arc::new(Apps::read(folder.path()).expect("apps"))).await
}

const PAGE: (&str, &str) = ("accept", "text/html,*/*;q=0.8");

async fn get(world: &World, path: &str, headers: &[(&'static str, &str)]) -> (StatusCode, HeaderMap, String) {
    let mut client = Client::connect(world.address).await;
    for (name, value) in headers {
        client.with.push((*name, value.to_string().leak()));
    }
    let reply = client.call("GET", path, None, "").await;
    (reply.status, reply.headers, reply.body)
}

#[tokio::test]
async fn each_path_gets_what_lies_there() {
    let world = world().await;
    for (path, headers, status, body) in [
        ("/", &[PAGE][..], 200, "all apps"),
        ("/list/", &[PAGE], 200, "the list app"),
        ("/list", &[PAGE], 308, ""),
        ("/list/floor/7", &[PAGE], 200, "the list app"),
        ("/list/assets/main-1.js", &[], 200, "script"),
        ("/list/assets/main-2.js", &[PAGE], 404, "not-found"),
        ("/list/nothing.js", &[PAGE], 404, "not-found"),
        ("/list/floor/7", &[], 404, "not-found"),
        ("/other/", &[PAGE], 404, "all apps"),
        ("/lsit", &[PAGE], 404, "all apps"),
        ("/lsit", &[], 404, "not-found"),
        ("/list/../list/sw.js", &[], 404, "not-found"),
        ("/list/%2e%2e/index.html", &[PAGE], 404, "not-found"),
        // What the server itself says goes first.
        ("/healthz", &[PAGE], 200, "ok"),
        ("/v3/list", &[PAGE], 404, "other-protocol"),
    ] {
        let (got, _, said) = get(&world, path, headers).await;
        assert_eq!(got.as_u16(), status, "{path} {said}");
        assert!(said.contains(body), "{path}: {said}");
    }
    world.stop().await;
}

#[tokio::test]
async fn only_what_has_its_hash_in_its_name_is_kept_for_good() {
    let world = world().await;
    for (path, keeps, kind) in [
        ("/list/", "no-cache", "text/html; charset=utf-8"),
        ("/list/sw.js", "no-cache", "text/javascript; charset=utf-8"),
        ("/list/assets/engine-1.wasm", "public, max-age=31536000, immutable", "application/wasm"),
    ] {
        let (_, headers, _) = get(&world, path, &[PAGE]).await;
        assert_eq!(headers["cache-control"], keeps, "{path}");
        assert_eq!(headers["content-type"], kind, "{path}");
        let tag = headers["etag"].to_str().expect("a tag");
        let (status, again, body) = get(&world, path, &[PAGE, ("if-none-match", tag)]).await;
        assert_eq!((status.as_u16(), body.as_str()), (304, ""), "{path}");
        assert_eq!(again["etag"], tag, "{path}");
        let (status, ..) = get(&world, path, &[PAGE, ("if-none-match", "W/\"other\"")]).await;
        assert_eq!(status, 200, "{path}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_browser_gets_the_smallest_form_that_it_takes() {
    let world = world().await;
    for (takes, packing, body) in [
        ("gzip, deflate, br, zstd", Some("br"), "brotli"),
        ("gzip", Some("gzip"), "gzip"),
        ("br;q=0, gzip;q=0.5", Some("gzip"), "gzip"),
        ("br;q=0.000", None, "script"),
        ("identity", None, "script"),
    ] {
        let (_, headers, said) = get(&world, "/list/assets/main-1.js", &[("accept-encoding", takes)]).await;
        let got = headers.get("content-encoding").map(|value| value.to_str().expect("words"));
        assert_eq!((got, said.as_str()), (packing, body), "{takes}");
        assert_eq!(headers["vary"], "accept-encoding");
    }
    world.stop().await;
}

#[tokio::test]
async fn an_app_may_run_its_own_and_talk_to_this_server_and_nothing_else() {
    let world = world().await;
    let (_, headers, _) = get(&world, "/list/", &[PAGE]).await;
    let policy = headers["content-security-policy"].to_str().expect("words");
    for part in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(
        !policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'") && !policy.contains('*')
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
    world.stop().await;
}

#[tokio::test]
async fn without_apps_there_is_nothing() {
    let world = World::start().await;
    for path in ["/", "/list/", "/list/assets/main-1.js"] {
        let (status, ..) = get(&world, path, &[PAGE]).await;
        assert_eq!(status, 404, "{path}");
    }
    world.stop().await;
}

#[test]
fn a_folder_without_an_app_is_told() {
    let empty = tempfile::tempdir().expect("a folder");
    assert!(matches!(Apps::read(empty.path()), Err(AppsError::None(_))));
    assert!(matches!(Apps::read(&empty.path().join("none")), Err(AppsError::Read { .. })));
}
