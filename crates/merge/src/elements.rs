//! Who put the elements of a set there. An element is in a set as long as anybody put it in whom those that took it
//! out had not seen: so an include wins over an exclude that did not know of it, in any order (rule 24).

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Value, Version};

use crate::stamp::{Line, Stamp};

/// Of each set field of a record, for each element that is in it, the changes that put it there without knowing of each
/// other, oldest first: one as a rule, and at most one of each log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Elements(pub BTreeMap<usize, BTreeMap<String, Vec<Stamp>>>);

/// What a change had seen of what it takes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// All up to a version, and what its own log did.
    Until(Version),
    /// What its own log did: an undo takes nobody else's elements out.
    Own,
}

impl Elements {
    /// A field got a value: all its elements are there by one change.
    pub fn set(&mut self, field: usize, value: &Value, by: Stamp) {
        match value {
            Value::Set(elements) if !elements.is_empty() => {
                let put = elements.iter().map(|element| (element.clone(), vec![by]));
                self.0.insert(field, put.collect());
            }
            _ => drop(self.0.remove(&field)),
        }
    }

    /// A change puts elements in. It stands for those that its author had seen.
    pub fn include(&mut self, field: usize, elements: &BTreeSet<String>, by: Stamp, base: Version) {
        if elements.is_empty() {
            return;
        }
        let there = self.0.entry(field).or_default();
        for element in elements {
            let changes = there.entry(element.clone()).or_default();
            let alone = planted(Defect::OneStampPerUnit);
            changes.retain(|change| change.line != by.line && change.version > base && !alone);
            changes.push(by);
        }
    }

    /// A change takes elements out. Gives those that stay, since somebody put them in unseen, with the last who did; and
    /// whether anything was taken away.
    pub fn exclude(
        &mut self,
        field: usize,
        elements: &BTreeSet<String>,
        line: Line,
        seen: Seen,
    ) -> (BTreeMap<String, Stamp>, bool) {
        let (mut stay, mut taken) = (BTreeMap::new(), false);
        let Some(there) = self.0.get_mut(&field) else { return (stay, taken) };
        for element in elements {
            let Some(changes) = there.get_mut(element) else { continue };
            let before = changes.len();
            let wins = planted(Defect::ExcludeWins);
            changes.retain(|change| change.line != line && !wins && seen.misses(change.version));
            taken |= changes.len() < before;
            match changes.last() {
                Some(last) => drop(stay.insert(element.clone(), *last)),
                None => drop(there.remove(element)),
            }
        }
        if there.is_empty() {
            self.0.remove(&field);
        }
        (stay, taken)
    }
}

impl Seen {
    /// Whether it does not know of a change of another log.
    fn misses(self, version: Version) -> bool {
        match self {
            Self::Until(base) => version > base,
            Self::Own => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(version: u64, line: u32) -> Stamp {
        Stamp::new(Version(version), Line(line))
    }

    #[test]
    fn an_element_stays_as_long_as_somebody_unseen_put_it_in() {
        let p = BTreeSet::from(["p".to_owned()]);
        let mut elements = Elements::default();
        elements.include(0, &p, at(1, 1), Version(0));
        elements.include(0, &p, at(2, 2), Version(0));
        let stay = |changes: &[Stamp]| changes.iter().map(|last| ("p".to_owned(), *last)).collect();
        assert_eq!(elements.exclude(0, &p, Line(1), Seen::Until(Version(1))), (stay(&[at(2, 2)]), true));
        assert_eq!(elements.exclude(0, &p, Line(3), Seen::Until(Version(1))), (stay(&[at(2, 2)]), false));
        assert_eq!(elements.exclude(0, &p, Line(2), Seen::Own), (stay(&[]), true));
        assert_eq!(elements, Elements::default());
    }

    #[test]
    fn an_empty_set_has_nobodys_elements() {
        let mut elements = Elements::default();
        elements.set(0, &Value::Set(BTreeSet::from(["p".to_owned()])), at(1, 1));
        assert_eq!(elements.0[&0]["p"], [at(1, 1)]);
        elements.set(0, &Value::Set(BTreeSet::new()), at(2, 1));
        assert_eq!(elements, Elements::default());
    }

    #[test]
    fn an_include_stands_for_those_that_it_had_seen() {
        let p = BTreeSet::from(["p".to_owned()]);
        let mut elements = Elements::default();
        for (version, line, base) in [(1, 1, 0), (2, 2, 0), (3, 3, 2), (4, 3, 2)] {
            elements.include(0, &p, at(version, line), Version(base));
        }
        assert_eq!(elements.0[&0]["p"], [at(4, 3)]);
    }
}
