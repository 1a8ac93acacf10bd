//! What a server's reply makes of a home's keys: a new home has all at once, an earlier one names its old key and a new one,
//! one that signs in again wraps the same key anew.

use std::sync::Arc;

use fieldbook_crypto::{DatabaseKey, DeviceSecret, KeyError};
use fieldbook_device_sync::Trouble;
use fieldbook_device_sync::keys::{Given, Held, Place};
use fieldbook_protocol::auth::KeysReply;

use super::KeyTrouble;
use super::file::{FILE, InHome, KeysFile};
use super::holder::{Hold, Holders, Holding};
use super::open::held;
use super::secret::fresh;
use crate::error::DeviceError;
use crate::home::Home;

/// A secret, and who holds it from now on.
pub type HeldSecret<'a> = (&'a Arc<DeviceSecret>, Holding);

/// Opens what a server gave. What does not open is not ours.
fn given<'a>(place: Place, secret: &'a DeviceSecret, reply: &'a KeysReply) -> Result<Given<'a>, DeviceError> {
    Given::open(place, secret, reply)
        .map_err(|error| DeviceError::Call { trouble: Trouble::Foreign(error.to_string()), said: None })
}

/// Writes the keys of a new home down, and gives the one that its database is made with.
pub fn first(
    home: &Home,
    place: Place,
    (secret, holding): HeldSecret<'_>,
    reply: &KeysReply,
) -> Result<DatabaseKey, DeviceError> {
    let given = given(place, secret, reply)?;
    let key = DatabaseKey::make(fresh());
    given.file(holding, vec![given.wrapped((1, &key), fresh())]).write(home)?;
    Ok(key)
}

/// What an enrolment did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolled {
    /// The home has keys; its database gets the new one when it is opened next.
    Now,
    /// It had them already.
    Before,
}

/// Gives a home of the earlier form its keys: the file names the key that the database has, and the one that it will have.
pub fn enrol(
    home: &Home,
    place: Place,
    (secret, holding): HeldSecret<'_>,
    (old, reply): (&DatabaseKey, &KeysReply),
) -> Result<Enrolled, DeviceError> {
    if let Some(file) = KeysFile::read(home)?
        && held(home, file, Arc::clone(secret))?.database.contains(old)
    {
        return Ok(Enrolled::Before);
    }
    let given = given(place, secret, reply)?;
    let new = DatabaseKey::make(fresh());
    let database = vec![given.wrapped((1, old), fresh()), given.wrapped((2, &new), fresh())];
    given.file(holding, database).write(home)?;
    Ok(Enrolled::Now)
}

/// Takes what a new sign-in gave: the same database keys, under the content key that it brought. A server that signs with
/// another key than before is refused, unless the person says that it is the right one.
pub fn renew(
    home: &Home,
    place: Place,
    (held, hold): (&Held, (&Hold, &dyn Holders)),
    (reply, server): (&KeysReply, ServerPin),
) -> Result<(), DeviceError> {
    if server == ServerPin::AsBefore && reply.server != held.file.server {
        return Err(DeviceError::Keys { path: home.path().join(FILE), why: KeyTrouble::OtherServer });
    }
    let given = given(place, &held.secret, reply)?;
    let (hold, of) = hold;
    let holding = hold.hold(home, (&held.secret, of), Some(&held.file))?;
    let numbers = held.file.database.iter().map(|key| key.number);
    let database = numbers.zip(&held.database).map(|key| given.wrapped(key, fresh())).collect();
    given.file(holding, database).write(home)
}

/// Opens the keys of a locked home with the content key that a server gave again.
pub fn reopened(
    home: &Home,
    place: Place,
    (file, secret): (KeysFile, &Arc<DeviceSecret>),
    reply: &KeysReply,
) -> Result<Held, DeviceError> {
    let Given { content, .. } = given(place, secret, reply)?;
    Held::open_by(file, Arc::clone(secret), content).map_err(|error| DeviceError::Keys {
        path: home.path().join(FILE),
        why: match error {
            KeyError::WrongKey(_) => KeyTrouble::OtherContent,
            error => KeyTrouble::Damaged(error.to_string()),
        },
    })
}

/// Which server may sign what only the server may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerPin {
    /// The one of the first sign-in.
    #[default]
    AsBefore,
    /// The one that answers now: the person says so.
    Anew,
}
