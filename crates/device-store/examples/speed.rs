//! Throwaway: numbers.
#![allow(clippy::all, clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, missing_docs)]
use std::time::Instant;
use fieldbook_device_store::*;
use fieldbook_model::schema::{Field, Kind as K, Merge, RecordType};
use fieldbook_model::*;
use fieldbook_protocol::page::{Columns, PageEnd, PageWriter};
use fieldbook_protocol::{Answer, Verdict};

fn field(name: &str, kind: K, merge: Merge) -> Field { Field { name: name.into(), kind, merge, required: false, default: None } }
fn schema() -> Schema {
    let t = |max| K::Text { max };
    let f = vec![
        field("name", t(200), Merge::LastSynced), field("note", t(2000), Merge::LastSynced), field("code", t(50), Merge::LastSynced),
        field("price", K::Money { currency: "USD".into(), scale: 4 }, Merge::LastSynced), field("stock", K::Integer, Merge::Delta),
        field("level", K::Integer, Merge::LastSynced), field("off", K::Boolean, Merge::LastSynced)];
    Schema { name: "s".into(), version: 1, types: vec![RecordType { name: "product".into(), label: None, insert_only: false, fields: f }], actions: vec![] }
}
fn rid(n: u64) -> RecordId { RecordId::v7(1_700_000_000_000 + n, [(n % 251) as u8; 10]) }
fn identity() -> Identity {
    Identity { workspace_id: WorkspaceId::from_bytes([1; 16]), workspace: "w".into(), user_id: UserId::from_bytes([2; 16]), user: "u".into(),
        device_id: DeviceId::from_bytes([3; 16]), role: "member".into(), schema: schema(), limits: Limits::default(), epoch: Epoch(1) }
}
fn columns() -> Columns { Columns { of: "product".into(), columns: schema().types[0].fields.iter().map(|f| f.name.clone()).collect() } }
fn cur(v: u64) -> Cursor { Cursor { epoch: Epoch(1), version: Version(v) } }
fn values(n: u64, stock: i64) -> String {
    format!(r#"["Product number {n} of the catalogue","{}","C-{n:08}","18.5000",{stock},10,false]"#, "a note that is as long as such notes are, which is about a hundred characters or a few more than t")
}
fn end(to: u64, head: u64) -> PageEnd { PageEnd { to: cur(to), head: Version(head), more: to < head, time: WallTime(0) } }
fn pages(n: u64, per: u64) -> Vec<String> {
    let mut out = vec![];
    let mut from = 0;
    while from < n {
        let to = (from + per).min(n);
        let mut w = PageWriter::new(cur(from));
        w.columns(&columns());
        for v in from + 1..=to { w.row(0, rid(v), Version(v), &values(v, 37)); }
        out.push(w.end(&end(to, n)));
        from = to;
    }
    out
}
fn moment(n: u64) -> Moment { let mut r = [0; 16]; r[..8].copy_from_slice(&n.wrapping_mul(0x9e3779b97f4a7c15).to_be_bytes()); Moment { wall: WallTime(1_800_000_000_000 + n as i64), random: r } }
fn add(n: u64) -> Action { Action { action: "edit".into(), key: None, changes: vec![Change::Update { of: "product".into(), id: rid(n), base: Version(0), set: Fields::default(), add: [("stock", Json::Int(-2))].into(), include: Fields::default(), exclude: Fields::default() }] } }
fn insert(n: u64) -> Action { Action { action: "edit".into(), key: None, changes: vec![Change::Insert { of: "product".into(), id: rid(n),
    fields: [("name", Json::from("A product")), ("note", Json::from("some note of ordinary length, say sixty characters long or so")), ("code", Json::from("C-1")), ("price", Json::from("3.50")), ("stock", Json::Int(4))].into() }] } }

fn bare(dir: &std::path::Path) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(dir.join("bare.db")).unwrap();
    conn.execute_batch("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'0707070707070707070707070707070707070707070707070707070707070707'\"; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4000").unwrap();
    conn
}

fn main() {
    let base = std::env::args().nth(1).unwrap_or("/work/target-h4/speed".into());
    let what = std::env::args().nth(2).unwrap_or("all".into());
    let _ = std::fs::remove_dir_all(&base);
    std::fs::create_dir_all(&base).unwrap();
    let dir = std::path::Path::new(&base);
    let key = DatabaseKey::new([7; 32]);
    let is = |n: &str| what == "all" || what == n;
    if is("act") {
        const N: u64 = 4000;
        let conn = bare(dir);
        conn.execute_batch("CREATE TABLE t(n INTEGER PRIMARY KEY, text TEXT)").unwrap();
        let text = "x".repeat(200);
        let t = Instant::now();
        for n in 0..N { conn.prepare_cached("INSERT INTO t VALUES (?1, ?2)").unwrap().execute((n, &text)).unwrap(); }
        let rate = N as f64 / t.elapsed().as_secs_f64();
        println!("bare one-row commits: {rate:.0}/s ({:.1} us)", 1e6 / rate);
        let mut store = Store::create(&dir.join("act.db"), &key, &identity()).unwrap();
        store.incoming(&pages(1000, 1000)[0]).unwrap();
        for round in 0..3 {
            let t = Instant::now();
            for n in 0..N { store.act(moment(n + round * N), add(1 + (n * 7919) % 1000)).unwrap(); }
            let r = N as f64 / t.elapsed().as_secs_f64();
            println!("act add: {r:.0}/s ({:.1} us) ratio {:.2}", 1e6 / r, r / rate);
        }
        let t = Instant::now();
        for n in 0..N { store.act(moment(n + 100_000), insert(2_000_000 + n)).unwrap(); }
        let r = N as f64 / t.elapsed().as_secs_f64();
        println!("act insert: {r:.0}/s ({:.1} us) ratio {:.2}", 1e6 / r, r / rate);
    }
    if is("mem") {
        let mut store = Store::memory(&identity()).unwrap();
        store.incoming(&pages(1000, 1000)[0]).unwrap();
        let t = Instant::now();
        for n in 0..20000 { store.act(moment(n), add(1 + (n * 7919) % 1000)).unwrap(); }
        println!("act add in memory: {:.1} us", t.elapsed().as_secs_f64() * 1e6 / 20000.0);
        let t = Instant::now();
        for n in 0..20000 { store.act(moment(n + 100_000), insert(2_000_000 + n)).unwrap(); }
        println!("act insert in memory: {:.1} us", t.elapsed().as_secs_f64() * 1e6 / 20000.0);
    }
    if is("load") {
        const N: u64 = 100_000;
        let texts = pages(N, 2000);
        let bytes: usize = texts.iter().map(String::len).sum();
        println!("pages {} bytes {bytes}", texts.len());
        let t = Instant::now();
        let mut rows = 0;
        for p in &texts { rows += fieldbook_protocol::Page::read(p).unwrap().rows.len(); }
        println!("parse only: {:.3} s ({rows})", t.elapsed().as_secs_f64());
        let conn = { let _ = std::fs::remove_file(dir.join("bare.db")); let _ = std::fs::remove_file(dir.join("bare.db-wal")); bare(dir) };
        conn.execute_batch("PRAGMA synchronous=NORMAL; CREATE TABLE product(id TEXT PRIMARY KEY NOT NULL, name TEXT, note TEXT, code TEXT, price INTEGER, stock INTEGER, level INTEGER, off INTEGER, _version INTEGER NOT NULL)").unwrap();
        let rows: Vec<(String, String, String, String)> = (1..=N).map(|n| (rid(n).to_string(), format!("Product number {n} of the catalogue"), "a note that is as long as such notes are, which is about a hundred characters or a few more than t".to_string(), format!("C-{n:08}"))).collect();
        let t = Instant::now();
        conn.execute_batch("BEGIN").unwrap();
        { let mut s = conn.prepare("INSERT INTO product VALUES (?,?,?,?,?,?,?,?,?)").unwrap();
          for (n, (a, b, c, d)) in rows.iter().enumerate() { s.execute((a, b, c, d, 185000, 37, 10, false, n as i64 + 1)).unwrap(); } }
        conn.execute_batch("COMMIT").unwrap();
        let b = t.elapsed().as_secs_f64();
        println!("bare bulk insert: {b:.3} s = {:.0} rows/s", N as f64 / b);
        let mut store = Store::create(&dir.join("load.db"), &key, &identity()).unwrap();
        let t = Instant::now();
        for p in &texts { store.incoming(p).unwrap(); }
        let l = t.elapsed().as_secs_f64();
        println!("first load: {l:.3} s = {:.0} rows/s ratio {:.2}", N as f64 / l, b / l);
        let t = Instant::now();
        let lines = store.export(Export::Shown).unwrap().len();
        println!("export {lines}: {:.3} s", t.elapsed().as_secs_f64());
    }
    for (name, shared) in [("flush-own", false), ("flush-shared", true)] {
        if !is("flush") && what != "memflush" { continue; }
        const N: u64 = 10_000;
        let mut store = if what == "memflush" { Store::memory(&identity()).unwrap() } else { Store::create(&dir.join(format!("{name}.db")), &key, &identity()).unwrap() };
        for p in pages(1000, 1000) { store.incoming(&p).unwrap(); }
        let mut ids = vec![];
        for n in 0..N {
            let a = if shared { add(1 + n % 1000) } else { insert(2_000_000 + n) };
            ids.push(store.act(moment(n), a).unwrap().op_id);
        }
        let mut at = 1000;
        let (mut total, mut coll, mut ans) = (0.0, 0.0, 0.0);
        for batch in 0..N / 500 {
            let first = batch * 500;
            let t = Instant::now();
            let c = store.collect(Ask { from: None, ops_max: 500, bytes_max: 500_000, heads_only: false }).unwrap().unwrap();
            assert_eq!(c.ops, 500);
            coll += t.elapsed().as_secs_f64();
            let mut w = PageWriter::new(cur(at));
            w.columns(&columns());
            let mut answers = vec![];
            for n in first..first + 500 {
                let v = Version(at + 1 + n - first);
                if shared { w.row(0, rid(1 + n % 1000), v, &values(1 + n % 1000, 37)); } else { w.row(0, rid(2_000_000 + n), v, &values(n, 4)); }
                answers.push(Answer { seq: Seq(n + 1), op_id: ids[n as usize], version: v, verdict: Verdict::Committed });
            }
            for a in &answers { w.answer(a); }
            let page = w.end(&end(at + 500, at + 500));
            let reply = fieldbook_protocol::PushReply { time: WallTime(0), epoch: Epoch(1), head: Version(at + 500), answers, expected: None };
            let t = Instant::now();
            store.answers(&reply).unwrap();
            ans += t.elapsed().as_secs_f64();
            let t = Instant::now();
            let a = store.incoming(&page).unwrap();
            assert_eq!(a.settled, 500);
            total += t.elapsed().as_secs_f64();
            at += 500;
        }
        println!("{name}: collect {:.1} answers {:.1} incoming {:.1} us per op", coll * 1e6 / N as f64, ans * 1e6 / N as f64, total * 1e6 / N as f64);
        println!("{:?}", store.facts().unwrap());
    }
}
