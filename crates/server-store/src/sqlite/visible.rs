//! Which live records are shown: those whose owners all are (rule 18). For exports, which compare a server with its
//! devices; nothing that is decided asks it.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::RecordId;
use fieldbook_model::json::{self, Json};
use fieldbook_model::schema::Kind;
use rusqlite::Connection;

use super::frame::Frame;
use crate::error::{StoreError, damaged};

const LIVE: &str = "SELECT id, row FROM record WHERE of = ? AND deleted = 0";

/// The live records of types that own others or are owned, with their owners.
pub struct Owners {
    live: BTreeMap<(usize, RecordId), Vec<(usize, RecordId)>>,
    involved: Vec<bool>,
}

impl Owners {
    /// Reads them; nothing, where no type owns another.
    pub fn read(connection: &Connection, frame: &Frame) -> Result<Self, StoreError> {
        let owned: Vec<Vec<(usize, usize)>> =
            (0..frame.schema.types.len()).map(|of| owners(frame, of)).collect();
        let mut involved: Vec<bool> = owned.iter().map(|owners| !owners.is_empty()).collect();
        owned.iter().flatten().for_each(|(_, to)| involved[*to] = true);
        let mut live = BTreeMap::new();
        let mut find = connection.prepare_cached(LIVE)?;
        for of in (0..involved.len()).filter(|of| involved[*of]) {
            let mut rows = find.query([frame.number(of)])?;
            while let Some(row) = rows.next()? {
                let values = row.get_ref(1)?.as_str().map_err(|_| damaged("a record"))?;
                let values: Vec<Json> = json::parse(values).map_err(|_| damaged("a record"))?;
                let named = owned[of].iter().filter_map(|(field, to)| match values.get(*field) {
                    Some(Json::Text(id)) => RecordId::parse(id).ok().map(|id| (*to, id)),
                    _ => None,
                });
                live.insert((of, RecordId::from_bytes(row.get(0)?)), named.collect());
            }
        }
        Ok(Self { live, involved })
    }

    /// Whether a live record is shown.
    pub fn show(&self, of: usize, id: RecordId) -> bool {
        // Owners that own each other in a circle hide nobody.
        let (mut been, mut next) = (BTreeSet::new(), vec![(of, id)]);
        while let Some((of, id)) = next.pop() {
            if !self.involved[of] || !been.insert((of, id)) {
                continue;
            }
            match self.live.get(&(of, id)) {
                Some(owners) => next.extend(owners),
                None => return false,
            }
        }
        true
    }
}

/// The owning references of a type: the field, and the owner's type.
fn owners(frame: &Frame, of: usize) -> Vec<(usize, usize)> {
    let fields = frame.ty(of).fields.iter().enumerate();
    fields
        .filter_map(|(place, field)| match &field.kind {
            Kind::Ref { to, owner: true, .. } => Some((place, frame.schema.place(to)?)),
            _ => None,
        })
        .collect()
}
