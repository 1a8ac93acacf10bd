//! A schema in the one spelling of its file: what `fieldbook schema print` writes, and what reads back as the same
//! schema. Comments are not kept; they are no part of a schema.

use std::fmt::Write as _;

use super::steps::StepChange;
use super::{Action, Field, Group, Kind, Merge, OnDelete, RecordType, Schema, Unique, Vocabulary};
use crate::json::{self, Json};

/// The text of a schema's file.
pub fn print(schema: &Schema) -> String {
    let mut text = format!("schema = {}\nversion = {}\n", quoted(&schema.name), schema.version);
    // Writing to a text cannot fail.
    let mut status = Vocabulary::ALL.iter().filter(|(_, it)| *it != Vocabulary::default());
    if let Some((name, _)) = status.find(|(_, it)| *it == schema.status) {
        let _ = writeln!(text, "status = {}", quoted(name));
    }
    if !schema.roles.is_empty() {
        let _ = writeln!(text, "roles = {}", list(&schema.roles));
    }
    schema.types.iter().filter(|ty| !ty.system).for_each(|ty| record_type(&mut text, ty));
    schema.actions.iter().for_each(|it| action(&mut text, it));
    for step in &schema.steps {
        let _ =
            writeln!(text, "\n[[step]]\nto = {}\n{} = {}", step.to, step.change.word(), change(&step.change));
    }
    text
}

fn record_type(text: &mut String, ty: &RecordType) {
    let mut head = Entries::default();
    head.some("label", ty.label.as_deref().map(quoted));
    head.some("called", ty.called.as_deref().map(quoted));
    head.some("insert-only", ty.insert_only.then(|| "true".to_owned()));
    head.some("merge", (ty.merge != Merge::LastSynced).then(|| quoted(merge(ty.merge))));
    head.some("edit-wins", ty.edit_wins.then(|| "true".to_owned()));
    head.list("resolve", &ty.resolve);
    head.list("readers", &ty.readers);
    head.list("writers", &ty.writers);
    head.some("in", ty.inside.as_deref().map(quoted));
    head.some("scope", ty.scope.then(|| "true".to_owned()));
    for key in &ty.unique {
        let reference = |name: &String| {
            let field = ty.fields.iter().find(|field| field.name == *name);
            field.is_some_and(|field| matches!(field.kind, Kind::Ref { .. }))
        };
        // A key of one reference is written as what it mostly is; the other of two is the whole key.
        let alone = matches!(&key.fields[..], [one] if !key.always && reference(one));
        match alone && !head.has("one-at-a-time") {
            true => head.some("one-at-a-time", Some(quoted(&key.fields[0]))),
            false => head.some("unique", Some(unique(key))),
        }
    }
    if let Some(counter) = &ty.counter {
        let negate = list(&counter.negate);
        head.some("counter", Some(format!("{{ negate = {negate}, of = {} }}", quoted(&counter.of))));
    }
    let _ = write!(text, "\n[type.{}]\n{}", ty.name, head.lines());
    if !ty.groups.is_empty() {
        let _ = writeln!(text, "[type.{}.group]", ty.name);
        ty.groups.iter().for_each(|it| group(text, ty, it));
    }
    let _ = writeln!(text, "[type.{}.field]", ty.name);
    ty.fields.iter().filter(|it| !it.retired).for_each(|it| field(text, ty, it));
}

fn unique(key: &Unique) -> String {
    match key.always {
        true => format!("{{ fields = {}, always = true }}", list(&key.fields)),
        false => list(&key.fields),
    }
}

fn group(text: &mut String, ty: &RecordType, group: &Group) {
    let mut entries = Entries::default();
    entries.some("fields", Some(list(&group.fields)));
    entries.merge(group.merge, ty.merge, &group.order);
    let _ = writeln!(text, "{} = {}", group.name, entries.inline());
}

fn field(text: &mut String, ty: &RecordType, field: &Field) {
    let mut entries = Entries::default();
    kind(&mut entries, &field.kind);
    let flag = |flag: bool| flag.then(|| "true".to_owned());
    entries.some("series", flag(field.series));
    entries.some("called", field.called.as_deref().map(quoted));
    entries.some("required", flag(field.required));
    entries.some("default", field.default.as_ref().map(value));
    entries.list("readers", &field.readers);
    entries.list("writers", &field.writers);
    let joins = field.series || matches!(field.kind, Kind::Set { .. });
    let unsaid = if joins { Merge::LastSynced } else { ty.merge };
    entries.merge(field.merge, unsaid, &field.order);
    let _ = writeln!(text, "{} = {}", field.name, entries.inline());
}

fn kind(entries: &mut Entries, kind: &Kind) {
    let name = match kind {
        Kind::Text { .. } => "text",
        Kind::Integer => "integer",
        Kind::Decimal { .. } => "decimal",
        Kind::Money { .. } => "money",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::Timestamp => "timestamp",
        Kind::Enum { .. } => "enum",
        Kind::Json => "json",
        Kind::Set { .. } => "set",
        Kind::Ref { .. } => "ref",
        Kind::Blob => "blob",
    };
    entries.some("kind", Some(quoted(name)));
    match kind {
        Kind::Text { max } | Kind::Set { max } => entries.some("max", Some(max.to_string())),
        Kind::Decimal { scale } => entries.some("scale", Some(scale.to_string())),
        Kind::Money { currency, scale } => {
            entries.some("currency", Some(quoted(currency)));
            entries.some("scale", Some(scale.to_string()));
        }
        Kind::Enum { values } => entries.some("values", Some(list(values))),
        Kind::Ref { to, owner, on_delete } => {
            entries.some("to", Some(quoted(to)));
            entries.some("owner", owner.then(|| "true".to_owned()));
            match on_delete {
                OnDelete::Cascade => {}
                OnDelete::Refuse => entries.some("on-delete", Some(quoted("refuse"))),
                OnDelete::OrphanTo(heir) => {
                    entries.some("on-delete", Some(quoted("orphan-to")));
                    entries.some("orphan-to", heir.as_deref().map(quoted));
                }
            }
        }
        _ => {}
    }
}

fn merge(merge: Merge) -> &'static str {
    match merge {
        Merge::LastSynced => "last-synced",
        Merge::LastWritten => "last-written",
        Merge::Min => "min",
        Merge::Max => "max",
        Merge::Priority | Merge::PriorityByRole => "priority",
        Merge::Delta => "delta",
        Merge::Manual => "manual",
    }
}

fn action(text: &mut String, action: &Action) {
    let mut entries = Entries::default();
    entries.list("key", &action.key);
    entries.list("actors", &action.actors);
    entries.some("says", action.says.as_deref().map(quoted));
    entries.some("undo", action.undo.as_deref().map(quoted));
    if !action.sets.is_empty() {
        let set = |(path, json): &(String, Json)| format!("{} = {}", quoted(path), value(json));
        let sets: Vec<String> = action.sets.iter().map(set).collect();
        entries.some("sets", Some(format!("{{ {} }}", sets.join(", "))));
    }
    let _ = write!(text, "\n[action.{}]\n{}", quoted(&action.name), entries.lines());
}

fn change(change: &StepChange) -> String {
    let mut entries = Entries::default();
    let mut word = |key: &'static str, value: &str| entries.some(key, Some(quoted(value)));
    match change {
        StepChange::RenameType { from, to } => {
            word("from", from);
            word("to", to);
        }
        StepChange::RenameField { of, from, to } => {
            word("type", of);
            word("from", from);
            word("to", to);
        }
        StepChange::ChangeKind { of, field, values } => {
            word("type", of);
            word("field", field);
            let pair = |(old, new): &(String, String)| format!("{} = {}", quoted(old), quoted(new));
            let pairs: Vec<String> = values.iter().map(pair).collect();
            entries.some("values", (!pairs.is_empty()).then(|| format!("{{ {} }}", pairs.join(", "))));
        }
        StepChange::Split { of, field, into, by } => {
            word("type", of);
            word("field", field);
            entries.some("into", Some(list(into)));
            entries.some("by", Some(quoted(by)));
        }
        StepChange::DropField { of, field } => {
            word("type", of);
            word("field", field);
        }
    }
    entries.inline()
}

/// Keys with their values, as they stand in the file.
#[derive(Default)]
struct Entries(Vec<(&'static str, String)>);

impl Entries {
    fn some(&mut self, key: &'static str, value: Option<String>) {
        self.0.extend(value.map(|value| (key, value)));
    }
    /// A list that says something only where it names something.
    fn list(&mut self, key: &'static str, names: &[String]) {
        self.some(key, (!names.is_empty()).then(|| list(names)));
    }
    /// A merge rule with what belongs to it, unless it is the one that nobody has to say.
    fn merge(&mut self, rule: Merge, unsaid: Merge, order: &[String]) {
        self.some("merge", (rule != unsaid).then(|| quoted(merge(rule))));
        self.some("by", (rule == Merge::PriorityByRole).then(|| quoted("role")));
        self.list("order", order);
    }
    fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(own, _)| *own == key)
    }
    fn lines(&self) -> String {
        self.0.iter().fold(String::new(), |text, (key, value)| text + key + " = " + value + "\n")
    }
    fn inline(&self) -> String {
        let entries: Vec<String> = self.0.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        format!("{{ {} }}", entries.join(", "))
    }
}

/// A text as TOML and JSON alike write it.
fn quoted(text: &str) -> String {
    json::write(text)
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

fn value(json: &Json) -> String {
    match json {
        Json::List(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entry = |(key, json): &(String, Json)| format!("{} = {}", quoted(key), value(json));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        json => json::write(json),
    }
}
