//! A database gets a new key: the last steps of a home on its way from the earlier form.

use fieldbook_device_store::Store;

use super::earlier;
use super::holder::Asked;
use super::open::Keys;
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
    Store::rekey(&home.database(), old, new)?;
    held.file.database.remove(0);
    held.file.write(home)?;
    earlier::remove(home)
}
