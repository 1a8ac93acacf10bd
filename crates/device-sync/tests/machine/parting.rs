//! A server that has another log, or another history, than the device.

use crate::bench::check;

#[test]
fn a_batch_of_the_log_that_ended_is_not_sent() {
    check("it was asked for before the log ended, and comes after the new one was asked for", {
        "level
         wrote => collect
         head #2 1:11 => pull #3
         pull #3 log-forked => ask common #4
         common #4 is three => part behind three
         parted => cancel #2; collect; pull #5
         ops 4..4
         ops 1..1 => push #6 1..1; collect from 2"
    });
}

/// A device that has just begun a log of its own, and pushes and pulls.
const PARTED: &str = "level
    wrote => collect
    ops 4..4 => push #3 4..4; collect from 5
    none
    push #3 log-forked => ask common #4
    common #4 is three => part behind three
    parted => cancel #2; collect; pull #5
    ops 4..4 => push #6 4..4; collect from 5
    none";

#[test]
fn after_a_log_of_its_own_the_next_one_waits() {
    check("pages of the same history do not allow another one", &{
        format!(
            "{PARTED}
             page #5 a => apply a
             shown 1:12 => level
             pull #5 ends => live #7 at 1:12
             push #6 log-forked => cancel #7; remember 1"
        )
    });
    check("in another history the server may have lost what both had, so another one begins at once", &{
        format!(
            "{PARTED}
             page #5 a => apply a
             shown 2:12 => level
             pull #5 ends => live #7 at 2:12
             push #6 log-forked => ask common #8"
        )
    });
    check("a page with verdicts of another log is trouble like any", &{
        format!(
            "{PARTED}
             page #5 a => apply a
             forked => cancel #6; cancel #5; remember 1
             broken"
        )
    });
    check("nor does a pull that is turned away begin one", &{
        format!(
            "{PARTED}
             pull #5 log-forked => cancel #6; remember 1
             broken"
        )
    });
}

#[test]
fn a_push_that_speaks_of_another_history_waits_for_a_pull() {
    check("one pull, and turned away again it is trouble like any", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 history-differs => pull #4
         wrote
         pull #4 ends => collect
         ops 4..5 => push #5 4..5; collect from 6
         none
         push #5 history-differs => cancel #2; remember 1
         broken"
    });
    check("what the pull brings lets pushes go on, and each history may differ once", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 history-differs => pull #4
         page #4 a => apply a
         shown 2:5 => level; collect
         ops 4..4 => push #5 4..4; collect from 5
         none
         pull #4 ends
         push #5 history-differs => pull #6"
    });
}

#[test]
fn ops_that_the_server_lost_are_offered_again() {
    check("a device that was done begins to send anew", {
        "level
         changes #2 a => apply a
         shown 2:5 again => level; collect
         ops 1..3 => push #3 1..3; collect from 4"
    });
    check("what was collected already may lie behind them, and is collected anew", {
        "level
         wrote => collect
         ops 4..5 => push #3 4..5; collect from 6
         ops 6..7
         head #2 2:5 => pull #4
         page #4 a => apply a
         shown 2:5 again => level
         push #3 answers 4..5 head 2:5 => record; collect"
    });
}
