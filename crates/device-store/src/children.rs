//! What the end of a record means for those that it owns: they have to go first, or their reference turns to
//! somebody else, or they are not shown while their owner is gone.

use std::collections::BTreeSet;

use fieldbook_device_sync::Key;
use fieldbook_model::schema::OnDelete;
use fieldbook_model::{Code, RecordId, Refusal, Value};

use crate::act::ActError;
use crate::board::Board;
use crate::error::StoreError;
use crate::owners::Child;
use crate::plays::Play;
use crate::schema_sql::quoted;

impl Board<'_> {
    /// Does to a record's children what its end means for them, or refuses the end. The record is there still.
    pub fn end(&mut self, key: Key) -> Result<(), ActError> {
        let owners = &self.tx.tables.owners;
        let asks = |child: &&Child| child.on_delete != OnDelete::Cascade;
        let children: Vec<&Child> = owners.children(key.of).iter().filter(asks).collect();
        if children.is_empty() {
            return Ok(());
        }
        let Some(row) = self.laid(key)?.now.row.clone() else { return Ok(()) };
        let schema = self.tx.schema;
        for child in children {
            let ids = self.owned(child, key)?;
            match &child.on_delete {
                OnDelete::Cascade => {}
                OnDelete::Refuse if ids.is_empty() => {}
                OnDelete::Refuse => {
                    let (owner, owned) = (schema.types[key.of].spoken(), schema.types[child.of].spoken());
                    let words = format!(
                        "This {owner} still has {} of type {owned}; delete or move {} first.",
                        ids.len(),
                        if ids.len() == 1 { "it" } else { "them" }
                    );
                    return Err(Refusal::at(Code::HasChildren, &schema.types[key.of].name, words).into());
                }
                OnDelete::OrphanTo(heir) => {
                    let heir = heir.as_deref().and_then(|heir| schema.types[key.of].position(heir));
                    let heir = heir.map_or(Value::Null, |place| row[place].clone());
                    for id in ids {
                        let turn = Play::Turn(vec![(child.field, Value::Ref(key.id), heir.clone())]);
                        let played = self.play_beside(Key { of: child.of, id }, turn)?;
                        played.expect("BUG: a reference that cannot be set");
                    }
                }
            }
        }
        Ok(())
    }

    /// The live records that a reference says are owned by a record, itself left out.
    fn owned(&mut self, child: &Child, owner: Key) -> Result<BTreeSet<RecordId>, StoreError> {
        let (ty, sql) = (&self.tx.schema.types[child.of], &self.tx.tables.types[child.of]);
        let column = quoted(&ty.fields[child.field].name);
        let mut select =
            self.tx.conn.prepare_cached(&format!("SELECT id FROM {} WHERE {column} = ?1", sql.name))?;
        let mut rows = select.query([owner.id.encode(&mut [0; 36])])?;
        let mut ids = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let id = row.get_ref(0)?.as_str().ok().and_then(|text| RecordId::parse(text).ok());
            ids.insert(id.ok_or_else(|| StoreError::unreadable("the id of a record"))?);
        }
        for (key, laid) in self.records.iter().filter(|(key, _)| key.of == child.of) {
            let owned = laid.now.row.as_ref().is_some_and(|row| row[child.field] == Value::Ref(owner.id));
            match owned {
                true => ids.insert(key.id),
                false => ids.remove(&key.id),
            };
        }
        if child.of == owner.of {
            ids.remove(&owner.id);
        }
        Ok(ids)
    }
}
