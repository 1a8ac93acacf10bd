//! A wipe is ordered beside the server: whatever its device calls is answered with the order, an open stream ends at once, and
//! nobody else notices.

use std::time::Duration;

use fieldbook_crypto::{DeviceSecret, Fresh, Sure, Wiped};
use fieldbook_model::{Role, WallTime, json};
use fieldbook_protocol::auth::{KeysReply, KeysRequest, SignInRequest};
use fieldbook_protocol::live::Event;
use fieldbook_protocol::{Ordered, Problem, ProblemCode, WipedReply, WipedRequest};
use fieldbook_server_store::{By, Data, FreshOrder, Unsent, WipeRow};
use tokio::time::timeout;

use crate::client::{Client, Reply};
use crate::device::Device;
use crate::members::change;
use crate::world::{PASSWORD, World, sign_in_request, unlock};

fn secret() -> DeviceSecret {
    DeviceSecret::from_bytes([1; 32])
}

/// A device that told its keys.
async fn device(world: &World, user: &str) -> (Device, KeysReply) {
    let mut device = world.device(user).await;
    let (body, token) =
        (json::write(&KeysRequest { keys: secret().keys().public() }), device.me.token.clone());
    let keys = device.client.call("POST", "/v2/auth/keys", Some(&token), body).await.read();
    (device, keys)
}

pub fn order(world: &World, device: &Device) -> WipeRow {
    order_and(world, device, Unsent::Lost)
}

fn order_and(world: &World, device: &Device, unsent: Unsent) -> WipeRow {
    let data = Data::open(world.folder(), &unlock()).expect("the data folder");
    let fresh = FreshOrder { nonce: Fresh::new([3; 32]), server: Fresh::new([4; 32]) };
    let of = (device.me.workspace_id, device.id);
    data.accounts()
        .order_wipe(of, (&By::operator("root"), unsent), fresh, WallTime(1_800_000_000_000))
        .expect("an order")
}

fn rows(world: &World, device: &Device) -> Vec<WipeRow> {
    let data = Data::open(world.folder(), &unlock()).expect("the data folder");
    data.accounts().wipes(device.me.workspace_id).expect("accounts")
}

fn ordered(problem: &Problem) -> Ordered {
    assert_eq!((problem.code, problem.status), (ProblemCode::Wiped, 410));
    **problem.wipe.as_ref().expect("the order")
}

/// Everything that a device may call.
async fn calls(device: &mut Device) -> Vec<(&'static str, Reply)> {
    let id = "0198c0de-7a11-7000-8000-00000000002a";
    let keys = json::write(&KeysRequest { keys: secret().keys().public() });
    let cursor = format!("{{\"cursor\":{}}}", json::write(&device.cursor));
    let push = device.body(&[]);
    let token = device.me.token.clone();
    let mut replies = Vec::new();
    for (method, path, body) in [
        ("POST", device.path("push"), push),
        ("POST", device.path("pull"), cursor.clone()),
        ("POST", device.path("live"), cursor),
        ("POST", device.path("common"), "{}".to_owned()),
        ("GET", device.path("schema?behind=0"), String::new()),
        ("GET", device.path("history"), String::new()),
        ("GET", device.path("records/note"), String::new()),
        ("GET", device.path(&format!("history/op/{id}")), String::new()),
        ("GET", device.path(&format!("history/note/{id}")), String::new()),
        ("GET", device.path(&format!("records/note/{id}")), String::new()),
        ("POST", "/v2/auth/keys".to_owned(), keys),
    ] {
        replies.push((method, device.client.call(method, &path, Some(&token), body).await));
    }
    replies
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_a_device_that_is_to_be_wiped_is_answered_with_the_order() {
    let world = World::start().await;
    let ((mut ann, keys), mut bob) = (device(&world, "ann").await, world.device("bob").await);
    let row = order(&world, &ann);
    for (method, reply) in calls(&mut ann).await {
        let ordered = ordered(&reply.expect(ProblemCode::Wiped));
        keys.server.check_wipe(&ordered.order, &ordered.signature).expect(method);
        assert_eq!(ordered.order, row.order);
    }
    // Who signs in as this device gets it too, by whatever password; as another device nobody does.
    let mut client = Client::connect(world.address).await;
    for password in [PASSWORD, "not-the-password"] {
        let ask = SignInRequest { device_id: ann.id, ..sign_in_request("shop", "ann", password) };
        let reply = client.call("POST", "/v2/auth/sign-in", None, json::write(&ask)).await;
        assert_eq!(ordered(&reply.expect(ProblemCode::Wiped)).order, row.order);
    }
    world.device("ann").await.pull().await;
    bob.pull().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_ends_within_a_second_with_the_order_and_another_device_hears_on() {
    let world = World::start().await;
    let ((ann, _), mut bob) = (device(&world, "ann").await, world.device("bob").await);
    let mut listening = ann.beside().await.live().await;
    let mut other = bob.beside().await.live().await;
    assert!(matches!(listening.next().await, Some(Event::Head(_))));
    let row = order(&world, &ann);
    let next = timeout(Duration::from_secs(1), listening.next()).await.expect("within a second");
    let Some(Event::Problem(problem)) = next else { panic!("another event") };
    assert_eq!(ordered(&problem).order, row.order);
    assert!(listening.next().await.is_none(), "nothing comes behind it");
    let note = bob.note("after");
    bob.push(&[note]).await;
    assert_eq!(other.changes().await.rows.len(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_stands_for_who_was_removed_and_the_devices_word_needs_no_session() {
    let world = World::start().await;
    let (mut ann, _) = device(&world, "ann").await;
    let row = order(&world, &ann);
    change(&world, "ann", Role::Nobody).await.expect("a change");
    let body = ann.body(&[]);
    assert_eq!(ordered(&ann.try_push(body).await.expect(ProblemCode::Wiped)).order, row.order);
    let wiped = Wiped::new(&row.order, 11, 2, Sure::Removed);
    let said = WipedRequest { wiped, signature: secret().keys().sign_wiped(&wiped) };
    let mut client = Client::connect(world.address).await;
    let lie = WipedRequest { wiped: Wiped::new(&row.order, 12, 0, Sure::Removed), ..said };
    client.call("POST", "/v2/auth/wiped", None, json::write(&lie)).await.expect(ProblemCode::NotSigned);
    client.call("POST", "/v2/auth/wiped", None, "{}").await.expect(ProblemCode::BadRequest);
    let first: WipedReply = client.call("POST", "/v2/auth/wiped", None, json::write(&said)).await.read();
    let again: WipedReply = client.call("POST", "/v2/auth/wiped", None, json::write(&said)).await.read();
    assert_eq!(first, again);
    let [row] = rows(&world, &ann).try_into().expect("one order");
    let confirmed = row.confirmed.expect("a word");
    assert_eq!((confirmed.files, confirmed.unsent), (11, 2));
    assert!(row.reached_at.is_some_and(|at| at <= confirmed.at));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_may_be_pushed_first_and_nothing_else_is_answered() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    order_and(&world, &ann, Unsent::SentFirst);
    let cursor = format!("{{\"cursor\":{}}}", json::write(&ann.cursor));
    let (path, token) = (ann.path("pull"), ann.me.token.clone());
    let pulled = ann.client.call("POST", &path, Some(&token), cursor).await;
    assert!(ordered(&pulled.expect(ProblemCode::Wiped)).rescue);
    let note = ann.note("written in the cellar");
    assert_eq!(ann.push(&[note]).await.answers.len(), 1);
    assert_eq!(bob.pull().await.iter().map(|page| page.rows.len()).sum::<usize>(), 1);
    // Who signs in has nothing to push with.
    let ask = SignInRequest { device_id: ann.id, ..sign_in_request("shop", "ann", PASSWORD) };
    let mut client = Client::connect(world.address).await;
    let reply = client.call("POST", "/v2/auth/sign-in", None, json::write(&ask)).await;
    assert!(!ordered(&reply.expect(ProblemCode::Wiped)).rescue);
    world.stop().await;
}

/// Whoever was told at a sign-in may obey: from then on the order is said to be reached, and is not taken back.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_told_at_a_sign_in_is_reached() {
    let world = World::start().await;
    let (ann, _) = device(&world, "ann").await;
    let row = order(&world, &ann);
    assert!(row.reached_at.is_none());
    let ask = SignInRequest { device_id: ann.id, ..sign_in_request("shop", "ann", "not the password") };
    let mut client = Client::connect(world.address).await;
    let reply = client.call("POST", "/v2/auth/sign-in", None, json::write(&ask)).await;
    assert_eq!(ordered(&reply.expect(ProblemCode::Wiped)).order, row.order);
    let reached = async {
        while rows(&world, &ann)[0].reached_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), reached).await.expect("it is noted");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_of_a_deleted_workspace_is_told_to_wipe_and_gets_no_key() {
    let world = World::start().await;
    let ((mut ann, keys), (mut bob, _)) = (device(&world, "ann").await, device(&world, "bob").await);
    let row = order(&world, &ann);
    let data = Data::open(world.folder(), &unlock()).expect("the data folder");
    let (root, of) = (By::operator("root"), ann.me.workspace_id);
    let today = WallTime(1_800_000_000_000);
    data.accounts().delete_workspace(of, &root, today).expect("a deletion");
    for is_forgotten in [false, true] {
        if is_forgotten {
            data.accounts().forget_workspaces(WallTime(today.0 + 1), &root, today).expect("gone");
        }
        for (method, reply) in calls(&mut ann).await {
            let ordered = ordered(&reply.expect(ProblemCode::Wiped));
            keys.server.check_wipe(&ordered.order, &ordered.signature).expect(method);
            assert_eq!(ordered.order, row.order);
        }
        for (method, reply) in calls(&mut bob).await {
            assert!(
                (400..=404).contains(&reply.status.as_u16()),
                "{method}: {} {}",
                reply.status,
                reply.body
            );
            assert!(!reply.body.contains("sealed"), "{method}: {}", reply.body);
        }
    }
    let wiped = Wiped::new(&row.order, 9, 4, Sure::Removed);
    let said = json::write(&WipedRequest { wiped, signature: secret().keys().sign_wiped(&wiped) });
    ann.client.call("POST", "/v2/auth/wiped", None, said).await.read::<WipedReply>();
    world.stop().await;
}
