//! What befalls a device's own rows: a bug, a bad disk. Until it is found and mended the device shows what it should not, and is
//! not looked at; what it has saved is promised all the same.

use fieldbook_device_store::{Damage, Next};
use fieldbook_device_sync::backoff::Dice;
use fieldbook_device_sync::{Applied, Input};
use fieldbook_model::RecordId;

use super::{World, bytes};

impl World {
    /// One of the confirmed rows of a device is damaged. Tells whether there was any.
    pub fn damage(&mut self, device: usize, dice: &mut Dice) -> bool {
        let damage = match dice.roll() % 3 {
            0 => Damage::Value,
            1 => Damage::Gone,
            _ => Damage::Extra(RecordId::v7(1, bytes(dice))),
        };
        let it = &mut self.devices[device];
        let damaged = it.store.damage(damage, None, dice.roll()).expect("BUG: a store in memory");
        let Some((of, id)) = damaged else { return false };
        self.checks.count("fault: a row is damaged");
        let pending = it.store.facts().expect("BUG: a store in memory").pending();
        it.damaged = true;
        let line = format!("{} is damaged: {damage:?} of {of} {id}, {pending} pending", it.name);
        self.tell(&line);
        true
    }

    /// Whoever may be damaged compares now.
    pub(super) fn look_for_damage(&mut self) {
        for device in 0..self.devices.len() {
            if self.devices[device].damaged {
                self.want_compare(device);
            }
        }
    }

    /// A person wants it compared, as with `sync --compare`.
    pub fn want_compare(&mut self, device: usize) {
        self.devices[device].store.want_compare().expect("BUG: a store in memory");
        self.input(device, Input::Scopes);
    }

    /// Each time that a page was taken in: only what is damaged differs, and it does not for long.
    pub(super) fn check_applied(&mut self, device: usize, applied: &Applied) {
        let (name, wall) = (self.devices[device].name, self.moment(device).wall);
        let differs = matches!(applied, Applied::Differs { .. });
        if differs {
            let found = self.differences(device);
            assert!(
                self.devices[device].damaged,
                "rule 35: {name} is told that it holds something else: {found:#?}"
            );
            assert_eq!(found[0].next, Next::Repair, "rule 35: {name} does not mend it: {found:#?}");
            self.checks.count("rule 35 what is damaged is found");
            let facts = self.devices[device].store.facts().expect("BUG: a store in memory");
            if facts.pending() > 0 {
                self.checks.count("rule 35 what is damaged is found while ops wait");
            }
            return;
        }
        let compared = self.devices[device].store.compared().expect("BUG: a store in memory");
        let is_same = compared.is_some_and(|it| it.next == Next::Nothing && it.at == wall);
        if self.devices[device].damaged && is_same {
            self.devices[device].damaged = false;
            self.tell(&format!("{name} is whole again"));
            self.checks.count("rule 35 what was damaged is mended");
        }
    }
}
