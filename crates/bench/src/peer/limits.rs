//! What the machine itself can do, with nothing of a sync engine in the way: one JSON line per figure.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use fieldbook_model::{Json, json};

use crate::bare::{self, Keeping};
use crate::figures::{at, say};
use crate::peer::lines::object;
use crate::peer::machine::{load, now_us};

/// What the lines call them.
pub const NAME: &str = "limit";

const COMMITS: u64 = 3_000;
const ROWS: u64 = 100_000;
const SYNCS: u64 = 500;
const CALLS: u64 = 5_000;
/// About what a small op and its answer take.
const CALL_BYTES: usize = 200;

/// Measures and prints, so many times.
///
/// # Panics
/// When the disk or the loopback fails.
pub fn measure(folder: &Path, runs: u64) {
    fs::create_dir_all(folder).expect("a folder");
    for run in 1..=runs {
        let tell = |workload: &str, n: u64, metric: &str, value: f64, unit: &str| {
            say(&line(workload, n, metric, value, unit, run));
        };
        for (name, keeping) in [
            ("commit_durable", Keeping::Durable),
            ("commit_unsynced", Keeping::Unsynced),
            ("commit_plain_unsynced", Keeping::Plain),
        ] {
            let rate = bare::commits_per_s(&bare::open_as(&fresh(folder), keeping), 0..COMMITS);
            tell(name, COMMITS, "per_s", rate, "1/s");
        }
        let rate = bare::bulk_rows_per_s(&bare::open(&fresh(folder)), ROWS);
        tell("bulk", ROWS, "rows_per_s", rate, "1/s");
        for (name, mut times) in [("sync", syncs_ms(folder)), ("loopback", calls_ms())] {
            let n = times.len() as u64;
            tell(name, n, "p50", at(&mut times, 0.5), "ms");
            tell(name, n, "p99", at(&mut times, 0.99), "ms");
        }
    }
}

fn line(workload: &str, n: u64, metric: &str, value: f64, unit: &str, run: u64) -> String {
    json::write(&object([
        ("peer", Json::Text(NAME.to_owned())),
        ("workload", Json::Text(workload.to_owned())),
        ("n", Json::Int(n as i64)),
        ("metric", Json::Text(metric.to_owned())),
        ("value", Json::Float(value)),
        ("unit", Json::Text(unit.to_owned())),
        ("load1", Json::Float(load())),
        ("run", Json::Int(run as i64)),
    ]))
}

/// The path of an empty database.
fn fresh(folder: &Path) -> std::path::PathBuf {
    for end in ["", "-wal", "-shm"] {
        // Nothing is there the first time.
        let _ = fs::remove_file(folder.join(format!("bare.db{end}")));
    }
    folder.join("bare.db")
}

/// The milliseconds of 4 KiB written and synced.
fn syncs_ms(folder: &Path) -> Vec<f64> {
    let path = folder.join("sync.bin");
    let mut file = fs::File::create(&path).expect("a file");
    let times = (0..SYNCS).map(|_| {
        let begin = now_us();
        file.write_all(&[7; 4_096]).and_then(|()| file.sync_data()).expect("a disk");
        (now_us() - begin) as f64 / 1_000.0
    });
    let times = times.collect();
    let _ = fs::remove_file(path);
    times
}

/// The milliseconds of a small message and its echo.
fn calls_ms() -> Vec<f64> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let echo = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a caller");
        stream.set_nodelay(true).expect("an option");
        let mut bytes = [0; CALL_BYTES];
        while stream.read_exact(&mut bytes).and_then(|()| stream.write_all(&bytes)).is_ok() {}
    });
    let mut stream = TcpStream::connect(address).expect("an echo");
    stream.set_nodelay(true).expect("an option");
    let mut bytes = [1; CALL_BYTES];
    let times = (0..CALLS).map(|_| {
        let begin = now_us();
        stream.write_all(&bytes).and_then(|()| stream.read_exact(&mut bytes)).expect("an echo");
        (now_us() - begin) as f64 / 1_000.0
    });
    let times = times.collect();
    drop(stream);
    echo.join().expect("an end");
    times
}
