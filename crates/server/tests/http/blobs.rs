//! Blobs over the wire: whoever may write brings one, whoever reads a record that names it gets it, in parts or whole.

use std::time::Duration;

use axum::http::{StatusCode, header};
use fieldbook_model::chain::Hash;
use fieldbook_model::{Change, RecordId, Role, Version};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::blob::BlobReply;
use fieldbook_server::BlobLimits;

use crate::client::{Client, Reply};
use crate::device::Device;
use crate::members::{change, grant};
use crate::scopes::{ask, estate, estate_with, made, with};
use crate::world::World;

fn some(bytes: usize) -> (Hash, Vec<u8>) {
    let bytes: Vec<u8> = (0..bytes).map(|at| (at * 7 % 251) as u8).collect();
    (Hash::of(&bytes), bytes)
}

async fn puts(device: &mut Device, sum: &str, bytes: impl Into<axum::body::Body>) -> Reply {
    let (path, token) =
        (format!("/v2/workspaces/{}/blobs/{sum}", device.me.workspace_id), device.me.token.clone());
    device.client.call("PUT", &path, Some(&token), bytes).await
}

/// What came of a `GET`: the status, the headers and the bytes.
async fn gets(
    device: &mut Device,
    sum: Hash,
    (of, id): (&str, RecordId),
    with: &[(&'static str, &'static str)],
) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
    let path = format!("/v2/workspaces/{}/blobs/{sum}?type={of}&id={id}", device.me.workspace_id);
    let token = device.me.token.clone();
    let mut client: Client = device.client.again().await;
    client.with = with.to_vec();
    client.open("GET", &path, Some(&token), "").await.whole().await
}

/// A floor with an asset on it that names a blob.
async fn names(author: &mut Device, sum: Hash) -> [RecordId; 2] {
    let (floor, first) = made("floor", "ground", None);
    let (asset, second) = made("asset", "pump", Some(floor));
    let second = with(second, "plan", &sum.to_string());
    let ops = [first, second].map(|change| author.op(vec![change]));
    author.push(&ops).await;
    [floor, asset]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_is_brought_once_and_read_whole_or_in_parts_by_way_of_a_record() {
    let world = estate(1000).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let (sum, bytes) = some(3 << 20);
    let made = puts(&mut ann, &sum.to_string(), bytes.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let again: BlobReply = puts(&mut bob, &sum.to_string(), bytes.clone()).await.read();
    assert_eq!((again.sum, again.bytes), (sum, bytes.len() as u64));
    let [_, asset] = names(&mut ann, sum).await;
    let (status, headers, whole) = gets(&mut bob, sum, ("asset", asset), &[]).await;
    assert_eq!((status, whole == bytes), (StatusCode::OK, true));
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("content-length", "3145728"),
        ("etag", &format!("\"{sum}\"")),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    let (status, headers, part) =
        gets(&mut bob, sum, ("asset", asset), &[("range", "bytes=1048570-2097160")]).await;
    assert_eq!((status, part == bytes[1_048_570..2_097_161]), (StatusCode::PARTIAL_CONTENT, true));
    assert_eq!(headers[header::CONTENT_RANGE], "bytes 1048570-2097160/3145728");
    let tag: &'static str = Box::leak(format!("\"{sum}\"").into_boxed_str());
    let (status, _, nothing) = gets(&mut bob, sum, ("asset", asset), &[("if-none-match", tag)]).await;
    assert_eq!((status, nothing.len()), (StatusCode::NOT_MODIFIED, 0));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_have_its_sum_is_too_large_or_has_no_room_is_refused_in_words() {
    let limits = BlobLimits { blob_bytes_max: 1000, workspace_bytes_max: 1500, ..BlobLimits::default() };
    let world = estate_with(move |config| config.blobs = limits).await;
    let mut ann = world.device("ann").await;
    let ((one, first), (two, second), (_, third)) = (some(900), some(700), some(1001));
    puts(&mut ann, &one.to_string(), second.clone()).await.expect(ProblemCode::BadRequest);
    for sum in ["", "x", &one.to_string()[1..], &one.to_string().to_uppercase()] {
        let refused = puts(&mut ann, sum, first.clone()).await;
        assert!(matches!(refused.problem().code, ProblemCode::BadRequest | ProblemCode::NotFound), "{sum}");
    }
    let large = Hash::of(&third).to_string();
    puts(&mut ann, &large, third).await.expect(ProblemCode::TooLarge);
    assert_eq!(puts(&mut ann, &one.to_string(), first).await.status, StatusCode::CREATED);
    let full = puts(&mut ann, &two.to_string(), second).await.expect(ProblemCode::TooLarge);
    assert!(full.title.contains("room for 600 more"), "{full:?}");
    // Nothing of what was refused is there.
    let [_, asset] = names(&mut ann, two).await;
    assert_eq!(gets(&mut ann, two, ("asset", asset), &[]).await.0, StatusCode::NOT_FOUND);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_reads_brings_none_and_who_was_removed_gets_none() {
    let world = estate(1000).await;
    let (mut ann, mut vic, mut bob) =
        (world.device("ann").await, world.device("vic").await, world.device("bob").await);
    let (sum, bytes) = some(10);
    puts(&mut vic, &sum.to_string(), bytes.clone()).await.expect(ProblemCode::Forbidden);
    assert_eq!(puts(&mut ann, &sum.to_string(), bytes.clone()).await.status, StatusCode::CREATED);
    let [floor, asset] = names(&mut ann, sum).await;
    assert_eq!(gets(&mut vic, sum, ("asset", asset), &[]).await.0, StatusCode::OK);
    // A right in one part is enough to bring one: which record may name it is judged with the op.
    grant(&world, "vic", ask(floor).scope, Some(Role::Member)).await.expect("a change");
    assert_eq!(puts(&mut vic, &sum.to_string(), bytes.clone()).await.status, StatusCode::OK);
    change(&world, "bob", Role::Nobody).await.expect("a change");
    puts(&mut bob, &sum.to_string(), bytes).await.expect(ProblemCode::Revoked);
    assert_eq!(gets(&mut bob, sum, ("asset", asset), &[]).await.0, StatusCode::FORBIDDEN);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_record_that_is_read_by_now_and_names_it_leads_to_a_blob() {
    let world = estate(1000).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let (sum, bytes) = some(10);
    puts(&mut ann, &sum.to_string(), bytes).await;
    let [floor, asset] = names(&mut ann, sum).await;
    let none = |status: StatusCode| assert_eq!(status, StatusCode::NOT_FOUND);
    none(gets(&mut bob, sum, ("floor", floor), &[]).await.0);
    none(gets(&mut bob, sum, ("floor", asset), &[]).await.0);
    none(gets(&mut bob, some(11).0, ("asset", asset), &[]).await.0);
    none(gets(&mut bob, sum, ("member", asset), &[]).await.0);
    assert_eq!(gets(&mut bob, sum, ("asset", asset), &[]).await.0, StatusCode::OK);
    // The text of a name is no blob field, even where it reads like a sum.
    let (named, insert) = made("asset", &sum.to_string(), Some(floor));
    let op = ann.op(vec![insert]);
    ann.push(&[op]).await;
    none(gets(&mut bob, sum, ("asset", named), &[]).await.0);
    let mut zoe = world.device_elsewhere("zoe").await;
    none(gets(&mut zoe, sum, ("asset", asset), &[]).await.0);
    let delete = Change::Delete { of: "asset".to_owned(), id: asset, base: Version(2) };
    let op = ann.op(vec![delete]);
    ann.push(&[op]).await;
    none(gets(&mut bob, sum, ("asset", asset), &[]).await.0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_names_goes_after_its_days_and_what_an_op_names_stays() {
    let limits = BlobLimits { keep_unnamed: Duration::ZERO, ..BlobLimits::default() };
    let world = estate_with(|_| {}).await;
    let mut ann = world.device("ann").await;
    let ((named, first), (left, second)) = (some(10), some(20));
    puts(&mut ann, &named.to_string(), first).await;
    puts(&mut ann, &left.to_string(), second.clone()).await;
    names(&mut ann, named).await;
    let folder = world.stop().await;
    let every = Duration::from_millis(20);
    let world =
        World::start_in(folder, move |config| (config.blobs, config.forget) = (limits, (every, every))).await;
    let shelf = world.folder().join("blobs").join(ann.me.workspace_id.to_string());
    let left = shelf.join(format!("{left}.new"));
    for _ in 0..500 {
        if !left.exists() {
            break;
        }
        tokio::time::sleep(every).await;
    }
    assert!(!left.exists());
    assert!(shelf.join(named.to_string()).exists());
    world.stop().await;
}
