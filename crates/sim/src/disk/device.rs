//! What a device does while its disk may fail: the calls of the session, with the server hand in hand, and every error a
//! value. Each may be done again.

use fieldbook_device_store::session::{self, Step};
use fieldbook_device_store::{Ask, Snapshot, Store};
use fieldbook_device_sync::{Applied, Input, Output};
use fieldbook_model::{Limits, Schema, json};
use fieldbook_protocol::{PushRequest, Standing};
use fieldbook_server_store::{Push, Store as _, part, push_group};

use super::stage::{Side, Stage, identity};
use super::trouble::Trouble;
use crate::pair::{KEY, NEW_KEY, NOW, PAGE, principal};

/// Ops that go in one push.
const OPS_MAX: u32 = 3;
/// Nothing goes on for longer.
const ROUNDS_MAX: usize = 200;

/// Makes the database, unless it is there.
///
/// # Errors
/// When the disk fails.
pub fn make(stage: &mut Stage, schema: &Schema) -> Result<(), Trouble> {
    if stage.device.is_none() {
        stage.clear();
        stage.device = Some(Store::create(&stage.path(Side::Device), &KEY, &identity(schema))?);
    }
    stage.made = true;
    stage.mark()
}

/// Gives the database a new key, as the next start of a device does that has just got its keys.
///
/// # Errors
/// When the disk fails.
pub fn rekey(stage: &mut Stage) -> Result<(), Trouble> {
    stage.close();
    Store::rekey(&stage.path(Side::Device), &KEY, &NEW_KEY)?;
    stage.open()
}

/// Sends all that waits, a few ops at a time, and takes the answers in.
///
/// # Errors
/// When the disk fails.
///
/// # Panics
/// When the server's store fails, whose disk holds.
pub fn flush(stage: &mut Stage) -> Result<(), Trouble> {
    for _ in 0..ROUNDS_MAX {
        let ask = Ask { from: None, ops_max: OPS_MAX, bytes_max: 1 << 20, head_only: false };
        let Some(batch) = stage.device().collect(ask)? else { return Ok(()) };
        let request = PushRequest::read(batch.body.as_bytes()).expect("BUG: our own push");
        let pushes = [Push { principal: principal(1), request }];
        let replies = push_group(stage.server(), &Limits::default(), &pushes, NOW).expect("BUG: no commit");
        let Some(Ok(reply)) = replies.into_iter().next() else { return Ok(()) };
        stage.device().answers(&reply)?;
    }
    panic!("BUG: a queue that does not end");
}

/// Takes in all news that there are.
///
/// # Errors
/// When the disk fails.
///
/// # Panics
/// When the server's store fails, whose disk holds, or the device does not take what it says.
pub fn pull(stage: &mut Stage) -> Result<Applied, Trouble> {
    for _ in 0..ROUNDS_MAX {
        let request = stage.device().pull_request()?;
        let standing = Standing { cursor: request.cursor, trail: request.trail.clone() };
        part(stage.server(), &standing, NOW).expect("BUG: the server's disk holds");
        let mut reader = stage.server().reader().expect("BUG: the server's disk holds");
        let page = reader.page(&request, &principal(1), PAGE, NOW).expect("BUG: the server's disk holds");
        let page = page.expect("BUG: a member who was removed");
        let Step::Tell(Input::Applied(applied)) = perform(stage, Output::Apply(page))? else {
            panic!("BUG: a page that comes to nothing");
        };
        match applied {
            Applied::Staged { .. } => {}
            Applied::Unusable(why) => panic!("BUG: a page of ours: {why}"),
            applied => {
                stage.mark()?;
                return Ok(applied);
            }
        }
    }
    panic!("BUG: a pull that does not end");
}

/// Fetches the scopes that are wanted, page by page; the next pull joins them.
///
/// # Errors
/// When the disk fails.
///
/// # Panics
/// When the server's store fails, whose disk holds, or it does not end.
pub fn load(stage: &mut Stage) -> Result<(), Trouble> {
    for _ in 0..ROUNDS_MAX {
        let Some(request) = stage.device().load_request()? else { return Ok(()) };
        let mut reader = stage.server().reader().expect("BUG: the server's disk holds");
        let page = reader.page(&request, &principal(1), PAGE, NOW).expect("BUG: the server's disk holds");
        let page = page.expect("BUG: a member who was removed");
        match stage.device().snapshot(&page)? {
            Snapshot::Kept | Snapshot::Useless => {}
            Snapshot::Whole => return Ok(()),
        }
    }
    panic!("BUG: a load that does not end");
}

/// Sends, takes in, follows the schema, loads what is wanted, mends what differs, until there is nothing more.
///
/// # Errors
/// When the disk fails.
///
/// # Panics
/// When it does not end.
pub fn sync(stage: &mut Stage) -> Result<(), Trouble> {
    for _ in 0..12 {
        flush(stage)?;
        match pull(stage)? {
            Applied::Outgrown { .. } => upgrade(stage)?,
            Applied::Forked => part_from_copy(stage)?,
            Applied::Differs { .. } | Applied::Gap | Applied::Staged { .. } => {}
            Applied::Shown { .. } | Applied::Known | Applied::TooOld | Applied::Unusable(_) => {
                let store = stage.device();
                if store.wants()? {
                    load(stage)?;
                } else if store.facts()?.pending() == 0 && !store.wants_compare()? {
                    perform(stage, Output::Level)?;
                    return Ok(());
                }
            }
        }
    }
    panic!("BUG: a sync that does not end");
}

/// Brings the database to the server's version of the schema.
///
/// # Errors
/// When the disk fails.
///
/// # Panics
/// When the server's store fails, whose disk holds, or the device does not follow.
pub fn upgrade(stage: &mut Stage) -> Result<(), Trouble> {
    let behind = stage.device().identity().schema.version;
    let reader = stage.server().reader();
    let reply = reader.and_then(|mut reader| reader.schemas(behind)).expect("BUG: the server's disk holds");
    match perform(stage, Output::Upgrade(json::write(&reply)))? {
        Step::Tell(Input::Upgraded(Ok(_))) => stage.mark(),
        other => panic!("BUG: an upgrade came to {other:?}"),
    }
}

/// Goes on in a log of its own, behind what the server has.
///
/// # Errors
/// When the disk fails.
///
/// # Panics
/// When the server's store fails, whose disk holds, or the logs do not fit.
pub fn part_from_copy(stage: &mut Stage) -> Result<(), Trouble> {
    let request = stage.device().common_request()?;
    let mut reader = stage.server().reader().expect("BUG: the server's disk holds");
    let reply = reader.common(principal(1).user, &request).expect("BUG: the server's disk holds");
    match perform(stage, Output::Part(json::write(&reply), [7; 10]))? {
        Step::Tell(Input::Parted(Ok(()))) => stage.mark(),
        other => panic!("BUG: a copy that does not part: {other:?}"),
    }
}

fn perform(stage: &mut Stage, output: Output) -> Result<Step, Trouble> {
    Ok(session::perform(stage.device(), output, NOW)?)
}
