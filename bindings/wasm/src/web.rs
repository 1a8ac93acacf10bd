//! What JavaScript sees. Texts are JSON; what goes wrong is thrown as the JSON of a failure, `{"code": …, "words": …}`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fieldbook_crypto::{DeviceSecret, Fresh};
use fieldbook_device_store::forms::{ActedForm, ConflictForm, LogForm};
use fieldbook_device_store::{Asks, LogFilter, StoreError, Table, Which};
use fieldbook_device_sync::keys::{Held, KeysFile, Unreadable};
use fieldbook_device_sync::{CallId, Conditions, Head, Now, Trouble};
use fieldbook_model::schema::Vocabulary;
use fieldbook_model::{DeviceId, OpId, RecordId, Scope, Seq, WallTime, json};
use sqlite_wasm_rs::vfs::VfsFilesManager as _;
use sqlite_wasm_vfs::sahpool::{
    OpfsSAHError, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install as install_pool,
};
use wasm_bindgen::prelude::*;
use web_time::{Instant, SystemTime, UNIX_EPOCH};

use crate::call::Order;
use crate::failure::Failure;
use crate::sign_in::{self, TOKEN, Whose};
use crate::{engine, wishes};

/// How many files are kept ready: a database has two, and a third while it is written anew.
const FILES_READY: usize = 6;

type Thrown<T> = Result<T, JsValue>;

fn thrown(failure: impl Into<Failure>) -> JsValue {
    JsValue::from_str(&failure.into().json())
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("BUG: the browser gives no random bytes");
    bytes
}

fn fresh() -> Fresh {
    Fresh::new(random())
}

#[expect(clippy::disallowed_methods, reason = "the shell's clock")]
fn wall() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    WallTime(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Opens the files of this origin. The worker that calls it has them alone until it ends.
#[wasm_bindgen]
pub async fn install(directory: String) -> Thrown<Files> {
    let config = OpfsSAHPoolCfgBuilder::new().directory(&directory).initial_capacity(FILES_READY).build();
    install_pool::<sqlite_wasm_rs::WasmOsCallback>(&config, true).await.map(Files).map_err(no_storage)
}

fn no_storage(error: OpfsSAHError) -> JsValue {
    thrown(Failure::ask("no-storage", format!("The browser gives no place for data: {error}")))
}

/// The files of this origin, as this worker has them.
#[wasm_bindgen]
pub struct Files(OpfsSAHPoolUtil);

#[wasm_bindgen]
impl Files {
    /// Takes a database away, with its log, that nobody was shown as there. It must not be open.
    pub fn remove(&self, path: &str) -> Thrown<()> {
        for end in ["", "-wal", "-journal"] {
            self.0.remove(&format!("{path}{end}")).map_err(no_storage)?;
        }
        Ok(())
    }
}

/// Reads the keys of a device, and opens them with its secret.
fn held(keys: &str, secret: &str) -> Result<Held, Failure> {
    let file = KeysFile::parse(keys.as_bytes()).map_err(|why| match why {
        Unreadable::Damaged(what) => Failure::ask("damaged-key", format!("The keys are damaged ({what}).")),
        Unreadable::Newer(_) => {
            Failure::ask("newer-keys", "The keys are of a newer version of this app: reload.")
        }
    })?;
    let secret = DeviceSecret::read(secret)
        .map_err(|error| Failure::ask("damaged-key", format!("This is no device secret ({error}).")))?;
    Held::open(file, Arc::new(secret))
        .map_err(|error| Failure::ask("wrong-key", format!("The keys do not open ({error}).")))?
        .ok_or_else(|| Failure::ask("locked", "The device is locked: sign in again. Nothing is lost."))
}

/// A sign-in under way.
#[wasm_bindgen]
pub struct SignIn(Option<sign_in::SignIn>);

#[wasm_bindgen]
impl SignIn {
    /// Of a new device.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        let device = DeviceId::v7(u64::try_from(wall().0).unwrap_or(0), random());
        Self(Some(sign_in::SignIn::new(device, fresh())))
    }

    /// Of a device that was here before, by what was kept.
    pub fn again(keys: &str, secret: &str, workspace: String, user: String) -> Thrown<SignIn> {
        let held = held(keys, secret).map_err(thrown)?;
        Ok(Self(Some(sign_in::SignIn::again(held, Whose { workspace, user }))))
    }

    /// The secret, to be kept before the request is sent.
    pub fn secret(&self) -> Thrown<String> {
        Ok(self.0.as_ref().ok_or_else(used)?.secret().write().to_string())
    }

    /// The body of the request, from `{"workspace", "user", "password", "device_name"}`.
    pub fn request(&mut self, wanted: &str) -> Thrown<String> {
        self.0.as_mut().ok_or_else(used)?.request(wanted).map_err(thrown)
    }

    /// Takes the answer in.
    pub fn reply(&mut self, status: u16, content_type: Option<String>, body: &[u8]) -> Thrown<SignedIn> {
        let head = Head::new(status, content_type.as_deref(), None);
        let signing_in = self.0.take().ok_or_else(used)?;
        signing_in.reply(&head, body, &mut fresh).map(SignedIn).map_err(thrown)
    }
}

fn used() -> JsValue {
    thrown(Failure::ask("wrong-call", "This sign-in was answered before: begin another."))
}

/// A sign-in that came about.
#[wasm_bindgen]
pub struct SignedIn(sign_in::SignedIn);

#[wasm_bindgen]
impl SignedIn {
    /// What is to be kept of the keys before the device is opened.
    pub fn keys(&self) -> String {
        json::write(&self.0.keys)
    }

    /// The workspace, as the server spells it.
    pub fn workspace(&self) -> String {
        self.0.whose().workspace
    }

    /// The user.
    pub fn user(&self) -> String {
        self.0.whose().user
    }

    /// Opens the device: makes its database, or renews the one that is there.
    pub fn open(&self, path: &str, server: String) -> Thrown<Engine> {
        let store = self.0.store(Path::new(path), wall()).map_err(thrown)?;
        Ok(Engine::over(engine::Engine::new(store, sign_in::caller(&self.0.held), server, seed())))
    }
}

/// A call to be made, or one to be ended.
#[wasm_bindgen]
pub struct Call(Order);

#[wasm_bindgen]
impl Call {
    /// Its name.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> f64 {
        let (Order::Cancel(CallId(id)) | Order::Make(crate::call::Outgoing { id: CallId(id), .. })) = &self.0;
        *id as f64
    }

    /// The path behind the server's address; nothing where a call is to be ended.
    #[wasm_bindgen(getter)]
    pub fn path(&self) -> Option<String> {
        self.made().map(|call| call.path.clone())
    }

    /// The headers, as a JSON list of pairs.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Option<String> {
        self.made().map(|call| json::write(&call.headers))
    }

    /// What is sent; nothing with a GET.
    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Option<String> {
        self.made().and_then(|call| call.body.clone())
    }

    fn made(&self) -> Option<&crate::call::Outgoing> {
        match &self.0 {
            Order::Make(call) => Some(call),
            Order::Cancel(_) => None,
        }
    }
}

/// A device that is open.
#[wasm_bindgen]
pub struct Engine {
    engine: engine::Engine,
    start: Instant,
}

fn seed() -> u64 {
    u64::from_le_bytes(random())
}

fn call_id(id: f64) -> CallId {
    CallId(id as u64)
}

fn parsed<T: std::str::FromStr>(what: &str, text: &str) -> Thrown<T> {
    text.parse().map_err(|_| thrown(Failure::ask("wrong-call", format!("This is no {what}."))))
}

fn table(table: &Table) -> String {
    let rows: Vec<String> = table.lists().collect();
    format!(r#"{{"columns":{},"rows":[{}],"cut":{}}}"#, table.head(), rows.join(","), table.cut)
}

fn list(lines: impl Iterator<Item = String>) -> String {
    format!("[{}]", lines.collect::<Vec<_>>().join(","))
}

#[wasm_bindgen]
impl Engine {
    #[expect(clippy::disallowed_methods, reason = "the shell's clock")]
    fn over(engine: engine::Engine) -> Self {
        Self { engine, start: Instant::now() }
    }

    /// Opens a device by what was kept of it.
    pub fn open(path: &str, server: String, keys: &str, secret: &str) -> Thrown<Engine> {
        let held = held(keys, secret).map_err(thrown)?;
        let store = sign_in::open(Path::new(path), &held).map_err(thrown)?;
        let mut engine = engine::Engine::new(store, sign_in::caller(&held), server, seed());
        if let Some(seconds) = engine.lease_over(wall()).map_err(thrown)? {
            let words = format!(
                "This device has not heard from its server for longer than its workspace allows ({seconds} seconds): sign in again. Nothing is lost."
            );
            return Err(thrown(Failure::ask("locked", words)));
        }
        Ok(Self::over(engine))
    }

    fn now(&self) -> Now {
        let mono_ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        Now { mono_ms, wall: wall() }
    }

    /// Who and where: workspace, user, role, device, schema version.
    pub fn identity(&mut self) -> String {
        let identity = self.engine.store().identity();
        format!(
            r#"{{"workspace_id":{},"workspace":{},"user_id":{},"user":{},"role":{},"device_id":{},"schema":{}}}"#,
            json::write(&identity.workspace_id),
            json::write(&identity.workspace),
            json::write(&identity.user_id),
            json::write(&identity.user),
            json::write(&identity.role),
            json::write(&identity.device_id),
            json::write(&identity.schema),
        )
    }

    /// The address of its server.
    pub fn server(&self) -> String {
        self.engine.server().to_owned()
    }

    /// The token of its calls.
    pub fn token(&mut self) -> Thrown<String> {
        Ok(self.engine.store().noted(TOKEN).map_err(thrown)?.unwrap_or_default())
    }

    /// Begins to sync.
    pub fn begin(&mut self) -> Thrown<()> {
        let now = self.now();
        self.engine.begin(now, seed()).map_err(thrown)
    }

    /// What surrounds the device, as `{"no_network", "metered", "low_battery", "hidden"}`.
    pub fn surround(&mut self, conditions: &str) -> Thrown<()> {
        let conditions: Conditions = json::parse(conditions).map_err(thrown)?;
        let now = self.now();
        self.engine.surround(now, conditions).map_err(thrown)
    }

    /// Ends every wait.
    pub fn sync_now(&mut self) -> Thrown<()> {
        let now = self.now();
        self.engine.sync_now(now).map_err(thrown)
    }

    /// Time has passed.
    pub fn tick(&mut self) -> Thrown<()> {
        let now = self.now();
        self.engine.tick(now).map_err(thrown)
    }

    /// In how many milliseconds it wants to be told the time.
    pub fn wait_ms(&self) -> Option<f64> {
        let now_ms = self.now().mono_ms;
        self.engine.deadline_ms().map(|at_ms| at_ms.saturating_sub(now_ms) as f64)
    }

    /// What is to be done on the network. Each is given out once.
    pub fn calls(&mut self) -> Vec<Call> {
        self.engine.orders().into_iter().map(Call).collect()
    }

    /// The head of a reply.
    pub fn head(
        &mut self,
        call: f64,
        status: u16,
        content_type: Option<String>,
        retry_after: Option<String>,
        lease: Option<String>,
    ) -> Thrown<()> {
        let head = Head::new(status, content_type.as_deref(), retry_after.as_deref());
        let (now, lease) = (self.now(), lease.and_then(|text| text.parse().ok()));
        self.engine.head(now, call_id(call), (head, lease)).map_err(thrown)
    }

    /// Bytes of a reply.
    pub fn bytes(&mut self, call: f64, bytes: &[u8]) -> Thrown<()> {
        let now = self.now();
        self.engine.bytes(now, call_id(call), bytes).map_err(thrown)
    }

    /// The end of a reply.
    pub fn end(&mut self, call: f64) -> Thrown<()> {
        let now = self.now();
        self.engine.end(now, call_id(call)).map_err(thrown)
    }

    /// A call failed: before anything came of it, or in the middle.
    pub fn failed(&mut self, call: f64, is_begun: bool) -> Thrown<()> {
        let trouble = if is_begun { Trouble::Cut } else { Trouble::NoAnswer };
        let now = self.now();
        self.engine.failed(now, call_id(call), trouble).map_err(thrown)
    }

    /// Acts: durable when it returns.
    pub fn act(&mut self, action: &str) -> Thrown<String> {
        let action = wishes::action(action).map_err(thrown)?;
        let now = self.now();
        let acted = self.engine.write(now, random(), |store, moment| store.act(moment, action));
        Ok(json::write(&ActedForm::from(acted.map_err(thrown)?)))
    }

    /// Takes an op back: one by its place in the log, or the last.
    pub fn undo(&mut self, seq: Option<f64>, anyway: bool) -> Thrown<String> {
        let (target, asks, now) = (place(seq), asks(anyway), self.now());
        let done = self.engine.write(now, random(), |store, moment| store.undo(moment, target, asks));
        Ok(undone(done.map_err(thrown)?))
    }

    /// Does again what was undone.
    pub fn redo(&mut self, seq: Option<f64>, anyway: bool) -> Thrown<String> {
        let (target, asks, now) = (place(seq), asks(anyway), self.now());
        let done = self.engine.write(now, random(), |store, moment| store.redo(moment, target, asks));
        Ok(undone(done.map_err(thrown)?))
    }

    /// Settles a conflict: `"mine"`, `"theirs"`, or `{"fields": {"values": [[name, value]], "rest": …}}`.
    pub fn resolve(&mut self, conflict: &str, wish: &str) -> Thrown<String> {
        let (conflict, wish) = (parsed::<OpId>("conflict", conflict)?, wishes::wish(wish).map_err(thrown)?);
        let now = self.now();
        let acted = self.engine.write(now, random(), |store, moment| store.resolve(moment, conflict, &wish));
        Ok(json::write(&ActedForm::from(acted.map_err(thrown)?)))
    }

    /// Gives up an op that was refused, or that waits in a conflict.
    pub fn discard(&mut self, op: &str) -> Thrown<String> {
        let (op, now) = (parsed::<OpId>("op", op)?, self.now());
        let acted = self.engine.write(now, random(), |store, moment| store.discard(moment, op));
        Ok(json::write(&ActedForm::from(acted.map_err(thrown)?)))
    }

    /// Runs one SELECT.
    pub fn query(&mut self, sql: &str, rows_max: Option<u32>) -> Thrown<String> {
        self.engine.query(sql, rows_max).map(|result| table(&result)).map_err(thrown)
    }

    /// Watches a query; its name.
    pub fn watch(&mut self, sql: &str) -> Thrown<u32> {
        self.engine.watch(sql).map_err(thrown)
    }

    /// Watches it no more.
    pub fn unwatch(&mut self, name: u32) {
        self.engine.unwatch(name);
    }

    /// The result of a watched query, if it is another than the last.
    pub fn refresh(&mut self, name: u32) -> Thrown<Option<String>> {
        Ok(self.engine.refresh(name).map_err(thrown)?.map(|result| table(&result)))
    }

    /// How the device stands, in the words of an app: `site`, `capture` or `counter`.
    pub fn status(&mut self, vocabulary: &str) -> Thrown<String> {
        let vocabulary: Vocabulary = json::parse(&json::write(vocabulary)).map_err(thrown)?;
        let now = self.now();
        self.engine.status(now, vocabulary).map_err(thrown)
    }

    /// Entries of the log, newest first.
    pub fn log(&mut self, max: u32) -> Thrown<String> {
        let filter = LogFilter { state: None, from: None, max, newest_first: true };
        let entries = self.engine.store().log(filter).map_err(thrown)?;
        Ok(list(entries.iter().map(|entry| json::write(&LogForm::from(entry)))))
    }

    /// The conflicts that wait, or all.
    pub fn conflicts(&mut self, all: bool) -> Thrown<String> {
        let which = if all { Which::All } else { Which::Open };
        let conflicts = self.engine.store().conflicts(which).map_err(thrown)?;
        Ok(list(conflicts.iter().map(|conflict| json::write(&ConflictForm::from(conflict)))))
    }

    /// Asks for a part of the workspace: a record that opens a scope, with all beneath it or without.
    pub fn load(&mut self, of: String, id: &str, beneath: bool) -> Thrown<()> {
        let scope = Scope { of, id: parsed::<RecordId>("record", id)? };
        self.engine.store().load(&scope, beneath).map_err(thrown)?;
        let now = self.now();
        self.engine.scopes(now).map_err(thrown)
    }

    /// Takes a part of the workspace off the device. How many records went.
    pub fn unload(&mut self, of: String, id: &str) -> Thrown<f64> {
        let scope = Scope { of, id: parsed::<RecordId>("record", id)? };
        let went = self.engine.store().unload(&scope).map_err(thrown)?;
        let now = self.now();
        self.engine.scopes(now).map_err(thrown)?;
        Ok(went as f64)
    }

    /// Whether everything is sent, and all that is known of is here.
    pub fn is_level(&mut self) -> Thrown<bool> {
        self.engine.is_level().map_err(thrown)
    }

    /// What has stopped the session until somebody does something, as `{"code", "words"}`.
    pub fn halted(&self) -> Option<String> {
        let trouble = self.engine.halted(self.now())?;
        Some(Failure::from((trouble, None)).json())
    }

    /// Whether a failure of the store is worth another try.
    pub fn is_passing(code: &str) -> bool {
        [StoreError::Busy.code(), StoreError::Full.code(), StoreError::Failed(String::new()).code()]
            .contains(&code)
    }
}

fn place(seq: Option<f64>) -> Option<Seq> {
    seq.map(|seq| Seq(seq as u64))
}

fn asks(anyway: bool) -> Asks {
    if anyway { Asks::Anyway } else { Asks::First }
}

fn undone(undone: fieldbook_device_store::Undone) -> String {
    format!(
        r#"{{"acted":{},"of":{},"says":{},"not_undone":{}}}"#,
        json::write(&ActedForm::from(undone.acted)),
        json::write(&undone.of),
        json::write(&undone.says),
        json::write(&undone.not_undone),
    )
}
