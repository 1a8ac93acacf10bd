//! Fuzz targets of all that is read: forms, files of the age format, keys that a person hands over.

use crate::age::{Identity, Recipient, decrypt, encrypt};
use crate::tests::{cheap, fresh, order, place, secret};
use crate::{
    ContentKey, DataKey, DatabaseKey, DevicePublic, DeviceSecret, Guarded, KeyError, LockedSecret, OuterKey,
    Sealed, SealedToken, ServerKey, ServerPublic, Sure, WipeOrder, Wiped, Wrapped, WrappedDataKey,
};

/// A form reads as it is written, and nothing opens that was not written here.
macro_rules! reads_as_written {
    ($form:ident, $seeds:expr, $opens:expr, $name:literal) => {{
        let seeds: Vec<String> = $seeds;
        let texts: Vec<&str> = seeds.iter().map(String::as_str).collect();
        let opens: &dyn Fn(&$form) -> bool = &$opens;
        fieldbook_fuzz::texts($name, &texts, |made| {
            let Ok(read) = $form::read(&made.text()) else { return false };
            assert_eq!($form::read(&read.write()).as_ref(), Ok(&read));
            assert_eq!(opens(&read), seeds.contains(&read.write()), "{}", read.write());
            true
        });
    }};
}

#[test]
fn sealed_content_keys() {
    let keys = secret().keys();
    let content = ContentKey::make(fresh(1));
    let seal = |number| content.seal_to(&keys.public(), &place(), fresh(number)).expect("a device").write();
    let opens = |read: &Sealed| ContentKey::open(read, &keys, &place()).is_ok();
    reads_as_written!(Sealed, vec![seal(2), seal(3)], opens, "sealed_content_keys");
}

#[test]
fn sealed_tokens() {
    let keys = secret().keys();
    let seal = |token, number| SealedToken::seal(token, &keys, &place(), fresh(number)).write();
    let opens = |read: &SealedToken| read.open(&keys, &place()).is_ok();
    reads_as_written!(SealedToken, vec![seal("fb1_00", 1), seal("", 2)], opens, "sealed_tokens");
}

#[test]
fn guarded_keys() {
    let put = |text, number| Guarded::put(text, &secret(), fresh(number)).write();
    let opens = |read: &Guarded| read.open(&secret()).is_ok();
    reads_as_written!(Guarded, vec![put("keys", 1), put("", 2)], opens, "guarded_keys");
}

#[test]
fn wrapped_database_keys() {
    let (secret, content) = (secret(), ContentKey::make(fresh(1)));
    let wrap = |number| DatabaseKey::make(fresh(2)).wrap(&secret, &content, &place(), fresh(number)).write();
    let opens = |read: &Wrapped| DatabaseKey::unwrap(read, &secret, &content, &place()).is_ok();
    reads_as_written!(Wrapped, vec![wrap(3), wrap(4)], opens, "wrapped_database_keys");
}

#[test]
fn wrapped_data_keys() {
    let outer = OuterKey::make(fresh(1));
    let wrap = |number| DataKey::make(fresh(2)).wrap(&outer, fresh(number)).write();
    let opens = |read: &WrappedDataKey| DataKey::unwrap(read, &outer).is_ok();
    reads_as_written!(WrappedDataKey, vec![wrap(3), wrap(4)], opens, "wrapped_data_keys");
}

/// Only what is cheap is tried, and what is dear is refused before anything is done with it.
#[test]
fn locked_secrets() {
    let (passphrase, cost) = cheap();
    let text = secret().lock(&passphrase, cost, fresh(1)).expect("8 MiB").write();
    fieldbook_fuzz::slow_texts("locked_secrets", 100, &[&text], |made| {
        let Ok(read) = LockedSecret::read(&made.text()) else { return false };
        assert_eq!(LockedSecret::read(&read.write()).as_ref(), Ok(&read));
        let (found, most) = (read.cost(), crate::Cost::MOST);
        if found == cost {
            assert_eq!(DeviceSecret::unlock(&read, &passphrase).is_ok(), read.write() == text);
        } else if found.m > most.m || found.t > most.t || found.p > most.p {
            let refused = DeviceSecret::unlock(&read, &passphrase);
            assert!(matches!(refused, Err(KeyError::Cost(_))), "{found:?}");
        }
        true
    });
}

#[test]
fn public_keys() {
    let (device, server) = (secret().keys().public().write(), ServerKey::make(fresh(1)).public().write());
    fieldbook_fuzz::texts("public_keys", &[&device, &server], |made| {
        let text = made.text();
        let (device, server) = (DevicePublic::read(&text), ServerPublic::read(&text));
        if let Ok(device) = device {
            assert_eq!(DevicePublic::read(&device.write()), Ok(device));
        }
        if let Ok(server) = server {
            assert_eq!(ServerPublic::read(&server.write()), Ok(server));
        }
        device.is_ok() || server.is_ok()
    });
}

/// An order or a confirmation that says something else is not signed.
#[test]
fn orders_and_confirmations() {
    let (server, keys) = (ServerKey::make(fresh(1)), secret().keys());
    let (order, wiped) = (order(), Wiped::new(&order(), 3, 4, Sure::Destroyed));
    let (ordered, confirmed) = (server.sign_wipe(&order), keys.sign_wiped(&wiped));
    fieldbook_fuzz::texts("orders_and_confirmations", &[&order.write(), &wiped.write()], |made| {
        let text = made.text();
        if let Ok(read) = WipeOrder::read(&text) {
            assert_eq!(WipeOrder::read(&read.write()), Ok(read));
            assert_eq!(server.public().check_wipe(&read, &ordered).is_ok(), read == order, "{text}");
            return true;
        }
        let Ok(read) = Wiped::read(&text) else { return false };
        assert_eq!(Wiped::read(&read.write()), Ok(read));
        assert_eq!(keys.public().check_wiped(&read, &confirmed).is_ok(), read == wiped, "{text}");
        true
    });
}

/// Keys as a person hands them over have one spelling.
#[test]
fn keys_in_files() {
    let identity = Identity::make(fresh(1));
    let seeds = [secret().write(), OuterKey::make(fresh(2)).write(), identity.write()];
    let recipient = identity.recipient().to_string();
    let texts: Vec<&str> = seeds.iter().map(|text| text.as_str()).chain([recipient.as_str()]).collect();
    fieldbook_fuzz::texts("keys_in_files", &texts, |made| {
        let text = made.text();
        let bare =
            DeviceSecret::read(&text).map(|read| assert_eq!(DeviceSecret::read(&read.write()), Ok(read)));
        let outer = OuterKey::read(&text).map(|read| assert_eq!(read.write().trim_end(), text.trim()));
        let identity = Identity::read(&text).map(|read| assert!(text.contains(read.write().trim_end())));
        let to = Recipient::parse(&text).map(|read| assert_eq!(read.to_string(), text));
        bare.is_ok() || outer.is_ok() || identity.is_ok() || to.is_ok()
    });
}

/// A file of the age format opens as it was written or not at all, whatever is in it.
#[test]
fn encrypted_bundles() {
    let identity = Identity::make(fresh(1));
    let file = encrypt(&identity.recipient(), b"", fresh(2)).expect("a recipient");
    // Texts are made worse as texts: what is no UTF-8 of a file comes in as hexadecimal digits.
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let at = file.len() - 32;
    let (header, payload) = (String::from_utf8(file[..at].to_vec()).expect("ASCII"), digits(&file[at..]));
    let seed = format!("{header}{payload}");
    fieldbook_fuzz::texts("encrypted_bundles", &[&seed], |made| {
        let bytes = made.bytes();
        let split = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut payload = vec![0; (bytes.len() - split) / 2];
        let tail = String::from_utf8_lossy(&bytes[split..]).into_owned();
        let _ = crate::form::undigits(&tail, &mut payload);
        let made_file = [&bytes[..split], &payload].concat();
        let opened = decrypt(&identity, &made_file);
        assert_eq!(opened.is_ok(), made_file == file);
        opened.is_ok()
    });
}
