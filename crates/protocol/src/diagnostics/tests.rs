//! What is written is opened by whom it is for, and everything else is told apart.

use fieldbook_crypto::age::{self, Identity};
use fieldbook_crypto::{DeviceKeys, DeviceSecret, Fresh};
use fieldbook_model::{DeviceId, Hash};

use super::{OpenError, Opened, Part, Signed, open, read, seal, text};

const DEVICE: DeviceId = DeviceId::from_bytes([9; 16]);

fn parts() -> Vec<Part> {
    read(include_bytes!("../../golden/diagnostics.txt")).expect("the golden file").parts
}

fn keys(byte: u8) -> DeviceKeys {
    DeviceSecret::from_bytes([byte; 32]).keys()
}

fn identity(byte: u8) -> Identity {
    Identity::make(Fresh::new([byte; 32]))
}

fn sealed(signer: Option<&DeviceKeys>) -> Vec<u8> {
    let to = identity(1).recipient();
    seal((DEVICE, signer), &parts(), &to, Fresh::new([2; 32])).expect("a recipient")
}

/// A text that somebody else encrypted.
fn opened(plain: &[u8]) -> Result<Opened, OpenError> {
    let file = age::encrypt(&identity(1).recipient(), plain, Fresh::new([3; 32])).expect("a recipient");
    open(&identity(1), &file)
}

#[test]
fn whom_a_file_is_for_opens_it_and_sees_who_signed_it() {
    for (signer, signed) in [(None, Signed::Not), (Some(keys(7)), Signed::By(keys(7).public()))] {
        let opened = open(&identity(1), &sealed(signer.as_ref()));
        assert_eq!(opened, Ok(Opened { device: DEVICE, signed, parts: parts() }));
    }
    assert_eq!(open(&identity(4), &sealed(None)), Err(OpenError::WrongKey));
}

#[test]
fn a_file_that_was_cut_off_or_changed_at_any_byte_is_told_as_such() {
    let file = sealed(Some(&keys(7)));
    assert_eq!(open(&identity(1), b""), Err(OpenError::Foreign));
    for cut in (1..file.len()).step_by(7) {
        assert_eq!(open(&identity(1), &file[..cut]), Err(OpenError::Damaged), "cut at {cut}");
    }
    for at in (0..file.len()).step_by(3) {
        let mut other = file.clone();
        other[at] ^= 1 << (at % 8);
        let told = open(&identity(1), &other).expect_err("it was changed");
        let expected = [OpenError::Damaged, OpenError::Foreign, OpenError::WrongKey];
        assert!(expected.contains(&told), "{told:?} at {at}");
    }
    let longer = [file.as_slice(), b"x"].concat();
    assert_eq!(open(&identity(1), &longer), Err(OpenError::Damaged));
}

#[test]
fn what_is_in_a_file_is_what_was_signed_and_of_a_form_that_is_known() {
    let signed = String::from_utf8(text(DEVICE, &parts(), Some(&keys(7)))).expect("a text");
    let (head, body) = signed.split_once('\n').expect("a head");
    let content = |words: &str| Err(OpenError::Content(words.into()));
    let changed = "the parts are not those that the first line was written for";
    let check = |plain: &str, expected: Result<(), OpenError>| {
        assert_eq!(opened(plain.as_bytes()).map(|_| ()), expected, "{}", &plain[..plain.len().min(200)]);
    };
    check(&signed, Ok(()));
    check("no file of ours", content("no first line"));
    check("{}\n", content("in line 1: the key \"v\" is missing at line 1 column 2"));
    check(&format!("{{\"v\":2,\"all\":\"new\"}}\n{body}"), Err(OpenError::Newer(2)));
    check(&signed.replacen("\"version\":\"0.1.0\"", "\"version\":\"0.2.0\"", 1), content(changed));
    check(&format!("{head}\n"), content(changed));
    // Another device's id under the same signature, and another signature under the same keys.
    let other = signed.replacen(&DEVICE.to_string(), &DeviceId::from_bytes([8; 16]).to_string(), 1);
    check(&other, Err(OpenError::Signature));
    let without = [text(DEVICE, &[], Some(&keys(7))), body.as_bytes().to_vec()].concat();
    let hash = Hash::of(body.as_bytes()).to_string();
    let without = String::from_utf8(without).expect("a text");
    check(&without.replacen(&Hash::of(b"").to_string(), &hash, 1), Err(OpenError::Signature));
}
