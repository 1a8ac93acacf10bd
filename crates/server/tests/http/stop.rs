//! The end of a server, and what is there after the next start.

use fieldbook_model::Version;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_live_streams_and_keeps_what_was_answered() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let mut listening = bob.live().await;
    let op = ann.note("kept");
    ann.push(std::slice::from_ref(&op)).await;
    listening.changes().await;
    let folder = world.stop().await;
    assert_eq!(listening.next().await, None);
    let files = std::fs::read_dir(folder.path().join("workspaces")).expect("a folder");
    let names = files.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    assert!(names.into_iter().all(|name| name.ends_with(".db")), "the log was moved into the file");

    let world = World::start_in(folder, |_| {}).await;
    let mut eve = world.device("bob").await;
    let pages = eve.pull().await;
    assert_eq!((pages[0].rows.len(), pages[0].end.head), (1, Version(1)));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_outlives_a_restart() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    let folder = world.stop().await;
    let world = World::start_in(folder, |_| {}).await;
    ann.client = crate::client::Client::connect(world.address).await;
    assert_eq!(ann.pull().await.len(), 1);
    world.stop().await;
}
