//! How an op stands, as a log row says it in numbers.

use fieldbook_model::Seq;
use fieldbook_model::op::About;

use crate::error::StoreError;

/// What a log row says of its op. In flight is no state of its own: it is waiting and collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stored {
    Waiting = 0,
    Answered = 1,
    Committed = 2,
    Rejected = 3,
    Duplicate = 4,
    Conflicted = 5,
    Discarded = 6,
    Withdrawn = 7,
    Replaced = 8,
    Lost = 9,
}

impl Stored {
    const ALL: [Self; 10] = [
        Self::Waiting,
        Self::Answered,
        Self::Committed,
        Self::Rejected,
        Self::Duplicate,
        Self::Conflicted,
        Self::Discarded,
        Self::Withdrawn,
        Self::Replaced,
        Self::Lost,
    ];

    pub fn read(number: i64) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|state| *state as i64 == number);
        found.ok_or_else(|| StoreError::unreadable("the state of an action"))
    }
    /// Whether a pull has brought the verdict.
    pub fn settled(self) -> bool {
        self >= Self::Committed
    }
    /// Whether the op has no effect of its own, and will have none.
    pub fn is_nothing(self) -> bool {
        matches!(
            self,
            Self::Rejected
                | Self::Duplicate
                | Self::Discarded
                | Self::Withdrawn
                | Self::Replaced
                | Self::Lost
        )
    }
    /// The states of [`Self::is_nothing`], as SQL lists them.
    pub fn came_to_nothing() -> String {
        let nothing = Self::ALL.into_iter().filter(|state| state.is_nothing());
        nothing.map(|state| (state as i64).to_string()).collect::<Vec<_>>().join(", ")
    }
}

/// What an op is about, as a log row has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Matter {
    /// Up to [`Self::REPLACES`]: it has changes of its own.
    pub about: i64,
    /// The op of this log that it is about.
    pub target: Option<Seq>,
    pub state: Stored,
    /// Whether an undo of it stands.
    pub undone: bool,
}

impl Matter {
    pub const REPLACES: i64 = 1;
    pub const RESOLVES: i64 = 2;
    pub const UNDOES: i64 = 3;
    pub const DISCARDS: i64 = 4;
    pub const PEOPLE: i64 = 5;

    pub fn of(about: Option<&About>) -> i64 {
        match about {
            None => 0,
            Some(About::Replaces(_)) => Self::REPLACES,
            Some(About::Resolves(_)) => Self::RESOLVES,
            Some(About::Undoes(_)) => Self::UNDOES,
            Some(About::Discards(_)) => Self::DISCARDS,
            Some(About::Member(_) | About::Grant(_) | About::Closes(_)) => Self::PEOPLE,
        }
    }
    /// Whether the op has changes of its own.
    pub fn acts(&self) -> bool {
        self.about <= Self::REPLACES
    }
}
