//! A database gets a new key: the last steps of a home on its way from the earlier form, and of one whose owner wants it.

use std::path::Path;

use fieldbook_crypto::DatabaseKey;
use fieldbook_device_store::{Store, StoreError};

use super::file::{Database, FILE, InHome, KeysFile};
use super::holder::{Asked, Holders};
use super::open::{Held, Keys, open};
use super::secret::fresh;
use super::{KeyTrouble, earlier};
use crate::cut;
use crate::error::DeviceError;
use crate::home::{Home, Told};
use crate::lock::{SignInLock, SyncLock};

/// Goes on where it stopped, if nobody syncs here, signs in here or has the database open: then another start does it.
/// Whatever fails, `keys.json` names the key that the database has.
pub fn go_on(home: &Home, asked: &Asked<'_>) -> Result<(), DeviceError> {
    let (Ok(_sync), Ok(_sign_in)) = (SyncLock::take(home), SignInLock::take(home)) else { return Ok(()) };
    let Keys::Held(mut held) = Keys::read(home, asked)? else { return Ok(()) };
    let [old, new] = &held.database[..] else { return Ok(()) };
    // An earlier program that comes back is told to update, and does not speak of a wrong key.
    if let Told::Whole(file) = home.look()?
        && file.is_earlier()
    {
        home.write(&file.of_this_form())?;
    }
    at(home, cut::here())?;
    Store::rekey(&home.database(), old, new)?;
    at(home, cut::here())?;
    held.file.database.remove(0);
    held.file.write(home)?;
    earlier::remove(home)
}

/// Whether a database has its new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotated {
    /// It has.
    Now,
    /// Somebody has it open: it gets it at the next start that is alone.
    Later,
}

/// Gives a home's database a new key. `keys.json` names both before a page is written under the new one.
pub fn rotate(home: &Path, holders: &dyn Holders) -> Result<Rotated, DeviceError> {
    let home = &Home::at(home);
    home.read()?;
    let asked = Asked::new(home, holders);
    // What is under way is done first. One more key than two there never is.
    drop(open(home, &asked)?);
    name_new(home, &asked)?;
    match go_on(home, &asked) {
        Ok(()) | Err(DeviceError::Store(StoreError::Busy)) => {}
        Err(error) => return Err(error),
    }
    let is_done = KeysFile::read(home)?.is_some_and(|file| file.database.len() == 1);
    Ok(if is_done { Rotated::Now } else { Rotated::Later })
}

/// Names the key that the database is to have, if it is not about to get one anyway.
fn name_new(home: &Home, asked: &Asked<'_>) -> Result<(), DeviceError> {
    let _lock = SignInLock::take(home)?;
    let Keys::Held(held) = Keys::read(home, asked)? else {
        return Err(DeviceError::Keys { path: home.path().join(FILE), why: KeyTrouble::Earlier });
    };
    let Held { mut file, secret, content, .. } = *held;
    if let [Database { number, .. }] = file.database[..] {
        let (number, new) = (number + 1, DatabaseKey::make(fresh()));
        let wrapped = new.wrap(&secret, &content, &file.place(number), fresh());
        file.database.push(Database { number, wrapped });
        file.write(home)?;
    }
    Ok(())
}

fn at(home: &Home, done: std::io::Result<()>) -> Result<(), DeviceError> {
    done.map_err(|error| DeviceError::File { path: home.path().to_owned(), error })
}
