//! What owns what: areas with their assets and boxes, assets with their remarks, folders with folders and papers.

use fieldbook_device_store::Action;
use fieldbook_model::{Change, Json};

use super::change::{delete, insert, restore, set};
use super::{People, fresh, plain, text};
use crate::world::World;

impl People {
    pub(super) fn with_places(&mut self, world: &mut World) -> Action {
        match world.dice.roll() % 100 {
            0..8 => plain(vec![insert("area", fresh(world), [("name", text(world))])]),
            8..22 => plain(vec![self.asset(world)]),
            22..42 => plain(vec![self.edit_asset(world)]),
            42..52 => plain(vec![self.remark(world)]),
            52..57 => plain(vec![self.boxed(world)]),
            57..63 => plain(vec![self.folder(world)]),
            63..67 => plain(vec![self.rename_folder(world)]),
            67..73 => plain(vec![self.paper(world)]),
            73..86 => plain(vec![self.delete_place(world)]),
            86..95 => plain(vec![self.restore_place(world)]),
            _ => self.with_all_in_it(world),
        }
    }

    fn asset(&mut self, world: &mut World) -> Change {
        let fields = [
            ("area", self.name_of(world, "area")),
            ("name", text(world)),
            ("x", number(world)),
            ("y", number(world)),
        ];
        insert("asset", self.id(world, "asset"), fields)
    }

    /// A place alone is said half; the device adds the other half.
    pub(super) fn edit_asset(&mut self, world: &mut World) -> Change {
        let id = self.known(world, "asset");
        match world.dice.roll() % 5 {
            0 => set("asset", id, [("name", text(world))]),
            1 => set("asset", id, [("area", self.name_of(world, "area"))]),
            2 => set("asset", id, [("x", number(world)), ("y", number(world))]),
            3 => set("asset", id, [("y", number(world))]),
            _ => set("asset", id, [("x", number(world))]),
        }
    }

    fn remark(&mut self, world: &mut World) -> Change {
        insert("remark", fresh(world), [("asset", self.name_of(world, "asset")), ("text", text(world))])
    }

    fn boxed(&mut self, world: &mut World) -> Change {
        insert("box", fresh(world), [("area", self.name_of(world, "area")), ("name", text(world))])
    }

    fn folder(&mut self, world: &mut World) -> Change {
        let parent =
            if world.dice.roll().is_multiple_of(3) { Json::Null } else { self.name_of(world, "folder") };
        insert("folder", fresh(world), [("parent", parent), ("name", text(world))])
    }

    fn rename_folder(&mut self, world: &mut World) -> Change {
        set("folder", self.known(world, "folder"), [("name", text(world))])
    }

    fn paper(&mut self, world: &mut World) -> Change {
        insert("paper", fresh(world), [("folder", self.name_of(world, "folder")), ("text", text(world))])
    }

    fn delete_place(&mut self, world: &mut World) -> Change {
        let of = kind(world);
        delete(of, self.known(world, of))
    }

    fn restore_place(&mut self, world: &mut World) -> Change {
        let of = kind(world);
        restore(of, self.known(world, of))
    }

    /// An area with what stands in it, in one action.
    fn with_all_in_it(&mut self, world: &mut World) -> Action {
        let (area, asset) = (fresh(world), fresh(world));
        let named = |id: fieldbook_model::RecordId| Json::Text(id.to_string());
        plain(vec![
            insert("area", area, [("name", text(world))]),
            insert("asset", asset, [("area", named(area)), ("name", text(world))]),
            insert("remark", fresh(world), [("asset", named(asset)), ("text", text(world))]),
        ])
    }
}

fn kind(world: &mut World) -> &'static str {
    ["area", "asset", "box", "folder", "paper"][(world.dice.roll() % 5) as usize]
}

fn number(world: &mut World) -> Json {
    Json::Int((world.dice.roll() % 20) as i64)
}
