//! What was found wrong in a run.

/// What kind of wrong it is: a column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A queue that is not empty at the end, or a sync that does not finish.
    Stuck,
    /// Two exports that differ.
    Divergent,
    /// An act that was acknowledged and is nowhere.
    Lost,
    /// Another promise that was not kept.
    Other,
}

impl Kind {
    /// All, in the order of the columns.
    pub const ALL: [Self; 4] = [Self::Stuck, Self::Divergent, Self::Lost, Self::Other];

    /// The column's head.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Divergent => "divergent",
            Self::Lost => "lost",
            Self::Other => "other",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of what kind.
    pub kind: Kind,
    /// In words.
    pub words: String,
}

impl Finding {
    /// Something is wrong.
    pub fn new(kind: Kind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into() }
    }
}
