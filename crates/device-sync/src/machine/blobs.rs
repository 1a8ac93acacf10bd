//! Blobs: what records name that are here, fetched one at a time and piece by piece when everything else is done. They hold up
//! nothing, and trouble with them is none of the link's: it waits alone, as the live stream's does.
//!
//! ```text
//!   level ──► Blobs(wanted) ──► FetchBlob ══ a piece ══► KeepBlob ──► Blobs(wanted) ──► …
//! ```
//!
//! Where the network costs by the byte, or the battery is low, they wait until it is otherwise.

use super::*;
use crate::trouble::Kind;

/// A piece of which nothing came for so long has failed, in milliseconds.
const BLOB_TIMEOUT_MS: u64 = 30_000;

/// How far a blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blob {
    Idle,
    /// A piece is on its way.
    Fetching {
        call: CallId,
        until_ms: u64,
    },
    /// The store keeps a piece.
    Keeping,
    /// The last one failed.
    Waiting {
        until_ms: u64,
    },
}

impl Machine {
    /// Asks for the next piece, once nothing else is to be done.
    pub(super) fn advance_blob(&mut self, now: Now) {
        let is_free = self.blob == Blob::Idle;
        let is_level = self.pulled && self.cursor.version >= self.head && !self.pull_due;
        let is_sent = self.push == Push::Idle && !self.waiting && self.recording == 0;
        let is_loaded = self.pull == Pull::Idle && self.load == Pull::Idle && !self.load_due;
        if self.blobs == 0 || self.holds_blobs_back() || !(is_free && is_level && is_sent && is_loaded) {
            return;
        }
        let call = self.call();
        self.blob = Blob::Fetching { call, until_ms: now.mono_ms + BLOB_TIMEOUT_MS };
        self.outputs.push_back(Output::FetchBlob(call));
    }

    /// Whether what surrounds the device is against large things that nobody waits for by the second.
    pub(super) fn holds_blobs_back(&self) -> bool {
        let Conditions { metered, low_battery, .. } = self.conditions;
        metered || low_battery
    }

    /// The store says how many are wanted.
    pub(super) fn blobs_are(&mut self, wanted: u64) {
        self.blobs = wanted;
        if self.blob == Blob::Keeping {
            self.blob = Blob::Idle;
        }
    }

    pub(super) fn no_blob(&mut self, call: CallId) {
        if self.is_blob(call) {
            (self.blob, self.blobs) = (Blob::Idle, 0);
        }
    }

    /// What came of a call.
    pub(super) fn blob(&mut self, now: Now, call: CallId, result: Result<Brought, Trouble>) {
        if !self.is_blob(call) {
            return;
        }
        match result {
            Ok(brought) => {
                (self.blob, self.blob_attempt) = (Blob::Keeping, 0);
                self.outputs.push_back(Output::KeepBlob(brought));
            }
            Err(trouble) => self.blob_failed(now, trouble),
        }
    }

    /// Some of a piece has come: what comes slowly is not silent.
    pub(super) fn blob_progress(&mut self, now: Now, of: CallId) {
        if let Blob::Fetching { call, until_ms } = &mut self.blob
            && *call == of
        {
            *until_ms = now.mono_ms + BLOB_TIMEOUT_MS;
        }
    }

    pub(super) fn blob_overdue(&mut self, now: Now) {
        match self.blob {
            Blob::Fetching { call, until_ms } if now.mono_ms >= until_ms => {
                self.outputs.push_back(Output::Cancel(call));
                self.blob_failed(now, Trouble::TimedOut);
            }
            Blob::Waiting { until_ms } if now.mono_ms >= until_ms => self.blob = Blob::Idle,
            _ => {}
        }
    }

    /// A server that shuts the device out shuts out all; anything else waits alone.
    fn blob_failed(&mut self, now: Now, trouble: Trouble) {
        self.blob = Blob::Idle;
        if matches!(trouble.kind(), Kind::SignIn | Kind::Halt) {
            return self.shut_out(now, trouble);
        }
        self.blob_attempt = self.blob_attempt.saturating_add(1);
        let wait = self.wait(self.blob_attempt.saturating_add(LIVE_HEAD_START), &trouble).all_ms;
        let wait = if planted(Defect::BlobTroubleIsForGood) { u64::MAX >> 2 } else { wait };
        self.blob = Blob::Waiting { until_ms: now.mono_ms + wait };
    }

    /// Waiting is over.
    pub(super) fn blobs_anew(&mut self) {
        self.blob_attempt = 0;
        if matches!(self.blob, Blob::Waiting { .. }) {
            self.blob = Blob::Idle;
        }
    }

    /// Ends the call. What has come of the blob stays.
    pub(super) fn hang_up_blob(&mut self) -> Option<CallId> {
        let Blob::Fetching { call, .. } = self.blob else { return None };
        self.blob = Blob::Idle;
        Some(call)
    }

    pub(super) fn blob_until_ms(&self) -> Option<u64> {
        match self.blob {
            Blob::Fetching { until_ms, .. } => Some(until_ms),
            Blob::Waiting { until_ms } if self.blobs > 0 => Some(until_ms),
            _ => None,
        }
    }

    fn is_blob(&self, call: CallId) -> bool {
        matches!(self.blob, Blob::Fetching { call: current, .. } if current == call)
    }
}
