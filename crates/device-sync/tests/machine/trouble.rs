//! What goes wrong: trouble, waiting, halting, and how it goes on.

use fieldbook_device_sync::{Input, Trouble};

use crate::bench::{Bench, check};

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
    check("a page of a pull that is none is trouble", {
        "begin 1:10 => collect; pull #1
         none
         page #1 a => apply a
         unusable => cancel #1; remember 1
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
         sync now => collect; pull #3
         none
         pull #3 no-answer => cancel #2; remember 1
         wrote
         tick
         page #9 a
         wait => collect; pull #4"
    });
    check("a batch that comes when the link is down is collected again", {
        "level
         sync now => collect; pull #3
         pull #3 cut => cancel #2; remember 1
         ops 4..4
         is busy
         wait => collect; pull #4
         ops 4..4 => push #5 4..4; collect from 5"
    });
    check("also the head of an op that is too large", {
        "level
         sync now => collect; pull #3
         ops 4..4 => push #4 4..4; collect from 5
         none
         push #4 too-large => collect at most 1 head only
         pull #3 cut => cancel #2; remember 1
         ops 4..4
         wait => collect at most 1 head only; pull #5"
    });
    check("answers that are being recorded when the link breaks are recorded all the same", {
        "level
         sync now => collect; pull #3
         ops 4..4 => push #4 4..4; collect from 5
         none
         push #4 answers 4..4 head 1:11 => record
         pull #3 cut => cancel #2; remember 1
         recorded
         wait => collect; pull #5"
    });
    check("a page that turns out to be none when the link is down does not make the wait longer", {
        "begin 1:10 => collect; pull #1
         none
         page #1 a => apply a
         pull #1 cut => remember 1
         unusable
         wait => collect; pull #2"
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
         sync now => collect; pull #5
         pull #5 cut => cancel #4; remember 1"
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
         broken
         push #4 unavailable => cancel #5; remember 2
         wait => collect; pull #6
         ops 1..1 => push #7 1..1; collect from 2
         none
         broken
         push #7 answers 1..1 head 1:11 => forget; record
         connected"
    });
    check("a row of pushes that fail ends when nothing is left to push", {
        "begin 1:10 => collect; pull #1
         ops 1..1 => push #2 1..1; collect from 2
         none
         push #2 cut => cancel #1; remember 1
         wait => collect at most 1; pull #3
         none => forget
         broken
         pull #3 ends => live #4 at 1:10
         connected"
    });
    check("then a pull says whether the server answers, though there was one before", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 cut => cancel #2; remember 1
         wait => collect at most 1; pull #4
         pull #4 ends => live #5 at 1:10
         none => forget; pull #6
         broken
         pull #6 ends
         connected
         is quiet"
    });
}

#[test]
fn a_wait_that_is_over_is_no_success() {
    check("the link stays broken until a call succeeds", {
        "begin 1:10 => collect; pull #1
         none
         connecting
         pull #1 no-answer => remember 1
         broken
         wait => collect; pull #2
         broken
         none
         broken
         pull #2 no-answer => remember 2
         broken
         wait => collect; pull #3
         none
         pull #3 ends => forget; live #4 at 1:10
         connected
         is level"
    });
    check("a page that joins is one, before the pull is at its end", {
        "begin 1:10 => collect; pull #1
         none
         pull #1 cut => remember 1
         wait => collect; pull #2
         none
         page #2 a => apply a
         broken
         staged
         connected
         is behind"
    });
    check("a page that joins is none where a push has failed: only a push ends that", {
        "begin 1:10 => collect; pull #1
         ops 1..1 => push #2 1..1; collect from 2
         none
         push #2 unavailable => cancel #1; remember 1
         wait => collect; pull #3
         page #3 a => apply a
         shown 1:12 => level
         broken"
    });
    check("nor is one that is taken in when the link is down again", {
        "begin 1:10 => collect; pull #1
         none
         page #1 a => apply a
         pull #1 cut => remember 1
         shown 1:12 => level
         broken"
    });
    check("after trouble the device is level again when a pull has ended", {
        "level
         is level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 unavailable => cancel #2; remember 1
         is behind
         wait => collect; pull #4
         ops 4..4 => push #5 4..4; collect from 5
         none
         push #5 answers 4..4 head 1:10 => forget; record
         connected
         is behind
         pull #4 ends => live #6 at 1:10
         is level"
    });
    check("who asks to sync now waits for a new answer", {
        "level
         sync now => collect; pull #3
         connected
         none
         pull #3 no-answer => cancel #2; remember 1
         sync now => collect; pull #4
         connecting
         none
         pull #4 ends => forget; live #5 at 1:10
         connected"
    });
}

#[test]
fn a_live_stream_that_fails_waits_alone() {
    check("a push and a pull that are on their way go on", {
        "level
         head #2 1:12 => pull #3
         wrote => collect
         ops 4..4 => push #4 4..4; collect from 5
         none
         live #2 cut
         connected
         page #3 a => apply a
         shown 1:12 => level
         push #4 answers 4..4 head 1:13 => record
         pull #3 ends => pull #5"
    });
    check("it is opened again after a wait and a pull", {
        "level
         live #2 cut
         connected
         is quiet
         deadline between 1 and 2000
         wait => pull #3
         pull #3 ends => live #4 at 1:10"
    });
    check("a pull that is under way then is enough", {
        "level
         head #2 1:12 => pull #3
         live #2 cut
         wait
         page #3 a => apply a
         shown 1:12 => level
         pull #3 ends => live #4 at 1:12"
    });
    check("meanwhile acts are pushed, and what the answers speak of is pulled", {
        "level
         live #2 unavailable after 20000
         deadline between 20000 and 30000
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:11 => record; pull #4
         recorded
         page #4 a => apply a
         shown 1:11 => level
         pull #4 ends
         is quiet
         wait => pull #5
         pull #5 ends => live #6 at 1:11"
    });
    check("what it was to bring is pulled at once", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:11 => record
         recorded
         live #2 cut => pull #4"
    });
    check("silence for three quarters of a minute is failing", {
        "level
         deadline +45000
         wait => cancel #2
         connected
         deadline between 1 and 2000
         wait => pull #3"
    });
    check("streams that are swallowed on the way do not make the waits grow", {
        "level
         wait => cancel #2
         wait => pull #3
         pull #3 ends => live #4 at 1:10
         wait => cancel #4
         deadline between 0 and 2000
         wait => pull #5
         pull #5 ends => live #6 at 1:10
         wait => cancel #6
         deadline between 0 and 2000"
    });
    check("its attempts are its own: those of pushes and pulls begin at one", {
        "level
         live #2 foreign
         wait => pull #3
         pull #3 ends => live #4 at 1:10
         live #4 foreign
         wait => pull #5
         pull #5 no-answer => remember 1"
    });
    check("when the link waits too, it is opened after the link's first pull", {
        "level
         live #2 unavailable after 600000
         sync now => collect; pull #3
         none
         pull #3 no-answer => remember 1
         wait => collect; pull #4
         none
         pull #4 ends => forget; live #5 at 1:10"
    });
    check("to sync now ends its wait", {
        "level
         live #2 unavailable after 600000
         sync now => collect; pull #3
         none
         pull #3 ends => live #4 at 1:10"
    });
    check("news that is none fails the live stream, and is pulled", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         changes #2 a => apply a
         unusable => cancel #2; pull #4
         connected
         is behind
         push #3 answers 4..4 head 1:11 => record"
    });
    check("who is signed out is so for all", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         live #2 session-ended => cancel #3
         halted
         deadline none"
    });
}

#[test]
fn live_streams_that_are_refused_are_opened_ever_more_rarely() {
    let mut bench = Bench::new(7);
    bench.play("begin 1:10");
    bench.play("none");
    let mut waits = Vec::new();
    for _ in 0..30 {
        let pull = bench.calls()[1].expect("a pull");
        bench.tell(Input::PullEnded(pull, Ok(())));
        let live = bench.calls()[2].expect("a live stream");
        let said = bench.tell(Input::LiveEnded(live, Trouble::Foreign("a proxy".to_owned())));
        assert_eq!(said, Vec::new());
        waits.push(bench.machine.deadline().expect("a deadline") - bench.now.mono_ms);
        bench.play("wait");
    }
    assert!(waits[0] <= 2000 && waits[1] <= 4000 && waits[2] <= 8000, "{waits:?}");
    assert!(waits[8..].iter().any(|wait| *wait > 20_000), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 30_000), "{waits:?}");
}

#[test]
fn a_push_that_is_too_large_for_the_line_is_made_smaller() {
    check("silence halves the pushes, and they grow again when they get through", {
        "level
         wrote => collect
         ops 1..8 => push #3 1..8; collect from 9
         ops 9..16
         wait => cancel #3; cancel #2; remember 1
         wait => collect at most 4; pull #4
         pull #4 ends => live #5 at 1:10
         ops 1..4 => push #6 1..4; collect from 5 at most 4
         ops 5..8
         wait => cancel #6; cancel #5; remember 2
         wait => collect at most 2; pull #7
         pull #7 ends => live #8 at 1:10
         ops 1..2 => push #9 1..2; collect from 3 at most 2
         ops 3..4
         push #9 answers 1..2 head 1:12 => forget; push #10 3..4; collect from 5 at most 4; record
         ops 5..8
         push #10 answers 3..4 head 1:14 => push #11 5..8; collect from 9; record"
    });
    check("a push that took more than half of its time does not grow", {
        "level
         wrote => collect
         ops 1..8 => push #3 1..8; collect from 9
         none
         push #3 cut => cancel #2; remember 1
         wait => collect at most 4; pull #4
         pull #4 ends => live #5 at 1:10
         ops 1..4 => push #6 1..4; collect from 5 at most 4
         ops 5..8
         +15000
         push #6 answers 1..4 head 1:14 => forget; push #7 5..8; collect from 9 at most 4; record
         ops 9..12
         +14999
         push #7 answers 5..8 head 1:18 => push #8 9..12; collect from 13; record; pull #9"
    });
    check("one op is the least", {
        "level
         wrote => collect
         ops 1..1 => push #3 1..1; collect from 2
         none
         push #3 timed-out => cancel #2; remember 1
         wait => collect at most 1; pull #4
         ops 1..1 => push #5 1..1; collect from 2 at most 1
         none
         push #5 cut => cancel #4; remember 2
         wait => collect at most 1; pull #6"
    });
    check("a pull that times out behind a push makes the pushes smaller too", {
        "begin 1:10 => collect; pull #1
         +10
         ops 1..8 => push #2 1..8; collect from 9
         none
         wait => cancel #2; cancel #1; remember 1
         wait => collect at most 4; pull #3"
    });
    check("a server that is busy, or is not there, does not", {
        "level
         wrote => collect
         ops 1..8 => push #3 1..8; collect from 9
         none
         push #3 unavailable => cancel #2; remember 1
         wait => collect; pull #4
         ops 1..8 => push #5 1..8; collect from 9
         none
         push #5 no-answer => cancel #4; remember 2
         wait => collect; pull #6"
    });
}

#[test]
fn somebody_ends_a_wait() {
    check("to sync now ends a wait, and trouble is counted anew", {
        "level
         sync now => collect; pull #3
         none
         pull #3 no-answer => cancel #2; remember 1
         wait => collect; pull #4
         none
         pull #4 no-answer => remember 2
         sync now => collect; pull #5
         none
         pull #5 no-answer => remember 1"
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
                 connecting"
            )
        });
    }
    check("a device that is a copy of another goes on in a log of its own", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 log-forked => ask common #4
         wrote
         common #4 is three => part behind three
         parted => cancel #2; collect; pull #5
         ops 4..5 => push #6 4..5; collect from 6
         none
         pull #5 ends => live #7 at 1:10
         push #6 answers 4..5 head 1:12 => record
         recorded"
    });
    check("a verdict of another log tells it too, and what is on its way is of the old one", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         head #2 1:11 => pull #4
         page #4 text => apply text
         forked => cancel #3; cancel #4; ask common #5
         common #5 cut => cancel #2; remember 1
         sync now => ask common #6
         common #6 is three => part behind three
         not parted => remember 1"
    });
    check("a log of its own whose beginning the server lost is followed by another, after a wait", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 log-forked => ask common #4
         common #4 is three => part behind three
         parted => cancel #2; collect; pull #5
         ops 4..4 => push #6 4..4; collect from 5
         none
         push #6 log-forked => cancel #5; remember 1
         deadline between 1 and 2000
         wait => collect; pull #7
         ops 4..4 => push #8 4..4; collect from 5
         none
         pull #7 log-forked => cancel #8; ask common #9
         common #9 is one => part behind one
         parted => forget; collect; pull #10"
    });
    for code in ["bad-request", "forbidden", "not-found", "wrong-method"] {
        check(
            "a server that shuts the device out is asked again every five minutes, and it may have changed",
            &{
                format!(
                    "level
                 wrote => collect
                 ops 4..4 => push #3 4..4; collect from 5
                 none
                 push #3 {code} => cancel #2
                 halted
                 deadline between 240000 and 360000
                 wrote
                 wait => collect; pull #4
                 halted
                 ops 4..5 => push #5 4..5; collect from 6
                 none
                 push #5 {code} => cancel #4
                 halted
                 deadline between 240000 and 360000
                 wait => collect; pull #6
                 ops 4..5 => push #7 4..5; collect from 6
                 none
                 pull #6 ends => live #8 at 1:10
                 halted
                 push #7 answers 4..5 head 1:12 => record
                 connected
                 live #8 {code}
                 halted
                 deadline between 240000 and 360000
                 sync now => collect; pull #9
                 connecting"
                )
            },
        );
    }
    check("whoever was removed sends what is queued and then stops, and is asked again now and then", {
        "begin 1:10 => collect; pull #1
         pull #1 revoked
         ops 1..3 => push #2 1..3; collect from 4
         ops 4..4
         push #2 answers 1..3 head 1:13 => push #3 4..4; collect from 5; record
         none
         recorded
         push #3 answers 4..4 head 1:14 => record
         halted
         deadline between 240000 and 360000
         recorded
         wait => collect; pull #4
         none
         pull #4 revoked
         halted"
    });
    check("also where the live stream says so", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         live #2 revoked
         push #3 answers 4..4 head 1:11 => record
         halted"
    });
    for code in ["too-many", "unavailable", "internal"] {
        check("what waiting helps against waits", &{
            format!("begin 1:10 => collect; pull #1\n none\n pull #1 {code} => remember 1\n broken")
        });
    }
    check("a page that turns out to be none does not end a halt", {
        "level
         changes #2 a => apply a
         live #2 session-ended
         unusable
         halted
         deadline none"
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
         broken
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
    check("a wait that is over is none", "begin 1:10 after 4 until -1 => collect; pull #1\n connecting");
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
         wait => collect at most 1; pull #4
         ops 4..4 => push #5 4..4; collect from 5 at most 1
         none
         +29000
         not stuck
         wait => cancel #5; cancel #4; remember 2
         stuck sending
         wait => collect at most 1; pull #6
         ops 4..4 => push #7 4..4; collect from 5 at most 1
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
         wait => collect at most 1; pull #4
         ops 4..4 => push #5 4..4; collect from 5 at most 1
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
