//! What goes wrong, and when, in words. Does nothing by itself.

/// What a power cut leaves of what was written and not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nothing.
    Lost,
    /// All up to some write, and of that one the sectors up to some place, of so many bytes each.
    Torn {
        /// 512 or 4096.
        sector_bytes: usize,
    },
    /// Some sectors and names, as if all had been on their way in any order.
    Reordered,
}

/// What befalls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The power goes: this call and all later ones fail, until [`crate::Disk::restart`].
    Cut,
    /// It fails with an error of input and output. What a sync was to save is still under way.
    Error,
    /// As `Error`; and what the failed sync was to save never reaches the disk unless it is written again, though it can
    /// be read for as long as the machine runs.
    Forgets,
    /// Half of a write is done, then the disk is full.
    Short,
    /// The disk is full: no write is done.
    Full,
    /// A read fails.
    Unreadable,
    /// One bit of what is read is another.
    Flipped,
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// The first call that it can befall.
    Once,
    /// That one and every later one.
    ForGood,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// From this point on, counted from 1: of the reads for what befalls reads, else of the calls that change the disk.
    pub at: u64,
    /// What.
    pub fault: Fault,
    /// For how long. A cut lasts in any case.
    pub lasts: Lasts,
}

impl Plan {
    /// The power goes at a point.
    pub fn cut(at: u64) -> Self {
        Self { at, fault: Fault::Cut, lasts: Lasts::ForGood }
    }
}

/// A call that a plan may befall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Write,
    Truncate,
    Sync,
    Make,
    Remove,
    Rename,
}

impl Fault {
    pub(crate) fn befalls(self, call: Call) -> bool {
        match self {
            Self::Cut | Self::Error => call != Call::Read,
            Self::Forgets => call == Call::Sync,
            Self::Short | Self::Full => call == Call::Write,
            Self::Unreadable | Self::Flipped => call == Call::Read,
        }
    }
}
