//! The words after `torture`.

use crate::family::Family;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args {
    /// Which families.
    pub families: Vec<Family>,
    /// How many runs of each.
    pub runs: u64,
    /// The seed of the first; the others count up.
    pub seed: u64,
    /// How many at a time.
    pub jobs: usize,
    /// Whether spoiled runs come first, which must be noticed.
    pub proves: bool,
    /// What becomes of the folder of a run that went well.
    pub folders: Folders,
}

/// What becomes of the folder of a run that went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folders {
    /// It is deleted.
    Deleted,
    /// It stays, with its journal.
    Kept,
}

pub const USAGE: &str = "\
usage: torture [--family NAME] [--runs COUNT] [--seed FIRST] [--jobs COUNT] [--prove] [--keep]
       --family  disconnect, stop, kill, pause, partition or disk-full; all, if none is named
       --runs    of each family (8); run number N has the seed FIRST + N
       --seed    of the first run (1); the plan of a seed is always the same, the times of real processes are not
       --jobs    runs at a time (4)
       --prove   first three runs that are spoiled on purpose, which must be noticed
       --keep    keep the folders of runs that went well too";

/// Reads them; an error says which word is wrong.
pub fn read(words: impl IntoIterator<Item = String>) -> Result<Args, String> {
    let mut args = Args {
        families: Family::ALL.to_vec(),
        runs: 8,
        seed: 1,
        jobs: 4,
        proves: false,
        folders: Folders::Deleted,
    };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value after it"));
        match word.as_str() {
            "--family" => {
                let name = value()?;
                args.families =
                    vec![Family::named(&name).ok_or_else(|| format!("there is no family {name:?}"))?];
            }
            "--runs" => args.runs = number(&word, &value()?)?,
            "--seed" => args.seed = number(&word, &value()?)?,
            "--jobs" => args.jobs = number(&word, &value()?)?.clamp(1, 64) as usize,
            "--prove" => args.proves = true,
            "--keep" => args.folders = Folders::Kept,
            other => return Err(format!("{other:?} is no option")),
        }
    }
    Ok(args)
}

fn number(option: &str, word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{option} is {word:?} and takes a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str) -> Result<Args, String> {
        read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn each_word_is_read() {
        let all = check("--family kill --runs 3 --seed 17 --jobs 2 --prove --keep").expect("right");
        let expected = Args {
            families: vec![Family::Kill],
            runs: 3,
            seed: 17,
            jobs: 2,
            proves: true,
            folders: Folders::Kept,
        };
        assert_eq!(all, expected);
        assert_eq!(check("").expect("right").families, Family::ALL);
    }

    #[test]
    fn each_wrong_word_is_named() {
        for (line, named) in
            [("--runs many", "many"), ("--family fire", "fire"), ("--seed", "--seed"), ("now", "now")]
        {
            assert!(check(line).expect_err(line).contains(named), "{line}");
        }
    }
}
