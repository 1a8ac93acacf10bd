//! Scopes that came to lie elsewhere since a device's cursor: is what it sees of the workspace still the same set of scopes,
//! each seen as it was? Then the records that say where the scopes lie now are all it needs (rule 56): what lies in them is
//! on the device, and there it lies in the scope by name, as it does here by number. Otherwise its view is another one.
//!
//! A scope that was made since needs no look: whatever lies in it was written since, too.

use std::collections::BTreeSet;

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Schema, Version};
use fieldbook_protocol::page::ScopeAsk;

use super::scopes::{Part, Tree};
use super::sight::Sight;
use crate::error::StoreError;

/// Of a part that moves with a scope so many scopes are looked at; beyond that the view counts as another.
const SCOPES_MAX: usize = 10_000;

/// What a device sees now, and by which scopes.
pub struct Seen<'s, 't> {
    /// The scopes.
    pub tree: &'s mut Tree<'t>,
    /// What it has of them.
    pub has: &'s mut Part,
    /// What its user reads in each.
    pub sight: &'s mut Sight<'t>,
}

impl Seen<'_, '_> {
    /// Whether the same was seen at an earlier version, with the same rights.
    pub fn is_as_at(
        &mut self,
        since: Version,
        asks: &[ScopeAsk],
        schema: &Schema,
    ) -> Result<bool, StoreError> {
        if !self.has.moved_since(self.tree, since)? {
            return Ok(true);
        }
        if planted(Defect::MovesSendAll) || self.has.asked_since(self.tree, since)? {
            return Ok(false);
        }
        let (mut was_tree, moved) = self.tree.as_at(since)?;
        let mut had = Part::of(&mut was_tree, true, asks)?;
        let mut had_sight = Sight::new(schema, self.sight.access().clone());
        let mut look: BTreeSet<i64> = had.around().symmetric_difference(self.has.around()).copied().collect();
        for n in moved {
            look.extend(self.tree.beneath(n)?);
            if look.len() > SCOPES_MAX {
                return Ok(false);
            }
        }
        for n in look {
            let has = self.has.covers(self.tree, n)?;
            if has != had.covers(&mut was_tree, n)? {
                return Ok(false);
            }
            if has && self.sight.within(self.tree, n)? != had_sight.within(&mut was_tree, n)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
