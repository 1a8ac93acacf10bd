//! What an op did as a sentence for people, from the schema's wording: never with a bare id.
//!
//! Here: what a sentence is made from, and the sentences of the actions that every app has. `says` reads an
//! action's own wording, `deeds` tells changes where there is none, `labels` names records and `values` what
//! they hold. Never decides anything: what is told has happened.

mod deeds;
mod labels;
pub(crate) mod says;
#[cfg(test)]
mod tests;
mod values;

use crate::json::Json;
use crate::schema::system::CONFLICT;
use crate::schema::{DISCARD, REDO, RESOLVE, UNDO};
use crate::{RecordId, Schema};

use self::labels::Speaker;

/// An op as far as a sentence speaks of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<'a> {
    /// The user's name.
    pub name: &'a str,
    /// The action.
    pub action: &'a str,
    /// The records that it touched, in its order. Of an undo, what the undo did; of a resolution or a discard, what
    /// the op that it is about would do.
    pub touched: Vec<Touched<'a>>,
}

/// A noun at the beginning of a sentence, with its article: `An estate`.
pub fn a(noun: &str) -> String {
    match noun.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) {
        true => format!("An {noun}"),
        false => format!("A {noun}"),
    }
}

/// What an op did to a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Touched<'a> {
    /// The record's type.
    pub of: &'a str,
    /// The record.
    pub id: RecordId,
    /// `insert`, `update`, `delete` or `restore`.
    pub verb: &'a str,
    /// Fields with what they held and hold.
    pub fields: Vec<(&'a str, &'a Json, &'a Json)>,
}

/// Where a sentence looks records up, deleted ones too.
pub trait Labels {
    /// What a field of a record holds.
    fn value(&mut self, of: &str, id: RecordId, field: &str) -> Option<Json>;
}

/// The sentence, without a full stop: "Priya moved Pump 3 on Floor 3".
pub fn sentence(schema: &Schema, told: &Told<'_>, labels: &mut dyn Labels) -> String {
    let touched = deeds::together(&told.touched);
    let touched = if told.action == UNDO { deeds::undone(schema, touched) } else { touched };
    let mut speaker = Speaker { schema, touched: &touched, labels };
    let did = match told.action {
        UNDO | REDO if touched.is_empty() => format!("{} what had no effect", again(told.action)),
        UNDO | REDO => format!("{}: {}", again(told.action), speaker.deeds()),
        RESOLVE => speaker.settled(),
        DISCARD => speaker.discarded(),
        action => speaker.said(action).unwrap_or_else(|| speaker.deeds()),
    };
    format!("{} {did}", told.name)
}

fn again(action: &str) -> &'static str {
    if action == UNDO { "undid" } else { "redid" }
}

/// What a person knows a record by: its label field, followed through references; else what its type is called.
pub fn label(schema: &Schema, of: &str, id: RecordId, labels: &mut dyn Labels) -> String {
    Speaker { schema, touched: &[], labels }.label(of, id)
}

impl<'s> Speaker<'s, '_> {
    fn settled(&mut self) -> String {
        match self.about() {
            Some((of, id)) => format!("settled the conflict on {}", self.label(of, id)),
            None => "settled a conflict".to_owned(),
        }
    }

    fn discarded(&mut self) -> String {
        match self.about() {
            Some((of, id)) => format!("discarded a change of {}", self.label(of, id)),
            None => "discarded a change".to_owned(),
        }
    }

    /// The record that an op about another is about: of the app's, the first; else the conflict, which has the label
    /// of the record that it is about.
    fn about(&self) -> Option<(&'s str, RecordId)> {
        let touched = self.touched;
        let of_app = touched.iter().find(|it| self.schema.find(it.of).is_some_and(|ty| !ty.system));
        let conflict = || touched.iter().find(|it| it.of == CONFLICT);
        of_app.or_else(conflict).map(|it| (it.of, it.id))
    }
}
