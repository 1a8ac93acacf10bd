//! Fuzz targets of what the server's files hold: bytes that are damaged are told as damaged, and nothing else is read from them.

use std::collections::BTreeSet;

use bolero::generator::*;
use fieldbook_model::{Value, Version};

use crate::accounts::token::{self, Kind};
use crate::sqlite::stamps;

/// A token has one spelling.
#[test]
fn tokens() {
    let seed = token::write(Kind::Session, std::array::from_fn(|place| place as u8 * 7));
    fieldbook_fuzz::texts("tokens", &[&seed], |made| {
        let text = made.text();
        let Some(read) = token::read(Kind::Session, &text) else { return false };
        assert_eq!(token::write(Kind::Session, read), text);
        true
    });
}

/// Stamps that are read are of fields that there are, none is newer than its record, and they are written again as they are.
#[test]
fn kept_stamps() {
    let set = ["a", "b"].map(str::to_owned);
    let row = vec![Value::Null, Value::Int(3), Value::Set(BTreeSet::from(set))];
    let version = Version(1400);
    let bytes = produce::<Vec<u8>>().with().len(0..20_usize).values(0..7_u8);
    fieldbook_fuzz::values("kept_stamps", bytes, |bytes| {
        let Some(kept) = stamps::read(version, &row, bytes) else { return false };
        assert_eq!(kept.units.len(), row.len());
        let stamps = std::iter::once(&kept.life).chain(&kept.units);
        let all = stamps.flat_map(|stamps| [Some(stamps.last), stamps.other]).flatten();
        assert!(all.into_iter().all(|stamp| stamp.version <= version), "{kept:?}");
        let written = stamps::write(version, &kept.life, &kept.units, &kept.elements);
        assert_eq!(stamps::read(version, &row, &written).as_ref(), Some(&kept));
        true
    });
}
