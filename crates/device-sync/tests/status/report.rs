//! What a loop tells other processes, and what of it is always there: counts, ages, times and how far things are.

use fieldbook_device_sync::status::{Activity, Connection, Download, Facts, Link, Report, Session, Upload};
use fieldbook_device_sync::{Conditions, Stored, Trouble};
use fieldbook_model::schema::Vocabulary;
use fieldbook_model::{Version, WallTime, json};

use crate::table::NOW;

fn session(link: Link) -> Session {
    Session {
        link,
        conditions: Conditions::default(),
        sending: false,
        receiving: false,
        loading: false,
        level: true,
        stuck: None,
        held_until_ms: None,
        upload: None,
        download: None,
    }
}

fn download(bytes: u64, from: u64, upto: u64, head: u64) -> Download {
    Download { bytes, from: Version(from), upto: Version(upto), head: Version(head) }
}

#[test]
fn another_process_reads_what_the_loop_wrote() {
    let portal = Trouble::Foreign("302 text/html".to_owned());
    let links = [
        Link::Connecting,
        Link::Connected,
        Link::NoNetwork,
        Link::Broken { trouble: Trouble::NoAnswer, until_ms: NOW.mono_ms + 1500 },
        Link::Broken { trouble: portal, until_ms: 0 },
        Link::Halted(Trouble::Problem {
            code: fieldbook_protocol::ProblemCode::SessionEnded,
            retry_after_ms: None,
        }),
        Link::Halted(Trouble::Problem {
            code: fieldbook_protocol::ProblemCode::Forbidden,
            retry_after_ms: None,
        }),
    ];
    for link in links {
        let upload = Some(Upload { answered: 4, going: 2 });
        let conditions = Conditions { metered: true, hidden: true, ..Conditions::default() };
        let session = Session { upload, download: Some(download(9, 1, 2, 3)), conditions, ..session(link) };
        let report = session.report(NOW);
        assert_eq!(json::parse::<Report>(&json::write(&report)), Ok(report));
    }
}

#[test]
fn what_answered_instead_of_the_server_is_told() {
    let portal = Trouble::Foreign("200 text/html".to_owned());
    let report = session(Link::Broken { trouble: portal, until_ms: NOW.mono_ms + 1500 }).report(NOW);
    assert_eq!(
        json::write(&report.connection),
        r#"{"is":"unreachable","because":"something else answers instead of the server (200 text/html)","answered":"200 text/html"}"#
    );
    assert_eq!(report.until, Some(WallTime(NOW.wall.0 + 1000)), "to the second");
}

#[test]
fn the_next_try_is_told_until_it_is_made() {
    let broken = |until_ms| session(Link::Broken { trouble: Trouble::NoAnswer, until_ms }).report(NOW).until;
    assert_eq!(broken(NOW.mono_ms + 5_000), Some(WallTime(NOW.wall.0 + 5_000)));
    assert_eq!(broken(NOW.mono_ms), None);
    let held = Session { held_until_ms: Some(NOW.mono_ms + 9_000), ..session(Link::Connected) };
    assert_eq!(held.report(NOW).until, Some(WallTime(NOW.wall.0 + 9_000)));
}

#[test]
fn what_goes_on_is_no_other_status() {
    let base = session(Link::Connected).report(NOW);
    let going = |bytes| Report { download: Some(download(bytes, 0, 1, 2)), ..base.clone() };
    assert!(going(1).is_like(&going(2_000_000)));
    assert!(!base.is_like(&going(1)), "that it has begun is told at once");
    let sending = |answered| Report { upload: Some(Upload { answered, going: 9 }), ..base.clone() };
    assert!(sending(1).is_like(&sending(2_000)));
    assert!(!base.is_like(&sending(1)));
    assert!(!base.is_like(&Report { level: false, ..base.clone() }));
    assert!(!base.is_like(&Report { until: Some(NOW.wall), ..base.clone() }));
}

#[test]
fn how_far_sending_and_receiving_are_is_told() {
    let stored = Stored { pending: 8, waiting: 6, ..Stored::default() };
    let told = |upload, download| {
        let session = Session { upload, download, ..session(Link::Connected) };
        Facts::of(&stored, Some(&session.report(NOW))).progress()
    };
    assert_eq!(told(None, None), None);
    assert_eq!(told(Some(Upload { answered: 4, going: 6 }), None).as_deref(), Some("sent 4 of 10"));
    for (download, words) in [
        (download(0, 0, 0, 0), "first load, received 0 KiB"),
        (download(70_000, 0, 300, 1200), "first load, received 69 KiB, 25 %"),
        (download(1024, 1200, 1200, 1200), "received 1 KiB"),
        (download(1025, 1000, 1100, 1200), "received 2 KiB, 50 %"),
    ] {
        assert_eq!(told(None, Some(download)).as_deref(), Some(words));
    }
}

#[test]
fn a_first_load_is_said_to_be_one() {
    let loading = Session { level: false, receiving: true, ..session(Link::Connected) }.report(NOW);
    let never = Facts::of(&Stored::default(), Some(&loading));
    assert_eq!(never.line(Vocabulary::Counter), "Syncing: loading for the first time");
    let stored = Stored { last_success: Some(NOW.wall), ..Stored::default() };
    assert_eq!(Facts::of(&stored, Some(&loading)).line(Vocabulary::Counter), "Syncing: receiving");
    // So is a scope that a device which is level has asked for.
    let scope = Session { loading: true, receiving: true, ..session(Link::Connected) }.report(NOW);
    assert_eq!(Facts::of(&stored, Some(&scope)).line(Vocabulary::Counter), "Syncing: receiving");
    // Without a connection nothing is known to be missing, unless nothing ever came.
    assert_eq!(Facts::of(&stored, None).activity, Activity::Nothing);
    assert_eq!(Facts::of(&Stored::default(), None).activity, Activity::Receiving);
    assert_eq!(Facts::of(&Stored::default(), None).line(Vocabulary::Site), "Pending (Offline): not syncing");
}

#[test]
fn a_line_says_how_many_ops_wait_in_every_vocabulary() {
    let stored =
        Stored { pending: 3, waiting: 3, conflicts: 1, last_success: Some(NOW.wall), ..Stored::default() };
    let no_network = session(Link::NoNetwork).report(NOW);
    for (vocabulary, line) in [
        (Vocabulary::Site, "Sync conflict (Offline): 1 conflict needs your decision; no network; 3 pending"),
        (Vocabulary::Capture, "Sync error (Offline): 1 conflict needs your decision; no network; 3 pending"),
        (
            Vocabulary::Counter,
            "Sync error — tap (Offline — 3 queued): 1 conflict needs your decision; no network",
        ),
    ] {
        assert_eq!(Facts::of(&stored, Some(&no_network)).line(vocabulary), line);
    }
}

#[test]
fn a_database_that_cannot_be_written_needs_a_person() {
    let report = Report::begun(Some("the disk is full".to_owned()));
    let facts = Facts::of(&Stored { last_success: Some(NOW.wall), ..Stored::default() }, Some(&report));
    assert_eq!(facts.connection, Connection::Connecting);
    assert_eq!(facts.line(Vocabulary::Counter), "Sync error — tap (Offline): the disk is full; connecting");
}
