//! Acting from a command line: several flags are one action, and a record has many names.

use crate::run::{fed, fieldbook, text};
use crate::world::{Device, PASSWORD, WORKSPACE, World};

#[test]
fn several_flags_are_one_action_all_of_it_or_none() {
    let world = World::new(13);
    let a = world.device("a", "ann");
    let made = a
        .run(&["act", "--insert", "supplier", "name=Exotic Liquids", "--insert", "shipper", "name=Post"])
        .lines();
    assert_eq!((made.len(), made[0].as_str()), (3, "saved as op 1"));
    assert!(made[1].starts_with("made supplier ") && made[2].starts_with("made shipper "), "{made:?}");
    let tea = "0198c0de-7a11-7000-8000-00000000002a";
    let insert = format!("product:{tea}");
    a.run(&[
        "act",
        "--insert",
        &insert,
        "name=O'Hara's",
        "price=18.50",
        "stock=9",
        "supplier=name=Exotic Liquids",
    ])
    .well();
    // The second flag is wrong: the first is not done either.
    let half =
        a.run(&["act", "--add", "product:price=18.5", "stock=-1", "--set", "shipper:name=Post", "name="]);
    assert_eq!(half.exit, 3, "{half:?}");
    assert_eq!(a.cell("select stock from product"), "9");
    let both = [
        "act",
        "--add",
        "product:name=O'Hara's",
        "stock=-2",
        "--set",
        "product:name=O'Hara's",
        "discontinued=true",
    ];
    assert_eq!(a.run(&both).well(), "saved as op 3\n");
    let row = a.cell(
        "select stock || ' ' || discontinued || ' ' || decimal_text(price, 4) || ' ' || s.name as r \
                      from product join supplier s on s.id = supplier",
    );
    assert_eq!(row, "7 1 18.5000 Exotic Liquids");

    a.run(&["act", "--delete", "product:name=O'Hara's"]).well();
    assert_eq!(a.cell("select count(*) as n from product"), "0");
    let restored = a.run(&["act", "--restore", &insert]);
    assert_eq!(restored.err, "A restored record shows again once the server has answered.\n");
    assert!(a.run(&["log", "--max", "1"]).lines()[0].contains("product …00002a: restored"));
    a.sync();
    assert_eq!(a.cell("select stock from product"), "7");
    assert_eq!(a.export(), world.export());
    assert_eq!(a.run(&["export", "--confirmed"]).lines(), world.export());
}

#[test]
fn whoever_may_only_look_is_told_so() {
    let world = World::new(14);
    let data = world.path("server");
    let add =
        ["admin", "user", "add", "cid", "--workspace", WORKSPACE, "--role", "viewer", "--password-stdin"];
    fed(fieldbook(add).args(["--data", text(&data)]), &format!("{PASSWORD}\n")).well();
    let c = Device { home: world.path("c") };
    let url = world.proxy.url();
    let words = ["device", "sign-in", "--server", &url, "--workspace", WORKSPACE, "--user", "cid"];
    let signed_in =
        fed(fieldbook(words).args(["--home", text(&c.home), "--password-stdin", "--json"]), PASSWORD);
    let key_lies = "ATTENTION: what opens this device's data lies in the file ";
    assert!(signed_in.err.starts_with(key_lies), "{signed_in:?}");
    let answer = signed_in.well();
    assert!(
        answer.starts_with(r#"{"workspace":"shop","user":"cid","role":"viewer","device_id":""#),
        "{answer}"
    );
    c.run(&["act", "--insert", "customer", "name=Ann"])
        .check(3, "error: Your role (viewer) may read here but change nothing.");
    c.sync();
}
