//! A session in which nothing goes wrong: pushing, pulling, listening.

use crate::bench::check;

#[test]
fn a_session_begins_and_becomes_level() {
    check("nothing is waited for before the store is open", "deadline none");
    check("nothing happens before the store is open", "wrote\n sync now\n tick\n is busy\n deadline none");
    check("the beginning pushes and pulls, and listens only after the pull", {
        "connecting
         begin 1:10 => collect; pull #1
         deadline +30000
         connecting
         is busy
         ops 1..3 => push #2 1..3; collect from 4
         none
         page #1 a => apply a
         connecting
         shown 1:12 => level
         connected
         is behind
         pull #1 ends => live #3 at 1:12
         is level"
    });
    check("without anything waiting there is no push", {
        "begin 1:10 => collect; pull #1
         none
         is busy
         pull #1 ends => live #2 at 1:10
         is quiet
         deadline +45000"
    });
    check("a pull that finds nothing new says level too", {
        "begin 1:10 => collect; pull #1
         none
         page #1 a => apply a
         known => level
         pull #1 ends => live #2 at 1:10"
    });
    check("pages that are kept for later are not level", {
        "begin 1:0 => collect; pull #1
         none
         page #1 a => apply a
         staged
         page #1 b => apply b
         shown 1:40 => level
         pull #1 ends => live #2 at 1:40"
    });
    check("a shown page that is behind the head is not level", {
        "begin 1:0 => collect; pull #1
         none
         page #1 a => apply a
         shown 1:20 of 1:40
         is busy
         pull #1 ends => live #2 at 1:20
         is behind"
    });
    check("each page of a pull gives it new time", {
        "begin 1:0 => collect; pull #1
         none
         +29999
         page #1 a => apply a
         deadline +30000"
    });
    check("so does each part of a page that comes slowly, and that is no answer yet", {
        "begin 1:0 => collect; pull #1
         none
         +29999
         progress #1
         deadline +30000
         +29999
         progress #1
         not stuck
         +29999
         progress #1
         not stuck
         connecting
         progress #9
         +29999
         page #1 a => apply a
         deadline +30000"
    });
    check("what comes of a call that is over gives no new time to a pull", {
        "begin 1:10 => collect; pull #1
         none
         +10000
         progress #9
         deadline +20000"
    });
    check("nor to a push", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         +10000
         progress #9
         deadline +20000"
    });
    check("and each part of a push's answer", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         +29999
         beat #2
         progress #3
         deadline +30000"
    });
}

#[test]
fn what_is_written_is_pushed() {
    check("an act is collected, pushed, recorded, and is quiet when the page has come", {
        "level
         wrote => collect
         is busy
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:11 => record
         is busy
         recorded
         is busy
         changes #2 a => apply a
         is busy
         shown 1:11 => level
         is quiet"
    });
    check("a device that is level is busy until its answers are recorded", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:11 => record
         changes #2 a => apply a
         shown 1:11 => level
         is busy
         recorded
         is quiet"
    });
    check("the next batch is collected while the one before is on its way", {
        "level
         wrote => collect
         ops 1..1000 => push #3 1..1000; collect from 1001
         ops 1001..1200 
         push #3 answers 1..1000 head 1:1010 => push #4 1001..1200; collect from 1201; record
         none
         recorded
         push #4 answers 1001..1200 head 1:1210 => record
         recorded"
    });
    check("an act during a push is collected after it, though the batch behind was empty before", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         wrote
         push #3 answers 4..4 head 1:11 => record; collect
         recorded
         ops 5..5 => push #4 5..5; collect from 6"
    });
    check("an act while the log is looked through is not lost when nothing was found", {
        "level
         wrote => collect
         wrote
         none => collect
         none"
    });
    check("an act while the log is looked through for the batch behind is not lost either", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         wrote
         none
         push #3 answers 4..4 head 1:11 => record; collect"
    });
    check("while a push is under way no second one begins", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         ops 5..5
         wrote
         sync now => pull #4
         tick"
    });
    check("a push that was answered in part goes on where the answers end", {
        "level
         wrote => collect
         ops 1..9 => push #3 1..9; collect from 10
         ops 10..12
         push #3 answers 1..4 head 1:14 => record; collect"
    });
    check("the server says which op it wants, and the next batch begins there", {
        "level
         wrote => collect
         ops 7..9 => push #3 7..9; collect from 10
         none
         push #3 answers nothing head 1:10 expects 4 => record; collect from 4
         ops 4..9 => push #4 4..9; collect from 10"
    });
    check("the answer to a batch behind that nobody wants any more is not taken for the next one", {
        "level
         wrote => collect
         ops 1..2 => push #3 1..2; collect from 3
         push #3 answers 1..1 head 1:11 => record; collect
         none
         ops 2..2 => push #4 2..2; collect from 3"
    });
    check("answers to calls that are over, or never were, are ignored", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #1 answers 4..4 head 1:99
         push #9 no-answer
         pull #1 ends
         page #1 a
         pull #3 cut
         live #1 cut
         head #1 1:99
         changes #3 a
         connected
         deadline +30000"
    });
    check("what was not asked for changes nothing", {
        "level
         ops 1..9
         none
         recorded
         is quiet"
    });
}

#[test]
fn an_op_that_is_too_large_does_not_stop_the_queue() {
    check("too many ops are halved, one op sends its head, and what is behind it flows", {
        "level
         wrote => collect
         ops 1..5 => push #3 1..5; collect from 6
         none
         push #3 too-large => collect at most 2
         ops 1..2 => push #4 1..2; collect from 3 at most 2
         ops 3..4
         push #4 too-large => collect at most 1
         ops 1..1 => push #5 1..1; collect from 2 at most 1
         ops 2..2
         push #5 too-large => collect at most 1 head only
         ops 1..1 => push #6 1..1; collect from 2 at most 1
         ops 2..2
         push #6 answers 1..1 head 1:11 => push #7 2..2; collect from 3 at most 2; record
         ops 3..4
         push #7 answers 2..2 head 1:12 => push #8 3..4; collect from 5 at most 4; record
         ops 5..5
         push #8 answers 3..4 head 1:14 => push #9 5..5; collect from 6; record"
    });
    check("a head that is too large is trouble like any", {
        "level
         wrote => collect
         ops 1..1 => push #3 1..1; collect from 2
         none
         push #3 too-large => collect at most 1 head only
         ops 1..1 => push #4 1..1; collect from 2 at most 1
         none
         push #4 too-large => cancel #2; remember 1
         broken"
    });
    check("halving a batch that went out behind another one keeps its place", {
        "level
         wrote => collect
         ops 1..9 => push #3 1..9; collect from 10
         ops 10..19
         push #3 answers 1..9 head 1:10 => push #4 10..19; collect from 20; record
         none
         push #4 too-large => collect from 10 at most 5"
    });
    check("halving keeps the place that the server asked for", {
        "level
         wrote => collect
         ops 7..9 => push #3 7..9; collect from 10
         none
         push #3 answers nothing head 1:10 expects 4 => record; collect from 4
         ops 4..9 => push #4 4..9; collect from 10
         none
         push #4 too-large => collect from 4 at most 3"
    });
}

#[test]
fn news_is_taken_in_or_pulled() {
    check("changes that join are taken in", {
        "level
         changes #2 a => apply a
         shown 1:11 => level
         is quiet"
    });
    check("a gap in live changes is pulled", {
        "level
         changes #2 a => apply a
         is level
         gap => pull #3
         is behind
         page #3 b => apply b
         shown 1:12 => level
         is behind
         pull #3 ends
         is level"
    });
    check("a gap in a pull ends it, and pulls again from where the store is", {
        "begin 1:10 => collect; pull #1
         none
         page #1 a => apply a
         gap => cancel #1; pull #2
         page #1 b
         pull #1 ends
         page #2 c => apply c"
    });
    check("changes during a pull are left to another pull", {
        "level
         head #2 1:12 => pull #3
         changes #2 a
         page #3 b => apply b
         shown 1:12 => level
         pull #3 ends => pull #4
         is behind
         page #4 c => apply c
         known => level
         pull #4 ends
         is quiet"
    });
    check("a head beyond the cursor is pulled, one at the cursor is not", {
        "level
         head #2 1:10
         is quiet
         head #2 1:12 => pull #3
         is busy"
    });
    check("a head of another history is pulled, whatever its number", {
        "level
         head #2 2:3 => pull #3
         is behind"
    });
    check("news that the reply to a push spoke of may take a second to come, then it is pulled", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:11 => record
         recorded
         deadline +1000
         wait => pull #4
         page #4 a => apply a
         shown 1:11 => level
         pull #4 ends
         is quiet"
    });
    check("a reply that speaks of less than is here already is no reason to pull", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         changes #2 a => apply a
         shown 1:12 => level
         push #3 answers 4..4 head 1:11 => record
         recorded
         deadline +1000
         wait
         is quiet"
    });
    check("while news comes, what is still missing gets its time again", {
        "level
         wrote => collect
         ops 4..5 => push #3 4..5; collect from 6
         none
         push #3 answers 4..5 head 1:12 => record
         recorded
         +900
         changes #2 a => apply a
         shown 1:11
         deadline +1000
         changes #2 b => apply b
         shown 1:12 => level
         is quiet"
    });
    check("without a live stream the head of a reply is pulled after the pull that is under way", {
        "begin 1:10 => collect; pull #1
         ops 4..4 => push #2 4..4; collect from 5
         none
         push #2 answers 4..4 head 1:11 => record
         recorded
         pull #1 ends => pull #3"
    });
    check("while a long queue is sent news waits for a quarter of a second", {
        "level
         wrote => collect
         ops 1..9 => push #3 1..9; collect from 10
         ops 10..19
         changes #2 a
         deadline +250
         +249
         tick
         wait => pull #4"
    });
    check("news that waits is pulled when the queue is sent", {
        "level
         wrote => collect
         ops 1..9 => push #3 1..9; collect from 10
         ops 10..19
         changes #2 a
         push #3 answers 1..9 head 1:19 => push #4 10..19; collect from 20; record; pull #5
         none"
    });
    check("a newer schema is fetched before anything else is pulled", {
        "begin 1:10 => collect; pull #1
         none
         page #1 a => apply a
         outgrown 1:12 => level
         pull #1 ends => fetch schema #2
         is busy
         deadline +30000
         schema #2 is s => upgrade to s
         upgraded 1:11 => pull #3
         is behind
         page #3 b => apply b
         shown 1:12 => level
         pull #3 ends => live #4 at 1:12
         is quiet"
    });
    check("a schema that does not come is fetched again", {
        "level
         changes #2 a => apply a
         outgrown 1:13 => level; fetch schema #3
         schema #3 cut => cancel #2; remember 1
         wait => collect; fetch schema #4
         none
         schema #4 is s => forget; upgrade to s
         not upgraded => remember 1
         wait => collect; fetch schema #5"
    });
    check("a page of a server with an older schema is waited for", {
        "begin 1:10 => collect; pull #1
         none
         page #1 a => apply a
         too old => cancel #1; remember 1
         wait => collect; pull #2"
    });
    check("a beat keeps the live stream alive", {
        "level
         +44999
         beat #2
         deadline +45000
         is quiet"
    });
}
