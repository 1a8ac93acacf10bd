//! Nothing opens with another key or in another place, and what is told says which of the two it was.

use super::{cheap, fresh, other_places, place, secret};
use crate::age::{Identity, decrypt, encrypt};
use crate::{
    ContentKey, Cost, DataKey, DatabaseKey, DevicePublic, DeviceSecret, Guarded, KeyError, LockedSecret,
    OuterKey, Passphrase, Sealed, SealedToken, What, WrappedDataKey,
};

#[test]
fn a_content_key_opens_on_no_other_device_and_in_no_other_place() {
    let keys = secret().keys();
    let sealed = ContentKey::make(fresh(1)).seal_to(&keys.public(), &place(), fresh(2)).expect("a device");
    for other in other_places() {
        assert_eq!(ContentKey::open(&sealed, &keys, &other), Err(KeyError::Damaged(What::ContentKey)));
    }
    let stranger = DeviceSecret::make(fresh(11)).keys();
    assert_eq!(ContentKey::open(&sealed, &stranger, &place()), Err(KeyError::WrongKey(What::ContentKey)));
}

#[test]
fn a_token_opens_on_no_other_device_and_in_no_other_place() {
    let keys = secret().keys();
    let sealed = SealedToken::seal("fb1_canary", &keys, &place(), fresh(1));
    assert_eq!(sealed.open(&keys, &place()).as_ref().map(|text| text.as_str()), Ok("fb1_canary"));
    for other in other_places() {
        assert_eq!(sealed.open(&keys, &other), Err(KeyError::Damaged(What::Token)));
    }
    let stranger = DeviceSecret::make(fresh(11)).keys();
    assert_eq!(sealed.open(&stranger, &place()), Err(KeyError::WrongKey(What::Token)));
}

#[test]
fn the_keys_of_a_browser_open_under_their_secret_alone_and_as_they_were_written() {
    let guarded = Guarded::put("canary", &secret(), fresh(1));
    assert!(!guarded.write().contains("canary"));
    let stranger = DeviceSecret::make(fresh(11));
    assert_eq!(guarded.open(&stranger), Err(KeyError::WrongKey(What::Guarded)));
    let text = guarded.write();
    let at = text.rfind('"').expect("a last digit") - 1;
    let last = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
    let damaged = Guarded::read(&format!("{}{last}{}", &text[..at], &text[at + 1..])).expect("of its form");
    assert_eq!(damaged.open(&secret()), Err(KeyError::Damaged(What::Guarded)));
}

#[test]
fn a_database_key_takes_both_halves_and_its_place() {
    let (device, content) = (secret(), ContentKey::make(fresh(1)));
    let wrapped = DatabaseKey::make(fresh(2)).wrap(&device, &content, &place(), fresh(3));
    for other in other_places() {
        let opened = DatabaseKey::unwrap(&wrapped, &device, &content, &other);
        assert_eq!(opened, Err(KeyError::Damaged(What::DatabaseKey)));
    }
    let (other_device, other_content) = (DeviceSecret::make(fresh(11)), ContentKey::make(fresh(12)));
    let swapped = (DeviceSecret::from_bytes(*content.expose()), ContentKey::from_bytes(*device.expose()));
    for (device, content) in [(&other_device, &content), (&device, &other_content), (&swapped.0, &swapped.1)]
    {
        let opened = DatabaseKey::unwrap(&wrapped, device, content, &place());
        assert_eq!(opened, Err(KeyError::WrongKey(What::DatabaseKey)));
    }
}

#[test]
fn nothing_that_is_wrapped_for_one_purpose_opens_for_another() {
    let (outer, device) = (OuterKey::from_bytes([8; 32]), DeviceSecret::from_bytes([8; 32]));
    let wrapped = DataKey::make(fresh(1)).wrap(&outer, fresh(2));
    // The same form, read as a database key of the same bytes.
    let taken = crate::Wrapped::read(&wrapped.write()).expect("the same form");
    let opened = DatabaseKey::unwrap(&taken, &device, &ContentKey::from_bytes([8; 32]), &place());
    assert_eq!(opened, Err(KeyError::WrongKey(What::DatabaseKey)));
}

#[test]
fn a_wrong_outer_key_and_a_damaged_file_are_told_apart() {
    let outer = OuterKey::make(fresh(1));
    let text = DataKey::make(fresh(2)).wrap(&outer, fresh(3)).write();
    let wrapped = WrappedDataKey::read(&text).expect("as it was written");
    let opened = DataKey::unwrap(&wrapped, &OuterKey::make(fresh(4)));
    assert_eq!(opened, Err(KeyError::WrongKey(What::DataKey)));
    let at = text.rfind('"').expect("a last digit") - 1;
    let last = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
    let damaged = format!("{}{last}{}", &text[..at], &text[at + 1..]);
    let damaged = WrappedDataKey::read(&damaged).expect("of its form");
    assert_eq!(DataKey::unwrap(&damaged, &outer), Err(KeyError::Damaged(What::DataKey)));
}

#[test]
fn each_file_has_a_key_of_its_own() {
    let data = DataKey::make(fresh(1));
    assert_eq!(data.file("a.db"), data.file("a.db"));
    assert_ne!(data.file("a.db"), data.file("b.db"));
    assert_ne!(data.file("a.db"), DataKey::make(fresh(2)).file("a.db"));
}

#[test]
fn a_wrong_passphrase_is_told_as_such() {
    let (passphrase, cost) = cheap();
    let locked = secret().lock(&passphrase, cost, fresh(1)).expect("8 MiB");
    let wrong = Passphrase::new("correct horsf".to_owned());
    let error = DeviceSecret::unlock(&locked, &wrong).expect_err("a wrong passphrase");
    assert_eq!(error, KeyError::WrongKey(What::LockedSecret));
    assert_eq!(
        error.to_string(),
        "the device secret under its passphrase does not open: the passphrase is wrong"
    );
}

#[test]
fn a_passphrase_that_is_chosen_is_neither_too_short_nor_a_book() {
    for (text, is_one) in [
        ("eleven sign".to_owned(), false),
        ("twelve signs".to_owned(), true),
        ("Käse und Öl ".to_owned(), true),
        ("x".repeat(1024), true),
        ("x".repeat(1025), false),
    ] {
        assert_eq!(Passphrase::chosen(text.clone()).is_ok(), is_one, "{text}");
    }
    let (one, other) = (Passphrase::new("twelve signs".into()), Passphrase::new("twelve signt".into()));
    assert!(one.is(&Passphrase::new("twelve signs".into())) && !one.is(&other));
}

#[test]
fn a_file_cannot_ask_for_a_terabyte_nor_for_a_cheap_guess() {
    let (passphrase, cost) = cheap();
    let text = secret().lock(&passphrase, cost, fresh(1)).expect("8 MiB").write();
    let asked = [
        r#""m":4294967295,"t":1,"p":1"#,
        r#""m":1048577,"t":1,"p":1"#,
        r#""m":8191,"t":1,"p":1"#,
        r#""m":8192,"t":0,"p":1"#,
        r#""m":8192,"t":17,"p":1"#,
        r#""m":8192,"t":1,"p":0"#,
        r#""m":8192,"t":1,"p":5"#,
    ];
    for asked in asked {
        let hostile = text.replace(r#""m":8192,"t":1,"p":1"#, asked);
        assert_ne!(hostile, text, "{asked}");
        let hostile = LockedSecret::read(&hostile).expect("of its form");
        let refused = DeviceSecret::unlock(&hostile, &passphrase);
        assert_eq!(refused, Err(KeyError::Cost(What::LockedSecret)), "{asked}");
    }
    let too_much = Cost { m: Cost::MOST.m + 1, ..Cost::DEFAULT };
    assert_eq!(secret().lock(&passphrase, too_much, fresh(1)), Err(KeyError::Cost(What::LockedSecret)));
}

#[test]
fn the_cost_that_is_taken_by_default_is_accepted() {
    let (passphrase, _) = cheap();
    let locked = secret().lock(&passphrase, Cost::DEFAULT, fresh(1)).expect("64 MiB");
    assert_eq!(locked.cost(), Cost { m: 65_536, t: 3, p: 1 });
    assert_eq!(DeviceSecret::unlock(&locked, &passphrase), Ok(secret()));
}

#[test]
fn a_file_is_for_its_recipient_alone() {
    let (own, other) = (Identity::make(fresh(1)), Identity::make(fresh(2)));
    let file = encrypt(&own.recipient(), b"facts", fresh(3)).expect("a recipient");
    assert_eq!(decrypt(&other, &file), Err(KeyError::WrongKey(What::Bundle)));
}

#[test]
fn nothing_is_sealed_to_a_point_of_low_order() {
    let text = secret().keys().public().write();
    let seal = text.rfind("seal\":\"").expect("its key") + 7;
    for point in ["00".repeat(32), format!("01{}", "00".repeat(31))] {
        let weak = format!("{}{point}{}", &text[..seal], &text[seal + 64..]);
        let weak = DevicePublic::read(&weak).expect("of its form");
        let sealed = ContentKey::make(fresh(1)).seal_to(&weak, &place(), fresh(2));
        assert_eq!(sealed, Err(KeyError::Public(What::DevicePublic)), "{point}");
    }
}

#[test]
fn a_form_of_another_version_is_told_by_its_version() {
    let public = secret().keys().public();
    let same = ContentKey::make(fresh(1)).seal_to(&public, &place(), fresh(2)).expect("a device").write();
    let same = same.replace(r#"{"v":1,"#, r#"{"v":2,"#);
    for text in [r#"{"v":2,"box":"…"}"#, r#"{"new":[1],"v":2}"#, &same] {
        let read = Sealed::read(text);
        assert_eq!(read, Err(KeyError::Version { what: What::ContentKey, found: 2 }), "{text}");
    }
    let told = Sealed::read(r#"{"v":2}"#).expect_err("another version").to_string();
    assert_eq!(told, "the sealed content key has the form of version 2, and this program knows version 1");
}

#[test]
fn a_form_has_one_spelling() {
    let text = secret().keys().public().write();
    let upper = text.replace('a', "A").replace("seAl", "seal");
    let wrong = [
        upper,
        text.replace("\"v\":1", "\"v\":1,\"x\":1"),
        text.replace("\"v\":1,", ""),
        text.replace("\"seal\":\"", "\"seal\":\"00"),
        text.replacen("\"v\":1", "\"v\":1,\"v\":1", 1),
        format!("{text} {text}"),
        String::new(),
    ];
    for wrong in wrong {
        assert_ne!(wrong, text);
        let read = DevicePublic::read(&wrong);
        assert!(matches!(read, Err(KeyError::Form { what: What::DevicePublic, .. })), "{wrong}: {read:?}");
    }
    for wrong in ["", "00", &"0".repeat(63), &"A".repeat(64), &"0".repeat(65)] {
        assert!(matches!(OuterKey::read(wrong), Err(KeyError::Form { .. })), "{wrong}");
    }
    for wrong in ["", "AGE-SECRET-KEY-1", "# only a comment"] {
        assert!(matches!(Identity::read(wrong), Err(KeyError::Form { .. })), "{wrong}");
    }
}
