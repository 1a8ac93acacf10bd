//! Throwaway.
#![allow(clippy::all, clippy::disallowed_methods, dead_code)]
#[path = "../tests/conformance/builder.rs"]
mod builder;
use builder::*;
use fieldbook_model::*;
use fieldbook_protocol::*;
use fieldbook_server_store::*;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let kind = args.get(1).map_or("mix", String::as_str).to_owned();
    let total: usize = args.get(2).map_or(200_000, |n| n.parse().unwrap());
    let dir = tempfile::tempdir_in("/work").unwrap();
    let path = dir.path().join("w.db");
    let mut store = SqliteStore::create(&path, &shop(), WORKSPACE).unwrap();
    let mut devices: Vec<Device> = (1..=8).map(Device::new).collect();
    let limits = Limits::default();
    let mut n = 0u64; let mut r: u64 = 88172645463325252;
    let (mut spent, mut prep) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
    let desc = "x".repeat(120);
    let group: usize = std::env::var("GROUP").map_or(1, |g| g.parse().unwrap()); let mut waiting = Vec::new();
    let mut done = 0;
    while done < total {
        let d = &mut devices[(done / 500) % 8];
        let mut body = PushRequest::batch(d.seen);
        for _ in 0..500 {
            r ^= r << 13; r ^= r >> 7; r ^= r << 17;
            let change = if kind == "insert" || n < 1000 || (kind == "mix" && r % 2 == 0) { n += 1; product(n, &desc) }
                else if r % 3 == 0 { set(1 + r % n, 1, "price", format!("{}.50", r % 90).as_str()) } else { add(1 + r % n, 1, -1) };
            body.op(&d.op([change]).text);
        }
        let body = body.finish();
        let t = Instant::now();
        let request = PushRequest::read(body.as_bytes()).unwrap();
        prep += t.elapsed();
        waiting.push(Push { principal: d.principal.clone(), request }); done += 500;
        if waiting.len() < group { continue }
        let t = Instant::now();
        let replies = push_group(&mut store, &limits, &waiting, WallTime(5)).unwrap();
        spent += t.elapsed();
        for reply in &replies { let reply = reply.as_ref().unwrap();
        assert_eq!(reply.answers.len(), 500);
        assert!(reply.answers.iter().all(|a| a.verdict == Verdict::Committed)); }
        waiting.clear();
    }
    let cpu = std::fs::read_to_string("/proc/self/stat").unwrap(); let f: Vec<&str> = cpu.split(' ').collect(); println!("cpu user {} sys {}", f[13], f[14]);
    println!("{kind}: {} ops/s push_group, {} ops/s parse; {} records; file {} MiB", (total as f64 / spent.as_secs_f64()) as u64, (total as f64 / prep.as_secs_f64()) as u64, n, std::fs::metadata(&path).unwrap().len() >> 20);
    let mut reader = store.reader().unwrap();
    for round in 0..3 {
        for device in [DeviceId::from_bytes([99;16]), devices[0].principal.device] {
        let t = Instant::now();
        let mut cursor = Cursor { epoch: EPOCH, version: Version(0) };
        let (mut rows, mut bytes, mut pages) = (0, 0, 0);
        loop {
            let page = reader.page(cursor, device, PageLimit { rows_max: 5000, bytes_max: 1 << 20 }, WallTime(1)).unwrap();
            bytes += page.len(); pages += 1;
            rows += page.bytes().filter(|b| *b == b'\n').count();
            let end = page.trim_end().rsplit('\n').next().unwrap();
            let end: End = fieldbook_model::json::parse(end).unwrap();
            cursor = end.end.to;
            if !end.end.more { break }
        }
        let s = t.elapsed().as_secs_f64();
        println!("round {round}: {rows} lines, {pages} pages, {} MiB, {:.0} lines/s", bytes >> 20, rows as f64 / s);
        }
    }
}
#[derive(serde::Deserialize)]
struct End { end: PageEnd }
