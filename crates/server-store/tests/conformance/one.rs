//! One record by its id, under the rights of a page.

use fieldbook_model::{Fields, Schema};

use crate::builder::{Device, delete, insert, product, record, shop};
use crate::world::{Make, NOW, World};

/// A shop whose customers only the owner reads, and of whose products nobody else reads the price.
fn discreet() -> Schema {
    let mut schema = shop();
    let owner = vec!["owner".to_owned()];
    for ty in &mut schema.types {
        if ty.name == "customer" {
            ty.readers.clone_from(&owner);
        }
        for field in ty.fields.iter_mut().filter(|field| field.name == "price") {
            field.readers.clone_from(&owner);
        }
    }
    schema
}

fn read(world: &World, device: &Device, of: &str, n: u64) -> Option<Fields> {
    let found = world.reader().record(of, record(n), (&device.principal, None), NOW).unwrap();
    found.map(|found| found.fields)
}

pub fn a_record_is_read_by_its_id_as_a_page_has_it(make: Make) {
    let (mut world, mut b) = (World { store: make(&discreet()) }, Device::new(2));
    let mut owner = Device::new(1);
    owner.principal.role = fieldbook_server_sync::Role::Owner;
    let ops = [
        owner.op([product(1, "Chai")]),
        owner.op([insert("customer", 2, [])]),
        owner.op([product(3, "Tofu")]),
        owner.op([delete(3, 3)]),
    ];
    ops.iter().for_each(|op| assert_eq!(world.verdict(&owner, op), "committed"));
    let names = |fields: Fields| fields.0.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let (whole, part) = (read(&world, &owner, "product", 1), read(&world, &b, "product", 1));
    assert!(names(whole.unwrap()).contains(&"price".to_owned()));
    assert!(!names(part.unwrap()).contains(&"price".to_owned()));
    assert!(read(&world, &owner, "customer", 2).is_some());
    // What is not for somebody is as what never was, was deleted, or has no type.
    for (of, n) in [("customer", 2), ("customer", 9), ("product", 3), ("nothing", 1), ("member", 1)] {
        assert_eq!(read(&world, &b, of, n), None, "{of} {n}");
    }
    b.principal.role = fieldbook_server_sync::Role::Nobody;
    assert_eq!(read(&world, &b, "product", 1), None);
}
