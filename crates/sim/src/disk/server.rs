//! What a server does while its disk may fail, every error a value. Each may be done again.

use fieldbook_model::{Limits, Schema, WallTime};
use fieldbook_protocol::PushRequest;
use fieldbook_server_store::{Place, Push, SqliteStore, Store as _, push_group};

use super::stage::{Side, Stage};
use super::trouble::Trouble;
use crate::pair::{NOW, WORKSPACE, principal};

/// Makes the workspace, unless it is there.
///
/// # Errors
/// When the disk fails.
pub fn make(stage: &mut Stage, schema: &Schema) -> Result<(), Trouble> {
    if stage.server.is_none() {
        stage.server = Some(SqliteStore::create_clear(&stage.path(Side::Server), schema, WORKSPACE)?);
    }
    stage.made = true;
    stage.mark()
}

/// Takes some of the prepared requests together, and gives the answers out.
///
/// # Errors
/// When the disk fails.
///
/// # Panics
/// When a request that was answered before is answered otherwise (I2).
pub fn take(stage: &mut Stage, which: std::ops::Range<usize>) -> Result<(), Trouble> {
    let read = |(n, body): &(u8, String)| Push {
        principal: principal(*n),
        request: PushRequest::read(body.as_bytes()).expect("BUG: a prepared request"),
    };
    let pushes: Vec<Push> = stage.requests[which.clone()].iter().map(read).collect();
    let replies = push_group(stage.server(), &Limits::default(), &pushes, NOW)?;
    for (at, reply) in which.zip(replies) {
        let answers = reply.unwrap_or_else(|problem| panic!("BUG: request {at}: {problem:?}")).answers;
        match stage.answered.iter().find(|(other, _)| *other == at) {
            Some((_, before)) => assert_eq!(&answers, before, "I2: request {at} is answered otherwise"),
            None => stage.answered.push((at, answers)),
        }
    }
    Ok(())
}

/// Asks again for all that was answered: it must have the same answers (I2).
///
/// # Errors
/// When the disk fails.
///
/// # Panics
/// When it has others.
pub fn ask_again(stage: &mut Stage) -> Result<(), Trouble> {
    let answered: Vec<usize> = stage.answered.iter().map(|(at, _)| *at).collect();
    answered.into_iter().try_for_each(|at| take(stage, at..at + 1))
}

/// Forgets what was deleted, part by part.
///
/// # Errors
/// When the disk fails.
pub fn forget(stage: &mut Stage) -> Result<(), Trouble> {
    let mut after = Place::default();
    loop {
        let part = stage.server().collect(WallTime(NOW.0 + 1_000_000), after)?;
        match part.next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

/// Brings the workspace to the next version of its schema, unless it is there.
///
/// # Errors
/// When the disk fails.
pub fn upgrade(stage: &mut Stage, next: &Schema) -> Result<(), Trouble> {
    let is_behind = stage.server().schema().version < next.version;
    if is_behind {
        stage.server().upgrade(next)?;
    }
    Ok(())
}

/// Opens the workspace, which renews a file of an older format, and looks at it.
///
/// # Errors
/// When the disk fails.
pub fn look(stage: &mut Stage) -> Result<(), Trouble> {
    stage.shows().map(drop)
}
