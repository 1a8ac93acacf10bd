//! The data folder of a server.

use fieldbook_model::{WallTime, WorkspaceId};
use fieldbook_server_store::{By, Data, DataError, SqliteStore, Store, StoreError};

use crate::builder::{WORKSPACE, shop};
use crate::world::{key, opened, unlock};

const NOW: WallTime = WallTime(5);

#[test]
fn a_workspace_that_was_made_can_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/data");
    let data = Data::open(&path, &unlock()).unwrap();
    let row = data.create_workspace("Shop", &shop(), WORKSPACE, &By::operator("root"), NOW).unwrap();
    assert!(path.join(&row.file).is_file());
    let again = Data::open(&path, &unlock()).unwrap();
    assert_eq!(again.accounts().workspace("shop").unwrap(), Some(row));
    assert_eq!(**again.open_store(WORKSPACE).unwrap().schema(), shop());
    let other = WorkspaceId::from_bytes([3; 16]);
    let taken = again.create_workspace("SHOP", &shop(), other, &By::operator("root"), NOW).unwrap_err();
    assert_eq!(taken.to_string(), "there is a workspace \"Shop\" already; choose another name");
    assert!(matches!(again.open_store(other), Err(StoreError::Unusable(_))));
}

#[test]
fn one_server_serves_a_folder_and_others_may_administer_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::open(folder.path(), &unlock()).unwrap();
    let served = data.serve().unwrap();
    let beside = Data::open(folder.path(), &unlock()).unwrap();
    let refused = beside.serve().unwrap_err();
    assert!(matches!(refused, DataError::Served(_)));
    assert!(refused.to_string().contains(&folder.path().display().to_string()), "{refused}");
    beside.create_workspace("Shop", &shop(), WORKSPACE, &By::operator("root"), NOW).unwrap();
    drop(served);
    assert!(beside.serve().is_ok());
}

#[test]
fn a_folder_where_a_crash_left_a_blank_file_is_made_whole() {
    let folder = tempfile::tempdir().unwrap();
    for blank in ["accounts.db", "w.db"] {
        std::fs::write(folder.path().join(blank), "").unwrap();
    }
    Data::open(folder.path(), &unlock()).unwrap();
    SqliteStore::create(&folder.path().join("w.db"), key(), &shop(), WORKSPACE).unwrap();
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_into_a_folder() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    Data::open(&path, &unlock()).unwrap();
    for part in [path.clone(), path.join("workspaces")] {
        assert_eq!(part.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{}", part.display());
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_files_also_in_a_folder_that_all_may_enter() {
    use std::fs::{Permissions, create_dir, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let workspaces = folder.path().join("workspaces");
    create_dir(&workspaces).unwrap();
    for open in [folder.path(), &workspaces] {
        set_permissions(open, Permissions::from_mode(0o755)).unwrap();
    }
    let data = Data::open(folder.path(), &unlock()).unwrap();
    let _served = data.serve().unwrap();
    data.create_workspace("Shop", &shop(), WORKSPACE, &By::operator("root"), NOW).unwrap();
    let store = data.open_store(WORKSPACE).unwrap();
    let _reader = store.reader().unwrap();
    let mut seen = Vec::new();
    for file in [folder.path(), &workspaces].into_iter().flat_map(|part| part.read_dir().unwrap()) {
        let (file, metadata) = file.map(|file| (file.path(), file.metadata().unwrap())).unwrap();
        if metadata.is_file() {
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{}", file.display());
            seen.push(file.extension().unwrap().to_string_lossy().into_owned());
        }
    }
    seen.sort();
    let files = ["db", "db", "db-shm", "db-shm", "db-wal", "db-wal", "json", "key", "lock", "lock"];
    assert_eq!(seen, files);
}

#[test]
fn a_workspace_whose_file_takes_long_to_open_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::open(folder.path(), &unlock()).unwrap();
    let slow = data
        .create_workspace("Slow", &shop(), WorkspaceId::from_bytes([3; 16]), &By::operator("root"), NOW)
        .unwrap();
    data.create_workspace("Quick", &shop(), WORKSPACE, &By::operator("root"), NOW).unwrap();
    // Another program has the file for itself: who opens it waits some seconds and fails.
    let holder = rusqlite::Connection::open(folder.path().join(&slow.file)).unwrap();
    holder.execute_batch(&format!("PRAGMA key = \"{}\"", *opened(folder.path(), &slow.file))).unwrap();
    let alone = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE aside (n INTEGER);";
    holder.execute_batch(alone).unwrap();
    let files = data.files();
    std::thread::scope(|threads| {
        let opens = threads.spawn(|| files.open_store(slow.id).map(drop));
        files.open_store(WORKSPACE).unwrap();
        assert!(!opens.is_finished(), "it waits while the other is open");
        assert!(matches!(opens.join().unwrap(), Err(StoreError::Retry(_))));
    });
}
