//! The gap list: a number of a series that was given out stands in a record, or here with the reason (rule 30).

use fieldbook_merge::{DoneVerb, Effect, Outcome, Record};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::system::GAP;
use fieldbook_model::{Change, Op, RecordId, Schema, Value};

use crate::case::Case;
use crate::keys;
use crate::view::{LostNumber, View};

/// A number that an op gives to a record.
struct Number {
    of: String,
    record: RecordId,
    field: String,
    text: String,
}

impl Number {
    fn id(&self) -> RecordId {
        RecordId::named(&format!("{}.{}/{}", self.of, self.field, self.text))
    }
}

impl<V: View> Case<'_, V> {
    /// Notes the numbers of an op that is not going to happen.
    pub(crate) fn gaps(&mut self, op: &Op, by: &str, reason: &str) -> Result<(), V::Error> {
        for number in numbers(self.workspace().schema, op) {
            if !self.stands(&number)? {
                self.gap(&number, op, by, reason)?;
            }
        }
        Ok(())
    }

    /// Notes the numbers of ops that nobody has any more.
    pub(crate) fn lost_gaps(&mut self) -> Result<(), V::Error> {
        let op = self.op;
        for LostNumber { number, by } in self.desk.view.lost_numbers()? {
            let of = self.workspace().ladder.top().place(&number.of);
            let Some(of) = of else { continue };
            // Which record it was in nobody knows.
            let record = RecordId::named(&format!("{} lost", number.number));
            let of = self.workspace().schema.types[of].name.clone();
            let number = Number { of, record, field: number.field, text: number.number };
            if !self.stands(&number)? {
                self.gap(&number, op, &by, "lost")?;
            }
        }
        Ok(())
    }

    /// Whether a number is told of already: by a record that has it, or by the gap list.
    fn stands(&mut self, number: &Number) -> Result<bool, V::Error> {
        let schema = self.workspace().schema;
        let list = schema.place(GAP).expect("BUG: every schema has the gap list");
        let Some(of) = schema.place(&number.of) else { return Ok(false) };
        let ty = &schema.types[of];
        let Some(field) = ty.position(&number.field) else { return Ok(false) };
        let value = Value::Text(number.text.clone());
        let has = |record: &Record| record.row[field] == value;
        if self.desk.record(of, number.record)?.is_some_and(has) {
            return Ok(true);
        }
        if self.desk.record(list, number.id())?.is_some_and(|record| !record.deleted) {
            return Ok(true);
        }
        let Some(key) = keys::of_series(ty, field) else { return Ok(false) };
        let text = fieldbook_model::json::write(&[&value]);
        Ok(!self.desk.view.keyed(of, key, &text)?.is_empty())
    }

    fn gap(&mut self, number: &Number, op: &Op, by: &str, reason: &str) -> Result<(), V::Error> {
        if planted(Defect::NumbersVanish) {
            return Ok(());
        }
        let of = self.workspace().schema.place(GAP).expect("BUG: every schema has the gap list");
        let values = [&number.of, &number.field, &number.text, reason, by, &op.op_id.to_string()];
        let row = values.into_iter().map(|text| Value::Text(text.to_owned())).collect();
        self.write_system(of, number.id(), Some(row))
    }

    /// Takes back from the list what has a record now, and adds what a person decided not to make.
    pub(crate) fn renumber(&mut self, op: &Op, by: &str, effects: &[Effect]) -> Result<(), V::Error> {
        let schema = self.workspace().schema;
        if !schema.types.iter().any(|ty| ty.fields.iter().any(|field| field.series)) {
            return Ok(());
        }
        let of = schema.place(GAP).expect("BUG: every schema has the gap list");
        let inserts = effects.iter().filter(|effect| DoneVerb::of(&effect.change.verb) == DoneVerb::Insert);
        for effect in inserts {
            let ty = &schema.types[effect.change.of].name;
            let own = numbers(schema, op).into_iter().filter(|number| number.of == *ty);
            let own: Vec<Number> = own.filter(|number| is_in(number, schema, effect)).collect();
            for number in own {
                match effect.life {
                    Some(Outcome::LostToChoice(_)) => self.gap(&number, op, by, "not made")?,
                    _ => {
                        let listed = self.desk.record(of, number.id())?.is_some_and(|record| !record.deleted);
                        if listed {
                            self.write_system(of, number.id(), None)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn is_in(number: &Number, schema: &Schema, effect: &Effect) -> bool {
    let fieldbook_merge::Verb::Insert(row) = &effect.change.verb else { return false };
    let place = schema.types[effect.change.of].position(&number.field);
    place.is_some_and(|place| row[place] == Value::Text(number.text.clone()))
}

/// The numbers that an op's inserts carry.
fn numbers(schema: &Schema, op: &Op) -> Vec<Number> {
    let mut numbers = Vec::new();
    for change in &op.payload.changes {
        let Change::Insert { of, id, fields } = change else { continue };
        let series = schema.find(of).into_iter().flat_map(|ty| &ty.fields).filter(|field| field.series);
        for field in series {
            // What is no number of the field was refused for that.
            if let Some(Ok(Value::Text(text))) = fields.find(&field.name).map(|json| Value::read(field, json))
            {
                let (of, field) = (of.clone(), field.name.clone());
                numbers.push(Number { of, record: *id, field, text });
            }
        }
    }
    numbers
}
