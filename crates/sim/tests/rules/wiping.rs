//! A device is lost and ordered to be wiped: whose order is obeyed, what goes and what is sent first, where it is cut off, and what
//! the server tells of it.

use fieldbook_model::planted::Defect;
use fieldbook_model::{DeviceId, Role};
use fieldbook_server_store::{Unsent, WipeRow};
use fieldbook_sim::World;
use fieldbook_sim::world::Deceit;

use crate::tools::{A, B, C, act, away, back, has, id, needs, shop};

/// A shop whose devices may be lost.
fn shop_of_phones() -> World {
    let mut world = shop();
    world.keep_accounts(0);
    world.play_for(1_000);
    // Each is let in once more, and says how much it has to send.
    (0..3).for_each(|device| world.sync_now(device));
    world.play_for(3_000);
    world
}

fn customer(n: u8) -> String {
    format!(r#"[{{"insert":"customer","id":"${n}","fields":{{"code":"{n}"}}}}]"#)
}

/// The only order of a world, as the server tells it.
fn row(world: &mut World) -> WipeRow {
    let mut rows = world.server.accounts().rows();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn is_gone(world: &World, device: DeviceId) -> bool {
    world.devices.iter().all(|it| it.id != device)
}

/// What a device has not sent when it is wiped is told, and nothing more of it is anywhere.
#[test]
fn i30_what_was_not_sent_goes_and_is_counted() {
    needs(Defect::WipeMiscounts, || {
        let mut world = shop_of_phones();
        let lost = world.devices[B].id;
        away(&mut world, B);
        act(&mut world, B, &customer(2));
        act(&mut world, B, &customer(3));
        world.order_wipe(B, Unsent::Lost);
        world.play_for(5_000);
        let told = row(&mut world);
        assert!(told.reached_at.is_none() && told.confirmed.is_none(), "nobody was told");
        back(&mut world, B);
        world.settle();
        let confirmed = row(&mut world).confirmed.expect("it has said so");
        assert_eq!((confirmed.unsent, confirmed.files), (2, 10));
        assert!(is_gone(&world, lost) && !has(&mut world, A, id(2)));
    });
}

/// Where somebody wants what it has not sent, a device sends it first, and is wiped then.
#[test]
fn i30_a_device_may_send_first_what_it_has_to_send() {
    let mut world = shop_of_phones();
    away(&mut world, B);
    act(&mut world, B, &customer(2));
    world.order_wipe(B, Unsent::SentFirst);
    back(&mut world, B);
    world.settle();
    assert_eq!(row(&mut world).confirmed.expect("it has said so").unsent, 0);
    assert!(has(&mut world, A, id(2)), "what it had to send is there");
}

/// One that cannot send, since the server came back from a backup and wants a pull first, which is not for it, is wiped when its
/// hour is over, and not before.
#[test]
fn i30_a_device_that_cannot_send_has_its_hour() {
    needs(Defect::WipeBeforeRescue, || {
        let mut world = shop_of_phones();
        let lost = world.devices[B].id;
        world.back_up();
        act(&mut world, A, &customer(3));
        world.play_for(5_000);
        away(&mut world, B);
        act(&mut world, B, &customer(2));
        world.restore();
        world.sync_now(A);
        world.play_for(5_000);
        world.order_wipe(B, Unsent::SentFirst);
        back(&mut world, B);
        assert!(!is_gone(&world, lost));
        world.settle();
        assert_eq!(row(&mut world).confirmed.expect("it has said so").unsent, 1);
    });
}

/// It may send, and reads nothing.
#[test]
fn i29_a_device_that_may_send_first_reads_nothing() {
    needs(Defect::WipeRescueReads, || {
        let mut world = shop_of_phones();
        away(&mut world, B);
        act(&mut world, B, &customer(2));
        act(&mut world, A, &customer(3));
        world.order_wipe(B, Unsent::SentFirst);
        back(&mut world, B);
        world.settle();
    });
}

/// An open stream ends with the order, within a second, and says why.
#[test]
fn i29_an_open_stream_ends_with_the_order() {
    needs(Defect::WipeLeavesStreams, || {
        let mut world = shop_of_phones();
        let lost = world.devices[B].id;
        world.order_wipe(B, Unsent::Lost);
        act(&mut world, A, &customer(2));
        world.play_for(1_000);
        assert!(is_gone(&world, lost), "its stream has told it");
        world.settle();
        assert!(has(&mut world, C, id(2)));
    });
}

/// Whoever answers in the server's place, with whatever orders they have, has nothing wiped.
fn deceived(deceit: Deceit) {
    let mut world = shop_of_phones();
    world.order_wipe(A, Unsent::Lost);
    world.play_for(20_000);
    let (before, count) = (world.devices[C].id, world.checks.counted("fault: somebody else orders a wipe"));
    world.deceives(C, deceit);
    world.sync_now(C);
    world.play_for(1_000);
    assert_eq!(world.checks.counted("fault: somebody else orders a wipe"), count + 1);
    assert!(!is_gone(&world, before));
    world.settle();
}

#[test]
fn i30_an_order_that_the_server_did_not_sign_is_not_obeyed() {
    needs(Defect::WipeByAnyServer, || deceived(Deceit::Forged));
    needs(Defect::WipeByAnyServer, || deceived(Deceit::Changed));
}

#[test]
fn i30_an_order_for_another_device_is_not_obeyed() {
    needs(Defect::WipeOfOthersObeyed, || deceived(Deceit::OfAnother));
}

/// The phone was found under the sofa, and has been let in since. Somebody who kept the order plays it again.
#[test]
fn i30_an_order_that_was_taken_back_is_not_obeyed_when_somebody_kept_it() {
    needs(Defect::WipeByOldOrder, || {
        let mut world = shop_of_phones();
        away(&mut world, B);
        world.order_wipe(B, Unsent::Lost);
        let nonce = *world.orders.given.keys().next().expect("an order");
        world.withdraw_wipe(nonce);
        // An order is dated behind every contact that may have been.
        world.play_for(70_000);
        back(&mut world, B);
        act(&mut world, A, &customer(2));
        world.play_for(5_000);
        world.deceives(B, Deceit::Kept);
        world.sync_now(B);
        world.play_for(5_000);
        assert_eq!(world.checks.counted("I30 an order that was taken back and kept is not obeyed"), 1);
        world.settle();
    });
}

/// A wipe that is cut off at each call of its disk goes on, and comes to the same.
fn cut_off_everywhere() {
    for calls in 0..60 {
        let mut world = shop_of_phones();
        act(&mut world, B, &customer(2));
        world.orders.cut = Some(calls);
        world.order_wipe(B, Unsent::Lost);
        world.settle();
        let confirmed = row(&mut world).confirmed.expect("it has said so");
        assert_eq!(confirmed.files, 10, "cut off after {calls} calls");
    }
}

#[test]
fn i30_a_wipe_that_is_cut_off_at_any_point_goes_on() {
    needs(Defect::WipeForgottenAtStart, cut_off_everywhere);
}

#[test]
fn i30_the_secret_goes_before_everything_else() {
    needs(Defect::WipeSecretLast, cut_off_everywhere);
}

#[test]
fn i30_the_server_is_told_when_all_is_gone_and_not_before() {
    needs(Defect::WipeToldEarly, cut_off_everywhere);
}

#[test]
fn i30_nobody_else_says_that_a_device_was_wiped() {
    needs(Defect::WipeSaidByOthers, || {
        let mut world = shop_of_phones();
        world.order_wipe(B, Unsent::Lost);
        world.settle();
    });
}

/// Neither the end of the session nor that of the membership saves a device.
#[test]
fn i30_an_order_outlives_session_and_membership() {
    needs(Defect::WipeEndsWithSession, || {
        let mut world = shop_of_phones();
        let lost = world.devices[B].id;
        away(&mut world, B);
        world.order_wipe(B, Unsent::Lost);
        world.says(B, Role::Nobody).expect("the owner may");
        world.ends_session(B);
        world.devices[B].offline_until_ms = 0;
        world.sync_now(B);
        world.play_for(2_000);
        assert!(is_gone(&world, lost), "its next call has told it");
        world.settle();
    });
}

/// A server that came back from a backup without the order is given it again, and one with an order that was taken back since
/// has it taken back again, before anybody calls.
#[test]
fn i30_the_orders_of_a_server_that_came_back_are_given_and_taken_back_again() {
    let mut world = shop_of_phones();
    let [found, lost] = [B, C].map(|device| world.devices[device].id);
    away(&mut world, B);
    away(&mut world, C);
    world.order_wipe(B, Unsent::Lost);
    world.back_up();
    let nonce = *world.orders.given.keys().next().expect("an order");
    world.withdraw_wipe(nonce);
    world.order_wipe(C, Unsent::Lost);
    world.restore();
    back(&mut world, B);
    back(&mut world, C);
    world.settle();
    assert!(!is_gone(&world, found) && is_gone(&world, lost));
    assert!(world.standing(found).is_none());
}

/// Under a device that cannot send at all the hour ends, and it is wiped.
#[test]
fn i30_a_rescue_ends_after_an_hour() {
    let mut world = shop_of_phones();
    let lost = world.devices[B].id;
    away(&mut world, B);
    act(&mut world, B, &customer(2));
    world.order_wipe(B, Unsent::SentFirst);
    world.ends_session(B);
    world.devices[B].offline_until_ms = 0;
    world.play_for(3_000);
    world.settle();
    assert!(is_gone(&world, lost));
}
