//! A signature is for one thing by one key: every field that changes, and every other purpose, is refused.

use ed25519_dalek::{Verifier, VerifyingKey};
use fieldbook_model::{DeviceId, Hash, WallTime, WorkspaceId};

use super::{bundle, fresh, order, push, secret};
use crate::form::undigits;
use crate::sign::is_signed;
use crate::{
    Bundle, Bytes, DevicePublic, DeviceSecret, KeyError, Nonce, Push, ServerKey, ServerPublic, SignPublic,
    Signature, Sure, What, WipeOrder, Wiped,
};

const OTHER: [u8; 16] = [9; 16];

#[test]
fn a_push_is_by_its_device_and_for_its_log() {
    let (keys, push) = (secret().keys(), push());
    let (public, signature) = (keys.public(), keys.sign_push(&push));
    assert_eq!(public.check_push(&push, &signature), Ok(()));
    let others = [
        Push { workspace: WorkspaceId::from_bytes(OTHER), ..push },
        Push { device: DeviceId::from_bytes(OTHER), ..push },
        Push { body: Hash::of(b"another"), ..push },
    ];
    for other in others {
        assert_eq!(public.check_push(&other, &signature), Err(KeyError::Signature(What::Push)), "{other:?}");
    }
    let stranger = DeviceSecret::make(fresh(1)).keys().public();
    assert_eq!(stranger.check_push(&push, &signature), Err(KeyError::Signature(What::Push)));
}

#[test]
fn an_order_is_by_its_server_and_for_its_device() {
    let (key, order) = (ServerKey::make(fresh(1)), order());
    let (public, signature) = (key.public(), key.sign_wipe(&order));
    assert_eq!(public.check_wipe(&order, &signature), Ok(()));
    let others = [
        WipeOrder { workspace: WorkspaceId::from_bytes(OTHER), ..order },
        WipeOrder { device: DeviceId::from_bytes(OTHER), ..order },
        WipeOrder { nonce: Nonce(Bytes(OTHER)), ..order },
        WipeOrder { issued_at: WallTime(order.issued_at.0 + 1), ..order },
    ];
    let refused = Err(KeyError::Signature(What::WipeOrder));
    for other in others {
        assert_eq!(public.check_wipe(&other, &signature), refused, "{other:?}");
    }
    assert_eq!(ServerKey::make(fresh(2)).public().check_wipe(&order, &signature), refused);
    let again = ServerKey::from_bytes(key.expose());
    assert_eq!((again.public(), again.sign_wipe(&order)), (public, signature));
    assert_eq!(ServerPublic::read(&public.write()), Ok(public));
    assert_eq!(WipeOrder::read(&order.write()), Ok(order));
}

#[test]
fn a_confirmation_is_by_its_device_and_for_its_order() {
    let keys = secret().keys();
    let wiped = Wiped::new(&order(), 3, 4, Sure::Destroyed);
    let (public, signature) = (keys.public(), keys.sign_wiped(&wiped));
    assert_eq!(public.check_wiped(&wiped, &signature), Ok(()));
    assert_eq!(Wiped::read(&wiped.write()), Ok(wiped));
    let others = [
        Wiped { workspace: WorkspaceId::from_bytes(OTHER), ..wiped },
        Wiped { device: DeviceId::from_bytes(OTHER), ..wiped },
        Wiped { nonce: Nonce(Bytes(OTHER)), ..wiped },
        Wiped { files: 4, ..wiped },
        Wiped { unsent: 3, ..wiped },
        Wiped { files: 4, unsent: 3, ..wiped },
        Wiped { sure: Sure::Removed, ..wiped },
    ];
    for other in others {
        let checked = public.check_wiped(&other, &signature);
        assert_eq!(checked, Err(KeyError::Signature(What::Wiped)), "{other:?}");
    }
}

#[test]
fn a_bundle_is_by_its_device_and_of_its_file() {
    let (keys, bundle) = (secret().keys(), bundle());
    let (public, signature) = (keys.public(), keys.sign_bundle(&bundle));
    assert_eq!(public.check_bundle(&bundle, &signature), Ok(()));
    let others = [
        Bundle { device: DeviceId::from_bytes(OTHER), ..bundle },
        Bundle { hash: Hash::of(b"another file"), ..bundle },
    ];
    for other in others {
        let checked = public.check_bundle(&other, &signature);
        assert_eq!(checked, Err(KeyError::Signature(What::Bundle)), "{other:?}");
    }
}

/// Every signature there is, each asked for every purpose: only its own is right.
#[test]
fn no_signature_counts_for_another_purpose() {
    // One key in both roles, so that only the purpose differs.
    let secret = secret();
    let keys = secret.keys();
    let server = ServerKey(keys.sign.clone());
    let wiped = Wiped::new(&order(), 3, 4, Sure::Destroyed);
    let signatures = [
        keys.sign_push(&push()),
        server.sign_wipe(&order()),
        keys.sign_wiped(&wiped),
        keys.sign_bundle(&bundle()),
    ];
    let asked = |signature: &Signature| {
        let public: DevicePublic = keys.public();
        [
            public.check_push(&push(), signature).is_ok(),
            server.public().check_wipe(&order(), signature).is_ok(),
            public.check_wiped(&wiped, signature).is_ok(),
            public.check_bundle(&bundle(), signature).is_ok(),
        ]
    };
    for (at, signature) in signatures.iter().enumerate() {
        let mut expected = [false; 4];
        expected[at] = true;
        assert_eq!(asked(signature), expected, "{at}");
    }
}

#[test]
fn a_signature_with_any_bit_changed_is_refused() {
    let keys = secret().keys();
    let signature = *keys.sign_push(&push()).bytes();
    for bit in 0..512 {
        let mut bent = signature;
        bent[bit / 8] ^= 1 << (bit % 8);
        assert!(keys.public().check_push(&push(), &Signature::from_bytes(bent)).is_err(), "bit {bit}");
    }
}

/// Made for this test: the point in it is the neutral one, which the plain equation of RFC 8032 lets pass.
#[test]
fn a_signature_with_a_point_of_small_order_is_refused() {
    let (mut key, mut signature) = ([0; 32], [0; 64]);
    assert!(undigits("2152f8d19b791d24453242e15f2eab6cb7cffa7b6a5ed30097960e069881db12", &mut key));
    assert!(undigits(
        "0100000000000000000000000000000000000000000000000000000000000000209745e2e0aca66e40d2ad5c358dd11a67e401f9e1ff8eff69879d52111a3e0c",
        &mut signature
    ));
    let lenient = VerifyingKey::from_bytes(&key).expect("a key");
    assert!(lenient.verify(b"fieldbook", &ed25519_dalek::Signature::from_bytes(&signature)).is_ok());
    let key = SignPublic::from_bytes(key).expect("a key");
    assert!(!is_signed(b"fieldbook", &key, &Signature::from_bytes(signature)));
}

#[test]
fn a_key_of_small_order_is_no_key() {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert!(VerifyingKey::from_bytes(&neutral).is_ok());
    for weak in [neutral, [0; 32], [0xff; 32]] {
        assert_eq!(SignPublic::from_bytes(weak), None, "{weak:?}");
        let text = secret().keys().public().write();
        let sign = text.find("sign\":\"").expect("its key") + 7;
        let weak: String = weak.iter().map(|byte| format!("{byte:02x}")).collect();
        let read = DevicePublic::read(&format!("{}{weak}{}", &text[..sign], &text[sign + 64..]));
        assert!(matches!(read, Err(KeyError::Form { .. })), "{weak}");
    }
}
