//! Measures a server in this process over loopback, on the disk of the temporary folder: how long a push of
//! one op takes until it is durable and answered, how long until another device sees it, how fast a pull is.
//!
//! `cargo run --release -p fieldbook-server --example measure`

#![allow(dead_code, missing_docs, reason = "shares the test's client, and uses a part of it")]
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement looks at a clock and prints"
)]

#[path = "../tests/http/client.rs"]
mod client;
#[path = "../tests/http/device.rs"]
mod device;
#[path = "../tests/http/world.rs"]
mod world;

/// In place of the tests' log in memory.
mod logs {
    pub fn capture() {}
}

use std::time::{Duration, Instant};

use device::Device;
use fieldbook_protocol::live::Event;
use futures_util::future::join_all;
use world::World;

#[tokio::main]
async fn main() {
    sync_alone();
    let world = World::start().await;
    lookups(&world).await;
    pushes(&world).await;
    for devices in [8, 64] {
        together(&world, devices).await;
    }
    for listeners in [1, 10, 50] {
        seen(&world, listeners).await;
    }
    flooded(&world).await;
    world.stop().await;
    pull().await;
}

fn show(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1000.0;
    println!("{what}: p50 {:.2} ms, p90 {:.2}, p99 {:.2}, max {:.2}", at(50), at(90), at(99), at(100));
}

/// What the disk takes for one write that lasts, without any of us.
fn sync_alone() {
    use std::io::Write;
    let mut file = tempfile::tempfile().expect("a file");
    let times = (0..300).map(|_| {
        let start = Instant::now();
        file.write_all(&[0; 4096]).expect("a write");
        file.sync_data().expect("a sync");
        start.elapsed()
    });
    show("disk: append 4 KiB and sync", times.collect());
}

/// A call that is little more than a request and a session lookup.
async fn lookups(world: &World) {
    let mut ann = world.device("ann").await;
    let (path, token) = (ann.path("pull"), ann.me.token.clone());
    for (what, path, token) in [("healthz", "/healthz", None), ("401 of a pull", &path, Some("fb1_00"))] {
        let mut times = Vec::new();
        for _ in 0..2000 {
            let start = Instant::now();
            let method = if token.is_some() { "POST" } else { "GET" };
            ann.client.call(method, path, token, "").await;
            times.push(start.elapsed());
        }
        show(what, times);
    }
    let mut times = Vec::new();
    for _ in 0..2000 {
        let start = Instant::now();
        // Refused right behind the session's lookup.
        ann.client.call("POST", &path, Some(&token), "{").await;
        times.push(start.elapsed());
    }
    show("400 of a pull, behind the session lookup", times);
}

async fn pushes(world: &World) {
    let mut ann = world.device("ann").await;
    let mut times = Vec::new();
    for n in 0..2000 {
        let op = ann.note(&format!("note {n}"));
        let start = Instant::now();
        ann.push(&[op]).await;
        times.push(start.elapsed());
    }
    show("push of 1 op", times);
}

/// Pushes while sixteen clients try passwords as fast as they are answered.
async fn flooded(world: &World) {
    let flood: Vec<_> = (0..16)
        .map(|client| {
            let address = world.address;
            tokio::spawn(async move {
                let mut connection = client::Client::connect(address).await;
                for n in 0.. {
                    let body = world::sign_in_body("shop", &format!("nobody {client} {n}"), "wrong-password");
                    connection.call("POST", "/v2/auth/sign-in", None, body).await;
                }
            })
        })
        .collect();
    println!("while sixteen clients try passwords:");
    pushes(world).await;
    flood.iter().for_each(|client| client.abort());
}

async fn together(world: &World, devices: usize) {
    const EACH: usize = 200;
    let count = devices;
    let mut devices = Vec::new();
    for _ in 0..count {
        devices.push(world.device("ann").await);
    }
    let start = Instant::now();
    let pushing = devices.into_iter().map(|mut device| {
        tokio::spawn(async move {
            let mut times = Vec::new();
            for _ in 0..EACH {
                let op = device.note("one of many");
                let start = Instant::now();
                device.push(&[op]).await;
                times.push(start.elapsed());
            }
            times
        })
    });
    let times: Vec<_> = join_all(pushing).await.into_iter().flat_map(|times| times.expect("times")).collect();
    let rate = (count * EACH) as f64 / start.elapsed().as_secs_f64();
    show(&format!("push of 1 op, {count} devices at once ({rate:.0} pushes/s)"), times);
}

/// From the start of a push to the moment when every listener has the change.
async fn seen(world: &World, listeners: usize) {
    let mut ann = world.device("ann").await;
    let mut listening = Vec::new();
    for _ in 0..listeners {
        let mut bob = world.device("bob").await;
        bob.cursor.version = ann.push(&[]).await.head;
        let mut stream = bob.live().await;
        assert!(matches!(stream.next().await, Some(Event::Head(_))));
        listening.push((bob, stream));
    }
    let mut times = Vec::new();
    for _ in 0..500 {
        let op = [ann.note("seen")];
        let start = Instant::now();
        let all = join_all(listening.iter_mut().map(|(_, stream)| stream.changes()));
        tokio::join!(ann.push(&op), all);
        times.push(start.elapsed());
    }
    show(&format!("write to seen by all of {listeners}"), times);
}

async fn pull() {
    const ROWS: usize = 100_000;
    for (rows_max, bytes_max) in [(500, 128 << 10), (2000, 512 << 10), (8000, 2 << 20)] {
        let world = World::start_with(|config| {
            config.pull_page = fieldbook_server_store::PageLimit { rows_max, bytes_max };
        })
        .await;
        let mut ann = world.device("ann").await;
        fill(&mut ann, ROWS).await;
        let mut bob = world.device("bob").await;
        for _ in 0..3 {
            let start = Instant::now();
            let mut stream = bob.open_pull(bob.cursor).await;
            let (mut bytes, mut first) = (0, None);
            while let Some(chunk) = stream.chunk().await {
                bytes += chunk.expect("a whole stream").len();
                first.get_or_insert_with(|| start.elapsed());
            }
            let took = start.elapsed().as_secs_f64();
            println!(
                "pull of {ROWS} rows in pages of {rows_max} rows or {} KiB: {:.0} rows/s, {:.1} MB/s, {} bytes a row, first bytes after {:.1} ms",
                bytes_max >> 10,
                ROWS as f64 / took,
                bytes as f64 / 1e6 / took,
                bytes / ROWS,
                first.unwrap_or_default().as_secs_f64() * 1000.0,
            );
        }
        world.stop().await;
    }
}

async fn fill(ann: &mut Device, rows: usize) {
    let text = "x".repeat(140);
    for _ in 0..rows / 500 {
        let ops: Vec<_> = (0..10).map(|_| ann.op((0..50).map(|_| device::note(&text)).collect())).collect();
        ann.push(&ops).await;
    }
}
