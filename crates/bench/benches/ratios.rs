//! `cargo bench -p fieldbook-bench -- [act|flush|load|seen|fan-out|wire|sign-in|parts|catch-up|million]`: each figure beside its limit, from one run.
//!
//! Pairs are measured in turns, so that a machine whose speed drifts slows both.

use std::time::Duration;

use fieldbook_bench::bare;
use fieldbook_bench::doors;
use fieldbook_bench::figures::{at, line, pause, say, watch};
use fieldbook_bench::light::subscribe;
use fieldbook_bench::parts;
use fieldbook_bench::shop::{Product, op};
use fieldbook_bench::stage::Stage;
use fieldbook_bench::wire::counting;
use fieldbook_device::Device;
use fieldbook_model::Change;
use rusqlite::Connection;

/// What the fastest peers on disk flush, in ops/s (two cores, 20 November 2026; none syncs the disk).
const PEER_FLUSH: f64 = 20_244.0;
/// What the fastest peer loads first, in rows/s.
const PEER_LOAD: f64 = 40_073.0;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    // The device of `parts` is a process of its own, so that its memory can be told and it can be killed.
    if let [first, home] = &wanted[..]
        && first == parts::DEVICE
    {
        return parts::device(home.as_ref());
    }
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    say(&format!("{cores} cores; medians of rounds; durable means synced to the disk"));
    if runs("act") {
        act();
    }
    if runs("flush") {
        flush();
    }
    if runs("load") {
        load();
    }
    if runs("seen") {
        seen();
    }
    if runs("fan-out") {
        fan_out();
    }
    if runs("wire") {
        wire();
    }
    if runs("sign-in") {
        doors::sign_in();
    }
    if wanted.iter().any(|wanted| wanted == "catch-up") {
        parts::catch_up();
    }
    if runs("parts") {
        parts::sizes();
        parts::million();
    } else if runs("million") {
        parts::million();
    }
}

/// A durable act against a bare durable commit of one row into the same kind of database.
fn act() {
    const ROUND: u64 = 1_000;
    let stage = Stage::new();
    let device = stage.device("act");
    let bare = bare::open(&stage.folder().join("bare.db"));
    let (mut limits, mut inserts, mut sales) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..7 {
        let rows = round * ROUND..(round + 1) * ROUND;
        limits.push(bare::commits_per_s(&bare, rows.clone()));
        inserts.push(acts_per_s(&device, rows.clone(), |n| Product::nth(n).insert()));
        sales.push(acts_per_s(&device, rows, |n| Product::nth(n).sell()));
    }
    for (what, acts) in [("act, a new record", inserts), ("act, an addition", sales)] {
        let mut ratios: Vec<f64> = acts.iter().zip(&limits).map(|(act, limit)| act / limit).collect();
        let (rate, limit) = (at(&mut acts.clone(), 0.5), at(&mut limits.clone(), 0.5));
        let against = format!("bare SQLCipher commit {limit:.0}/s");
        line(what, &format!("{rate:.0}/s"), &against, &format!("{:.2}", at(&mut ratios, 0.5)), "0.5");
    }
}

fn acts_per_s(device: &Device, rows: std::ops::Range<u64>, change: impl Fn(u64) -> Change) -> f64 {
    let (count, begin) = (rows.end - rows.start, watch());
    for n in rows {
        device.act(op(vec![change(n)])).expect("an act");
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

/// 10,000 queued ops, until the server's own store counts them all.
fn flush() {
    const OPS: u64 = 10_000;
    let mut rates = Vec::new();
    for round in 0..5 {
        let stage = Stage::new();
        let device = stage.device(&format!("flush-{round}"));
        for n in 0..OPS {
            device.act(op(vec![Product::nth(n).insert()])).expect("an act");
        }
        let server = read_only(&stage);
        let begin = watch();
        let syncing = stage.syncing(&device);
        while count(&server, "SELECT coalesce(max(version), 0) FROM op") < OPS {
            pause(Duration::from_millis(2));
        }
        rates.push(OPS as f64 / begin.elapsed().as_secs_f64());
        drop(syncing);
    }
    let rate = at(&mut rates.clone(), 0.5);
    let against = format!("best peer on disk {PEER_FLUSH:.0}/s (not synced)");
    line(
        "flush of 10,000 ops",
        &format!("{rate:.0} ops/s"),
        &against,
        &format!("{:.2}", rate / PEER_FLUSH),
        "20,000 ops/s",
    );
}

/// The first load of 100,000 records against a bare bulk insert of the same rows into the same table.
fn load() {
    const ROWS: u64 = 100_000;
    let stage = Stage::new();
    let maker = stage.device("maker");
    for chunk in 0..ROWS / 500 {
        let changes = (chunk * 500..(chunk + 1) * 500).map(|n| Product::nth(n).insert()).collect();
        maker.act(op(changes)).expect("an act");
    }
    stage.level(&maker);
    let (mut loads, mut limits) = (Vec::new(), Vec::new());
    for round in 0..5 {
        let bare = bare::open(&stage.folder().join(format!("bare-{round}.db")));
        limits.push(bare::bulk_rows_per_s(&bare, ROWS));
        let device = stage.device(&format!("load-{round}"));
        let begin = watch();
        stage.level(&device);
        loads.push(ROWS as f64 / begin.elapsed().as_secs_f64());
        let shown =
            device.reader().and_then(|mut reader| Ok(reader.query("select count(*) from product", None)?));
        assert!(
            format!("{:?}", shown.expect("a count").rows).contains(&ROWS.to_string()),
            "not all rows are there"
        );
    }
    let mut ratios: Vec<f64> = loads.iter().zip(&limits).map(|(load, limit)| load / limit).collect();
    let (load, limit) = (at(&mut loads, 0.5), at(&mut limits, 0.5));
    let against = format!("bare bulk insert {limit:.0} rows/s");
    line(
        "first load of 100,000 records",
        &format!("{load:.0} rows/s"),
        &against,
        &format!("{:.2}", at(&mut ratios, 0.5)),
        "0.4",
    );
    let against = format!("best peer {PEER_LOAD:.0} rows/s");
    line("", &format!("{load:.0} rows/s"), &against, &format!("{:.2}", load / PEER_LOAD), "1");
}

/// From before the act on one device to the changed result of a live query on another: after a pause of 50 ms, as
/// the peers were measured, and one right after the other, when no processor and no disk has gone idle. On the
/// way are two durable commits, one on the device and one on the server; what these alone take after the same
/// pause is measured in turns.
fn seen() {
    for (name, pause_ms) in [("write to seen", 50), ("write to seen, no pause", 0)] {
        let mut stretches = seen_after(Duration::from_millis(pause_ms));
        for (share, of, peer, aim) in [(0.5, "p50", 2.6, "2 ms"), (0.99, "p99", 4.8, "5 ms")] {
            let (time, limit) = (at(&mut stretches.seen, share), at(&mut stretches.limit, share));
            let (name, time_ms) = (format!("{name}, {of}"), format!("{time:.2} ms"));
            let against = format!("best peer {peer} ms (in memory, no disk)");
            line(&name, &time_ms, &against, &format!("{:.2}", time / peer), aim);
            let against = format!("two bare durable commits {limit:.2} ms");
            line("", &time_ms, &against, &format!("{:.2}", time / limit), "");
            let (act, told) = (at(&mut stretches.act, share), at(&mut stretches.told, share));
            let parts = format!("after {act:.2} ms saved here, after {told:.2} ms with who only listens");
            line("", &time_ms, &parts, "", "");
        }
    }
}

/// In milliseconds from before an act: until it returned, until a subscriber without a database had read it, until another device's
/// live query had; and beside it two bare commits.
#[derive(Default)]
struct Stretches {
    act: Vec<f64>,
    told: Vec<f64>,
    seen: Vec<f64>,
    limit: Vec<f64>,
}

fn seen_after(rest: Duration) -> Stretches {
    const TICKS: u64 = 300;
    const WARM: u64 = 20;
    let stage = Stage::new();
    let (writer, reader) = (stage.device("writer"), stage.device("reader"));
    let (_one, _two) = (stage.syncing(&writer), stage.syncing(&reader));
    let (events, mut told) = tokio::sync::mpsc::unbounded_channel();
    subscribe(&stage, 1, &events);
    let mut query = reader.reader().expect("a reader");
    let mut live = query.live("select count(*) from product").expect("a live query");
    let mut changes = reader.changes();
    let bare = bare::open(&stage.folder().join("bare.db"));
    let mut stretches = Stretches::default();
    // The first ones wait for both devices' streams to open.
    for n in 0..TICKS + WARM {
        pause(rest);
        let limit = two_commits_ms(&bare, n);
        pause(rest);
        let _ = query.refresh(&mut live);
        let begin = watch();
        writer.act(op(vec![Product::nth(n).insert()])).expect("an act");
        let act = begin.elapsed();
        while query.refresh(&mut live).expect("a result").is_none() {
            stage.wait(changes.next());
        }
        let seen = begin.elapsed();
        let event = stage.wait(told.recv()).expect("a subscriber").duration_since(begin);
        if n >= WARM {
            let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
            stretches.act.push(ms(act));
            stretches.told.push(ms(event));
            stretches.seen.push(ms(seen));
            stretches.limit.push(limit);
        }
    }
    stretches
}

/// What two bare durable commits take: as many as are on the way from one device to all others.
fn two_commits_ms(bare: &Connection, n: u64) -> f64 {
    2_000.0 / bare::commits_per_s(bare, n..n + 1)
}

/// From before the act on one device until the last of 100 light subscribers has read it.
fn fan_out() {
    const SUBSCRIBERS: usize = 100;
    const TICKS: u64 = 120;
    const WARM: usize = 20;
    let stage = Stage::new();
    let writer = stage.device("writer");
    let _syncing = stage.syncing(&writer);
    let (seen, mut told) = tokio::sync::mpsc::unbounded_channel();
    subscribe(&stage, SUBSCRIBERS, &seen);
    let bare = bare::open(&stage.folder().join("bare.db"));
    let (mut lasts, mut limits) = (Vec::new(), Vec::new());
    for n in 0..TICKS {
        pause(Duration::from_millis(50));
        limits.push(two_commits_ms(&bare, n));
        let begin = watch();
        writer.act(op(vec![Product::nth(n).insert()])).expect("an act");
        let mut last = begin;
        for _ in 0..SUBSCRIBERS {
            last = stage.wait(told.recv()).expect("a subscriber").max(last);
        }
        lasts.push(last.duration_since(begin).as_secs_f64() * 1_000.0);
    }
    let (mut lasts, mut limits) = (lasts.split_off(WARM), limits.split_off(WARM));
    for (share, of) in [(0.5, "p50"), (0.99, "p99")] {
        let (time, limit) = (at(&mut lasts, share), at(&mut limits, share));
        let what = format!("last of 100 light subscribers, {of}");
        let against = format!("two bare durable commits {limit:.2} ms");
        line(&what, &format!("{time:.2} ms"), &against, &format!("{:.2}", time / limit), "15 ms");
    }
}

/// Bytes on the wire for each op of a long queue, and for each row of a first load, heads and all, as they go over a network.
fn wire() {
    const OPS: u64 = 10_000;
    let stage = Stage::new();
    let Some((address, counted)) = counting(stage.address()) else {
        return say("wire: this machine has no address but its loopback, and there nothing is packed");
    };
    let writer = stage.device_at("writer", address.clone());
    let products: Vec<Product> = (0..OPS).map(Product::with_random_id).collect();
    let up = |change: &dyn Fn(&Product) -> Change| {
        for product in &products {
            writer.act(op(vec![change(product)])).expect("an act");
        }
        counted.taken();
        stage.level(&writer);
        counted.taken().0 as f64 / OPS as f64
    };
    let (insert, sell) = (up(&Product::insert), up(&Product::sell));
    let reader = stage.device_at("reader", address);
    counted.taken();
    stage.level(&reader);
    let row = counted.taken().1 as f64 / OPS as f64;
    for (what, bytes, aim) in [
        ("wire up, an addition", sell, 100.0),
        ("wire up, a new record of 200 B", insert, 100.0),
        ("wire down, a row of 200 B", row, 50.0),
    ] {
        let ratio = format!("{:.2}", bytes / aim);
        line(what, &format!("{bytes:.0} B"), "in gzip, with all heads", &ratio, &format!("{aim} B"));
    }
}

fn read_only(stage: &Stage) -> Connection {
    stage.database().expect("the server's file")
}

fn count(connection: &Connection, sql: &str) -> u64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or(0)
}
