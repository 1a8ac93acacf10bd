//! What an op did, where its action has no wording of its own: "changed phone of ALFKI from 030 to 040".

use super::Touched;
use super::labels::{Speaker, several, spoken};
use super::values::is_telling;
use crate::Schema;
use crate::json::Json;
use crate::schema::{Field, RecordType};

/// The units that a sentence names before it counts the rest.
const NAMED_MAX: usize = 3;

type Written<'a> = (&'a str, &'a Json, &'a Json);

/// Each record once, with all that was done to it.
pub(super) fn together<'a>(touched: &[Touched<'a>]) -> Vec<Touched<'a>> {
    let mut records: Vec<Touched<'a>> = Vec::new();
    for next in touched {
        match records.iter_mut().find(|it| (it.of, it.id) == (next.of, next.id)) {
            Some(record) => join(record, next),
            None => records.push(next.clone()),
        }
    }
    records
}

fn join<'a>(record: &mut Touched<'a>, next: &Touched<'a>) {
    if next.verb != "update" {
        record.verb = next.verb;
    }
    for (field, before, after) in &next.fields {
        match record.fields.iter_mut().find(|(name, ..)| name == field) {
            Some(written) => written.2 = after,
            None => record.fields.push((field, before, after)),
        }
    }
}

/// What an undo took back, from what it did: a sentence tells the former. The record that counts against one of an
/// insert-only type is told as it is.
pub(super) fn undone<'a>(schema: &Schema, touched: Vec<Touched<'a>>) -> Vec<Touched<'a>> {
    let forth = |it: Touched<'a>| match it.verb {
        "insert" if schema.find(it.of).is_some_and(|ty| ty.insert_only) => it,
        verb => Touched {
            verb: if verb == "update" { verb } else { back(verb) },
            fields: it.fields.into_iter().map(|(field, before, after)| (field, after, before)).collect(),
            ..it
        },
    };
    touched.into_iter().map(forth).collect()
}

fn back(verb: &str) -> &'static str {
    if verb == "delete" { "insert" } else { "delete" }
}

impl Speaker<'_, '_> {
    /// All of it, from the verb on.
    pub(super) fn deeds(&mut self) -> String {
        let touched = self.touched;
        match touched {
            [] => "changed nothing".to_owned(),
            [one] => self.deed(one),
            [first, ..] if touched.iter().all(|it| it.of == first.of && it.verb == first.verb) => {
                let noun = several(&spoken(self.schema, first.of));
                format!("{} {} {noun}", past(first.verb), touched.len())
            }
            many => format!("changed {} records", many.len()),
        }
    }

    fn deed(&mut self, it: &Touched<'_>) -> String {
        match (it.verb, self.schema.find(it.of)) {
            ("update", Some(ty)) => self.edit(ty, it),
            ("update", None) => format!("changed {}", self.label(it.of, it.id)),
            (verb, _) => format!("{} {}", past(verb), self.named(it.of, it.id)),
        }
    }

    fn edit(&mut self, ty: &RecordType, it: &Touched<'_>) -> String {
        let label = self.label(it.of, it.id);
        // A change of one member of a group carries all of them.
        let changed: Vec<Written<'_>> = it.fields.iter().filter(|it| it.1 != it.2).copied().collect();
        let written = if changed.is_empty() { &it.fields } else { &changed };
        match written[..] {
            [] => format!("changed {label}"),
            [(name, before, after)] => match ty.position(name) {
                Some(place) => self.one_field(&ty.fields[place], before, after, &label),
                None => format!("changed {label}"),
            },
            _ => format!("changed {} of {label}", listed(&units(ty, written))),
        }
    }

    fn one_field(&mut self, field: &Field, before: &Json, after: &Json, label: &str) -> String {
        let name = field.spoken();
        if let Some((amount, more)) = self.added(field, before, after).filter(|_| before != after) {
            return match more {
                true => format!("added {amount} to {name} of {label}"),
                false => format!("took {amount} from {name} of {label}"),
            };
        }
        let (before, after) = (self.readable(field, before), self.readable(field, after));
        // Two long texts may begin alike, and two records that nobody named are called the same.
        if !is_telling(field) || before == after {
            return format!("changed {name} of {label}");
        }
        format!("changed {name} of {label} from {before} to {after}")
    }
}

fn past(verb: &str) -> &'static str {
    match verb {
        "insert" => "added",
        "delete" => "deleted",
        "restore" => "restored",
        _ => "changed",
    }
}

/// What people call the units of what was written, each once: a group of which several members changed, else a field.
fn units(ty: &RecordType, written: &[Written<'_>]) -> Vec<String> {
    let places: Vec<usize> = written.iter().filter_map(|(name, ..)| ty.position(name)).collect();
    let mut units = Vec::new();
    for place in &places {
        let (unit, members) = ty.unit(*place);
        let several = members.iter().filter(|member| places.contains(member)).count() > 1;
        let name = if several { unit.replace('_', " ") } else { ty.fields[*place].spoken() };
        if !units.contains(&name) {
            units.push(name);
        }
    }
    units
}

/// "phone", "phone and note", "phone, note and fax", "phone, note and 3 more"
fn listed(names: &[String]) -> String {
    let shown = if names.len() > NAMED_MAX { NAMED_MAX - 1 } else { names.len().saturating_sub(1) };
    let (first, rest) = names.split_at(shown);
    match (first, rest) {
        ([], [one]) => one.clone(),
        ([], _) => "fields".to_owned(),
        (first, [last]) => format!("{} and {last}", first.join(", ")),
        (first, rest) => format!("{} and {} more", first.join(", "), rest.len()),
    }
}
