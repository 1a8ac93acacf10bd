//! History: what was done to a record, or by an op.

use fieldbook_model::{Change, Fields, Json};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::history::HistoryReply;

use crate::device::note;
use crate::world::World;

const UNKNOWN: &str = "0198c0de-7a11-7000-8000-00000000002a";

#[tokio::test(flavor = "multi_thread")]
async fn a_record_has_its_history_and_an_op_what_it_did() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let made = note("as it was");
    let id = made.id();
    let text = |text: &str| Fields::from([("text", Json::from(text))]);
    let set = |base, to: &str| Change::Update {
        of: "note".to_owned(),
        id,
        base,
        set: text(to),
        add: Fields::default(),
        count: Fields::default(),
        include: Fields::default(),
        exclude: Fields::default(),
        reset: Fields::default(),
    };
    let first = ann.op(vec![made]);
    ann.push(&[first]).await;
    ann.pull().await;
    bob.pull().await;
    let seen = bob.cursor.version;
    let (anns, bobs) = (ann.op(vec![set(seen, "Ann's")]), bob.op(vec![set(seen, "Bob's")]));
    ann.push(&[anns]).await;
    let op = bobs.op.op_id;
    bob.push(&[bobs]).await;

    let token = bob.me.token.clone();
    let path = bob.path(&format!("history/note/{id}"));
    let told: HistoryReply = bob.client.call("GET", &path, Some(&token), "").await.read();
    let said: Vec<&str> = told.lines.iter().map(|line| line.says.as_str()).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    let last = &told.lines[2];
    assert_eq!((last.op_id, last.name.as_str(), last.version.map(|at| at.0)), (op, "bob", Some(3)));
    assert_eq!(last.units[0].before, Json::from("Ann's"));
    assert_eq!((last.units[0].outcome.as_str(), last.units[0].other.map(|other| other.0)), ("over", Some(2)));

    let path = bob.path(&format!("history/op/{op}"));
    let told: HistoryReply = bob.client.call("GET", &path, Some(&token), "").await.read();
    assert_eq!(told.lines, vec![last.clone()]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_happened_has_no_history() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    for path in [format!("history/note/{UNKNOWN}"), format!("history/op/{UNKNOWN}")] {
        let (path, token) = (ann.path(&path), ann.me.token.clone());
        let told: HistoryReply = ann.client.call("GET", &path, Some(&token), "").await.read();
        assert!(told.lines.is_empty());
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_none_says_what_is_wrong_with_it() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    for (path, words) in [
        (format!("history/nite/{UNKNOWN}"), "there is no record type \"nite\"; there are note"),
        ("history/note/x".to_owned(), "id"),
        ("history/op/x".to_owned(), "id"),
        ("history?scope=floor".to_owned(), "is no scope"),
        ("history?since=3".to_owned(), "it takes ?scope=TYPE/ID"),
        ("size".to_owned(), "it takes ?scope=TYPE/ID"),
        ("size?scope=floor".to_owned(), "is no scope"),
        ("records/nite".to_owned(), "there is no record type \"nite\""),
        ("records/note?where=text".to_owned(), "where is a JSON object of fields"),
        (
            "records/note?where=%7B%22text%22:%7B%22above%22:1%7D%7D".to_owned(),
            "where is a JSON object of fields",
        ),
        ("records/note?where=%7B%22colour%22:1%7D".to_owned(), "note has no field \"colour\""),
        ("records/note?order=-colour".to_owned(), "note has no field \"colour\""),
        ("records/note?page=2".to_owned(), "it takes ?scope=TYPE/ID, where=JSON"),
    ] {
        let (path, token) = (ann.path(&path), ann.me.token.clone());
        let problem = ann.client.call("GET", &path, Some(&token), "").await.expect(ProblemCode::BadRequest);
        assert!(problem.title.contains(words), "{}", problem.title);
    }
    world.stop().await;
}
