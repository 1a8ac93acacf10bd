//! What the sync loop keeps of its calls and of how it stood, for diagnostics. It is written with the loop's next turn, and
//! where that does not work it is forgotten: nothing waits for it.

use std::sync::{Arc, Mutex};

use fieldbook_device_store::Store;
use fieldbook_device_store::recent::{stands, trouble};

use fieldbook_device_sync::status::Stored;
use fieldbook_device_sync::{Head, Input, Report, Trouble};
use fieldbook_protocol::diagnostics::{Call, Contact, Status};

use crate::clock;

/// So many ended calls wait to be written; more come only where nothing can be written.
const WAITING_MAX: usize = 200;
/// Of a call that the machine ended, or that the end of the loop did.
const CANCELLED: &str = "cancelled";

/// The calls that have ended and are not written yet.
#[derive(Clone, Default)]
pub struct Ended(Arc<Mutex<Vec<Contact>>>);

/// A call that is under way. It has ended when this is dropped.
pub struct Ongoing {
    ended: Ended,
    contact: Contact,
    begun_ms: u64,
}

/// What a loop keeps.
#[derive(Default)]
pub struct Recent {
    ended: Ended,
    stood: Option<Status>,
}

impl Ended {
    /// Notes that a call begins, with so many bytes to send.
    pub fn begin(&self, call: Call, sent: usize) -> Ongoing {
        let now = clock::now();
        let contact = Contact {
            at: now.wall,
            call,
            took_ms: 0,
            sent: sent as u64,
            received: 0,
            status: None,
            trouble: Some(CANCELLED.to_owned()),
            retry_after_s: None,
        };
        Ongoing { ended: self.clone(), contact, begun_ms: now.mono_ms }
    }

    fn take(&self) -> Vec<Contact> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

impl Ongoing {
    /// An answer begins.
    pub fn head(&mut self, head: &Head) {
        (self.contact.status, self.contact.retry_after_s) = (Some(head.status), head.asks_s());
    }

    /// Bytes of it have come.
    pub fn received(&mut self, bytes: usize) {
        self.contact.received += bytes as u64;
    }

    /// It ended by itself, and this is what the machine is told.
    pub fn end(mut self, told: &Input) {
        self.contact.trouble = trouble(told).map(Trouble::code);
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.contact.took_ms = clock::now().mono_ms.saturating_sub(self.begun_ms);
        let mut ended = self.ended.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if ended.len() < WAITING_MAX {
            ended.push(self.contact.clone());
        }
    }
}

impl Recent {
    /// Where calls note that they have ended.
    pub fn ended(&self) -> Ended {
        self.ended.clone()
    }

    /// Writes what is new.
    pub fn keep(&mut self, store: &mut Store, report: &Report, stored: &Stored) {
        let status = stands(clock::wall(), report, stored);
        let is_new = self.stood.as_ref().is_none_or(|before| !before.is_like(&status));
        let ended = self.ended.take();
        if ended.is_empty() && !is_new {
            return;
        }
        match store.note_recent(&ended, is_new.then_some(&status)) {
            Ok(()) => self.stood = Some(status),
            Err(error) => tracing::debug!(%error, "what the last calls came to is not noted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use fieldbook_device_sync::{CallId, Reply};

    use super::*;

    #[test]
    fn a_call_is_noted_with_what_came_of_it_and_nothing_of_what_was_said() {
        let ended = Ended::default();
        let check = |noted: Ongoing, told: Option<&Input>, expected: &str| {
            match told {
                Some(told) => noted.end(told),
                None => drop(noted),
            }
            let [contact] = ended.take().try_into().expect("one call");
            let Contact { call, sent, received, status, trouble, retry_after_s, .. } = contact;
            assert_eq!(
                format!("{call:?} {sent} {received} {status:?} {trouble:?} {retry_after_s:?}"),
                expected
            );
        };
        let call = CallId(1);
        let mut noted = ended.begin(Call::Pull, 80);
        noted.head(&Head::new(200, Some("application/x-ndjson"), None));
        [1000, 24].into_iter().for_each(|bytes| noted.received(bytes));
        check(noted, Some(&Input::PullEnded(call, Ok(()))), "Pull 80 1024 Some(200) None None");
        let mut noted = ended.begin(Call::Push, 7);
        noted.head(&Head::new(503, Some("text/html; secret"), Some(" 30")));
        let busy = Reply::to_push(call).failed(Trouble::Foreign("503 text/html secret".to_owned()));
        check(noted, Some(&busy), "Push 7 0 Some(503) Some(\"something-else-answers\") Some(30)");
        let gone = Reply::to_common(call).failed(Trouble::NoAnswer);
        check(ended.begin(Call::Common, 1), Some(&gone), "Common 1 0 None Some(\"no-answer\") None");
        check(ended.begin(Call::Live, 2), None, "Live 2 0 None Some(\"cancelled\") None");
    }

    #[test]
    fn where_nothing_can_be_written_the_memory_stays_small() {
        let ended = Ended::default();
        (0..1000).for_each(|_| drop(ended.begin(Call::Push, 1)));
        assert_eq!(ended.take().len(), WAITING_MAX);
    }
}
