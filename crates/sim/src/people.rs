//! What people do: on a handful of records, so that they meet; with mistakes, so that ops are refused.

use fieldbook_device_store::Action;
use fieldbook_model::json::{self, Json};
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Change, Fields, RecordId, Version};

use crate::world::{World, bytes};

/// The records that people know of, whoever made them. Ids are shared by word of mouth, so that two devices
/// may use one before they have synced.
#[derive(Debug, Default, Clone)]
pub struct People {
    products: Vec<RecordId>,
    customers: Vec<RecordId>,
    lines: Vec<RecordId>,
    occasions: u64,
}

impl People {
    /// Somebody does something on a device. What does not fit there is refused at once and changes nothing.
    pub fn act(&mut self, world: &mut World, device: usize) {
        let action = self.action(world);
        let made: Vec<(String, RecordId)> = action
            .changes
            .iter()
            .filter(|change| matches!(change, Change::Insert { .. }))
            .map(|change| (change.of().to_owned(), change.id()))
            .collect();
        if world.act(device, action).is_ok() {
            made.into_iter().for_each(|(of, id)| self.learn(&of, id));
        }
    }

    fn learn(&mut self, of: &str, id: RecordId) {
        let known = match of {
            "product" => &mut self.products,
            "customer" => &mut self.customers,
            "line" => &mut self.lines,
            _ => return,
        };
        // Few records are talked about at a time: the old ones are forgotten.
        if known.len() >= 6 {
            known.remove(0);
        }
        known.push(id);
    }

    fn action(&mut self, world: &mut World) -> Action {
        let roll = world.dice.roll() % 100;
        let plain = |changes| Action { action: EDIT.into(), key: None, changes };
        match roll {
            0..12 => plain(vec![self.product(world)]),
            12..17 => plain(vec![self.customer(world)]),
            17..40 => plain(vec![self.count(world)]),
            40..58 => plain(vec![self.edit(world)]),
            58..66 => plain(vec![self.tags(world)]),
            66..74 => self.sale(world),
            74..80 => plain(vec![self.movement(world)]),
            80..85 => plain(vec![self.end(world)]),
            85..88 => plain(vec![self.back(world)]),
            88..94 => plain((0..3).map(|_| self.edit(world)).collect()),
            94..97 => plain(vec![self.count(world), self.edit(world), self.count(world)]),
            97 => plain(vec![self.long(world)]),
            _ => plain(vec![self.product(world), self.count_new(world)]),
        }
    }

    fn product(&mut self, world: &mut World) -> Change {
        let id = self.id(world);
        let (name, price) = (word(world), world.dice.roll() % 5_000);
        let fields = [
            ("name", Json::Text(name)),
            ("price", Json::Text(format!("{}.{:02}", price / 100, price % 100))),
            ("stock", Json::Int((world.dice.roll() % 50) as i64)),
            ("tags", Json::List(vec![word(world).as_str().into()])),
        ];
        Change::Insert { of: "product".into(), id, fields: fields.into() }
    }

    /// Mostly a new id; now and then one that somebody else used or is about to use.
    fn id(&mut self, world: &mut World) -> RecordId {
        match world.dice.roll() % 12 {
            0 => self.known(world, "product"),
            1 => RecordId::v7(7, [(world.dice.roll() % 3) as u8; 10]),
            _ => RecordId::v7(world.now_ms, bytes(&mut world.dice)),
        }
    }

    fn customer(&mut self, world: &mut World) -> Change {
        let id = RecordId::v7(world.now_ms, bytes(&mut world.dice));
        let fields = [("phone", Json::Text(word(world))), ("note", Json::Null)];
        Change::Insert { of: "customer".into(), id, fields: fields.into() }
    }

    fn count(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "product");
        // A sum that two devices drive out of range is refused on the server only.
        let by = match world.dice.roll() % 40 {
            0 => 600_000_000_000_000_000,
            n => n as i64 - 20,
        };
        update("product", id, [("add", [("stock", Json::Int(by))].into())])
    }

    fn count_new(&mut self, world: &mut World) -> Change {
        self.count(world)
    }

    fn edit(&mut self, world: &mut World) -> Change {
        let text = match world.dice.roll() % 8 {
            0 => Json::Null,
            n => Json::Text(format!("{} {}", word(world), n)),
        };
        match world.dice.roll() % 4 {
            0 => update("product", self.known(world, "product"), [("set", [("name", text)].into())]),
            1 => {
                let price = Json::Text(format!("{}.50", world.dice.roll() % 90));
                update("product", self.known(world, "product"), [("set", [("price", price)].into())])
            }
            2 => update("customer", self.known(world, "customer"), [("set", [("phone", text)].into())]),
            _ => update("customer", self.known(world, "customer"), [("set", [("note", text)].into())]),
        }
    }

    fn tags(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "product");
        let tags =
            |world: &mut World| Fields::from([("tags", Json::List(vec![word(world).as_str().into()]))]);
        match world.dice.roll() % 3 {
            0 => update("product", id, [("exclude", tags(world))]),
            1 => {
                update("product", id, [("include", tags(world)), ("set", [("price", "1.00".into())].into())])
            }
            _ => update("product", id, [("include", tags(world))]),
        }
    }

    /// A line and what it takes from the stock, under a key that names the occasion; a double tap uses it twice.
    fn sale(&mut self, world: &mut World) -> Action {
        let product = self.known(world, "product");
        let id = RecordId::v7(world.now_ms, bytes(&mut world.dice));
        if !world.dice.roll().is_multiple_of(3) {
            self.occasions += 1;
        }
        let amount = Json::Text((1 + world.dice.roll() % 2).to_string());
        let fields = [("product", Json::Text(product.to_string())), ("amount", amount)];
        let line = Change::Insert { of: "line".into(), id, fields: fields.into() };
        let stock = update("product", product, [("add", [("stock", Json::Int(-1))].into())]);
        Action {
            action: "sale".into(),
            key: Some(format!("sale:{}", self.occasions)),
            changes: vec![line, stock],
        }
    }

    fn movement(&mut self, world: &mut World) -> Change {
        let id = RecordId::v7(world.now_ms, bytes(&mut world.dice));
        let product = self.known(world, "product");
        let count = (world.dice.roll() % 9) as i64;
        let fields = [("product", Json::Text(product.to_string())), ("count", Json::Int(count))];
        Change::Insert { of: "movement".into(), id, fields: fields.into() }
    }

    fn end(&mut self, world: &mut World) -> Change {
        let of = ["product", "customer", "line"][(world.dice.roll() % 3) as usize];
        Change::Delete { of: of.into(), id: self.known(world, of), base: Version::ZERO }
    }

    fn back(&mut self, world: &mut World) -> Change {
        let of = ["product", "customer", "line"][(world.dice.roll() % 3) as usize];
        Change::Restore { of: of.into(), id: self.known(world, of), base: Version::ZERO }
    }

    /// A name so long that a proxy on the way may refuse the op.
    fn long(&mut self, world: &mut World) -> Change {
        let name = word(world).repeat(260);
        update("product", self.known(world, "product"), [("set", [("name", Json::Text(name))].into())])
    }

    fn known(&self, world: &mut World, of: &str) -> RecordId {
        let known = match of {
            "product" => &self.products,
            "customer" => &self.customers,
            _ => &self.lines,
        };
        match known.len() as u64 {
            0 => RecordId::v7(9, bytes(&mut world.dice)),
            len => known[(world.dice.roll() % len) as usize],
        }
    }
}

fn word(world: &mut World) -> String {
    const WORDS: [&str; 8] = ["tea", "rope", "nail", "jam", "salt", "ink", "oil", "wax"];
    WORDS[(world.dice.roll() % 8) as usize].to_owned()
}

/// An update from its verbs with their fields.
pub fn update<const N: usize>(of: &str, id: RecordId, verbs: [(&str, Fields); N]) -> Change {
    let mut change = Change::Update {
        of: of.into(),
        id,
        base: Version::ZERO,
        set: Fields::default(),
        add: Fields::default(),
        include: Fields::default(),
        exclude: Fields::default(),
    };
    if let Change::Update { set, add, include, exclude, .. } = &mut change {
        for (verb, fields) in verbs {
            match verb {
                "set" => *set = fields,
                "add" => *add = fields,
                "include" => *include = fields,
                "exclude" => *exclude = fields,
                other => panic!("BUG: {other} is no verb of an update"),
            }
        }
    }
    change
}

/// An action from the text of its changes, for scenarios: `[{"update":…,"id":…,"set":{…}}]`.
pub fn action(changes: &str) -> Action {
    let wanted: Vec<fieldbook_model::op::Wanted> =
        json::parse(changes).expect("BUG: changes that do not read");
    Action { action: EDIT.into(), key: None, changes: wanted.into_iter().map(|wanted| wanted.0).collect() }
}
