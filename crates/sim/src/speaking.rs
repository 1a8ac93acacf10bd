//! People who say at once who is what: somebody is made an admin, says what others are, and is none any more, all at one place of
//! the order (I28). All its chance is its own. What comes of each is for the reference to say.

use fieldbook_device_sync::backoff::Dice;
use fieldbook_model::Role;

use crate::plan::Plan;
use crate::world::World;

/// In so many of a thousand steps.
const OFTEN: u64 = 30;

/// What a member says of another: by whose device, about whose, and the role.
type Said = (usize, usize, Role);

/// The chance of what is said in a step.
pub struct Speaking {
    dice: Dice,
    speaks: bool,
}

impl Speaking {
    /// Of a step of a plan.
    pub fn of(plan: &Plan, step: u64) -> Self {
        let accounts = plan.wiping > 0 || plan.lease_s > 0;
        Self { dice: Dice(plan.seed_of(step) ^ 0x1028), speaks: accounts && plan.changes > 0 }
    }

    /// Perhaps an owner and somebody else say at once who is what.
    pub fn step(&mut self, world: &mut World) {
        if !self.speaks || self.dice.roll() % 1_000 >= OFTEN {
            return;
        }
        let Some((by, of)) = self.two(world) else { return };
        let (role, other) = (self.role(world), self.role(world));
        // Whoever is an admin from an earlier time becomes something else.
        let after =
            Some(world.role_of(by)).filter(|was| *was != Role::Admin).unwrap_or_else(|| self.role(world));
        let becomes = |role: Role| (0, by, role);
        let which = self.dice.roll() % 7;
        if which > 3 {
            // Whoever is known as an admin when they speak.
            world.says(by, Role::Admin).expect("BUG: a member who cannot be an admin");
        }
        let said: Vec<Said> = match which {
            // An admin for one change; and one who is none any more.
            0 => vec![becomes(Role::Admin), (by, of, role), becomes(after), (by, of, other)],
            // Somebody who is none yet.
            1 => vec![(by, of, role), becomes(Role::Admin), (by, of, other), becomes(after)],
            // Two about one person; and somebody about an owner.
            2 => vec![
                (0, of, role),
                becomes(Role::Admin),
                (by, of, other),
                (by, 0, Role::Member),
                becomes(after),
            ],
            // Whoever is an admin may be none by the own word.
            3 => vec![becomes(Role::Admin), (by, of, role), (by, by, after), (by, of, other)],
            4 => vec![becomes(after), (by, of, role)],
            5 => vec![(by, of, role), becomes(after), (by, of, other)],
            // Somebody stays one.
            _ => vec![(by, of, role), (by, of, other)],
        };
        world.say_at_once(&said);
    }

    /// Two members who are no owners, each by a device; the first is an admin, if anybody is. Nobody who was removed: that one
    /// comes back another way.
    fn two(&mut self, world: &World) -> Option<(usize, usize)> {
        let is_member = |device: &usize| ![Role::Owner, Role::Nobody].contains(&world.role_of(*device));
        let members: Vec<usize> = (1..world.devices.len()).filter(is_member).collect();
        let mut one = || Some(members[self.dice.roll().checked_rem(members.len() as u64)? as usize]);
        let (first, second) = (one()?, one()?);
        let admin = members.iter().find(|device| world.role_of(**device) == Role::Admin);
        Some((admin.copied().unwrap_or(first), second))
    }

    fn role(&mut self, world: &World) -> Role {
        let own = world.schema.roles.iter().map(|role| Role::of_schema(role));
        let roles: Vec<Role> = own.chain([Role::Member, Role::Viewer]).collect();
        roles[(self.dice.roll() % roles.len() as u64) as usize].clone()
    }
}
