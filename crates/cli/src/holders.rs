//! Who is asked for a device secret that lies in no file: whoever runs the command, in the environment or on a terminal; or the
//! system's secure store.

use std::io::{self, IsTerminal};
use std::path::Path;

use clap::ValueEnum;
use fieldbook_device::{Hold, Holders, KeyPlace, KeyTrouble, Passphrase};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::password::{ask, variable};
use crate::{choice, keyring, output};

/// The passphrase of a home's secret.
const PASSPHRASE: &str = "FIELDBOOK_PASSPHRASE";
/// The one that it gets, where that is another one.
const NEW_PASSPHRASE: &str = "FIELDBOOK_NEW_PASSPHRASE";

/// Whoever runs the command.
pub struct Person;

impl Holders for Person {
    fn passphrase(&self, home: &Path) -> Result<Passphrase, KeyTrouble> {
        let typed = match variable(PASSPHRASE) {
            Ok(None) if is_there() => ask(&format!("Passphrase of {}: ", home.display())),
            Ok(None) => Err(format!(
                "the device secret is under a passphrase, and nobody is there to type it: set {PASSPHRASE}, or run this on a terminal"
            )),
            Ok(Some(text)) => Ok(text),
            Err(words) => Err(words),
        };
        typed.map(Passphrase::new).map_err(KeyTrouble::NoPassphrase)
    }
    fn keep(&self, entry: &str, text: &str) -> Result<(), KeyTrouble> {
        keyring::keep(entry, text)
    }
    fn kept(&self, entry: &str) -> Result<Zeroizing<String>, KeyTrouble> {
        keyring::kept(entry)
    }
    fn forget(&self, entry: &str) -> Result<(), KeyTrouble> {
        keyring::forget(entry)
    }
    fn chosen(&self, home: &Path) -> Result<Hold, KeyTrouble> {
        choice::hold(home)
    }
}

/// Whether somebody sits at a terminal, also where standard input is a file with actions.
pub fn is_there() -> bool {
    io::stdin().is_terminal() || io::stderr().is_terminal()
}

/// Who is to hold the device secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(tag = "holder", rename_all = "kebab-case")]
pub enum Holder {
    /// The system's secure store, which opens with the login of whoever signs in: who finds the folder reads nothing
    Keyring,
    /// A passphrase, which each command asks for (FIELDBOOK_PASSPHRASE, else the terminal): who finds the folder reads nothing
    Passphrase,
    /// A file in the folder: who reads the folder reads the data
    File,
}

impl Holder {
    /// What the device is to do; a passphrase is chosen now.
    pub fn hold(self) -> Result<Hold, KeyTrouble> {
        match self {
            Self::File => Ok(Hold::File),
            Self::Passphrase => chosen().map(Hold::Passphrase),
            Self::Keyring => Ok(Hold::Keyring),
        }
    }

    /// Who holds what opens a home with these keys. One of an earlier form has it in a file.
    pub fn of(keys: KeyPlace) -> Self {
        match keys {
            KeyPlace::Keyring => Self::Keyring,
            KeyPlace::Passphrase => Self::Passphrase,
            KeyPlace::File | KeyPlace::Earlier | KeyPlace::Changing => Self::File,
        }
    }

    /// As the command line spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Passphrase => "passphrase",
            Self::File => "file",
        }
    }

    /// Says loudly what it is worth.
    pub fn tell(self, home: &Path) {
        let home = home.display();
        let [what, todo] = match self {
            Self::Keyring => [
                "note: what opens this device's data lies in this system's secure store, and opens with your login.".to_owned(),
                "A copy of the folder opens nowhere else: back up what was not synced by syncing it.".to_owned(),
            ],
            Self::Passphrase => [
                "ATTENTION: what opens this device's data is its passphrase, and nobody can bring a lost one back.".to_owned(),
                "What was synced comes again with a sign-in into another folder; what was not is lost with it.".to_owned(),
            ],
            Self::File => [
                format!("ATTENTION: what opens this device's data lies in the file {home}/device.secret."),
                "Whoever can read that folder can read the data. Keep it to yourself, and copy it nowhere.".to_owned(),
            ],
        };
        output::note(&what);
        output::note(&todo);
    }
}

fn chosen() -> Result<Passphrase, KeyTrouble> {
    let set = variable(NEW_PASSPHRASE)
        .and_then(|set| set.map_or_else(|| variable(PASSPHRASE), |set| Ok(Some(set))));
    let text = match set.map_err(KeyTrouble::NoPassphrase)? {
        Some(text) => text,
        None if is_there() => return typed_twice(),
        None => {
            let none = format!("no passphrase: set {PASSPHRASE}, or run this on a terminal");
            return Err(KeyTrouble::NoPassphrase(none));
        }
    };
    accepted(text)
}

/// A slip would shut its owner out.
fn typed_twice() -> Result<Passphrase, KeyTrouble> {
    let ask = |prompt| ask(prompt).map_err(KeyTrouble::NoPassphrase);
    let chosen = accepted(ask("New passphrase: ")?)?;
    match chosen.is(&Passphrase::new(ask("Once more: ")?)) {
        true => Ok(chosen),
        false => Err(KeyTrouble::NoPassphrase("the two passphrases differ; nothing was done".into())),
    }
}

fn accepted(text: String) -> Result<Passphrase, KeyTrouble> {
    Passphrase::chosen(text).map_err(|error| KeyTrouble::BadPassphrase(error.to_string()))
}
