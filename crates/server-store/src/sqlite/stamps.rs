//! A record's stamps in few bytes: the different ones once, then for its life and each field which of them.
//!
//! Versions are written as their distance from the record's own, lines by their small number (rule 57). A record
//! that was just made has one stamp for everything: three bytes.

use fieldbook_merge::{Line, Stamp, Stamps};
use fieldbook_model::Version;
use fieldbook_model::planted::{Defect, planted};

use super::bytes::{push, take};

/// Writes the stamps of a record at `version`.
pub fn write(version: Version, life: &Stamps, units: &[Stamps]) -> Vec<u8> {
    let mut different: Vec<&Stamps> = Vec::with_capacity(4);
    let mut places = Vec::with_capacity(units.len() + 1);
    for stamps in std::iter::once(life).chain(units) {
        let place = different.iter().position(|known| *known == stamps).unwrap_or_else(|| {
            different.push(stamps);
            different.len() - 1
        });
        places.push(place as u64);
    }
    let mut bytes = Vec::with_capacity(8 * different.len() + places.len());
    push(&mut bytes, different.len() as u64);
    for stamps in &different {
        push_stamps(&mut bytes, version, stamps);
    }
    if different.len() > 1 {
        places.into_iter().for_each(|place| push(&mut bytes, place));
    }
    bytes
}

/// Reads the stamps of a record's life and of so many fields; `None` when the bytes are damaged. A field that
/// came to its type after the record was written is as old as the record.
pub fn read(version: Version, fields: usize, mut bytes: &[u8]) -> Option<(Stamps, Vec<Stamps>)> {
    let count = usize::try_from(take(&mut bytes)?).ok()?;
    let mut different = Vec::with_capacity(count.min(fields + 1));
    for _ in 0..count {
        different.push(take_stamps(&mut bytes, version)?);
    }
    let life = *different.first()?;
    if count == 1 {
        return bytes.is_empty().then(|| (life, vec![life; fields]));
    }
    let mut places = Vec::with_capacity(fields + 1);
    while !bytes.is_empty() {
        places.push(*different.get(usize::try_from(take(&mut bytes)?).ok()?)?);
    }
    let mut units = places.split_off(1.min(places.len()));
    units.resize(fields, life);
    Some((*places.first()?, units))
}

fn push_stamps(bytes: &mut Vec<u8>, version: Version, stamps: &Stamps) {
    push(bytes, u64::from(stamps.last.line.0) << 1 | u64::from(stamps.other.is_some()));
    push_version(bytes, version, stamps.last);
    if let Some(other) = stamps.other {
        push(bytes, u64::from(other.line.0));
        push_version(bytes, version, other);
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
    let last = Stamp { line: line(first >> 1)?, version: take_version(bytes, version)? };
    let other = match first & 1 {
        0 => None,
        _ => Some(Stamp { line: line(take(bytes)?)?, version: take_version(bytes, version)? }),
    };
    Some(Stamps { last, other })
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
        Stamp { version: Version(version), line: Line(line) }
    }

    /// Ten fields, each changed by two devices at versions of its own.
    fn worst() -> (Version, Stamps, Vec<Stamps>) {
        let field = |n: u64| Stamps { last: at(1_000_000 + n, 7), other: Some(at(1_000 + n, 9)) };
        (Version(1_000_010), field(0), (1..=10).map(field).collect())
    }

    #[test]
    fn stamps_read_back() {
        let (version, life, units) = worst();
        assert_eq!(read(version, 10, &write(version, &life, &units)), Some((life, units)));
        let (one, two) = (Stamps::first(at(5, 1)), Stamps { last: at(9, 2), other: Some(at(5, 1)) });
        for (life, units) in [(one, vec![]), (one, vec![one; 4]), (one, vec![two, one]), (two, vec![one; 3])]
        {
            let bytes = write(Version(9), &life, &units);
            assert_eq!(read(Version(9), units.len(), &bytes), Some((life, units)));
        }
    }

    #[test]
    fn a_field_that_came_later_is_as_old_as_its_record() {
        let (one, two) = (Stamps::first(at(5, 1)), Stamps::first(at(6, 2)));
        let bytes = write(Version(6), &one, &[one, two]);
        assert_eq!(read(Version(6), 3, &bytes), Some((one, vec![one, two, one])));
    }

    #[test]
    fn damaged_stamps_are_noticed() {
        let (version, life, units) = worst();
        let bytes = write(version, &life, &units);
        assert_eq!(read(version, 10, &[]), None);
        assert_eq!(read(version, 10, &bytes[..20]), None);
        assert_eq!(read(Version(3), 10, &bytes), None);
    }

    #[test]
    fn rule_57_stamps_hold_small_line_numbers() {
        let one = Stamps::first(at(1_000_000, 7));
        assert_eq!(write(Version(1_000_000), &one, &[one; 10]).len(), 3);
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
        let (version, life, units) = worst();
        write(version, &life, &units).len()
    }
}
