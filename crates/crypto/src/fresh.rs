//! Randomness, handed in. A `Fresh` is moved into the one operation that uses it, which the compiler holds everybody to:
//! a nonce that is used twice would take a second `Fresh` with the same bytes.

use std::convert::Infallible;

use fieldbook_model::planted::{Defect, planted};
use hpke::rand_core::{TryCryptoRng, TryRng};

use crate::Secret;
use crate::derive::derive;

/// Thirty-two random bytes that nothing else has seen, for one operation. Neither `Clone` nor `Copy`.
#[derive(Debug)]
pub struct Fresh(Secret<32>);

impl Fresh {
    /// From the operating system's generator, or in a simulated world from its seed, a different one each time.
    ///
    /// # Panics
    /// When all bytes are zero, which no generator gives: then nobody asked one.
    pub fn new(bytes: [u8; 32]) -> Self {
        assert!(bytes != [0; 32], "BUG: zeros where randomness belongs");
        Self(Secret::new(bytes))
    }

    /// All that an operation needs of one kind, by name.
    pub(crate) fn draw<const N: usize>(&self, name: &str) -> Secret<N> {
        let stale = [7; 32];
        let bytes = if planted(Defect::FreshIsStale) { &stale } else { self.0.expose() };
        derive(&[bytes], None, &[b"fieldbook fresh v1\0", name.as_bytes()])
    }

    /// A key that is what was handed in, by way of its name.
    pub(crate) fn key(self, name: &str) -> Secret<32> {
        self.draw(name)
    }

    /// The form in which `hpke` takes randomness.
    pub(crate) fn stream(self) -> Stream {
        Stream { fresh: self, drawn: 0 }
    }
}

/// One `Fresh` as the generator that a library asks: block after block of HKDF.
pub struct Stream {
    fresh: Fresh,
    drawn: u32,
}

impl Stream {
    fn block(&mut self) -> Secret<32> {
        self.drawn += 1;
        self.fresh.draw(&format!("stream {}", self.drawn))
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(32) {
            part.copy_from_slice(&self.block().expose()[..part.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Stream {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_by_two_names_or_one_after_the_other_differs() {
        let fresh = Fresh::new([7; 32]);
        assert_ne!(fresh.draw::<32>("a"), fresh.draw("b"));
        let mut stream = fresh.stream();
        let (mut first, mut second) = ([0; 32], [0; 40]);
        let Ok(()) = stream.try_fill_bytes(&mut first);
        let Ok(()) = stream.try_fill_bytes(&mut second);
        assert_ne!(first, second[..32]);
        assert_ne!(second[..8], second[32..]);
        assert_ne!(stream.try_next_u32(), stream.try_next_u32());
        assert_ne!(stream.try_next_u64(), stream.try_next_u64());
    }

    #[test]
    #[should_panic(expected = "BUG: zeros where randomness belongs")]
    fn zeros_are_no_randomness() {
        let _ = Fresh::new([0; 32]);
    }
}
