//! A defect, and what a hunt for it came to, as the world's program tells it. It never decides whether that is good.

use std::fmt;

/// A planted defect, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Where it lies.
    pub area: String,
    /// Its name.
    pub name: String,
    /// The rule or invariant that it breaks.
    pub breaks: String,
    /// The two faults that must meet, or a dash.
    pub when: String,
    /// What it does.
    pub says: String,
}

impl Defect {
    /// A line of the list.
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.split('\t').map(str::to_owned);
        let mut next = || words.next();
        Some(Self { area: next()?, name: next()?, breaks: next()?, when: next()?, says: next()? })
    }
}

/// What became of a defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A seed found it.
    Killed {
        /// The first that did.
        seed: u64,
        /// The first words of the check.
        by: String,
    },
    /// No seed of so many did.
    Survived(u64),
}

impl Fate {
    /// A line of a hunt.
    pub fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split('\t').collect();
        match words[..] {
            ["killed", _, seed, _, by] => Some(Self::Killed { seed: seed.parse().ok()?, by: short(by) }),
            ["survived", _, seeds] => Some(Self::Survived(seeds.parse().ok()?)),
            _ => None,
        }
    }
}

/// The words of a check without what differs from one run to the next.
fn short(words: &str) -> String {
    let words = words.strip_prefix("assertion `left == right` failed: ").unwrap_or(words);
    let words = words.split(['{', '[', '|']).next().unwrap_or_default().trim_end_matches([' ', ':']);
    let mut short: String = words.chars().take(72).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    if short.is_empty() { "a panic without words".to_owned() } else { short }
}

/// A defect with its fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The defect.
    pub defect: Defect,
    /// What became of it.
    pub fate: Fate,
}

impl Found {
    /// Whether a seed noticed.
    pub fn is_killed(&self) -> bool {
        matches!(self.fate, Fate::Killed { .. })
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.defect.name;
        match &self.fate {
            Fate::Killed { seed, by } => write!(f, "{name}: seed {seed}, {by}"),
            Fate::Survived(seeds) => write!(f, "{name}: SURVIVED {seeds} seeds"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hunt_is_read_as_it_is_told() {
        let killed = Fate::read("killed\tX\t7\t7\tassertion `left == right` failed: I8: A {\"x\":1} differs");
        assert_eq!(killed, Some(Fate::Killed { seed: 7, by: "I8: A".to_owned() }));
        assert_eq!(Fate::read("survived\tX\t100"), Some(Fate::Survived(100)));
        assert_eq!(Fate::read("anything else"), None);
    }
}
