//! The sync loop, one dull loop: wait for what happens, tell the machine, do what it says.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldbook_device_store::session::{self, Call, Step};
use fieldbook_device_store::{Kind, Store, StoreError};
use fieldbook_device_sync::status::Facts;
use fieldbook_device_sync::{Applied, Input, Link, Machine, Output, Repair, Report, Trouble};
use fieldbook_model::Cut;
use fieldbook_protocol::live::Event;
use fieldbook_protocol::page::ScopeAsk;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, watch};

use crate::calls::Calls;
use crate::clock;
use crate::device::{Around, Login, Until, lock};
use crate::error::DeviceError;
use crate::lease::Heard;
use crate::lock::SyncLock;
use crate::recent::Recent;
use crate::watch::{Bell, Changes};

/// How many inputs may wait; a stream that brings more is held back.
const INPUTS_MAX: usize = 8;

/// How long a database that cannot be written just now is left alone.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// How often it is told how far sending and receiving are, in milliseconds.
const PROGRESS_MS: u64 = 250;

/// How often a loop that is signed out looks whether somebody has signed in, should it not hear the bell.
const LOGIN_LOOK: Duration = Duration::from_secs(5);

/// What a loop works on.
pub struct Driver {
    store: Arc<Mutex<Store>>,
    bell: Arc<Bell>,
    acts: Arc<AtomicU64>,
    machine: Machine,
    seen_acts: u64,
    seen_version: i64,
    /// What a person had asked for when it was looked last.
    seen_scopes: Asked,
    /// When the server was last heard of, or the loop began.
    heard_ms: u64,
    around: watch::Receiver<Around>,
    /// How often somebody had asked to sync now when it was last looked.
    seen_asks: u64,
    recent: Recent,
    /// What the calls hear of the lease.
    heard: Heard,
}

/// What was told last, and when.
#[derive(Default)]
struct Told {
    facts: Option<Facts>,
    report: Option<Report>,
    at_ms: u64,
}

/// Why the loop woke.
enum Woken {
    Input(Input),
    Around,
    Rung,
    Stopped,
}

/// How a session ended.
enum Over {
    /// It was told to, or has done what it runs for.
    Ended,
    /// Another process has signed in: the next session calls as this.
    SignedIn(Box<Login>),
}

impl Driver {
    /// A driver whose machine has not begun.
    pub fn new(
        store: Arc<Mutex<Store>>,
        bell: Arc<Bell>,
        acts: Arc<AtomicU64>,
        around: watch::Receiver<Around>,
    ) -> Self {
        let (machine, heard_ms) = (machine(), clock::now().mono_ms);
        let seen_asks = around.borrow().asked;
        let (seen_acts, seen_version, seen_scopes) = (0, 0, Asked::default());
        let (recent, heard) = (Recent::default(), Heard::default());
        Self {
            store,
            bell,
            acts,
            machine,
            seen_acts,
            seen_version,
            seen_scopes,
            heard_ms,
            around,
            seen_asks,
            recent,
            heard,
        }
    }

    /// Runs until it is told to stop, or is level where that is what it runs for. A database that is busy or
    /// full for a while is no reason to stop: nothing of what it holds is touched, and the loop begins anew.
    pub fn run(
        mut self,
        mut login: Login,
        mut lock: SyncLock,
        runtime: &Handle,
        until: Until,
        stop: &Notify,
        mut report: impl FnMut(&Facts),
    ) -> Result<(), DeviceError> {
        let mut now = until != Until::Stopped;
        loop {
            match self.session(&login, now, &mut lock, runtime, until, stop, &mut report) {
                // The calls that are under way are of the old login. What they would have brought comes again.
                Ok(Over::SignedIn(new)) => {
                    tracing::info!("signed in anew");
                    (login, now, self.machine) = (*new, true, machine());
                    self.heard_ms = clock::now().mono_ms;
                }
                Err(DeviceError::Store(error)) if error.kind() == Kind::Retry && until == Until::Stopped => {
                    tracing::warn!(%error, "beginning anew");
                    self.failing(&error, &mut lock, &mut report);
                    (now, self.machine) = (until != Until::Stopped, machine());
                    if runtime.block_on(stopped_within(stop, STORE_PAUSE)) {
                        return Ok(());
                    }
                }
                Ok(Over::Ended) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a loop runs with, handed through")]
    fn session(
        &mut self,
        login: &Login,
        now: bool,
        lock: &mut SyncLock,
        runtime: &Handle,
        until: Until,
        stop: &Notify,
        report: &mut impl FnMut(&Facts),
    ) -> Result<Over, DeviceError> {
        let (sender, mut inputs) = mpsc::channel(INPUTS_MAX);
        let mut calls = Calls::new(
            login.workspace()?,
            sender,
            runtime.clone(),
            (self.recent.ended(), self.heard.clone()),
        );
        let mut changes = self.bell.listen();
        self.surrounded(&mut calls)?;
        let begin = self.begin()?;
        self.take(&mut calls, begin)?;
        if now {
            // Somebody waits for it now: a wait that an earlier session began is over.
            self.take(&mut calls, Input::SyncNow)?;
        }
        let mut told = Told::default();
        loop {
            self.tell(lock, &mut told, report)?;
            if let Link::Halted(trouble) = self.machine.session(clock::now()).link {
                self.wiped(login, &trouble, until)?;
            }
            if self.done(until)? {
                return Ok(Over::Ended);
            }
            let woken = runtime.block_on(self.wait(&mut inputs, &mut changes, stop, until));
            let may_be_new = match woken {
                Woken::Rung => {
                    login.is_there()?;
                    true
                }
                Woken::Input(_) => self.is_halted(),
                Woken::Around | Woken::Stopped => false,
            };
            if may_be_new && let Some(new) = self.signed_in(login)? {
                return Ok(Over::SignedIn(Box::new(new)));
            }
            match woken {
                Woken::Input(input) => self.heard(&mut calls, input)?,
                Woken::Rung if self.wrote()? => {
                    self.take(&mut calls, Input::Wrote)?;
                    if self.asked_for_others()? {
                        self.take(&mut calls, Input::Scopes)?;
                    }
                }
                Woken::Rung => {}
                Woken::Around => self.surrounded(&mut calls)?,
                Woken::Stopped => return Ok(Over::Ended),
            }
        }
    }

    /// An error where the server orders that this device is wiped. A loop that runs until it is stopped is not stopped by an order
    /// that is false.
    fn wiped(&self, login: &Login, trouble: &Trouble, until: Until) -> Result<(), DeviceError> {
        match login.wiped(trouble, &mut lock(&self.store)) {
            Err(error @ DeviceError::FalseOrder { .. }) if until == Until::Stopped => {
                tracing::warn!("{error}");
                Ok(())
            }
            ended => ended,
        }
    }

    /// The login, if another process has signed in since.
    fn signed_in(&self, login: &Login) -> Result<Option<Login>, DeviceError> {
        let now = login.now(&mut lock(&self.store))?;
        Ok((now != *login).then_some(now))
    }

    fn is_halted(&self) -> bool {
        matches!(self.machine.session(clock::now()).link, Link::Halted(_))
    }

    fn heard(&mut self, calls: &mut Calls, input: Input) -> Result<(), DeviceError> {
        if is_news(&input) {
            self.heard_ms = clock::now().mono_ms;
        }
        // A process that was killed between its commit and its ring has told nobody.
        let unheard = is_pause(&input) && self.wrote()?;
        self.take(calls, input)?;
        match unheard {
            true => self.take(calls, Input::Wrote),
            false => Ok(()),
        }
    }

    /// What surrounds the device, and whether somebody wants it now.
    fn surrounded(&mut self, calls: &mut Calls) -> Result<(), DeviceError> {
        let Around { conditions, asked } = *self.around.borrow_and_update();
        self.take(calls, Input::Conditions(conditions))?;
        match std::mem::replace(&mut self.seen_asks, asked) == asked {
            true => Ok(()),
            false => self.take(calls, Input::SyncNow),
        }
    }

    fn begin(&mut self) -> Result<Input, DeviceError> {
        let mut store = lock(&self.store);
        self.seen_acts = self.acts.load(Ordering::Acquire);
        self.seen_version = store.data_version()?;
        self.seen_scopes = asked(&mut store)?;
        Ok(session::begin(&mut store)?)
    }

    async fn wait(
        &mut self,
        inputs: &mut mpsc::Receiver<Input>,
        changes: &mut Changes,
        stop: &Notify,
        until: Until,
    ) -> Woken {
        let look = self.is_halted().then(|| clock::now().mono_ms + millis(LOGIN_LOOK));
        let deadline = [self.machine.deadline(), self.patience_ms(until), look].into_iter().flatten().min();
        let rest = deadline.map_or(u64::MAX / 4, |at| at.saturating_sub(clock::now().mono_ms));
        tokio::select! {
            biased;
            () = stop.notified() => Woken::Stopped,
            Ok(()) = self.around.changed() => Woken::Around,
            Some(input) = inputs.recv() => Woken::Input(input),
            () = changes.next() => Woken::Rung,
            () = tokio::time::sleep(Duration::from_millis(rest)) => Woken::Input(Input::Tick),
        }
    }

    /// Whether there was an act since the last look, by this process or another.
    fn wrote(&mut self) -> Result<bool, DeviceError> {
        let acts = self.acts.load(Ordering::Acquire);
        let version = lock(&self.store).data_version()?;
        let wrote = acts != self.seen_acts || version != self.seen_version;
        (self.seen_acts, self.seen_version) = (acts, version);
        Ok(wrote)
    }

    /// Whether somebody asked for other scopes since the last look.
    fn asked_for_others(&mut self) -> Result<bool, DeviceError> {
        let asked = asked(&mut lock(&self.store))?;
        // That everything has come again, or was compared, is no wish.
        self.seen_scopes.fresh &= asked.fresh;
        self.seen_scopes.compare &= asked.compare;
        Ok(std::mem::replace(&mut self.seen_scopes, asked) != self.seen_scopes)
    }

    /// Tells the machine one thing, and does all that follows from it.
    fn take(&mut self, calls: &mut Calls, input: Input) -> Result<(), DeviceError> {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            self.machine.handle(clock::now(), input);
            while next.is_none() {
                let Some(output) = self.machine.poll() else { break };
                next = self.perform(calls, output)?;
            }
        }
        Ok(())
    }

    /// Does one thing; what the store answers at once is the machine's next input.
    fn perform(&mut self, calls: &mut Calls, output: Output) -> Result<Option<Input>, DeviceError> {
        let shows =
            matches!(output, Output::Apply(_) | Output::Keep(_) | Output::Record(_) | Output::Upgrade(_));
        let step = session::perform(&mut lock(&self.store), output, clock::wall())?;
        if shows {
            self.bell.ring();
        }
        if let Step::Tell(Input::Applied(Applied::Differs { repair, .. })) = &step {
            self.differs(*repair)?;
        }
        match step {
            Step::Tell(input) => return Ok(Some(input)),
            Step::Done => {}
            Step::Call(Call::Push(call, body)) => {
                let waiting = lock(&self.store).waiting()?;
                calls.push(call, (body, waiting));
            }
            Step::Call(Call::Pull(call, request) | Call::Load(call, request)) => {
                let waiting = lock(&self.store).waiting()?;
                calls.pull(call, (&request, waiting));
            }
            Step::Call(Call::Live(call, request)) => {
                let waiting = lock(&self.store).waiting()?;
                calls.live(call, (&request, waiting));
            }
            Step::Call(Call::Schema(call, behind)) => calls.schema(call, behind),
            Step::Call(Call::Common(call, body)) => calls.common(call, body),
            Step::Call(Call::Cancel(call)) => calls.cancel(call),
        }
        Ok(None)
    }

    /// The device held something else than the server.
    fn differs(&mut self, repair: Repair) -> Result<(), DeviceError> {
        let mut store = lock(&self.store);
        let parts = store.compared()?.map_or(0, |compared| compared.differed);
        match repair {
            Repair::Fetch => {
                // What follows from it is the loop's own wish, and no person's.
                (self.seen_scopes.fresh, self.seen_scopes.compare) = (true, true);
                tracing::warn!(
                    parts,
                    "this device held something else than the server: it fetches everything again"
                );
            }
            Repair::Vain => tracing::error!(
                parts,
                "this device holds something else than the server, and fetching everything again did not help"
            ),
        }
        Ok(())
    }

    /// When patience with a server that says nothing ends.
    fn patience_ms(&self, until: Until) -> Option<u64> {
        match until {
            Until::Stopped => None,
            Until::Level { patience } => Some(self.heard_ms + millis(patience)),
        }
    }

    fn done(&mut self, until: Until) -> Result<bool, DeviceError> {
        let Some(patience_ms) = self.patience_ms(until) else { return Ok(false) };
        if self.machine.is_quiet() && lock(&self.store).stored()?.pending == 0 {
            return Ok(true);
        }
        let now = clock::now();
        let late = now.mono_ms >= patience_ms;
        let trouble = match self.machine.session(now).link {
            Link::Halted(trouble) => trouble,
            Link::Broken { trouble, .. } if late => trouble,
            Link::Connecting | Link::Connected if late => Trouble::TimedOut,
            _ => return Ok(false),
        };
        Err(DeviceError::Call { trouble, said: None })
    }

    /// Tells what is new: other processes by the lock's file, and whoever runs the loop. How far things are changes
    /// with every page; that is told now and then.
    fn tell(
        &mut self,
        lock_file: &mut SyncLock,
        told: &mut Told,
        report: &mut impl FnMut(&Facts),
    ) -> Result<(), DeviceError> {
        let now = clock::now();
        let new = self.machine.session(now).report(now);
        let stored = lock(&self.store).stored()?;
        self.recent.keep(&mut lock(&self.store), &new, &stored);
        self.heard.keep(&mut lock(&self.store))?;
        let facts = Facts::of(&stored, Some(&new));
        let is_late = now.mono_ms.saturating_sub(told.at_ms) >= PROGRESS_MS;
        let is_due = is_late || !told.report.as_ref().is_some_and(|report| new.is_like(report));
        if is_due && told.report.as_ref() != Some(&new) {
            lock_file.tell(new.clone());
            (told.report, told.at_ms) = (Some(new), now.mono_ms);
        }
        let moves = |facts: &Facts| Facts { upload: None, download: None, ..facts.clone() };
        if told.facts.as_ref().map(moves) != Some(moves(&facts))
            || is_late && told.facts.as_ref() != Some(&facts)
        {
            report(&facts);
            told.facts = Some(facts);
        }
        Ok(())
    }

    /// Tells that the device itself is in the way.
    fn failing(&self, error: &StoreError, lock_file: &mut SyncLock, report: &mut impl FnMut(&Facts)) {
        let new = Report::begun(Some(error.to_string()));
        let stored = lock(&self.store).stored().unwrap_or_default();
        report(&Facts::of(&stored, Some(&new)));
        lock_file.tell(new);
    }
}

/// What a person asks for, and does not.
#[derive(Debug, Clone, Default, PartialEq)]
struct Asked {
    scopes: Vec<ScopeAsk>,
    cuts: Vec<Cut>,
    /// Everything anew.
    fresh: bool,
    /// To compare with the server.
    compare: bool,
}

fn asked(store: &mut Store) -> Result<Asked, DeviceError> {
    let cuts = store.cut_offs()?.into_iter().map(|it| it.cut).collect();
    let (fresh, compare) = (store.wants_anew()?, store.wants_compare()?);
    Ok(Asked { scopes: store.asked_scopes()?, cuts, fresh, compare })
}

/// Whether the server got on with it. A heart that beats is not enough.
fn is_news(input: &Input) -> bool {
    match input {
        Input::Pushed(_, result) => result.is_ok(),
        Input::PullEnded(_, result) => result.is_ok(),
        Input::Progress(_) | Input::Page(..) => true,
        Input::Live(_, event) => !matches!(event, Event::Beat(_)),
        _ => false,
    }
}

/// Whether nothing happened but time.
fn is_pause(input: &Input) -> bool {
    matches!(input, Input::Tick | Input::Live(_, Event::Beat(_)))
}

fn machine() -> Machine {
    Machine::new(u64::from_le_bytes(clock::random()))
}

/// Waits, unless it is told to stop before.
async fn stopped_within(stop: &Notify, pause: Duration) -> bool {
    tokio::time::timeout(pause, stop.notified()).await.is_ok()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
