//! Steps, each looked over and then done on a copy of the older version, so that what is left can be compared with the
//! newer.

use super::{Comparing, Weight};
use crate::schema::convert::Conversion;
use crate::schema::ladder::ends;
use crate::schema::{Field, Kind, Merge, OnDelete, RecordType, Schema, StepChange};

impl Comparing<'_> {
    pub(super) fn steps(&mut self) {
        let new = self.new;
        let steps: Vec<&StepChange> =
            new.steps.iter().filter(|step| step.to == new.version).map(|step| &step.change).collect();
        for (place, step) in steps.iter().enumerate() {
            let path = path_of(step);
            match self.step(&steps, place) {
                Ok(words) => self.note(Weight::Stepped, path, words),
                Err(words) => self.note(Weight::Refused, path, words),
            }
        }
    }

    fn step(&mut self, steps: &[&StepChange], place: usize) -> Result<String, String> {
        match steps[place] {
            StepChange::RenameType { from, to } => self.rename_type(from, to),
            StepChange::RenameField { of, from, to } => self.rename_field(of, from, to),
            StepChange::ChangeKind { of, field, values } => {
                let (_, (new_of, new_field)) = ends(steps, place, of, field);
                let new = found(self.new, &new_of, &new_field)?.kind.clone();
                self.change_kind(of, field, values, new)
            }
            StepChange::Split { of, field, into, by } => self.split(of, field, into, by),
            StepChange::DropField { of, field } => self.drop_field(of, field),
        }
    }

    fn rename_type(&mut self, from: &str, to: &str) -> Result<String, String> {
        let work = &mut self.work;
        if work.find(to).is_some() {
            return Err(format!("there is a type {to} already; choose another name"));
        }
        let place = work.place(from).filter(|place| !work.types[*place].system);
        let place = place.ok_or_else(|| unknown_type(from))?;
        if work.types[place].scope {
            return Err(format!("{from} opens scopes, whose paths name it; it stays"));
        }
        if work.types[place].fields.iter().any(|field| field.series) {
            return Err(format!("{from} numbers records, and its numbers are known by its name; it stays"));
        }
        work.types[place].name = to.to_owned();
        for field in work.types.iter_mut().flat_map(|ty| &mut ty.fields) {
            if let Kind::Ref { to: target, .. } = &mut field.kind
                && target == from
            {
                to.clone_into(target);
            }
        }
        repath(work, |of, _| (of == from).then(|| (to.to_owned(), None)));
        Ok(format!("the type {from} is called {to}"))
    }

    fn rename_field(&mut self, of: &str, from: &str, to: &str) -> Result<String, String> {
        if found(&self.work, of, to).is_ok() {
            return Err(format!("{of} has a field {to} already; choose another name"));
        }
        if found(&self.work, of, from)?.series {
            return Err(format!(
                "{of}.{from} numbers records, and its numbers are known by its name; it stays"
            ));
        }
        let work = &mut self.work;
        let rename = |name: &mut String| {
            if name == from {
                to.clone_into(name);
            }
        };
        for ty in &mut work.types {
            if ty.name == of {
                ty.fields.iter_mut().for_each(|field| rename(&mut field.name));
                ty.label.iter_mut().for_each(rename);
                ty.inside.iter_mut().for_each(rename);
                ty.groups.iter_mut().flat_map(|group| &mut group.fields).for_each(rename);
                ty.unique.iter_mut().flat_map(|unique| &mut unique.fields).for_each(rename);
                if let Some(counter) = &mut ty.counter {
                    rename(&mut counter.of);
                    counter.negate.iter_mut().for_each(rename);
                }
            }
            for field in &mut ty.fields {
                if let Kind::Ref { to: target, on_delete: OnDelete::OrphanTo(Some(heir)), .. } =
                    &mut field.kind
                    && target == of
                {
                    rename(heir);
                }
            }
        }
        repath(work, |own, field| (own == of && field == from).then(|| (of.to_owned(), Some(to.to_owned()))));
        Ok(format!("{of}.{from} is called {to}"))
    }

    fn change_kind(
        &mut self,
        of: &str,
        name: &str,
        values: &[(String, String)],
        new: Kind,
    ) -> Result<String, String> {
        let field = found(&self.work, of, name)?;
        let old = field.kind.clone();
        if names_act(&self.work, of, name) {
            return Err(format!(
                "{of}.{name} is part of an action's key, so that acts would be compared anew"
            ));
        }
        if Conversion::between(&old, &new, values).is_none() {
            let words = "no conversion between the two kinds can be taken back: numbers may get more places, a date \
                         may become a timestamp, words of an enum other words or a text; else add a field of the \
                         new kind and drop this one";
            return Err(words.to_owned());
        }
        let field = found_mut(&mut self.work, of, name);
        field.kind = new;
        field.default = None;
        Ok(format!("{of}.{name} is of another kind"))
    }

    fn split(&mut self, of: &str, name: &str, into: &[String], by: &str) -> Result<String, String> {
        let (work, new) = (&self.work, self.new);
        let field = found(work, of, name)?;
        bound(work, of, name)?;
        if !matches!(field.kind, Kind::Text { .. }) || field.series {
            return Err("only a text can be split".to_owned());
        }
        if into.len() < 2 || by.is_empty() {
            return Err("a split names at least two fields, and what stands between them".to_owned());
        }
        if let Some(taken) = into.iter().find(|part| *part != name && found(work, of, part).is_ok()) {
            return Err(format!("{of} has a field {taken} already; choose another name"));
        }
        for part in into {
            let fits =
                |field: &&Field| matches!(field.kind, Kind::Text { .. }) && !field.required && !field.series;
            let whole = new.find(of).and_then(|ty| {
                let field = ty.fields.iter().find(|field| field.name == *part).filter(fits)?;
                bound(new, of, part).is_ok().then_some(field)
            });
            if whole.is_none() && !renamed_later(new, of) {
                return Err(format!("{of}.{part} is to be a text that may be empty, in no group and no key"));
            }
        }
        let merge = field.merge;
        let place = self.work.place(of).expect("BUG: the type was just found");
        let ty = &mut self.work.types[place];
        let at = ty.position(name).expect("BUG: the field was just found");
        let kind = ty.fields[at].kind.clone();
        let parts = into.iter().map(|part| Field { merge, ..Field::new(part, kind.clone()) });
        let parts: Vec<Field> = parts.collect();
        ty.fields.splice(at..=at, parts);
        if ty.label.as_deref() == Some(name) {
            ty.label = None;
        }
        Ok(format!("{of}.{name} becomes {}", into.join(", ")))
    }

    fn drop_field(&mut self, of: &str, name: &str) -> Result<String, String> {
        let field = found(&self.work, of, name)?;
        bound(&self.work, of, name)?;
        if field.retired {
            return Err(format!("{of}.{name} was dropped before"));
        }
        if field.series || matches!(field.kind, Kind::Ref { owner: true, .. }) {
            return Err(format!("{of}.{name} numbers records, or says who owns them; it stays"));
        }
        let field = found_mut(&mut self.work, of, name);
        // Nobody is asked about what no newer device shows.
        (field.retired, field.required, field.merge) = (true, false, Merge::LastSynced);
        let place = self.work.place(of).expect("BUG: the type was just found");
        let ty = &mut self.work.types[place];
        if ty.label.as_deref() == Some(name) {
            ty.label = None;
        }
        Ok(format!("{of}.{name} is dropped; it is kept for devices of older versions"))
    }
}

fn path_of(step: &StepChange) -> String {
    match step {
        StepChange::RenameType { from, .. } => from.clone(),
        StepChange::RenameField { of, from: field, .. }
        | StepChange::ChangeKind { of, field, .. }
        | StepChange::Split { of, field, .. }
        | StepChange::DropField { of, field } => format!("{of}.{field}"),
    }
}

fn unknown_type(of: &str) -> String {
    format!("the older version has no type {of} at this step; name it as the step before left it")
}

fn found<'a>(schema: &'a Schema, of: &str, name: &str) -> Result<&'a Field, String> {
    let ty = schema.find(of).filter(|ty| !ty.system).ok_or_else(|| unknown_type(of))?;
    let field = ty.fields.iter().find(|field| field.name == name);
    field.ok_or_else(|| format!("there is no field {of}.{name} at this step"))
}

fn found_mut<'a>(work: &'a mut Schema, of: &str, name: &str) -> &'a mut Field {
    let fields = work.types.iter_mut().filter(|ty| ty.name == of).flat_map(|ty| &mut ty.fields);
    fields.into_iter().find(|field| field.name == name).expect("BUG: the field was just found")
}

/// Whether a type is renamed by a later step of the same version: then its fields are compared under that name.
fn renamed_later(new: &Schema, of: &str) -> bool {
    new.find(of).is_none()
}

/// Refuses what would tear apart what is compared, added up or numbered as one.
fn bound(schema: &Schema, of: &str, name: &str) -> Result<(), String> {
    let Some(ty) = schema.find(of) else { return Ok(()) };
    let is = |field: &String| field == name;
    let why = if ty.groups.iter().any(|group| group.fields.iter().any(is)) {
        "is in a group, which merges as one"
    } else if ty.unique.iter().any(|unique| unique.fields.iter().any(is)) {
        "is part of a key that two records may not share"
    } else if is_delta(ty, name) {
        "is a sum of additions"
    } else if names_act(schema, of, name) {
        "is part of an action's key"
    } else if ty.inside.as_deref() == Some(name) {
        "says where its records lie"
    } else if ty.counter.iter().any(|counter| counter.of == name || counter.negate.iter().any(is)) {
        "is how a record is taken back"
    } else {
        return Ok(());
    };
    Err(format!("{of}.{name} {why}; take it out of that in a version before"))
}

fn is_delta(ty: &RecordType, name: &str) -> bool {
    ty.fields.iter().any(|field| field.name == name && field.merge == Merge::Delta)
}

/// Whether an action's key or its `sets` name a field.
fn names_act(schema: &Schema, of: &str, name: &str) -> bool {
    let path = format!("{of}.{name}");
    schema
        .actions
        .iter()
        .any(|action| action.key.contains(&path) || action.sets.iter().any(|(own, _)| *own == path))
}

/// Renames what actions name: `rename` says the new type and, where that changes too, the new field.
fn repath(work: &mut Schema, rename: impl Fn(&str, &str) -> Option<(String, Option<String>)>) {
    for action in &mut work.actions {
        for path in action.key.iter_mut().chain(action.sets.iter_mut().map(|(path, _)| path)) {
            let Some((of, field)) = path.split_once('.') else { continue };
            if let Some((to, name)) = rename(of, field) {
                *path = format!("{to}.{}", name.as_deref().unwrap_or(field));
            }
        }
    }
}
