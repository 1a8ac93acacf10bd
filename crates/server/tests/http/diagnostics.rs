//! Diagnostics that a device sends: kept as they came, for whoever is a member, and not without end.

use std::fs;

use fieldbook_model::Role;
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::diagnostics::{DiagnosticsReply, FILE_BYTES_MAX};
use fieldbook_server_store::Inbox;

use crate::client::Reply;
use crate::device::Device;
use crate::members::change;
use crate::world::World;

const FILE: &str = "age-encryption.org/v1\n-> X25519 …";

async fn sends(device: &mut Device, body: String) -> Reply {
    let (path, token) =
        (format!("/v2/workspaces/{}/diagnostics", device.me.workspace_id), device.me.token.clone());
    device.client.call("POST", &path, Some(&token), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_sends_lies_in_the_data_folder_as_it_came() {
    let world = World::start().await;
    let (mut ann, mut zoe) = (world.device("ann").await, world.device_elsewhere("zoe").await);
    let reply: DiagnosticsReply = sends(&mut ann, FILE.to_owned()).await.read();
    assert_eq!(reply.bytes, FILE.len() as u64);
    let inbox = Inbox::of(world.folder());
    let [sent] = inbox.list().expect("a list").try_into().expect("one");
    assert_eq!((sent.name(), sent.device), (reply.name.clone(), ann.id));
    assert_eq!(inbox.read(&sent).expect("bytes"), FILE.as_bytes());
    assert!(reply.name.starts_with(&ann.id.to_string()));
    // Another workspace's door is none.
    zoe.me.workspace_id = ann.me.workspace_id;
    sends(&mut zoe, FILE.to_owned()).await.expect(ProblemCode::NotFound);
    assert_eq!(inbox.list().expect("a list").len(), 1);
    assert_eq!(fs::read_dir(world.folder().join("diagnostics")).expect("a folder").count(), 1);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_too_large_or_too_often_is_refused_in_words() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    for body in ["", "age", "{}", "age-encryption.org/v2\nx"] {
        let refused = sends(&mut ann, body.to_owned()).await;
        match body {
            // The beginning of one, and so a file that was cut off.
            "age" => drop(refused.read::<DiagnosticsReply>()),
            _ => drop(refused.expect(ProblemCode::BadRequest)),
        }
    }
    sends(&mut ann, FILE.to_owned()).await.read::<DiagnosticsReply>();
    let refused = sends(&mut ann, FILE.to_owned()).await.expect(ProblemCode::TooMany);
    assert!(refused.retry_after_ms.is_some_and(|ms| (1..=60_000).contains(&ms)), "{refused:?}");
    let large = format!("{FILE}{}", " ".repeat(FILE_BYTES_MAX));
    sends(&mut bob, large).await.expect(ProblemCode::TooLarge);
    assert_eq!(Inbox::of(world.folder()).list().expect("a list").len(), 2, "those that were taken");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_sends_nothing_more() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    change(&world, "ann", Role::Nobody).await.expect("a change");
    sends(&mut ann, FILE.to_owned()).await.expect(ProblemCode::Revoked);
    assert!(Inbox::of(world.folder()).list().expect("a list").is_empty());
    world.stop().await;
}
