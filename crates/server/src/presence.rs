//! Who looks at which record of a workspace: in memory and for minutes, gone with the process.
//!
//! Pure: it is told the time. Never written down, since where somebody looks is nobody's business later. The table is bounded: a person
//! stands in it with few records, and where it is full, whoever was silent longest is forgotten.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use fieldbook_model::{DeviceId, RecordId, UserId, WallTime};
use fieldbook_protocol::seen::Onlooker;
use fieldbook_server_sync::Principal;

/// Who has said nothing for this long looks no more: a device says so every 12 seconds, and one of its calls may be lost.
pub const HERE: Duration = Duration::from_secs(30);
/// After this nobody is told that somebody looked.
pub const KEPT: Duration = Duration::from_mins(15);
/// A person stands with this many looks at most: more tabs than anybody sees.
const LOOKS_OF_USER_MAX: usize = 16;
/// And all people of a workspace together with this many.
const LOOKS_MAX: usize = 4096;
/// A reply names this many people at most.
const PEOPLE_MAX: usize = 50;

/// That somebody looks at a record from a device, or does no longer.
#[derive(Debug)]
pub struct Look {
    user: UserId,
    device: DeviceId,
    name: String,
    record: (String, RecordId),
    looking: bool,
}

impl Look {
    /// Of whoever calls.
    pub fn of(who: &Principal, record: (String, RecordId), looking: bool) -> Self {
        Self { user: who.user, device: who.device, name: who.name.clone(), record, looking }
    }
}

/// The looks of a workspace, the one that was heard of last at the end.
#[derive(Debug, Default)]
pub struct Presence {
    looks: Vec<(Look, Instant, WallTime)>,
}

impl Presence {
    /// Takes a look, and tells who else looks at the record or did. A word that ends no look is none.
    pub fn hear(&mut self, look: Look, (mono, wall): (Instant, WallTime)) -> Vec<Onlooker> {
        self.looks.retain(|(_, at, _)| mono.duration_since(*at) < KEPT);
        let (user, record) = (look.user, look.record.clone());
        let same = |it: &Look| it.device == look.device && it.user == user && it.record == record;
        let before = self.looks.iter().position(|(it, ..)| same(it)).map(|at| self.looks.remove(at));
        match before {
            // Who stopped long ago has not looked since.
            Some((it, at, was)) if !look.looking && !it.looking => self.insert((it, at, was)),
            None if !look.looking => {}
            _ => {
                self.make_room(user);
                self.looks.push((look, mono, wall));
            }
        }
        self.others(user, &record, mono)
    }

    /// Puts one back where it belongs by its time.
    fn insert(&mut self, look: (Look, Instant, WallTime)) {
        let at = self.looks.partition_point(|(_, at, _)| *at <= look.1);
        self.looks.insert(at, look);
    }

    fn make_room(&mut self, user: UserId) {
        let own = self.looks.iter().filter(|(it, ..)| it.user == user).count();
        if own >= LOOKS_OF_USER_MAX {
            self.looks.iter().position(|(it, ..)| it.user == user).map(|at| self.looks.remove(at));
        } else if self.looks.len() >= LOOKS_MAX {
            self.looks.remove(0);
        }
    }

    fn others(&self, user: UserId, record: &(String, RecordId), mono: Instant) -> Vec<Onlooker> {
        let mut people: Vec<Onlooker> = Vec::new();
        let looks = self.looks.iter().rev().filter(|(it, ..)| it.user != user && it.record == *record);
        for (it, at, wall) in looks {
            let here = it.looking && mono.duration_since(*at) < HERE;
            match people.iter_mut().find(|person| person.user == it.user) {
                Some(person) => person.here |= here,
                None => {
                    people.push(Onlooker { user: it.user, name: it.name.clone(), last_seen: *wall, here })
                }
            }
        }
        people.sort_by_key(|person| (Reverse(person.here), Reverse(person.last_seen)));
        people.truncate(PEOPLE_MAX);
        people
    }
}

#[cfg(test)]
mod tests {
    use fieldbook_model::{Role, WorkspaceId};

    use super::*;
    use crate::clock;

    const MINUTE: Duration = Duration::from_mins(1);

    fn id(n: usize) -> [u8; 10] {
        let mut id = [0; 10];
        id[2..].copy_from_slice(&(n as u64).to_be_bytes());
        id
    }

    fn who(user: usize, device: usize) -> Principal {
        Principal {
            user: UserId::v7(1, id(user)),
            device: DeviceId::v7(1, id(device)),
            workspace: WorkspaceId::v7(1, id(0)),
            role: Role::Member,
            name: format!("user {user}"),
        }
    }

    fn floor(n: usize) -> (String, RecordId) {
        ("floor".to_owned(), RecordId::v7(1, id(n)))
    }

    /// A presence, and a clock that is moved by hand.
    struct World {
        presence: Presence,
        now: Instant,
        since: Duration,
    }

    impl World {
        fn new() -> Self {
            Self { presence: Presence::default(), now: clock::mono(), since: Duration::ZERO }
        }

        fn pass(&mut self, time: Duration) {
            self.since += time;
        }

        /// What user `user` is told who looks at floor `n`, or no longer: name, seconds on the clock, whether here.
        fn says(
            &mut self,
            (user, device): (usize, usize),
            n: usize,
            looking: bool,
        ) -> Vec<(String, i64, bool)> {
            let at =
                (self.now + self.since, WallTime(i64::try_from(self.since.as_millis()).expect("a time")));
            let told = self.presence.hear(Look::of(&who(user, device), floor(n), looking), at);
            told.into_iter().map(|it| (it.name, it.last_seen.0 / 1000, it.here)).collect()
        }
    }

    fn told(user: usize, at: i64, here: bool) -> (String, i64, bool) {
        (format!("user {user}"), at, here)
    }

    #[test]
    fn who_looks_is_told_of_the_others_at_the_same_record_and_not_of_oneself() {
        let mut world = World::new();
        assert_eq!(world.says((1, 1), 1, true), []);
        assert_eq!(world.says((2, 2), 1, true), [told(1, 0, true)]);
        assert_eq!(world.says((1, 11), 1, true), [told(2, 0, true)]);
        assert_eq!(world.says((3, 3), 2, true), []);
    }

    #[test]
    fn who_leaves_has_looked_and_who_falls_silent_too() {
        let mut world = World::new();
        world.says((1, 1), 1, true);
        world.pass(Duration::from_secs(20));
        world.says((1, 1), 1, false);
        assert_eq!(world.says((2, 2), 1, true), [told(1, 20, false)]);
        world.says((1, 1), 1, true);
        world.pass(HERE);
        assert_eq!(world.says((2, 2), 1, true), [told(1, 20, false)]);
    }

    #[test]
    fn who_left_is_not_seen_again_by_saying_so_again() {
        let mut world = World::new();
        assert_eq!(world.says((1, 1), 1, false), []);
        assert_eq!(world.says((2, 2), 1, true), []);
        world.says((1, 1), 1, true);
        world.pass(MINUTE);
        world.says((1, 1), 1, false);
        world.pass(MINUTE);
        world.says((1, 1), 1, false);
        assert_eq!(world.says((2, 2), 1, true), [told(1, 60, false)]);
    }

    #[test]
    fn who_leaves_on_one_device_still_looks_on_the_other() {
        let mut world = World::new();
        world.says((1, 1), 1, true);
        world.says((1, 11), 1, true);
        world.pass(Duration::from_secs(1));
        world.says((1, 1), 1, false);
        assert_eq!(world.says((2, 2), 1, true), [told(1, 1, true)]);
    }

    #[test]
    fn a_look_is_forgotten_after_a_while() {
        let mut world = World::new();
        world.says((1, 1), 1, true);
        world.pass(KEPT - MINUTE);
        assert_eq!(world.says((2, 2), 1, false), [told(1, 0, false)]);
        world.pass(MINUTE);
        assert_eq!(world.says((2, 2), 1, false), []);
        assert!(world.presence.looks.is_empty());
    }

    #[test]
    fn whoever_looks_stands_before_whoever_looked_and_the_latest_first() {
        let mut world = World::new();
        for user in 1..=3 {
            world.says((user, user), 1, true);
            world.pass(Duration::from_secs(1));
        }
        world.says((3, 3), 1, false);
        assert_eq!(world.says((4, 4), 1, true), [told(2, 1, true), told(1, 0, true), told(3, 3, false)]);
    }

    #[test]
    fn one_person_crowds_nobody_out() {
        let mut world = World::new();
        world.says((1, 1), 0, true);
        for n in 0..10 * LOOKS_MAX {
            world.says((2, n), n, true);
        }
        assert_eq!(world.presence.looks.len(), 1 + LOOKS_OF_USER_MAX);
        assert_eq!(world.says((3, 3), 0, true), [told(1, 0, true)]);
    }

    #[test]
    fn a_full_table_forgets_who_was_silent_longest_and_a_reply_is_no_longer_than_people_read() {
        let mut world = World::new();
        for user in 0..LOOKS_MAX {
            world.says((user, user), user % 2, true);
        }
        world.says((0, 0), 0, true);
        world.says((LOOKS_MAX, LOOKS_MAX), 0, true);
        let has = |user| world.presence.looks.iter().any(|(it, ..)| it.user == who(user, user).user);
        assert!(has(0) && !has(1) && has(2));
        assert_eq!(world.presence.looks.len(), LOOKS_MAX);
        assert_eq!(world.says((9, 9), 0, true).len(), PEOPLE_MAX);
    }
}
