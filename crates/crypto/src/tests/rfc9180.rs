//! The vector of RFC 9180, appendix A.2.1, for the suite that is used here: base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305.

use std::convert::Infallible;

use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Kem, Serializable};

use crate::Secret;
use crate::content::{open, seal};
use crate::form::undigits;

/// A generator that gives the vector's own bytes, once.
struct Given(Option<[u8; 32]>);

impl TryRng for Given {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("one draw of 32 bytes is all that a seal takes")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("one draw of 32 bytes is all that a seal takes")
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(&self.0.take().expect("one draw is all that a seal takes"));
        Ok(())
    }
}

impl TryCryptoRng for Given {}

fn hex<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    assert!(undigits(text, &mut bytes), "{text}");
    bytes
}

#[test]
fn seal_gives_the_text_of_the_vector_and_open_takes_it() {
    let ephemeral = hex("909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b");
    let own: [u8; 32] = hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
    let to = hex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
    let enc: [u8; 32] = hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    let text: [u8; 45] =
        hex("1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28");
    let (info, aad) = (b"Ode on a Grecian Urn", b"Count-0");
    let plain = b"Beauty is truth, truth beauty";

    let sealed = seal(&to, info, plain, aad, &mut Given(Some(ephemeral)));
    assert_eq!(sealed, Some((enc, text.to_vec())));
    let opened = open(&Secret::new(own), &enc, info, &text, aad).expect("the vector opens");
    assert_eq!(opened.as_slice(), plain);
}

/// The library clears and sets the bits of the private key that X25519 does not look at, so that only the public keys compare.
#[test]
fn the_public_key_of_the_vector_follows_from_its_material() {
    let material = hex::<32>("1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df");
    let (_, public) = X25519HkdfSha256::derive_keypair(&material);
    let expected: [u8; 32] = hex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
    assert_eq!(public.to_bytes().as_slice(), expected);
}
