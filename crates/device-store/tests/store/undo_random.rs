//! Any acts, any undos and redos: after each, everything that is shown is as it was at that place of the stack,
//! and a pull that refuses all of it leaves what was there before.

#[cfg(feature = "planted")]
use fieldbook_device_store::Acted;
use fieldbook_device_store::{Asks, Store};

use crate::estate::{act, all, estate, in_doubt, now, pages, try_as};

const BASE: &str = r#"site s {"name":"A"} @1; floor f {"name":"F","site":"@s"} @2;
    asset a {"name":"Pump","floor":"@f","count":10,"x":1,"y":2} @3; customer c {"name":"Ann","heir":"@d"} @4;
    customer d {"name":"Bo"} @5; task t {"name":"Call","customer":"@c"} @6; folder p {"name":"P"} @7;
    folder q {"name":"Q","inside":"@p"} @8"#;

const ACTS: &[&str] = &[
    r#"{"update":"asset","id":"@a","add":{"count":-2}}"#,
    r#"{"update":"asset","id":"@a","count":{"count":7}}"#,
    r#"{"update":"asset","id":"@a","set":{"x":?}}"#,
    r#"{"update":"asset","id":"@a","set":{"name":"N?"}},{"update":"asset","id":"@a","add":{"count":1}}"#,
    r#"{"update":"asset","id":"@a","set":{"name":"N?"}},{"update":"asset","id":"@a","set":{"name":"M?","y":?}}"#,
    r#"{"delete":"asset","id":"@a"}"#,
    r#"{"restore":"asset","id":"@a"}"#,
    r#"{"delete":"floor","id":"@f"},{"insert":"floor","id":"@g","fields":{"name":"G?","site":"@s"}}"#,
    r#"{"update":"asset","id":"@a","set":{"floor":"@g"}}"#,
    r#"{"restore":"floor","id":"@f"}"#,
    r#"{"delete":"site","id":"@s"}"#,
    r#"{"restore":"site","id":"@s"}"#,
    r#"{"delete":"customer","id":"@c"}"#,
    r#"{"delete":"customer","id":"@d"}"#,
    r#"{"restore":"customer","id":"@c"}"#,
    r#"{"update":"task","id":"@t","set":{"customer":"@d"}}"#,
    r#"{"update":"customer","id":"@c","set":{"phone":"?","note":null}}"#,
    r#"{"insert":"task","id":"@u","fields":{"name":"T?","customer":"@c"}},{"update":"task","id":"@u","set":{"name":"V?"}}"#,
    r#"{"delete":"folder","id":"@p"}"#,
    r#"{"restore":"folder","id":"@p"}"#,
    r#"{"update":"folder","id":"@q","set":{"inside":null}}"#,
    r#"{"insert":"folder","id":"@r","fields":{"name":"R?","inside":"@q"}},{"delete":"folder","id":"@r"}"#,
];

/// A stream of numbers that look drawn.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// The places of the stack: what was shown before each act, what is shown now, and what redo leads to.
struct Places {
    back: Vec<Vec<String>>,
    now: Vec<String>,
    forth: Vec<Vec<String>>,
}

fn step(store: &mut Store, dice: &mut Dice, places: &mut Places) -> String {
    let moment = now(store);
    match dice.below(10) {
        0..6 => {
            let number = dice.below(9).to_string();
            let change = ACTS[dice.below(ACTS.len() as u64) as usize].replace('?', &number);
            if try_as(store, "edit", &change).is_ok() {
                let after = all(store);
                places.back.push(std::mem::replace(&mut places.now, after));
                places.forth.clear();
            }
            change
        }
        6..8 => {
            let undone = store.undo(moment, None, Asks::First);
            assert_eq!(undone.is_ok(), !places.back.is_empty(), "{undone:?}");
            if let Some(before) = places.back.pop() {
                places.forth.push(std::mem::replace(&mut places.now, before));
            }
            "undo".to_owned()
        }
        _ => {
            let redone = store.redo(moment, None, Asks::First);
            assert_eq!(redone.is_ok(), !places.forth.is_empty(), "{redone:?}");
            if let Some(after) = places.forth.pop() {
                places.back.push(std::mem::replace(&mut places.now, after));
            }
            "redo".to_owned()
        }
    }
}

#[test]
fn undo_and_redo_walk_up_and_down_whatever_was_done() {
    for seed in 1..150 {
        let (mut store, mut dice) = (estate(BASE), Dice(seed * 0x9e37_79b9));
        let first = all(&mut store);
        let mut places = Places { back: Vec::new(), now: first.clone(), forth: Vec::new() };
        let mut story = Vec::new();
        for _ in 0..30 {
            story.push(step(&mut store, &mut dice, &mut places));
            assert_eq!(all(&mut store), places.now, "seed {seed}: {story:#?}");
        }
        refuse_all(&mut store);
        assert_eq!(
            (all(&mut store), in_doubt(&mut store)),
            (first, String::new()),
            "seed {seed}: {story:#?}"
        );
        act(&mut store, ACTS[0]);
    }
}

/// Each in a page of its own, from the first to the last.
fn refuse_all(store: &mut Store) {
    let last = store.facts().expect("facts").last.0;
    for seq in 1..=last {
        pages(store, &format!("no {seq} @{}", 100 + seq));
    }
}

/// What a device asked for, so that it can be asked again elsewhere.
#[cfg(feature = "planted")]
#[derive(Debug, Clone)]
enum Asked {
    Act(String),
    Undo,
    Redo,
}

#[cfg(feature = "planted")]
impl Asked {
    fn any(dice: &mut Dice) -> Self {
        match dice.below(10) {
            0..6 => {
                let number = dice.below(9).to_string();
                Self::Act(ACTS[dice.below(ACTS.len() as u64) as usize].replace('?', &number))
            }
            6..8 => Self::Undo,
            _ => Self::Redo,
        }
    }

    /// What was done.
    fn on(&self, store: &mut Store) -> Option<Acted> {
        let moment = now(store);
        match self {
            Self::Act(change) => try_as(store, "edit", change).ok(),
            Self::Undo => store.undo(moment, None, Asks::Anyway).ok().map(|undone| undone.acted),
            Self::Redo => store.redo(moment, None, Asks::Anyway).ok().map(|undone| undone.acted),
        }
    }
}

/// The news of one op: what it changed on a device that stands for the server, and that it is committed.
#[cfg(feature = "planted")]
fn committed(before: &[String], after: &[String], done: &Acted) -> String {
    use fieldbook_model::json::{self, Json};
    let parts = |line: &String| match json::parse(line) {
        Ok(Json::Object(entries)) => entries,
        _ => panic!("no object"),
    };
    let name = |line: &String| {
        let entries = parts(line);
        let Json::Text(id) = &entries[1].1 else { panic!("no id") };
        let letter = char::from(fieldbook_model::RecordId::parse(id).expect("an id").bytes()[15]);
        let Json::Text(of) = &entries[0].1 else { panic!("no type") };
        format!("{of} {letter}")
    };
    let (seq, version) = (done.seq, 100 + done.seq.0);
    let mut news = Vec::new();
    for line in after.iter().filter(|line| !before.contains(line)) {
        news.push(format!("{} {} @{version}", name(line), json::write(&parts(line)[3].1)));
    }
    let touched = done.changed.iter().map(|(of, id)| format!("{of} {}", char::from(id.bytes()[15])));
    for gone in touched.filter(|touched| !after.iter().any(|line| name(line) == *touched)) {
        news.push(format!("{gone} gone @{version}"));
    }
    news.push(format!("ok {seq} @{version}"));
    news.join("; ")
}

#[cfg(feature = "planted")]
#[test]
fn what_is_shown_stays_while_the_server_commits_one_op_after_the_other() {
    use fieldbook_model::planted::{Defect, with};
    for seed in 1..150 {
        let mut dice = Dice(seed * 0x1234_5677);
        let mut device = estate(BASE);
        // It shows children whatever their owners are, as a server sends them.
        let mut server = with(Defect::OrphansShow, || estate(BASE));
        let (mut sent, mut asked) = (0, Vec::new());
        for _ in 0..40 {
            match dice.below(3) {
                0 if sent < asked.len() => {
                    let before = all(&mut server);
                    let one: &Asked = &asked[sent];
                    let done = with(Defect::OrphansShow, || one.on(&mut server));
                    let done = done.unwrap_or_else(|| panic!("seed {seed}: {asked:#?}"));
                    sent += 1;
                    let (shown, after) = (bare(&mut device), all(&mut server));
                    pages(&mut device, &committed(&before, &after, &done));
                    assert_eq!(bare(&mut device), shown, "seed {seed}, op {sent}: {asked:#?}");
                    assert_eq!(in_doubt(&mut device), "", "seed {seed}, op {sent}: {asked:#?}");
                }
                _ => {
                    let one = Asked::any(&mut dice);
                    if one.on(&mut device).is_some() {
                        asked.push(one);
                    }
                }
            }
        }
    }
}

/// What is shown, whatever its versions.
#[cfg(feature = "planted")]
fn bare(store: &mut Store) -> Vec<String> {
    let version = |line: String| {
        let (before, rest) = line.split_once("\"version\":").expect("a version");
        let (_, after) = rest.split_once(',').expect("fields");
        format!("{before}{after}")
    };
    all(store).into_iter().map(version).collect()
}
