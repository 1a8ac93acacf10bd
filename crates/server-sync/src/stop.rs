//! What looking at a view may end in, short of an answer.

use fieldbook_model::{OpId, Refusal};

/// Why an op is refused, and the op that it depended on if that is why.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub refusal: Refusal,
    pub depends_on: Option<OpId>,
    /// A refused resolution upon whose conflict later ops may build (rule 47).
    pub ghost_of: Option<OpId>,
}

/// A refusal of the op, or a failure of the world.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    Reject(Box<Rejection>),
    Fail(E),
}

impl<E> From<Refusal> for Stop<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Reject(Box::new(Rejection { refusal, depends_on: None, ghost_of: None }))
    }
}
