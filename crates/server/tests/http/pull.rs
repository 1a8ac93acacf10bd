//! Pull: pages that chain up.

use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, DeviceId, Seq, Version, json};
use fieldbook_protocol::page::{Pages, PullRequest};
use fieldbook_protocol::{Branch, Common, Page, ProblemCode};
use fieldbook_server_store::PageLimit;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_streams_pages_that_chain_up_to_the_head() {
    let world = World::start_with(|config| {
        config.pull_page = PageLimit { rows_max: 10, bytes_max: 64 << 10 };
    })
    .await;
    let mut ann = world.device("ann").await;
    let ops: Vec<_> = (0..95).map(|n| ann.note(&format!("note {n}"))).collect();
    ann.push(&ops).await;
    let mut bob = world.device("bob").await;
    let mut at = bob.cursor;
    let pages = bob.pull().await;
    for page in &pages {
        assert_eq!(page.start.from.version, at.version);
        assert!(page.answers.is_empty(), "another device's answers");
        at = page.end.to;
    }
    assert!(pages.len() >= 9, "{} pages", pages.len());
    assert!(pages.iter().rev().skip(1).all(|page| page.end.more));
    assert!(!pages.last().expect("a page").end.more);
    assert_eq!(at.version, Version(95));
    assert_eq!(pages.iter().map(|page| page.rows.len()).sum::<usize>(), 95);
    let own: usize = ann.pull().await.iter().map(|page| page.answers.len()).sum();
    assert_eq!(own, 95);
    world.stop().await;
}

/// Bob takes a page, Ann writes a note, and so on. The server reads ahead as far as the sockets hold, and runs after the head from there on.
#[tokio::test(flavor = "multi_thread")]
async fn rule_28_a_pull_ends_however_fast_others_write() {
    let world = World::start_with(|config| {
        config.pull_page = PageLimit { rows_max: 1, bytes_max: 1 << 20 };
    })
    .await;
    let mut ann = world.device("ann").await;
    let large = "x".repeat(90_000);
    for _ in 0..60 {
        let ops: Vec<_> = (0..4).map(|_| ann.note(&large)).collect();
        ann.push(&ops).await;
    }
    let mut bob = world.device("bob").await;
    let mut stream = bob.open_pull(bob.cursor).await;
    let (mut cutter, mut at, mut written) = (Pages::default(), Version::ZERO, 240);
    let (mut heads, mut more) = (Vec::new(), true);
    while let Some(chunk) = stream.chunk().await {
        for text in cutter.push(&chunk.expect("a whole stream")).expect("pages") {
            let page = Page::read(&text).expect("a page");
            assert_eq!((page.start.from.version, page.rows.len() as u64), (at, page.end.to.version.0 - at.0));
            heads.push(page.end.head);
            (at, more) = (page.end.to.version, page.end.more);
            let op = ann.note(&large);
            ann.push(&[op]).await;
            written += 1;
            assert!(written < 2_000, "it does not end");
        }
    }
    assert!(cutter.is_whole() && !more);
    assert!(at.0 > 240 && at.0 < written, "{at} of {written}");
    let pinned = heads.iter().rev().take_while(|head| **head == at).count();
    assert!(pinned > 5, "the last {pinned} pages have one head, though Ann goes on");
    bob.cursor.version = at;
    let last = bob.pull().await.pop().expect("a page");
    assert_eq!(last.end.to.version, Version(written), "the next pull brings what came since");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_level_gets_one_empty_page() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let op = ann.note("one");
    ann.push(&[op]).await;
    ann.pull().await;
    let pages = ann.pull().await;
    assert_eq!(pages.len(), 1);
    assert_eq!((pages[0].rows.len(), pages[0].answers.len(), pages[0].end.more), (0, 0, false));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_history_starts_anew() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let op = ann.note("one");
    ann.push(&[op]).await;
    for cursor in [
        Cursor { epoch: fieldbook_model::Epoch(ann.cursor.epoch.0 + 7), version: Version(1) },
        Cursor { epoch: ann.cursor.epoch, version: Version(99) },
    ] {
        ann.cursor = cursor;
        assert_eq!(ann.pull().await[0].rows.len(), 1);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_pull_is_refused() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let (path, token) = (ann.path("pull"), ann.me.token.clone());
    for body in ["", "[]", "{\"cursor\":{\"epoch\":1,\"version\":0,\"version\":1}}", "{\"cursor\":1}"] {
        ann.client.call("POST", &path, Some(&token), body).await.expect(ProblemCode::BadRequest);
    }
    let large = " ".repeat(257 << 10);
    ann.client.call("POST", &path, Some(&token), large).await.expect(ProblemCode::TooLarge);
    world.stop().await;
}

/// Rule 58: of a copy the answers are those to the ops that both have. Where the server has no such log (any more), the pull says
/// so, and the device asks again what both have.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_what_is_not_here_is_told_so() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let ops = [ann.note("one"), ann.note("two")];
    ann.push(&ops).await;
    let from = |seq: usize| match ops.get(seq.wrapping_sub(1)) {
        Some(op) => Common { device: ann.id, seq: op.op.seq, hash: op.hash },
        None => Common { device: ann.id, seq: Seq(seq as u64), hash: Hash::ZERO },
    };
    let copies = [from(1), from(0), from(3)].map(|from| {
        let branch = Some(Box::new(Branch { device: DeviceId::v7(1, [7; 10]), from }));
        PullRequest { branch, ..PullRequest::since(ann.cursor) }
    });
    let answers = |pages: Vec<Page>| pages.iter().map(|page| page.answers.len()).sum::<usize>();
    assert_eq!(answers(ann.ask(&copies[0]).await), 1, "both have the first");
    assert_eq!(answers(ann.ask(&copies[1]).await), 0, "both have nothing");
    let (path, token, body) = (ann.path("pull"), ann.me.token.clone(), json::write(&copies[2]));
    ann.client.call("POST", &path, Some(&token), body).await.expect(ProblemCode::LogForked);
    world.stop().await;
}
