//! Fuzz targets of what a diagnostics file holds once it is decrypted: anybody can write one who has the support key.

use fieldbook_model::{DeviceId, Hash};

use super::{OpenError, read, text};

const GOLDEN: &str = include_str!("../../golden/diagnostics.txt");

/// The golden file's parts, without its first line.
fn body() -> &'static str {
    GOLDEN.split_once('\n').expect("a first line").1
}

/// Whatever the parts are, what reads is written as it was read, or as one spelling of it that is read the same.
#[test]
fn diagnostics_parts() {
    let device = DeviceId::from_bytes([9; 16]);
    fieldbook_fuzz::texts("diagnostics_parts", &[body()], |made| {
        let body = made.text();
        let hash = Hash::of(body.as_bytes());
        let headed = format!("{{\"v\":1,\"device\":\"{device}\",\"hash\":\"{hash}\"}}\n{body}");
        let Ok(opened) = read(headed.as_bytes()) else { return false };
        assert_eq!(read(&text(device, &opened.parts, None)), Ok(opened));
        true
    });
}

/// Nothing passes for signed but what the device signed.
#[test]
fn diagnostics_texts() {
    fieldbook_fuzz::texts("diagnostics_texts", &[GOLDEN], |made| match read(made.bytes()) {
        Ok(opened) if opened.signed == super::Signed::Not => true,
        Ok(_) => {
            assert!(made.bytes().ends_with(body().as_bytes()), "{made:?}");
            true
        }
        Err(OpenError::Content(why)) => {
            assert!(!why.is_empty());
            false
        }
        Err(_) => false,
    });
}
