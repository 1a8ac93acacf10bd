//! Two people set one price without a network. Whose price it is follows from who they are, and not from who was online
//! first; the other is kept.

use crate::proxy::Mode;
use crate::world::{Device, World};

const SHELF: &str = r#"
schema = "shelf"
version = 1
roles = ["manager", "cashier"]

[type.product]
label = "name"
[type.product.field]
name  = { kind = "text", required = true }
price = { kind = "money", currency = "EUR", merge = "priority", by = "role", order = ["manager", "cashier"] }
"#;

#[test]
fn the_managers_price_stands_in_both_orders_and_the_cashiers_is_in_the_history() {
    let world = World::of(81, SHELF, &[("ann", "cashier"), ("mia", "manager")]);
    let (till, office) = (world.device("till", "ann"), world.device("office", "mia"));
    for (round, [first, second]) in [[&till, &office], [&office, &till]].into_iter().enumerate() {
        let (name, record) = (format!("name=Tea {round}"), format!("product:name=Tea {round}"));
        till.run(&["act", "--insert", "product", &name, "price=1.00"]).well();
        till.sync();
        office.sync();
        world.proxy.set(Mode::Cut);
        till.run(&["act", "--set", &record, "price=2.50"]).well();
        office.run(&["act", "--set", &record, "price=3.75"]).well();
        assert_ne!(till.run(&["sync", "--wait", "--timeout", "0.2"]).exit, 0, "there is no network");
        world.proxy.set(Mode::Open);
        first.sync();
        second.sync();
        first.sync();
        let price = format!("select price from product where name = 'Tea {round}'");
        for device in [&till, &office] {
            assert_eq!(device.cell(&price), "375", "round {round}");
            lost(device, &record);
        }
        assert_eq!(till.count("rejected") + office.count("rejected"), 0);
    }
    let shown = world.export();
    assert_eq!((till.export(), office.export()), (shown.clone(), shown));
}

/// The cashier's price stands in the history of the record, and who set it.
fn lost(device: &Device, record: &str) {
    let lines = device.run(&["history", "--json", record]).lines();
    let own = lines.iter().find(|line| line.contains(r#""2.50"#) && line.contains(r#""name":"ann""#));
    let own = own.unwrap_or_else(|| panic!("{lines:#?}"));
    assert!(own.contains("ann") && own.contains(r#""verb":"update""#), "{own}");
    let other = lines.iter().find(|line| line.contains(r#""3.75"#)).expect("the manager's price");
    assert!(
        own.contains(r#""outcome":"superseded""#) || other.contains(r#""outcome":"over""#),
        "{own}\n{other}"
    );
}
