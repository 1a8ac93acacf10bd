//! A device: its home opened. Any number of processes may open one; each reads and acts, one of them syncs.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fieldbook_crypto::{DeviceKeys, DeviceSecret};
use fieldbook_device_store::lease;
use fieldbook_device_store::{
    ActError, Acted, Action, DatabaseKey, Moment, PruneError, Pruned, Pruning, Reader, ScopeError, Shrunk,
    Store, StoreError, Together,
};
use fieldbook_device_sync::status::Facts;
use fieldbook_device_sync::trouble::Kind;
use fieldbook_device_sync::wipe::sends_first;
use fieldbook_device_sync::{Conditions, Trouble};
use fieldbook_model::chain::Hash;
use fieldbook_model::{OpId, RecordId, Refusal, Scope, WorkspaceId, json};
use fieldbook_protocol::account::{InWorkspace, NewWorkspaceRequest};
use fieldbook_protocol::auth::KeysRequest;
use fieldbook_protocol::export::{ExportEnd, ExportLine};
use fieldbook_protocol::history::HistoryLine;
use fieldbook_protocol::record::RecordReply;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use crate::account::Asking;
use crate::clock;
use crate::driver::Driver;
use crate::error::DeviceError;
use crate::home::{Home, HomeFile};
use crate::http::{self, Server, Workspace};
use crate::keys::{self, Asked, Enrolled, Hold, Holders, InHome, KeyPlace, KeysFile, NoHolders, Opened};
use crate::lock::{Running, SignInLock, SyncLock, running};
use crate::making;
use crate::numbers::Numbers;
use crate::signer::Signer;
use crate::support;
use crate::watch::{Bell, Changes};
use crate::wipe::{self, By};

/// The name under which the store keeps the session's token.
pub const TOKEN: &str = "token";

/// What is told of an order that is carried out when all is sent.
const SEND_FIRST: &str =
    "the server orders that this device is wiped, and takes first what it has to send: sync";

/// A device, opened.
pub struct Device {
    home: Home,
    file: HomeFile,
    key: DatabaseKey,
    /// What the keys of the home opened with, where it has any.
    secret: Option<Arc<DeviceSecret>>,
    /// Who is asked for a secret that lies in no file.
    holders: &'static dyn Holders,
    /// Whether the home wants keys: it is of the earlier form.
    is_earlier: bool,
    store: Arc<Mutex<Store>>,
    bell: Arc<Bell>,
    numbers: Numbers,
    /// How often this process acted: the loop looks for new ops only when somebody did.
    acts: Arc<AtomicU64>,
    around: watch::Sender<Around>,
}

/// What the loop is told from outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Around {
    /// What surrounds the device.
    pub conditions: Conditions,
    /// How often somebody asked to sync now.
    pub asked: u64,
}

/// What a history is asked of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A record: its type and id.
    Record(String, RecordId),
    /// An op.
    Op(OpId),
}

/// How long a sync loop runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until it is told to stop.
    Stopped,
    /// Until everything is sent and the device is level; or until nothing was heard from the server for so long.
    Level {
        /// For so long it is tried.
        patience: Duration,
    },
}

/// Whether the server said yes or no; not that it could not just now, or nothing.
fn is_answer<T>(told: &Result<T, DeviceError>) -> bool {
    match told {
        Ok(_) => true,
        Err(DeviceError::Call { trouble: trouble @ Trouble::Problem { .. }, .. }) => {
            trouble.kind() != Kind::Retry
        }
        Err(_) => false,
    }
}

/// Keeps of lines that come in pieces the last, with its end.
fn keep_last(last: &mut Vec<u8>, piece: &[u8]) {
    let before_end = piece.strip_suffix(b"\n").unwrap_or(piece);
    let begins = before_end.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    if begins > 0 || last.ends_with(b"\n") {
        last.clear();
    }
    last.extend_from_slice(&piece[begins..]);
}

/// Why an export did not come whole.
enum Failed {
    Call((Trouble, Option<String>)),
    Else(DeviceError),
}

impl From<DeviceError> for Failed {
    fn from(error: DeviceError) -> Self {
        Self::Else(error)
    }
}

impl Device {
    /// Opens a home. Who holds its secret is asked once.
    pub fn open(home: &Path, holders: &'static dyn Holders) -> Result<Self, DeviceError> {
        let home = Home::at(home);
        wipe::go_on(&home, holders)?;
        let file = home.read()?;
        let asked = Asked::new(&home, holders);
        let Opened { mut store, key, secret, is_earlier } = keys::open(&home, &asked)?;
        home.check(&file, store.identity())?;
        if let Some(seconds) = lease::over(&mut store, clock::wall())? {
            drop(store);
            return Err(keys::lock_for(&home, &asked, seconds));
        }
        let numbers = Numbers::of(home.path(), &mut store)?;
        let bell = Bell::new(home.path())?;
        let (store, around) = (Arc::new(Mutex::new(store)), watch::Sender::default());
        Ok(Self {
            home,
            file,
            key,
            secret,
            holders,
            is_earlier,
            store,
            bell,
            numbers,
            acts: Arc::default(),
            around,
        })
    }

    /// Tells the loop of this process what surrounds the device: whoever embeds it knows. Without it the device
    /// is one on mains power that somebody looks at.
    pub fn surround(&self, conditions: Conditions) {
        self.around.send_modify(|around| around.conditions = conditions);
    }

    /// Ends every wait of the loop of this process: somebody wants it now.
    pub fn sync_now(&self) {
        self.around.send_modify(|around| around.asked += 1);
    }

    /// An error where another process has wiped the home: what is open still shows what is not there any more.
    pub fn is_there(&self) -> Result<(), DeviceError> {
        wipe::go_on(&self.home, self.holders)
    }

    /// Where its keys lie.
    pub fn keys(&self) -> Result<KeyPlace, DeviceError> {
        KeyPlace::of(&self.home)
    }

    /// The folder.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// Which server, workspace and user.
    pub fn file(&self) -> &HomeFile {
        &self.file
    }

    /// The store, for as long as the guard lives.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    /// Acts: durable when it returns.
    pub fn act(&self, action: Action) -> Result<Acted, DeviceError> {
        self.write(|store, moment| store.act(moment, action))
    }

    /// Acts many times in one transaction, each all or nothing; durable when it returns.
    pub fn act_all(&self, actions: Vec<Action>) -> Result<Vec<Result<Acted, Refusal>>, DeviceError> {
        let actions = actions.into_iter().map(|action| (clock::moment(), action));
        self.write(|store, _| Ok(store.act_all(actions, Together::Saved)?))
    }

    /// What [`Self::act_all`] would come to. Nothing is saved.
    pub fn try_all(&self, actions: Vec<Action>) -> Result<Vec<Result<Acted, Refusal>>, DeviceError> {
        let actions = actions.into_iter().map(|action| (clock::moment(), action));
        Ok(self.store().act_all(actions, Together::Tried)?)
    }

    /// Does anything that writes an op: an act, an undo, a resolution. Durable when it returns, and a running sync
    /// loop learns of it.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&mut Store, Moment) -> Result<T, ActError>,
    ) -> Result<T, DeviceError> {
        // Another process may have wiped the home, and what is written to it is nowhere.
        self.is_there()?;
        let mut store = self.store();
        self.numbers.make_room()?;
        let done = work(&mut store, clock::moment())?;
        self.numbers.keep(&mut store)?;
        drop(store);
        self.acts.fetch_add(1, Ordering::Release);
        self.bell.ring();
        Ok(done)
    }

    /// Asks for a scope, from the next sync on. A running sync loop learns of it.
    pub fn load(&self, scope: &Scope, beneath: bool) -> Result<(), ScopeError> {
        self.store().load(scope, beneath)?;
        self.bell.ring();
        Ok(())
    }

    /// Takes a scope off the device. Returns how many records went.
    pub fn unload(&self, scope: &Scope) -> Result<u64, ScopeError> {
        let went = self.store().unload(scope)?;
        self.bell.ring();
        Ok(went)
    }

    /// Takes what is old off the device, and gives its room back to the disk. A running sync loop learns of it.
    pub fn prune(&self, wish: &Pruning) -> Result<(Pruned, Option<Shrunk>), PruneError> {
        let pruned = self.store().prune(wish, false)?;
        let shrunk = match pruned.types.is_empty() {
            true => None,
            false => Some(self.store().shrink()?),
        };
        self.bell.ring();
        Ok((pruned, shrunk))
    }

    /// Leaves nothing out any more, from the next sync on. Tells whether anything was.
    pub fn unprune(&self) -> Result<bool, StoreError> {
        let any = self.store().unprune()?;
        self.bell.ring();
        Ok(any)
    }

    /// Asks the server for a record that this device does not hold.
    pub fn record(&self, runtime: &Handle, of: &str, id: RecordId) -> Result<RecordReply, DeviceError> {
        let login = self.login()?;
        let schema = self.store().identity().schema.version;
        let reply = runtime.block_on(login.workspace()?.record((of, id), schema));
        reply.map_err(|failed| self.failed(runtime, failed))
    }

    /// Brings a blob: to the server, then onto this device. A field of kind `blob` then holds what this gives.
    pub fn put_blob(&self, runtime: &Handle, bytes: Vec<u8>) -> Result<Hash, DeviceError> {
        let login = self.login()?;
        let sum = Hash::of(&bytes);
        let brought = runtime.block_on(login.workspace()?.put_blob(sum, bytes.clone()));
        brought.map_err(|failed| self.failed(runtime, failed))?;
        Ok(self.store().put_blob(&bytes, clock::wall())?)
    }

    /// Asks the server for every change of a record, or of an op.
    pub fn history(&self, runtime: &Handle, about: &About) -> Result<Vec<HistoryLine>, DeviceError> {
        let login = self.login()?;
        let reply = runtime.block_on(login.workspace()?.history(about));
        reply.map(|reply| reply.lines).map_err(|failed| self.failed(runtime, failed))
    }

    /// Asks the server about this person's account, or the people of the workspace.
    pub fn ask<T: DeserializeOwned>(&self, runtime: &Handle, asking: &Asking) -> Result<T, DeviceError> {
        let login = self.login()?;
        let reply = runtime.block_on(login.workspace()?.ask(asking));
        reply.map_err(|failed| self.failed(runtime, failed))
    }

    /// Makes a workspace that this person owns then, under an id of its own: `fresh`, or that of an earlier call for the same name to
    /// which no answer came.
    pub fn make_workspace(
        &self,
        runtime: &Handle,
        (name, schema): (&str, Option<&str>),
        fresh: WorkspaceId,
    ) -> Result<InWorkspace, DeviceError> {
        let whose = (self.file.user_id, name.trim());
        let id = making::begin(&self.home, whose, fresh)?;
        let (name, schema) = (name.to_owned(), schema.map(str::to_owned));
        let wish = NewWorkspaceRequest { id, name, schema, like: None };
        let told = self.ask(runtime, &Asking::account("workspaces").with(&wish));
        if is_answer(&told) {
            // One that stays though it was answered leads to the same workspace, or to a word that it is gone.
            let _ = making::end(&self.home, whose);
        }
        told
    }

    /// Writes everything of this person that the server has, as it gives it: lines of JSON. Says what the last line counts.
    ///
    /// # Errors
    /// [`DeviceError::Call`], also where the lines end before the last; [`DeviceError::File`].
    pub fn export_account(
        &self,
        runtime: &Handle,
        (path, to): (&Path, &mut dyn Write),
    ) -> Result<ExportEnd, DeviceError> {
        let login = self.login()?;
        let unwritten = |error| DeviceError::File { path: path.to_owned(), error };
        runtime
            .block_on(async {
                let mut response = login.workspace()?.export().await.map_err(Failed::Call)?;
                let mut last = Vec::new();
                while let Some(bytes) =
                    http::piece(&mut response).await.map_err(|it| Failed::Call((it, None)))?
                {
                    to.write_all(&bytes).map_err(unwritten)?;
                    keep_last(&mut last, &bytes);
                }
                match json::parse_bytes(last.trim_ascii_end()) {
                    Ok(ExportLine::End(end)) => Ok(end),
                    _ => Err(Failed::Call((Trouble::Cut, None))),
                }
            })
            .map_err(|failed| match failed {
                Failed::Call(failed) => self.failed(runtime, failed),
                Failed::Else(error) => error,
            })
    }

    /// A connection of its own for queries.
    pub fn reader(&self) -> Result<Reader, DeviceError> {
        Ok(Reader::open(&self.home.database(), &self.key)?)
    }

    /// Tells when something may have been committed, by this process or another.
    pub fn changes(&self) -> Changes {
        self.bell.listen()
    }

    /// Who syncs this home, if anybody does.
    pub fn running(&self) -> Option<Running> {
        running(&self.home)
    }

    /// Runs the sync loop on the calling thread, which blocks; the calls run on `runtime`. `report` is told
    /// the facts of the status whenever they change, and four times a second how far things are.
    pub fn sync(
        &self,
        runtime: &Handle,
        until: Until,
        stop: &Notify,
        report: impl FnMut(&Facts),
    ) -> Result<(), DeviceError> {
        let lock = SyncLock::take(&self.home)?;
        let login = self.login()?;
        let (store, bell, acts) = (Arc::clone(&self.store), Arc::clone(&self.bell), Arc::clone(&self.acts));
        let driver = Driver::new(store, bell, acts, self.around.subscribe());
        let ended = driver.run(login, lock, runtime, until, stop, report);
        if self.is_earlier && ended.is_ok() {
            self.enrol(runtime);
        }
        ended.map_err(|error| match error {
            DeviceError::Call { trouble, said } => self.failed(runtime, (trouble, said)),
            error => error,
        })
    }

    /// What is told of a call that failed. An order to wipe is carried out, once the device has sent what it may send first.
    fn failed(&self, runtime: &Handle, (trouble, said): (Trouble, Option<String>)) -> DeviceError {
        let file = self.home.read().unwrap_or_else(|_| self.file.clone());
        let Trouble::Wiped(ordered) = trouble else { return DeviceError::call(trouble, said, &file.server) };
        let known = wipe::known(&mut self.store());
        if sends_first(&ordered, known.unsent) {
            let said = Some(SEND_FIRST.to_owned());
            return DeviceError::Call { trouble: Trouble::Wiped(ordered), said };
        }
        let by = By { signs: self.secret().map(DeviceSecret::keys), of: self.holders };
        runtime.block_on(wipe::obey(&self.home, (&file.server, file.fingerprint), &by, (&ordered, known)))
    }
}

impl Device {
    /// What its keys opened with, where it has any.
    pub(crate) fn secret(&self) -> Option<&DeviceSecret> {
        self.secret.as_deref()
    }

    /// As whom it calls.
    pub(crate) fn login(&self) -> Result<Login, DeviceError> {
        let signs = self.secret.as_ref().map(|secret| Arc::new(secret.keys()));
        Login::read(&self.home, &self.file, signs, &mut self.store())
    }

    /// Gets keys for a home of the earlier form, now that the server was heard. If it does not come about, the next sync
    /// tries again; until then all is as it was.
    fn enrol(&self, runtime: &Handle) {
        let enrolled = || {
            let _lock = SignInLock::take(&self.home)?;
            let login = Login::read(&self.home, &self.home.read()?, None, &mut self.store())?;
            let before = KeysFile::read(&self.home)?;
            let secret = match &self.secret {
                Some(secret) => Arc::clone(secret),
                // Another process has done it since this one opened the home.
                None if before.is_some() => return Ok(Enrolled::Before),
                None => Arc::new(keys::kept_or_made(&self.home)?),
            };
            let holding = Hold::AsBefore.hold(&self.home, (&secret, &NoHolders), before.as_ref())?;
            let request = KeysRequest { keys: keys::public(&secret) };
            let server = Server::new(&login.file.server, login.file.fingerprint)?;
            let reply = runtime.block_on(server.keys(&login.token, &request))?;
            let place = (login.file.workspace_id, login.file.device_id);
            support::keep(&self.home, reply.support)?;
            keys::enrol(&self.home, place, (&secret, holding), (&self.key, &reply))
        };
        match enrolled() {
            Ok(_) => {
                tracing::info!("this device has keys; its database gets a new one when it is opened next")
            }
            Err::<_, DeviceError>(error) => tracing::info!(%error, "this device has no keys yet"),
        }
    }
}

/// As whom, and where, a loop calls. A sign-in by another process changes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    home: Home,
    file: HomeFile,
    token: String,
    signer: Option<Signer>,
}

impl Login {
    /// As it is noted. A home without a secret may have got one since it was opened.
    pub fn read(
        home: &Home,
        file: &HomeFile,
        signs: Option<Arc<DeviceKeys>>,
        store: &mut Store,
    ) -> Result<Self, DeviceError> {
        let token = store.noted(TOKEN)?.unwrap_or_default();
        let signs = signs.or_else(|| keys::signs(home).map(Arc::new));
        let signer = signs.map(|keys| Signer::new(keys, file.workspace_id, file.device_id));
        Ok(Self { home: home.clone(), file: file.clone(), token, signer })
    }

    /// Where.
    pub fn file(&self) -> &HomeFile {
        &self.file
    }

    /// As whom.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// An error where another process has wiped the home.
    pub fn is_there(&self) -> Result<(), DeviceError> {
        match wipe::is_under_way(&self.home) {
            Some(wiped) => Err(wiped),
            None => Ok(()),
        }
    }

    /// An error where the trouble is an order to wipe this device: another one for an order that is false.
    pub fn wiped(&self, trouble: &Trouble, store: &mut Store) -> Result<(), DeviceError> {
        let Trouble::Wiped(ordered) = trouble else { return Ok(()) };
        self.is_there()?;
        if sends_first(ordered, store.waiting()?) {
            return Ok(());
        }
        match wipe::check(&self.home, ordered, store.served()?) {
            Ok(()) => Err(DeviceError::Call { trouble: trouble.clone(), said: None }),
            Err(why) => Err(wipe::refused(&self.home, why)),
        }
    }

    /// As it is now. A `home.json` that cannot be read, or is another device's, changes nothing.
    pub fn now(&self, store: &mut Store) -> Result<Self, DeviceError> {
        let file = self.home.read().ok().filter(|file| file.device_id == self.file.device_id);
        let signs = self.signer.as_ref().map(Signer::keys);
        Self::read(&self.home, file.as_ref().unwrap_or(&self.file), signs, store)
    }

    /// The calls that it allows.
    pub fn workspace(&self) -> Result<Workspace, DeviceError> {
        Ok(Server::new(&self.file.server, self.file.fingerprint)?
            .workspace(self.file.workspace_id, &self.token)
            .signed_by(self.signer.clone()))
    }
}

/// A lock whose holder panicked is taken all the same: the store's transactions are whole or not at all.
pub fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_lines_that_come_in_pieces_the_last_is_kept() {
        let check = |pieces: &[&str], expected: &str| {
            let mut last = Vec::new();
            pieces.iter().for_each(|piece| keep_last(&mut last, piece.as_bytes()));
            assert_eq!(String::from_utf8(last).as_deref(), Ok(expected), "{pieces:?}");
        };
        check(&[], "");
        check(&["one\ntwo\n"], "two\n");
        check(&["one\n", "two\n"], "two\n");
        check(&["one\ntw", "o", "\n"], "two\n");
        check(&["one", "\ntwo\nthree\nfo", "ur\n"], "four\n");
        check(&["one\n", "tw"], "tw");
    }
}
