//! Who looks at a record: told to whoever may read it, kept nowhere.

use fieldbook_model::{RecordId, Role, json};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::seen::{SeenReply, SeenRequest};
use fieldbook_server_store::Data;

use crate::client::Reply;
use crate::device::{Device, note};
use crate::members::grant;
use crate::scopes::{ask, estate, made};
use crate::world::{World, unlock};

async fn says(device: &mut Device, record: &str, looking: bool) -> Reply {
    let body = json::write(&SeenRequest { looking });
    let (path, token) = (device.path(&format!("records/{record}/seen")), device.me.token.clone());
    device.client.call("POST", &path, Some(&token), body).await
}

/// Names, and whether each looks still.
async fn told(device: &mut Device, record: &str, looking: bool) -> Vec<(String, bool)> {
    let reply: SeenReply = says(device, record, looking).await.read();
    reply.people.into_iter().map(|person| (person.name, person.here)).collect()
}

fn one(name: &str, here: bool) -> Vec<(String, bool)> {
    vec![(name.to_owned(), here)]
}

async fn a_note(world: &World) -> (Device, String) {
    let mut ann = world.device("ann").await;
    let made = note("looked at");
    let record = format!("note/{}", made.id());
    let op = ann.op(vec![made]);
    ann.push(&[op]).await;
    (ann, record)
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_of_each_other_and_of_who_left() {
    let world = World::start().await;
    let (mut ann, record) = a_note(&world).await;
    let (mut second, mut bob, mut vic) =
        (world.device("ann").await, world.device("bob").await, world.device("vic").await);
    assert_eq!(told(&mut ann, &record, true).await, []);
    assert_eq!(told(&mut second, &record, true).await, []);
    assert_eq!(told(&mut bob, &record, true).await, one("ann", true));
    assert_eq!(told(&mut second, &record, false).await, one("bob", true));
    assert_eq!(told(&mut bob, &record, false).await, one("ann", true));
    assert_eq!(told(&mut ann, &record, false).await, one("bob", false));
    // Whoever only reads is one of them too.
    assert_eq!(told(&mut vic, &record, true).await.len(), 2);
    let reply: SeenReply = says(&mut ann, &record, true).await.read();
    assert_eq!(reply.people[0].user, vic.me.user_id);
    assert!(reply.people[0].last_seen >= reply.people[1].last_seen && !reply.people[1].here);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_a_record_is_not_told_and_not_seen() {
    let world = estate(1000).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let (attic, first) = made("floor", "attic", None);
    let (box_there, second) = made("asset", "a box", Some(attic));
    let ops: Vec<_> = [first, second].into_iter().map(|change| ann.op(vec![change])).collect();
    ann.push(&ops).await;
    grant(&world, "bob", ask(attic).scope, Some(Role::Nobody)).await.expect("a change");
    let record = format!("asset/{box_there}");
    assert_eq!(told(&mut ann, &record, true).await, []);
    says(&mut bob, &record, true).await.expect(ProblemCode::NotFound);
    assert_eq!(told(&mut ann, &record, true).await, []);
    let unknown = RecordId::v7(1, [9; 10]);
    for nothing in [format!("floor/{unknown}"), format!("cellar/{attic}"), "floor/x".to_owned()] {
        says(&mut ann, &nothing, true).await.expect(ProblemCode::NotFound);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_is_none_says_so() {
    let world = World::start().await;
    let (mut ann, record) = a_note(&world).await;
    let (path, token) = (ann.path(&format!("records/{record}/seen")), ann.me.token.clone());
    for body in ["", "{}", r#"{"looking":1}"#, r#"{"looking":true,"name":"Eve"}"#] {
        let problem =
            ann.client.call("POST", &path, Some(&token), body).await.expect(ProblemCode::BadRequest);
        assert!(problem.title.starts_with("This is no word about a record"), "{}", problem.title);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_it_is_written_down() {
    let world = World::start().await;
    let (mut ann, record) = a_note(&world).await;
    let mut bob = world.device("bob").await;
    let noted = |world: &World| {
        let data = Data::open(world.folder(), &unlock()).expect("the folder");
        data.accounts().audit(None, 0, u32::MAX).expect("notes").len()
    };
    let before = noted(&world);
    told(&mut bob, &record, true).await;
    assert_eq!(told(&mut ann, &record, true).await, one("bob", true));
    let version = bob.pull().await.last().expect("a page").end.to.version;
    assert_eq!((version.0, noted(&world)), (1, before));
    let world = World::start_in(world.stop().await, |_| {}).await;
    let mut ann = world.device("ann").await;
    assert_eq!(told(&mut ann, &record, true).await, []);
    world.stop().await;
}
