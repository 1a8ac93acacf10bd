//! What people call a record.

use super::values::cut;
use super::{Labels, Touched};
use crate::json::Json;
use crate::schema::system::CONFLICT;
use crate::schema::{Kind, RecordType};
use crate::{RecordId, Schema};

/// How many references a label is followed through.
const STEPS_MAX: u32 = 4;

/// Who tells of an op.
pub(super) struct Speaker<'s, 'l> {
    pub(super) schema: &'s Schema,
    /// Each record once.
    pub(super) touched: &'s [Touched<'s>],
    pub(super) labels: &'l mut dyn Labels,
}

impl Speaker<'_, '_> {
    /// What a field holds: as the op found or left it, else as it is.
    pub(super) fn value(&mut self, of: &str, id: RecordId, field: &str) -> Option<Json> {
        let touched = self.touched.iter().find(|it| (it.of, it.id) == (of, id));
        let written = touched.and_then(|it| it.fields.iter().find(|(name, ..)| *name == field));
        let Some((_, before, after)) = written else { return self.labels.value(of, id, field) };
        // A record that is renamed is told of by the name that it had.
        let had = touched.is_some_and(|it| ["update", "delete"].contains(&it.verb));
        Some(if had && **before != Json::Null { (*before).clone() } else { (*after).clone() })
    }

    /// "ALFKI", else "a customer".
    pub(super) fn label(&mut self, of: &str, id: RecordId) -> String {
        self.known(of, id, STEPS_MAX).unwrap_or_else(|| self.some(of))
    }

    /// "customer ALFKI", else "a customer".
    pub(super) fn named(&mut self, of: &str, id: RecordId) -> String {
        match self.known(of, id, STEPS_MAX) {
            Some(label) => format!("{} {label}", spoken(self.schema, of)),
            None => self.some(of),
        }
    }

    /// "a customer"
    fn some(&self, of: &str) -> String {
        with_article(&spoken(self.schema, of))
    }

    fn known(&mut self, of: &str, id: RecordId, steps: u32) -> Option<String> {
        let schema = self.schema;
        let ty = schema.find(of)?;
        let name = label_field(ty)?;
        let kind = &ty.fields[ty.position(name)?].kind;
        let Json::Text(text) = self.value(of, id, name)? else { return None };
        match kind {
            Kind::Ref { to, .. } => self.known(to, RecordId::parse(&text).ok()?, steps.checked_sub(1)?),
            _ => (!text.trim().is_empty()).then(|| cut(&text)),
        }
    }
}

fn label_field(ty: &RecordType) -> Option<&str> {
    if ty.name == CONFLICT { Some("label") } else { ty.label.as_deref() }
}

/// What people call one of a type; "record", where the type is unknown.
pub(super) fn spoken(schema: &Schema, of: &str) -> String {
    schema.find(of).map_or_else(|| "record".to_owned(), RecordType::spoken)
}

fn with_article(noun: &str) -> String {
    // By the letter and not by the sound: no schema says how a word is spoken.
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// "order lines", "categories", "boxes"
pub(super) fn several(noun: &str) -> String {
    let before_y = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match before_y {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "z", "ch", "sh"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}
