//! The vectors of Project Wycheproof, which know where such code goes wrong, through the functions that are used here.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, XChaCha20Poly1305};
use wycheproof::{TestResult, aead, eddsa, hkdf, xdh};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::derive::derive_into;
use crate::sign::{SignPublic, Signature, is_signed};

/// Says how many cases there were, so that none is passed over unseen.
fn count(name: &str, played: usize, expected: usize) {
    eprintln!("{name}: {played} cases");
    assert_eq!(played, expected, "{name}");
}

#[test]
fn ed25519_is_checked_strictly() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("vectors");
    let mut played = 0;
    for group in set.test_groups {
        let key: [u8; 32] = group.key.pk.as_ref().try_into().expect("32 bytes");
        let key = SignPublic::from_bytes(key).expect("a key");
        for test in group.tests {
            played += 1;
            let signature: Option<[u8; 64]> = test.sig.as_ref().try_into().ok();
            let signed = signature
                .is_some_and(|signature| is_signed(&test.msg, &key, &Signature::from_bytes(signature)));
            assert_eq!(signed, test.result == TestResult::Valid, "{} {}", test.tc_id, test.comment);
        }
    }
    count("ed25519", played, 151);
}

#[test]
fn x25519_agrees() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).expect("vectors");
    let mut played = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        played += 1;
        let bytes = |bytes: &[u8]| -> [u8; 32] { bytes.try_into().expect("32 bytes") };
        let own = StaticSecret::from(bytes(&test.private_key));
        let shared = own.diffie_hellman(&PublicKey::from(bytes(&test.public_key)));
        assert_eq!(shared.as_bytes(), &bytes(&test.shared_secret), "{} {}", test.tc_id, test.comment);
        let zero = test.flags.contains(&xdh::TestFlag::ZeroSharedSecret);
        assert_eq!(shared.was_contributory(), !zero, "{} {}", test.tc_id, test.comment);
    }
    count("x25519", played, 518);
}

#[test]
fn hkdf_derives() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).expect("vectors");
    let mut played = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        played += 1;
        // More than 255 blocks are a broken assumption here, and no answer.
        if test.result == TestResult::Valid {
            let mut okm = vec![0; test.size];
            derive_into(&mut okm, &[&test.ikm], Some(&test.salt), &[&test.info]);
            assert_eq!(okm, test.okm.as_ref(), "{} {}", test.tc_id, test.comment);
        } else {
            assert!(test.size > 255 * 32, "{} {}", test.tc_id, test.comment);
        }
    }
    count("hkdf-sha256", played, 86);
}

/// One cipher against its vectors; a nonce of another length is none for it.
fn check(name: aead::TestName, nonce: usize, opens: impl Fn(&aead::Test) -> bool) -> usize {
    let set = aead::TestSet::load(name).expect("vectors");
    let mut played = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        played += 1;
        let right = test.nonce.len() == nonce && opens(&test);
        assert_eq!(right, test.result == TestResult::Valid, "{} {}", test.tc_id, test.comment);
    }
    played
}

/// Whether a cipher gives the text and the tag, and opens them again.
fn both_ways<C: Aead + KeyInit>(test: &aead::Test) -> bool {
    let cipher = C::new_from_slice(&test.key).expect("a key of 32 bytes");
    let nonce = test.nonce.as_ref().try_into().expect("a nonce of its length");
    let text = [test.ct.as_ref(), test.tag.as_ref()].concat();
    let sealed = cipher.encrypt(nonce, Payload { msg: &test.pt, aad: &test.aad }).expect("a short text");
    let opened = cipher.decrypt(nonce, Payload { msg: &text, aad: &test.aad });
    assert_eq!(sealed == text, opened.is_ok(), "{} {}", test.tc_id, test.comment);
    opened.is_ok_and(|opened| opened == test.pt.as_ref())
}

#[test]
fn chacha20_poly1305_seals_and_opens() {
    let played = check(aead::TestName::ChaCha20Poly1305, 12, both_ways::<ChaCha20Poly1305>);
    count("chacha20-poly1305", played, 325);
}

#[test]
fn xchacha20_poly1305_seals_and_opens() {
    let played = check(aead::TestName::XChaCha20Poly1305, 24, both_ways::<XChaCha20Poly1305>);
    count("xchacha20-poly1305", played, 315);
}
