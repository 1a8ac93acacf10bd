//! What a device does so that it comes to compare with the server, and about a difference.

use crate::bench::check;

/// It hears a beat each 40 s for so many hours.
fn listening(hours: u64) -> String {
    "+40000\nbeat #2\n".repeat(usize::try_from(hours * 90).expect("few hours"))
}

#[test]
fn a_device_that_only_listens_pulls_once_a_day() {
    let text = format!(
        "level
         {}
         {}",
        listening(23).trim_end(),
        "+40000\nbeat #2\n".repeat(89)
            + "deadline +40000\nwait => pull #3\npull #3 ends\nbeat #2\ndeadline +45000"
    );
    check("a day after its last pull, and not again before the next", &text);
}

#[test]
fn what_differs_is_fetched_again_at_once_and_what_was_tried_in_vain_is_not() {
    check("the pull that brings everything comes when this one is over", {
        "level
         scopes => cancel #2; pull #3
         page #3 text => apply text
         differs 1:9
         pull #3 ends => pull #4"
    });
    check("after repairs in vain the device goes on as if nothing were", {
        "level
         scopes => cancel #2; pull #3
         page #3 text => apply text
         differs 1:9 in vain
         pull #3 ends => load #4; live #5 at 1:9"
    });
}
