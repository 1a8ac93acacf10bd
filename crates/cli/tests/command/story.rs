//! The story: two tills sell from one shelf while the network is cut and both a till and the server are
//! killed with −9; nothing is lost, nothing is doubled.

use std::io::Write;

use crate::proxy::{Mode, Passed};
use crate::wait;
use crate::world::{Device, World};

const TOTALS: &str = "select decimal_text(sum(price*quantity*(100-discount)),6) || ' ' || \
                      (select sum(stock) from product) as totals from order_line";

/// Kills the till after so many actions that it was told are saved.
const ACTS_BEFORE_KILL: usize = 300;

#[test]
fn two_tills_sell_offline_and_both_a_till_and_the_server_are_killed() {
    let mut world = World::new(1);
    let (a, b) = loaded(&world);

    world.proxy.set(Mode::Cut);
    sell(&a, 2, "phone=030-0074999");
    sell(&b, 3, "note=pays by invoice");
    let acted = killed_in_the_middle_of_acting(&b);

    world.proxy.set(Mode::Open);
    the_server_is_killed_during_the_flush(&mut world, &b);
    b.sync();
    a.sync();
    b.sync();

    let chang = 17 - i64::try_from(acted).expect("few");
    for till in [&a, &b] {
        assert_eq!(till.cell("select stock from product where name = 'Chai'"), "34");
        assert_eq!(till.cell("select stock from product where name = 'Chang'"), chang.to_string());
        let customer =
            till.cell("select phone || ', ' || note as c from customer where name = 'Alfreds Futterkiste'");
        assert_eq!(customer, "030-0074999, pays by invoice");
        assert_eq!(till.cell(TOTALS), format!("1265793.039500 {}", 3119 - 5 - acted));
    }
    assert_eq!((a.count("committed"), b.count("committed")), (1049 + 2, 2 + acted));
    let shown = world.export();
    assert_eq!(a.export(), shown);
    assert_eq!(b.export(), shown);
    assert_eq!(world.stop_server(), 0);
}

fn loaded(world: &World) -> (Device, Device) {
    let a = world.device("till-a", "ann");
    assert_eq!(a.load_shop(), 1049);
    a.sync();
    let b = world.device("till-b", "ben");
    b.sync();
    for till in [&a, &b] {
        assert_eq!(till.cell(TOTALS), "1265793.039500 3119");
    }
    (a, b)
}

fn sell(till: &Device, pieces: u32, edit: &str) {
    let stock = format!("stock=-{pieces}");
    till.run(&["act", "--type", "pos.sale.create", "--add", "product:name=Chai", &stock]).well();
    till.run(&["act", "--offline", "--set", "customer:name=Alfreds Futterkiste", edit]).well();
}

/// Takes one Chang after the other off the shelf until the process is killed. Gives how many actions are in
/// the log: each that was acknowledged, and at most the one that was about to be.
fn killed_in_the_middle_of_acting(till: &Device) -> usize {
    let id = till.cell("select id from product where name = 'Chang'");
    let line = format!(
        r#"{{"type":"stock.adjust","changes":[{{"update":"product","id":"{id}","add":{{"stock":-1}}}}]}}"#
    );
    let mut acting = till.acting();
    let mut stdin = acting.stdin();
    let feeding = std::thread::spawn(move || while writeln!(stdin, "{line}").is_ok() {});
    (0..ACTS_BEFORE_KILL).for_each(|_| assert!(acting.line().contains(r#""duplicate":false"#)));
    let rest = acting.kill_9();
    feeding.join().expect("fed until the kill");
    let acknowledged = ACTS_BEFORE_KILL + rest.iter().filter(|line| line.ends_with('}')).count();
    let log = till.run(&["log", "--json", "--state", "waiting", "--max", "100000"]).lines();
    let acted = log.iter().filter(|line| line.contains(r#""type":"stock.adjust""#)).count();
    assert!(acted == acknowledged || acted == acknowledged + 1, "{acted} of {acknowledged} acknowledged");
    acted
}

/// Once while it works on the push, once when it has answered and the answer is not there yet.
fn the_server_is_killed_during_the_flush(world: &mut World, till: &Device) {
    for (mode, when) in [(Mode::Open, Passed::Push), (Mode::HoldPushReplies, Passed::PushReply)] {
        world.proxy.set(mode);
        let passed = world.proxy.listen();
        let syncing = till.beside(&["sync"]);
        while wait::next(&passed, "a push") != when {}
        world.kill_server();
        syncing.line_with("Offline");
        assert_eq!(syncing.terminate().0, 0);
        world.proxy.set(Mode::Open);
        world.start_server();
    }
}
