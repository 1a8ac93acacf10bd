//! Who holds the device secret: a file as it is, or a passphrase. What is asked for it is asked of whoever embeds the device,
//! and once, whatever is opened with it.
//!
//! A secret goes to another holder in steps, each of which can be cut off: a file that is to have it is named as one to be
//! left, the new holder has it, `keys.json` names the new one and the old one that is left, the old one's copy is destroyed.
//! So no copy lies anywhere that the next start does not know of.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use fieldbook_crypto::{Cost, DeviceSecret, KeyError, LockedSecret, Passphrase};
use serde::{Deserialize, Serialize};

use super::file::{FILE, KeysFile};
use super::secret::{self, fresh};
use super::{KeyTrouble, Keys};
use crate::error::DeviceError;
use crate::home::Home;
use crate::lock::SignInLock;

/// What a guess of a passphrase costs.
const COST: Cost = if cfg!(test) { Cost::LEAST } else { Cost::DEFAULT };

/// What a home asks for outside of its folder. Whoever embeds a device answers: the command asks a person.
pub trait Holders: Sync {
    /// The passphrase of a home's secret, as somebody typed it; else why there is none.
    fn passphrase(&self, home: &Path) -> Result<Passphrase, KeyTrouble>;
}

/// Nobody: a home whose secret lies in a file opens, any other says why it does not.
#[derive(Debug, Clone, Copy)]
pub struct NoHolders;

impl Holders for NoHolders {
    fn passphrase(&self, _: &Path) -> Result<Passphrase, KeyTrouble> {
        let words = "the device secret is under a passphrase, and nobody is there to give it";
        Err(KeyTrouble::NoPassphrase(words.into()))
    }
}

/// Where a home's secret is, as `keys.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// In a file, as it is.
    File,
    /// Here, under a passphrase.
    Passphrase(LockedSecret),
}

/// Where a copy of the secret may still lie that is to be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// In a file, as it is.
    File,
}

/// Who is to hold a home's secret from now on.
#[derive(Debug, Default)]
pub enum Hold {
    /// Who holds it; in a new home a file.
    #[default]
    AsBefore,
    /// A file, as it is.
    File,
    /// This passphrase.
    Passphrase(Passphrase),
}

impl Hold {
    /// Has the secret held. What is given is to be written to `keys.json` next.
    pub fn hold(
        &self,
        home: &Home,
        secret: &DeviceSecret,
        before: Option<&KeysFile>,
    ) -> Result<Holding, DeviceError> {
        let holder = match (self, before) {
            (Self::AsBefore, Some(before)) => {
                return Ok(Holding { holder: before.holder.clone(), left: before.left });
            }
            (Self::AsBefore | Self::File, before) => {
                if let Some(before) = before.filter(|before| before.holder != Holder::File) {
                    let mut known = before.clone();
                    known.left = Some(Left::File);
                    known.write(home)?;
                }
                secret::keep(home, secret)?;
                return Ok(Holding { holder: Holder::File, left: None });
            }
            (Self::Passphrase(by), _) => {
                let locked = secret.lock(by, COST, fresh());
                Holder::Passphrase(locked.map_err(|error| told(home, error))?)
            }
        };
        let lies_there = matches!(secret::read(home), Ok(kept) if kept == *secret);
        Ok(Holding { holder, left: lies_there.then_some(Left::File) })
    }
}

/// Who holds a secret, and whose copy is to be destroyed once that is written down.
pub struct Holding {
    pub holder: Holder,
    pub left: Option<Left>,
}

/// A home's secret: asked of its holder when it is first needed, and not again.
pub struct Asked<'a> {
    home: &'a Home,
    of: &'a dyn Holders,
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
    let asked = Asked::new(home, of);
    let Keys::Held(mut opened) = Keys::read(home, &asked)? else {
        return Err(trouble(home, KeyTrouble::Earlier));
    };
    let Holding { holder, left } = to.hold(home, &opened.secret, Some(&opened.file))?;
    (opened.file.holder, opened.file.left) = (holder, left);
    opened.file.write(home)?;
    leave(home)
}

/// Destroys what a holder still has that holds the secret no more.
pub fn leave(home: &Home) -> Result<(), DeviceError> {
    let Some(mut file) = KeysFile::read(home)? else { return Ok(()) };
    match file.left.take() {
        None => return Ok(()),
        Some(Left::File) => secret::destroy(home)?,
    }
    file.write(home)
}

/// The same at a start, if nobody signs in here meanwhile. If it does not come about, the next start does it.
pub fn go_on(home: &Home) -> Result<(), DeviceError> {
    let Ok(_lock) = SignInLock::take(home) else { return Ok(()) };
    leave(home)
}
