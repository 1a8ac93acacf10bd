//! The page of the guide: a row for each file, and a row with a sentence for each mutant that nobody noticed. Written and read
//! here, so that a run for one file keeps the rows of the others and every sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

const HEAD: &str = "\
# Mutants: which small changes of the code some test notices

cargo-mutants changes the code in one place (`<` becomes `<=`, a function does nothing, an arm of a match is gone), builds it and runs tests. A mutant is
*caught* when one fails, *missed* when none does, *unviable* when it does not compile, and a *timeout* when the tests do not end. Words for people and the
switches of planted defects are left out (`.cargo/mutants.toml`).

`cargo xtask mutants --file PATH --write` mutates a file anew and brings this page up to date; `--survivors` tries only what nobody noticed the last time;
`--shard K/N` takes one of N parts; `--in-diff REF` takes what changed since a commit. First the tests of the file's own crate are asked; with `--survivors`
also others that know what it promises: for the merge those of the server's decisions, without their exhaustive `worlds`, which take a minute. A run that leaves a
survivor without a sentence fails.

Each `cargo xtask test` takes a share of four minutes: what the last commit changed in the deciding crates, or where it changed nothing there, or the clone has no commit
before it, a part of the merge that goes with the tree. It says how far it came.

";

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// A test failed.
    Caught,
    /// None did.
    Missed,
    /// It does not compile.
    Unviable,
    /// The tests did not end.
    Timeout,
}

/// In the order of the table.
pub const FATES: [Fate; 4] = [Fate::Caught, Fate::Missed, Fate::Unviable, Fate::Timeout];

impl Fate {
    /// The file of a run that lists them.
    pub fn file(self) -> &'static str {
        match self {
            Self::Caught => "caught.txt",
            Self::Missed => "missed.txt",
            Self::Unviable => "unviable.txt",
            Self::Timeout => "timeout.txt",
        }
    }
}

/// A mutant of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    file: String,
    place: String,
    words: String,
    fate: Fate,
}

impl Mutant {
    /// Reads `crates/a/src/b.rs:7:3: replace + with - in c`.
    pub fn read(line: &str, fate: Fate) -> Option<Self> {
        let (place, words) = line.split_once(": ")?;
        let (file, place) = place.split_once(':')?;
        let [file, place, words] = [file, place, words].map(|part| part.replace('|', "\\|"));
        Some(Self { file, place, words, fate })
    }
}

impl Mutant {
    /// By which cargo-mutants finds it again, wherever in its file it stands.
    pub fn pattern(&self) -> String {
        pattern(&self.file, &self.words)
    }

    /// Whether some test failed.
    pub fn is_noticed(&self) -> bool {
        self.fate != Fate::Missed
    }

    /// Whether it is the same change in the same place.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.file, &self.place, &self.words) == (&other.file, &other.place, &other.words)
    }
}

fn pattern(file: &str, words: &str) -> String {
    format!("^{}:\\d+:\\d+: {}$", plain(file), plain(&words.replace("\\|", "|")))
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.place, self.words)
    }
}

/// What a file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    /// In the order of [`FATES`].
    counts: [u64; 4],
    /// The subject of the commit.
    state: String,
}

/// A mutant that nobody noticed, and why that is so.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Survivor {
    file: String,
    place: String,
    words: String,
    why: String,
}

/// The whole page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    files: BTreeMap<String, Row>,
    survivors: Vec<Survivor>,
}

impl Page {
    /// Reads a page.
    pub fn read(text: &str) -> Self {
        let mut page = Self::default();
        for line in text.lines() {
            let cells: Vec<&str> = match line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) {
                Some(line) => line.split(" | ").collect(),
                None => continue,
            };
            match cells[..] {
                [file, _, caught, missed, unviable, timeout, state] => {
                    let counts = [caught, missed, unviable, timeout].map(|count| count.parse().ok());
                    if let [Some(a), Some(b), Some(c), Some(d)] = counts {
                        let row = Row { counts: [a, b, c, d], state: state.to_owned() };
                        page.files.insert(file.to_owned(), row);
                    }
                }
                [file, place, words, why] if file.ends_with(".rs") => {
                    let [file, place, words, why] = [file, place, words, why].map(str::to_owned);
                    page.survivors.push(Survivor { file, place, words, why });
                }
                _ => {}
            }
        }
        page
    }

    /// Takes in what a run found: the rows of its files are anew, the sentences of what is missed again stay.
    pub fn take(&mut self, found: &[Mutant], state: &str) {
        let mut files: BTreeMap<String, Row> = BTreeMap::new();
        for mutant in found {
            let row = files
                .entry(mutant.file.clone())
                .or_insert_with(|| Row { state: state.to_owned(), ..Row::default() });
            row.counts[mutant.fate as usize] += 1;
        }
        self.survive(found, |file| files.contains_key(file));
        self.files.extend(files);
    }

    /// Takes in a run of the survivors alone: what is not missed any more is caught, and the other counts of the files stay.
    pub fn take_again(&mut self, found: &[Mutant], state: &str) {
        let files: BTreeSet<String> = found.iter().map(|mutant| mutant.file.clone()).collect();
        self.survive(found, |file| files.contains(file));
        // A mutant of a field that is left out is tried whatever is asked for, in files too of which nothing is known yet.
        self.survivors.retain(|it| self.files.contains_key(&it.file));
        for file in files {
            let missed = self.survivors.iter().filter(|it| it.file == file).count() as u64;
            if let Some(row) = self.files.get_mut(&file) {
                let [caught, before, ..] = &mut row.counts;
                *caught = (*caught + *before).saturating_sub(missed);
                (*before, row.state) = (missed, state.to_owned());
            }
        }
    }

    /// The survivors of some files are those of a run; the sentences of what is missed again stay.
    fn survive(&mut self, found: &[Mutant], is_of: impl Fn(&str) -> bool) {
        let (mut old, kept): (Vec<_>, Vec<_>) = self.survivors.drain(..).partition(|it| is_of(&it.file));
        self.survivors = kept;
        for mutant in found.iter().filter(|it| it.fate == Fate::Missed) {
            let same = |it: &Survivor| it.file == mutant.file && it.words == mutant.words;
            let exact = old.iter().position(|it| same(it) && it.place == mutant.place);
            let why = exact.or_else(|| old.iter().position(same)).map(|at| old.swap_remove(at).why);
            let Mutant { file, place, words, .. } = mutant.clone();
            self.survivors.push(Survivor { file, place, words, why: why.unwrap_or_default() });
        }
        self.survivors.sort_by(|a, b| a.file.cmp(&b.file));
    }

    /// What cargo-mutants is asked for to try the survivors of a folder again, wherever in their files they are now.
    pub fn survivors_of(&self, folder: &str) -> Vec<String> {
        let all = self.survivors.iter().filter(|it| it.file.starts_with(folder));
        all.map(|it| pattern(&it.file, &it.words)).collect()
    }

    /// Those of a run that nobody noticed and about which no sentence says why.
    pub fn unanswered<'a>(&self, found: &'a [Mutant]) -> Vec<&'a Mutant> {
        let answered = |mutant: &Mutant| {
            let same = |it: &&Survivor| {
                (&it.file, &it.place, &it.words) == (&mutant.file, &mutant.place, &mutant.words)
            };
            self.survivors.iter().find(same).is_some_and(|it| !it.why.trim().is_empty())
        };
        found.iter().filter(|it| it.fate == Fate::Missed && !answered(it)).collect()
    }

    /// Those that nobody noticed and of which no sentence speaks, wherever in their file they stand now.
    pub fn unexplained<'a>(&self, found: &'a [Mutant]) -> Vec<&'a Mutant> {
        let explained = |mutant: &Mutant| {
            let same = |it: &&Survivor| (&it.file, &it.words) == (&mutant.file, &mutant.words);
            self.survivors.iter().filter(same).any(|it| !it.why.trim().is_empty())
        };
        found.iter().filter(|it| it.fate == Fate::Missed && !explained(it)).collect()
    }

    /// As it is written.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{HEAD}| file | mutants | caught | missed | unviable | timeout | state of the project |\n"
        );
        text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
        for (file, Row { counts, state }) in &self.files {
            let (all, [caught, missed, unviable, timeout]) = (counts.iter().sum::<u64>(), counts);
            text.push_str(&format!(
                "| {file} | {all} | {caught} | {missed} | {unviable} | {timeout} | {state} |\n"
            ));
        }
        let mut all = [0; 4];
        self.files.values().for_each(|row| (0..4).for_each(|at| all[at] += row.counts[at]));
        text.push_str(&format!("\n{}\n\n## What nobody noticed\n\n", summed(all)));
        text.push_str("| file | place | mutant | why |\n| --- | --- | --- | --- |\n");
        for Survivor { file, place, words, why } in &self.survivors {
            text.push_str(&format!("| {file} | {place} | {words} | {why} |\n"));
        }
        text
    }
}

/// A text as a regular expression that means it and nothing else.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        if "\\.+*?()|[]{}^$#&-~".contains(letter) {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

/// What a run came to.
pub fn closing(found: &[Mutant]) -> String {
    summed(FATES.map(|fate| found.iter().filter(|it| it.fate == fate).count() as u64))
}

fn summed([caught, missed, unviable, timeout]: [u64; 4]) -> String {
    let viable = caught + missed + timeout;
    let share = (1000 * (caught + timeout)).checked_div(viable).unwrap_or(1000);
    format!(
        "{viable} mutants that compile, {caught} caught, {timeout} that did not end, {missed} missed: {}.{} % noticed; {unviable} do not compile.",
        share / 10,
        share % 10
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "crates/a/src/b.rs:7:3: replace || with && in c";

    fn mutant(line: &str, fate: Fate) -> Mutant {
        Mutant::read(line, fate).expect("a mutant")
    }

    #[test]
    fn a_page_is_read_as_it_was_written_and_keeps_its_sentences() {
        let run = [mutant(A, Fate::Missed), mutant("crates/a/src/b.rs:9:1: delete ! in c", Fate::Caught)];
        let mut page = Page::default();
        page.take(&run, "A first state");
        assert_eq!(page.unanswered(&run), [&run[0]]);
        let answered = page.text().replace("in c |  |", "in c | equal at both ends |");
        let mut page = Page::read(&answered);
        assert_eq!(page.text(), answered);
        // The same mutant some lines further down: a part of the file does not move its sentence, and knows it all the same.
        let below = [mutant(&A.replace(":7:", ":12:"), Fate::Missed)];
        assert_eq!(page.unanswered(&below), [&below[0]]);
        assert!(page.unexplained(&below).is_empty());
        let other = [mutant(&A.replace(" in c", " in d"), Fate::Missed)];
        assert_eq!(page.unexplained(&other), [&other[0]]);
        let again = [mutant(&A.replace(":7:", ":12:"), Fate::Missed)];
        page.take(&again, "A second state");
        assert!(page.unanswered(&again).is_empty(), "{}", page.text());
        assert!(
            page.text().contains("| crates/a/src/b.rs | 1 | 0 | 1 | 0 | 0 | A second state |"),
            "{}",
            page.text()
        );
    }

    #[test]
    fn a_run_of_one_file_keeps_the_rows_of_others() {
        let mut page = Page::default();
        page.take(&[mutant(A, Fate::Missed)], "One");
        page.take(&[mutant("crates/a/src/z.rs:1:1: delete ! in z", Fate::Timeout)], "Two");
        assert!(
            page.text().contains("b.rs | 1 | 0 | 1 |")
                && page.text().contains("z.rs | 1 | 0 | 0 | 0 | 1 | Two")
        );
        assert!(
            page.text().contains("2 mutants that compile, 0 caught, 1 that did not end, 1 missed: 50.0 %")
        );
    }
    #[test]
    fn a_run_of_the_survivors_moves_what_is_noticed_now_to_what_is_caught() {
        let mut page = Page::default();
        let other = "crates/a/src/b.rs:8:1: delete ! in c";
        let rest = [mutant("crates/a/src/b.rs:9:1: delete - in c", Fate::Caught)];
        page.take(
            &[
                [mutant(A, Fate::Missed), mutant(other, Fate::Missed)],
                [rest[0].clone(), mutant("crates/a/src/z.rs:1:1: delete ! in z", Fate::Missed)],
            ]
            .concat(),
            "One",
        );
        assert_eq!(
            page.survivors_of("crates/a/src/b"),
            [
                "^crates/a/src/b\\.rs:\\d+:\\d+: replace \\|\\| with \\&\\& in c$",
                "^crates/a/src/b\\.rs:\\d+:\\d+: delete ! in c$"
            ]
        );
        let strange = mutant("crates/a/src/x.rs:1:1: delete field y in x", Fate::Missed);
        page.take_again(&[mutant(A, Fate::Missed), mutant(other, Fate::Caught), strange], "Two");
        assert!(page.text().contains("b.rs | 3 | 2 | 1 | 0 | 0 | Two |"), "{}", page.text());
        assert!(page.text().contains("z.rs | 1 | 0 | 1 | 0 | 0 | One |"), "{}", page.text());
        assert!(!page.text().contains("delete ! in c"), "{}", page.text());
        assert!(!page.text().contains("x.rs"), "{}", page.text());
    }
}
