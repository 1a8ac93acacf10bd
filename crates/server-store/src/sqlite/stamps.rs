//! A record's stamps in few bytes: the different ones once, then for its life and each field which of them; then who
//! put the elements of its sets there.
//!
//! Versions are written as their distance from the record's own, lines by their small number (rule 57), weights only where
//! there are any. A record that was just made has one stamp for everything: three bytes. A set whose elements all came
//! with the last change of its field takes two more.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_merge::{Elements, Line, Row, Stamp, Stamps};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Value, Version};

use super::bytes::{push, take};

/// What the stamps of a record say.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Who changed its life last.
    pub life: Stamps,
    /// Who changed each field last.
    pub units: Vec<Stamps>,
    /// Who put the elements of its sets there.
    pub elements: Elements,
}

/// Writes the stamps of a record at `version`.
pub fn write(version: Version, life: &Stamps, units: &[Stamps], elements: &Elements) -> Vec<u8> {
    let mut different: Vec<&Stamps> = Vec::with_capacity(4);
    let mut places = Vec::with_capacity(units.len() + 1);
    for stamps in std::iter::once(life).chain(units) {
        let place = different.iter().position(|known| *known == stamps).unwrap_or_else(|| {
            different.push(stamps);
            different.len() - 1
        });
        places.push(place as u64);
    }
    let mut bytes = Vec::with_capacity(8 * different.len() + places.len() + 1);
    push(&mut bytes, different.len() as u64);
    for stamps in &different {
        push_stamps(&mut bytes, version, stamps);
    }
    if different.len() > 1 {
        push(&mut bytes, places.len() as u64);
        places.into_iter().for_each(|place| push(&mut bytes, place));
    }
    for (field, set) in &elements.0 {
        push(&mut bytes, *field as u64);
        push_set(&mut bytes, version, units[*field].last, set);
    }
    bytes
}

/// Reads the stamps of a record's life, fields and elements; `None` when the bytes are damaged. A field that came to its
/// type after the record was written is as old as the record.
pub fn read(version: Version, row: &Row, mut bytes: &[u8]) -> Option<Kept> {
    let fields = row.len();
    let count = usize::try_from(take(&mut bytes)?).ok()?;
    let mut different = Vec::with_capacity(count.min(fields + 1));
    for _ in 0..count {
        different.push(take_stamps(&mut bytes, version)?);
    }
    let mut life = *different.first()?;
    let mut units = vec![life; fields];
    if count > 1 {
        let known = usize::try_from(take(&mut bytes)?).ok()?;
        let mut stamps = || different.get(usize::try_from(take(&mut bytes)?).ok()?).copied();
        let known: Vec<Stamps> = (0..known).map(|_| stamps()).collect::<Option<_>>()?;
        life = *known.first()?;
        units = known[1..].to_vec();
        units.resize(fields, life);
    }
    let mut elements = BTreeMap::new();
    while !bytes.is_empty() {
        let field = usize::try_from(take(&mut bytes)?).ok()?;
        let Value::Set(set) = row.get(field)? else { return None };
        elements.insert(field, take_set(&mut bytes, version, units[field].last, set)?);
    }
    Some(Kept { life, units, elements: Elements(elements) })
}

type Set = BTreeMap<String, Vec<Stamp>>;

/// The different changes of elements once, then for each element which of them; nothing where all came with the last
/// change of the field.
fn push_set(bytes: &mut Vec<u8>, version: Version, last: Stamp, set: &Set) {
    let last = [Stamp { weight: 0, ..last }];
    if set.values().all(|changes| **changes == last) {
        return push(bytes, 0);
    }
    let mut different: Vec<&Vec<Stamp>> = Vec::new();
    let mut places = Vec::with_capacity(set.len());
    for changes in set.values() {
        let place = different.iter().position(|known| *known == changes).unwrap_or_else(|| {
            different.push(changes);
            different.len() - 1
        });
        places.push(place as u64);
    }
    push(bytes, different.len() as u64);
    for changes in different {
        push(bytes, changes.len() as u64);
        for change in changes {
            push(bytes, u64::from(change.line.0));
            push_version(bytes, version, *change);
        }
    }
    places.into_iter().for_each(|place| push(bytes, place));
}

fn take_set(bytes: &mut &[u8], version: Version, last: Stamp, set: &BTreeSet<String>) -> Option<Set> {
    let count = usize::try_from(take(bytes)?).ok()?;
    if count == 0 {
        let last = Stamp { weight: 0, ..last };
        return Some(set.iter().map(|element| (element.clone(), vec![last])).collect());
    }
    let mut different: Vec<Vec<Stamp>> = Vec::with_capacity(count.min(set.len()));
    for _ in 0..count {
        let mut changes = Vec::new();
        for _ in 0..take(bytes)? {
            let line = line(take(bytes)?)?;
            changes.push(Stamp::new(take_version(bytes, version)?, line));
        }
        different.push(changes);
    }
    let mut changes = || different.get(usize::try_from(take(bytes)?).ok()?).cloned();
    set.iter().map(|element| Some((element.clone(), changes()?))).collect()
}

fn push_stamps(bytes: &mut Vec<u8>, version: Version, stamps: &Stamps) {
    let weighs = stamps.last.weight > 0 || stamps.other.is_some_and(|other| other.weight > 0);
    let flags = u64::from(weighs) << 1 | u64::from(stamps.other.is_some());
    push(bytes, u64::from(stamps.last.line.0) << 2 | flags);
    push_version(bytes, version, stamps.last);
    if weighs {
        push(bytes, stamps.last.weight);
    }
    if let Some(other) = stamps.other {
        push(bytes, u64::from(other.line.0));
        push_version(bytes, version, other);
        if weighs {
            push(bytes, other.weight);
        }
    }
}

fn push_version(bytes: &mut Vec<u8>, version: Version, stamp: Stamp) {
    let distance = version.0.checked_sub(stamp.version.0).expect("BUG: a field is newer than its record");
    push(bytes, distance);
    if planted(Defect::StampsHoldDeviceIds) {
        bytes.extend([0; 16]);
    }
}

fn take_stamps(bytes: &mut &[u8], version: Version) -> Option<Stamps> {
    let first = take(bytes)?;
    let weighs = first & 2 > 0;
    let last = take_stamp(bytes, version, first >> 2, weighs)?;
    let other = match first & 1 {
        0 => None,
        _ => {
            let line = take(bytes)?;
            Some(take_stamp(bytes, version, line, weighs)?)
        }
    };
    Some(Stamps { last, other })
}

fn take_stamp(bytes: &mut &[u8], version: Version, number: u64, weighs: bool) -> Option<Stamp> {
    let (line, version) = (line(number)?, take_version(bytes, version)?);
    let weight = if weighs { take(bytes)? } else { 0 };
    Some(Stamp { version, line, weight })
}

fn take_version(bytes: &mut &[u8], version: Version) -> Option<Version> {
    let found = version.0.checked_sub(take(bytes)?).map(Version);
    if planted(Defect::StampsHoldDeviceIds) {
        *bytes = bytes.get(16..)?;
    }
    found
}

fn line(number: u64) -> Option<Line> {
    u32::try_from(number).ok().map(Line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(version: u64, line: u32) -> Stamp {
        Stamp::new(Version(version), Line(line))
    }

    fn plain(life: Stamps, units: Vec<Stamps>) -> Kept {
        Kept { life, units, elements: Elements::default() }
    }

    fn written(version: Version, kept: &Kept) -> Vec<u8> {
        write(version, &kept.life, &kept.units, &kept.elements)
    }

    fn empty(fields: usize) -> Row {
        vec![Value::Null; fields]
    }

    /// Ten fields, each changed by two devices at versions of its own.
    fn worst() -> (Version, Kept) {
        let field = |n: u64| Stamps { last: at(1_000_000 + n, 7), other: Some(at(1_000 + n, 9)) };
        (Version(1_000_010), plain(field(0), (1..=10).map(field).collect()))
    }

    #[test]
    fn stamps_read_back() {
        let (version, kept) = worst();
        assert_eq!(read(version, &empty(10), &written(version, &kept)), Some(kept));
        let (one, two) = (Stamps::first(at(5, 1)), Stamps { last: at(9, 2), other: Some(at(5, 1)) });
        let ranked = Stamps::first(Stamp { weight: 3, ..at(6, 2) });
        let written_late = Stamps { last: Stamp { weight: 1 << 60, ..at(9, 2) }, other: Some(at(5, 1)) };
        for (life, units) in [
            (one, vec![]),
            (one, vec![one; 4]),
            (one, vec![two, one]),
            (two, vec![one; 3]),
            (one, vec![ranked, written_late, two]),
        ] {
            let (row, kept) = (empty(units.len()), plain(life, units));
            assert_eq!(read(Version(9), &row, &written(Version(9), &kept)), Some(kept));
        }
    }

    /// Three sets: one whose elements came with the last change of its field, one that two devices filled, an empty one.
    fn sets() -> (Row, Kept) {
        let set = |elements: &[&str]| elements.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
        let row = vec![Value::Set(set(&["p", "q"])), Value::Set(set(&["p", "q", "s"])), Value::Set(set(&[]))];
        let by = |elements: &[(&str, &[Stamp])]| {
            elements.iter().map(|(it, changes)| ((*it).to_owned(), changes.to_vec())).collect()
        };
        let (one, two) = (at(5, 1), at(9, 2));
        let elements = BTreeMap::from([
            (0, by(&[("p", &[one]), ("q", &[one])])),
            (1, by(&[("p", &[one]), ("q", &[one, two]), ("s", &[one])])),
        ]);
        let last = Stamps { last: two, other: Some(one) };
        let kept = Kept {
            life: Stamps::first(one),
            units: vec![Stamps::first(one), last, last],
            elements: Elements(elements),
        };
        (row, kept)
    }

    #[test]
    fn elements_read_back_and_cost_little() {
        let (row, kept) = sets();
        let bytes = written(Version(9), &kept);
        assert_eq!(read(Version(9), &row, &bytes), Some(kept.clone()));
        let without = written(Version(9), &Kept { elements: Elements::default(), ..kept });
        assert!(bytes.len() - without.len() < 2 + 14, "{} bytes", bytes.len() - without.len());
        assert_eq!(read(Version(9), &empty(3), &bytes), None);
        assert_eq!(read(Version(9), &row, &bytes[..bytes.len() - 1]), None);
    }

    #[test]
    fn a_field_that_came_later_is_as_old_as_its_record() {
        let (one, two) = (Stamps::first(at(5, 1)), Stamps::first(at(6, 2)));
        let bytes = written(Version(6), &plain(one, vec![one, two]));
        assert_eq!(read(Version(6), &empty(3), &bytes), Some(plain(one, vec![one, two, one])));
    }

    #[test]
    fn damaged_stamps_are_noticed() {
        let (version, kept) = worst();
        let bytes = written(version, &kept);
        assert_eq!(read(version, &empty(10), &[]), None);
        assert_eq!(read(version, &empty(10), &bytes[..20]), None);
        assert_eq!(read(Version(3), &empty(10), &bytes), None);
    }

    #[test]
    fn rule_57_stamps_hold_small_line_numbers() {
        let one = Stamps::first(at(1_000_000, 7));
        assert_eq!(written(Version(1_000_000), &plain(one, vec![one; 10])).len(), 3);
        assert!(worst_bytes() < 6 * 2 * 11 + 8, "{} bytes", worst_bytes());
    }

    #[cfg(feature = "planted")]
    #[test]
    fn rule_57_is_noticed_when_it_is_missing() {
        fieldbook_model::planted::with(Defect::StampsHoldDeviceIds, || {
            assert!(worst_bytes() > 6 * 2 * 11 + 8)
        });
    }

    fn worst_bytes() -> usize {
        let (version, kept) = worst();
        written(version, &kept).len()
    }
}
