//! Which files of a folder are this home's.

use std::io;

use fieldbook_model::{WorkspaceId, json};
use serde::Deserialize;

use super::disk::Disk;
use super::form::{FILE, NOTE};

/// What holds or opens data, with what says whose home it is. A name that is put aside has an end of its own.
const KEPT: [&str; 5] =
    ["home.json", "fieldbook.db", "fieldbook.db-wal", "fieldbook.db-shm", "fieldbook.db-journal"];
/// What says how things stand, or only is there.
pub const LEFTOVERS: [&str; 7] =
    ["sync.json", "sync.lock", "sign-in.lock", "bell", "series", "making.json", "wipe.json.new"];
/// What has to do with keys: whoever has one of them opens data, or might.
const KEYS: [&str; 3] = ["keys.json", "device.secret", "device.key"];
/// What says something of keys, and opens nothing.
const BESIDE_KEYS: [&str; 2] = ["THE-KEY-LIES-IN-THIS-FOLDER.txt", "support.json"];
/// What is written beside a file until it is whole.
const DRAFT: &str = ".new";
/// What stands behind the name of a file that was put aside, before the time.
const ASIDE: &str = ".aside-";

/// As much of a file as says of which workspace it is.
#[derive(Deserialize)]
struct Whose {
    workspace_id: WorkspaceId,
}

/// The home's files, but for locks that are held by nobody afterwards. What was put aside belongs to it where it says that it is
/// of this workspace.
pub fn ours(disk: &impl Disk, workspace: WorkspaceId) -> io::Result<Vec<String>> {
    let mut ours = Vec::new();
    for name in disk.names()? {
        let is_ours = match aside(&name) {
            Some(at) => is_known(&name) && is_of(disk, at, workspace)?,
            None => is_known(&name),
        };
        if is_ours {
            ours.push(name);
        }
    }
    ours.sort();
    Ok(ours)
}

/// What else lies in the folder, when all that is the home's has gone.
pub fn others(disk: &impl Disk) -> io::Result<Vec<String>> {
    let own = |name: &str| {
        [FILE, NOTE].iter().any(|own| name.strip_suffix(DRAFT).unwrap_or(name) == *own)
            || LEFTOVERS.contains(&name)
    };
    let mut names = disk.names()?;
    names.retain(|name| !own(name));
    names.sort();
    Ok(names)
}

/// Whether a home may have a file of this name.
pub fn is_known(name: &str) -> bool {
    let bare = name.split_once(ASIDE).map_or(name, |(bare, _)| bare);
    let bare = bare.strip_suffix(DRAFT).unwrap_or(bare);
    let plain = !name.contains(['/', '\\']);
    plain && KEPT.iter().chain(&LEFTOVERS).chain(&KEYS).chain(&BESIDE_KEYS).any(|known| *known == bare)
}

/// Whether who has this file opens data with it.
pub fn opens_something(name: &str) -> bool {
    KEYS.iter().any(|file| name.starts_with(file))
}

/// The time in the name of a file that was put aside.
fn aside(name: &str) -> Option<&str> {
    let (_, at) = name.split_once(ASIDE)?;
    Some(at.split('-').next().unwrap_or(at))
}

/// Whether what was put aside at a time says that it is of a workspace.
fn is_of(disk: &impl Disk, at: &str, workspace: WorkspaceId) -> io::Result<bool> {
    for name in [KEYS[0], "home.json"] {
        let bytes = disk.read(&format!("{name}{ASIDE}{at}"))?.unwrap_or_default();
        if json::parse_bytes::<Whose>(&bytes).is_ok_and(|whose| whose.workspace_id == workspace) {
            return Ok(true);
        }
    }
    Ok(false)
}
