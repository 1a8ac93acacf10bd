//! What a view comes to: one read over all that is there, of which no row is kept. It asks of each row what a page asks of it:
//! does the view cover its place, is it too old, and what of it does its reader see?

use std::collections::BTreeMap;

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::system::{CONFLICT, GAP};
use fieldbook_model::sum::{Shape, Sum, Tally};
use fieldbook_model::{Json, RecordId, Version, json};
use fieldbook_protocol::page::ScopeAsk;
use fieldbook_protocol::{PartSum, Sums};
use rusqlite::Connection;

use super::frame::Frame;
use super::number::nat;
use super::plan::Pull;
use super::rows::Rows;
use super::scopes::Part;
use super::sight;
use crate::error::{StoreError, damaged};

const ROWS: &str = "SELECT of, id, version, row, scope FROM record WHERE deleted = 0";
/// How the records of a type in a scope go into a sum: their shape, and where the values stand in the row; `None` where the
/// reader has none of them.
type Seen = Option<(Shape, Option<Vec<usize>>)>;

/// What the view of a pull comes to, for the scopes that it asks for.
pub fn read(
    connection: &Connection,
    frame: &Frame,
    pull: &mut Pull<'_>,
    rows: &Rows<'_>,
    asks: &[ScopeAsk],
) -> Result<Sums, StoreError> {
    // What somebody reads of a conflict follows from where its records lie by now, and no page tells that anew.
    let conflicts = pull.sight.is_whole() && !frame.has_scopes();
    let mut view = View {
        frame,
        rows,
        conflicts,
        tally: Tally::default(),
        seen: BTreeMap::new(),
        sums: BTreeMap::new(),
    };
    let mut find = connection.prepare_cached(ROWS)?;
    view.add(pull, find.query([])?)?;
    let sums = view.sums;
    let (mut parts, mut of_root) = (vec![PartSum::default()], sums.clone());
    for ask in asks {
        let part = Part::of(&mut pull.tree, false, std::slice::from_ref(ask))?;
        let mut is = Sum::default();
        for (scope, sum) in &sums {
            if part.asks_for(&mut pull.tree, *scope)? {
                of_root.remove(scope);
                is.join(sum);
            }
        }
        parts.push(PartSum { scope: Some(ask.scope.clone()), beneath: ask.beneath, is });
    }
    of_root.values().for_each(|sum| parts[0].is.join(sum));
    Ok(Sums { conflicts, parts })
}

/// A view on its way into sums.
struct View<'v> {
    frame: &'v Frame,
    rows: &'v Rows<'v>,
    conflicts: bool,
    tally: Tally,
    seen: BTreeMap<(usize, i64), Seen>,
    /// For each scope what lies in itself.
    sums: BTreeMap<i64, Sum>,
}

impl View<'_> {
    fn add(&mut self, pull: &mut Pull<'_>, mut found: rusqlite::Rows<'_>) -> Result<(), StoreError> {
        while let Some(row) = found.next()? {
            let scope = row.get(4)?;
            if !pull.has.covers(&mut pull.tree, scope)? {
                continue;
            }
            let of = self.frame.place(row.get(0)?).ok_or_else(|| damaged("a record's type"))?;
            let values = row.get_ref(3)?.as_str().map_err(|_| damaged("a record"))?;
            if !self.is_in(pull, (of, scope), values)? {
                continue;
            }
            let at = (RecordId::from_bytes(row.get(1)?), Version(nat(row.get(2)?)?));
            let Some((shape, kept)) = &self.seen[&(of, scope)] else { continue };
            let values = self.rows.values(of, values)?;
            let mut values: Vec<Json> = json::parse(&values).map_err(|_| damaged("a record"))?;
            if let Some(kept) = kept {
                values = kept.iter().map(|at| values.get(*at).cloned().unwrap_or(Json::Null)).collect();
            }
            let record = self.tally.record(shape, at, &values);
            self.sums.entry(scope).or_default().add(record);
        }
        Ok(())
    }

    /// Whether the reader has a record that lies in the view.
    fn is_in(
        &mut self,
        pull: &mut Pull<'_>,
        (of, scope): (usize, i64),
        values: &str,
    ) -> Result<bool, StoreError> {
        if pull.cuts.hide(&mut pull.tree, of, values, scope)? && !planted(Defect::SumsOfEverything) {
            return Ok(false);
        }
        if pull.cuts.orphaned(of, values)? {
            return Ok(false);
        }
        if !self.seen.contains_key(&(of, scope)) {
            let seen = self.shape(pull, of, scope)?;
            self.seen.insert((of, scope), seen);
        }
        let ty = self.frame.ty(of);
        match ty.name.as_str() {
            CONFLICT if ty.system => Ok(self.conflicts),
            GAP if ty.system && !pull.sight.is_whole() => {
                let seen = pull.sight.within(&mut pull.tree, scope)?;
                sight::gap(&self.frame.schema, values, &seen)
            }
            _ => Ok(true),
        }
    }

    /// How records of a type in a scope stand in a page.
    fn shape(&self, pull: &mut Pull<'_>, of: usize, scope: i64) -> Result<Seen, StoreError> {
        let seen = pull.sight.within(&mut pull.tree, scope)?;
        let all = self.frame.ty(of).fields.len();
        let Some(fields) = &seen[of] else { return Ok(None) };
        let fields = Some(fields).filter(|fields| fields.len() < all && !pull.sight.is_whole());
        let Some((columns, kept)) = self.rows.columns(of, fields) else { return Ok(None) };
        let schema = self.rows.schema();
        let ty = schema.find(&columns.of).ok_or_else(|| damaged("the schema"))?;
        let field = |(place, name): (usize, &String)| Some((place, &ty.fields[ty.position(name)?]));
        let shape = Shape::of(&columns.of, columns.columns.iter().enumerate().filter_map(field));
        Ok(Some((shape, kept)))
    }
}
