//! Somebody answers in the server's place, and orders a device to wipe itself: with a signature of their own, with an order that was
//! changed, with one for another device, with one that was taken back and kept.

use fieldbook_crypto::{Fresh, Nonce, ServerKey, WipeOrder};
use fieldbook_device_sync::Head;
use fieldbook_model::{WallTime, json};
use fieldbook_protocol::Ordered;
use fieldbook_protocol::problem::PROBLEM_JSON;

use super::wire::Line;
use super::{World, wiping};

/// A device that is answered so asks again within this, in milliseconds.
const SHUT_OUT_MS: u64 = 360_000;

/// How somebody deceives a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deceit {
    /// Signed by another server.
    Forged,
    /// An order for another device, with this one's name in it.
    Changed,
    /// An order for another device, as it is.
    OfAnother,
    /// An order for this device that was taken back since.
    Kept,
}

impl Deceit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Forged, Self::Changed, Self::OfAnother, Self::Kept];
}

impl World {
    /// The next call of a device, or of the next one for which they have what it takes, is answered by somebody who wants it wiped.
    pub fn deceives(&mut self, first: usize, deceit: Deceit) {
        let all = self.devices.len();
        for device in (first..first + all).map(|device| device % all) {
            let is_ordered = self.standing(self.devices[device].id).is_some();
            if self.devices[device].home.is_none() || is_ordered {
                continue;
            }
            if let Some(order) = self.false_order(device, deceit) {
                self.devices[device].deceit = Some(order);
                return;
            }
        }
    }

    fn false_order(&mut self, device: usize, deceit: Deceit) -> Option<Ordered> {
        let (id, workspace) = (self.devices[device].id, self.server.itself().workspace);
        let of_another =
            self.orders.given.values().map(|given| given.ordered).find(|it| it.order.device != id);
        match deceit {
            Deceit::Forged => {
                let fresh =
                    Fresh::new(fieldbook_model::Hash::of(format!("{id} {}", self.now_ms).as_bytes()).0);
                let issued_at = WallTime(self.wall().0 + 1_000_000);
                let order = WipeOrder::new(workspace, id, Nonce::make(fresh), issued_at);
                let signature = ServerKey::from_bytes(&[9; 32]).sign_wipe(&order);
                Some(Ordered { order, signature, rescue: false })
            }
            Deceit::Changed => {
                let Ordered { order, signature, .. } = of_another?;
                let order = WipeOrder::new(workspace, id, order.nonce, order.issued_at);
                Some(Ordered { order, signature, rescue: false })
            }
            Deceit::OfAnother => of_another.map(|it| Ordered { rescue: false, ..it }),
            Deceit::Kept => {
                let heard = self.devices[device].store.served().expect("BUG: a store in memory");
                let taken_back = |it: &&wiping::Given| {
                    !it.stands && it.ordered.order.device == id && it.ordered.order.issued_at < heard
                };
                let kept = self.orders.given.values().find(taken_back)?;
                Some(Ordered { rescue: false, ..kept.ordered })
            }
        }
    }

    /// Perhaps somebody answers a call so. Tells whether it was.
    pub(super) fn is_deceived(&mut self, line: Line) -> bool {
        if self.is_offline(line.device) || self.standing(self.devices[line.device].id).is_some() {
            return false;
        }
        let Some(ordered) = self.devices[line.device].deceit.take() else { return false };
        self.checks.count("fault: somebody else orders a wipe");
        let line_told = format!("{} is told a false order", self.devices[line.device].name);
        self.tell(&line_told);
        let problem = wiping::problem(&ordered, self.wall());
        let until_ms = self.now_ms + self.faults.delay_ms_max + SHUT_OUT_MS;
        self.last_wait_ms = self.last_wait_ms.max(until_ms);
        self.says_no(line, Head::new(problem.status, Some(PROBLEM_JSON), None), json::write(&problem));
        true
    }
}
