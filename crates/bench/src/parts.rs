//! A part of a workspace on a device: how it comes, what it costs to keep level, and how both grow with its size.
//!
//! The large load runs in a process of its own, whose peak memory the system counts, and which is killed on the way.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fieldbook_device::store::Next;
use fieldbook_device::{Device, NoHolders, Until};
use fieldbook_model::chain::Hash;
use fieldbook_model::schema::EDIT;
use fieldbook_model::{
    Change, Cursor, Hlc, Json, Limits, Op, OpId, Payload, RecordId, Schema, Scope, SealedOp, Seq, WallTime,
};
use fieldbook_protocol::{PushRequest, Standing};
use fieldbook_server_store::{Push, SqliteStore, push_group};
use fieldbook_server_sync::Principal;
use rusqlite::Connection;
use tokio::runtime::Builder;
use tokio::sync::Notify;

use crate::bare;
use crate::figures::{at, line, say, watch};
use crate::shop::{Product, op};
use crate::stage::Stage;

/// The word that makes the benchmark a device.
pub const DEVICE: &str = "parts-device";

/// So many changes are caught up.
const CHANGES: u64 = 1_000;
/// Changes of an op that fills the store.
const PER_OP: u64 = 500;

const SCHEMA: &str = r#"
schema = "bench"
version = 1
[type.shelf]
scope = true
[type.shelf.field]
name = { kind = "text" }
[type.product]
in = "shelf"
[type.product.field]
shelf      = { kind = "ref", to = "shelf", owner = true, required = true }
name       = { kind = "text" }
sku        = { kind = "text" }
price      = { kind = "money", currency = "EUR" }
stock      = { kind = "integer", merge = "delta", default = 0 }
updated_at = { kind = "integer" }
notes      = { kind = "text" }
"#;

/// Products that lie on a shelf, which is a part of the workspace.
///
/// # Panics
/// When its text is wrong.
pub fn schema() -> Schema {
    fieldbook_model::schema::toml::read("parts.toml", SCHEMA).expect("BUG: the schema of parts is wrong")
}

/// The shelf.
pub fn shelf() -> Scope {
    Scope { of: "shelf".into(), id: RecordId::v7(1, [1; 10]) }
}

/// A server whose workspace has a shelf with so many products.
///
/// # Panics
/// When it does not start.
pub fn stage(products: u64) -> Stage {
    Stage::of(&schema(), |store, principal| fill(store, &principal, products))
}

fn fill(store: &mut SqliteStore, principal: &Principal, products: u64) {
    let name = ("name", Json::from("shelf"));
    let first = Change::Insert { of: "shelf".into(), id: shelf().id, fields: [name].into() };
    let mut log = Log { principal, seq: Seq::ZERO, previous: Hash::ZERO };
    let mut ops = vec![log.op(vec![first])];
    for n in (0..products).step_by(PER_OP as usize) {
        ops.push(log.op((n..products.min(n + PER_OP)).map(on_shelf).collect()));
        if ops.len() >= 40 {
            push(store, principal, &std::mem::take(&mut ops));
        }
    }
    push(store, principal, &ops);
}

fn on_shelf(n: u64) -> Change {
    let Change::Insert { of, id, mut fields } = Product::nth(n).insert() else { unreachable!("an insert") };
    fields.0.push(("shelf".to_owned(), Json::Text(shelf().id.to_string())));
    Change::Insert { of, id, fields }
}

fn push(store: &mut SqliteStore, principal: &Principal, ops: &[SealedOp]) {
    let mut body = PushRequest::batch(&Standing::default());
    ops.iter().for_each(|op| body.op(&op.text));
    let request = PushRequest::read(body.finish().as_bytes()).expect("our own push");
    let push = Push { principal: principal.clone(), request };
    let replies = push_group(store, &Limits::default(), &[push], WallTime(0)).expect("a commit");
    assert!(replies.iter().all(|reply| reply.as_ref().is_ok_and(|reply| reply.answers.len() == ops.len())));
}

/// A device's log that is written by hand.
struct Log<'p> {
    principal: &'p Principal,
    seq: Seq,
    previous: Hash,
}

impl Log<'_> {
    fn op(&mut self, changes: Vec<Change>) -> SealedOp {
        self.seq = self.seq.next();
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.seq.0.to_be_bytes());
        let op_id = OpId::v7(1, random);
        let sealed = SealedOp::seal(Op {
            op_id,
            workspace_id: self.principal.workspace,
            user_id: self.principal.user,
            device_id: self.principal.device,
            seq: self.seq,
            action: EDIT.to_owned(),
            payload: Payload::from(changes),
            idempotency_key: op_id.to_string(),
            created_at: WallTime(0),
            hlc: Hlc { ms: 1, counter: 0 },
            schema: 1,
            seen: Cursor::default(),
            previous: self.previous,
        });
        self.previous = sealed.hash;
        sealed
    }
}

/// What the load and the keeping level of a part of some size cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Rows per second of the load.
    pub load_per_s: f64,
    /// Rows per second of a bare bulk insert of the same.
    pub bare_load_per_s: f64,
    /// Milliseconds from the request to what is shown, for 1,000 changes.
    pub catch_up_ms: f64,
    /// Milliseconds of a bare update of the same rows, in one durable commit.
    pub bare_update_ms: f64,
    /// Milliseconds that a sync takes longer that compares all of it with the server.
    pub compare_ms: f64,
}

/// Measures a part of some size.
///
/// # Panics
/// When something of it fails.
pub fn cost(products: u64, rounds: u64) -> Cost {
    let stage = stage(products);
    let bare = bare::open(&stage.folder().join("bare.db"));
    let bare_load_per_s = bare::bulk_rows_per_s(&bare, products);
    let [maker, device] = ["maker", "device"].map(|name| stage.device(name));
    let mut loads = Vec::new();
    for device in [&maker, &device] {
        // First what lies at no shelf; then the shelf comes as a part.
        stage.level(device);
        let begin = watch();
        device.load(&shelf(), false).expect("a load");
        stage.level(device);
        loads.push(products as f64 / begin.elapsed().as_secs_f64());
        assert_eq!(shown(device), products, "not all rows are there");
    }
    let (mut times, mut limits) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // All over the part.
        let some: Vec<u64> =
            (0..CHANGES).map(|n| (n * (products / CHANGES).max(1) + round) % products).collect();
        for n in &some {
            maker.act(op(vec![Product::nth(*n).sell()])).expect("an act");
        }
        stage.level(&maker);
        limits.push(update_ms(&bare, &some));
        let begin = watch();
        stage.level(&device);
        times.push(begin.elapsed().as_secs_f64() * 1_000.0);
    }
    let (catch_up_ms, bare_update_ms) = (at(&mut times, 0.5), at(&mut limits, 0.5));
    let compare_ms = compare_ms(&stage, &device, products);
    Cost { load_per_s: at(&mut loads, 0.5), bare_load_per_s, catch_up_ms, bare_update_ms, compare_ms }
}

/// What a sync costs that compares everything, against one that only asks for news and finds none.
fn compare_ms(stage: &Stage, device: &Device, products: u64) -> f64 {
    let level_ms = || {
        let begin = watch();
        stage.level(device);
        begin.elapsed().as_secs_f64() * 1_000.0
    };
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        without.push(level_ms());
        device.store().want_compare().expect("a wish");
        with.push(level_ms());
        let compared = device.store().compared().expect("a store").expect("it was compared");
        assert!(compared.records > products && compared.next == Next::Nothing, "{compared:?}");
    }
    at(&mut with, 0.5) - at(&mut without, 0.5)
}

fn shown(device: &Device) -> u64 {
    let rows = device.reader().expect("a reader").query("select count(*) from product", None);
    let text = format!("{:?}", rows.expect("a count").rows);
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("a number")
}

fn update_ms(bare: &Connection, rows: &[u64]) -> f64 {
    let begin = watch();
    bare.execute_batch("BEGIN IMMEDIATE").expect("begin");
    for n in rows {
        let mut update = bare
            .prepare_cached("UPDATE product SET stock = stock - 1, _version = _version + 1 WHERE id = ?1")
            .expect("a statement");
        update.execute([Product::nth(*n).id.to_string()]).expect("a row");
    }
    bare.execute_batch("COMMIT").expect("commit");
    begin.elapsed().as_secs_f64() * 1_000.0
}

/// What things cost against the size of the part: nothing grows faster than that.
///
/// # Panics
/// When something of it fails.
pub fn sizes() {
    let sizes = [10_000, 30_000, 100_000, 300_000];
    let costs = sizes.map(|products| cost(products, 5));
    say(
        "records      load µs/row   ratio to bare     catch-up of 1,000   ratio to bare      compare   against 10,000 records",
    );
    for (products, cost) in sizes.iter().zip(&costs) {
        let (load_us, bare_us) = (1e6 / cost.load_per_s, 1e6 / cost.bare_load_per_s);
        say(&format!(
            "{products:>7}   {load_us:>12.1}   {:>13.2}   {:>15.1} ms   {:>13.2}   {:>7.0} ms   load ×{:.2} per row, catch-up ×{:.2}, compare ×{:.2} per row",
            load_us / bare_us,
            cost.catch_up_ms,
            cost.catch_up_ms / cost.bare_update_ms,
            cost.compare_ms,
            costs[0].load_per_s / cost.load_per_s,
            cost.catch_up_ms / costs[0].catch_up_ms,
            cost.compare_ms * 10_000.0 / (costs[0].compare_ms * *products as f64),
        ));
    }
    tell_catch_up(costs[2]);
}

/// Catching up alone, with enough rounds for a median that stands.
///
/// # Panics
/// When something of it fails.
pub fn catch_up() {
    tell_catch_up(cost(100_000, 21));
}

fn tell_catch_up(of_100k: Cost) {
    let against = format!("bare update of the same rows {:.1} ms", of_100k.bare_update_ms);
    let ratio = format!("{:.2}", of_100k.catch_up_ms / of_100k.bare_update_ms);
    line(
        "1,000 changes on 100,000 records",
        &format!("{:.1} ms", of_100k.catch_up_ms),
        &against,
        &ratio,
        "50 ms",
    );
    line(
        "100,000 records compared",
        &format!("{:.0} ms", of_100k.compare_ms),
        "server and device, beside a sync without news",
        &format!("{:.2} µs/row", of_100k.compare_ms / 100.0),
        "1,000 ms",
    );
}

/// A load of 1,000,000 records by a process that is killed twice on the way.
///
/// # Panics
/// When something of it fails.
pub fn million() {
    const ROWS: u64 = 1_000_000;
    let stage = stage(ROWS);
    let bare = bare::open(&stage.folder().join("bare.db"));
    let limit = bare::bulk_rows_per_s(&bare, ROWS);
    let home = stage.folder().join("million");
    drop(stage.device("million"));
    let begin = watch();
    let killed = Killed::load(&home, &[0.33, 0.66]);
    let rate = ROWS as f64 / begin.elapsed().as_secs_f64();
    let device = Device::open(&home, &NoHolders).expect("a home");
    assert_eq!(shown(&device), ROWS, "not all rows are there");
    for (at, on) in &killed.went_on {
        say(&format!("killed at version {at}; the next process tells of {on} first"));
        assert!(on >= at, "it began anew");
    }
    let against = format!("bare bulk insert {limit:.0} rows/s");
    let ratio = format!("{:.2}", rate / limit);
    line("load of 1,000,000, killed twice", &format!("{rate:.0} rows/s"), &against, &ratio, "0.3");
    let mib = killed.peak_kib as f64 / 1024.0;
    line(
        "peak memory of that process",
        &format!("{mib:.1} MiB"),
        "aim 60 MiB",
        &format!("{:.2}", mib / 60.0),
        "1",
    );
}

/// What came of a load whose process was killed.
#[derive(Debug, Default)]
pub struct Killed {
    /// For each kill the version that had been kept, and the first that the next process told of.
    pub went_on: Vec<(u64, u64)>,
    /// The most memory that any of the processes held.
    pub peak_kib: u64,
}

impl Killed {
    /// Loads the shelf in a process of this same program, and kills it at each share of the way.
    ///
    /// # Panics
    /// When something of it fails.
    pub fn load(home: &Path, shares: &[f64]) -> Self {
        let mut killed = Self::default();
        let mut last = None;
        for share in shares.iter().copied().map(Some).chain([None]) {
            let mut child = spawn(home);
            let mut begun = last.is_none();
            for told in BufReader::new(child.stdout.take().expect("a pipe")).lines() {
                let told = Told::read(&told.expect("a line"));
                killed.peak_kib = killed.peak_kib.max(told.peak_kib);
                if !begun && told.upto > told.from {
                    killed.went_on.push((last.unwrap_or(0), told.upto));
                    begun = true;
                }
                let far =
                    told.head > 0 && share.is_some_and(|share| told.upto as f64 >= share * told.head as f64);
                if far && begun {
                    last = Some(told.upto);
                    child.kill().expect("a kill");
                    break;
                }
            }
            let status = child.wait().expect("an end");
            assert!(share.is_some() || status.success(), "{status}");
        }
        killed
    }
}

fn spawn(home: &Path) -> Child {
    let program = std::env::current_exe().expect("the benchmark's own place");
    let mut command = Command::new(program);
    command.arg(DEVICE).arg(home).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("a device")
}

/// A line of a device that loads.
struct Told {
    from: u64,
    upto: u64,
    head: u64,
    peak_kib: u64,
}

impl Told {
    fn read(line: &str) -> Self {
        let mut words = line.split(' ').map(|word| word.parse().expect("a number"));
        let [from, upto, head, peak_kib] = [(); 4].map(|()| words.next().expect("four numbers"));
        Self { from, upto, head, peak_kib }
    }
}

/// A device in a process of its own: loads the shelf, and tells on each line how far it is and what memory it took.
///
/// # Panics
/// When something of it fails.
pub fn device(home: &Path) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let device = Device::open(home, &NoHolders).expect("a home");
    device.load(&shelf(), false).expect("a load");
    let until = Until::Level { patience: Duration::from_secs(300) };
    let mut last = (0, 0, 0);
    let sync = device.sync(runtime.handle(), until, &Notify::new(), |facts| {
        if let Some(download) = facts.download {
            last = (download.from.0, download.upto.0, download.head.0);
            let (from, upto, head) = last;
            say(&format!("{from} {upto} {head} {}", peak_kib()));
        }
    });
    sync.expect("a sync");
    let (from, upto, head) = last;
    say(&format!("{from} {upto} {head} {}", peak_kib()));
}

/// The most memory that this process ever held, the program's own code included.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
