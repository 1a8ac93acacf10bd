//! The scripts on a disk that fails: a share of all cases, the proof that they would notice, and what they have found.
//! `cargo xtask disk` plays every case.

use fieldbook_faulty_disk::Loss;
use fieldbook_model::planted::{self, Defect};
use fieldbook_sim::disk::stage::{Side, Stage};
use fieldbook_sim::disk::{Course, Kind, Report, Script, Share, Step, run_all, scripts};

fn script(name: &str) -> Script {
    scripts().into_iter().find(|script| script.name == name).expect("a script of that name")
}

fn failed(reports: &[Report]) -> Vec<String> {
    let told = |it: &Report| {
        let broken = it.broken.iter().map(|words| format!("{}: {words}", it.name));
        let cases = it.failed.iter().map(|(case, words)| format!("{} {case:?}: {words}", it.name));
        broken.chain(cases).collect::<Vec<_>>()
    };
    reports.iter().flat_map(told).collect()
}

fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[test]
fn a_power_cut_at_any_point_loses_nothing_that_was_promised() {
    let cuts: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| kind.loss().is_some()).collect();
    let reports = run_all(&scripts(), &cuts, Share::Spread(8), jobs());
    assert_eq!(failed(&reports), Vec::<String>::new());
    assert!(reports.len() >= 25 && reports.iter().all(|it| it.points > 10 && it.cuts == 32), "{reports:?}");
}

#[test]
fn a_disk_that_fails_or_is_full_is_told_and_loses_nothing_that_was_promised() {
    let faults: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| kind.loss().is_none()).collect();
    let reports = run_all(&scripts(), &faults, Share::Spread(4), jobs());
    assert_eq!(failed(&reports), Vec::<String>::new());
    assert!(reports.iter().all(|it| it.faults >= 8), "{reports:?}");
}

#[test]
fn acts_that_are_not_synced_are_lost_and_the_scripts_say_so() {
    for name in ["act", "undo", "two-connections"] {
        let script = script(name);
        let lost = |course: &Course| {
            let holds =
                |case| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| course.holds(&script, case)));
            let panics = course.cases(script.side, Kind::Lost).filter_map(|case| holds(case).err());
            panics
                .filter_map(|words| words.downcast::<String>().ok())
                .filter(|words| words.starts_with("I1"))
                .count()
        };
        let course = Course::of(&script);
        assert_eq!(lost(&course), 0, "{name}");
        let without = planted::with(Defect::ActsUnsynced, || lost(&Course::of(&script)));
        assert!(without > 0, "{name} loses nothing though nothing is synced");
    }
}

#[test]
fn a_case_is_the_same_each_time() {
    let script = script("pull");
    let (one, other) = (Course::of(&script), Course::of(&script));
    assert_eq!((one.counts, &one.seen, &one.end), (other.counts, &other.seen, &other.end));
}

#[test]
fn every_script_and_kind_is_found_by_its_name() {
    let names: std::collections::BTreeSet<&str> = scripts().iter().map(|script| script.name).collect();
    assert_eq!(names.len(), scripts().len());
    for kind in Kind::ALL {
        assert_eq!(Kind::named(kind.name()), Some(kind));
    }
}

/// What a power cut takes of a pull comes again with what happened since; an op in between would have seen more.
#[test]
fn nothing_happens_elsewhere_between_a_pull_and_the_op_after_it() {
    for script in scripts() {
        let (mut pulled, mut since) = (false, false);
        for step in &script.steps {
            match step {
                Step::Again(_) => (pulled, since) = (true, false),
                Step::Elsewhere(_) => since = pulled,
                Step::Op(_) => assert!(!since, "{}", script.name),
            }
        }
    }
}

/// The sync of a commit failed, or its program was killed before it: whoever opens the database next finds the commit whole
/// in the log and shows it. What was shown once is there after a power cut.
#[test]
fn what_was_left_unsynced_is_synced_before_it_is_shown_or_answered_for() {
    for name in ["pull-with-conflict", "resolve-mine", "server-new", "server-push"] {
        let script = script(name);
        let course = Course::of(&script);
        for case in course.cases(script.side, Kind::Fails) {
            course.holds(&script, case);
        }
    }
}

/// SQLite saves the name of its log with the first sync of the connection that made it, and of no other.
#[test]
fn a_log_that_another_connection_made_is_still_there_after_a_power_cut() {
    let script = script("two-connections");
    let course = Course::of(&script);
    let mut stage = Stage::lay(Side::Device, &course.base);
    stage.open().expect("a device");
    let before = stage.device().facts().expect("facts").last;
    stage.second().expect("a second connection");
    let action = fieldbook_sim::people::action(&fieldbook_sim::disk::base::filled(
        r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#,
    ));
    let moment = fieldbook_sim::disk::script::moment(0);
    stage.second().expect("the same").act(moment, action).expect("an act");
    stage.restart(Loss::Lost, 1);
    stage.open().expect("the device again");
    assert_eq!(stage.device().facts().expect("facts").last, before.next());
}
