//! Nothing that is secret shows: every type is made with a canary in it, and printed in every way that it has.

use std::fmt::Debug;

use super::{cheap, fresh, order, place, push};
use crate::age::{Identity, decrypt};
use crate::{
    ContentKey, DataKey, DatabaseKey, DeviceSecret, FileKey, Fresh, KeyError, OuterKey, Passphrase, Secret,
    ServerKey, Sure, Wiped,
};

/// A pattern that no public value has by chance, as it would show in one way or another.
const CANARY: [u8; 32] = [0xc5; 32];

/// The canary as digits of 16 and of 10, and as a text of Bech32 or a passphrase would have it.
fn shows(text: &str) -> bool {
    let identity = Identity::from_bytes(CANARY).write().to_lowercase();
    let text = text.to_lowercase();
    ["c5c5", "197, 197", "197,\n", "canary", &identity[16..32]].iter().any(|sign| text.contains(sign))
}

fn silent(value: &dyn Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!shows(&text), "a secret shows");
    }
}

#[test]
fn the_canary_would_be_seen() {
    assert!(shows(&format!("{CANARY:?}")) && shows(&format!("{CANARY:x?}").replace(", ", "")));
    assert!(shows(&DeviceSecret::from_bytes(CANARY).write()));
    assert!(shows(&Identity::from_bytes(CANARY).write()));
    assert!(!shows(&format!("{:?}", fresh(1))));
}

#[test]
fn no_type_shows_what_is_secret() {
    let secret = DeviceSecret::from_bytes(CANARY);
    let keys = secret.keys();
    let content = ContentKey::from_bytes(CANARY);
    let database = DatabaseKey::from_bytes(CANARY);
    let (data, outer) = (DataKey::from_bytes(CANARY), OuterKey::from_bytes(CANARY));
    let identity = Identity::from_bytes(CANARY);
    let server = ServerKey::from_bytes(&CANARY);
    let hidden: [&dyn Debug; 13] = [
        &Secret::new(CANARY),
        &Secret::new([0xc5_u8; 16]),
        &Fresh::new(CANARY),
        &secret,
        &keys,
        &content,
        &database,
        &data,
        &outer,
        &FileKey::from_bytes(CANARY),
        &identity,
        &server,
        &Passphrase::new("canary".to_owned()),
    ];
    hidden.into_iter().for_each(silent);
}

#[test]
fn nothing_that_is_written_down_shows_what_is_secret() {
    let secret = DeviceSecret::from_bytes(CANARY);
    let keys = secret.keys();
    let content = ContentKey::from_bytes(CANARY);
    let (data, outer) = (DataKey::from_bytes(CANARY), OuterKey::from_bytes(CANARY));
    let (_, cost) = cheap();
    let sealed = content.seal_to(&keys.public(), &place(), fresh(1)).expect("a device");
    let wrapped = DatabaseKey::from_bytes(CANARY).wrap(&secret, &content, &place(), fresh(2));
    let rest = data.wrap(&outer, fresh(3));
    let locked = secret.lock(&Passphrase::new("canary".to_owned()), cost, fresh(4)).expect("8 MiB");
    let server = ServerKey::from_bytes(&CANARY);
    let wiped = Wiped::new(&order(), 0, 0, Sure::Removed);
    let identity = Identity::from_bytes(CANARY);
    let public: [&dyn Debug; 9] = [
        &sealed,
        &wrapped,
        &rest,
        &locked,
        &keys.public(),
        &server.public(),
        &identity.recipient(),
        &keys.sign_push(&push()),
        &wiped,
    ];
    public.into_iter().for_each(silent);
    let texts = [sealed.write(), wrapped.write(), rest.write(), locked.write(), keys.public().write()];
    for text in
        texts.into_iter().chain([server.public().write(), wiped.write(), identity.recipient().to_string()])
    {
        assert!(!shows(&text), "a secret shows");
    }
}

#[test]
fn no_error_repeats_what_it_was_told() {
    let digits = "c5".repeat(31);
    let texts = [
        format!(r#"{{"v":1,"device_secret":"{digits}"}}"#),
        format!(r#"{{"v":1,"{digits}":1}}"#),
        format!(r#"{{"v":1,"device_secret":["{digits}"]}}"#),
        format!(r#"{{"v":"{digits}"}}"#),
        digits.clone(),
        format!("AGE-SECRET-KEY-1{digits}"),
    ];
    let heard = |error: &KeyError| {
        silent(error);
        assert!(!shows(&error.to_string()), "a secret shows");
    };
    for text in &texts {
        heard(&DeviceSecret::read(text).expect_err("too short"));
        heard(&OuterKey::read(text).expect_err("too short"));
        heard(&Identity::read(text).expect_err("no identity"));
        heard(&decrypt(&Identity::make(fresh(1)), text.as_bytes()).expect_err("no file"));
    }
}
