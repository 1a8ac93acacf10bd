//! Gauges: what is compared, by size, by the order of values or roles, or by time.

use fieldbook_device_store::Action;
use fieldbook_model::{Change, Fields, Json};

use super::change::{delete, insert, restore, set, update};
use super::{People, fresh, plain, price, text, word};
use crate::world::World;

impl People {
    pub(super) fn with_gauges(&mut self, world: &mut World) -> Action {
        let change = match world.dice.roll() % 40 {
            0..6 => self.gauge(world),
            6 => delete("gauge", self.known(world, "gauge")),
            7 => restore("gauge", self.known(world, "gauge")),
            8..10 => self.reset(world),
            10..20 => self.marked(world),
            _ => self.read_gauge(world),
        };
        plain(vec![change])
    }

    fn gauge(&self, world: &mut World) -> Change {
        let id = fresh(world);
        let fields = [
            ("name", text(world)),
            ("highest", number(world)),
            ("marks", Json::List(vec![word(world).as_str().into()])),
        ];
        insert("gauge", id, fields)
    }

    fn read_gauge(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "gauge");
        match world.dice.roll() % 6 {
            0 => set("gauge", id, [("name", text(world))]),
            1 => set("gauge", id, [("lowest", Json::Text(format!("{}.5", world.dice.roll() % 30)))]),
            2 => set(
                "gauge",
                id,
                [("since", Json::Text(format!("2026-05-{:02}", 1 + world.dice.roll() % 28)))],
            ),
            3 => set("gauge", id, [("state", state(world)), ("name", text(world))]),
            4 => set("gauge", id, [("ceiling", price(world))]),
            _ => set("gauge", id, [("highest", number(world))]),
        }
    }

    fn reset(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "gauge");
        update("gauge", id, [("reset", [("highest", number(world))].into())])
    }

    fn marked(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "gauge");
        let verb = if world.dice.roll().is_multiple_of(2) { "include" } else { "exclude" };
        let marks: Vec<Json> = (0..1 + world.dice.roll() % 2).map(|_| word(world).as_str().into()).collect();
        update("gauge", id, [(verb, Fields::from([("marks", Json::List(marks))]))])
    }
}

fn number(world: &mut World) -> Json {
    Json::Int((world.dice.roll() % 40) as i64)
}

fn state(world: &mut World) -> Json {
    ["open", "paid", "refunded", "void"][(world.dice.roll() % 4) as usize].into()
}
