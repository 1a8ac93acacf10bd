//! Pulls beside which others write, pages that come late, and a server whose sums are wrong.

use fieldbook_device_store::Next;
use fieldbook_model::RecordId;
use fieldbook_protocol::Page;

use super::{Tempting, away, back, calmly, says};
use crate::world::World;

/// Records that one op makes.
const MADE: u64 = 8;
/// No pull reads from more snapshots than this, however fast others write.
const SNAPSHOTS_MAX: usize = 40;
/// Records that one op each makes, so that they are on more pages than one.
const SINGLE: usize = 10;
/// So often two answers come mixed, one after the other.
const MIXED: usize = 3;

impl Tempting {
    pub(super) fn pulls(&mut self, world: &mut World) {
        let (device, other) = self.two(world);
        let differs = !world.differences(device).is_empty();
        let it = &world.devices[device];
        if differs || it.damaged || it.lost.is_some() || !world.server.may_read(it.id) {
            return;
        }
        let which = self.dice.roll() % 5;
        calmly(world, &[device, other], |world| {
            away(world, device);
            match which {
                0 => self.is_outrun(world, device, other),
                1 => self.comes_late(world, device, other),
                2 | 3 => (0..MIXED).for_each(|_| self.comes_mixed(world, device, other)),
                _ => wrongly(world, device),
            }
            // What was taken in beside the session it hears of when it starts again.
            back(world, device);
        });
    }

    fn makes(&mut self, world: &mut World, device: usize) -> usize {
        let one = |tempting: &mut Self, world: &World| {
            let id = tempting.fresh(world);
            format!(r#"{{"insert":"product","id":"{id}","fields":{{"name":"much"}}}}"#)
        };
        let changes: Vec<String> = (0..MADE).map(|_| one(self, world)).collect();
        let head = world.server.head();
        says(world, device, &format!("[{}]", changes.join(",")));
        world.play_for(1_000);
        if world.server.head() == head { 0 } else { MADE as usize }
    }

    /// Between any two pages others write more than a page takes (rule 28).
    fn is_outrun(&mut self, world: &mut World, device: usize, other: usize) {
        let ops = 1 + self.dice.roll() % 2 * 2;
        (0..3).for_each(|_| _ = self.makes(world, other));
        let (id, wall) = (world.devices[device].id, world.wall());
        let request = world.devices[device].store.pull_request().expect("BUG: a request");
        let mut pulling = world.server.begin_pull(id, request, wall);
        world.follow_epoch(device);
        let (mut snapshots, mut made) = (0, 0);
        while pulling.more() {
            snapshots += 1;
            assert!(snapshots <= SNAPSHOTS_MAX, "rule 28: the pull does not end while others write");
            let texts = world.server.go_on(&mut pulling, wall);
            if let [text] = &texts[..] {
                let page = Page::read(text).expect("BUG: our own page");
                let least = !page.end.more || page.rows.len() >= made;
                assert!(least, "rule 28: {} rows of at least {made} in a page", page.rows.len());
            }
            for text in &texts {
                // What does not join is pulled again.
                drop(world.devices[device].store.incoming_at(text, wall));
            }
            made = (0..ops).map(|_| self.makes(world, other)).sum();
        }
        world.checks.count("rule 28 a pull ends while others write");
    }

    /// A request arrives twice, others write between the two, and the pages of both answers come mixed.
    fn comes_mixed(&mut self, world: &mut World, device: usize, other: usize) {
        let (id, wall) = (world.devices[device].id, world.wall());
        let made: Vec<RecordId> =
            (0..SINGLE).map(|_| self.makes_product(world, other, "one of many")).collect();
        world.play_for(1_000);
        let request = world.devices[device].store.pull_request().expect("BUG: a request");
        let early = world.server.pull(id, request.clone(), wall);
        for id in made.iter().filter(|_| self.dice.roll().is_multiple_of(4)) {
            says(
                world,
                other,
                &format!(r#"[{{"update":"product","id":"{id}","set":{{"name":"moved on"}}}}]"#),
            );
        }
        world.play_for(1_000);
        let later = world.server.pull(id, request, wall);
        world.follow_epoch(device);
        let (mut early, mut later) = (early.into_iter().peekable(), later.into_iter().peekable());
        while early.peek().is_some() || later.peek().is_some() {
            let next = if self.dice.roll().is_multiple_of(2) { early.next() } else { later.next() };
            world.takes_in(device, next.as_slice());
        }
        world.checks.count("I11 pages of two answers come mixed");
    }

    /// The pages of a pull come once more, after newer ones: they say nothing about now.
    fn comes_late(&mut self, world: &mut World, device: usize, other: usize) {
        let (id, wall) = (world.devices[device].id, world.wall());
        let store = &mut world.devices[device].store;
        store.want_compare().expect("BUG: a store in memory");
        let request = store.pull_request().expect("BUG: a request");
        let early = world.server.pull(id, request.clone(), wall);
        self.makes(world, other);
        let later = world.server.pull(id, request, wall);
        world.follow_epoch(device);
        world.takes_in(device, &later);
        world.takes_in(device, &early);
        let found = world.differences(device);
        assert!(
            found.is_empty(),
            "rule 35: a page that came late is compared with what is here now: {found:#?}"
        );
        world.checks.count("rule 35 a page that comes late is not compared");
    }
}

/// A server says what is wrong whatever the device does: after two snapshots in vain it stops, until somebody asks again.
fn wrongly(world: &mut World, device: usize) {
    let mut repairs = 0;
    for round in 0..5 {
        let (id, wall) = (world.devices[device].id, world.wall());
        let store = &mut world.devices[device].store;
        if round == 4 {
            store.want_compare().expect("BUG: a store in memory");
        }
        let mut request = store.pull_request().expect("BUG: a request");
        request.compare = true;
        let pages = world.server.pull(id, request, wall);
        world.follow_epoch(device);
        for page in pages {
            let said = if round < 4 { page.replace(r#""is":{"rows":"#, r#""is":{"rows":9"#) } else { page };
            let compared = world.devices[device].store.incoming_at(&said, wall);
            let next = compared.ok().and_then(|arrived| arrived.compared).map(|compared| compared.next);
            repairs += u32::from(round < 4 && next == Some(Next::Repair));
        }
    }
    assert!(repairs <= 2, "rule 35: a repair in vain is tried for the {repairs}th time");
    if repairs == 2 {
        world.checks.count("rule 35 a repair in vain ends");
    }
}
