//! What a rule decides between changes that did not know of each other: by size, by element, by the order of values, by
//! role, by time.

use fieldbook_device_store::Wish;
use fieldbook_model::planted::Defect;
use fieldbook_sim::World;

use crate::tools::{A, B, C, act, away, back, id, last_of, meet, needs, open, resolve, shows, world};

/// Ten years.
const YEARS_MS: i64 = 315_360_000_000;

/// A gauge that all devices have: `$1`.
fn plant() -> World {
    let mut world = world();
    act(
        &mut world,
        A,
        r#"[{"insert":"gauge","id":"$1","fields":{"name":"boiler","highest":5,"marks":["p"],"ceiling":"1.00"}}]"#,
    );
    world.play_for(3_000);
    world
}

fn named(world: &mut World, device: usize, name: &str) {
    let changes = r#"[{"update":"gauge","id":"$1","set":{"name":"NAME"}}]"#.replace("NAME", name);
    act(world, device, &changes);
}

/// Rule 24: what somebody writes later and lower, knowing all, does not lower a highest value.
#[test]
fn rule_24_a_later_and_lower_value_does_not_lower_the_highest() {
    needs(Defect::BoundFollowsOwn, || {
        let mut world = plant();
        act(&mut world, A, r#"[{"update":"gauge","id":"$1","set":{"highest":9}}]"#);
        act(&mut world, A, r#"[{"update":"gauge","id":"$1","set":{"highest":4}}]"#);
        assert!(shows(&mut world, A, r#""highest":9"#));
        world.settle();
        assert!(shows(&mut world, B, r#""highest":9"#));
        assert!(last_of(&mut world, "gauge", id(1)).contains("superseded"));
    });
}

/// Rule 24: only a reset lowers it, and one that did not see a higher value is for a person.
#[test]
fn rule_24_a_reset_asks_about_what_its_author_had_not_seen() {
    needs(Defect::ResetUnasked, || {
        let mut world = plant();
        let reset = r#"[{"update":"gauge","id":"$1","reset":{"highest":0}}]"#;
        let acted = meet(&mut world, A, reset, B, r#"[{"update":"gauge","id":"$1","set":{"highest":9}}]"#);
        assert_eq!(open(&mut world, C).len(), 1);
        assert!(shows(&mut world, A, r#""highest":9"#));
        resolve(&mut world, B, acted.op_id, Wish::Mine);
        world.settle();
        assert!(shows(&mut world, C, r#""highest":0"#));
    });
}

/// Rule 24: an element that somebody puts in stays, though another takes it out who did not know of that.
#[test]
fn rule_24_an_include_wins_over_an_exclude_that_did_not_know_of_it() {
    needs(Defect::ExcludeWins, || {
        let mut world = plant();
        let out = r#"[{"update":"gauge","id":"$1","exclude":{"marks":["p"]}}]"#;
        let put = r#"[{"update":"gauge","id":"$1","include":{"marks":["p"]}}]"#;
        meet(&mut world, A, out, B, put);
        assert!(shows(&mut world, A, r#""marks":["p"]"#));
        assert!(last_of(&mut world, "gauge", id(1)).contains("superseded"));
        // Whoever has seen it takes it out.
        act(&mut world, A, out);
        world.settle();
        assert!(shows(&mut world, B, r#""marks":[]"#));
    });
}

/// Rule 8 for an element: what a device put in and took out itself does not take out what another put in.
#[test]
fn rule_08_own_elements_do_not_hide_anothers() {
    needs(Defect::OneStampPerUnit, || {
        let mut world = plant();
        away(&mut world, A);
        act(&mut world, A, r#"[{"update":"gauge","id":"$1","include":{"marks":["q"]}}]"#);
        act(&mut world, A, r#"[{"update":"gauge","id":"$1","exclude":{"marks":["q"]}}]"#);
        act(&mut world, B, r#"[{"update":"gauge","id":"$1","include":{"marks":["q"]}}]"#);
        world.play_for(3_000);
        back(&mut world, A);
        world.settle();
        assert!(shows(&mut world, B, r#""marks":["p","q"]"#));
    });
}

/// Rule 8 where the order of values decides: A voids and pays, and B refunded meanwhile.
#[test]
fn rule_08_a_ranked_value_meets_what_another_wrote_also_after_ones_own() {
    needs(Defect::OneStampPerUnit, || {
        let mut world = plant();
        away(&mut world, A);
        act(&mut world, A, r#"[{"update":"gauge","id":"$1","set":{"state":"void"}}]"#);
        act(&mut world, A, r#"[{"update":"gauge","id":"$1","set":{"state":"paid"}}]"#);
        act(&mut world, B, r#"[{"update":"gauge","id":"$1","set":{"state":"refunded"}}]"#);
        world.play_for(3_000);
        back(&mut world, A);
        world.settle();
        assert!(shows(&mut world, B, r#""state":"void""#));
        assert!(last_of(&mut world, "gauge", id(1)).contains("superseded"));
    });
}

/// Rule 25: B's clock is a day behind, but it has read A's edit; what C wrote before B, blind, does not beat it.
#[test]
fn rule_25_a_stamp_is_later_than_what_its_device_had_read() {
    needs(Defect::StampsIgnoreOthers, || {
        let mut world = plant();
        away(&mut world, C);
        world.devices[B].clock_off_ms = -86_400_000;
        named(&mut world, A, "first");
        world.play_for(3_000);
        named(&mut world, C, "blind");
        world.play_for(3_000);
        named(&mut world, B, "second");
        world.play_for(3_000);
        back(&mut world, C);
        world.settle();
        assert!(shows(&mut world, C, r#""name":"second""#));
    });
}

/// Rule 25: a clock that was ten years ahead is put right, and what is done then is of its own time.
#[test]
fn rule_25_a_clock_that_was_put_right_is_believed_at_once() {
    needs(Defect::StampsIgnoreOthers, || {
        let mut world = plant();
        world.devices[A].clock_off_ms = YEARS_MS;
        named(&mut world, A, "from the future");
        world.play_for(3_000);
        world.devices[A].clock_off_ms = 0;
        act(&mut world, B, r#"[{"update":"gauge","id":"$1","set":{"highest":6}}]"#);
        world.play_for(3_000);
        away(&mut world, A);
        named(&mut world, A, "early");
        world.play_for(3_000);
        named(&mut world, B, "late");
        world.play_for(3_000);
        back(&mut world, A);
        world.settle();
        assert!(shows(&mut world, A, r#""name":"late""#));
    });
}

/// Rule 25: a stamp from the future counts as one of its arrival, and what is written then is later.
#[test]
fn rule_25_a_stamp_from_the_future_is_one_of_its_arrival() {
    needs(Defect::FutureStampsStand, || {
        let mut world = plant();
        away(&mut world, A);
        away(&mut world, C);
        world.devices[A].clock_off_ms = YEARS_MS;
        named(&mut world, A, "from the future");
        back(&mut world, A);
        assert!(last_of(&mut world, "gauge", id(1)).contains(r#""clock_ahead":true"#));
        named(&mut world, C, "later");
        back(&mut world, C);
        world.settle();
        assert!(shows(&mut world, A, r#""name":"later""#));
    });
}

/// Rule 25: an edit that lost is not the last change: who did not see it goes over nobody.
#[test]
fn rule_25_an_edit_that_lost_is_not_the_last_change() {
    needs(Defect::LosersStamp, || {
        let mut world = plant();
        away(&mut world, C);
        named(&mut world, C, "early");
        world.play_for(3_000);
        named(&mut world, A, "late");
        world.play_for(3_000);
        away(&mut world, B);
        back(&mut world, C);
        assert!(last_of(&mut world, "gauge", id(1)).contains("superseded"));
        named(&mut world, B, "last");
        back(&mut world, B);
        world.settle();
        let history = last_of(&mut world, "gauge", id(1));
        assert!(history.contains("last") && !history.contains("over"), "{history}");
    });
}

/// Rule 32: the owner's price and the member's meet, and the owner's stands whichever comes first.
#[test]
fn rule_32_the_higher_role_wins_in_both_orders() {
    needs(Defect::StampsForgetRoles, || {
        let price = |to: &str| r#"[{"update":"gauge","id":"$1","set":{"ceiling":"TO"}}]"#.replace("TO", to);
        let mut world = plant();
        meet(&mut world, B, &price("2.00"), A, &price("3.00"));
        assert!(shows(&mut world, C, r#""ceiling":"3.00""#));
        assert!(last_of(&mut world, "gauge", id(1)).contains("superseded"));
        meet(&mut world, A, &price("5.00"), B, &price("4.00"));
        world.settle();
        assert!(shows(&mut world, C, r#""ceiling":"5.00""#));
        // Of equal roles the last to arrive wins.
        meet(&mut world, B, &price("7.00"), C, &price("6.00"));
        world.settle();
        assert!(shows(&mut world, A, r#""ceiling":"7.00""#));
    });
}
