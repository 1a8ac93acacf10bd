//! Laws: what was sealed opens, and nothing else does.

use proptest::prelude::*;

use super::{cheap, place};
use crate::age::{Identity, decrypt, encrypt};
use crate::{
    ContentKey, DataKey, DatabaseKey, DeviceSecret, Fresh, KeyError, LockedSecret, OuterKey, Sealed, Wrapped,
    WrappedDataKey,
};

fn fresh() -> impl Strategy<Value = Fresh> {
    any::<[u8; 32]>()
        .prop_filter("a generator gives no zeros", |bytes| *bytes != [0; 32])
        .prop_map(Fresh::new)
}

/// The text with one bit of one of its hexadecimal digits changed, so that it is still of its form.
fn bent(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    // Digits within quotes of 32 and more; numbers and keys are something else.
    let quoted = |place: usize| {
        let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        let before = bytes[..place].iter().rev().take_while(|byte| is_digit(byte)).count();
        let after = bytes[place..].iter().take_while(|byte| is_digit(byte)).count();
        after > 0 && before + after >= 32
    };
    let places: Vec<usize> = (0..bytes.len()).filter(|place| quoted(*place)).collect();
    let place = places[at % places.len()];
    bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
    String::from_utf8(bytes).expect("ASCII")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_sealed_content_key_opens_and_a_changed_one_does_not(
        secret in fresh(), content in fresh(), sealing in fresh(), at in any::<usize>()
    ) {
        let keys = DeviceSecret::make(secret).keys();
        let content = ContentKey::make(content);
        let sealed = content.seal_to(&keys.public(), &place(), sealing).expect("a key of a device");
        let text = sealed.write();
        let read = Sealed::read(&text);
        prop_assert_eq!(read.as_ref(), Ok(&sealed));
        prop_assert_eq!(ContentKey::open(&sealed, &keys, &place()), Ok(content));
        let bent = Sealed::read(&bent(&text, at)).expect("of its form");
        prop_assert!(ContentKey::open(&bent, &keys, &place()).is_err());
    }

    #[test]
    fn a_wrapped_database_key_opens_and_a_changed_one_does_not(
        secret in fresh(), content in fresh(), key in fresh(), wrapping in fresh(), at in any::<usize>()
    ) {
        let (secret, content) = (DeviceSecret::make(secret), ContentKey::make(content));
        let key = DatabaseKey::make(key);
        let wrapped = key.wrap(&secret, &content, &place(), wrapping);
        let text = wrapped.write();
        let read = Wrapped::read(&text);
        prop_assert_eq!(read.as_ref(), Ok(&wrapped));
        prop_assert_eq!(DatabaseKey::unwrap(&wrapped, &secret, &content, &place()), Ok(key));
        let bent = Wrapped::read(&bent(&text, at)).expect("of its form");
        prop_assert!(DatabaseKey::unwrap(&bent, &secret, &content, &place()).is_err());
    }

    #[test]
    fn a_data_key_opens_under_its_outer_key_and_a_changed_one_does_not(
        outer in fresh(), key in fresh(), wrapping in fresh(), at in any::<usize>()
    ) {
        let (outer, key) = (OuterKey::make(outer), DataKey::make(key));
        let wrapped = key.wrap(&outer, wrapping);
        let text = wrapped.write();
        let read = WrappedDataKey::read(&text);
        prop_assert_eq!(read.as_ref(), Ok(&wrapped));
        prop_assert_eq!(DataKey::unwrap(&wrapped, &outer), Ok(key));
        let bent = WrappedDataKey::read(&bent(&text, at)).expect("of its form");
        prop_assert!(DataKey::unwrap(&bent, &outer).is_err());
    }

    #[test]
    fn an_encrypted_file_opens_and_a_changed_one_does_not(
        identity in fresh(), once in fresh(), plain in prop::collection::vec(any::<u8>(), 0..300), at in any::<usize>(), bit in 0_u8..8
    ) {
        let identity = Identity::make(identity);
        let mut file = encrypt(&identity.recipient(), &plain, once).expect("a recipient");
        prop_assert_eq!(decrypt(&identity, &file), Ok(plain));
        let at = at % file.len();
        file[at] ^= 1_u8 << bit;
        prop_assert!(decrypt(&identity, &file).is_err());
    }

    #[test]
    fn keys_read_as_they_are_written(fresh in any::<[u8; 32]>()) {
        let (secret, outer) = (DeviceSecret::from_bytes(fresh), OuterKey::from_bytes(fresh));
        prop_assert_eq!(DeviceSecret::read(&secret.write()), Ok(DeviceSecret::from_bytes(fresh)));
        prop_assert_eq!(OuterKey::read(&outer.write()), Ok(OuterKey::from_bytes(fresh)));
        let identity = Identity::from_bytes(fresh);
        prop_assert_eq!(Identity::read(&identity.write()), Ok(Identity::from_bytes(fresh)));
        let public = secret.keys().public();
        prop_assert_eq!(crate::DevicePublic::read(&public.write()), Ok(public));
    }
}

proptest! {
    // Each takes 8 MiB and two derivations.
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_locked_secret_opens_and_a_changed_one_does_not(secret in fresh(), locking in fresh(), at in any::<usize>()) {
        let (passphrase, cost) = cheap();
        let secret = DeviceSecret::make(secret);
        let locked = secret.lock(&passphrase, cost, locking).expect("8 MiB");
        let text = locked.write();
        let read = LockedSecret::read(&text);
        prop_assert_eq!(read.as_ref(), Ok(&locked));
        prop_assert_eq!(DeviceSecret::unlock(&locked, &passphrase), Ok(secret));
        let bent = LockedSecret::read(&bent(&text, at)).expect("of its form");
        prop_assert!(matches!(
            DeviceSecret::unlock(&bent, &passphrase),
            Err(KeyError::WrongKey(_) | KeyError::Damaged(_))
        ));
    }
}
