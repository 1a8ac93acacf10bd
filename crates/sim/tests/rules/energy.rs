//! What syncing costs, as histories: each holds, and fails when what keeps it is taken out.

use fieldbook_device_store::OpState;
use fieldbook_device_sync::Conditions;
use fieldbook_model::planted::Defect;
use fieldbook_sim::energy;

use crate::tools::{A, B, act, needs, shop, shows, state};

/// Whoever looks at no screen needs no live stream: a pull now and then is enough.
#[test]
fn a_device_at_rest_makes_at_most_twelve_requests_in_any_hour() {
    needs(Defect::HiddenListens, || energy::at_rest(&mut shop()));
}

#[test]
fn on_a_low_battery_flushes_are_four_times_as_far_apart() {
    needs(Defect::LowBatteryFlushesAtOnce, || energy::low_battery(&mut shop()));
}

/// A shell that knows that there is no network is believed: no request, no trouble, and all at once when it is back.
#[test]
fn without_a_network_nothing_is_tried() {
    needs(Defect::NoNetworkIsTrouble, || {
        let mut world = shop();
        world.unplugged(A, 600_000);
        let begin = world.devices[A].requests.len();
        let sale = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
        world.play_for(599_999);
        assert_eq!(world.devices[A].requests.len(), begin, "a request without a network");
        assert_eq!(world.devices[A].store.noted("backoff").expect("a note").unwrap_or_default(), "");
        world.play_for(1_000);
        assert_eq!(state(&mut world, A, sale.seq), OpState::Committed, "a second after the network was back");
        assert!(shows(&mut world, B, r#""stock":9"#));
    });
}

/// I18: who was told to come back later comes back apart from the others.
#[test]
fn devices_come_back_apart_from_each_other_when_a_server_returns() {
    needs(Defect::RetryAfterTogether, || drop(energy::server_returns(3)));
}

/// What a person does in sight is not held back by what was saved before.
#[test]
fn whoever_looks_again_is_shown_what_is_new() {
    let mut world = shop();
    world.surround(B, Conditions { hidden: true, low_battery: true, ..Conditions::default() });
    act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
    world.play_for(120_000);
    assert!(shows(&mut world, B, r#""stock":10"#), "nobody looked");
    world.surround(B, Conditions::default());
    world.play_for(500);
    assert!(shows(&mut world, B, r#""stock":9"#));
    world.settle();
}

/// An act just before the app goes into the background is sent while that is still possible.
#[test]
fn what_waits_goes_out_when_the_app_is_left() {
    let mut world = shop();
    let low = Conditions { low_battery: true, ..Conditions::default() };
    world.surround(A, low);
    act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
    world.play_for(2_000);
    let second = act(&mut world, A, r#"[{"update":"product","id":"$1","add":{"stock":-1}}]"#);
    world.play_for(2_000);
    assert_eq!(state(&mut world, A, second.seq), OpState::Waiting, "bundled");
    world.surround(A, Conditions { hidden: true, ..low });
    world.play_for(1_000);
    assert_eq!(state(&mut world, A, second.seq), OpState::Committed);
    world.settle();
}
