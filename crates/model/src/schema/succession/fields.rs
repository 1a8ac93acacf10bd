//! Fields of both versions, after the steps.

use super::{Comparing, Weight};
use crate::json::Json;
use crate::schema::{Field, Kind, Merge, RecordType};

impl Comparing<'_> {
    pub(super) fn fields(&mut self, old: &RecordType, new: &RecordType) {
        for field in old.fields.iter().filter(|field| !field.retired) {
            let path = format!("{}.{}", new.name, field.name);
            match new.position(&field.name) {
                Some(place) => self.one_field(&path, field, &new.fields[place]),
                None => {
                    let words = "the field is gone: say rename-field, split or drop-field";
                    self.note(Weight::NeedsStep, path, words);
                }
            }
        }
        for field in &new.fields {
            let path = format!("{}.{}", new.name, field.name);
            match old.position(&field.name) {
                None if field.required && field.default.as_ref().is_none_or(|it| *it == Json::Null) => {
                    let words = "a new field that may not be empty needs a default, for records and queued actions \
                                 that do not have it";
                    self.note(Weight::Refused, path, words);
                }
                None => self.note(Weight::Additive, path, "the field is new"),
                Some(place) if old.fields[place].retired => {
                    let words = "the name is that of a field that was dropped and is kept: choose another";
                    self.note(Weight::Refused, path, words);
                }
                Some(_) => {}
            }
        }
    }

    fn one_field(&mut self, path: &str, old: &Field, new: &Field) {
        self.kind(path, &old.kind, &new.kind);
        if old.series != new.series {
            self.note(Weight::Refused, path, "a series begins with its field: add another field");
        }
        if !old.required && new.required {
            let words = "it may not be empty any more, and in older records it is: leave out required";
            self.note(Weight::Refused, path, words);
        } else if old.required && !new.required {
            self.note(Weight::Additive, path, "it may be empty");
        }
        if (old.merge == Merge::Delta) != (new.merge == Merge::Delta) {
            let words = "additions and plain values do not become each other, since both may wait in queues: add \
                         another field";
            self.note(Weight::Refused, path, words);
        } else if old.merge.is_bound() != new.merge.is_bound() {
            let words = "only the lowest or the highest value counts in it, and a reset may wait in a queue: add another \
                         field";
            self.note(Weight::Refused, path, words);
        } else if old.merge != new.merge || old.order != new.order {
            self.note(Weight::Rule, path, "the merge rule is another");
        }
        if old.readers != new.readers || old.writers != new.writers {
            self.note(Weight::Rule, path, "others may read or write it");
        }
        if old.default != new.default {
            self.note(Weight::Rule, path, "the default is another");
        }
        if old.called != new.called {
            self.note(Weight::Additive, path, "people call it something else");
        }
    }

    fn kind(&mut self, path: &str, old: &Kind, new: &Kind) {
        let wider = |old: u32, new: u32, what: &str| match old <= new {
            true => (Weight::Additive, format!("it takes more {what}")),
            false => {
                (Weight::Refused, format!("it takes fewer {what}, and what is longer exists: keep {old}"))
            }
        };
        let (weight, words) = match (old, new) {
            (old, new) if old == new => return,
            (Kind::Text { max: old }, Kind::Text { max: new }) => wider(*old, *new, "characters"),
            (Kind::Set { max: old }, Kind::Set { max: new }) => wider(*old, *new, "elements"),
            (Kind::Enum { values: old }, Kind::Enum { values: new }) => {
                let gone: Vec<&str> =
                    old.iter().filter(|word| !new.contains(word)).map(String::as_str).collect();
                match gone.is_empty() {
                    true => (Weight::Additive, "it has more words".to_owned()),
                    false => {
                        let gone = gone.join(", ");
                        let words = format!("{gone} is gone: say change-kind with values that map it");
                        (Weight::NeedsStep, words)
                    }
                }
            }
            (Kind::Ref { to: old, .. }, Kind::Ref { to: new, .. }) if old != new => {
                (Weight::Refused, format!("it refers to {new} in place of {old}: add another field"))
            }
            (Kind::Ref { .. }, Kind::Ref { .. }) => {
                (Weight::Rule, "what becomes of it with its owner is another".to_owned())
            }
            _ => (Weight::NeedsStep, "it is of another kind: say change-kind".to_owned()),
        };
        self.note(weight, path, words);
    }
}
