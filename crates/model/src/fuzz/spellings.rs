//! Small texts with one spelling each: ids, times, stamps, scopes, roles, decimals.

use bolero::generator::*;

use super::has_one_spelling;
use crate::clock::{Hlc, WallTime};
use crate::decimal::{self, SCALED_MAX, Scaled};
use crate::scope::Path;
use crate::{RecordId, Role, Scope};

const ID: &str = "0198c0de-7a11-7000-8000-00000000002a";
const PLACES: &[&str] = &[
    "floor/0198c0de-7a11-7000-8000-00000000002a",
    "e/0198c0de-7a11-7000-8000-000000000001/f/0198c0de-7a11-7000-8000-000000000002",
];
/// The last millisecond that has a spelling.
const LAST_MS: i64 = 253_402_300_799_999;

#[test]
fn ids() {
    fieldbook_fuzz::texts("ids", &[ID], |made| {
        let text = made.text();
        assert!(RecordId::parse(&text).is_err() || text.len() == 36, "{text:?}");
        has_one_spelling(&text, |text| RecordId::parse(text).ok())
    });
}

#[test]
fn scopes_and_paths() {
    fieldbook_fuzz::texts("scopes_and_paths", PLACES, |made| {
        let text = made.text();
        let is_scope = has_one_spelling(&text, |text| text.parse::<Scope>().ok());
        let is_path = has_one_spelling(&text, |text| text.parse::<Path>().ok());
        assert!(is_path || !is_scope, "a scope is a path of one: {text:?}");
        is_path
    });
}

#[test]
fn roles() {
    fieldbook_fuzz::texts("roles", &["owner", "nobody", "shift-lead_2"], |made| {
        has_one_spelling(&made.text(), |text| text.parse::<Role>().ok())
    });
}

#[test]
fn times_of_day() {
    let seeds = [
        "2026-05-19T11:14:23.4567+02:00",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:60Z",
        "2024-02-29 12:00:00-05:00",
    ];
    fieldbook_fuzz::texts("times_of_day", &seeds, |made| {
        let text = made.text();
        let Some(time) = WallTime::parse(&text) else { return false };
        let shown = time.to_string();
        assert_eq!(shown.len(), 24, "{text:?} is shown as {shown:?}");
        has_one_spelling(&text, WallTime::parse)
    });
}

#[test]
fn stamps() {
    fieldbook_fuzz::texts("stamps", &["0198c0de7a11-0000", "ffffffffffff-ffff"], |made| {
        let text = made.text();
        let Some(stamp) = Hlc::parse(&text) else { return false };
        assert_eq!(stamp.to_string(), text);
        true
    });
}

/// Whatever a clock says, its next stamp is later, has a spelling, and is later as a text too.
#[test]
fn a_clock_goes_on() {
    let clock = (0..1_u64 << 48, any::<u16>(), any::<i64>(), any::<bool>());
    fieldbook_fuzz::values("a_clock_goes_on", clock, |(ms, counter, now, at_the_end)| {
        // A stamp of a clock of ours is of a time that it can show.
        let ms = if *at_the_end { LAST_MS as u64 } else { *ms % (LAST_MS as u64 + 1) };
        let last = Hlc { ms, counter: if *at_the_end { u16::MAX } else { *counter } };
        let next = last.tick(WallTime(*now));
        assert!(next > last && next.to_string() > last.to_string(), "{last} then {next}");
        assert_eq!(Hlc::parse(&next.to_string()), Some(next));
        assert!(next.bounded(WallTime(*now)).ms <= u64::try_from(*now).unwrap_or(0));
        true
    });
}

#[test]
fn decimals() {
    let seeds = ["118.50", "-0.05", "7", "000.000", "999999999999999999"];
    fieldbook_fuzz::texts("decimals", &seeds, |made| {
        let text = made.text();
        let mut is_read = false;
        for scale in [0, 1, 2, 4, 8, 18] {
            let Ok(number) = decimal::parse(&text, scale) else { continue };
            assert!(number.abs() <= SCALED_MAX);
            assert_eq!(
                decimal::parse(&Scaled(number, scale).to_string(), scale),
                Ok(number),
                "{text:?} at {scale}"
            );
            is_read = true;
        }
        is_read
    });
}

#[test]
fn every_scaled_number_reads_back() {
    fieldbook_fuzz::values(
        "every_scaled_number_reads_back",
        (-SCALED_MAX..=SCALED_MAX, 0..19_u8),
        |(number, scale)| {
            let text = Scaled(*number, *scale).to_string();
            assert_eq!(decimal::parse(&text, *scale), Ok(*number), "{text}");
            true
        },
    );
}
