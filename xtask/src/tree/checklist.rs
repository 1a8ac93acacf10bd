//! The security checklist (`docs/guide/security-checklist.md`): each requirement of levels 1 and 2 of OWASP ASVS 5.0.0 stands in
//! it once, and each test that a row names is one.
//!
//! Only ids and levels stand here. What a requirement says is told by the standard, and in words of ours by the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::Finding;
use crate::places::Places;

const PAGE: &str = "docs/guide/security-checklist.md";
/// A row that is not yet held by anything.
const OPEN: &str = "**open**";

/// A chapter: its requirements of level 1, and of level 2. `2.2.1-3` are three.
struct Chapter {
    ones: &'static str,
    twos: &'static str,
}

const CHAPTERS: [Chapter; 17] = [
    Chapter { ones: "1.2.1-5 1.3.1-2 1.5.1", twos: "1.1.1-2 1.2.6-9 1.3.3-11 1.4.1-3 1.5.2" },
    Chapter { ones: "2.1.1 2.2.1-2 2.3.1", twos: "2.1.2-3 2.2.3 2.3.2-4 2.4.1" },
    Chapter { ones: "3.2.1-2 3.3.1 3.4.1-2 3.5.1-3", twos: "3.3.2-4 3.4.3-6 3.5.4-5 3.7.1-2" },
    Chapter { ones: "4.1.1 4.4.1", twos: "4.1.2-3 4.2.1 4.3.1-2 4.4.2-4" },
    Chapter { ones: "5.2.1-2 5.3.1-2", twos: "5.1.1 5.2.3 5.4.1-3" },
    Chapter {
        ones: "6.1.1 6.2.1-8 6.3.1-2 6.4.1-2",
        twos: "6.1.2-3 6.2.9-12 6.3.3-4 6.4.3-4 6.5.1-5 6.6.1-3 6.8.1-4",
    },
    Chapter { ones: "7.2.1-4 7.4.1-2", twos: "7.1.1-3 7.3.1-2 7.4.3-5 7.5.1-2 7.6.1-2" },
    Chapter { ones: "8.1.1 8.2.1-2 8.3.1", twos: "8.1.2 8.2.3 8.4.1" },
    Chapter { ones: "9.1.1-3 9.2.1", twos: "9.2.2-4" },
    Chapter { ones: "10.4.1-5", twos: "10.1.1-2 10.2.1-2 10.3.1-4 10.4.6-11 10.5.1-5 10.6.1-2 10.7.1-3" },
    Chapter { ones: "11.3.1-2 11.4.1", twos: "11.1.1-2 11.2.1-3 11.3.3 11.4.2-4 11.5.1 11.6.1" },
    Chapter { ones: "12.1.1 12.2.1-2", twos: "12.1.2-3 12.3.1-4" },
    Chapter { ones: "13.4.1", twos: "13.1.1 13.2.1-5 13.3.1-2 13.4.2-5" },
    Chapter { ones: "14.2.1 14.3.1", twos: "14.1.1-2 14.2.2-4 14.3.2-3" },
    Chapter { ones: "15.1.1 15.2.1 15.3.1", twos: "15.1.2-3 15.2.2-3 15.3.2-7" },
    Chapter { ones: "", twos: "16.1.1 16.2.1-5 16.3.1-4 16.4.1-3 16.5.1-3" },
    Chapter { ones: "", twos: "17.1.1 17.2.1-4 17.3.1-2" },
];

/// One check for the ids, and one for what holds them.
pub fn check(places: &Places) -> [Finding; 2] {
    let page = fs::read_to_string(places.root.join(PAGE)).map_err(|error| format!("{PAGE}: {error}"));
    let rows = page.and_then(|page| rows(&page));
    let ids = rows.as_deref().map(misplaced).map_err(Clone::clone);
    let held = rows.map(|rows| rows.iter().flat_map(|row| row.unheld(&places.root)).collect());
    [
        Finding::of("the security checklist has each requirement of levels 1 and 2 once", ids),
        Finding::of("each test that the security checklist names is there", held),
    ]
}

/// A row of the page.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    ids: Vec<String>,
    /// The level, where the requirement applies.
    level: Option<u8>,
    /// What holds it, where it applies.
    held: String,
}

/// The rows of all tables: `id | level | words | how | check` for what applies, `ids | why` for what does not.
fn rows(page: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for line in page.lines() {
        let Some(inner) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else { continue };
        let cells: Vec<&str> = inner.split(" | ").map(str::trim).collect();
        if !cells[0].starts_with(|sign: char| sign.is_ascii_digit()) {
            continue;
        }
        let ids = cells[0].split(", ").map(spread).collect::<Option<Vec<_>>>();
        let ids = ids.ok_or_else(|| format!("no id: {line}"))?.concat();
        rows.push(match cells[..] {
            [_, why] if !why.is_empty() => Row { ids, level: None, held: String::new() },
            [_, level, words, how, held] if ids.len() == 1 && !words.is_empty() && !how.is_empty() => {
                let level = level.parse().map_err(|_| format!("no level: {line}"))?;
                Row { ids, level: Some(level), held: held.to_owned() }
            }
            _ => return Err(format!("a row of another form: {line}")),
        });
    }
    Ok(rows)
}

/// The ids of `2.2.1-3`, or of one.
fn spread(text: &str) -> Option<Vec<String>> {
    let (front, last) = text.rsplit_once('.')?;
    let is_front = front.split('.').count() == 2 && front.split('.').all(|it| it.parse::<u8>().is_ok());
    let (from, to) = last.split_once('-').unwrap_or((last, last));
    let (from, to) = (from.parse::<u8>().ok()?, to.parse::<u8>().ok()?);
    (is_front && from <= to).then(|| (from..=to).map(|last| format!("{front}.{last}")).collect())
}

/// Every requirement of levels 1 and 2 with its level.
fn levels() -> BTreeMap<String, u8> {
    let of = |text: &'static str, level| {
        let all = text.split_whitespace().flat_map(|it| spread(it).expect("BUG: an id that is none"));
        all.map(move |id| (id, level))
    };
    CHAPTERS.iter().flat_map(|it| of(it.ones, 1).chain(of(it.twos, 2))).collect()
}

/// Ids that are missing, stand twice, or under another level.
fn misplaced(rows: &[Row]) -> Vec<String> {
    let (levels, mut seen, mut wrong) = (levels(), BTreeSet::new(), Vec::new());
    for row in rows {
        for id in &row.ids {
            if !seen.insert(id.clone()) {
                wrong.push(format!("{id} stands twice"));
            }
            // A further one, of level 3, is welcome.
            let level = levels.get(id).copied().unwrap_or(3);
            if row.level.is_some_and(|said| said != level) {
                wrong.push(format!("{id} is of level {level}"));
            }
        }
    }
    wrong.extend(levels.into_keys().filter(|id| !seen.contains(id)).map(|id| format!("{id} is missing")));
    wrong
}

impl Row {
    /// What it names and is not there; or that it names nothing.
    fn unheld(&self, root: &Path) -> Vec<String> {
        let id = &self.ids[0];
        if self.level.is_none() || self.held == OPEN {
            return Vec::new();
        }
        let named: Vec<&str> = self.held.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            return vec![format!("{id} names no test, and is not open")];
        }
        let absent = named.into_iter().filter(|name| !is_there(root, name));
        absent.map(|name| format!("{id} names {name}, which is not there")).collect()
    }
}

/// Whether a test, a file or a command of ours is there.
fn is_there(root: &Path, name: &str) -> bool {
    if let Some(words) = name.strip_prefix("cargo xtask ") {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        return crate::args::parse(&words).is_ok();
    }
    let Some((file, test)) = name.split_once("::") else { return root.join(name).is_file() };
    let text = fs::read_to_string(root.join(file)).unwrap_or_default();
    if file.ends_with(".mjs") {
        return text.contains(&format!("('{test}', async"));
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let begins = format!("fn {test}(");
    let at = lines.iter().position(|line| line.trim_start_matches("async ").starts_with(&begins));
    // Between a test's mark and its name there are other marks, if anything.
    let marks = at.map(|at| lines[..at].iter().rev().take_while(|line| line.starts_with("#[")));
    marks.is_some_and(|mut marks| {
        marks.any(|mark| mark.starts_with("#[test]") || mark.starts_with("#[tokio::test"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_spread() {
        let spread = |text| spread(text).map(|ids| ids.join(" "));
        assert_eq!(spread("6.2.1").as_deref(), Some("6.2.1"));
        assert_eq!(spread("10.4.9-11").as_deref(), Some("10.4.9 10.4.10 10.4.11"));
        for wrong in ["6.2", "6.2.1.1", "6.2.x", "6.2.3-1", "6.2.", ""] {
            assert_eq!(spread(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_standard_has_so_many_of_levels_1_and_2() {
        let levels = levels();
        let count = |of: u8| levels.values().filter(|level| **level == of).count();
        assert_eq!((count(1), count(2)), (70, 183));
    }

    #[test]
    fn a_row_has_its_form() {
        let row = "| 6.2.1 | 1 | long enough | refused | `a.rs::b` |";
        let read = rows(&format!("# Words\n\n| id | level |\n| --- | --- |\n{row}\n")).expect("rows");
        assert_eq!(read, [Row { ids: vec!["6.2.1".into()], level: Some(1), held: "`a.rs::b`".into() }]);
        assert_eq!(rows("| 6.5.1-3, 6.6.1 | no second factor |").expect("rows")[0].ids.len(), 4);
        for wrong in [
            "| 6.2.1 | 1 | words |",
            "| 6.2.x | why |",
            "| 6.2.1 | one | a | b | c |",
            "| 6.2.1-2 | 1 | a | b | c |",
        ] {
            assert!(rows(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_id_that_is_missing_twice_there_or_of_another_level_is_told() {
        let all: Vec<Row> = levels()
            .into_iter()
            .map(|(id, level)| Row { ids: vec![id], level: Some(level), held: OPEN.into() })
            .collect();
        assert_eq!(misplaced(&all), Vec::<String>::new());
        assert_eq!(misplaced(&all[1..]), ["1.1.1 is missing"]);
        let more = |ids: &str, level| {
            let row = Row { ids: vec![ids.into()], level, held: String::new() };
            misplaced(
                &all.iter()
                    .map(|row| Row { ids: row.ids.clone(), level: row.level, held: String::new() })
                    .chain([row])
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(more("1.1.1", None), ["1.1.1 stands twice"]);
        assert_eq!(more("8.3.2", Some(2)), ["8.3.2 is of level 3"]);
        assert_eq!(more("8.3.2", Some(3)), Vec::<String>::new());
    }

    #[test]
    fn a_test_is_there_when_it_is_marked_as_one() {
        let places = super::super::text::tests::repository(
            "checklist",
            "#[tokio::test(flavor = \"multi_thread\")]\nasync fn one() {}\n#[test]\n#[cfg(unix)]\nfn two() {}\nfn three() {}\n",
        );
        let row = |held: &str| Row { ids: vec!["6.2.1".into()], level: Some(1), held: held.into() };
        let unheld = |held: &str| row(held).unheld(&places.root);
        for good in [
            "`file.txt::one`",
            "`file.txt::one`, `file.txt::two`",
            "`file.txt`",
            "`cargo xtask test --only tree`",
            OPEN,
        ] {
            assert_eq!(unheld(good), Vec::<String>::new(), "{good}");
        }
        for wrong in [
            "",
            "words",
            "`file.txt::three`",
            "`file.txt::four`",
            "`other.txt`",
            "`other.txt::one`",
            "`cargo xtask dance`",
        ] {
            assert_eq!(unheld(wrong).len(), 1, "{wrong}");
        }
        fs::remove_dir_all(&places.root).expect("gone");
    }
}
