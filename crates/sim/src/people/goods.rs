//! Products and their stock: what adds up, and a price about which two people may disagree.

use fieldbook_device_store::Action;
use fieldbook_model::{Change, Fields, Json};

use super::change::{delete, insert, restore, set, update};
use super::{People, fresh, plain, price, text, word};
use crate::world::World;

impl People {
    pub(super) fn with_goods(&mut self, world: &mut World) -> Action {
        match world.dice.roll() % 100 {
            0..14 => plain(vec![self.product(world)]),
            14..36 => plain(vec![self.add_stock(world)]),
            36..44 => plain(vec![self.count_stock(world)]),
            44..64 => plain(vec![self.edit_product(world)]),
            64..72 => plain(vec![self.tags(world)]),
            72..81 => self.sale(world),
            81..87 => plain(vec![self.movement(world)]),
            87..91 => plain(vec![delete("product", self.known(world, "product"))]),
            91..94 => plain(vec![restore("product", self.known(world, "product"))]),
            94..96 => plain(vec![delete("line", self.known(world, "line"))]),
            96 => plain(vec![self.long(world)]),
            _ => plain(vec![self.product(world), self.add_stock(world)]),
        }
    }

    fn product(&mut self, world: &mut World) -> Change {
        let id = self.id(world, "product");
        let fields = [
            ("name", Json::Text(word(world))),
            ("price", price(world)),
            ("stock", Json::Int((world.dice.roll() % 50) as i64)),
            ("tags", Json::List(vec![word(world).as_str().into()])),
        ];
        insert("product", id, fields)
    }

    pub(super) fn add_stock(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "product");
        // A sum that two devices drive out of range is refused on the server only.
        let by = match world.dice.roll() % 40 {
            0 => 600_000_000_000_000_000,
            n => n as i64 - 20,
        };
        update("product", id, [("add", [("stock", Json::Int(by))].into())])
    }

    fn count_stock(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "product");
        let found = Json::Int((world.dice.roll() % 60) as i64);
        update("product", id, [("count", [("stock", found)].into())])
    }

    pub(super) fn edit_product(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "product");
        match world.dice.roll() % 2 {
            0 => set("product", id, [("name", text(world))]),
            _ => set("product", id, [("price", price(world))]),
        }
    }

    fn tags(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "product");
        let tags =
            |world: &mut World| Fields::from([("tags", Json::List(vec![word(world).as_str().into()]))]);
        match world.dice.roll() % 3 {
            0 => update("product", id, [("exclude", tags(world))]),
            1 => update("product", id, [("include", tags(world)), ("set", [("name", text(world))].into())]),
            _ => update("product", id, [("include", tags(world))]),
        }
    }

    /// A line and what it takes from the stock, under a key that names the occasion; a double tap uses it twice.
    fn sale(&mut self, world: &mut World) -> Action {
        let product = self.known(world, "product");
        if !world.dice.roll().is_multiple_of(3) {
            self.occasions += 1;
        }
        let amount = Json::Text((1 + world.dice.roll() % 2).to_string());
        let fields = [("product", Json::Text(product.to_string())), ("amount", amount)];
        let line = insert("line", fresh(world), fields);
        let stock = update("product", product, [("add", [("stock", Json::Int(-1))].into())]);
        let key = Some(format!("sale:{}", self.occasions));
        Action { action: "sale".into(), key, changes: vec![line, stock] }
    }

    fn movement(&mut self, world: &mut World) -> Change {
        let count = Json::Int((world.dice.roll() % 9) as i64);
        let fields = [("product", self.name_of(world, "product")), ("count", count)];
        insert("movement", fresh(world), fields)
    }

    /// A name so long that a proxy on the way may refuse the op.
    fn long(&mut self, world: &mut World) -> Change {
        let name = word(world).repeat(260);
        set("product", self.known(world, "product"), [("name", Json::Text(name))])
    }
}
