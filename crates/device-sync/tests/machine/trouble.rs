//! What goes wrong: trouble, waiting, halting, and how it goes on.

use crate::bench::check;

#[test]
fn trouble_hangs_everything_up_and_waits() {
    check("when a push fails, the pull and the live stream end too", {
        "level
         head #2 1:12 => pull #3
         wrote => collect
         ops 4..4 => push #4 4..4; collect from 5
         none
         push #4 no-answer => cancel #3; cancel #2; remember 1
         broken
         is busy"
    });
    check("when a pull fails, the push ends too", {
        "begin 1:10 => collect; pull #1
         ops 4..4 => push #2 4..4; collect from 5
         none
         pull #1 cut => cancel #2; remember 1"
    });
    check("a live stream that ends is trouble, and after it comes a pull", {
        "level
         live #2 cut => remember 1
         wait => collect; pull #3
         none
         pull #3 ends => live #4 at 1:10
         beat #4 => forget"
    });
    check("a page that is none is trouble", {
        "level
         changes #2 a => apply a
         unusable => cancel #2; remember 1
         broken"
    });
    check("a push without an answer for half a minute has failed", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         deadline +30000
         wait => cancel #3; cancel #2; remember 1"
    });
    check("a pull without a page for half a minute has failed", {
        "begin 1:10 => collect; pull #1
         none
         wait => cancel #1; remember 1"
    });
    check("a live stream that is silent for three quarters of a minute has failed", {
        "level
         deadline +45000
         wait => cancel #2; remember 1"
    });
    check("the deadline is always the earliest", {
        "level
         deadline +45000
         +10000
         deadline +35000
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         deadline +30000
         +1000
         push #3 answers 4..4 head 1:11 => record
         recorded
         deadline +1000"
    });
    check("what came during a wait is not sent before it ends", {
        "level
         live #2 no-answer => remember 1
         wrote
         tick
         page #9 a
         wait => collect; pull #3"
    });
    check("a batch that comes when the link is down is collected again", {
        "level
         wrote => collect
         live #2 cut => remember 1
         ops 4..4
         is busy
         wait => collect; pull #3
         ops 4..4 => push #4 4..4; collect from 5"
    });
    check("also the head of an op that is too large", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 too-large => collect at most 1 head only
         live #2 cut => remember 1
         ops 4..4
         wait => collect at most 1 head only; pull #4"
    });
    check("answers that are being recorded when the link breaks are recorded all the same", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:11 => record
         live #2 cut => remember 1
         recorded
         wait => collect; pull #4"
    });
    check("a page that turns out to be none when the link is down does not make the wait longer", {
        "level
         changes #2 a => apply a
         live #2 cut => remember 1
         unusable
         wait => collect; pull #3"
    });
    check("a server whose pages never join is not asked at once for ever", {
        "level
         changes #2 a => apply a
         gap => pull #3
         page #3 b => apply b
         gap => cancel #3; pull #4
         page #4 c => apply c
         gap => cancel #4; cancel #2; remember 1
         wait => collect; pull #5
         none
         page #5 d => apply d
         gap => cancel #5; remember 2
         wait => collect; pull #6
         none
         page #6 e => apply e
         shown 1:12 => level
         pull #6 ends => forget; live #7 at 1:12
         changes #7 f => apply f
         gap => pull #8"
    });
    check("a server that answers nothing is not asked at once for ever", {
        "level
         wrote => collect
         ops 4..9 => push #3 4..9; collect from 10
         none
         push #3 answers nothing head 1:10 => cancel #2; remember 1"
    });
    check("nor one that always wants an op that the log no longer gives", {
        "level
         wrote => collect
         ops 4..9 => push #3 4..9; collect from 10
         none
         push #3 answers nothing head 1:10 expects 2 => record; collect from 2
         recorded
         ops 4..9 => push #4 4..9; collect from 10
         none
         push #4 answers nothing head 1:10 expects 2 => cancel #2; remember 1"
    });
}

#[test]
fn success_ends_the_row_of_troubles() {
    check("troubles in a row are counted, and success is remembered", {
        "begin 1:10 => collect; pull #1
         none
         pull #1 no-answer => remember 1
         wait => collect; pull #2
         none
         pull #2 no-answer => remember 2
         wait => collect; pull #3
         none
         pull #3 ends => forget; live #4 at 1:10
         live #4 cut => remember 1"
    });
    check("pulls that go well do not end a row of pushes that fail", {
        "begin 1:10 => collect; pull #1
         ops 1..1 => push #2 1..1; collect from 2
         none
         push #2 unavailable => cancel #1; remember 1
         wait => collect; pull #3
         ops 1..1 => push #4 1..1; collect from 2
         none
         pull #3 ends => live #5 at 1:10
         beat #5
         push #4 unavailable => cancel #5; remember 2
         wait => collect; pull #6
         ops 1..1 => push #7 1..1; collect from 2
         none
         push #7 answers 1..1 head 1:11 => forget; record"
    });
    check("a row of pushes that fail ends when nothing is left to push", {
        "begin 1:10 => collect; pull #1
         ops 1..1 => push #2 1..1; collect from 2
         none
         push #2 cut => cancel #1; remember 1
         wait => collect; pull #3
         none => forget"
    });
    check("live streams that are swallowed on the way do not make the waits grow", {
        "level
         wait => cancel #2; remember 1
         wait => collect; pull #3
         none
         pull #3 ends => live #4 at 1:10
         wait => cancel #4; remember 1"
    });
    check("live streams that are refused do", {
        "level
         live #2 foreign => remember 1
         wait => collect; pull #3
         none
         pull #3 ends => live #4 at 1:10
         live #4 foreign => remember 2"
    });
}

#[test]
fn somebody_ends_a_wait() {
    check("to sync now ends a wait", {
        "level
         live #2 no-answer => remember 1
         sync now => collect; pull #3
         connected"
    });
    check("to sync now when all is well looks and pulls once more", {
        "level
         sync now => collect; pull #3
         none
         pull #3 ends
         is quiet"
    });
    for code in ["session-ended", "sign-in-needed", "wrong-sign-in"] {
        check("who is signed out halts until somebody signs in, and that is no trouble to count", &{
            format!(
                "level
                 wrote => collect
                 ops 4..4 => push #3 4..4; collect from 5
                 none
                 push #3 {code} => cancel #2
                 halted
                 deadline none
                 wrote
                 tick
                 +600000
                 tick
                 is busy
                 sync now => collect; pull #4
                 connected"
            )
        });
    }
    for code in ["log-forked", "bad-request", "forbidden", "not-found", "wrong-method"] {
        check("what no waiting helps against halts", &{
            format!(
                "level
                 wrote => collect
                 ops 4..4 => push #3 4..4; collect from 5
                 none
                 push #3 {code} => cancel #2
                 halted
                 deadline none"
            )
        });
    }
    for code in ["too-many", "unavailable", "internal"] {
        check("what waiting helps against waits", &format!("level\n live #2 {code} => remember 1\n broken"));
    }
    check("a page that turns out to be none does not end a halt", {
        "level
         changes #2 a => apply a
         live #2 session-ended
         unusable
         halted"
    });
    check("a batch that comes while halted is collected again", {
        "level
         wrote => collect
         live #2 session-ended
         ops 4..4
         halted
         sync now => collect; pull #3"
    });
}

#[test]
fn a_wait_outlives_a_session() {
    check("a stored wait is honoured", {
        "begin 1:10 after 4 until 3000
         broken
         deadline +3000
         is busy
         wait => collect; pull #1
         none
         pull #1 no-answer => remember 5"
    });
    check("a clock that went back by a year does not stretch it", {
        "clock goes back 31536000000
         begin 1:10 after 4 until 31536000000
         deadline +30000"
    });
    check("a count that cannot grow any more stays", {
        "begin 1:10 after 4294967295 until 0 => collect; pull #1
         none
         pull #1 cut => remember 4294967295"
    });
    check("a wait that is over is none", "begin 1:10 after 4 until -1 => collect; pull #1");
    check("a stored wait is forgotten after the first success", {
        "begin 1:10 after 4 until 0 => collect; pull #1
         none
         pull #1 ends => forget; live #2 at 1:10
         is quiet"
    });
    check("to sync now ends a stored wait", "begin 1:10 after 4 until 9000\n sync now => collect; pull #1");
}

#[test]
fn a_minute_of_sending_without_progress_is_called_stuck() {
    check("a server that takes pushes and does not answer", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         +29999
         not stuck
         wait => cancel #3; cancel #2; remember 1
         wait => collect; pull #4
         ops 4..4 => push #5 4..4; collect from 5
         none
         +29000
         not stuck
         wait => cancel #5; cancel #4; remember 2
         not stuck
         wait => collect; pull #6
         ops 4..4 => push #7 4..4; collect from 5
         stuck sending
         none
         push #7 answers 4..4 head 1:11 => forget; record
         not stuck"
    });
    check("a store that does not say what is in the log, whatever the live stream brings", {
        "level
         wrote => collect
         +44999
         beat #2
         not stuck
         +15001
         beat #2
         stuck sending"
    });
    check("a server that answers pulls and no pushes", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         +20000
         beat #2
         wait => cancel #3; cancel #2; remember 1
         wait => collect; pull #4
         ops 4..4 => push #5 4..4; collect from 5
         none
         pull #4 ends => live #6 at 1:10
         +20000
         beat #6
         not stuck
         +9999
         stuck sending"
    });
    check("a server that takes pulls and sends nothing", {
        "begin 1:10 => collect; pull #1
         none
         wait => cancel #1; remember 1
         wait => collect; pull #2
         none
         +29999
         stuck receiving
         page #2 a => apply a
         not stuck"
    });
    check("an hour without anything to send is none without progress", {
        "level
         +3600000
         beat #2
         wrote => collect
         not stuck"
    });
    check("an hour offline is not an hour without progress", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 no-answer => cancel #2; remember 1
         +3600000
         tick => collect; pull #4
         ops 4..4 => push #5 4..4; collect from 5
         none
         not stuck
         +3000
         push #5 no-answer => cancel #4; remember 2
         not stuck"
    });
    check("nor is the time until somebody signed in", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 session-ended => cancel #2
         +3600000
         sync now => collect; pull #4
         not stuck"
    });
}
