//! A file of a server that is no database, such as a blob: pieces of 64 KiB, each under ChaCha20-Poly1305 with its number, and the last
//! marked as such. So a part of it is read without the rest, and no piece is taken for another or left out.
//!
//! There is no nonce in the file. The key is that of one file, and a file that is named after the sum of what is in it never holds
//! anything else: what a nonce would keep apart are equal bytes.

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};

use crate::derive::derive;
use crate::{FileKey, Secret};

/// So many bytes make a full piece.
pub const PIECE: usize = 64 << 10;
/// So many more it has when it is sealed.
pub const TAG: usize = 16;

const NAME: &[u8] = b"fieldbook server pieces v1\0";

/// Where a piece stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// How many are before it.
    pub number: u64,
    /// Whether none is behind it.
    pub is_last: bool,
}

/// Seals and opens the pieces of one file.
pub struct Pieces(ChaCha20Poly1305);

impl FileKey {
    /// For a file that is named after the sum of its bytes, and so never holds others.
    pub fn pieces(&self) -> Pieces {
        let key: Secret<32> = derive(&[self.expose()], None, &[NAME]);
        Pieces(ChaCha20Poly1305::new(key.expose().into()))
    }
}

impl Pieces {
    /// Everything, as the file has it. Nothing at all is one empty piece.
    pub fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let count = plain.len().div_ceil(PIECE).max(1);
        let mut sealed = Vec::with_capacity(plain.len() + count * TAG);
        for number in 0..count {
            let at = At { number: number as u64, is_last: number + 1 == count };
            let end = plain.len().min((number + 1) * PIECE);
            let piece = self.0.encrypt(&nonce(at).into(), &plain[number * PIECE..end]);
            sealed.extend(piece.expect("BUG: 64 KiB are too much for ChaCha20-Poly1305"));
        }
        sealed
    }

    /// One piece; `None` where it is another, of another file, or damaged.
    pub fn open(&self, at: At, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.decrypt(&nonce(at).into(), sealed).ok()
    }
}

/// How many bytes there are in a file of so many; `None` where no file of ours has so many.
pub fn plain_bytes(sealed: u64) -> Option<u64> {
    let (piece, tag) = (PIECE as u64, TAG as u64);
    let count = sealed.div_ceil(piece + tag);
    let plain = sealed.checked_sub(count.checked_mul(tag)?)?;
    (count == plain.div_ceil(piece).max(1)).then_some(plain)
}

fn nonce(at: At) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&at.number.to_be_bytes());
    nonce[11] = u8::from(at.is_last);
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(key: u8) -> Pieces {
        FileKey::from_bytes([key; 32]).pieces()
    }

    fn opened(by: &Pieces, sealed: &[u8]) -> Option<Vec<u8>> {
        let count = sealed.len().div_ceil(PIECE + TAG);
        let mut plain = Vec::new();
        for (number, piece) in sealed.chunks(PIECE + TAG).enumerate() {
            plain.extend(by.open(At { number: number as u64, is_last: number + 1 == count }, piece)?);
        }
        Some(plain)
    }

    #[test]
    fn what_was_sealed_opens_whole_and_its_length_is_known_from_outside() {
        for bytes in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let plain: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
            let sealed = pieces(1).seal(&plain);
            assert_eq!(plain_bytes(sealed.len() as u64), Some(bytes as u64), "{bytes}");
            assert_eq!(opened(&pieces(1), &sealed), Some(plain), "{bytes}");
        }
        for none in [0, 1, TAG - 1, PIECE + TAG + 1, PIECE + 2 * TAG] {
            assert_eq!(plain_bytes(none as u64), None, "{none}");
        }
    }

    #[test]
    fn nothing_opens_that_was_cut_off_changed_moved_or_sealed_for_another_file() {
        let sealed = pieces(1).seal(&vec![7; 2 * PIECE + 5]);
        let whole = PIECE + TAG;
        assert_eq!(opened(&pieces(2), &sealed), None, "another file's");
        assert_eq!(opened(&pieces(1), &sealed[..2 * whole]), None, "cut off at a piece");
        assert_eq!(opened(&pieces(1), &sealed[..2 * whole + 3]), None, "cut off in one");
        let mut other = sealed.clone();
        other[whole + 9] ^= 1;
        assert_eq!(opened(&pieces(1), &other), None, "changed");
        let moved = [&sealed[whole..2 * whole], &sealed[..whole], &sealed[2 * whole..]].concat();
        assert_eq!(opened(&pieces(1), &moved), None, "moved");
    }
}
