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

#[test]
fn whoever_asks_for_scopes_gets_one_after_the_other() {
    check("a load that is over without being whole yet is followed by another", {
        "level
         not loading
         scopes => cancel #2; pull #3
         not loading
         pull #3 ends => load #4; live #5 at 1:10
         loading
         page #4 a => keep a
         pull #4 ends => load #6
         load #6 of nothing
         not loading"
    });
    check("what is new is taken in while a scope is on its way", {
        "level
         scopes => cancel #2; pull #3
         pull #3 ends => load #4; live #5 at 1:10
         changes #5 a => apply a
         shown 1:11 => level"
    });
}

/// A scope comes whole so many times, and each time the pull after it leaves it apart.
fn left_apart(times: u64) -> String {
    let once = |n: u64| {
        let (load, pull, next) = (2 + 2 * n, 4 + 2 * n, 5 + 2 * n);
        let load = if n == 1 { load } else { load + 1 };
        let pull = pull.max(6);
        let said = if n <= 8 { format!("load #{next}") } else { String::new() };
        format!(
            "kept whole => pull #{pull}
             pull #{load} ends
             page #{pull} a => apply a
             known => level
             pull #{pull} ends => look apart
             apart wanted => {said}\n"
        )
    };
    let begin = "level
        scopes => cancel #2; pull #3
        pull #3 ends => load #4; live #5 at 1:10\n";
    begin.to_owned() + &(1..=times).map(once).collect::<String>()
}

#[test]
fn a_scope_that_was_left_apart_nine_times_in_a_row_is_loaded_with_the_next_news() {
    check("not at once, and not because a pull finds nothing", &{
        left_apart(9)
            + "is quiet
               changes #5 b => apply b
               shown 1:10 => level
               changes #5 b => apply b
               shown 1:11 => level; load #23
               kept whole => pull #24
               pull #23 ends
               page #24 c => apply c
               known => level
               pull #24 ends => look apart
               apart wanted
               changes #5 d => apply d
               shown 1:12 => level; load #25"
    });
    check("news before that does not load it twice", &{
        left_apart(8)
            + "changes #5 b => apply b
               shown 1:11 => level
               kept whole => pull #22
               pull #21 ends
               page #22 c => apply c
               known => level
               pull #22 ends => look apart
               apart wanted"
    });
}
