//! What a server's reply makes of a home's keys: a new home has all at once, an earlier one names its old key and a new one,
//! one that signs in again wraps the same key anew.

use std::sync::Arc;

use fieldbook_crypto::{Binding, ContentKey, DatabaseKey, DeviceSecret, KeyError};
use fieldbook_device_sync::Trouble;
use fieldbook_model::{DeviceId, WorkspaceId};
use fieldbook_protocol::auth::KeysReply;

use super::KeyTrouble;
use super::file::{Content, Database, FILE, KeysFile};
use super::holder::{Hold, Holders, Holding};
use super::open::Held;
use super::secret::fresh;
use crate::error::DeviceError;
use crate::home::Home;

/// Whose keys they are.
pub type Place = (WorkspaceId, DeviceId);

/// A secret, and who holds it from now on.
pub type HeldSecret<'a> = (&'a Arc<DeviceSecret>, Holding);

/// What a server gave for a secret, opened.
struct Given<'a> {
    place: Place,
    secret: &'a DeviceSecret,
    content: ContentKey,
    reply: &'a KeysReply,
}

impl<'a> Given<'a> {
    fn open(place: Place, secret: &'a DeviceSecret, reply: &'a KeysReply) -> Result<Self, DeviceError> {
        let binding = Binding { workspace: place.0, device: place.1, number: reply.number };
        let content = ContentKey::open(&reply.sealed, &secret.keys(), &binding).map_err(|error| {
            DeviceError::Call { trouble: Trouble::Foreign(error.to_string()), said: None }
        })?;
        Ok(Self { place, secret, content, reply })
    }

    fn wrapped(&self, (number, key): (u32, &DatabaseKey)) -> Database {
        let place = Binding { workspace: self.place.0, device: self.place.1, number };
        Database { number, wrapped: key.wrap(self.secret, &self.content, &place, fresh()) }
    }

    fn file(&self, holding: Holding, database: Vec<Database>) -> KeysFile {
        let content = Content { number: self.reply.number, sealed: self.reply.sealed.clone() };
        KeysFile::new(holding, self.place, content, self.reply.server, database)
    }
}

/// Writes the keys of a new home down, and gives the one that its database is made with.
pub fn first(
    home: &Home,
    place: Place,
    (secret, holding): HeldSecret<'_>,
    reply: &KeysReply,
) -> Result<DatabaseKey, DeviceError> {
    let given = Given::open(place, secret, reply)?;
    let key = DatabaseKey::make(fresh());
    given.file(holding, vec![given.wrapped((1, &key))]).write(home)?;
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
        && Held::open(home, file, Arc::clone(secret))?.database.contains(old)
    {
        return Ok(Enrolled::Before);
    }
    let given = Given::open(place, secret, reply)?;
    let new = DatabaseKey::make(fresh());
    given.file(holding, vec![given.wrapped((1, old)), given.wrapped((2, &new))]).write(home)?;
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
    let given = Given::open(place, &held.secret, reply)?;
    let (hold, of) = hold;
    let holding = hold.hold(home, (&held.secret, of), Some(&held.file))?;
    let numbers = held.file.database.iter().map(|key| key.number);
    let database = numbers.zip(&held.database).map(|key| given.wrapped(key)).collect();
    given.file(holding, database).write(home)
}

/// Opens the keys of a locked home with the content key that a server gave again.
pub fn reopened(
    home: &Home,
    place: Place,
    (file, secret): (KeysFile, &Arc<DeviceSecret>),
    reply: &KeysReply,
) -> Result<Held, DeviceError> {
    let Given { content, .. } = Given::open(place, secret, reply)?;
    let open = |key: &Database| {
        let opened = DatabaseKey::unwrap(&key.wrapped, secret, &content, &file.place(key.number));
        opened.map_err(|error| DeviceError::Keys {
            path: home.path().join(FILE),
            why: match error {
                KeyError::WrongKey(_) => KeyTrouble::OtherContent,
                error => KeyTrouble::Damaged(error.to_string()),
            },
        })
    };
    let database = file.database.iter().map(open).collect::<Result<_, _>>()?;
    Ok(Held { file, secret: Arc::clone(secret), content, database })
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
