//! The table of the guide: a row for each defect with the seed that finds it. Written and read here, so that a hunt for one
//! keeps the rows of the others.

use super::found::{Defect, Fate, Found};

const HEAD: &str = "\
# The kill rate: which seed notices which planted defect

A simulator is as good as what it notices. In the code of the engine stand switches that take one rule out each
(`crates/model/src/planted/table.rs`); this table says for each of them which seed of the world is the first to fail with it. Seeds are
played from 1 in their order, so that the number of the seed is also how many it took. A defect that survives is answered by a better check
or by a workload that goes where it shows, never by a chosen seed. Where two faults have to meet before a defect shows, they are named.

`cargo xtask kill-rate --write` hunts all of them anew and writes this page; `cargo xtask kill-rate --only NAME` hunts one. Every test run plays
each defect on the seed that stands here. What only a power cut shows (`ActsUnsynced`) is for the scripts of `cargo xtask disk`, and what
only thousands of ops show for the worlds of long days (`cargo xtask sim --long`); tests see that these notice.

";

/// The rows alone.
pub fn rows(all: &[Found]) -> String {
    let mut text = "| area | defect | what it does | breaks | two faults | seed | found by |\n".to_owned();
    text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
    for Found { defect, fate } in all {
        let Defect { area, name, breaks, when, says } = defect;
        let (seed, by) = match fate {
            Fate::Killed { seed, by } => (seed.to_string(), by.clone()),
            Fate::Survived(seeds) => ("**survived**".to_owned(), format!("none of {seeds}")),
        };
        text.push_str(&format!("| {area} | {name} | {says} | {breaks} | {when} | {seed} | {by} |\n"));
    }
    text
}

/// What all came to.
pub fn closing(all: &[Found]) -> String {
    let mut seeds: Vec<u64> = all.iter().filter_map(seed).collect();
    seeds.sort_unstable();
    let middle = seeds.get(seeds.len() / 2).copied().unwrap_or(0);
    let last = seeds.last().copied().unwrap_or(0);
    let two = all.iter().filter(|found| found.defect.when != "-").count();
    let (all, killed) = (all.len(), seeds.len());
    format!(
        "{all} defects, {killed} found, {} survived; {two} need two faults. Half are found by seed {middle}, all that are found by seed {last}.",
        all - killed
    )
}

fn seed(found: &Found) -> Option<u64> {
    match found.fate {
        Fate::Killed { seed, .. } => Some(seed),
        Fate::Survived(_) => None,
    }
}

/// The whole page.
pub fn page(all: &[Found]) -> String {
    format!("{HEAD}{}\n\n{}", closing(all), rows(all))
}

/// The rows of a page.
pub fn read(page: &str) -> Vec<Found> {
    page.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Found> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
    let [area, name, says, breaks, when, seed, by] = cells[..] else { return None };
    let fate = match seed.parse() {
        Ok(seed) => Fate::Killed { seed, by: by.to_owned() },
        Err(_) => Fate::Survived(by.strip_prefix("none of ")?.parse().ok()?),
    };
    let [area, name, says, breaks, when] = [area, name, says, breaks, when].map(str::to_owned);
    Some(Found { defect: Defect { area, name, breaks, when, says }, fate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_it_was_written() {
        let defect = Defect::read("op log\tAcks\tI7\t-\tAn answer is taken twice.").expect("a line");
        let killed = Fate::Killed { seed: 12, by: "I15: A does not show".to_owned() };
        let all = [
            Found { defect: defect.clone(), fate: killed },
            Found { defect: Defect { name: "Other".to_owned(), ..defect }, fate: Fate::Survived(500) },
        ];
        assert_eq!(read(&page(&all)), all);
        assert!(closing(&all).starts_with("2 defects, 1 found, 1 survived"));
    }
}
