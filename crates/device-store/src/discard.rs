//! Giving up: an op that was refused, or one that waits in a conflict, own or of somebody else's.

use fieldbook_model::op::About;
use fieldbook_model::schema::DISCARD;
use fieldbook_model::{Access, Code, OpId, Payload, Refusal, Role, Seq, Value};

use crate::act::{ActError, Acted, Moment};
use crate::board::Board;
use crate::conflicts::{self, Conflict};
use crate::judge;
use crate::open::{Durability, Store, Tx};
use crate::oplog;
use crate::plays::Play;
use crate::record::{self, Entry};
use crate::standing::Stored;

impl Store {
    /// Gives up an op that was refused or is held. A refused one needs nobody any more from now on.
    pub fn discard(&mut self, moment: Moment, target: OpId) -> Result<Acted, ActError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let access = judge::may_act(tx)?;
        let (own, conflict) = (oplog::place(tx, target)?, conflicts::find(tx, target)?);
        may_be_discarded(tx, &access, own, conflict.as_ref())?;
        let mut board = Board::new(tx);
        if conflict.is_some_and(|conflict| conflict.is_open()) {
            let text = |text: &str| Value::Text(text.to_owned());
            let turn = Play::Turn(vec![(conflicts::place("state"), text("open"), text("discarded"))]);
            let played = board.play_beside(conflicts::key(tx.schema, target), turn)?;
            played.expect("BUG: a state that cannot be set");
        }
        let payload = Payload { changes: Vec::new(), about: Some(About::Discards(target)) };
        let entry = Entry { action: DISCARD, key: None, payload, target: own, number: None };
        let acted = record::record(&board, moment, entry)?;
        conn.commit()?;
        Ok(acted)
    }
}

fn may_be_discarded(
    tx: Tx<'_>,
    access: &Access,
    own: Option<Seq>,
    conflict: Option<&Conflict>,
) -> Result<(), ActError> {
    if let Some(conflict) = conflict
        && !conflict.is_open()
    {
        return Err(not_held(&format!("This conflict is {} already.", conflict.state)));
    }
    let Some(own) = own else {
        return match conflict {
            None => Err(Refusal::new(Code::UnknownOp, "There is no such action on this device.").into()),
            Some(conflict) if access.role == Role::Owner || conflict.by == tx.identity.user => Ok(()),
            Some(conflict) => {
                let words = format!("Only {}, or an owner, may discard this.", conflict.by);
                Err(Refusal::new(Code::NoPermission, words).into())
            }
        };
    };
    let state = oplog::matter(tx, own)?.map(|matter| matter.state);
    match state {
        Some(Stored::Rejected | Stored::Conflicted) => Ok(()),
        Some(Stored::Waiting | Stored::Answered) => {
            Err(not_held("It has no verdict yet; undo takes it back."))
        }
        Some(Stored::Committed) => Err(not_held("It has happened; undo takes it back.")),
        _ => Err(not_held("It was given up, or came to nothing, before.")),
    }
}

fn not_held(words: &str) -> ActError {
    Refusal::new(Code::NotHeld, words).into()
}
