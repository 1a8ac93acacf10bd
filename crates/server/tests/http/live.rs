//! Live: what one device writes, another sees without asking.

use std::time::Duration;

use fieldbook_model::Version;
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::live::Event;
use fieldbook_server_store::PageLimit;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_sees_anothers_push() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let mut listening = bob.live().await;
    let Some(Event::Head(head)) = listening.next().await else { panic!("the head comes first") };
    assert_eq!(head.head.version, Version(0));
    for n in 1..=3 {
        let op = ann.note(&format!("note {n}"));
        ann.push(&[op]).await;
        let page = listening.changes().await;
        assert_eq!((page.start.from.version, page.end.to.version), (Version(n - 1), Version(n)));
        assert_eq!(page.rows.len(), 1);
        assert!(page.answers.is_empty());
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_gets_its_own_answers_with_the_changes() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let mut beside = ann.beside().await;
    let mut listening = beside.live().await;
    let op = ann.note("mine");
    let reply = ann.push(&[op]).await;
    assert_eq!(listening.changes().await.answers, reply.answers);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_forked_push_did_before_the_fork_is_seen_too() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let mut listening = bob.live().await;
    let mut clone = ann.beside().await;
    let ops = [ann.note("one"), clone.note("the chain is broken here"), clone.note("two")];
    let reply = ann.push(&[ops[0].clone(), ops[2].clone()]).await;
    assert_eq!(reply.answers.len(), 1, "what happened before the fork is answered");
    let forked = ann.body(&[ops[2].clone()]);
    ann.try_push(forked).await.expect(ProblemCode::LogForked);
    assert_eq!(listening.changes().await.end.to.version, Version(1));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_too_far_behind_is_told_to_pull_and_then_goes_on() {
    let world = World::start_with(|config| {
        config.live_page = PageLimit { rows_max: 3, bytes_max: 64 << 10 };
    })
    .await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let mut listening = bob.live().await;
    assert!(matches!(listening.next().await, Some(Event::Head(_))));
    let many: Vec<_> = (0..9).map(|_| ann.note("one of many")).collect();
    ann.push(&many).await;
    let Some(Event::Head(head)) = listening.next().await else { panic!("nine changes fit no page of three") };
    assert_eq!(head.head.version, Version(9));
    let op = ann.note("one");
    ann.push(&[op]).await;
    assert_eq!(listening.changes().await.start.from.version, Version(9));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_broken_by_a_beat() {
    let world = World::start_with(|config| config.beat = Duration::from_millis(5)).await;
    let mut bob = world.device("bob").await;
    let mut listening = bob.live().await;
    assert!(matches!(listening.next().await, Some(Event::Head(_))));
    assert!(matches!(listening.next().await, Some(Event::Beat(_))));
    assert!(matches!(listening.next().await, Some(Event::Beat(_))));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_whose_session_ended_says_so_and_nothing_more() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let mut listening = bob.live().await;
    assert!(matches!(listening.next().await, Some(Event::Head(_))));
    // A device that signs in again has a new token, and the old one has ended.
    let again = world.sign_in_again(&bob).await;
    let op = ann.note("not for the old session");
    ann.push(&[op]).await;
    let Some(Event::Problem(problem)) = listening.next().await else { panic!("news") };
    assert_eq!(problem.code, ProblemCode::SignInNeeded);
    assert_eq!(listening.next().await, None);
    let (path, old) = (bob.path("pull"), bob.me.token.clone());
    ann.client.call("POST", &path, Some(&old), "").await.expect(ProblemCode::SignInNeeded);
    ann.client.call("POST", &path, Some(&again.token), "").await.expect(ProblemCode::BadRequest);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_cursor_is_refused() {
    let world = World::start().await;
    let mut bob = world.device("bob").await;
    let token = bob.me.token.clone();
    for body in ["", "{}", "{\"cursor\":1}", "{\"cursor\":{\"epoch\":1,\"version\":-1}}"] {
        bob.client.call("POST", &bob.path("live"), Some(&token), body).await.expect(ProblemCode::BadRequest);
    }
    world.stop().await;
}
