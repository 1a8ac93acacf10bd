//! A workspace with a lease: who stays away for longer is locked, and is let in again by the server alone.

use fieldbook_model::Role;
use fieldbook_model::planted::Defect;
use fieldbook_sim::World;

use crate::tools::{A, B, act, away, back, has, id, needs, shop};

/// A shop with a lease of a hundred seconds, of which all have heard.
fn leased() -> World {
    let mut world = shop();
    world.keep_accounts(100);
    (0..3).for_each(|device| world.sync_now(device));
    world.play_for(5_000);
    world
}

const NOTE: &str = r#"[{"insert":"customer","id":"$2","fields":{"code":"2"}}]"#;

/// A device that stays away for longer than the lease is locked when it is opened next; what waits in it is sent when its server
/// has unlocked it.
#[test]
fn a_lease_that_is_over_locks_and_loses_nothing() {
    needs(Defect::LeaseNeverOver, || {
        let mut world = leased();
        away(&mut world, B);
        act(&mut world, B, NOTE);
        world.play_for(60_000);
        assert!(world.opens(B), "not yet");
        world.play_for(60_000);
        assert!(!world.opens(B) && world.devices[B].locked);
        assert!(!world.devices[B].home.as_ref().expect("a home").opens());
        world.kill(B);
        assert!(!world.opens(B), "a start opens nothing");
        world.devices[B].offline_until_ms = 0;
        assert!(world.opens(B), "its server unlocks it");
        back(&mut world, B);
        world.settle();
        assert!(has(&mut world, A, id(2)), "what waited was sent");
    });
}

/// Nine tenths have passed when the clock is put back: the tenth that is left is no longer by it. Nor is a lease by which the server
/// was heard while the clock was years ahead.
#[test]
fn a_clock_that_is_put_back_lengthens_no_lease() {
    needs(Defect::LeaseByTheClock, || {
        for ahead_ms in [0, 315_360_000_000] {
            let mut world = leased();
            world.devices[B].clock_off_ms = ahead_ms;
            world.sync_now(B);
            act(&mut world, A, NOTE);
            world.play_for(5_000);
            away(&mut world, B);
            world.play_for(80_000);
            assert!(world.opens(B));
            world.puts_clock(B, -90_000 - ahead_ms);
            world.kill(B);
            assert!(world.opens(B));
            world.play_for(80_000);
            assert!(!world.opens(B), "its clock was {ahead_ms} ms ahead");
            world.settle();
        }
    });
}

/// Whoever was removed hears the server, which lets nobody in: that lengthens nothing, and unlocks nothing.
#[test]
fn a_no_lengthens_no_lease() {
    needs(Defect::LeaseByAnyAnswer, || {
        let mut world = leased();
        world.says(B, Role::Nobody).expect("the owner may");
        for _ in 0..12 {
            world.play_for(10_000);
            world.sync_now(B);
            world.play_for(1_000);
        }
        assert!(!world.opens(B) && world.devices[B].locked);
        world.settle();
        assert!(!world.devices[B].locked, "let in again, it is unlocked");
    });
}
