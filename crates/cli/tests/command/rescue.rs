//! A folder whose database is damaged: what it had not sent is brought over into another, once, and by the same person only.

use std::fs;
use std::path::Path;

use crate::run::{fieldbook, run, text};
use crate::world::{Device, World};

/// Bends one byte of a page.
fn bend(home: &Path, page: usize) {
    let path = home.join("fieldbook.db");
    let mut bytes = fs::read(&path).expect("a database");
    bytes[page * 4096 + 99] ^= 1;
    fs::write(&path, bytes).expect("written");
}

/// The first page of which it is true that a folder with it bent does not do a thing any more.
fn page_that(world: &World, home: &Path, hides: impl Fn(&Path) -> bool) -> usize {
    let copy = world.path("tried");
    let pages = fs::metadata(home.join("fieldbook.db")).expect("a database").len() / 4096;
    let hides_it = |page: &u64| {
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir(&copy).expect("a folder");
        for entry in fs::read_dir(home).expect("a folder").flatten() {
            fs::copy(entry.path(), copy.join(entry.file_name())).expect("copied");
        }
        bend(&copy, usize::try_from(*page).expect("a page"));
        hides(&copy)
    };
    usize::try_from((1..pages).rev().find(hides_it).expect("such a page")).expect("a page")
}

#[test]
fn what_a_damaged_folder_had_not_sent_is_sent_from_another() {
    let world = World::new(98);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    a.sync();
    for n in 0..60 {
        a.run(&["act", "--insert", "customer", &format!("name=Customer {n} {}", "of many words ".repeat(5))])
            .well();
    }
    let before = fs::read(a.home.join("fieldbook.db")).expect("a database");
    let rescue = |words: &[&str]| run(fieldbook(["rescue", text(&a.home)]).args(words));
    assert_eq!(rescue(&[]).lines().len(), 60, "a folder that is whole gives all");
    let page = page_that(&world, &a.home, |home| {
        let left = run(&mut fieldbook(["rescue", text(home)])).out.lines().count();
        (1..60).contains(&left)
    });
    bend(&a.home, page);
    let bent = fs::read(a.home.join("fieldbook.db")).expect("a database");
    assert_ne!(before, bent);
    let log = a.run(&["log", "--max", "1000"]);
    assert!(log.exit == 1 && log.err.contains("`fieldbook rescue`"), "{log:?}");

    let b = world.device("b", "ben");
    let other = rescue(&["--into", text(&b.home)]);
    assert!(other.exit == 2 && other.err.contains("sign in as the same person"), "{other:?}");
    let new = Device { home: world.path("new") };
    world.sign_in(&new, "ann", crate::world::PASSWORD).well();
    let early = rescue(&["--into", text(&new.home)]);
    assert!(early.exit == 2 && early.err.contains("sync the new folder first"), "{early:?}");
    new.sync();
    let told = rescue(&["--into", text(&new.home)]);
    let taken = told.out.lines().count();
    assert!(told.exit == 3 && told.err.contains("be read any more"), "{told:?}");
    assert!(told.err.contains(&format!("{taken} actions not sent can be read")), "{told:?}");
    assert_eq!(
        (new.count("waiting"), fs::read(a.home.join("fieldbook.db")).expect("a database")),
        (taken, bent)
    );
    let again = rescue(&["--into", text(&new.home)]);
    assert_eq!((again.out, new.count("waiting")), (told.out, taken), "each once");
    new.sync();
    assert_eq!(new.export(), world.export());
    assert_eq!(new.cell("select count(*) as n from customer"), (taken + 1).to_string());

    let none = run(&mut fieldbook(["rescue", text(&world.path("nowhere"))]));
    assert_eq!(none.exit, 2, "{none:?}");
    bend(&a.home, 0);
    let closed = rescue(&[]);
    assert!(closed.exit == 1 && closed.err.contains("its beginning is damaged"), "{closed:?}");
}
