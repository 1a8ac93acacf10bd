//! What a server forgets by itself: deleted workspaces with their files, and old notes.

use std::time::Duration;

use fieldbook_model::{WallTime, WorkspaceId};
use fieldbook_server_store::{By, Data, Deed};
use tokio::time::{sleep, timeout};

use crate::world::{World, unlock};

fn files_of(world: &World, id: WorkspaceId) -> usize {
    let files = std::fs::read_dir(world.folder().join("workspaces")).expect("the folder");
    let is_its = |name: &str| name.starts_with(&id.to_string());
    files.filter(|file| is_its(file.as_ref().expect("a file").file_name().to_str().expect("UTF-8"))).count()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let seen = async {
        while !is_so() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(Duration::from_secs(20), seen).await.is_ok(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_workspace_goes_with_its_files_after_its_days_and_another_one_stays() {
    let often = (Duration::from_millis(10), Duration::from_millis(20));
    let world = World::start_with(|config| config.forget = often).await;
    // Both are open: the server has their files in use.
    let (mut ann, mut zoe) = (world.device("ann").await, world.device_elsewhere("zoe").await);
    let (kept, lost) = (zoe.me.workspace_id, ann.me.workspace_id);
    let op = ann.note("gone");
    ann.push(&[op]).await;
    let data = Data::open(world.folder(), &unlock()).expect("the folder");
    let accounts = data.accounts();
    let today = WallTime(zoe.me.time.0);
    // One was deleted half a year and a day ago, the other a moment ago.
    accounts.delete_workspace(kept, &By::operator("root"), today).expect("a deletion");
    let root = By::operator("root");
    accounts.delete_workspace(lost, &root, WallTime(today.0 - 181 * 86_400_000)).expect("a deletion");
    until("the files of the one are gone", || files_of(&world, lost) == 0).await;
    let gone = accounts.deleted_workspaces().expect("the list");
    assert_eq!(gone.iter().map(|row| row.id).collect::<Vec<_>>(), [kept]);
    assert!(accounts.restore_workspace(lost, &root, today).is_err());
    accounts.restore_workspace(kept, &root, today).expect("it is there");
    zoe.pull().await;
    assert!(files_of(&world, kept) > 0);
    let forgotten = accounts.audit(Some(lost), 0, u32::MAX).expect("notes");
    let forgotten = forgotten.iter().filter(|entry| entry.deed == Deed::WorkspaceForgotten);
    assert_eq!(forgotten.map(|entry| entry.by.name.as_str()).collect::<Vec<_>>(), ["the server"]);
    // What was decided when the two were made is older than two years, the sign-ins are not.
    let first = || accounts.audit(None, 0, 1).expect("notes").first().map(|entry| (entry.deed, entry.at.0));
    until("old notes are gone", || first().is_none_or(|(_, at)| at > 1_700_000_000_000)).await;
    assert_eq!(first().map(|(deed, _)| deed), Some(Deed::SignedIn));
    world.stop().await;
}
