//! Push: answers that never change, and bodies that are refused.

use fieldbook_model::chain::Hash;
use fieldbook_model::{Change, Code, Cursor, Epoch, Fields, OpId, Seq, Version};
use fieldbook_protocol::push::Head;
use fieldbook_protocol::{ProblemCode, PushReply, PushRequest, Verdict};
use futures_util::future::join_all;

use crate::device::{note, unique};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_repeated_gets_the_same_answers() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let ops = [ann.note("one"), ann.note("two")];
    let first = ann.push(&ops).await;
    assert_eq!(first.answers.len(), 2);
    assert!(first.answers.iter().all(|answer| answer.verdict == Verdict::Committed));
    assert_eq!(first.head, Version(2));
    let again = ann.push(&ops).await;
    assert_eq!(again.answers, first.answers);
    assert_eq!(again.head, first.head);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_op_out_of_turn_waits_for_the_one_before_it() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let ops = [ann.note("one"), ann.note("two"), ann.note("three")];
    let reply = ann.push(&ops[1..]).await;
    assert_eq!((reply.expected, reply.answers.len()), (Some(Seq(1)), 0));
    let reply = ann.push(&ops).await;
    assert_eq!((reply.expected, reply.answers.len()), (None, 3));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_forked_is_told_so() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let first = ann.note("one");
    ann.push(std::slice::from_ref(&first)).await;
    let mut clone = world.device("ann").await;
    clone.me = ann.me.clone();
    clone.id = ann.id;
    let other = clone.note("another one");
    let body = clone.body(&[other]);
    clone.try_push(body).await.expect(ProblemCode::LogForked);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewers_ops_are_answered_and_change_nothing() {
    let world = World::start().await;
    let mut viewer = world.device("vic").await;
    let ops = [viewer.note("one")];
    let reply = viewer.push(&ops).await;
    let Verdict::Rejected { refusal, .. } = &reply.answers[0].verdict else { panic!("{reply:?}") };
    assert_eq!(refusal.code, Code::NoPermission);
    let pages = viewer.pull().await;
    assert!(pages.iter().all(|page| page.rows.is_empty()));
    assert_eq!(pages[0].answers, reply.answers);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_of_many_devices_at_once_all_commit_without_gaps() {
    const DEVICES: u64 = 8;
    const PUSHES: u64 = 20;
    let world = World::start().await;
    let mut devices = Vec::new();
    for _ in 0..DEVICES {
        devices.push(world.device("ann").await);
    }
    let pushing = devices.into_iter().map(async |mut device| {
        let mut versions = Vec::new();
        for n in 0..PUSHES {
            let op = device.note(&format!("note {n}"));
            let reply = device.push(&[op]).await;
            assert_eq!(reply.answers[0].verdict, Verdict::Committed);
            versions.push(reply.answers[0].version);
        }
        assert!(versions.is_sorted());
        versions
    });
    let mut versions: Vec<Version> = join_all(pushing).await.into_iter().flatten().collect();
    versions.sort();
    assert_eq!(versions, (1..=DEVICES * PUSHES).map(Version).collect::<Vec<_>>());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_push_is_refused_and_takes_no_place() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let op = ann.note("one");
    let good = ann.body(std::slice::from_ref(&op));
    let mut not_utf8 = good.clone().into_bytes();
    not_utf8.insert(good.find("one").expect("the text"), 0xff);
    let bodies: [Vec<u8>; 7] = [
        Vec::new(),
        b"{".to_vec(),
        good.replacen("{\"cursor\":", "{\"cursor\":{\"epoch\":1,\"version\":0},\"cursor\":", 1).into_bytes(),
        good.replacen("{\"cursor\":", "{\"extra\":1,\"cursor\":", 1).into_bytes(),
        not_utf8,
        format!("{{\"cursor\":{}1{},\"ops\":[]}}", "[".repeat(40), "]".repeat(40)).into_bytes(),
        format!("{good} {good}").into_bytes(),
    ];
    for body in bodies {
        ann.try_push(body).await.expect(ProblemCode::BadRequest);
    }
    assert_eq!(ann.push(&[op]).await.head, Version(1));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_stands_twice_in_one_op_spoils_only_that_op() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let op = ann.note("one");
    let doubled = op.text.replacen("\"text\":\"one\"", "\"text\":\"one\",\"text\":\"two\"", 1);
    assert_ne!(doubled, op.text);
    let body = ann.body(std::slice::from_ref(&op)).replacen(&op.text, &doubled, 1);
    let reply: PushReply = ann.try_push(body).await.read();
    let Verdict::Rejected { refusal, .. } = &reply.answers[0].verdict else { panic!("{reply:?}") };
    assert_eq!(refusal.code, Code::BrokenForm);
    world.stop().await;
}

/// The last place that there can be; a push that names one beyond is none.
const LAST: u64 = i64::MAX as u64;

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_numbers_are_answered_like_others() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let furthest = Cursor { epoch: Epoch(u32::MAX), version: Version(LAST) };
    ann.cursor = furthest;
    let made = note("one");
    let Change::Insert { of, id, fields } = made.clone() else { panic!("an insert") };
    let (base, none) = (Version(LAST), Fields::default());
    let edit = Change::Update {
        of: of.clone(),
        id,
        base,
        set: fields,
        count: Fields::default(),
        add: none.clone(),
        include: none.clone(),
        exclude: none.clone(),
        reset: none,
    };
    let ops = [ann.op(vec![made]), ann.op(vec![edit]), ann.op(vec![Change::Delete { of, id, base }])];
    let reply = ann.push(&ops).await;
    assert_eq!((reply.answers.len(), reply.expected), (3, None));
    let head = Head {
        op_id: OpId::v7(1, unique()),
        seq: Seq(4),
        previous: ops[2].hash,
        hash: Hash::ZERO,
        bytes: u64::MAX,
    };
    let mut batch = PushRequest::batch(&furthest.into());
    batch.too_large(&head);
    batch.too_large(&Head { op_id: OpId::v7(1, unique()), seq: Seq(LAST), ..head });
    let reply: PushReply = ann.try_push(batch.finish()).await.read();
    assert_eq!((reply.answers.len(), reply.expected), (1, Some(Seq(5))));
    assert!(ann.pull().await.iter().all(|page| page.start.from.version == Version(0)));
    world.stop().await;
}
