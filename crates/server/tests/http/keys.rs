//! A device's keys: told at sign-in or later, changed only by whoever has the password, and what comes back for them.

use fieldbook_crypto::{Binding, ContentKey, DeviceSecret, Push, Signature};
use fieldbook_model::{Hash, Role, json};
use fieldbook_protocol::auth::{KeysReply, KeysRequest, SignInReply, SignInRequest};
use fieldbook_protocol::{ProblemCode, PushReply, SIGNATURE};

use crate::client::{Client, Reply};
use crate::device::Device;
use crate::members::change;
use crate::world::{PASSWORD, World, sign_in_request};

fn secret(n: u8) -> DeviceSecret {
    DeviceSecret::from_bytes([n; 32])
}

/// What a device makes of what it is given.
fn opened(device: &Device, secret: &DeviceSecret, reply: &KeysReply) -> ContentKey {
    let place = Binding { workspace: device.me.workspace_id, device: device.id, number: reply.number };
    ContentKey::open(&reply.sealed, &secret.keys(), &place).expect("a content key")
}

async fn asks(device: &mut Device, secret: &DeviceSecret) -> Reply {
    let (body, token) = (json::write(&KeysRequest { keys: secret.keys().public() }), device.me.token.clone());
    device.client.call("POST", "/v2/auth/keys", Some(&token), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_told_no_keys_tells_them_with_its_token_and_gets_one_content_key_each_time() {
    let world = World::start().await;
    let (mut ann, mut zoe) = (world.device("ann").await, world.device_elsewhere("zoe").await);
    assert_eq!(ann.me.keys, None, "an earlier program is told of none");
    let first: KeysReply = asks(&mut ann, &secret(1)).await.read();
    let again: KeysReply = asks(&mut ann, &secret(1)).await.read();
    assert_ne!(first.sealed, again.sealed, "sealed anew");
    assert_eq!(opened(&ann, &secret(1), &first), opened(&ann, &secret(1), &again));
    assert_eq!(first.server, again.server);
    let other: KeysReply = asks(&mut zoe, &secret(2)).await.read();
    assert_ne!(opened(&ann, &secret(1), &first), opened(&zoe, &secret(2), &other));
    assert_eq!(first.server, other.server, "one key for all workspaces of a server");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_keys_than_before_take_the_password() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    asks(&mut ann, &secret(1)).await.read::<KeysReply>();
    let refused = asks(&mut ann, &secret(2)).await.expect(ProblemCode::OtherKeys);
    assert!(refused.title.starts_with("This device has told other keys before"), "{refused:?}");
    let keys = Some(secret(2).keys().public());
    let request = SignInRequest { device_id: ann.id, keys, ..sign_in_request("shop", "ann", PASSWORD) };
    let mut client = Client::connect(world.address).await;
    let reply = client.call("POST", "/v2/auth/sign-in", None, json::write(&request)).await;
    ann.me = reply.read::<SignInReply>();
    opened(&ann, &secret(2), ann.me.keys.as_ref().expect("keys"));
    asks(&mut ann, &secret(1)).await.expect(ProblemCode::OtherKeys);
    asks(&mut ann, &secret(2)).await.read::<KeysReply>();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_keys_without_a_session_or_for_what_is_no_key() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let (body, token) = (json::write(&KeysRequest { keys: secret(1).keys().public() }), ann.me.token.clone());
    ann.client.call("POST", "/v2/auth/keys", None, body.clone()).await.expect(ProblemCode::SignInNeeded);
    // A point to which anybody could open what is sealed.
    let (head, _) = body.split_once("\"seal\":").expect("a key");
    let weak = format!("{head}\"seal\":\"{}\"}}}}", "00".repeat(32));
    for bad in ["{}", "[]", &body[..40], &weak] {
        let reply = ann.client.call("POST", "/v2/auth/keys", Some(&token), bad.to_owned()).await;
        reply.expect(ProblemCode::BadRequest);
    }
    // Nothing of it was noted.
    asks(&mut ann, &secret(3)).await.read::<KeysReply>();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_is_given_no_content_key() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    asks(&mut ann, &secret(1)).await.read::<KeysReply>();
    change(&world, "ann", Role::Nobody).await.expect("a change");
    asks(&mut ann, &secret(1)).await.expect(ProblemCode::Revoked);
    world.stop().await;
}

/// Pushes ops under a signature.
async fn pushes(device: &mut Device, body: String, signature: &Signature) -> Reply {
    let token = device.me.token.clone();
    device.client.with = vec![(SIGNATURE, signature.to_string().leak())];
    let reply = device.client.call("POST", &device.path("push"), Some(&token), body).await;
    device.client.with.clear();
    reply
}

fn signed(device: &Device, secret: &DeviceSecret, body: &str) -> Signature {
    let workspace = device.me.workspace_id;
    secret.keys().sign_push(&Push { workspace, device: device.id, body: Hash::of(body.as_bytes()) })
}

/// Whoever has a device's token and not its secret sends nothing in its name, not even what it once signed with a word more.
#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_a_device_that_told_its_keys_is_signed_with_them() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let first = ann.note("before it told its keys");
    assert_eq!(ann.push(&[first]).await.answers.len(), 1, "an older program signs nothing");
    asks(&mut ann, &secret(1)).await.read::<KeysReply>();
    let op = ann.note("after");
    let body = ann.body(std::slice::from_ref(&op));
    let (own, others) = (signed(&ann, &secret(1), &body), signed(&ann, &secret(2), &body));
    let token = ann.me.token.clone();
    let unsigned = ann.client.call("POST", &ann.path("push"), Some(&token), body.clone()).await;
    let problem = unsigned.expect(ProblemCode::NotSigned);
    assert!(problem.title.ends_with("sign in again, nothing is lost."), "{problem:?}");
    pushes(&mut ann, body.clone(), &others).await.expect(ProblemCode::NotSigned);
    pushes(&mut ann, format!("{body}\n"), &own).await.expect(ProblemCode::NotSigned);
    let mut bob = world.device("bob").await;
    asks(&mut bob, &secret(3)).await.read::<KeysReply>();
    pushes(&mut bob, body.clone(), &own).await.expect(ProblemCode::NotSigned);
    let taken: PushReply = pushes(&mut ann, body.clone(), &own).await.read();
    assert_eq!(taken.answers.len(), 1);
    let again: PushReply = pushes(&mut ann, body, &own).await.read();
    assert_eq!(again.answers, taken.answers, "said twice it is done once");
    world.stop().await;
}
