//! Every route and method, and everybody who may call: each answer is what the policy says. A route without a row fails.

use std::collections::BTreeMap;
use std::time::Duration;

use fieldbook_model::{Change, RecordId, Role, UserId, WallTime, WorkspaceId, json};
use fieldbook_protocol::live::Event;
use fieldbook_protocol::{Problem, ProblemCode};
use fieldbook_server::Makers;
use fieldbook_server_store::{AddUser, By, Data, SessionLimits};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::time::timeout;

use crate::client::Client;
use crate::device::{note, unique};
use crate::members::change;
use crate::world::{PASSWORD, World, sign_in_request, unlock};

/// Whom a route lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lets {
    /// Everybody, without a sign-in.
    All,
    /// Whoever has a session, whatever became of the membership.
    Sessions,
    /// Members of the workspace who read.
    Readers,
    /// Those of them who may change something.
    Writers,
    /// Those who read, and whoever was removed: a verdict for what is queued.
    ReadersAndRemoved,
    /// Owners and admins.
    Administrators,
    /// Owners.
    Owners,
    /// Owners of any workspace.
    OwnersAnywhere,
}

use Lets::{Administrators, All, Owners, OwnersAnywhere, Readers, ReadersAndRemoved, Sessions, Writers};

/// The policy.
pub const POLICY: [(&str, &str, Lets); 43] = [
    ("get", "/healthz", All),
    ("get", "/openapi.json", All),
    ("get", "/docs", All),
    ("get", "/join", All),
    ("post", "/v2/auth/sign-in", All),
    ("post", "/v2/auth/wiped", All),
    ("post", "/v2/auth/join", All),
    ("post", "/v2/auth/reset", All),
    ("post", "/v2/auth/keys", Readers),
    ("post", "/v2/auth/password", Sessions),
    ("post", "/v2/auth/confirm", Sessions),
    ("post", "/v2/auth/sign-out", Sessions),
    ("get", "/v2/account", Sessions),
    ("post", "/v2/account/end", Sessions),
    ("get", "/v2/account/export", Sessions),
    // As whoever runs this server has it.
    ("post", "/v2/workspaces", OwnersAnywhere),
    ("post", "/v2/workspaces/{workspace}/push", ReadersAndRemoved),
    ("post", "/v2/workspaces/{workspace}/pull", Readers),
    ("post", "/v2/workspaces/{workspace}/live", Readers),
    ("post", "/v2/workspaces/{workspace}/common", ReadersAndRemoved),
    ("post", "/v2/workspaces/{workspace}/diagnostics", Readers),
    ("put", "/v2/workspaces/{workspace}/blobs/{sum}", Writers),
    ("get", "/v2/workspaces/{workspace}/blobs/{sum}", Readers),
    ("get", "/v2/workspaces/{workspace}/schema", Readers),
    ("get", "/v2/workspaces/{workspace}/history", Readers),
    ("get", "/v2/workspaces/{workspace}/history/op/{op}", Readers),
    ("get", "/v2/workspaces/{workspace}/history/{type}/{id}", Readers),
    ("get", "/v2/workspaces/{workspace}/records/{type}", Readers),
    ("get", "/v2/workspaces/{workspace}/size", Readers),
    ("get", "/v2/workspaces/{workspace}/records/{type}/{id}", Readers),
    ("post", "/v2/workspaces/{workspace}/records/{type}/{id}/seen", Readers),
    ("get", "/v2/workspaces/{workspace}/members", Readers),
    // Everybody may leave; what somebody may say of others is judged at its place of the order.
    ("post", "/v2/workspaces/{workspace}/members/{user}/role", Readers),
    ("post", "/v2/workspaces/{workspace}/members/{user}/grant", Administrators),
    ("get", "/v2/workspaces/{workspace}/invites", Administrators),
    ("post", "/v2/workspaces/{workspace}/invites", Administrators),
    ("post", "/v2/workspaces/{workspace}/invites/{invite}/revoke", Administrators),
    ("get", "/v2/workspaces/{workspace}/devices", Administrators),
    ("post", "/v2/workspaces/{workspace}/devices/{device}/end", Administrators),
    ("post", "/v2/workspaces/{workspace}/devices/{device}/wipe", Owners),
    ("get", "/v2/workspaces/{workspace}/audit", Administrators),
    ("post", "/v2/workspaces/{workspace}/rename", Owners),
    ("post", "/v2/workspaces/{workspace}/delete", Owners),
];

/// What of the document of all calls is looked at: paths, and their methods.
#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

/// What came of a call.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    /// In: whatever is then said of what was asked.
    In,
    SignInNeeded,
    Nothing,
    Forbidden,
    Revoked,
    Wiped,
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Stranger,
    Garbage,
    /// The owner of another workspace.
    Foreigner,
    Viewer,
    Member,
    Admin,
    Owner,
    Removed,
    Ended,
    /// The session's time is over.
    Expired,
    Wiped,
}

const EVERYBODY: [Who; 11] = [
    Who::Stranger,
    Who::Garbage,
    Who::Foreigner,
    Who::Viewer,
    Who::Member,
    Who::Admin,
    Who::Owner,
    Who::Removed,
    Who::Ended,
    Who::Expired,
    Who::Wiped,
];

/// The policy's answer.
fn wanted(lets: Lets, who: Who, is_here: bool) -> Came {
    match (who, lets) {
        (_, All) => Came::In,
        (Who::Stranger | Who::Garbage | Who::Ended | Who::Expired, _) => Came::SignInNeeded,
        (Who::Wiped, _) => Came::Wiped,
        (_, Sessions) => Came::In,
        (Who::Removed, OwnersAnywhere) => Came::Forbidden,
        (Who::Foreigner, _) if is_here => Came::Nothing,
        (Who::Foreigner, _) => Came::In,
        (Who::Removed, ReadersAndRemoved) => Came::In,
        (Who::Removed, _) => Came::Revoked,
        (Who::Admin | Who::Member, Writers) => Came::In,
        (Who::Owner, _) | (_, Readers | ReadersAndRemoved) | (Who::Admin, Administrators) => Came::In,
        _ => Came::Forbidden,
    }
}

fn came(status: u16, body: &str) -> Came {
    let Ok(problem) = json::parse::<Problem>(body) else { return Came::In };
    match problem.code {
        ProblemCode::SignInNeeded => Came::SignInNeeded,
        ProblemCode::Wiped => Came::Wiped,
        ProblemCode::Forbidden => Came::Forbidden,
        ProblemCode::Revoked => Came::Revoked,
        ProblemCode::NotFound if problem.title == "There is nothing here for you." => Came::Nothing,
        code => {
            assert_ne!(status, 500, "{code:?}");
            Came::In
        }
    }
}

/// The tokens of all who call, and the workspace that they call.
struct Cast {
    tokens: BTreeMap<String, Option<String>>,
    shop: WorkspaceId,
    /// A record of the shop.
    note: RecordId,
}

pub fn add(data: &Data, name: &str, role: Role) {
    let (id, salt) = (UserId::v7(1_700_000_000_000, unique()), [7; 16]);
    let (workspace, name, password) = ("shop".to_owned(), name.to_owned(), PASSWORD.to_owned());
    let user = AddUser { workspace, name, password, role, id, salt };
    let now = WallTime(1_700_000_000_000);
    data.accounts().add_user(&user, &By::operator("root"), now).expect("a user");
}

async fn cast(world: &World) -> Cast {
    let data = Data::open(world.folder(), &unlock()).expect("the folder");
    for (name, role) in [("olga", Role::Owner), ("adam", Role::Admin), ("rita", Role::Member)] {
        add(&data, name, role);
    }
    let shop = data.accounts().workspace("shop").expect("accounts").expect("the shop").id;
    let mut tokens = BTreeMap::new();
    for who in EVERYBODY {
        let device = match who {
            Who::Stranger => None,
            Who::Garbage | Who::Expired => None,
            Who::Foreigner => Some(world.device_elsewhere("zoe").await),
            Who::Viewer => Some(world.device("vic").await),
            Who::Admin => Some(world.device("adam").await),
            Who::Owner => Some(world.device("olga").await),
            Who::Removed => Some(world.device("rita").await),
            Who::Member | Who::Ended | Who::Wiped => Some(world.device("ann").await),
        };
        match (who, &device) {
            (Who::Ended, Some(device)) => crate::people::end(&data, device.id),
            (Who::Wiped, Some(device)) => drop(crate::wipe::order(world, device)),
            (Who::Removed, Some(_)) => change(world, "rita", Role::Nobody).await.expect("a removal"),
            _ => {}
        }
        let token = device.map(|device| device.me.token);
        let other = match who {
            Who::Garbage => Some(format!("fb1_{}", "0".repeat(64))),
            Who::Expired => Some(expired(&data)),
            _ => None,
        };
        tokens.insert(format!("{who:?}"), token.or(other));
    }
    let (mut author, change) = (world.device("ann").await, note("seen"));
    let Change::Insert { id, .. } = &change else { panic!("an insert") };
    let id = *id;
    let op = author.op(vec![change]);
    author.push(&[op]).await;
    Cast { tokens, shop, note: id }
}

/// The token of a device of ann's that signed in too long ago.
fn expired(data: &Data) -> String {
    let request = sign_in_request("shop", "ann", PASSWORD);
    let verified = data.accounts().candidate(&request).and_then(|candidate| candidate.verify(PASSWORD));
    let verified = verified.expect("ann's password");
    let signed_in = data.accounts().register(&verified, [3; 32], &By::default(), WallTime(1));
    signed_in.expect("a session").token
}

/// A path with somebody's ids in it.
fn path(pattern: &str, cast: &Cast) -> String {
    let some = "0198c0de-7a11-7000-8000-00000000002a";
    let path = pattern.replace("{workspace}", &cast.shop.to_string()).replace("{type}", "note");
    let path = path.replace("note/{id}", &format!("note/{}", cast.note));
    let names = ["op", "id", "user", "device", "invite"];
    names.iter().fold(path, |path, name| path.replace(&format!("{{{name}}}"), some))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_whom_the_policy_says_and_no_route_is_without_a_row() {
    let world = World::start_with(|config| config.makers = Makers::Owners).await;
    let mut client = Client::connect(world.address).await;
    let document: Document = client.call("GET", "/openapi.json", None, "").await.read();
    let mut routes: Vec<(String, String)> = document
        .paths
        .iter()
        .flat_map(|(path, item)| item.keys().map(move |method| (method.clone(), path.clone())))
        .collect();
    let mut rows: Vec<(String, String)> =
        POLICY.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    routes.sort();
    rows.sort();
    assert_eq!(routes, rows, "each route has a row in the policy, and each row a route");

    let cast = cast(&world).await;
    let mut wrong = Vec::new();
    for (method, pattern, lets) in POLICY {
        // What ends the session of whoever is let in has a test of its own.
        if pattern == "/v2/auth/sign-out" {
            continue;
        }
        for who in EVERYBODY {
            let token = cast.tokens[&format!("{who:?}")].as_deref();
            let path = path(pattern, &cast);
            // No call takes this: whoever is let in is told so, and nothing changes.
            let reply = client.call(&method.to_uppercase(), &path, token, "this is no document").await;
            let (status, body) = (reply.status.as_u16(), reply.body);
            let (came, wanted) = (came(status, &body), wanted(lets, who, pattern.contains("{workspace}")));
            if came != wanted {
                wrong
                    .push(format!("{method} {pattern} by {who:?}: {came:?} and not {wanted:?}: {body:.120}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_ends_within_a_second_for_whoever_may_no_more() {
    let world = World::start().await;
    let data = Data::open(world.folder(), &unlock()).expect("the folder");
    add(&data, "olga", Role::Owner);
    let owner = world.device("olga").await;
    let ends = ["removed", "ended", "signed out", "wiped", "other password", "workspace deleted"];
    for why in ends {
        let mut device = world.device(if why == "removed" { "bob" } else { "ann" }).await;
        let mut stream = device.live().await;
        assert!(matches!(stream.next().await, Some(Event::Head(_))), "{why}");
        match why {
            "removed" => change(&world, "bob", Role::Nobody).await.expect("a removal"),
            "ended" => crate::people::end(&data, device.id),
            "signed out" => {
                let token = device.me.token.clone();
                let mut other = device.client.again().await;
                other.call("POST", "/v2/auth/sign-out", Some(&token), "").await;
            }
            "wiped" => drop(crate::wipe::order(&world, &device)),
            "other password" => crate::people::other_password(&world, "ann").await,
            _ => crate::people::delete_shop(&world, &owner).await,
        }
        let end = async { while stream.next().await.is_some() {} };
        assert!(timeout(Duration::from_secs(2), end).await.is_ok(), "{why}: the stream goes on");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_ends_when_the_time_of_its_session_is_over() {
    let limits = SessionLimits { idle: Duration::from_secs(3600), absolute: Duration::from_secs(2) };
    // It is asked whether it lasts before each event; where nothing happens, with each beat.
    let beat = Duration::from_millis(300);
    let world = World::start_with(|config| (config.sessions, config.beat) = (limits, beat)).await;
    let mut ann = world.device("ann").await;
    let mut stream = ann.live().await;
    assert!(matches!(stream.next().await, Some(Event::Head(_))));
    let end = async { while stream.next().await.is_some() {} };
    assert!(timeout(Duration::from_secs(10), end).await.is_ok(), "the stream goes on");
    world.stop().await;
}
