//! What surrounds the device: how it flushes, listens and waits without a network, unseen, on a low battery, and
//! where bytes cost.

use fieldbook_device_sync::{Conditions, Input, Link, Output, Trouble};

use crate::bench::{Bench, check};

#[test]
fn open_and_powered_it_flushes_at_once() {
    check("an act goes out in the moment in which it is made, however soon after another", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:10 => record
         recorded
         wrote => collect
         ops 5..5 => push #4 5..5; collect from 6
         none
         push #4 answers 5..5 head 1:10 => record"
    });
    check("what comes during a push is one push after it", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         wrote
         wrote
         push #3 answers 4..4 head 1:10 => record; collect
         ops 5..6 => push #4 5..6; collect from 7"
    });
}

#[test]
fn on_a_low_battery_flushes_are_twenty_seconds_apart() {
    check("the first goes at once, the next are bundled", {
        "level
         now low
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:10 => record
         recorded
         +1000
         wrote
         held for 19000
         is busy
         +4000
         wrote
         held for 15000
         deadline +15000
         beat #2
         wait => collect
         ops 5..6 => push #4 5..6; collect from 7"
    });
    check("the batches of one flush follow each other at once", {
        "level
         now low
         wrote => collect
         ops 1..9 => push #3 1..9; collect from 10
         sent 0 and 9 going
         ops 10..12
         push #3 answers 1..9 head 1:10 => push #4 10..12; collect from 13; record
         sent 9 and 3 going
         none
         push #4 answers 10..11 head 1:10 => record; collect
         ops 12..12 => push #5 12..12; collect from 13
         sent 11 and 1 going
         none
         push #5 answers 12..12 head 1:10 => record"
    });
    for ends in
        ["sync now => collect; pull #4", "now open => collect", "now low hidden => cancel #2; collect"]
    {
        check("who asks, charges the device, or turns away from it does not wait", &{
            format!(
                "level
                 now low
                 wrote => collect
                 ops 4..4 => push #3 4..4; collect from 5
                 none
                 push #3 answers 4..4 head 1:10 => record
                 recorded
                 wrote
                 held for 20000
                 {ends}"
            )
        });
    }
}

#[test]
fn on_a_metered_network_flushes_are_two_seconds_apart() {
    check("bundled lightly, and the live stream stays", {
        "level
         now metered
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:11 => record
         changes #2 a => apply a
         shown 1:11 => level
         recorded
         wrote
         held for 2000
         wait => collect"
    });
}

#[test]
fn a_device_that_nobody_looks_at_does_not_listen() {
    check("the live stream ends, and a pull comes now and then", {
        "level
         now hidden => cancel #2
         is quiet
         deadline between 324000 and 396000
         wait => pull #3
         pull #3 ends
         is quiet
         deadline between 324000 and 396000
         wait => pull #4"
    });
    check("also when it is hidden before it began", {
        "now hidden
         begin 1:10 => collect; pull #1
         none
         pull #1 ends
         deadline between 324000 and 396000"
    });
    check("on a low battery four times as rarely", {
        "level
         now hidden low => cancel #2
         deadline between 1296000 and 1584000"
    });
    check("news that the stream was to bring is pulled", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:11 => record
         now hidden => cancel #2; pull #4"
    });
    check("what is written is sent at once, and its verdict is pulled", {
        "level
         now hidden => cancel #2
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 answers 4..4 head 1:11 => record; pull #4
         recorded
         page #4 a => apply a
         shown 1:11 => level
         pull #4 ends
         is quiet"
    });
    check("whoever looks again sees what is new", {
        "level
         now hidden => cancel #2
         +3000
         now open => pull #3
         pull #3 ends => live #4 at 1:10"
    });
    check("a pull that fails is no reason to try before the next is due", {
        "level
         now hidden => cancel #2
         wait => pull #3
         pull #3 no-answer => remember 1
         deadline between 324000 and 396000
         now open => collect; pull #4"
    });
    check("what is written and could not be sent is tried again as soon as ever", {
        "level
         now hidden => cancel #2
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         push #3 no-answer => remember 1
         deadline between 1 and 250"
    });
    check("a server that does not answer is waited for, and nothing is stuck", {
        "level
         now hidden => cancel #2
         wait => pull #3
         pull #3 no-answer => remember 1
         +100000
         not stuck"
    });
    check("a server that asks for a longer wait gets it, whoever looks", {
        "level
         now hidden => cancel #2
         wait => pull #3
         pull #3 unavailable after 600000 => remember 1
         deadline between 600000 and 900000
         now open
         deadline between 600000 and 900000"
    });
}

#[test]
fn without_a_network_nothing_is_tried_and_nothing_counted() {
    check("every call ends, and there is no deadline to wait for", {
        "level
         wrote => collect
         ops 4..4 => push #3 4..4; collect from 5
         none
         now unplugged => cancel #3; cancel #2
         no network
         deadline none
         +3600000
         wrote
         tick
         sync now
         no network
         now open => collect; pull #4
         connecting
         not stuck
         ops 4..5 => push #5 4..5; collect from 6
         none
         push #5 answers 4..5 head 1:12 => record
         connected"
    });
    check("a row of troubles is over with it", {
        "level
         sync now => collect; pull #3
         none
         pull #3 no-answer => cancel #2; remember 1
         wait => collect; pull #4
         none
         pull #4 no-answer => remember 2
         now unplugged
         no network
         now open => collect; pull #5
         none
         pull #5 no-answer => remember 1"
    });
    check("a session that begins without one waits for it", {
        "now unplugged
         begin 1:10 after 3 until 9000
         no network
         deadline none
         now open => collect; pull #1"
    });
    check("a batch that comes meanwhile is collected again", {
        "level
         wrote => collect
         now unplugged => cancel #2
         ops 4..4
         now open => collect; pull #3"
    });
    check("who is signed out stays so", {
        "level
         live #2 session-ended
         halted
         now unplugged
         halted
         sync now
         halted
         now open
         halted
         deadline none
         sync now => collect; pull #3"
    });
}

#[test]
fn how_far_a_pull_is_can_be_seen() {
    check("its bytes, and how much of the way to the head", {
        "begin 1:0 => collect; pull #1
         none
         page #1 abcd => apply abcd
         staged 1:25 of 1:100
         received 4 bytes 25 %
         page #1 ef => apply ef
         staged 1:50 of 1:200
         received 6 bytes 25 %"
    });
}

#[test]
fn a_scope_on_its_way_is_treated_as_a_pull_is() {
    check("without a network it ends, and is asked for again with the network", {
        "level
         scopes => cancel #2; pull #3
         pull #3 ends => load #4; live #5 at 1:10
         page #4 abc => keep abc
         received 3 bytes - %
         now unplugged => cancel #4; cancel #5
         now open => collect; pull #6
         none
         pull #6 ends => load #7; live #8 at 1:10
         received 0 bytes - %"
    });
    check("what else the call brings that joined it was asked for without it", {
        "level
         scopes => cancel #2; pull #3
         pull #3 ends => load #4; live #5 at 1:10
         page #4 abc => keep abc
         kept whole => pull #6
         pull #4 ends
         page #6 def => apply def
         joined 1:10 => cancel #5; cancel #6; level; load #7; live #8 at 1:10
         page #6 old
         pull #6 ends"
    });
    check("what the pull did not join is loaded again", {
        "level
         scopes => cancel #2; pull #3
         pull #3 ends => load #4; live #5 at 1:10
         kept whole => pull #6
         pull #4 ends
         page #6 def => apply def
         known => level
         pull #6 ends => look apart
         apart wanted => load #7
         kept whole => pull #8
         pull #7 ends
         page #8 ghi => apply ghi
         joined 1:10 => cancel #5; cancel #8; level; load #9; live #10 at 1:10"
    });
    check("what came beside a pull is left to the next one", {
        "level
         scopes => cancel #2; pull #3
         pull #3 ends => load #4; live #5 at 1:10
         sync now => collect; pull #6
         none
         kept whole
         page #6 def => apply def
         known => level
         pull #6 ends => look apart; pull #7
         apart whole"
    });
    check("unseen it comes too, once, and no live stream with it", {
        "level
         now hidden => cancel #2
         scopes => pull #3
         pull #3 ends => load #4
         load #4 of nothing
         deadline between 324000 and 396000"
    });
}

/// The longest of many waits after trouble, in milliseconds.
fn longest(conditions: &str) -> u64 {
    let mut longest = 0;
    for seed in 0..20 {
        let mut bench = Bench::new(seed);
        bench.play(&format!("now {conditions}"));
        bench.play("begin 1:10");
        for _ in 0..16 {
            // Ops wait: so it is no device at rest.
            bench.play("wrote");
            let pull = bench.calls()[1].expect("a pull");
            let said = bench.tell(Input::PullEnded(pull, Err(Trouble::NoAnswer)));
            assert!(said.iter().any(|output| matches!(output, Output::Remember(Some(_)))), "{said:?}");
            let Link::Broken { until_ms, .. } = bench.machine.session(bench.now).link else {
                panic!("a link")
            };
            longest = longest.max(until_ms - bench.now.mono_ms);
            bench.pass(until_ms - bench.now.mono_ms);
            bench.tell(Input::Tick);
        }
    }
    longest
}

#[test]
fn the_longest_wait_is_half_a_minute_in_sight_and_on_mains_power() {
    for (conditions, least, most) in [
        ("open", 27_000, 30_000),
        ("metered", 27_000, 30_000),
        ("hidden", 270_000, 300_000),
        ("low", 270_000, 300_000),
    ] {
        let longest = longest(conditions);
        assert!((least..=most).contains(&longest), "{conditions}: {longest}");
    }
    check("a wait that was drawn for a device at rest ends when somebody looks", {
        "now low
         begin 1:10 after 20 until 9000
         broken
         now open => collect; pull #1"
    });
    check("a wait goes on when nothing changes how long one may be", {
        "begin 1:10 after 20 until 9000
         broken
         now metered
         broken
         deadline +9000"
    });
}

#[test]
fn pulls_of_a_device_that_nobody_sees_are_a_tenth_sooner_or_later() {
    let hidden = Conditions { hidden: true, ..Conditions::default() };
    let low = Conditions { low_battery: true, ..hidden };
    let polls = |conditions: Conditions, randoms: [u64; 3]| randoms.map(|random| conditions.poll_ms(random));
    assert_eq!(polls(hidden, [0, 72_000, 72_001]), [Some(324_000), Some(396_000), Some(324_000)]);
    assert_eq!(polls(low, [0, 288_000, 288_001]), [Some(1_296_000), Some(1_584_000), Some(1_296_000)]);
    assert_eq!(polls(Conditions::default(), [0, 1, 2]), [None; 3]);
}
