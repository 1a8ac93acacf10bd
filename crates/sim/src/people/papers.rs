//! Customers, bills, payments, contracts, tasks and badges: what a person decides about, keys that two may not
//! share, and numbers.

use fieldbook_device_store::Action;
use fieldbook_model::{Change, Json};

use super::change::{delete, insert, restore, set, update};
use super::{People, fresh, named, plain, price, text, word};
use crate::world::World;

impl People {
    pub(super) fn with_papers(&mut self, world: &mut World) -> Action {
        match world.dice.roll() % 100 {
            0..9 => plain(vec![self.customer(world)]),
            9..30 => plain(vec![self.edit_customer(world)]),
            30..35 => named("bill.create", vec![self.bill(world)]),
            35..38 => self.bill_for_a_new_customer(world),
            38..48 => plain(vec![self.edit_bill(world)]),
            48..58 => named("payment.take", vec![self.payment(world)]),
            58..63 => plain(vec![insert("badge", fresh(world), [("code", code(world))])]),
            63..66 => plain(vec![set("badge", self.known(world, "badge"), [("code", code(world))])]),
            66..70 => plain(vec![insert("contract", fresh(world), [("title", text(world))])]),
            70..80 => plain(vec![self.edit_contract(world)]),
            80..84 => plain(vec![insert("task", fresh(world), [("title", text(world))])]),
            84..92 => plain(vec![self.edit_task(world)]),
            92..97 => plain(vec![delete_one(self, world)]),
            _ => plain(vec![restore_one(self, world)]),
        }
    }

    /// Their code may be another's, and then the number of the bill waits with them.
    fn bill_for_a_new_customer(&mut self, world: &mut World) -> Action {
        let customer = fresh(world);
        let who = insert("customer", customer, [("phone", text(world)), ("code", code(world))]);
        let fields = [("customer", Json::Text(customer.to_string())), ("total", price(world))];
        named("bill.create", vec![who, insert("bill", fresh(world), fields)])
    }

    fn customer(&mut self, world: &mut World) -> Change {
        let id = self.id(world, "customer");
        let code = if world.dice.roll().is_multiple_of(2) { code(world) } else { Json::Null };
        insert("customer", id, [("phone", text(world)), ("code", code), ("city", text(world))])
    }

    /// A street alone is said; the device adds the city that it shows.
    pub(super) fn edit_customer(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "customer");
        match world.dice.roll() % 6 {
            0 => set("customer", id, [("note", text(world))]),
            1 => set("customer", id, [("code", code(world))]),
            2 => set("customer", id, [("street", text(world))]),
            3 => set("customer", id, [("city", text(world)), ("street", text(world))]),
            _ => set("customer", id, [("phone", text(world))]),
        }
    }

    fn bill(&mut self, world: &mut World) -> Change {
        let customer =
            if world.dice.roll().is_multiple_of(2) { self.name_of(world, "customer") } else { Json::Null };
        insert("bill", fresh(world), [("customer", customer), ("total", price(world))])
    }

    fn edit_bill(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "bill");
        let status = ["open", "paid", "void"][(world.dice.roll() % 3) as usize];
        match world.dice.roll() % 2 {
            0 => set("bill", id, [("total", price(world))]),
            _ => set("bill", id, [("status", status.into())]),
        }
    }

    fn payment(&mut self, world: &mut World) -> Change {
        insert("payment", fresh(world), [("bill", self.name_of(world, "bill")), ("amount", price(world))])
    }

    fn edit_contract(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "contract");
        let seal = || fieldbook_model::Fields::from([("seals", Json::List(vec!["red".into()]))]);
        match world.dice.roll() % 5 {
            0 => set("contract", id, [("title", text(world))]),
            1 => set("contract", id, [("terms", text(world))]),
            2 => set("contract", id, [("notes", text(world))]),
            3 => update("contract", id, [("add", [("copies", Json::Int(1))].into())]),
            _ => update("contract", id, [("include", seal())]),
        }
    }

    fn edit_task(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "task");
        let field = ["title", "note"][(world.dice.roll() % 2) as usize];
        set("task", id, [(field, text(world))])
    }
}

const KINDS: [&str; 5] = ["customer", "contract", "task", "badge", "payment"];

fn delete_one(people: &People, world: &mut World) -> Change {
    let of = KINDS[(world.dice.roll() % 5) as usize];
    delete(of, people.known(world, of))
}

fn restore_one(people: &People, world: &mut World) -> Change {
    let of = KINDS[(world.dice.roll() % 5) as usize];
    restore(of, people.known(world, of))
}

/// One of a few, so that two people use one.
fn code(world: &mut World) -> Json {
    Json::Text(format!("{}{}", word(world), world.dice.roll() % 2))
}
