//! Numbers of a device's own series (rule 30): `<prefix>-<000001>`. The prefix is six characters from the
//! device's id, and a letter for each time that the series had to begin anew.
//!
//! The last number stands in the op log beside the op that gave it out, so that both are written in one page or
//! not at all. A number is used once it is printed: if this database is put back to an earlier state, it must
//! not be given out again. So the home keeps a note of the last number outside of the database, tells the store
//! at the start, and a store that is behind begins a new series (another letter) that counts on from the note.

use fieldbook_model::DeviceId;
use fieldbook_model::planted::{Defect, planted};

use crate::error::StoreError;
use crate::notes;
use crate::open::{Durability, Store, Tx};
use crate::oplog;

/// Where a device's numbers stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// How often the series began anew: 0 has no letter, 1 is `A`, 27 is `AA`.
    pub generation: u32,
    /// The last number that was given out; 0 before the first. It grows from one generation to the next.
    pub last: u64,
}

const NOTE: &str = "series";

impl Store {
    /// Where the device's numbers stand. A home notes `last` outside of the database after each act.
    pub fn series(&mut self) -> Result<Series, StoreError> {
        let (conn, parts) = self.read()?;
        now(parts.on(&conn))
    }

    /// Whether any record of the app is numbered: without that nothing is ever noted.
    pub fn has_series(&self) -> bool {
        self.identity().schema.types.iter().any(|ty| ty.fields.iter().any(|field| field.series))
    }

    /// Begins a new series if a number above this database's last was given out before. Tells where it stands.
    pub fn renew_series(&mut self, at_least: u64) -> Result<Series, StoreError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let series = now(tx)?;
        if at_least <= series.last || planted(Defect::SeriesGoesOn) {
            return Ok(series);
        }
        let renewed = Series { generation: series.generation + 1, last: at_least };
        let note = format!("{} {}", renewed.generation, renewed.last);
        notes::write(tx, NOTE, Some(&note))?;
        conn.commit()?;
        Ok(renewed)
    }
}

/// Where the numbers stand.
pub(crate) fn now(tx: Tx<'_>) -> Result<Series, StoreError> {
    let given = oplog::tail(tx)?.number;
    let Some(note) = notes::read(tx, NOTE)? else { return Ok(Series { generation: 0, last: given }) };
    let read = note.split_once(' ').and_then(|(generation, floor)| {
        Some(Series { generation: generation.parse().ok()?, last: floor.parse::<u64>().ok()?.max(given) })
    });
    read.ok_or_else(|| StoreError::unreadable("the note of the series"))
}

impl Series {
    /// The next number, which is thereby given out.
    pub(crate) fn next(&mut self, device: DeviceId) -> String {
        self.last += 1;
        format!("{}{}-{:06}", prefix(device), letters(self.generation), self.last)
    }
}

/// Six characters of Crockford's alphabet from the last thirty bits of an id, which are random.
fn prefix(device: DeviceId) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = device.bytes()[12..].iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    (0..6).rev().map(|place| char::from(ALPHABET[(bits >> (5 * place) & 31) as usize])).collect()
}

fn letters(mut generation: u32) -> String {
    let mut letters = Vec::new();
    while generation > 0 {
        generation -= 1;
        letters.push(char::from(b'A' + (generation % 26) as u8));
        generation /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_devices_prefix_and_a_letter_for_each_new_series() {
        let device = DeviceId::from_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xe0]);
        for (generation, last, number) in
            [(0, 0, "ZZZZZ0-000001"), (1, 41, "ZZZZZ0A-000042"), (27, 999_999, "ZZZZZ0AA-1000000")]
        {
            assert_eq!(Series { generation, last }.next(device), number);
        }
    }
}
