//! The client of the harness: each command as an app would do it with the device crate. Acts are durable when they return,
//! the database is encrypted, and every edit stays in the history.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fieldbook_device::store::{Cell, LogFilter, OpState, Reader};
use fieldbook_device::{About, Device, NoHolders, SignIn, sign_in};
use fieldbook_model::chain::Hash;
use fieldbook_model::{Change, Fields, Json, Version};
use tokio::runtime::Runtime;

use crate::figures::{at, pause};
use crate::peer::lines::{Ask, object};
use crate::peer::machine::{memory, now_us};
use crate::peer::server::{Server, USER, WORKSPACE};
use crate::peer::watch::Watch;
use crate::shop::{Product, op};
use crate::stage::Syncing;

/// Records whose history is asked for after a merge.
const HISTORIES: u64 = 100;

/// The devices of one process. What comes first ends first: no loop outlives the runtime of its calls.
pub struct Client {
    devices: Vec<Opened>,
    runtime: Runtime,
}

/// A device and what runs on it, in the order in which it ends.
struct Opened {
    watch: Option<Watch>,
    syncing: Option<Syncing>,
    reader: Reader,
    device: Arc<Device>,
}

type Answer = Result<Json, String>;

impl Client {
    /// One without devices.
    ///
    /// # Panics
    /// When the system has no threads.
    pub fn new() -> Self {
        Self { devices: Vec::new(), runtime: Runtime::new().expect("a runtime") }
    }

    /// Does what a line says.
    pub fn answer(&mut self, ask: &Ask) -> Answer {
        match ask.cmd.as_str() {
            "open" => self.open(ask),
            "writes" => self.writes(ask),
            "bulk" => self.bulk(ask),
            "connect" => Ok(self.connect()),
            "disconnect" => Ok(self.disconnect()),
            "uploaded" => self.uploaded(),
            "wait_count" => self.wait_count(ask),
            "count" => Ok(object([("n", Json::Int(self.first()?.count()? as i64))])),
            "watch" => Ok(self.watch()),
            "seen" => Ok(self.seen(ask)),
            "ticks" => self.ticks(ask),
            "edits" => self.edits(ask),
            "digest" => self.digest(ask),
            "conflicts" => self.conflicts(ask),
            "mem" => Ok(memory()),
            "close" => {
                self.devices.clear();
                Ok(object([]))
            }
            other => Err(format!("there is no command {other}")),
        }
    }

    fn open(&mut self, ask: &Ask) -> Answer {
        let begin = now_us();
        let homes: Vec<PathBuf> =
            (0..ask.k.unwrap_or(1)).map(|n| format!("{}-{n}", ask.dir).into()).collect();
        let is_new = |home: &&PathBuf| !home.join("home.json").is_file();
        // A device is signed in once, by a server. Where none is named, one runs for just so long.
        let for_now = match ask.url.is_none() && homes.iter().any(|home| is_new(&home)) {
            true => Some(Server::start(Path::new(&format!("{}-server", ask.dir)))?),
            false => None,
        };
        let named = ask.url.as_ref().and_then(|url| url.split_once('|'));
        let here = for_now.as_ref().map(|server| (server.url.as_str(), server.password.as_str()));
        for home in homes.iter().filter(is_new) {
            self.sign_in(home, named.or(here).ok_or("the address has no password behind a bar")?)?;
        }
        for home in &homes {
            self.devices.push(Opened::at(home)?);
        }
        Ok(object([("ms", Json::Float((now_us() - begin) as f64 / 1_000.0))]))
    }

    fn sign_in(&self, home: &Path, (url, password): (&str, &str)) -> Result<(), String> {
        let ask = SignIn {
            home: home.to_owned(),
            server: url.to_owned(),
            workspace: WORKSPACE.to_owned(),
            user: USER.to_owned(),
            password: password.to_owned(),
            trust: fieldbook_device::Trust::default(),
            device_name: home.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            server_key: fieldbook_device::ServerPin::AsBefore,
            keys: fieldbook_device::Hold::File,
        };
        self.runtime.block_on(sign_in(ask, &NoHolders)).map(drop).map_err(|error| error.to_string())
    }

    fn first(&mut self) -> Result<&mut Opened, String> {
        self.devices.first_mut().ok_or_else(|| "nothing is open".to_owned())
    }

    fn writes(&mut self, ask: &Ask) -> Answer {
        let first = self.first()?;
        let mut latencies_us = Vec::with_capacity(ask.n as usize);
        let begin = now_us();
        for n in ask.start..ask.start + ask.n {
            let before = now_us();
            first.put(n)?;
            latencies_us.push((now_us() - before) as f64);
        }
        let seconds = since(begin);
        let mut at = |share| Json::Float(at(&mut latencies_us, share));
        Ok(object([
            ("s", Json::Float(seconds)),
            ("per_s", Json::Float(ask.n as f64 / seconds)),
            ("p50_us", at(0.5)),
            ("p99_us", at(0.99)),
            ("max_us", at(1.0)),
        ]))
    }

    fn bulk(&mut self, ask: &Ask) -> Answer {
        let (first, begin) = (self.first()?, now_us());
        let end = ask.start + ask.n;
        let chunk = ask.chunk.unwrap_or(1_000).max(1);
        for from in (ask.start..end).step_by(chunk as usize) {
            let acts = (from..end.min(from + chunk)).map(|n| op(vec![Product::nth(n).insert()])).collect();
            let done = first.device.act_all(acts).map_err(|error| error.to_string())?;
            if let Some(refusal) = done.into_iter().find_map(Result::err) {
                return Err(refusal.to_string());
            }
        }
        Ok(object([("s", Json::Float(since(begin)))]))
    }

    fn connect(&mut self) -> Json {
        let begin = now_us();
        for opened in &mut self.devices {
            opened.syncing = Some(Syncing::start(self.runtime.handle().clone(), &opened.device));
        }
        object([("t", Json::Int(begin)), ("t_done", Json::Int(now_us()))])
    }

    fn disconnect(&mut self) -> Json {
        self.devices.iter_mut().for_each(|opened| opened.syncing = None);
        object([])
    }

    /// Until every op has the server's answer: they come in the order of the log, so the last one's is asked for.
    fn uploaded(&mut self) -> Answer {
        let first = self.first()?;
        let last = LogFilter { state: None, from: None, max: 1, newest_first: true };
        let waits = |state| matches!(state, OpState::Waiting | OpState::InFlight);
        loop {
            let log = first.device.store().log(last).map_err(|error| error.to_string())?;
            if !log.iter().any(|entry| waits(entry.state)) {
                return Ok(object([("t", Json::Int(now_us()))]));
            }
            pause(Duration::from_millis(10));
        }
    }

    fn wait_count(&mut self, ask: &Ask) -> Answer {
        for opened in &mut self.devices {
            while opened.count()? < ask.n {
                pause(Duration::from_millis(ask.poll.unwrap_or(20)));
            }
        }
        Ok(object([("t", Json::Int(now_us()))]))
    }

    fn watch(&mut self) -> Json {
        for opened in &mut self.devices {
            opened.watch = Some(Watch::start(self.runtime.handle().clone(), &opened.device));
        }
        object([])
    }

    /// For each record when the first and when the last of this process's devices saw it.
    fn seen(&self, ask: &Ask) -> Json {
        let ids: Vec<String> =
            (ask.start..ask.start + ask.n).map(|n| Product::nth(n).id.to_string()).collect();
        let watches = || self.devices.iter().filter_map(|opened| opened.watch.as_ref());
        let end = now_us() + ask.timeout.unwrap_or(60_000) as i64 * 1_000;
        let all = || watches().all(|watch| ids.iter().all(|id| watch.seen(id).is_some()));
        while !all() && now_us() < end {
            pause(Duration::from_millis(50));
        }
        let row = |id: &String| {
            let times: Option<Vec<i64>> = watches().map(|watch| watch.seen(id)).collect();
            let times = times.unwrap_or_default();
            match (times.iter().min(), times.iter().max()) {
                (Some(first), Some(last)) => Json::List(vec![Json::Int(*first), Json::Int(*last)]),
                _ => Json::Null,
            }
        };
        object([("rows", Json::List(ids.iter().map(row).collect()))])
    }

    fn ticks(&mut self, ask: &Ask) -> Answer {
        let first = self.first()?;
        let (mut rows, mut next) = (Vec::new(), now_us());
        for n in ask.start..ask.start + ask.n {
            next += ask.every as i64 * 1_000;
            pause(Duration::from_micros(u64::try_from(next - now_us()).unwrap_or(0)));
            let begin = now_us();
            first.put(n)?;
            rows.push(Json::List(vec![Json::Int(begin), Json::Int(now_us())]));
        }
        Ok(object([("rows", Json::List(rows))]))
    }

    fn edits(&mut self, ask: &Ask) -> Answer {
        let (first, begin) = (self.first()?, now_us());
        for n in ask.start..ask.start + ask.n {
            first.act(edit(ask, n))?;
        }
        Ok(object([("s", Json::Float(since(begin)))]))
    }

    /// What is shown of some records, in a form in which two devices compare.
    fn digest(&mut self, ask: &Ask) -> Answer {
        let (from, to) = (Product::nth(ask.start).id, Product::nth(ask.start + ask.n).id);
        let sql = format!(
            "SELECT id, price, stock, notes, name FROM product WHERE id >= '{from}' AND id < '{to}' ORDER BY id"
        );
        let table = self.first()?.reader.query(&sql, None).map_err(|error| error.to_string())?;
        let text: String = table.lists().map(|row| row + "\n").collect();
        let count = |is: &dyn Fn(&[Cell]) -> bool| table.rows.iter().filter(|row| is(row)).count() as i64;
        let large =
            |place: usize| count(&|row| matches!(row[place], Cell::Int(number) if number >= 1_000_000));
        let notes_of = |who: &str| {
            count(&|row| matches!(&row[3], Cell::Text(notes) if notes.starts_with(&format!("{who} edited"))))
        };
        let who = object([("A", Json::Int(notes_of("A"))), ("B", Json::Int(notes_of("B")))]);
        Ok(object([
            ("n", Json::Int(table.rows.len() as i64)),
            ("digest", Json::Text(Hash::of(text.as_bytes()).to_string())),
            ("notes_of", who),
            ("price_of_A_kept", Json::Int(large(1))),
            ("stock_of_B_kept", Json::Int(large(2))),
        ]))
    }

    /// In the histories of some records: whether the notes of both are there, the one that is shown and the one that lost.
    fn conflicts(&mut self, ask: &Ask) -> Answer {
        let runtime = self.runtime.handle().clone();
        let first = self.first()?;
        let (mut looked, mut both) = (0, 0);
        for n in (ask.start..ask.start + ask.n).step_by((ask.n / HISTORIES).max(1) as usize) {
            let about = About::Record("product".to_owned(), Product::nth(n).id);
            let lines = first.device.history(&runtime, &about).map_err(|error| error.to_string())?;
            let wrote = |who: &str| {
                let notes = lines.iter().flat_map(|line| &line.units).filter(|unit| unit.field == "notes");
                notes.into_iter().any(|unit| unit.after == Json::Text(format!("{who} edited {n}")))
            };
            looked += 1;
            both += i64::from(wrote("A") && wrote("B"));
        }
        Ok(object([("histories", Json::Int(looked)), ("with_both_edits", Json::Int(both))]))
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Opened {
    fn at(home: &Path) -> Result<Self, String> {
        let device = Device::open(home, &NoHolders).map_err(|error| error.to_string())?;
        let reader = device.reader().map_err(|error| error.to_string())?;
        Ok(Self { watch: None, syncing: None, reader, device: Arc::new(device) })
    }

    fn put(&self, n: u64) -> Result<(), String> {
        self.act(Product::nth(n).insert())
    }

    fn act(&self, change: Change) -> Result<(), String> {
        self.device.act(op(vec![change])).map(drop).map_err(|error| error.to_string())
    }

    fn count(&mut self) -> Result<u64, String> {
        let table =
            self.reader.query("SELECT count(*) FROM product", None).map_err(|error| error.to_string())?;
        match table.rows.first().map(Vec::as_slice) {
            Some([Cell::Int(count)]) => Ok(*count as u64),
            other => Err(format!("no count: {other:?}")),
        }
    }
}

/// A's price is set; B's stock is counted anew, which adds up with what others sell meanwhile. Both write the notes.
fn edit(ask: &Ask, n: u64) -> Change {
    let number = ask.add + n as i64;
    let mut set = vec![("notes".to_owned(), Json::Text(format!("{} edited {n}", ask.tag)))];
    let mut count = Fields::default();
    match ask.field.as_str() {
        "stock" => count = Fields::from([("stock", Json::Int(number))]),
        _ => set.push(("price".to_owned(), Json::Text(format!("{}.{:02}", number / 100, number % 100)))),
    }
    Change::Update {
        of: "product".into(),
        id: Product::nth(n).id,
        base: Version::ZERO,
        set: Fields(set),
        add: Fields::default(),
        count,
        include: Fields::default(),
        exclude: Fields::default(),
        reset: Fields::default(),
    }
}

fn since(begin_us: i64) -> f64 {
    (now_us() - begin_us) as f64 / 1e6
}
