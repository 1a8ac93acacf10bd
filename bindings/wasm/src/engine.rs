//! The device as one object for whoever brings clock, randomness and network: its store, and the session machine over it.
//!
//! It decides nothing. Everything that happens is told with the time of it; what is to be done on the network lies in
//! [`Engine::orders`] afterwards, and [`Engine::deadline_ms`] says when it wants to be told the time again.
//!
//! ```text
//!   act, load …  ──► store ──► the machine hears of it ─┐
//!   head, bytes, end, failed (of a call), tick ─────────┴──► orders, status, live queries
//! ```
//!
//! News of many rows are taken in by slices, so that whoever has one thread for everything gets to answer in between
//! ([`Engine::go_on`]). Until all are, queries tell what was there before; whatever else is asked has the rest done first.

use std::collections::{BTreeMap, VecDeque};

use fieldbook_device_store::forms::{StatusForm, Whose};
use fieldbook_device_store::session::{self, Applying, Step};
use fieldbook_device_store::{ActError, LiveQuery, Moment, QueryError, Store, StoreError, Table, lease};
use fieldbook_device_sync::status::Facts;
use fieldbook_device_sync::wipe::{Known, WipeFile};
use fieldbook_device_sync::{CallId, Conditions, Head, Input, Link, Machine, Now, Output, Reply, Trouble};
use fieldbook_model::schema::Vocabulary;
use fieldbook_model::{WallTime, json};
use fieldbook_protocol::diagnostics;

use crate::call::{Caller, Order};
use crate::recent::{Contact, Recent};
use crate::wipe;

/// Bytes of which nothing is whole are told of no more often than this, in milliseconds.
const PROGRESS_MS: u64 = 1_000;

/// So many rows of news are a slice: some milliseconds on a small machine.
const SLICE_ROWS: usize = 500;

/// A device that is open.
pub struct Engine {
    store: Store,
    /// News that are being taken in.
    applying: Option<Applying>,
    /// What the machine wants done behind what was just done.
    next: Option<Output>,
    /// What the machine is told when that is done.
    told: VecDeque<Input>,
    /// The last time that it was told.
    now: Now,
    /// What went wrong where nothing could be answered: told the next time.
    trouble: Option<StoreError>,
    machine: Machine,
    caller: Caller,
    server: String,
    replies: BTreeMap<CallId, Coming>,
    orders: Vec<Order>,
    queries: BTreeMap<u32, LiveQuery>,
    queries_made: u32,
    conditions: Conditions,
    /// When the server let this device in, and for how long, as long as that is not kept.
    let_in: Option<(WallTime, Option<u64>)>,
    recent: Recent,
}

/// A reply that is coming in.
struct Coming {
    reply: Reply,
    contact: Contact,
    /// When the machine last heard of it.
    told_ms: u64,
}

impl Engine {
    /// A device over its open store. Nothing happens before [`Self::begin`].
    pub fn new(store: Store, caller: Caller, server: String, seed: u64) -> Self {
        Self {
            store,
            applying: None,
            next: None,
            told: VecDeque::new(),
            now: Now { mono_ms: 0, wall: WallTime::default() },
            trouble: None,
            machine: Machine::new(seed),
            caller,
            server,
            replies: BTreeMap::new(),
            orders: Vec::new(),
            queries: BTreeMap::new(),
            queries_made: 0,
            conditions: Conditions::default(),
            let_in: None,
            recent: Recent::default(),
        }
    }

    /// The store, for what only reads it.
    pub fn store(&mut self) -> &mut Store {
        if let Err(error) = self.settle() {
            self.trouble = Some(error);
        }
        &mut self.store
    }

    /// Whether there is more to be done at once, by [`Self::go_on`].
    pub fn is_going_on(&self) -> bool {
        self.applying.is_some() || self.next.is_some() || !self.told.is_empty()
    }

    /// Goes on with what is being done.
    pub fn go_on(&mut self, now: Now) -> Result<(), StoreError> {
        self.now = now;
        self.advance()
    }

    /// As whom it calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The server's address.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Begins a session: at the start, after the store failed, and after a new sign-in. What was under way before ends.
    pub fn begin(&mut self, now: Now, seed: u64) -> Result<(), StoreError> {
        for (id, coming) in std::mem::take(&mut self.replies) {
            self.recent.end(coming.contact, now, None);
            self.orders.push(Order::Cancel(id));
        }
        if let Some(applying) = self.applying.take() {
            applying.leave_off(&mut self.store);
        }
        self.next = None;
        self.told.clear();
        self.trouble = None;
        self.machine = Machine::new(seed);
        self.take(now, Input::Conditions(self.conditions))?;
        let begin = session::begin(&mut self.store)?;
        self.take(now, begin)
    }

    /// What surrounds the device is another now.
    pub fn surround(&mut self, now: Now, conditions: Conditions) -> Result<(), StoreError> {
        self.conditions = conditions;
        self.take(now, Input::Conditions(conditions))
    }

    /// Ends every wait: somebody wants it now.
    pub fn sync_now(&mut self, now: Now) -> Result<(), StoreError> {
        self.store.try_blobs_again()?;
        self.take(now, Input::SyncNow)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Now) -> Result<(), StoreError> {
        self.take(now, Input::Tick)
    }

    /// When it wants to be told the time, on the clock that only goes forward.
    pub fn deadline_ms(&self) -> Option<u64> {
        self.machine.deadline()
    }

    /// What is to be done on the network, in its order. Each is given out once.
    pub fn orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }

    /// The head of a reply has come, with how long the offline lease is, in seconds, where it says so.
    pub fn head(
        &mut self,
        now: Now,
        call: CallId,
        (head, lease): (Head, Option<u64>),
    ) -> Result<(), StoreError> {
        let Some(coming) = self.replies.get_mut(&call) else { return Ok(()) };
        coming.contact.head(&head);
        if let Err(trouble) = coming.reply.head(head) {
            return self.failed(now, call, trouble);
        }
        if coming.reply.lets_in() {
            self.let_in = Some((now.wall, lease));
        }
        self.keep_lease()
    }

    /// Keeps how long the lease is, once nothing is on its way in.
    fn keep_lease(&mut self) -> Result<(), StoreError> {
        match self.let_in.take_if(|_| self.applying.is_none()) {
            Some(said) => lease::hears(&mut self.store, said),
            None => Ok(()),
        }
    }

    /// Bytes of a reply have come.
    pub fn bytes(&mut self, now: Now, call: CallId, bytes: &[u8]) -> Result<(), StoreError> {
        let Some(coming) = self.replies.get_mut(&call) else { return Ok(()) };
        coming.contact.received(bytes.len());
        let mut news = match coming.reply.bytes(bytes) {
            Ok(news) => news,
            Err(trouble) => return self.failed(now, call, trouble),
        };
        if news.is_empty() && now.mono_ms.saturating_sub(coming.told_ms) >= PROGRESS_MS {
            news.push(coming.reply.progress());
        }
        if !news.is_empty() {
            coming.told_ms = now.mono_ms;
        }
        news.into_iter().try_for_each(|input| self.take(now, input))
    }

    /// A reply has come to its end.
    pub fn end(&mut self, now: Now, call: CallId) -> Result<(), StoreError> {
        let Some(Coming { reply, contact, .. }) = self.replies.remove(&call) else { return Ok(()) };
        let told = reply.end();
        self.recent.end(contact, now, Some(&told));
        self.take(now, told)
    }

    /// A call has failed. What else comes of it is of no use.
    pub fn failed(&mut self, now: Now, call: CallId, trouble: Trouble) -> Result<(), StoreError> {
        let Some(Coming { reply, contact, .. }) = self.replies.remove(&call) else { return Ok(()) };
        self.orders.push(Order::Cancel(call));
        let told = reply.failed(trouble);
        self.recent.end(contact, now, Some(&told));
        self.take(now, told)
    }

    /// Does anything that writes an op. Durable when it returns.
    pub fn write<T>(
        &mut self,
        now: Now,
        random: [u8; 16],
        work: impl FnOnce(&mut Store, Moment) -> Result<T, ActError>,
    ) -> Result<T, ActError> {
        self.settle()?;
        let done = work(&mut self.store, Moment { wall: now.wall, random })?;
        // It is saved: what goes wrong from here on is the loop's and told by it.
        let _ = self.take(now, Input::Wrote);
        Ok(done)
    }

    /// Other parts of the workspace are asked for, or left out, than before.
    pub fn scopes(&mut self, now: Now) -> Result<(), StoreError> {
        self.take(now, Input::Scopes)
    }

    /// Runs one SELECT. While news are being taken in: on what was there before.
    pub fn query(&mut self, sql: &str, limit_rows: Option<u32>) -> Result<Table, QueryError> {
        self.store.query(sql, limit_rows)
    }

    /// Watches a query from now on. Its name, for [`Self::refresh`] and [`Self::unwatch`].
    pub fn watch(&mut self, sql: &str) -> Result<u32, QueryError> {
        let query = self.store.live(sql)?;
        self.queries_made += 1;
        self.queries.insert(self.queries_made, query);
        Ok(self.queries_made)
    }

    /// Watches a query no more.
    pub fn unwatch(&mut self, name: u32) {
        self.queries.remove(&name);
    }

    /// The result of a watched query, if it is another than the last; `None` too for one that nobody watches.
    pub fn refresh(&mut self, name: u32) -> Result<Option<Table>, QueryError> {
        match self.queries.get_mut(&name) {
            Some(query) if self.applying.is_none() => self.store.refresh(query),
            _ => Ok(None),
        }
    }

    /// How the device stands, as JSON.
    pub fn status(&mut self, now: Now, vocabulary: Vocabulary) -> Result<String, StoreError> {
        self.settle()?;
        let report = self.machine.session(now).report(now);
        let stored = self.store.facts()?;
        self.recent.keep(&mut self.store, now.wall, (&report, &stored.stored()));
        let facts = Facts::of(&stored.stored(), Some(&report));
        let identity = self.store.identity();
        let whose = Whose {
            workspace: &identity.workspace,
            user: &identity.user,
            server: &self.server,
            device_id: identity.device_id,
        };
        Ok(json::write(&StatusForm::of(whose, vocabulary, (&facts, &stored))))
    }

    /// What has stopped the session until somebody does something about it.
    pub fn halted(&self, now: Now) -> Option<Trouble> {
        match self.machine.session(now).link {
            Link::Halted(trouble) => Some(trouble),
            _ => None,
        }
    }

    /// What is to be written down of an order to wipe this device, if there is one that is obeyed now.
    pub fn wipe(&mut self, now: Now) -> Result<Option<WipeFile>, StoreError> {
        let Some(Trouble::Wiped(ordered)) = self.halted(now) else { return Ok(None) };
        self.settle()?;
        let known = Known { unsent: self.store.waiting()?, heard: self.store.served()? };
        // One that is not its server's is told in the status, as what shuts the device out, and not obeyed.
        Ok(wipe::begin(&self.caller, &ordered, known, &self.server).unwrap_or_default())
    }

    /// Whether everything is sent, and all that is known of is here.
    pub fn is_level(&mut self) -> Result<bool, StoreError> {
        Ok(!self.is_going_on() && self.machine.is_quiet() && self.store.stored()?.pending == 0)
    }

    /// The lease that is over, in seconds, if it is.
    pub fn lease_over(&mut self, wall: WallTime) -> Result<Option<u64>, StoreError> {
        lease::over(&mut self.store, wall)
    }

    /// Tells the machine one thing, and does all that follows from it but what takes a network, or more than a slice of news.
    fn take(&mut self, now: Now, input: Input) -> Result<(), StoreError> {
        self.now = now;
        self.told.push_back(input);
        match self.applying.is_none() && self.next.is_none() && self.told.len() == 1 {
            true => self.advance(),
            // It comes behind what is being done.
            false => Ok(()),
        }
    }

    /// Does one thing that takes the store a while, and what takes none.
    fn advance(&mut self) -> Result<(), StoreError> {
        if let Some(error) = self.trouble.take() {
            return Err(error);
        }
        let mut is_done = self.applying.is_some();
        self.slice(SLICE_ROWS)?;
        while self.applying.is_none() {
            if let Some(output) = self.next.take().or_else(|| self.machine.poll()) {
                if is_done && is_work(&output) {
                    self.next = Some(output);
                    return Ok(());
                }
                is_done |= is_work(&output);
                if let Some(input) = self.perform(self.now, output)? {
                    self.machine.handle(self.now, input);
                }
                self.slice(SLICE_ROWS)?;
            } else if let Some(input) = self.told.pop_front() {
                self.machine.handle(self.now, input);
            } else {
                return self.keep_lease();
            }
        }
        Ok(())
    }

    /// Takes in some of the news.
    fn slice(&mut self, rows_max: usize) -> Result<(), StoreError> {
        let Some(mut applying) = self.applying.take() else { return Ok(()) };
        match applying.go_on(&mut self.store, rows_max)? {
            Some(input) => self.machine.handle(self.now, input),
            None => self.applying = Some(applying),
        }
        Ok(())
    }

    /// Takes in all of them.
    fn settle(&mut self) -> Result<(), StoreError> {
        while self.applying.is_some() {
            self.slice(usize::MAX)?;
        }
        Ok(())
    }

    fn perform(&mut self, now: Now, output: Output) -> Result<Option<Input>, StoreError> {
        if let Output::Apply(page) = output {
            self.applying = Some(Applying::new(page, now.wall));
            return Ok(None);
        }
        match session::perform(&mut self.store, output, now.wall)? {
            Step::Tell(input) => return Ok(Some(input)),
            Step::Done => {}
            Step::Call(call) => {
                let waiting = self.store.waiting()?;
                let kind = kind(&call);
                let (order, reply) = self.caller.order(call, waiting);
                match (&order, kind, reply) {
                    (Order::Make(call), Some(kind), Some(reply)) => {
                        let sent = call.body.as_ref().map_or(0, String::len);
                        let contact = Contact::begin(now, kind, sent);
                        self.replies.insert(call.id, Coming { reply, contact, told_ms: now.mono_ms });
                    }
                    (Order::Make(_), ..) => {}
                    (Order::Cancel(id), ..) => {
                        if let Some(coming) = self.replies.remove(id) {
                            self.recent.end(coming.contact, now, None);
                        }
                    }
                }
                self.orders.push(order);
            }
        }
        Ok(None)
    }
}

/// Whether the store takes a while for it.
fn is_work(output: &Output) -> bool {
    matches!(
        output,
        Output::Apply(_)
            | Output::Keep(_)
            | Output::Record(_)
            | Output::Collect { .. }
            | Output::LookApart
            | Output::Upgrade(_)
            | Output::Part(..)
    )
}

/// A call as diagnostics name it.
fn kind(call: &session::Call) -> Option<diagnostics::Call> {
    Some(match call {
        session::Call::Push(..) => diagnostics::Call::Push,
        session::Call::Pull(..) | session::Call::Load(..) => diagnostics::Call::Pull,
        session::Call::Live(..) => diagnostics::Call::Live,
        session::Call::Schema(..) => diagnostics::Call::Schema,
        session::Call::Common(..) => diagnostics::Call::Common,
        session::Call::Blob(..) => diagnostics::Call::Blob,
        session::Call::Cancel(_) => return None,
    })
}
