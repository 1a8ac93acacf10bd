//! What stands between device and server, and who is let in. What waits on the device still waits there afterwards, and is
//! sent when the way is free.

use super::page::Page;
use super::{all, copy, with};
use crate::proxy::Mode;
use crate::run::run;
use crate::world::{Device, PASSWORD, World};

pub const PART: &str = "The network, the server, and who is let in";

const SYNC: [&str; 4] = ["sync", "--wait", "--timeout", "0.5"];

#[test]
fn trouble_on_the_way_is_told_as_the_page_says_and_the_queue_stays() {
    let (page, mut world) = (Page::of(PART), World::new(53));
    let a = world.device("a", "ann");
    sign_ins(&page, &world);
    a.run(&["act", "--insert", "customer", "name=Bergs"]).well();
    let before = queue(&a);
    let stays = |world: &World, mode: Mode, when: &str| {
        world.proxy.set(mode);
        page.check(when, &mut with(&a, &SYNC));
        assert_eq!(queue(&a), before, "{when}");
    };
    stays(&world, Mode::Cut, "The connection breaks");
    stays(&world, Mode::BlackHole, "No answer in time");
    stays(&world, Mode::Portal, "Something else answers: a hotel, a guest network");
    stays(&world, Mode::BadGateway, "A proxy does not reach the server");
    stays(&world, Mode::NextProtocol, "The app and the server are of different ages");
    world.proxy.set(Mode::Open);
    signed_out(&page, &world, &a);
    let url = world.proxy.url();
    world.kill_server();
    let nobody = Device { home: world.path("nobody") };
    page.check("Nobody answers at the address", &mut |more| {
        let at = "http://127.0.0.1:1";
        let words = ["device", "sign-in", "--server", at, "--workspace", "shop", "--user", "ann"];
        run(nobody.call(&words).args(more).env("FIELDBOOK_PASSWORD", PASSWORD))
    });
    world.start_server();
    assert_eq!(world.proxy.url(), url);
    assert_eq!(queue(&a), before);
    decades(&page, &world, &a);
    world.member(&["remove", "ann"]).well();
    page.check("No member any more", &mut with(&a, &SYNC));
    wiped(&page, &world);
    page.done();
}

/// All that a device has; what was on its way and what waits are one.
fn queue(device: &Device) -> (Vec<String>, Vec<String>) {
    let (records, log) = all(device);
    let waits = |line: String| line.replace(r#""state":"in-flight""#, r#""state":"waiting""#);
    (records, log.into_iter().map(waits).collect())
}

fn sign_ins(page: &Page, world: &World) {
    let sign_in = |user: &'static str, workspace: &'static str, password: &'static str| {
        let (device, url) = (Device { home: world.path("new") }, world.proxy.url());
        move |more: &[&str]| {
            let words = ["device", "sign-in", "--server", &url, "--workspace", workspace, "--user", user];
            let told = run(device.call(&words).args(more).env("FIELDBOOK_PASSWORD", password));
            assert!(!device.home.exists(), "nothing is left behind");
            told
        }
    };
    let when = "A wrong workspace, name or password";
    page.check(when, &mut sign_in("ann", "shop", "not the password"));
    page.check(when, &mut sign_in("eve", "shop", PASSWORD));
    page.check(when, &mut sign_in("ann", "shed", PASSWORD));
}

/// The copy of a home whose session ended, since its device signed in again.
fn signed_out(page: &Page, world: &World, a: &Device) {
    let old = Device { home: world.path("old") };
    copy(&a.home, &old.home);
    let before = queue(&old);
    world.sign_in(a, "ann", PASSWORD).well();
    page.check("Signed out", &mut with(&old, &SYNC));
    assert_eq!(queue(&old), before);
}

/// Who is not the server says that a device is to be wiped; then the server does.
fn wiped(page: &Page, world: &World) {
    let device = world.device("lost", "ben");
    device.sync();
    world.proxy.set(Mode::ForgedOrder);
    let before = queue(&device);
    page.check("An order to wipe that is not the server's", &mut with(&device, &SYNC));
    assert_eq!(queue(&device), before);
    world.proxy.set(Mode::Open);
    crate::wipe::order(world, &crate::wipe::id(&device));
    page.check("The device was wiped", &mut with(&device, &SYNC));
}

/// A device whose clock is decades behind. It hears the server's clock, which is all that it goes by: that is moved here,
/// for nobody moves the clock of one process. What such a device writes is played in the world of the simulator.
fn decades(page: &Page, world: &World, a: &Device) {
    world.proxy.set(Mode::Decades);
    page.check("The clock is wrong", &mut with(a, &["sync", "--wait"]));
    let status = a.run(&["status", "--json"]).well();
    assert!(status.contains(r#""clock_off_ms":2"#), "{status}");
    world.proxy.set(Mode::Open);
    assert!(world.export().iter().any(|line| line.contains("Bergs")), "what waited is sent");
    assert_eq!(a.export(), world.export());
}
