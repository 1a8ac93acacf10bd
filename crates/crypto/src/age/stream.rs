//! The payload of an age file: chunks of 64 KiB, each under ChaCha20-Poly1305 with its number, and the last marked as such.

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};

use crate::Secret;
use crate::derive::derive;

/// So many bytes make a full chunk.
const CHUNK: usize = 64 * 1024;
/// So many more it has when it is encrypted.
const TAG: usize = 16;
const NONCE: usize = 16;

/// Whether more chunks follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    No,
    Yes,
}

/// Appends the nonce and the chunks. An empty payload is one empty chunk.
pub fn encrypt(file: &mut Vec<u8>, plain: &[u8], file_key: &Secret<16>, nonce: &[u8; NONCE]) {
    file.extend(nonce);
    let cipher = cipher(file_key, nonce);
    for (number, last, chunk) in chunks(plain, CHUNK) {
        let chunk = cipher.encrypt(&at(number, last).into(), chunk);
        file.extend(chunk.expect("BUG: 64 KiB are too much for ChaCha20-Poly1305"));
    }
}

/// All that was encrypted, or nothing.
pub fn decrypt(nonce: &[u8; NONCE], chunked: &[u8], file_key: &Secret<16>) -> Option<Vec<u8>> {
    let cipher = cipher(file_key, nonce);
    let mut plain = Vec::with_capacity(chunked.len());
    for (number, last, chunk) in chunks(chunked, CHUNK + TAG) {
        // Only a payload that is empty as a whole ends with an empty chunk.
        if number > 0 && chunk.len() == TAG {
            return None;
        }
        plain.extend(cipher.decrypt(&at(number, last).into(), chunk).ok()?);
    }
    Some(plain)
}

fn cipher(file_key: &Secret<16>, nonce: &[u8; NONCE]) -> ChaCha20Poly1305 {
    let key: Secret<32> = derive(&[file_key.expose()], Some(nonce), &[b"payload"]);
    ChaCha20Poly1305::new(key.expose().into())
}

/// The pieces of what is there, at least one, each with its number and whether it is the last.
fn chunks(bytes: &[u8], size: usize) -> impl Iterator<Item = (u64, Last, &[u8])> {
    let count = bytes.len().div_ceil(size).max(1);
    (0..count).map(move |number| {
        let last = if number + 1 == count { Last::Yes } else { Last::No };
        let end = bytes.len().min((number + 1) * size);
        (number as u64, last, &bytes[number * size..end])
    })
}

/// The nonce of a chunk: its number in eleven bytes, and one for the last.
fn at(number: u64, last: Last) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(last == Last::Yes);
    nonce
}
