//! The header of an age file: who can open it, in lines of ASCII, under a MAC by the file key.
//!
//! ```text
//!   age-encryption.org/v1
//!   -> X25519 <ephemeral public key>
//!   <the file key, wrapped>
//!   --- <MAC over all up to here, with the three dashes>
//! ```

use base64ct::{Base64Unpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Secret;
use crate::derive::derive;

/// The first line.
const VERSION: &str = "age-encryption.org/v1";
/// So many characters make a full line of a body.
const COLUMNS: usize = 64;

/// What opens a file for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stanza {
    /// Its kind, and what belongs to it.
    pub words: Vec<String>,
    /// The file key, wrapped.
    pub body: Vec<u8>,
}

impl Stanza {
    /// Whether it is of a kind.
    pub fn is(&self, kind: &str) -> bool {
        self.words.first().is_some_and(|first| first == kind)
    }
}

/// A header that was read, and what comes behind it.
pub struct Header<'a> {
    /// Who can open the file.
    pub stanzas: Vec<Stanza>,
    /// What the MAC is over.
    pub authenticated: &'a [u8],
    /// The MAC that stands there.
    pub mac: [u8; 32],
    /// What follows.
    pub payload: &'a [u8],
}

/// Writes a header.
pub fn write(stanzas: &[Stanza], file_key: &Secret<16>) -> Vec<u8> {
    let mut text = format!("{VERSION}\n");
    for stanza in stanzas {
        text.push_str(&format!("-> {}\n", stanza.words.join(" ")));
        let body = Base64Unpadded::encode_string(&stanza.body);
        let (full, rest) = body.split_at(body.len() - body.len() % COLUMNS);
        for start in (0..full.len()).step_by(COLUMNS) {
            text.push_str(&full[start..start + COLUMNS]);
            text.push('\n');
        }
        // The last line is never a full one, so that one knows it by that.
        text.push_str(rest);
        text.push('\n');
    }
    text.push_str("---");
    let mac = Base64Unpadded::encode_string(&mac(text.as_bytes(), file_key).finalize().into_bytes());
    text.push_str(&format!(" {mac}\n"));
    text.into_bytes()
}

/// Whether a MAC is by a file key. Takes the same time wherever they differ.
pub fn is_by(authenticated: &[u8], found: &[u8; 32], file_key: &Secret<16>) -> bool {
    mac(authenticated, file_key).verify(found.into()).is_ok()
}

fn mac(authenticated: &[u8], file_key: &Secret<16>) -> Hmac<Sha256> {
    let key: Secret<32> = derive(&[file_key.expose()], None, &[b"header"]);
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose()).expect("BUG: HMAC takes any key");
    mac.update(authenticated);
    mac
}

/// Reads a header, and nothing that is not spelled as it should be.
pub fn read(file: &[u8]) -> Option<Header<'_>> {
    let mut lines = Lines { file, at: 0 };
    if lines.next()? != VERSION {
        return None;
    }
    let mut stanzas = Vec::new();
    loop {
        let line = lines.next()?;
        if let Some(words) = line.strip_prefix("-> ") {
            stanzas.push(Stanza { words: self::words(words)?, body: body(&mut lines)? });
        } else if let Some(mac) = line.strip_prefix("--- ") {
            let dashes = lines.at - 1 - mac.len() - 1;
            let (authenticated, payload) = (&file[..dashes], &file[lines.at..]);
            let mac = decoded(mac)?.try_into().ok()?;
            return (!stanzas.is_empty()).then_some(Header { stanzas, authenticated, mac, payload });
        } else {
            return None;
        }
    }
}

/// The lines of a header, one after the other.
struct Lines<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let rest = &self.file[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        self.at += end + 1;
        std::str::from_utf8(&rest[..end]).ok()
    }
}

fn words(text: &str) -> Option<Vec<String>> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
    text.split(' ').map(|word| is_word(word).then(|| word.to_owned())).collect()
}

fn body(lines: &mut Lines) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = lines.next()?;
        if line.len() > COLUMNS {
            return None;
        }
        body.extend(decoded(line)?);
        if line.len() < COLUMNS {
            return Some(body);
        }
    }
}

/// Base64 without padding, in its one spelling: the library refuses bits that say nothing, and are not zero.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    Base64Unpadded::decode_vec(text).ok()
}
