//! `making.json`: under which ids this device has asked for workspaces that the server has not answered for. Whoever asks again
//! under the same name asks under the same id, and is told of the workspace that the first call made: its answer may be what was lost.

use std::fs;
use std::io::ErrorKind;

use fieldbook_model::{UserId, WorkspaceId, json};
use serde::{Deserialize, Serialize};

use crate::error::DeviceError;
use crate::home::Home;

/// Its name.
pub const FILE: &str = "making.json";
/// The number of its form.
const VERSION: u64 = 1;
/// So many names are kept; beyond them the one that was asked for first is not known any more.
const WISHES_MAX: usize = 16;

/// What the file holds, the newest last.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MakingFile {
    v: u64,
    wishes: Vec<Wish>,
}

/// A workspace that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    user_id: UserId,
    name: String,
    id: WorkspaceId,
}

impl Wish {
    fn is_of(&self, user: UserId, name: &str) -> bool {
        // As the server tells names apart.
        self.user_id == user && self.name.eq_ignore_ascii_case(name)
    }
}

/// The id under which a workspace of this name is asked for: the one from before where no answer came, else a fresh one, which is
/// on the disk by now.
pub fn begin(
    home: &Home,
    (user_id, name): (UserId, &str),
    fresh: WorkspaceId,
) -> Result<WorkspaceId, DeviceError> {
    let mut wishes = read(home)?;
    if let Some(wish) = wishes.iter().find(|wish| wish.is_of(user_id, name)) {
        return Ok(wish.id);
    }
    wishes.push(Wish { user_id, name: name.to_owned(), id: fresh });
    let known = wishes.len().saturating_sub(WISHES_MAX);
    write(home, wishes.split_off(known))?;
    Ok(fresh)
}

/// Lets go of what was answered.
pub fn end(home: &Home, (user_id, name): (UserId, &str)) -> Result<(), DeviceError> {
    let mut wishes = read(home)?;
    wishes.retain(|wish| !wish.is_of(user_id, name));
    write(home, wishes)
}

fn write(home: &Home, wishes: Vec<Wish>) -> Result<(), DeviceError> {
    if !wishes.is_empty() {
        return home.save(FILE, &json::write(&MakingFile { v: VERSION, wishes }));
    }
    let path = home.path().join(FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(DeviceError::File { path, error }),
        _ => Ok(()),
    }
}

/// What is kept. A file that cannot be understood is none.
fn read(home: &Home) -> Result<Vec<Wish>, DeviceError> {
    let path = home.path().join(FILE);
    match fs::read(&path) {
        Ok(bytes) => Ok(parse(&bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(DeviceError::File { path, error }),
    }
}

fn parse(bytes: &[u8]) -> Vec<Wish> {
    let file = json::parse_bytes::<MakingFile>(bytes).ok().filter(|file| file.v == VERSION);
    file.map(|file| file.wishes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> WorkspaceId {
        WorkspaceId::from_bytes([n; 16])
    }

    #[test]
    fn a_name_keeps_its_id_until_it_is_answered_and_each_person_has_their_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::at(folder.path());
        let (ann, bo) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        let begun = |who: UserId, name: &str, n: u8| begin(&home, (who, name), id(n)).expect("written");
        assert_eq!(begun(ann, "South", 1), id(1));
        assert_eq!(begun(ann, "West", 2), id(2));
        assert_eq!([begun(ann, "south", 3), begun(ann, "West", 4), begun(bo, "South", 5)], [1, 2, 5].map(id));
        end(&home, (ann, "SOUTH")).expect("written");
        assert_eq!([begun(ann, "South", 6), begun(ann, "West", 7)], [6, 2].map(id));
        for (who, name) in [(ann, "South"), (ann, "West"), (bo, "South"), (bo, "never asked for")] {
            end(&home, (who, name)).expect("written");
        }
        assert!(!folder.path().join(FILE).exists());
        for n in 0..20 {
            begun(ann, &format!("shop {n}"), n);
        }
        assert_eq!([begun(ann, "shop 19", 30), begun(ann, "shop 4", 31)], [19, 4].map(id));
        assert_eq!(begun(ann, "shop 3", 32), id(32), "the first are let go of");
        fs::write(folder.path().join(FILE), "{").expect("damaged");
        assert_eq!(begun(ann, "shop 19", 33), id(33));
    }
}
