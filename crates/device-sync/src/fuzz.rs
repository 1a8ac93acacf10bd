//! Fuzz targets of what a session leaves behind for its next start, and for other processes.

use fieldbook_model::json;

use crate::{Backoff, Report};

/// A wait has one spelling, and never lasts longer than the cap, whatever was stored and whatever the clock says.
#[test]
fn stored_waits() {
    fieldbook_fuzz::texts("stored_waits", &["3 1700000000000", "0 -5"], |made| {
        let text = made.text();
        let Some(wait) = Backoff::parse(&text) else { return false };
        assert_eq!(Backoff::parse(&wait.to_string()), Some(wait), "{text:?}");
        for now in [i64::MIN, 0, wait.until.0, i64::MAX] {
            assert!(
                wait.rest_ms(fieldbook_model::WallTime(now)) <= crate::backoff::CAP_MS,
                "{text:?} at {now}"
            );
        }
        true
    });
}

/// What a loop tells of itself reads as it was written.
#[test]
fn reports() {
    let begun = json::write(&Report::begun(Some("no room".to_owned())));
    let busy = r#"{"connection":{"is":"unreachable","because":"timed out","answered":"a portal"},"halt":{"shut-out":"busy"},"until":"2026-05-19T09:14:23.000Z","level":false,"stuck":"pull","failing":null,"conditions":{"no_network":false,"metered":true,"low_battery":false,"hidden":false},"upload":null,"download":null}"#;
    fieldbook_fuzz::texts("reports", &[&begun, busy], |made| {
        let Ok(report) = json::parse::<Report>(&made.text()) else { return false };
        let written = json::write(&report);
        assert_eq!(json::parse::<Report>(&written).as_ref(), Ok(&report), "{written}");
        assert!(report.is_like(&report));
        true
    });
}
