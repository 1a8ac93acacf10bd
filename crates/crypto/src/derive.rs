//! HKDF-SHA256 (RFC 5869): every key that follows from another, each under a name of its own.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroize;

use crate::Secret;

/// Expands what is secret into `N` bytes. `name` says what for, and is never used for anything else.
pub fn derive<const N: usize>(from: &[&[u8]], salt: Option<&[u8]>, name: &[&[u8]]) -> Secret<N> {
    Secret::filled(|bytes| derive_into(bytes, from, salt, name))
}

/// The same into bytes of the caller's.
pub fn derive_into(into: &mut [u8], from: &[&[u8]], salt: Option<&[u8]>, name: &[&[u8]]) {
    let mut extract = hkdf::HkdfExtract::<Sha256>::new(salt);
    from.iter().for_each(|part| extract.input_ikm(part));
    let (mut extracted, hkdf): (_, Hkdf<Sha256>) = extract.finalize();
    extracted.as_mut_slice().zeroize();
    hkdf.expand_multi_info(name, into).expect("BUG: more than 255 blocks asked of HKDF");
}

/// Sixteen bytes by which a key is known without saying anything about it: a pseudorandom function of it.
pub fn fingerprint(key: &Secret<32>) -> [u8; 16] {
    *derive::<16>(&[key.expose()], None, &[b"fieldbook fingerprint of a key v1"]).expose()
}
