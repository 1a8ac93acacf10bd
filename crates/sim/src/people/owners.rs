//! Work that is not for everybody, and owners who say who is what while it waits.

use fieldbook_device_store::Action;
use fieldbook_model::json::Json;
use fieldbook_model::{Role, Scope};

use super::change::{insert, set, update};
use super::{People, named, plain, text};
use crate::world::World;

/// What somebody may become.
const ROLES: [&str; 6] = ["manager", "manager", "cashier", "member", "viewer", "nobody"];

impl People {
    /// An owner gives somebody a role. The last owner stays one.
    pub(super) fn administer(&mut self, world: &mut World) {
        let device = (world.dice.roll() % world.devices.len() as u64) as usize;
        let role = ROLES[(world.dice.roll() % ROLES.len() as u64) as usize];
        let role: Role = role.parse().expect("BUG: a role");
        let outcome = match world.dice.roll() % 8 {
            // Now and then one that the schema has not, and the owner's own.
            0 => world.says(device, Role::App("boss".to_owned())),
            1 => world.says(0, role),
            // An area opens no scope.
            2 => {
                let scope = Scope { of: "area".into(), id: self.known(world, "area") };
                let role = (!world.dice.roll().is_multiple_of(3)).then_some(role);
                world.grants(device, scope, role)
            }
            _ if device == 0 => Ok(()),
            _ => world.says(device, role),
        };
        // What does not fit is refused, and the reference agrees.
        drop(outcome);
    }

    pub(super) fn with_tariffs(&mut self, world: &mut World) -> Action {
        let number = Json::Int((world.dice.roll() % 9) as i64);
        let (tariff, title) = (self.known(world, "tariff"), text(world));
        match world.dice.roll() % 8 {
            0 => {
                plain(vec![insert("tariff", self.id(world, "tariff"), [("title", title), ("rate", number)])])
            }
            1 => plain(vec![insert("tariff", self.id(world, "tariff"), [("title", title)])]),
            2..=4 => plain(vec![set("tariff", tariff, [("rate", number)])]),
            5 => plain(vec![update("tariff", tariff, [("add", [("uses", number)].into())])]),
            6 => plain(vec![insert("notice", self.id(world, "notice"), [("text", title)])]),
            _ => named("tariff.retire", vec![set("tariff", tariff, [("title", title)])]),
        }
    }
}
