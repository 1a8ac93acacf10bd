//! What a person may not read never reaches that person's device: words are planted wherever data can stand, everything
//! that a device asks for is asked, and then they are looked for in its database, its files and all that passed its network.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::keys;
use crate::recorder::Recorder;
use crate::run::Beside;
use crate::wait;
use crate::world::{Device, World};

const HOUSE: &str = r#"
schema = "house"
version = 1
roles = ["manager", "cashier"]

[type.estate]
label = "name"
scope = true
[type.estate.field]
name = { kind = "text" }

[type.floor]
label = "name"
in = "estate"
scope = true
[type.floor.field]
estate = { kind = "ref", to = "estate", owner = true, required = true }
name   = { kind = "text" }

[type.asset]
label = "name"
in = "floor"
merge = "manual"
[type.asset.field]
floor = { kind = "ref", to = "floor", owner = true, required = true }
name  = { kind = "text" }
cost  = { kind = "text", readers = ["manager"] }

# Not everybody reads what it is called.
[type.deal]
label = "partner"
merge = "manual"
[type.deal.field]
title   = { kind = "text" }
partner = { kind = "text", readers = ["manager"] }

[type.salary]
label = "name"
merge = "manual"
readers = ["manager"]
[type.salary.field]
name = { kind = "text" }
deal = { kind = "ref", to = "deal" }

[type.contract]
label = "number"
readers = ["manager"]
[type.contract.field]
number = { kind = "text", series = true, required = true }

[type.notice.field]
text = { kind = "text" }

[action."asset.price"]
says = "priced {asset} at {asset.cost}"
"#;

/// What every planted word has in it.
const CANARY: &str = "canary";

struct House {
    world: World,
    recorder: Recorder,
    /// Two devices of a manager.
    office: Device,
    desk: Device,
    /// The device of somebody who may only read, and not all of it.
    viewer: Device,
    attic: String,
}

impl House {
    /// A house whose attic is closed to the viewer, who has all of it loaded that there is to have.
    fn new(seed: u64) -> Self {
        let world = World::of(seed, HOUSE, &[("mia", "manager"), ("vic", "viewer")]);
        let (office, desk) = (world.device("office", "mia"), world.device("desk", "mia"));
        office.run(&["act", "--insert", "estate", "name=house"]).well();
        let estate = office.cell("select id from estate");
        for device in [&office, &desk] {
            device.run(&["load", &format!("estate/{estate}"), "--beneath"]).well();
        }
        for floor in ["ground", "attic"] {
            let (estate, name) = (format!("estate={estate}"), format!("name={floor}"));
            office.run(&["act", "--insert", "floor", &estate, &name]).well();
        }
        office.sync();
        let recorder = Recorder::start(world.address());
        let viewer = world.device_over(&recorder.url(), "viewer", "vic");
        let attic = format!("floor/{}", office.cell("select id from floor where name = 'attic'"));
        let house = Self { world, recorder, office, desk, viewer, attic };
        house.world.member(&["grant", "vic", &house.attic, "nobody"]).well();
        house.viewer.run(&["load", &format!("estate/{estate}"), "--beneath"]).well();
        for device in [&house.office, &house.desk, &house.viewer] {
            device.sync();
        }
        house
    }

    /// Makes records with words in what the viewer may not read.
    fn furnish(&self) {
        for (floor, name, cost) in [("ground", "pump", "cost"), ("attic", "canary-in-the-attic", "cost-too")]
        {
            let floor = self.office.cell(&format!("select id from floor where name = '{floor}'"));
            let fields = [format!("floor={floor}"), format!("name={name}"), format!("cost=canary-{cost}")];
            let [floor, name, cost] = fields.each_ref().map(String::as_str);
            self.office.run(&["act", "--insert", "asset", floor, name, cost]).well();
        }
        self.office
            .run(&[
                "act",
                "--insert",
                "deal",
                "title=summer",
                "partner=canary-partner",
                "--insert",
                "salary",
                "name=canary-salary",
            ])
            .well();
        let (salary, deal) = ("salary:name=canary-salary", self.office.cell("select id from deal"));
        self.office.run(&["act", "--set", salary, &format!("deal={deal}")]).well();
        self.office.run(&["act", "--insert", "contract", "number=canary-7"]).well();
        self.office.run(&["act", "--insert", "salary", "name=canary-gone"]).well();
        self.office.run(&["act", "--delete", "salary:name=canary-gone"]).well();
        self.office.sync();
        self.desk.sync();
    }

    /// Both devices of the manager change the same things without a network: conflicts about what the viewer reads
    /// nothing, something and all of.
    fn clash(&self) {
        let attic = format!("asset:{}", self.office.cell("select id from asset where name like '%attic'"));
        let deal = format!("deal:{}", self.office.cell("select id from deal"));
        for (n, device) in [&self.office, &self.desk].into_iter().enumerate() {
            let [cost, name, partner, title, salary] = [
                format!("cost=canary-cost-{n}"),
                format!("name=canary-name-{n}"),
                format!("partner=canary-partner-{n}"),
                format!("title=autumn {n}"),
                format!("name=canary-salary-{n}"),
            ];
            device.run(&["act", "--type", "asset.price", "--set", "asset:name=pump", &cost]).well();
            device.run(&["act", "--set", &attic, &name]).well();
            device.run(&["act", "--set", &deal, &title, &partner]).well();
            // Readable and not, of two records in one action.
            let both = ["act", "--set", "salary:name=canary-salary", &salary, "--set", "floor:name=ground"];
            device.run(&[&both[..], &[&format!("name=ground {n}")]].concat()).well();
            device.sync();
        }
        assert_eq!(self.desk.count("conflicted"), 4);
        let numbered = ["act", "--insert", "contract", "number=canary-8", "--set", "asset:name=pump"];
        self.office.run(&["act", "--set", "asset:name=pump", "cost=canary-cost-4"]).well();
        self.desk.run(&[&numbered[..], &["cost=canary-cost-3"]].concat()).well();
        self.office.sync();
        self.desk.sync();
        let held = self.desk.run(&["log", "--json", "--state", "conflicted", "--max", "9"]).lines();
        let seq = held.iter().filter_map(|line| seq(line)).max().expect("the last one");
        self.desk.run(&["discard", &seq.to_string()]).well();
        self.desk.sync();
        assert_eq!(self.desk.cell("select count(*) as n from gap"), "1", "the number was given out");
    }

    /// Everything that a device can be asked for, said by it.
    fn asked(&self) -> String {
        let mut said = String::new();
        let mut ask = |words: &[&str]| {
            let outcome = self.viewer.run(words);
            said.push_str(&format!("{words:?}\n{}{}", outcome.out, outcome.err));
        };
        for of in ["asset", "deal", "salary", "contract", "floor", "estate", "conflict", "gap", "member"] {
            let ids = self.office.run(&["query", "--json", &format!("select id from {of}")]).lines();
            for id in ids.iter().filter_map(|line| line.split('"').nth(3)) {
                ask(&["history", &format!("{of}:{id}"), "--json"]);
            }
        }
        for device in [&self.office, &self.desk] {
            for line in device.run(&["log", "--json", "--max", "1000"]).lines() {
                let id = line.split("\"op_id\":\"").nth(1).and_then(|rest| rest.split('"').next());
                ask(&["history", "--op", id.unwrap_or_else(|| panic!("{line}")), "--json"]);
            }
        }
        for words in [&["export"][..], &["export", "--confirmed"], &["conflicts", "--json"], &["status"]] {
            ask(words);
        }
        for words in [&["scopes", "--json"][..], &["log", "--json"], &["sync", "--wait", "--timeout", "60"]] {
            ask(words);
        }
        said
    }
}

fn seq(line: &str) -> Option<u64> {
    let rest = line.split("\"seq\":").nth(1)?;
    rest.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

/// Every value of every table of a device's database, and its files as they are.
fn kept(device: &Device) -> String {
    let db = Connection::open_with_flags(device.home.join("fieldbook.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let db = db.expect("a database");
    db.execute_batch(&keys::pragma(&device.home)).expect("its key");
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'";
    let mut select = db.prepare(tables).expect("tables");
    let names: Vec<String> =
        select.query_map([], |row| row.get(0)).expect("names").map(|name| name.expect("a name")).collect();
    assert!(names.len() > 10, "{names:?}");
    let mut all = String::new();
    for name in names {
        all.push_str(&format!("\n{name}: "));
        let mut select = db.prepare(&format!("SELECT * FROM \"{name}\"")).expect("a table");
        let width = select.column_count();
        let mut rows = select.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for place in 0..width {
                match row.get_ref(place).expect("a value") {
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                        all.push_str(&String::from_utf8_lossy(bytes));
                    }
                    other => all.push_str(&format!("{other:?}")),
                }
                all.push(' ');
            }
        }
    }
    for file in fs::read_dir(&device.home).expect("a home").flatten() {
        all.push_str(&format!("\n{:?}: {}", file.file_name(), raw(&file.path())));
    }
    all
}

fn raw(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).expect("a file")).into_owned()
}

/// Fails when a planted word stands somewhere, and shows what stands around it.
#[track_caller]
fn none_in(what: &str, text: &str) {
    let found: Vec<&str> = text.lines().filter(|line| line.contains(CANARY)).collect();
    assert!(found.is_empty(), "{what}: {found:#?}");
}

const SEEN: &str = "select (select count(*) from salary) as salaries, \
    (select count(cost) from asset) as costs, (select count(*) from asset) as assets, \
    (select role from member where name = 'vic') as role, (select max(text) from notice) as notice";

fn seen(salaries: u64, costs: u64, assets: u64, role: &str, notice: &str) -> String {
    let notice = if notice.is_empty() { "null".to_owned() } else { format!("{notice:?}") };
    format!(
        r#"[{{"salaries":{salaries},"costs":{costs},"assets":{assets},"role":"{role}","notice":{notice}}}]"#
    )
}

/// Waits for what a watched query comes to; every step on the way must be one of those before or after.
#[track_caller]
fn becomes(watching: &Beside, before: &str, after: &str) {
    loop {
        let line = watching.line();
        if line == after {
            return;
        }
        assert_eq!(line, before, "half of it was shown on the way to {after}");
    }
}

#[test]
fn i28_a_viewers_device_never_holds_a_byte_of_what_the_viewer_may_not_read() {
    let house = House::new(91);
    house.furnish();
    let listening = house.viewer.beside(&["sync"]);
    listening.line_with("everything is synced");
    let watching = house.viewer.beside(&["watch", "--json", "select text from notice"]);
    assert_eq!(watching.line(), "[]");
    house.clash();
    house.office.run(&["act", "--insert", "notice", "text=all is said"]).well();
    house.office.sync();
    watching.line_with("all is said");
    assert_eq!(listening.terminate().0, 0);
    // Somebody who comes later gets it as a snapshot.
    let late = house.world.device_over(&house.recorder.url(), "late", "vic");
    late.run(&["load", &format!("estate/{}", house.office.cell("select id from estate")), "--beneath"])
        .well();
    late.sync();
    let said = house.asked();

    // The words are there to be found, and what may be read is read.
    let known = kept(&house.office);
    for word in ["cost", "in-the-attic", "partner", "salary", "7", "8", "name-1"] {
        assert!(known.contains(&format!("canary-{word}")), "{word}");
    }
    for device in [&house.viewer, &late] {
        assert_eq!(device.cell("select group_concat(name) from asset"), "pump");
        assert_eq!(device.cell("select title from deal"), "autumn 0");
        none_in("the device", &kept(device));
    }
    assert!(said.contains("pump") && said.contains("autumn 1"), "{said}");
    none_in("an answer", &said);
    none_in("the network", &house.recorder.since(&[]));
}

#[test]
fn i29_what_a_role_or_a_grant_ends_leaves_an_open_device_at_one_version() {
    let house = House::new(92);
    house.furnish();
    let listening = house.viewer.beside(&["sync"]);
    listening.line_with("everything is synced");
    let watching = house.viewer.beside(&["watch", "--json", SEEN]);
    let nothing = seen(0, 0, 1, "viewer", "");
    assert_eq!(watching.line(), nothing);

    let role = |role: &str| drop(house.world.member(&["role", "vic", role]).well());
    let all = seen(1, 1, 1, "manager", "");
    role("manager");
    becomes(&watching, &nothing, &all);
    let grant = |role: &str| drop(house.world.member(&["grant", "vic", &house.attic, role]).well());
    grant("manager");
    let everything = seen(1, 2, 2, "manager", "");
    becomes(&watching, &all, &everything);
    assert!(kept(&house.viewer).contains("canary-in-the-attic"));

    // What is written from the moment that the command returns is not for the viewer any more.
    let ended = |role: &dyn Fn(), before: &str, after: &str, notice: &str, told: &str| {
        role();
        let mark = house.recorder.mark();
        for set in
            [["salary:name=canary-salary", "name=canary-salary"], ["asset:name=pump", "cost=canary-late"]]
        {
            house.office.run(&["act", "--set", set[0], set[1]]).well();
        }
        house.office.run(&["act", "--insert", "notice", &format!("text={notice}")]).well();
        house.office.sync();
        becomes(&watching, before, after);
        becomes(&watching, after, told);
        house.recorder.since(&mark)
    };
    let closed = seen(1, 1, 1, "manager", "");
    let passed = ended(&|| grant("nobody"), &everything, &closed, "a", &seen(1, 1, 1, "manager", "a"));
    assert!(!passed.contains("canary-in-the-attic"), "{passed}");
    assert!(!kept(&house.viewer).contains("canary-in-the-attic"));
    let before = seen(1, 1, 1, "manager", "a");
    let after = seen(0, 0, 1, "viewer", "a");
    let passed = ended(&|| role("viewer"), &before, &after, "b", &seen(0, 0, 1, "viewer", "b"));
    none_in("the network after the revocation", &passed);
    none_in("the device after the revocation", &kept(&house.viewer));
}

#[test]
fn i29_the_stream_of_a_removed_member_ends_within_a_second() {
    let house = House::new(93);
    let listening = house.viewer.beside(&["sync"]);
    listening.line_with("everything is synced");
    while house.recorder.ended.try_recv().is_ok() {}
    house.world.member(&["remove", "vic"]).well();
    let (removed, mark) = (wait::now(), house.recorder.mark());
    house.office.run(&["act", "--insert", "notice", "text=canary-notice"]).well();
    house.office.sync();
    let ended = wait::next(&house.recorder.ended, "the end of the stream");
    let late = ended.saturating_duration_since(removed);
    assert!(late < Duration::from_secs(1), "{late:?}");
    listening.line_with("no member of this workspace any more");
    none_in("the network after the removal", &house.recorder.since(&mark));
    none_in("the device after the removal", &kept(&house.viewer));
}
