//! Who holds the device secret: the system's secure store, a passphrase, or a file as it is. What is asked for it is asked of whoever embeds the device,
//! and once, whatever is opened with it.
//!
//! A secret goes to another holder in steps, each of which can be cut off: who is to have a copy as it is is named as one to be
//! left, the new holder has it, `keys.json` names the new one and the old one that is left, the old one's copy is destroyed.
//! So no copy lies anywhere that the next start does not know of.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use fieldbook_crypto::{Cost, DeviceSecret, KeyError, Passphrase};
pub use fieldbook_device_sync::keys::{Holder, Holding, Left};
use zeroize::Zeroizing;

use super::file::{FILE, InHome, KeysFile};
use super::secret::{self, fresh};
use super::{KeyTrouble, Keys};
use crate::clock::random;
use crate::error::DeviceError;
use crate::home::Home;
use crate::lock::SignInLock;

/// What a guess of a passphrase costs.
const COST: Cost = if cfg!(test) { Cost::LEAST } else { Cost::DEFAULT };

/// What a home asks for outside of its folder. Whoever embeds a device answers: the command asks a person.
pub trait Holders: Sync {
    /// The passphrase of a home's secret, as somebody typed it; else why there is none.
    fn passphrase(&self, home: &Path) -> Result<Passphrase, KeyTrouble>;
    /// Keeps a text under a name in the system's secure store, in place of what is there.
    fn keep(&self, entry: &str, text: &str) -> Result<(), KeyTrouble>;
    /// What the store has under a name; [`KeyTrouble::NoEntry`] where it has nothing.
    fn kept(&self, entry: &str) -> Result<Zeroizing<String>, KeyTrouble>;
    /// Has the store forget what it has under a name. Where it has nothing, nothing is done.
    fn forget(&self, entry: &str) -> Result<(), KeyTrouble>;
    /// Who is to hold the secret of a new home, where nobody has said so. Nobody is not an answer, and neither is a file in silence.
    fn chosen(&self, home: &Path) -> Result<Hold, KeyTrouble>;
}

/// Nobody: a home whose secret lies in a file opens, any other says why it does not.
#[derive(Debug, Clone, Copy)]
pub struct NoHolders;

impl Holders for NoHolders {
    fn passphrase(&self, _: &Path) -> Result<Passphrase, KeyTrouble> {
        let words = "the device secret is under a passphrase, and nobody is there to give it";
        Err(KeyTrouble::NoPassphrase(words.into()))
    }
    fn keep(&self, _: &str, _: &str) -> Result<(), KeyTrouble> {
        Err(no_store())
    }
    fn kept(&self, _: &str) -> Result<Zeroizing<String>, KeyTrouble> {
        Err(no_store())
    }
    fn forget(&self, _: &str) -> Result<(), KeyTrouble> {
        Err(no_store())
    }
    fn chosen(&self, _: &Path) -> Result<Hold, KeyTrouble> {
        Err(KeyTrouble::NoChoice("nobody said who is to hold what opens this device's data".into()))
    }
}

/// Tries the system's secure store, with an entry that is nobody's and goes at once: before anything hangs upon it.
pub fn try_store(of: &dyn Holders) -> Result<(), KeyTrouble> {
    const TEXT: &str = "a try";
    let entry = format!("try-{:032x}", u128::from_be_bytes(random()));
    of.keep(&entry, TEXT)?;
    let kept = of.kept(&entry);
    of.forget(&entry)?;
    match kept?.as_str() {
        TEXT => Ok(()),
        _ => Err(KeyTrouble::StoreFailed("it gave another text than it was given".into())),
    }
}

fn no_store() -> KeyTrouble {
    KeyTrouble::NoStore("nobody is there to ask it".into())
}

/// Who is to hold a home's secret from now on.
#[derive(Debug, Default)]
pub enum Hold {
    /// Who holds it; in a new home whom [`Holders::chosen`] names.
    #[default]
    AsBefore,
    /// A file, as it is.
    File,
    /// This passphrase.
    Passphrase(Passphrase),
    /// The system's secure store.
    Keyring,
}

impl Hold {
    /// Has the secret held. What is given is to be written to `keys.json` next.
    pub fn hold(
        &self,
        home: &Home,
        (secret, of): (&DeviceSecret, &dyn Holders),
        before: Option<&KeysFile>,
    ) -> Result<Holding, DeviceError> {
        let holder = match (self, before) {
            (Self::AsBefore, Some(before)) => {
                return Ok(Holding { holder: before.holder.clone(), left: before.left.clone() });
            }
            (Self::AsBefore | Self::File, before) => {
                announce(home, before, (&Holder::File, Left::File))?;
                secret::keep(home, secret)?;
                Holder::File
            }
            (Self::Passphrase(by), _) => {
                let locked = secret.lock(by, COST, fresh());
                Holder::Passphrase(locked.map_err(|error| told(home, error))?)
            }
            (Self::Keyring, Some(KeysFile { holder: Holder::Keyring(entry), .. })) => {
                of.keep(entry, &secret.write()).map_err(|why| trouble(home, why))?;
                Holder::Keyring(entry.clone())
            }
            (Self::Keyring, before) => {
                let entry = format!("{:032x}", u128::from_be_bytes(random()));
                let holder = Holder::Keyring(entry.clone());
                // A store that does not answer is told of before anything is written.
                of.forget(&entry).map_err(|why| trouble(home, why))?;
                announce(home, before, (&holder, Left::Keyring(entry.clone())))?;
                of.keep(&entry, &secret.write()).map_err(|why| trouble(home, why))?;
                holder
            }
        };
        let lies_in_file = || matches!(secret::read(home), Ok(kept) if kept == *secret);
        let left = match (&holder, before.map(|before| &before.holder)) {
            (Holder::Keyring(now), Some(Holder::Keyring(before))) if now == before => None,
            (_, Some(Holder::Keyring(before))) => Some(Left::Keyring(before.clone())),
            (Holder::File, _) => None,
            _ => lies_in_file().then_some(Left::File),
        };
        Ok(Holding { holder, left })
    }
}

/// Notes where a copy of the secret will lie that is nobody's yet. In a home without keys it would open nothing.
fn announce(
    home: &Home,
    before: Option<&KeysFile>,
    (holder, left): (&Holder, Left),
) -> Result<(), DeviceError> {
    let Some(before) = before.filter(|before| before.holder != *holder) else { return Ok(()) };
    let mut known = before.clone();
    known.left = Some(left);
    known.write(home)
}

/// A home's secret: asked of its holder when it is first needed, and not again.
pub struct Asked<'a> {
    home: &'a Home,
    /// Who is asked.
    pub of: &'a dyn Holders,
    secret: OnceLock<Arc<DeviceSecret>>,
}

impl<'a> Asked<'a> {
    /// Nothing is asked yet.
    pub fn new(home: &'a Home, of: &'a dyn Holders) -> Self {
        Self { home, of, secret: OnceLock::new() }
    }

    /// The secret.
    pub fn secret(&self, file: &KeysFile) -> Result<Arc<DeviceSecret>, DeviceError> {
        if let Some(known) = self.secret.get() {
            return Ok(Arc::clone(known));
        }
        let secret = match &file.holder {
            Holder::File => secret::read(self.home)?,
            Holder::Passphrase(locked) => {
                let typed = self.of.passphrase(self.home.path()).map_err(|why| trouble(self.home, why))?;
                DeviceSecret::unlock(locked, &typed).map_err(|error| told(self.home, error))?
            }
            Holder::Keyring(entry) => {
                let kept = self.of.kept(entry).map_err(|why| trouble(self.home, why))?;
                let bad = |error: KeyError| trouble(self.home, KeyTrouble::BadSecret(error.to_string()));
                DeviceSecret::read(&kept).map_err(bad)?
            }
        };
        Ok(Arc::clone(self.secret.get_or_init(|| Arc::new(secret))))
    }
}

fn trouble(home: &Home, why: KeyTrouble) -> DeviceError {
    DeviceError::Keys { path: home.path().join(FILE), why }
}

fn told(home: &Home, error: KeyError) -> DeviceError {
    let why = match error {
        KeyError::WrongKey(_) => KeyTrouble::WrongPassphrase,
        KeyError::Memory { mib } => KeyTrouble::NoMemory(mib),
        error => KeyTrouble::Damaged(error.to_string()),
    };
    trouble(home, why)
}

/// Gives a home's secret to another holder.
pub fn change_holder(home: &Path, of: &dyn Holders, to: &Hold) -> Result<(), DeviceError> {
    let home = &Home::at(home);
    home.read()?;
    let _lock = SignInLock::take(home)?;
    // What was left before goes first: one place at a time is noted.
    leave(home, of)?;
    let asked = Asked::new(home, of);
    let Keys::Held(mut opened) = Keys::read(home, &asked)? else {
        return Err(trouble(home, KeyTrouble::Earlier));
    };
    let Holding { holder, left } = to.hold(home, (&opened.secret, of), Some(&opened.file))?;
    (opened.file.holder, opened.file.left) = (holder, left);
    opened.file.write(home)?;
    leave(home, of)
}

/// Destroys what a holder still has that holds the secret no more.
pub fn leave(home: &Home, of: &dyn Holders) -> Result<(), DeviceError> {
    let Some(mut file) = KeysFile::read(home)? else { return Ok(()) };
    match file.left.take() {
        None => return Ok(()),
        Some(Left::File) => secret::destroy(home)?,
        Some(Left::Keyring(entry)) => of.forget(&entry).map_err(|why| trouble(home, why))?,
    }
    file.write(home)
}

/// The same at a start, if nobody signs in here meanwhile. If it does not come about, the next start does it.
pub fn go_on(home: &Home, asked: &Asked<'_>) -> Result<(), DeviceError> {
    let Ok(_lock) = SignInLock::take(home) else { return Ok(()) };
    leave(home, asked.of)
}
