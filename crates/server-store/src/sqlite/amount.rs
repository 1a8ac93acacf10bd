//! How much a part of the workspace is, before somebody loads it: as far as whoever asks reads it by now.

use std::collections::BTreeSet;

use fieldbook_model::Scope;
use fieldbook_model::access::Access;
use fieldbook_model::chain::Hash;
use fieldbook_model::json::{self, Json};
use fieldbook_model::schema::Kind;
use rusqlite::Connection;

use super::frame::Frame;
use super::scopes::Tree;
use super::sight::Sight;
use crate::error::{StoreError, damaged};
use crate::store::Amount;

const WITHIN: &str = "SELECT of, row FROM record WHERE scope = ? AND deleted = 0";

/// What lies in a part itself, and that with all that lies in the parts within it. `None` of one that is not there.
pub fn read(
    connection: &Connection,
    frame: &Frame,
    access: Access,
    part: &Scope,
) -> Result<Option<[Amount; 2]>, StoreError> {
    let mut tree = Tree::new(connection, frame);
    let Some(n) = tree.number(part)? else { return Ok(None) };
    let mut sight = Sight::new(&frame.schema, access);
    let [mut own, mut all] = [Amount::default(), Amount::default()];
    for within in tree.beneath(n)? {
        let seen = sight.within(&mut tree, within)?;
        let mut amount = Amount::default();
        let mut find = connection.prepare_cached(WITHIN)?;
        let mut rows = find.query([within])?;
        while let Some(row) = rows.next()? {
            let Some(of) = frame.place(row.get(0)?) else { continue };
            if seen[of].is_none() || frame.ty(of).system {
                continue;
            }
            let text = row.get_ref(1)?.as_str().map_err(|_| damaged("a record"))?;
            amount.records += 1;
            amount.bytes += text.len() as u64;
            blobs(frame, of, text, &mut amount.blobs)?;
        }
        if within == n {
            own = amount.clone();
        }
        all.add(amount);
    }
    Ok(Some([own, all]))
}

/// The blobs that a record names.
fn blobs(frame: &Frame, of: usize, row: &str, sums: &mut BTreeSet<Hash>) -> Result<(), StoreError> {
    let fields = &frame.ty(of).fields;
    if !fields.iter().any(|field| field.kind == Kind::Blob) {
        return Ok(());
    }
    let values: Vec<Json> = json::parse(row).map_err(|_| damaged("a record"))?;
    let named = fields.iter().zip(values).filter(|(field, _)| field.kind == Kind::Blob);
    sums.extend(named.filter_map(|(_, json)| match json {
        Json::Text(sum) => Hash::parse(&sum),
        _ => None,
    }));
    Ok(())
}

impl Amount {
    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.blobs.extend(other.blobs);
    }
}
