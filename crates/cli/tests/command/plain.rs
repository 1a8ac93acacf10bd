//! After every test: no file of a home that the test made holds in clear what a person wrote there, be it the database, its log, a
//! note, or what a damaged or copied home was left with.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fieldbook_model::{Json, json};

use crate::run::{fieldbook, run, text};
use crate::world::World;

/// Shorter texts stand elsewhere by chance.
const CHARS_MIN: usize = 8;

/// Looks through all homes in a folder. Gives how many texts were looked for.
#[track_caller]
pub fn nowhere_in(folder: &Path) -> usize {
    let homes = || {
        let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
        entries.filter(|path| path.join("home.json").exists() || path.join("fieldbook.db").exists())
    };
    let mut texts: Vec<String> = homes().flat_map(|home| written(&home)).collect();
    texts.sort_unstable();
    texts.dedup();
    homes().for_each(|home| in_no_file(&home, &texts));
    texts.len()
}

/// What a person wrote, as far as the home tells it.
fn written(home: &Path) -> Vec<String> {
    let said = fs::read_to_string(home.join("home.json")).unwrap_or_default();
    let export = run(&mut fieldbook(["export", "--home", text(home)]));
    let mut texts = Vec::new();
    for line in export.out.lines().filter_map(|line| json::parse::<Json>(line).ok()) {
        let Json::Object(line) = &line else { continue };
        line.iter().filter(|(name, _)| name == "fields").for_each(|(_, fields)| gather(fields, &mut texts));
    }
    texts.retain(|text| {
        text.chars().count() >= CHARS_MIN
            && text.chars().any(char::is_alphabetic)
            // An id, or what a home says in clear of itself.
            && !(text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4)
            && !said.contains(text.as_str())
    });
    texts
}

fn gather(json: &Json, texts: &mut Vec<String>) {
    match json {
        Json::Text(text) => texts.push(text.clone()),
        Json::List(list) => list.iter().for_each(|json| gather(json, texts)),
        Json::Object(fields) => fields.iter().for_each(|(_, json)| gather(json, texts)),
        _ => {}
    }
}

#[track_caller]
fn in_no_file(folder: &Path, texts: &[String]) {
    let mut beginnings: BTreeMap<&[u8], Vec<&str>> = BTreeMap::new();
    for text in texts {
        beginnings.entry(&text.as_bytes()[..CHARS_MIN]).or_default().push(text);
    }
    for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
        // A pipe, a link to nowhere, a folder that only the test knows of.
        let Ok(bytes) = fs::read(&path) else { continue };
        for (at, window) in bytes.windows(CHARS_MIN).enumerate() {
            let texts = beginnings.get(window).into_iter().flatten();
            let found = texts.copied().find(|text| bytes[at..].starts_with(text.as_bytes()));
            assert!(found.is_none(), "{} holds {found:?} in clear", path.display());
        }
    }
}

#[test]
fn a_text_in_clear_is_found_in_whatever_file() {
    let world = World::new(99);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Alfreds Futterkiste"]).well();
    let folder = world.path("");
    assert_eq!(nowhere_in(&folder), 1);
    let note = a.home.join("note.txt");
    fs::write(&note, "of Alfreds Futterkiste:").expect("written");
    let found = std::panic::catch_unwind(|| nowhere_in(&folder));
    fs::remove_file(note).expect("removed");
    assert!(found.is_err(), "nobody noticed");
}
