//! Who is to hold the secret of a new home, where `--keys` does not say so: whom FIELDBOOK_KEYS names, else the system's secure
//! store where one answers, else whom the person at the terminal names. It never takes the weakest by itself.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use fieldbook_device::{Hold, KeyTrouble, try_store};

use crate::holders::{Holder, Person, is_there};
use crate::output;
use crate::password::variable;

/// Who holds the secret of a new home.
const VARIABLE: &str = "FIELDBOOK_KEYS";
/// After this a person is told what is waited for.
const SILENT: Duration = Duration::from_secs(2);
/// After this a script is told that nobody answers: a window may be open that nobody sees.
const WAITED: Duration = Duration::from_secs(10);

/// Who it is, and what that takes.
pub fn hold(home: &Path) -> Result<Hold, KeyTrouble> {
    if let Some(word) = variable(VARIABLE).map_err(KeyTrouble::NoChoice)? {
        return named(&word)?.hold();
    }
    match store() {
        Ok(()) => Ok(Hold::Keyring),
        Err(why) if is_there() => asked(home, &why)?.hold(),
        Err(why) => Err(refused(&why)),
    }
}

fn named(word: &str) -> Result<Holder, KeyTrouble> {
    Holder::from_str(word, false).map_err(|_| {
        KeyTrouble::NoChoice(format!("{VARIABLE} is {word:?}; it takes keyring, passphrase or file"))
    })
}

fn refused(why: &KeyTrouble) -> KeyTrouble {
    KeyTrouble::NoChoice(format!(
        "say who holds what opens this device's data, for no keyring does ({}), and nobody can be asked here: --keys passphrase with FIELDBOOK_PASSPHRASE set, or --keys file; {VARIABLE}=passphrase and {VARIABLE}=file say the same",
        short(why)
    ))
}

/// Why there is no keyring, in a few words.
fn short(why: &KeyTrouble) -> &str {
    match why {
        KeyTrouble::NoStore(_) => "none answers",
        KeyTrouble::StoreLocked => "it is locked",
        _ => "it failed",
    }
}

/// Whether the system's secure store answers. It may ask a person for its password first, in a window of its own.
fn store() -> Result<(), KeyTrouble> {
    let (says, hears) = channel();
    thread::spawn(move || says.send(try_store(&Person)));
    match hears.recv_timeout(SILENT) {
        Err(RecvTimeoutError::Timeout) => {
            output::note(
                "note: waiting for this system's secure store; it may be asking for its password in a window.",
            );
            waited(&hears)
        }
        heard => heard.unwrap_or_else(|_| Err(KeyTrouble::StoreFailed("it gave up".into()))),
    }
}

fn waited(hears: &Receiver<Result<(), KeyTrouble>>) -> Result<(), KeyTrouble> {
    let heard = if is_there() { hears.recv().ok() } else { hears.recv_timeout(WAITED - SILENT).ok() };
    heard.unwrap_or_else(|| Err(KeyTrouble::NoStore(format!("not within {} seconds", WAITED.as_secs()))))
}

/// Asks until one is named. To press Enter names none.
fn asked(home: &Path, why: &KeyTrouble) -> Result<Holder, KeyTrouble> {
    let none = || {
        KeyTrouble::NoChoice(
            "nobody was named to hold what opens this device's data; nothing was done".into(),
        )
    };
    let (mut answers, mut asks) = terminal().map_err(|_| refused(why))?;
    let about = format!(
        "No keyring holds what opens the data in {} ({}). Who does?\n{CHOICES}",
        home.display(),
        short(why)
    );
    let mut ask = |words: &str| writeln!(asks, "{words}").map_err(|_| none());
    ask(&about)?;
    loop {
        ask("Type passphrase or file:")?;
        let mut line = String::new();
        if matches!(answers.read_line(&mut line), Ok(0) | Err(_)) {
            return Err(none());
        }
        match line.trim() {
            "passphrase" => return Ok(Holder::Passphrase),
            "file" => return Ok(Holder::File),
            _ => {}
        }
    }
}

/// What each is worth.
const CHOICES: &str = "  passphrase   you choose one, and type it at each command; a copy of the folder says nothing without it\n  \
       file         it lies in the folder as it is; whoever can read the folder can read the data";

/// What is typed, and where it is asked: also where both outputs and the input are files.
type Terminal = (Box<dyn BufRead>, Box<dyn Write>);

#[cfg(unix)]
fn terminal() -> io::Result<Terminal> {
    let file = std::fs::File::options().read(true).write(true).open("/dev/tty")?;
    Ok((Box::new(BufReader::new(file.try_clone()?)), Box::new(file)))
}

/// Elsewhere a terminal is what the program has from it.
#[cfg(not(unix))]
fn terminal() -> io::Result<Terminal> {
    Ok((Box::new(BufReader::new(io::stdin())), Box::new(io::stderr())))
}
