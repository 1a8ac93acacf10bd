//! Does what the session machine asks of the store. What asks for the network is given back, so that every
//! shell, and the simulated world, drives the same machine over the same store.

use fieldbook_device_sync::{Applied, Backoff, CallId, Input, Kept, Output, Repair};
use fieldbook_model::{Cursor, WallTime, json};
use fieldbook_protocol::Page;
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::schema::SchemaReply;

use crate::{Arrived, Ask, Coming, Follow, IncomingError, LAST_SUCCESS, Next, Snapshot, Store, StoreError};

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
    /// Stream pages.
    Pull(CallId, PullRequest),
    /// Stream the pages of a scope's snapshot.
    Load(CallId, PullRequest),
    /// Listen.
    Live(CallId, PullRequest),
    /// Fetch the versions of the schema behind this one.
    Schema(CallId, u32),
    /// Ask what the server has of the log.
    Common(CallId, String),
    /// Stop a call.
    Cancel(CallId),
}

/// What the machine is told first.
pub fn begin(store: &mut Store) -> Result<Input, StoreError> {
    let backoff = store.noted(BACKOFF)?.and_then(|text| Backoff::parse(&text));
    Ok(Input::Begin { cursor: store.facts()?.cursor, backoff, wants: store.wants()? })
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
        Output::Apply(page) => Step::Tell(Input::Applied(apply(store, &page, wall)?)),
        Output::Remember(backoff) => {
            store.note(BACKOFF, &backoff.map(|backoff| backoff.to_string()).unwrap_or_default())?;
            Step::Done
        }
        Output::Level => {
            store.note(LAST_SUCCESS, &wall.to_string())?;
            store.let_go()?;
            Step::Done
        }
        Output::Push(call, body) => Step::Call(Call::Push(call, body)),
        Output::Pull(call) => Step::Call(Call::Pull(call, store.pull_request_at(wall)?)),
        Output::Load(call) => match store.load_request()? {
            Some(request) => Step::Call(Call::Load(call, request)),
            None => Step::Tell(Input::NothingToLoad(call)),
        },
        Output::Keep(page) => Step::Tell(Input::Kept(keep(store, &page)?)),
        Output::LookApart => Step::Tell(Input::Apart(store.after_pull()?)),
        Output::OpenLive(call, cursor) => {
            let request = store.live_request()?;
            Step::Call(Call::Live(call, PullRequest { cursor, ..request }))
        }
        Output::FetchSchema(call) => Step::Call(Call::Schema(call, store.identity().schema.version)),
        Output::Upgrade(text) => Step::Tell(Input::Upgraded(upgrade(store, &text)?)),
        Output::AskCommon(call) => Step::Call(Call::Common(call, json::write(&store.common_request()?))),
        Output::Part(text, random) => Step::Tell(Input::Parted(match json::parse(&text) {
            Ok(reply) => store.part(&reply, (wall, random))?,
            Err(error) => Err(error.reason),
        })),
        Output::Cancel(call) => Step::Call(Call::Cancel(call)),
    })
}

/// A page that is being applied in slices, where everything waits for the one who does it.
#[derive(Debug)]
pub struct Applying {
    page: String,
    coming: Coming,
}

impl Applying {
    /// A page that came when the device's clock said so.
    pub fn new(page: String, wall: WallTime) -> Self {
        Self { coming: Coming::new(page.clone(), Some(wall)), page }
    }

    /// Does a slice of it, of so many rows. What the machine is told when it is done, `None` while there is more.
    ///
    /// # Errors
    /// What the store says; nothing of the page is left behind then.
    pub fn go_on(&mut self, store: &mut Store, rows_max: usize) -> Result<Option<Input>, StoreError> {
        match store.go_on(&mut self.coming, rows_max).transpose() {
            Some(arrived) => Ok(Some(Input::Applied(applied(store, &self.page, arrived)?))),
            None => Ok(None),
        }
    }

    /// Takes nothing in of it.
    pub fn leave_off(self, store: &mut Store) {
        store.leave_off(self.coming);
    }
}

fn apply(store: &mut Store, page: &str, wall: WallTime) -> Result<Applied, StoreError> {
    let arrived = store.incoming_at(page, wall);
    applied(store, page, arrived)
}

fn applied(
    store: &mut Store,
    page: &str,
    arrived: Result<Arrived, IncomingError>,
) -> Result<Applied, StoreError> {
    match arrived {
        Ok(Arrived { cursor, head, joined, again, newest, compared: Some(compared), .. })
            if compared.next != Next::Nothing =>
        {
            Ok(match outgrown(store, newest)? {
                // The pull that brings the new shape mends this too.
                true => Applied::Outgrown { cursor, head, joined, again },
                false => {
                    let repair = if compared.next == Next::Repair { Repair::Fetch } else { Repair::Vain };
                    Applied::Differs { cursor, head, joined, again, repair }
                }
            })
        }
        Ok(Arrived { known: true, .. }) => known(store, page),
        Ok(Arrived { applied: true, cursor, head, joined, again, newest, .. }) => {
            Ok(match outgrown(store, newest)? {
                true => Applied::Outgrown { cursor, head, joined, again },
                false => Applied::Shown { cursor, head, joined, again },
            })
        }
        Ok(arrived) => Ok(Applied::Staged { upto: arrived.cursor.version, head: arrived.head }),
        Err(IncomingError::Known) => known(store, page),
        Err(IncomingError::Gap) => Ok(Applied::Gap),
        Err(IncomingError::Forked) => Ok(Applied::Forked),
        Err(IncomingError::TooOld { .. }) => Ok(Applied::TooOld),
        Err(IncomingError::Malformed(why)) => Ok(Applied::Unusable(why)),
        Err(IncomingError::Store(error)) => Err(error),
    }
}

fn keep(store: &mut Store, page: &str) -> Result<Kept, StoreError> {
    match store.snapshot(page) {
        Ok(Snapshot::Kept) => Ok(Kept::Part),
        Ok(Snapshot::Whole) => Ok(Kept::Whole),
        Ok(Snapshot::Useless) => Ok(Kept::Useless),
        Err(IncomingError::Store(error)) => Err(error),
        Err(error) => Ok(Kept::Unusable(error.to_string())),
    }
}

fn upgrade(store: &mut Store, text: &str) -> Result<Result<Cursor, String>, StoreError> {
    let reply: SchemaReply = match json::parse(text) {
        Ok(reply) => reply,
        Err(error) => return Ok(Err(error.reason)),
    };
    match store.upgrade(&reply) {
        Ok(cursor) => Ok(Ok(cursor)),
        Err(IncomingError::Store(error)) => Err(error),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// Whether the workspace has a version of the schema that this device wants.
fn outgrown(store: &mut Store, newest: u32) -> Result<bool, StoreError> {
    Ok(newest > store.identity().schema.version && store.follows()? == Follow::Server)
}

/// A page without news may tell of a newer schema still: the device may not have wanted it before.
fn known(store: &mut Store, page: &str) -> Result<Applied, StoreError> {
    match Page::read(page) {
        Ok(page) if outgrown(store, page.end.newest)? => Ok(Applied::Outgrown {
            cursor: store.facts()?.cursor,
            head: page.end.head,
            joined: false,
            again: false,
        }),
        _ => Ok(Applied::Known),
    }
}
