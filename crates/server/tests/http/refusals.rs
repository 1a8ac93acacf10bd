//! Calls that were refused, and what is noted of them.

use fieldbook_protocol::ProblemCode;
use fieldbook_server_store::{Data, Deed, Entry};

use crate::client::Client;
use crate::world::{World, unlock};

/// What is noted of refused calls: by whom, where, about what.
fn refused(world: &World) -> Vec<Entry> {
    let data = Data::open(world.folder(), &unlock()).expect("the folder");
    let entries = data.accounts().audit(None, 0, u32::MAX).expect("the notes");
    entries.into_iter().filter(|entry| entry.deed == Deed::CallRefused).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_or_tries_to_get_around_is_noted_once_and_without_what_was_sent() {
    let world = World::start().await;
    let (mut vic, mut zoe) = (world.device("vic").await, world.device_elsewhere("zoe").await);
    let mut stranger = Client::connect(world.address).await;
    let (shop, elsewhere) = (vic.me.workspace_id, zoe.me.workspace_id);
    let devices = format!("/v2/workspaces/{shop}/devices");
    let tokens = [vic.me.token.clone(), zoe.me.token.clone(), format!("fb1_{}", "5ec4e7".repeat(10))];
    let [vics, zoes, garbage] = tokens.each_ref().map(|token| Some(token.as_str()));
    for _ in 0..5 {
        vic.client.call("GET", &devices, vics, "").await.expect(ProblemCode::Forbidden);
        zoe.client.call("GET", &devices, zoes, "").await.expect(ProblemCode::NotFound);
        stranger.call("GET", &devices, garbage, "").await.expect(ProblemCode::SignInNeeded);
        stranger.call("POST", "/v2/auth/reset", None, "5ec4e7").await.expect(ProblemCode::BadRequest);
        stranger.with = vec![("origin", "https://5ec4e7.example.org")];
        stranger.call("POST", "/v2/auth/join", None, "").await.expect(ProblemCode::Forbidden);
        stranger.with.clear();
    }
    // What is not there is no attempt at anything.
    let record = "0198c0de-7a11-7000-8000-00000000002a";
    let nothing = format!("/v2/workspaces/{shop}/records/note/{record}");
    vic.client.call("GET", &nothing, vics, "").await.expect(ProblemCode::NotFound);
    stranger.call("GET", "/favicon.ico", None, "").await.expect(ProblemCode::NotFound);

    let entries = refused(&world);
    let seen: Vec<_> = entries
        .iter()
        .map(|entry| (entry.by.name.as_str(), entry.workspace, entry.about.as_str(), entry.is_done))
        .collect();
    let list = "GET /v2/workspaces/{workspace}/devices";
    assert_eq!(
        seen,
        [
            ("vic", Some(shop), format!("{list}: forbidden").as_str(), false),
            ("zoe", Some(elsewhere), &format!("{list}: not-found, in the workspace {shop}"), false),
            ("", None, &format!("{list}: sign-in-needed"), false),
            ("", None, "POST /v2/auth/reset: bad-request", false),
            ("", None, "POST /v2/auth/join: forbidden", false),
        ]
    );
    assert!(entries.iter().all(|entry| entry.by.address.as_deref() == Some("127.0.0.1")));
    let all = fieldbook_model::json::write(&entries);
    for secret in ["5ec4e7", &tokens[0][4..], &tokens[1][4..]] {
        assert!(!all.contains(secret), "{all}");
    }
    world.stop().await;
}
