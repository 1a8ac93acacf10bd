//! What is kept of the calls and of how syncing stood, for diagnostics. Where it cannot be written it is forgotten: nothing waits
//! for it.

use fieldbook_device_store::Store;
use fieldbook_device_store::recent::{stands, trouble};
use fieldbook_device_sync::status::Stored;
use fieldbook_device_sync::{Head, Input, Now, Report, Trouble};
use fieldbook_model::WallTime;
use fieldbook_protocol::diagnostics::{self, Call, Status};

/// So many ended calls wait to be written; more come only where nothing can be written.
const WAITING_MAX: usize = 200;
/// Of a call that was ended from here.
const CANCELLED: &str = "cancelled";

/// A call that is under way.
pub struct Contact {
    told: diagnostics::Contact,
    begun_ms: u64,
}

impl Contact {
    /// A call begins, with so many bytes to send.
    pub fn begin(now: Now, call: Call, sent: usize) -> Self {
        let told = diagnostics::Contact {
            at: now.wall,
            call,
            took_ms: 0,
            sent: sent as u64,
            received: 0,
            status: None,
            trouble: None,
            retry_after_s: None,
        };
        Self { told, begun_ms: now.mono_ms }
    }

    /// An answer begins.
    pub fn head(&mut self, head: &Head) {
        (self.told.status, self.told.retry_after_s) = (Some(head.status), head.asks_s());
    }

    /// Bytes of it have come.
    pub fn received(&mut self, bytes: usize) {
        self.told.received += bytes as u64;
    }
}

/// What has ended and is not written yet, and how syncing stood when that was written last.
#[derive(Default)]
pub struct Recent {
    ended: Vec<diagnostics::Contact>,
    stood: Option<Status>,
}

impl Recent {
    /// A call has ended: by itself, and this is what the machine is told; or from here.
    pub fn end(&mut self, contact: Contact, now: Now, told: Option<&Input>) {
        let Contact { told: mut ended, begun_ms } = contact;
        ended.took_ms = now.mono_ms.saturating_sub(begun_ms);
        ended.trouble = match told {
            Some(told) => trouble(told).map(Trouble::code),
            None => Some(CANCELLED.to_owned()),
        };
        if self.ended.len() < WAITING_MAX {
            self.ended.push(ended);
        }
    }

    /// Writes what is new.
    pub fn keep(&mut self, store: &mut Store, at: WallTime, (report, stored): (&Report, &Stored)) {
        let status = stands(at, report, stored);
        let is_new = self.stood.as_ref().is_none_or(|before| !before.is_like(&status));
        if self.ended.is_empty() && !is_new {
            return;
        }
        let ended = std::mem::take(&mut self.ended);
        if store.note_recent(&ended, is_new.then_some(&status)).is_ok() {
            self.stood = Some(status);
        }
    }
}
