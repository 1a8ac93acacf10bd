//! Does what the session machine asks of the store. What asks for the network is given back, so that every
//! shell, and the simulated world, drives the same machine over the same store.

use fieldbook_device_sync::{Applied, Backoff, CallId, Input, Output};
use fieldbook_model::{Cursor, WallTime};

use crate::{Ask, IncomingError, LAST_SUCCESS, Store, StoreError};

/// The note of a wait that must outlive a session.
const BACKOFF: &str = "backoff";

/// What is left to do about an output.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// Tell the machine.
    Tell(Input),
    /// Make, or end, a call.
    Call(Call),
    /// Nothing.
    Done,
}

/// What a shell does on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Send ops.
    Push(CallId, String),
    /// Stream pages from a cursor.
    Pull(CallId, Cursor),
    /// Listen from a cursor.
    Live(CallId, Cursor),
    /// Stop a call.
    Cancel(CallId),
}

/// What the machine is told first.
pub fn begin(store: &mut Store) -> Result<Input, StoreError> {
    let backoff = store.noted(BACKOFF)?.and_then(|text| Backoff::parse(&text));
    Ok(Input::Begin { cursor: store.facts()?.cursor, backoff })
}

/// Does one thing that the machine asks for.
pub fn perform(store: &mut Store, output: Output, wall: WallTime) -> Result<Step, StoreError> {
    Ok(match output {
        Output::Collect { from, ops_max, head_only } => {
            let limits = store.identity().limits;
            let ask = Ask {
                from,
                ops_max: ops_max.unwrap_or(limits.push_ops_max),
                bytes_max: limits.push_bytes_max as usize,
                head_only,
            };
            Step::Tell(Input::Collected(store.collect(ask)?))
        }
        Output::Record(reply) => {
            store.answers(&reply)?;
            Step::Tell(Input::Recorded)
        }
        Output::Apply(page) => Step::Tell(Input::Applied(apply(store, &page)?)),
        Output::Remember(backoff) => {
            store.note(BACKOFF, &backoff.map(|backoff| backoff.to_string()).unwrap_or_default())?;
            Step::Done
        }
        Output::Level => {
            store.note(LAST_SUCCESS, &wall.to_string())?;
            Step::Done
        }
        Output::Push(call, body) => Step::Call(Call::Push(call, body)),
        Output::Pull(call) => {
            let facts = store.facts()?;
            Step::Call(Call::Pull(call, facts.staged.unwrap_or(facts.cursor)))
        }
        Output::OpenLive(call, cursor) => Step::Call(Call::Live(call, cursor)),
        Output::Cancel(call) => Step::Call(Call::Cancel(call)),
    })
}

fn apply(store: &mut Store, page: &str) -> Result<Applied, StoreError> {
    match store.incoming(page) {
        Ok(arrived) if arrived.applied => Ok(Applied::Shown { cursor: arrived.cursor, head: arrived.head }),
        Ok(_) => Ok(Applied::Staged),
        Err(IncomingError::Known) => Ok(Applied::Known),
        Err(IncomingError::Gap) => Ok(Applied::Gap),
        Err(IncomingError::OtherEpoch) => Ok(Applied::Unusable("another history of the workspace".into())),
        Err(IncomingError::Malformed(why)) => Ok(Applied::Unusable(why)),
        Err(IncomingError::Store(error)) => Err(error),
    }
}
