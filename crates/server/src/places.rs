//! How many calls of one device, and of one user, are under way: a device that lost its way, or a token that was stolen,
//! takes no more than its part of the server. Live streams count for as long as they are open.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use fieldbook_model::{DeviceId, UserId};
use fieldbook_protocol::ProblemCode;
use fieldbook_server_sync::Principal;

use crate::config::CallLimits;
use crate::lock::lock;
use crate::refused::Refused;

/// After this one of the calls that are under way may have ended.
const RETRY_MS: u64 = 1000;

/// The calls that are under way.
pub struct Places {
    limits: CallLimits,
    taken: Mutex<Taken>,
}

/// Counts of those that have any.
#[derive(Default)]
struct Taken {
    devices: BTreeMap<DeviceId, u32>,
    users: BTreeMap<UserId, u32>,
}

/// A call's place, until it is dropped.
pub struct Place {
    device: DeviceId,
    user: UserId,
    places: Arc<Places>,
}

impl Places {
    /// None is taken.
    pub fn new(limits: CallLimits) -> Self {
        Self { limits, taken: Mutex::default() }
    }

    /// Takes a place for a call.
    pub fn take(self: &Arc<Self>, principal: &Principal) -> Result<Place, Refused> {
        let (device, user) = (principal.device, principal.user);
        let mut taken = lock(&self.taken);
        let of = |count: Option<&u32>| count.copied().unwrap_or_default();
        let (devices, users) = (of(taken.devices.get(&device)), of(taken.users.get(&user)));
        if devices >= self.limits.device_max || users >= self.limits.user_max {
            let whose = if devices >= self.limits.device_max { "device" } else { "user" };
            let words =
                format!("Too many calls of this {whose} are under way; wait until some of them have ended.");
            return Err(Refused::new(ProblemCode::TooMany, words).after(RETRY_MS));
        }
        taken.devices.insert(device, devices + 1);
        taken.users.insert(user, users + 1);
        Ok(Place { device, user, places: Arc::clone(self) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.places.taken);
        let Taken { devices, users } = &mut *taken;
        less(devices, self.device);
        less(users, self.user);
    }
}

/// One less; who has none is forgotten.
fn less<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K) {
    match counts.get_mut(&key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => drop(counts.remove(&key)),
    }
}

#[cfg(test)]
mod tests {
    use fieldbook_model::WorkspaceId;
    use fieldbook_server_sync::Role;

    use super::*;

    fn principal(user: u8, device: u8) -> Principal {
        Principal {
            user: UserId::v7(1, [user; 10]),
            device: DeviceId::v7(1, [device; 10]),
            workspace: WorkspaceId::v7(1, [1; 10]),
            role: Role::Member,
            name: "ann".to_owned(),
        }
    }

    #[test]
    fn places_run_out_for_a_device_and_for_a_user_and_come_back() {
        let places = Arc::new(Places::new(CallLimits { device_max: 2, user_max: 3 }));
        let take = |user, device| places.take(&principal(user, device)).map_err(|Refused(problem)| problem);
        let first = take(1, 1).expect("a place");
        let second = take(1, 1).expect("a place");
        let words = take(1, 1).err().expect("none").title;
        assert!(words.contains("of this device"), "{words}");
        let third = take(1, 2).expect("a place of another device");
        let refused = take(1, 3).err().expect("none");
        assert!(refused.title.contains("of this user"), "{}", refused.title);
        assert_eq!((refused.code, refused.retry_after_ms), (ProblemCode::TooMany, Some(RETRY_MS)));
        let other = take(2, 4).expect("a place of another user");
        drop(first);
        let again = take(1, 3).expect("a place that came back");
        drop((second, third, other, again));
        let taken = lock(&places.taken);
        assert!(taken.devices.is_empty() && taken.users.is_empty(), "nobody is remembered");
    }
}
