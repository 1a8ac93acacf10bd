//! Numbers of a series that were given out and that no record has (rule 30).

use std::collections::BTreeSet;

use fieldbook_model::op::About;
use fieldbook_model::{Change, Value};

use crate::history::{History, What};
use crate::said::Ruling;
use crate::server::Reference;
use crate::state::State;

/// A type, its series field, a number.
type Number = (String, String, String);

impl Reference<'_> {
    /// The gap list. An op that waits may still make its records.
    pub fn gaps(&self) -> BTreeSet<Number> {
        let made = self.history.numbers_made();
        let states = self.history.states();
        let mut gaps = BTreeSet::new();
        for event in &self.history.events {
            if !matches!(states[&event.place()], State::Held { .. }) {
                let changes = event.op.iter().flat_map(|op| &op.payload.changes);
                gaps.extend(changes.flat_map(|change| self.history.numbers_given(change)));
            }
        }
        let closes = |op: &fieldbook_model::Op| matches!(op.payload.about, Some(About::Closes(_)));
        let done = self.history.events.iter().filter(|event| event.ruling == Ruling::Committed);
        let closed =
            done.filter(|event| event.op.as_ref().is_some_and(closes)).map(|event| event.version).max();
        for gone in self.history.gone.iter().filter(|gone| closed.is_some_and(|at| gone.at < at)) {
            gaps.extend(gone.numbers.iter().cloned());
        }
        gaps.difference(&made).cloned().collect()
    }
}

impl History<'_> {
    /// The numbers of all records that were ever made.
    fn numbers_made(&self) -> BTreeSet<Number> {
        let deeds = self.events.iter().flat_map(|event| &event.deeds);
        let numbers = deeds.filter_map(|deed| match &deed.what {
            What::Wrote(name, Value::Text(number)) => {
                let ty = self.schema.find(deed.of)?;
                let series = ty.fields.iter().any(|field| field.name == *name && field.series);
                series.then(|| (deed.of.to_owned(), (*name).to_owned(), number.clone()))
            }
            _ => None,
        });
        numbers.collect()
    }

    /// The numbers that an insert gives.
    fn numbers_given(&self, change: &Change) -> Vec<Number> {
        let Change::Insert { of, fields, .. } = change else { return Vec::new() };
        let series = self.schema.find(of).into_iter().flat_map(|ty| &ty.fields).filter(|field| field.series);
        let given = series.filter_map(|field| match Value::read(field, fields.find(&field.name)?) {
            Ok(Value::Text(number)) => Some((of.clone(), field.name.clone(), number)),
            _ => None,
        });
        given.collect()
    }
}
