//! What JavaScript sees. Texts are JSON; what goes wrong is thrown as the JSON of a failure, `{"code": …, "words": …}`.

mod acts;
mod blobs;
mod call;
mod files;
mod guard;
mod help;
mod parts;
mod reads;
mod sign_in;

use std::path::Path;
use std::time::Duration;

use fieldbook_crypto::Fresh;
use fieldbook_device_store::{ActError, Moment, Store, StoreError, lease};
use fieldbook_device_sync::{CallId, Conditions, Head, Now, Trouble};
use fieldbook_model::schema::Vocabulary;
use fieldbook_model::{WallTime, json};
use wasm_bindgen::prelude::*;
use web_time::{Instant, SystemTime, UNIX_EPOCH};

use crate::failure::Failure;
use crate::sign_in::TOKEN;
use crate::{engine, wipe};
use call::Call;

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

fn list(lines: impl Iterator<Item = String>) -> String {
    format!("[{}]", lines.collect::<Vec<_>>().join(","))
}

/// What came of a call outside of the engine: the text of our server's yes, or why it is none.
#[wasm_bindgen]
pub fn answered(status: u16, content_type: Option<String>, body: &[u8]) -> Thrown<String> {
    let head = Head::new(status, content_type.as_deref(), None);
    if !head.is("application/json") {
        return Err(thrown(head.trouble(body)));
    }
    let foreign = |_| thrown((Trouble::Foreign("a reply that is no text".to_owned()), None));
    String::from_utf8(body.to_vec()).map_err(foreign)
}

/// What is said to the server of a wipe that was written down.
#[wasm_bindgen]
pub fn wipe_request(written: &str) -> Thrown<String> {
    Ok(json::write(&wipe::read(written).map_err(thrown)?.request()))
}

/// And to a person.
#[wasm_bindgen]
pub fn wipe_words(written: &str) -> Thrown<String> {
    Ok(wipe::words(&wipe::read(written).map_err(thrown)?, wall()))
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

#[wasm_bindgen]
impl Engine {
    #[expect(clippy::disallowed_methods, reason = "the shell's clock")]
    fn over(engine: engine::Engine) -> Self {
        Self { engine, start: Instant::now() }
    }

    /// Opens a device by what was kept of it.
    pub fn open(path: &str, server: String, keys: &str, secret: &str) -> Thrown<Engine> {
        let held = sign_in::held(keys, secret).map_err(thrown)?;
        let store = crate::sign_in::open(Path::new(path), &held).map_err(thrown)?;
        let mut engine = engine::Engine::new(store, crate::sign_in::caller(&held), server, seed());
        if let Some(seconds) = engine.lease_over(wall()).map_err(thrown)? {
            let words = format!(
                "This device has not heard from its server for longer than its workspace allows ({seconds} seconds): sign in again. Nothing is lost."
            );
            return Err(thrown(Failure::ask("locked", words)));
        }
        Ok(Self::over(engine))
    }

    /// What is to be kept of the keys of a device whose lease is over, in their place; nothing where it is not over.
    pub fn locked(path: &str, keys: &str, secret: &str) -> Thrown<Option<String>> {
        let held = sign_in::held(keys, secret).map_err(thrown)?;
        let mut store = crate::sign_in::open(Path::new(path), &held).map_err(thrown)?;
        let Some(seconds) = lease::over(&mut store, wall()).map_err(thrown)? else { return Ok(None) };
        let locked = crate::sign_in::lock(held, &mut store, seconds, fresh()).map_err(thrown)?;
        Ok(Some(json::write(&locked)))
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

    /// Whether there is more to be done at once.
    pub fn is_going_on(&self) -> bool {
        self.engine.is_going_on()
    }

    /// Does some of it.
    pub fn go_on(&mut self) -> Thrown<()> {
        let now = self.now();
        self.engine.go_on(now).map_err(thrown)
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
        range: Option<String>,
    ) -> Thrown<()> {
        let head = Head::new(status, content_type.as_deref(), retry_after.as_deref()).part(range.as_deref());
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

    /// How the device stands, in the words of an app: `site`, `capture` or `counter`.
    pub fn status(&mut self, vocabulary: &str) -> Thrown<String> {
        let vocabulary: Vocabulary = json::parse(&json::write(vocabulary)).map_err(thrown)?;
        let now = self.now();
        self.engine.status(now, vocabulary).map_err(thrown)
    }

    /// Whether everything is sent, and all that is known of is here.
    pub fn is_level(&mut self) -> Thrown<bool> {
        self.engine.is_level().map_err(thrown)
    }

    /// The last number of this device's series, which has to be kept outside of the database before whoever acted is told of it; nothing
    /// where no record of the app is numbered.
    pub fn numbers(&mut self) -> Thrown<Option<f64>> {
        let store = self.engine.store();
        match store.has_series() {
            true => Ok(Some(store.series().map_err(thrown)?.last as f64)),
            false => Ok(None),
        }
    }

    /// What was kept of them: a database that is behind begins a new series.
    pub fn numbered(&mut self, noted: f64) -> Thrown<()> {
        let store = self.engine.store();
        if store.has_series() {
            store.renew_series(noted as u64).map_err(thrown)?;
        }
        Ok(())
    }

    /// How many ops the server has not answered.
    pub fn waiting(&mut self) -> Thrown<f64> {
        Ok(self.engine.store().waiting().map_err(thrown)? as f64)
    }

    /// What is to be written down of an order to wipe this device, before anything goes; nothing where there is none.
    pub fn wipe(&mut self) -> Thrown<Option<String>> {
        let now = self.now();
        Ok(self.engine.wipe(now).map_err(thrown)?.map(|wipe| json::write(&wipe)))
    }

    /// Whether a failure of the store is worth another try.
    pub fn is_passing(code: &str) -> bool {
        [StoreError::Busy.code(), StoreError::Full.code(), StoreError::Failed(String::new()).code()]
            .contains(&code)
    }
}

impl Engine {
    /// Does what writes an op.
    fn write<T>(&mut self, work: impl FnOnce(&mut Store, Moment) -> Result<T, ActError>) -> Thrown<T> {
        let now = self.now();
        self.engine.write(now, random(), work).map_err(thrown)
    }
}
