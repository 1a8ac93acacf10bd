//! What comes on a connection, and what does not: silence, odd answers, sessions that end.

use fieldbook_device_store::OpState;
use fieldbook_device_sync::Conditions;
use fieldbook_model::planted::Defect;

use crate::tools::{A, B, act, needs, shop, shows, state};

const SELLS: &str = r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#;

/// A stream that stays open and says nothing is noticed after two beats that did not come.
#[test]
fn a_live_stream_that_says_nothing_is_dead_after_45_seconds() {
    needs(Defect::LiveSilenceUnnoticed, || {
        let mut world = shop();
        world.half_opens(B);
        act(&mut world, A, SELLS);
        world.play_for(20_000);
        assert!(shows(&mut world, B, r#""stock":10"#), "nothing comes on it");
        world.play_for(30_000);
        assert!(shows(&mut world, B, r#""stock":9"#));
        world.settle();
    });
}

/// A push whose reply never comes is sent again on another connection.
#[test]
fn a_push_that_nobody_answers_is_sent_again() {
    needs(Defect::PushSilenceUnnoticed, || {
        let mut world = shop();
        let sale = act(&mut world, A, SELLS);
        world.half_opens(A);
        world.play_for(25_000);
        assert_eq!(state(&mut world, A, sale.seq), OpState::InFlight);
        world.play_for(10_000);
        assert_eq!(state(&mut world, A, sale.seq), OpState::Committed);
        world.settle();
    });
}

/// Whoever looks is not held back by the patience of a device at rest: a server that wanted to be asked again after three
/// seconds is asked.
#[test]
fn whoever_looks_waits_no_longer_than_the_server_asked_for() {
    let mut world = shop();
    world.surround(B, Conditions { hidden: true, low_battery: true, ..Conditions::default() });
    let asked = world.devices[B].requests.len();
    while world.devices[B].requests.len() == asked {
        world.server_down(0, 3_000);
        world.play_for(1_000);
    }
    world.play_for(60_000);
    act(&mut world, A, SELLS);
    world.play_for(5_000);
    assert!(shows(&mut world, B, r#""stock":10"#), "nobody looked");
    world.surround(B, Conditions::default());
    world.play_for(1_000);
    assert!(shows(&mut world, B, r#""stock":9"#));
    world.settle();
}

/// Whose session ends keeps what waits, works on, and sends all of it when somebody has signed in.
#[test]
fn a_session_that_ends_loses_nothing() {
    let mut world = shop();
    world.ends_session(A);
    let sale = act(&mut world, A, SELLS);
    world.play_for(900);
    world.devices[A].signed_out = true;
    assert_eq!(state(&mut world, A, sale.seq), OpState::InFlight);
    assert!(shows(&mut world, A, r#""stock":9"#));
    world.signs_in(A);
    world.play_for(1_000);
    assert_eq!(state(&mut world, A, sale.seq), OpState::Committed);
    assert!(shows(&mut world, B, r#""stock":9"#));
    world.settle();
}
