//! Shown = confirmed + pending on top: a table of what was there, what was done, what came, what is shown.

use crate::world::{act, confirmed, in_doubt, news, page, shown, with};

struct Case {
    sentence: &'static str,
    base: &'static str,
    pending: &'static str,
    /// Pages, one behind the other.
    news: &'static str,
    shown: &'static str,
    in_doubt: &'static str,
}

const fn case(
    sentence: &'static str,
    base: &'static str,
    pending: &'static str,
    news: &'static str,
    shown: &'static str,
    in_doubt: &'static str,
) -> Case {
    Case { sentence, base, pending, news, shown, in_doubt }
}

const P: &str = "p Tea 10 @1";
const PQ: &str = "p Tea 10 @1; q Mug 5 @2";

const CASES: &[Case] = &[
    case("news of an untouched record is shown as it is", P, "", "p Tea 9 @2", "p Tea 9 @2", ""),
    case("a new record appears", P, "", "q Mug 5 @2", "p Tea 10 @1; q Mug 5 @2", ""),
    case("a deleted record disappears", PQ, "", "p gone @3", "q Mug 5 @2", ""),
    case(
        "a deleted record comes back when it is restored",
        PQ,
        "",
        "p gone @3 // p Tea 10 @4",
        "p Tea 10 @4; q Mug 5 @2",
        "",
    ),
    case("a pending addition counts on top of the news", P, "add p -2", "p Tea 7 @2", "p Tea 5 @2", ""),
    case("two pending additions both count", P, "add p -2; add p -3", "p Tea 7 @2", "p Tea 2 @2", ""),
    case("a pending value stays over the server's", P, "name p Chai", "p Mate 10 @2", "p Chai 10 @2", ""),
    case(
        "a pending value lets the news of other fields through",
        P,
        "name p Chai",
        "p Tea 3 @2",
        "p Chai 3 @2",
        "",
    ),
    case(
        "the later of two pending values is shown",
        P,
        "name p Chai; name p Mate",
        "p Oolong 10 @2",
        "p Mate 10 @2",
        "",
    ),
    case("a committed op does not count twice", P, "add p -2", "p Tea 8 @2; ok 1 @2", "p Tea 8 @2", ""),
    case(
        "a committed op leaves the one behind it in place",
        P,
        "add p -2; add p -1",
        "p Tea 8 @2; ok 1 @2",
        "p Tea 7 @2",
        "",
    ),
    case(
        "a committed op whose value lost shows the winner",
        P,
        "name p Chai",
        "p Mate 10 @3; ok 1 @2",
        "p Mate 10 @3",
        "",
    ),
    case("a rejected op has no effect any longer", P, "name p Chai", "no 1 @2", "p Tea 10 @1", ""),
    case(
        "a rejected op leaves the one behind it in place",
        P,
        "name p Chai; add p -1",
        "no 1 @2",
        "p Tea 9 @1",
        "",
    ),
    case("a rejected insert vanishes", P, "ins r New 3", "no 1 @2", "p Tea 10 @1", ""),
    case(
        "a committed insert gets its version",
        P,
        "ins r New 3",
        "r New 3 @2; ok 1 @2",
        "p Tea 10 @1; r New 3 @2",
        "",
    ),
    case(
        "an edit of an insert outlives the insert's verdict",
        P,
        "ins r New 3; add r -1",
        "r New 3 @2; ok 1 @2",
        "p Tea 10 @1; r New 2 @2",
        "",
    ),
    case(
        "an edit of a rejected insert is in doubt",
        P,
        "ins r New 3; add r -1",
        "no 1 @2",
        "p Tea 10 @1",
        "2",
    ),
    case("an edit of what another deleted is in doubt", P, "name p Chai", "p gone @2", "", "1"),
    case(
        "an op in doubt comes back with its record",
        P,
        "name p Chai",
        "p gone @2 // p Tea 8 @3",
        "p Chai 8 @3",
        "",
    ),
    case("an op in doubt is skipped as a whole", PQ, "add p -1, add q -1", "q gone @3", "p Tea 10 @1", "1"),
    case(
        "an op in doubt comes back as a whole",
        PQ,
        "add p -1, add q -1",
        "q gone @3 // q Mug 5 @4",
        "p Tea 9 @1; q Mug 4 @4",
        "",
    ),
    case(
        "what is behind an op in doubt is still played",
        PQ,
        "add p -1, add q -1; add p -5",
        "q gone @3",
        "p Tea 5 @1",
        "1",
    ),
    case("a verdict ends the doubt", P, "name p Chai", "p gone @2 // no 1 @3", "", ""),
    case("a pending deletion hides what has news", P, "del p", "p Tea 9 @2", "", ""),
    case(
        "a rejected deletion shows the record with its news",
        P,
        "del p",
        "p Tea 9 @2; no 1 @3",
        "p Tea 9 @2",
        "",
    ),
    case("a committed deletion stays", P, "del p", "p gone @2; ok 1 @2", "", ""),
    case("a pending deletion of what is deleted is in doubt", P, "del p", "p gone @2", "", "1"),
    case(
        "a pending restore shows what the record held when it was deleted",
        "p Tea 10 @1 // p gone @2",
        "res p",
        "",
        "p Tea 10 @2",
        "",
    ),
    case("a pending restore of what was never here shows nothing yet", "g gone @2", "res g", "", "", ""),
    case(
        "a pending delete that is restored shows the record again",
        P,
        "add p -1; del p; res p",
        "",
        "p Tea 9 @1",
        "",
    ),
    case(
        "what another deleted under a pending edit comes back with a restore",
        "p Tea 10 @1",
        "name p Chai",
        "p Tea 7 @2 // p gone @3; no 1 @3 // p Tea 7 @4",
        "p Tea 7 @4",
        "",
    ),
    case(
        "a committed restore shows what the server has",
        "p Tea 10 @1 // p gone @2",
        "res p",
        "p Tea 10 @3; ok 1 @3",
        "p Tea 10 @3",
        "",
    ),
    case(
        "a restore by another puts one's own in doubt",
        "p Tea 10 @1 // p gone @2",
        "res p",
        "p Tea 10 @3",
        "p Tea 10 @3",
        "1",
    ),
    case("a pending element joins the server's", P, "tag p a", "p Tea 10 [b] @2", "p Tea 10 [a,b] @2", ""),
    case(
        "an element that no longer fits into its set is in doubt",
        P,
        "tag p a",
        "p Tea 10 [b,c] @2",
        "p Tea 10 [b,c] @2",
        "1",
    ),
    case(
        "a pending exclusion is played on the server's set",
        P,
        "untag p b",
        "p Tea 10 [b,c] @2",
        "p Tea 10 [c] @2",
        "",
    ),
    case(
        "a sum that leaves its range is in doubt",
        "p Tea 0 @1",
        "add p -999999999999999990",
        "p Tea -100 @2",
        "p Tea -100 @2",
        "1",
    ),
    case(
        "news of one record is played through ops over several",
        "p Tea 10 @1; q Mug 5 @2; r Pot 7 @3",
        "add p -1, add q -1; add q -1, add r -1",
        "p Tea 20 @4",
        "p Tea 19 @4; q Mug 3 @2; r Pot 6 @3",
        "",
    ),
    case(
        "a duplicate's record vanishes",
        P,
        "ins r New 3",
        "s New 3 @2; dup 1 r=s @3",
        "p Tea 10 @1; s New 3 @2",
        "",
    ),
    case(
        "an edit of a duplicate's record goes to the one in force",
        P,
        "ins r New 3; add r -1",
        "s New 3 @2; dup 1 r=s @3",
        "p Tea 10 @1; s New 2 @2",
        "",
    ),
    case(
        "the one in force may have been here before",
        "p Tea 10 @1; s New 3 @2",
        "ins r New 3; name r Neu",
        "dup 1 r=s @3",
        "p Tea 10 @1; s Neu 3 @2",
        "",
    ),
    case(
        "the one in force may have pending ops of its own",
        "p Tea 10 @1; s New 3 @2",
        "add s -1; ins r New 3; add r -1",
        "dup 2 r=s @3",
        "p Tea 10 @1; s New 1 @2",
        "",
    ),
    case(
        "a reference to a duplicate's record names the one in force",
        P,
        "ins r New 3; like p r",
        "s New 3 @2; dup 1 r=s @3",
        "p Tea 10 ~s @1; s New 3 @2",
        "",
    ),
    case(
        "a settled edit of a duplicate's record leaves nothing behind",
        P,
        "ins r New 3; add r -1",
        "s New 3 @2; dup 1 r=s @3 // s New 2 @4; ok 2 @4",
        "p Tea 10 @1; s New 2 @4",
        "",
    ),
    case(
        "an edit in the same page as the duplicate is settled with it",
        P,
        "ins r New 3; add r -1",
        "s New 2 @4; dup 1 r=s @3; ok 2 @4",
        "p Tea 10 @1; s New 2 @4",
        "",
    ),
];

#[test]
fn what_is_shown_is_confirmed_and_pending_on_top() {
    for case in CASES {
        let mut store = with(case.base);
        act(&mut store, case.pending);
        for part in case.news.split("//").filter(|part| !part.trim().is_empty()) {
            news(&mut store, part).unwrap_or_else(|error| panic!("{}: {error}", case.sentence));
        }
        assert_eq!(shown(&mut store), case.shown, "{}", case.sentence);
        assert_eq!(in_doubt(&mut store), case.in_doubt, "{}: in doubt", case.sentence);
    }
}

#[test]
fn what_is_confirmed_is_what_the_server_said_whatever_is_pending() {
    for case in CASES {
        let mut store = with(case.base);
        let mut bare = with(case.base);
        act(&mut store, case.pending);
        for part in case.news.split("//").filter(|part| !part.trim().is_empty()) {
            let rows = part.split(';').map(str::trim);
            let rows: Vec<&str> = rows
                .filter(|row| !["ok ", "no ", "dup "].iter().any(|verdict| row.starts_with(verdict)))
                .collect();
            news(&mut store, part).unwrap_or_else(|error| panic!("{}: {error}", case.sentence));
            news(&mut bare, &rows.join(";")).unwrap_or_else(|error| panic!("{}: {error}", case.sentence));
        }
        assert_eq!(confirmed(&mut store), confirmed(&mut bare), "{}", case.sentence);
    }
}

#[test]
fn counts_follow_the_verdicts() {
    let mut store = with(P);
    act(&mut store, "add p -1; name p Chai; ins r New 3");
    let facts = store.facts().expect("facts");
    assert_eq!((facts.waiting, facts.unconfirmed, facts.rejected), (3, 0, 0));
    let arrived = news(&mut store, "p Tea 9 @2; ok 1 @2; no 2 @3").expect("news");
    assert_eq!((arrived.settled, arrived.rows, arrived.changed_types), (2, 1, vec!["product".to_owned()]));
    let facts = store.facts().expect("facts");
    assert_eq!((facts.waiting, facts.unconfirmed, facts.rejected, facts.next.0), (1, 0, 1, 3));
}

#[test]
fn a_verdict_for_another_op_at_that_place_is_reported_and_nothing_is_taken_in() {
    let mut store = with(P);
    let mut other = with(P);
    act(&mut store, "add p -1");
    act(&mut other, "ins x Other 1; add p -2");
    let first = store.op_text(fieldbook_model::Seq(1)).expect("text");
    // The same moment makes the same id, so the page names an op that this device does not have: its second.
    let beyond = page(&mut other, 1, 2, false, "p Tea 8 @2; ok 2 @2");
    let error = store.incoming(&beyond).expect_err("a foreign verdict");
    assert_eq!(error, fieldbook_device_store::IncomingError::Forked);
    assert_eq!(shown(&mut store), "p Tea 9 @1");
    assert_eq!(store.op_text(fieldbook_model::Seq(1)).expect("text"), first);
}

/// A snapshot that tells of a deletion anew takes nothing from what is known of the record.
#[test]
fn what_a_deleted_record_held_stays_known_behind_a_snapshot() {
    let mut store = with("p tea 5 @2");
    news(&mut store, "p gone @3").expect("a page");
    let snapshot = page(&mut store, 0, 4, false, "q salt 1 @2; p gone @3");
    store.incoming(&snapshot).expect("a page");
    act(&mut store, "res p");
    assert!(shown(&mut store).contains("tea 5"), "{}", shown(&mut store));
}
