//! A pull ends, however fast others write.

use fieldbook_model::RecordId;
use fieldbook_model::planted::Defect;
use fieldbook_protocol::Page;
use fieldbook_sim::World;

use crate::tools::{A, B, act, away, back, needs, shop, shows};

/// A page of the world's server takes so many rows, as long as nobody writes.
const PAGE_ROWS: usize = 7;

/// A makes the n-th product.
fn product(world: &mut World, n: usize) {
    let id = RecordId::v7(5_000, [u8::try_from(n).expect("few"); 10]);
    act(world, A, &format!(r#"[{{"insert":"product","id":"{id}","fields":{{"name":"n{n}.","stock":1}}}}]"#));
}

/// B was away while A made three pages of products, and pulls; whenever B has pages from a snapshot, A makes `writes` products more. Gives
/// the pages of each snapshot.
fn outrun(writes: usize, snapshots_max: usize) -> (World, Vec<Vec<Page>>) {
    let mut world = shop();
    away(&mut world, B);
    let mut made = 3 * PAGE_ROWS;
    (0..made).for_each(|n| product(&mut world, n));
    world.play_for(3_000);
    let (device, request) = (world.devices[B].id, world.devices[B].store.pull_request().expect("a request"));
    let mut pulling = world.server.begin_pull(device, request, world.wall());
    let mut snapshots = Vec::new();
    while pulling.more() {
        assert!(snapshots.len() < snapshots_max, "the pull does not end");
        let wall = world.wall();
        let texts = world.server.go_on(&mut pulling, wall);
        for text in &texts {
            world.devices[B].store.incoming_at(text, wall).expect("news");
        }
        snapshots.push(texts.iter().map(|text| Page::read(text).expect("a page")).collect());
        (made..made + writes).for_each(|n| product(&mut world, n));
        made += writes;
        world.play_for(3_000);
    }
    (world, snapshots)
}

/// Between any two pages as much is written as a page takes: three pages to where the head was when the pull began, five that run
/// after what was written meanwhile, and all that is left then from one snapshot.
#[test]
fn rule_28_a_pull_ends_however_fast_others_write() {
    needs(Defect::PullsChase, || {
        let (mut world, snapshots) = outrun(PAGE_ROWS, 12);
        assert_eq!(snapshots.len(), 3 + 5 + 1);
        let (rest, pages) = snapshots.split_last().expect("pages");
        assert!(pages.iter().all(|pages| pages.len() == 1));
        assert!(rest.len() > 1, "small pages also of the rest");
        assert!(rest.iter().all(|page| page.end.head == rest[0].end.head), "one snapshot");
        let last = rest.last().expect("a page");
        assert_eq!(last.end.to.version, last.end.head);
        // What was there at the last snapshot is shown, what came later comes later.
        let there = (3 + snapshots.len() - 1) * PAGE_ROWS;
        assert!(shows(&mut world, B, &format!("n{}.", there - 1)));
        assert!(!shows(&mut world, B, &format!("n{there}.")));
        back(&mut world, B);
        world.settle();
        assert!(shows(&mut world, B, &format!("n{there}.")));
    });
}

/// Three times as much is written between two pages as a page takes: the next one takes all of that.
#[test]
fn rule_28_a_page_is_at_least_as_large_as_what_was_written_since_the_one_before() {
    needs(Defect::PagesIgnoreWriters, || {
        let (mut world, snapshots) = outrun(3 * PAGE_ROWS, 12);
        let pages = &snapshots[..snapshots.len() - 1];
        for pages in &pages[1..] {
            assert!(pages[0].rows.len() >= 3 * PAGE_ROWS, "{} rows", pages[0].rows.len());
        }
        back(&mut world, B);
        world.settle();
    });
}
