//! The story goes on: two tills take money for one invoice and change one phone number, a person settles it offline,
//! a note that lost is brought back, undo asks when a colleague came between, and what was refused is sent again.

use crate::world::{Device, World};

#[test]
fn two_payments_on_one_invoice_meet_and_a_part_payment_does_not() {
    let world = World::new(21);
    let (a, b) = (world.device("till-a", "ann"), world.device("till-b", "ben"));
    a.run(&["act", "--type", "invoice.create", "--insert", "invoice", "total=80.00"]).well();
    level(&[&a, &b]);
    let number = a.cell("select number from invoice");
    assert!(number.ends_with("-000001"), "{number}");
    let invoice = format!("invoice={}", a.cell("select id from invoice"));
    let pay = |till: &Device, amount: &str| {
        let insert =
            ["act", "--type", "payment.take", "--insert", "payment", &invoice, "method=cash", amount];
        till.run(&insert).well()
    };
    pay(&a, "amount=80.00");
    pay(&b, "amount=80.00");
    a.sync();
    b.sync();
    a.sync();
    for till in [&a, &b] {
        assert_eq!(till.run(&["conflicts", "--json"]).lines().len(), 1);
        assert_eq!(till.cell("select count(*) as n from payment"), "1");
        assert!(till.run(&["status"]).well().contains("1 conflict needs your decision"));
    }
    // Who has seen the first payment takes a part payment, and nobody is asked.
    pay(&a, "amount=5.00");
    a.sync();
    assert_eq!(a.run(&["conflicts", "--json"]).lines().len(), 1);
    // Ann decides without a network; both payments were made.
    let card = a.run(&["conflicts"]).well();
    let id = card.split_whitespace().next().expect("an id");
    a.run(&["resolve", "--offline", id, "--mine"]).well();
    a.sync();
    b.sync();
    b.run(&["resolve", id, "--theirs"]).check(3, &format!("error: {}", settled_before(&b)));
    for till in [&a, &b] {
        assert_eq!(till.cell("select count(*) as n from payment"), "3");
        assert_eq!(till.run(&["conflicts", "--json"]).lines().len(), 0);
    }
    let shown = world.export();
    assert_eq!((a.export(), b.export()), (shown.clone(), shown));
}

/// What the second to decide is told: by whom, and what stands.
fn settled_before(till: &Device) -> String {
    let by = till.cell("select settled_by from conflict");
    format!("This conflict was settled by {by} before; that stands.")
}

#[test]
fn the_same_choice_settles_all_that_are_alike() {
    let world = World::new(22);
    let (a, b) = (world.device("till-a", "ann"), world.device("till-b", "ben"));
    for name in ["Alfreds", "Bergs", "Chops"] {
        a.run(&["act", "--insert", "customer", &format!("name={name}"), "phone=1"]).well();
    }
    level(&[&a, &b]);
    for (till, phone) in [(&a, "phone=2"), (&b, "phone=3")] {
        for name in ["Alfreds", "Bergs", "Chops"] {
            till.run(&["act", "--set", &format!("customer:name={name}"), phone]).well();
        }
        till.sync();
    }
    assert_eq!(b.count("conflicted"), 3);
    let card = b.run(&["conflicts"]).well();
    let id = card.split_whitespace().next().expect("an id");
    let wrong = b.run(&["resolve", id, "--field", "fax=9"]);
    assert_eq!(wrong.exit, 3, "{wrong:?}");
    assert!(wrong.err.contains("give phone, and not fax"), "{wrong:?}");
    b.run(&["resolve", id, "--field", "phone=030 99"]).well();
    b.sync();
    let card = b.run(&["conflicts"]).well();
    let id = card.split_whitespace().next().expect("an id");
    assert!(b.run(&["resolve", id, "--theirs", "--alike"]).well().contains("2 conflicts settled alike"));
    level(&[&b, &a]);
    let phones = "select group_concat(phone, ' ') as p from (select phone from customer order by phone)";
    for till in [&a, &b] {
        assert_eq!(till.cell(phones), "030 99 2 2");
    }
}

#[test]
fn a_note_that_lost_is_in_the_history_and_comes_back() {
    let world = World::new(23);
    let (a, b) = (world.device("till-a", "ann"), world.device("till-b", "ben"));
    a.run(&["act", "--insert", "customer", "name=Alfreds"]).well();
    level(&[&a, &b]);
    a.run(&["act", "--set", "customer:name=Alfreds", "note=pays late"]).well();
    a.sync();
    b.run(&["act", "--set", "customer:name=Alfreds", "note=pays by invoice"]).well();
    b.sync();
    let told = b.run(&["history", "customer:name=Alfreds"]).well();
    assert!(told.contains("ann changed note of Alfreds from nothing to pays late"), "{told}");
    assert!(
        told.contains("pays late -> pays by invoice   (over version 2, which it had not seen)"),
        "{told}"
    );
    b.run(&["restore", "customer:name=Alfreds", "--field", "note", "--version", "2"]).well();
    let none = b.run(&["restore", "customer:name=Alfreds", "--field", "note", "--version", "1"]);
    assert_eq!(none.exit, 2, "{none:?}");
    level(&[&b, &a]);
    assert_eq!(a.cell("select note from customer"), "pays late");
    let id = a.cell("select id from customer");
    a.run(&["act", "--delete", "customer:name=Alfreds"]).well();
    level(&[&a, &b]);
    assert_eq!(b.cell("select count(*) as n from customer"), "0");
    b.run(&["restore", &format!("customer:{id}")]).well();
    level(&[&b, &a]);
    assert_eq!(a.cell("select note from customer"), "pays late");
}

#[test]
fn undo_asks_when_a_colleague_came_between_and_survives_a_kill() {
    let mut world = World::new(24);
    let (a, b) = (world.device("till-a", "ann"), world.device("till-b", "ben"));
    a.run(&["act", "--insert", "customer", "name=Alfreds", "--insert", "product", "name=Chai", "stock=10"])
        .well();
    level(&[&a, &b]);
    let sale = [
        "act",
        "--set",
        "customer:name=Alfreds",
        "note=bought tea",
        "fax=1",
        "--add",
        "product:name=Chai",
        "stock=-2",
    ];
    a.run(&sale).well();
    level(&[&a, &b]);
    b.run(&["act", "--set", "customer:name=Alfreds", "note=bought coffee"]).well();
    level(&[&b, &a]);
    world.kill_server();
    world.start_server();
    let asked = a.run(&["undo"]);
    let words = "Since then: note of Alfreds became bought coffee. That would stay as it is. To go on all the same, say --anyway.";
    asked.check(3, &format!("error: {words}"));
    let undone = a.run(&["undo", "--anyway"]);
    assert!(undone.err.contains("stays as it is"), "{undone:?}");
    let all =
        "select note || ' ' || coalesce(fax, '-') || ' ' || (select stock from product) as s from customer";
    assert_eq!(a.cell(all), "bought coffee - 10");
    level(&[&a, &b]);
    assert_eq!(b.cell(all), "bought coffee - 10");
    assert!(a.run(&["redo", "--anyway"]).well().starts_with("did again op 2"));
    level(&[&a, &b]);
    for till in [&a, &b] {
        assert_eq!(till.cell(all), "bought coffee 1 8");
    }
    assert_eq!(a.export(), world.export());
}

#[test]
fn what_was_refused_is_sent_again_with_what_depends_on_it_or_given_up() {
    let world = World::new(25);
    let (a, b) = (world.device("till-a", "ann"), world.device("till-b", "ben"));
    a.run(&["act", "--insert", "product", "name=Chai", "stock=900000000000000000"]).well();
    level(&[&a, &b]);
    a.run(&["act", "--add", "product:name=Chai", "stock=90000000000000000"]).well();
    a.sync();
    // Out of range only together with what Ann did meanwhile.
    b.run(&[
        "act",
        "--insert",
        "customer",
        "name=Bergs",
        "--add",
        "product:name=Chai",
        "stock=90000000000000000",
    ])
    .well();
    b.run(&["act", "--set", "customer:name=Bergs", "note=new"]).well();
    b.sync();
    assert_eq!(b.count("rejected"), 2);
    let kept = b.run(&["export", "--op", "1"]).well();
    assert!(kept.contains(r#""code":"out-of-range""#) && kept.contains("Bergs"), "{kept}");
    let again = b.run(&["retry", "1", "stock=1"]).well();
    assert!(again.contains("op 1 is sent again as op 3") && again.contains("follows as op 4"), "{again}");
    level(&[&b, &a]);
    assert_eq!(a.cell("select note from customer"), "new");
    assert_eq!((b.count("replaced"), b.count("rejected")), (2, 0));
    b.run(&["act", "--add", "product:name=Chai", "stock=9000000000000000"]).well();
    a.run(&["act", "--add", "product:name=Chai", "stock=9000000000000000"]).well();
    a.sync();
    b.sync();
    assert_eq!(b.count("rejected"), 1);
    b.run(&["discard", "5"]).well();
    b.sync();
    assert_eq!((b.count("discarded"), b.count("rejected")), (1, 0));
    assert!(b.run(&["status"]).well().contains("pending      nothing"));
}

/// Brings one device's news to all.
fn level(tills: &[&Device]) {
    tills.iter().for_each(|till| drop(till.sync()));
}
