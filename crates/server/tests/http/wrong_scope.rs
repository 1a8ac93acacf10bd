//! Every route and method, called by a member whose grant in one part of the workspace has ended: what lies there is told by none of
//! them, over streams either. A route without a row fails.

use std::time::Duration;

use fieldbook_model::chain::Hash;
use fieldbook_model::{OpId, RecordId, Role, json};
use fieldbook_protocol::Page;
use fieldbook_protocol::live::Event;
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::seen::SeenRequest;
use tokio::time::timeout;

use crate::client::Reply;
use crate::device::Device;
use crate::members::grant;
use crate::policy::POLICY;
use crate::scopes::{ask, estate, made, with};

/// What stands in the attic, and nowhere else.
const SECRET: &str = "what-stands-in-the-attic";

/// What whoever has no right in a part is told by a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// That there is nothing.
    Nothing,
    /// The same; and whoever has a right is told of people, and of no record.
    Nobody,
    /// Everything but what lies there.
    Cut,
    /// That it may not be done.
    Refused,
    /// What has to do with no record: nobody is told of one here.
    NoRecords,
}

use Told::{Cut, NoRecords, Nobody, Nothing, Refused};

/// What each route tells, in the order of the policy.
const TOLD: [(&str, &str, Told); POLICY.len()] = [
    ("get", "/healthz", NoRecords),
    ("get", "/openapi.json", NoRecords),
    ("get", "/docs", NoRecords),
    ("get", "/join", NoRecords),
    ("post", "/v2/auth/sign-in", NoRecords),
    ("post", "/v2/auth/wiped", NoRecords),
    ("post", "/v2/auth/join", NoRecords),
    ("post", "/v2/auth/reset", NoRecords),
    ("post", "/v2/auth/keys", NoRecords),
    ("post", "/v2/auth/password", NoRecords),
    ("post", "/v2/auth/confirm", NoRecords),
    ("post", "/v2/auth/sign-out", NoRecords),
    ("get", "/v2/account", NoRecords),
    ("post", "/v2/account/end", NoRecords),
    ("get", "/v2/account/export", Cut),
    ("post", "/v2/workspaces", NoRecords),
    ("post", "/v2/workspaces/{workspace}/push", Refused),
    ("post", "/v2/workspaces/{workspace}/pull", Cut),
    ("post", "/v2/workspaces/{workspace}/live", Cut),
    ("post", "/v2/workspaces/{workspace}/common", NoRecords),
    ("post", "/v2/workspaces/{workspace}/diagnostics", NoRecords),
    ("put", "/v2/workspaces/{workspace}/blobs/{sum}", NoRecords),
    ("get", "/v2/workspaces/{workspace}/blobs/{sum}", Nothing),
    ("get", "/v2/workspaces/{workspace}/schema", NoRecords),
    ("get", "/v2/workspaces/{workspace}/history", Cut),
    ("get", "/v2/workspaces/{workspace}/history/op/{op}", Nothing),
    ("get", "/v2/workspaces/{workspace}/history/{type}/{id}", Nothing),
    ("get", "/v2/workspaces/{workspace}/records/{type}", Cut),
    ("get", "/v2/workspaces/{workspace}/size", NoRecords),
    ("get", "/v2/workspaces/{workspace}/records/{type}/{id}", Nothing),
    ("post", "/v2/workspaces/{workspace}/records/{type}/{id}/seen", Nobody),
    ("get", "/v2/workspaces/{workspace}/members", NoRecords),
    ("post", "/v2/workspaces/{workspace}/members/{user}/role", NoRecords),
    ("post", "/v2/workspaces/{workspace}/members/{user}/grant", NoRecords),
    ("get", "/v2/workspaces/{workspace}/invites", NoRecords),
    ("post", "/v2/workspaces/{workspace}/invites", NoRecords),
    ("post", "/v2/workspaces/{workspace}/invites/{invite}/revoke", NoRecords),
    ("get", "/v2/workspaces/{workspace}/devices", NoRecords),
    ("post", "/v2/workspaces/{workspace}/devices/{device}/end", NoRecords),
    ("post", "/v2/workspaces/{workspace}/devices/{device}/wipe", NoRecords),
    ("get", "/v2/workspaces/{workspace}/audit", NoRecords),
    ("post", "/v2/workspaces/{workspace}/rename", NoRecords),
    ("post", "/v2/workspaces/{workspace}/delete", NoRecords),
];

/// Two floors, and an asset on each.
struct Estate {
    floors: [RecordId; 2],
    assets: [RecordId; 2],
    /// The op that put the asset into the attic.
    op: OpId,
}

async fn furnished(author: &mut Device) -> Estate {
    let [(ground, first), (attic, second)] = [made("floor", "ground", None), made("floor", "attic", None)];
    let (near, third) = made("asset", "what-stands-below", Some(ground));
    let (far, fourth) = made("asset", SECRET, Some(attic));
    let sum = Hash::of(SECRET.as_bytes()).to_string();
    let fourth = with(fourth, "plan", &sum);
    let path = format!("/v2/workspaces/{}/blobs/{sum}", author.me.workspace_id);
    let token = author.me.token.clone();
    assert_eq!(author.client.call("PUT", &path, Some(&token), SECRET).await.status, 201);
    let ops: Vec<_> =
        [first, second, third, fourth].into_iter().map(|change| author.op(vec![change])).collect();
    author.push(&ops).await;
    let op = ops[3].op.op_id;
    Estate { floors: [ground, attic], assets: [near, far], op }
}

/// What a route is called with: what lies in the attic, wherever a record can be named.
fn body(pattern: &str, device: &mut Device, estate: &Estate) -> String {
    let scopes = estate.floors.map(ask).to_vec();
    match pattern.rsplit('/').next() {
        Some("pull") => json::write(&PullRequest { scopes, ..PullRequest::since(device.cursor) }),
        Some("seen") => json::write(&SeenRequest { looking: true }),
        Some("common") => format!(r#"{{"log":[{{"seq":1,"op_id":"{}"}}]}}"#, estate.op),
        Some("push") => {
            let change = made("asset", "a word for the attic", Some(estate.floors[1])).1;
            let op = device.op(vec![change]);
            device.body(&[op])
        }
        _ => "this is no document".to_owned(),
    }
}

async fn called(device: &mut Device, (method, pattern): (&str, &str), estate: &Estate) -> Reply {
    let some = "0198c0de-7a11-7000-8000-00000000002a";
    let path = pattern.replace("{workspace}", &device.me.workspace_id.to_string());
    let path = path.replace("{type}/{id}", &format!("asset/{}", estate.assets[1])).replace("{type}", "asset");
    let path = path.replace("{op}", &estate.op.to_string());
    let sum = Hash::of(SECRET.as_bytes());
    let path = path.replace("{sum}", &format!("{sum}?type=asset&id={}", estate.assets[1]));
    let names = ["user", "device", "invite"];
    let path = names.iter().fold(path, |path, name| path.replace(&format!("{{{name}}}"), some));
    let (body, token) = (body(pattern, device, estate), device.me.token.clone());
    device.client.call(&method.to_uppercase(), &path, Some(&token), body).await
}

/// What a listener hears of two new assets, one on each floor, until it is level.
async fn heard(listener: &Device, author: &mut Device, estate: &Estate) -> String {
    let scopes = estate.floors.map(ask).to_vec();
    let mut has = PullRequest { scopes, ..PullRequest::since(listener.cursor) };
    let mut beside = listener.beside().await;
    has.cursor = beside.ask(&has).await.last().expect("a page").end.to;
    let mut listening = listener.beside().await.live_of(&has).await;
    let ops = [(SECRET, estate.floors[1]), ("what-stands-below", estate.floors[0])]
        .map(|(name, floor)| author.op(vec![made("asset", name, Some(floor)).1]));
    author.push(&ops).await;
    let head = author.pull().await.last().expect("a page").end.to.version;
    let mut told = String::new();
    let level = async {
        while let Some(event) = listening.next().await {
            match event {
                Event::Head(at) if at.head.version == head => return,
                Event::Changes(page) => {
                    told.push_str(&page);
                    if Page::read(&page).expect("a page").end.to.version == head {
                        return;
                    }
                }
                _ => {}
            }
        }
    };
    timeout(Duration::from_secs(10), level).await.expect("level");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_tells_of_a_part_in_which_somebody_has_no_right() {
    let rows = TOLD.map(|(method, path, _)| (method, path));
    assert_eq!(rows, POLICY.map(|(method, path, _)| (method, path)), "each route has a row");
    let world = estate(1000).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let estate = furnished(&mut ann).await;
    grant(&world, "bob", ask(estate.floors[1]).scope, Some(Role::Nobody)).await.expect("a change");
    for (method, pattern, wanted) in TOLD {
        if pattern == "/v2/auth/sign-out" {
            continue;
        }
        let what = format!("{method} {pattern}");
        let [his, hers] = match pattern.ends_with("/live") {
            true => {
                [heard(&bob, &mut ann, &estate).await, heard(&ann.beside().await, &mut ann, &estate).await]
            }
            false => {
                let his = called(&mut bob, (method, pattern), &estate).await;
                let hers = called(&mut ann, (method, pattern), &estate).await;
                [his.body, hers.body]
            }
        };
        assert!(!his.contains(SECRET), "{what} tells him: {his}");
        // The same call tells somebody who may, or it proves nothing.
        let (below, above) = (his.contains("what-stands-below"), hers.contains(SECRET));
        match wanted {
            Nothing => {
                let is_nothing = his.contains("There is nothing here for you.") || his == r#"{"lines":[]}"#;
                assert!(is_nothing && above, "{what}: {his} {hers}");
            }
            Nobody => {
                let is_nothing = his.contains("There is nothing here for you.");
                assert!(is_nothing && hers == r#"{"people":[]}"#, "{what}: {his} {hers}");
            }
            Cut => assert!(below && above, "{what}: {his} {hers}"),
            Refused => {
                let code = "no-permission";
                assert!(his.contains(code) && !hers.contains(code), "{what}: {his} {hers}");
            }
            NoRecords => assert!(!below && !above, "{what} tells of records: {hers}"),
        }
    }
    world.stop().await;
}
