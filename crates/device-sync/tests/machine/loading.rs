//! Loads that come slowly, in vain, or not at all.

use crate::bench::check;

#[test]
fn a_load_that_brings_nothing_of_use_is_asked_for_again_after_a_pull() {
    check("what has come does not join what is here", {
        "begin 1:10 wants => collect; pull #1
         none
         page #1 a => apply a
         known => level
         pull #1 ends => look apart; load #2; live #3 at 1:10
         page #2 a => keep a
         kept in vain => cancel #2; pull #4
         apart nothing
         page #2 b
         pull #4 ends => load #5"
    });
    check("a page that is none is trouble, and of a load that is over it is nothing", {
        "begin 1:10 wants => collect; pull #1
         none
         pull #1 ends => load #2; live #3 at 1:10
         page #2 a => keep a
         kept unusable => cancel #2; cancel #3; remember 1
         kept unusable
         broken"
    });
}

#[test]
fn a_load_has_its_own_time() {
    check("each of its pages gives it new time, and then it is overdue", {
        "begin 1:10 wants => collect; pull #1
         none
         pull #1 ends => load #2; live #3 at 1:10
         +29999
         beat #3
         page #2 a => keep a
         kept
         deadline +30000
         +29999
         beat #3
         progress #2
         deadline +30000"
    });
    check("a load that fails is asked for again, also when another waits to be joined", {
        "begin 1:10 wants => collect; pull #1
         none
         pull #1 ends => load #2; live #3 at 1:10
         pull #2 cut => cancel #3; remember 1
         wait => collect; pull #4
         none
         pull #4 ends => forget; load #5; live #6 at 1:10"
    });
}
