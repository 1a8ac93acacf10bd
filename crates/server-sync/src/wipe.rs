//! What somebody hears who calls as a device that is to be wiped: the order, and nothing else, whatever became of the token, the
//! user or the membership.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_protocol::Ordered;

use crate::policy::Call;

/// Whether the token that was shown is that of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// It is.
    Stands,
    /// It has ended.
    Ended,
}

/// What is answered in the place of a call, where an order stands for whoever calls. Nothing, for a push that a device may still
/// make: where somebody wants what it has not sent, as long as its session stands.
pub fn told(ordered: &Ordered, session: Session, call: Call) -> Option<Ordered> {
    let told = Ordered { rescue: ordered.rescue && session == Session::Stands, ..*ordered };
    let is_let_in = match call {
        Call::Push => told.rescue,
        Call::Live if planted(Defect::WipeLeavesStreams) => true,
        Call::Pull | Call::Live | Call::Administer | Call::Own => {
            told.rescue && planted(Defect::WipeRescueReads)
        }
    };
    let ends = session == Session::Ended && planted(Defect::WipeEndsWithSession);
    (!is_let_in && !ends).then_some(told)
}
