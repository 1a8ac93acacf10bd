//! Brings the files of an earlier program, which are in clear, under their keys.
//!
//! ```text
//!   x.db in clear, x.db-wal    its log moved into it, overwritten and removed; nobody else gets in from here on
//!   x.db, x.db.keyed           a copy under the key, compared with it and synced
//!   x.db.clear, x.db.keyed     the one in clear stands aside,
//!   x.db.clear, x.db           and the copy in its place
//!   x.db                       what was in clear is overwritten, then removed
//! ```
//!
//! A kill leaves one of these lines, and the next start goes on from it. What stands aside goes only once the copy in its place
//! has opened. On a disk that never writes over what it has, as SSDs and copy-on-write file systems do, what was overwritten
//! is removed and not provably destroyed.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use fieldbook_crypto::{DataKey, FileKey};
use rusqlite::{Connection, OpenFlags};

use crate::accounts::FILE as ACCOUNTS;
use crate::cipher::{self, CLEAR};
use crate::data::WORKSPACES;
use crate::error::StoreError;
use crate::file::{self, keep_names};
use crate::keys::KeysError;

/// The copy under the key, until it takes its place.
const KEYED: &str = "keyed";
/// What was in clear, until it is overwritten.
const ASIDE: &str = "clear";
/// How much is overwritten at a time.
const BLOCK: usize = 64 << 10;
const TABLES: &str = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'";

/// What a file begins with.
#[derive(Debug, PartialEq, Eq)]
enum Begins {
    /// It is not there, or nothing is in it.
    Blank,
    Clear,
    Noise,
}

/// Where the work is, for whoever looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The log is in the file.
    Whole,
    /// The copy is begun.
    Begun,
    /// The copy is there and compared.
    Copied,
    /// What is in clear stands aside.
    Aside,
    /// The copy is in its place.
    Placed,
    /// What was in clear is overwritten.
    Overwritten,
}

/// Whether a file is in clear, or stands aside without another in its place.
pub(crate) fn is_wanted(folder: &Path) -> Result<bool, KeysError> {
    let mut wanted = false;
    for name in names(folder)? {
        let path = folder.join(&name);
        wanted |= match begins(&path)? {
            Begins::Clear => true,
            Begins::Blank => path.with_added_extension(ASIDE).exists(),
            Begins::Noise => false,
        };
    }
    Ok(wanted)
}

/// The same, or something is left of a start that was cut off.
///
/// A file is looked at by opening and closing it, which would end the locks that this process holds on it: none of these
/// functions may be called while it has a database of the folder open.
pub(crate) fn is_unfinished(folder: &Path) -> Result<bool, KeysError> {
    let left =
        |name: &String| [ASIDE, KEYED].iter().any(|end| folder.join(name).with_added_extension(end).exists());
    Ok(is_wanted(folder)? || names(folder)?.iter().any(left))
}

/// The name of a file that is encrypted, if there is any.
pub(crate) fn an_encrypted_file(folder: &Path) -> Result<Option<String>, KeysError> {
    for name in names(folder)? {
        if begins(&folder.join(&name))? == Begins::Noise {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Brings all files of a folder under their keys, which the caller alone serves. `look` is told of each step.
pub(crate) fn all(folder: &Path, data: &DataKey, look: &mut dyn FnMut(Step)) -> Result<(), StoreError> {
    for name in names(folder)? {
        one(&folder.join(&name), &data.file(&name), look).map_err(|error| error.of(&name))?;
    }
    Ok(())
}

fn one(path: &Path, key: &FileKey, look: &mut dyn FnMut(Step)) -> Result<(), StoreError> {
    let aside = path.with_added_extension(ASIDE);
    match (begins(path)?, aside.exists()) {
        (Begins::Noise, true) => finish(path, key, &aside, look),
        (Begins::Clear, false) => replace(path, key, look),
        (Begins::Blank, true) => {
            fs::rename(&aside, path)?;
            keep_names(path)?;
            replace(path, key, look)
        }
        (Begins::Clear, true) => {
            let name = file::name(path);
            let words = format!("both {name} and {name}.{ASIDE} are in clear; move the older one away");
            Err(StoreError::Unusable(words))
        }
        // A draft is left where a file was put back from a backup meanwhile.
        (_, false) => remove(&path.with_added_extension(KEYED)),
    }
}

/// Puts a copy under the key in the place of a file in clear.
fn replace(path: &Path, key: &FileKey, look: &mut dyn FnMut(Step)) -> Result<(), StoreError> {
    let (draft, aside) = (path.with_added_extension(KEYED), path.with_added_extension(ASIDE));
    let clear = alone(path)?;
    look(Step::Whole);
    for end in ["", "-journal"] {
        remove(&with(&draft, end))?;
    }
    copy(&clear, &draft, key, look)?;
    look(Step::Copied);
    fs::rename(path, &aside)?;
    keep_names(path)?;
    look(Step::Aside);
    fs::rename(&draft, path)?;
    keep_names(path)?;
    // Until here nobody else could write.
    drop(clear);
    look(Step::Placed);
    finish(path, key, &aside, look)
}

/// Opens a file in clear for this program alone, with its log moved into it and gone.
fn alone(path: &Path) -> Result<Connection, StoreError> {
    let connection = file::connect(path, None, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL")?;
    let moved = "PRAGMA wal_checkpoint(FULL)";
    let busy: i64 = connection.query_row(moved, [], |row| row.get(0))?;
    if busy != 0 {
        return Err(StoreError::Retry("another program has it open".to_owned()));
    }
    overwrite(&with(path, "-wal"))?;
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    connection.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
    Ok(connection)
}

/// Copies all that there is, and compares.
fn copy(
    clear: &Connection,
    draft: &Path,
    key: &FileKey,
    look: &mut dyn FnMut(Step),
) -> Result<(), StoreError> {
    // Made for its owner only.
    drop(file::connect_new(draft, Some(key))?);
    let path = draft.to_str().ok_or_else(|| StoreError::Unusable("its folder is not UTF-8".to_owned()))?;
    cipher::attach(clear, path, key)?;
    look(Step::Begun);
    clear.query_row("SELECT sqlcipher_export('keyed')", [], |_| Ok(()))?;
    for mark in ["application_id", "user_version"] {
        let value: i32 = clear.pragma_query_value(None, mark, |row| row.get(0))?;
        clear.execute_batch(&format!("PRAGMA keyed.{mark} = {value}"))?;
    }
    compare(clear)?;
    clear.execute_batch("DETACH DATABASE keyed")?;
    File::open(draft)?.sync_all()?;
    keep_names(draft)
}

/// Each row is there, in as many tables and indexes.
fn compare(clear: &Connection) -> Result<(), StoreError> {
    let same = |of: &str| {
        let count = |of: String| clear.query_row(&of, [], |row| row.get::<_, i64>(0));
        let [from, to] = ["main", "keyed"].map(|place| count(of.replace("{}", place)));
        Ok::<bool, StoreError>(from? == to?)
    };
    let mut whole = same("SELECT count(*) FROM {}.sqlite_schema")?;
    let names: Vec<String> =
        clear.prepare(TABLES)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        whole &= same(&format!("SELECT count(*) FROM {{}}.\"{name}\""))?;
    }
    let check: String = clear.query_row("PRAGMA keyed.quick_check(1)", [], |row| row.get(0))?;
    match whole && check == "ok" {
        true => Ok(()),
        false => Err(StoreError::Unusable("its copy under the key is not whole".to_owned())),
    }
}

/// Takes what was in clear away, once what is in its place has opened.
fn finish(path: &Path, key: &FileKey, aside: &Path, look: &mut dyn FnMut(Step)) -> Result<(), StoreError> {
    // In clear too. It is empty or of no use any more, since all that was committed is in the file.
    let journal = with(path, "-journal");
    overwrite(&journal)?;
    remove(&journal)?;
    let opened = file::connect(path, Some(key), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    opened.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    drop(opened);
    overwrite(aside)?;
    look(Step::Overwritten);
    remove(aside)?;
    keep_names(aside)
}

/// Writes zeros over a file, and has them on the disk. One that is not there needs none.
fn overwrite(path: &Path) -> Result<(), StoreError> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let mut left = file.metadata()?.len();
    let zeros = vec![0; BLOCK];
    while left > 0 {
        let part = left.min(BLOCK as u64);
        file.write_all(&zeros[..part as usize])?;
        left -= part;
    }
    Ok(file.sync_all()?)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => Ok(removed?),
    }
}

/// The names of the folder's databases, as their keys go by them; also of those that only stand aside.
fn names(folder: &Path) -> Result<BTreeSet<String>, KeysError> {
    let failed = |error| KeysError::File(WORKSPACES.to_owned(), error);
    let mut names = BTreeSet::from([ACCOUNTS.to_owned()]);
    let entries = match fs::read_dir(folder.join(WORKSPACES)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(names),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(&format!(".{ASIDE}")).unwrap_or(&name);
        if name.ends_with(".db") {
            names.insert(format!("{WORKSPACES}/{name}"));
        }
    }
    Ok(names)
}

fn begins(path: &Path) -> Result<Begins, KeysError> {
    let failed = |error| KeysError::File(file::name(path), error);
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Begins::Blank),
        file => file.map_err(failed)?,
    };
    let mut start = Vec::new();
    file.take(CLEAR.len() as u64).read_to_end(&mut start).map_err(failed)?;
    Ok(match start.as_slice() {
        [] => Begins::Blank,
        start if start == CLEAR => Begins::Clear,
        _ => Begins::Noise,
    })
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

#[cfg(test)]
mod tests;
