//! Reading the list from its beginning takes time, and the same questions come again and again.

use std::cell::RefCell;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use fieldbook_model::Version;

use crate::eyes::Records;
use crate::history::History;

/// So many answers are kept: those of a world's devices and of its server.
const KEPT_MAX: usize = 8;

/// The last answers, each with what it depends on. They are kept for nobody who has a copy.
#[derive(Default)]
pub(crate) struct Memo<'s>(RefCell<Vec<(u64, Arc<Records<'s>>)>>);

impl Clone for Memo<'_> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Memo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo")
    }
}

impl<'s> Memo<'s> {
    /// An answer that is known, or worked out now.
    pub(crate) fn get(&self, on: u64, work_out: impl FnOnce() -> Records<'s>) -> Arc<Records<'s>> {
        let known =
            self.0.borrow().iter().find(|(own, _)| *own == on).map(|(_, records)| Arc::clone(records));
        known.unwrap_or_else(|| {
            let records = Arc::new(work_out());
            let mut kept = self.0.borrow_mut();
            if kept.len() == KEPT_MAX {
                kept.remove(0);
            }
            kept.push((on, Arc::clone(&records)));
            records
        })
    }
}

impl<'s> History<'s> {
    /// Every record that was ever made, as it was at a version, in the words of a version of the schema: for who asks while nothing
    /// is being judged, since the last event is then as it stays.
    pub fn at_rest(&self, words: u32, until: Version) -> Arc<Records<'s>> {
        self.memo.get(self.basis(words, until), || self.records_as(words, until))
    }

    /// What that depends on: an event is known by its place, its op and how much it did.
    fn basis(&self, words: u32, until: Version) -> u64 {
        let mut basis = DefaultHasher::new();
        (words, self.schema.version).hash(&mut basis);
        for event in self.events.iter().take_while(|event| event.version <= until) {
            (event.version.0, event.op_id.bytes(), event.hash.0, event.deeds.len()).hash(&mut basis);
        }
        basis.finish()
    }
}
