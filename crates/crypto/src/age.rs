//! Diagnostics for one reader: the age format, version 1, with X25519 recipients and nothing else.
//!
//! The format is C2SP's `age`; any program that speaks it opens what is written here. It is made here, and not by the `age`
//! library, since that draws its own randomness and so is nothing for a pure crate or for a browser; the tests hold the two
//! and the published test files of the format against each other.

mod header;
mod keys;
mod stream;

pub use keys::{Identity, Recipient};

use header::{Header, Stanza};

use fieldbook_model::planted::{Defect, planted};

use crate::{Fresh, KeyError, Secret, What};

/// Encrypts a file. All of it is in memory, twice.
///
/// # Errors
/// [`KeyError::Public`] for a recipient that nobody has the identity of (a point of low order).
pub fn encrypt(to: &Recipient, plain: &[u8], fresh: Fresh) -> Result<Vec<u8>, KeyError> {
    let fresh = if planted(Defect::BundleNonceRepeats) { Fresh::new([7; 32]) } else { fresh };
    let file_key: Secret<16> = fresh.draw("age file key");
    let stanza = to.wrap(&file_key, &fresh.draw("age ephemeral")).ok_or(KeyError::Public(What::Recipient))?;
    let mut file = header::write(&[stanza], &file_key);
    stream::encrypt(&mut file, plain, &file_key, fresh.draw::<16>("age nonce").expose());
    Ok(file)
}

/// Opens a file. All of it is in memory, twice.
///
/// # Errors
/// [`KeyError::Form`] for what is no such file, [`KeyError::WrongKey`] for one that is for somebody else,
/// [`KeyError::Damaged`] for one that was changed or cut off.
pub fn decrypt(by: &Identity, file: &[u8]) -> Result<Vec<u8>, KeyError> {
    let Header { stanzas, authenticated, mac, payload } = header::read(file).ok_or_else(no_file)?;
    // A passphrase must be alone, so that nobody is told that a file is under one when others open it, too.
    if stanzas.len() > 1 && stanzas.iter().any(|stanza| stanza.is("scrypt")) {
        return Err(no_file());
    }
    let file_key = file_key(by, &stanzas)?;
    if !header::is_by(authenticated, &mac, &file_key) {
        return Err(KeyError::Damaged(What::Bundle));
    }
    let (nonce, chunks) = payload.split_first_chunk().ok_or_else(no_file)?;
    stream::decrypt(nonce, chunks, &file_key).ok_or(KeyError::Damaged(What::Bundle))
}

/// The first file key that the identity opens.
fn file_key(by: &Identity, stanzas: &[Stanza]) -> Result<Secret<16>, KeyError> {
    let mut opened = None;
    // All are looked at: a file with a stanza that is wrong in itself is no file, whoever it is for.
    for stanza in stanzas.iter().filter(|stanza| stanza.is("X25519")) {
        let file_key = by.unwrap(stanza).map_err(|keys::NoStanza| no_file())?;
        opened = opened.or(file_key);
    }
    opened.ok_or(KeyError::WrongKey(What::Bundle))
}

fn no_file() -> KeyError {
    crate::form::not(What::Bundle, "not a file of the age format")
}
