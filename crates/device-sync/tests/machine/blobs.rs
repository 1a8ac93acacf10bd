//! Blobs: fetched when all else is done, one at a time, and in nobody's way.

use crate::bench::check;

#[test]
fn they_come_one_after_the_other_when_all_else_is_done() {
    check("the first is asked for when the pull has ended, and the next when it is kept", {
        "begin 1:10 => collect; pull #1
         none
         page #1 a => apply a
         shown 1:12 => level
         blobs 2
         is busy
         pull #1 ends => fetch blob #2; live #3 at 1:12
         deadline +30000
         blob #2 piece => keep blob
         blobs 2 => fetch blob #4
         blob #4 piece => keep blob
         blobs 1 => fetch blob #5
         blob #5 piece => keep blob
         blobs 0
         is quiet"
    });
    check("one that nothing wants any more is none", {
        "level
         blobs 1 => fetch blob #3
         blob #3 of nothing
         is quiet"
    });
    check("they wait for an op that is to be sent, and one on its way goes on", {
        "level
         blobs 2 => fetch blob #3
         wrote => collect
         ops 4..4 => push #4 4..4; collect from 5
         none
         blob #3 piece => keep blob
         blobs 1
         push #4 answers 4..4 head 1:10 => record
         recorded => fetch blob #5"
    });
}

#[test]
fn where_bytes_cost_or_the_battery_is_low_they_wait_until_it_is_otherwise() {
    for held in ["metered", "low"] {
        check(
            &format!("{held}: nothing is asked for"),
            &format!(
                "level
             now {held}
             blobs 1
             is quiet
             now open => fetch blob #3"
            ),
        );
    }
}

#[test]
fn trouble_with_one_is_none_of_the_link() {
    check("it waits alone, the pulls go on, and it is tried again", {
        "level
         blobs 1 => fetch blob #3
         blob #3 cut
         connected
         is busy
         wait => fetch blob #4
         blob #4 piece => keep blob
         blobs 0
         is quiet"
    });
    check("one that is silent for half a minute is given up, and tried again", {
        "level
         blobs 1 => fetch blob #3
         +29999
         beat #2
         +1
         tick => cancel #3
         connected"
    });
    check("what comes slowly is not silent", {
        "level
         blobs 1 => fetch blob #3
         +20000
         progress #3
         +20000
         beat #2
         tick
         blob #3 piece => keep blob"
    });
    check("to sync now ends its wait", {
        "level
         blobs 1 => fetch blob #3
         blob #3 no-answer
         sync now => collect; pull #4
         none
         pull #4 ends => fetch blob #5"
    });
    check("a call that ends with the network is asked for again with it", {
        "level
         blobs 1 => fetch blob #3
         now unplugged => cancel #3; cancel #2
         blob #3 piece
         now open => collect; pull #4
         none
         pull #4 ends => fetch blob #5; live #6 at 1:10"
    });
}

#[test]
fn whoever_is_signed_out_is_so_for_blobs_too() {
    check("the link says so", {
        "level
         blobs 1 => fetch blob #3
         blob #3 sign-in-needed => cancel #2
         halted"
    });
}
