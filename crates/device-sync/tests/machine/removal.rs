//! Somebody who was removed from the workspace: what is queued still gets a verdict, and then the session stops.

use crate::bench::check;

#[test]
fn who_was_removed_waits_for_what_is_queued() {
    check("also where flushes are held back", {
        "level
         now low
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:10 => record
         recorded
         wrote
         held for 20000
         live #2 revoked
         connected
         wait => collect
         ops 5..5 => push #4 5..5; collect from 6
         none
         push #4 answers 5..5 head 1:10 => record
         halted"
    });
}

/// Somebody who was removed, and whose ops are on their way.
const REMOVED: &str = "begin 1:10 => collect; pull #1
    pull #1 revoked
    ops 1..3 => push #2 1..3; collect from 4
    none";

#[test]
fn who_was_removed_pulls_nothing_for_the_sake_of_a_push() {
    check("a server that came back from a backup wants a pull first: the session stops", &{
        format!("{REMOVED}\n push #2 history-differs\n halted")
    });
    check("a log that needs a name of its own asks the server for nothing either", &{
        format!("{REMOVED}\n push #2 log-forked\n halted")
    });
}
