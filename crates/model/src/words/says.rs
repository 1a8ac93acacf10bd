//! An action's own wording: words with `{type}` and `{type.field}` in them.

use super::labels::Speaker;

/// A piece of what an action says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// As it stands.
    Words(&'a str),
    /// `{type}`: the label of the first record of the type that the op touched.
    Record(&'a str),
    /// `{type.field}`: what that record holds there.
    Value(&'a str, &'a str),
}

/// The pieces in their order, `None` where braces do not come in pairs.
pub(crate) fn parts(says: &str) -> Option<Vec<Part<'_>>> {
    let (mut parts, mut rest) = (Vec::new(), says);
    while let Some((words, behind)) = rest.split_once('{') {
        let (name, behind) = behind.split_once('}')?;
        if words.contains('}') || name.contains('{') {
            return None;
        }
        parts.push(Part::Words(words));
        parts.push(match name.split_once('.') {
            Some((ty, field)) => Part::Value(ty, field),
            None => Part::Record(name),
        });
        rest = behind;
    }
    parts.push(Part::Words(rest));
    (!rest.contains('}')).then_some(parts)
}

impl Speaker<'_, '_> {
    /// What the action says of this op; `None` where it says nothing, or speaks of what the op did not touch.
    pub(super) fn said(&mut self, action: &str) -> Option<String> {
        let schema = self.schema;
        let says = schema.action(action)?.says.as_deref()?;
        let mut told = String::new();
        for part in parts(says)? {
            match part {
                Part::Words(words) => told += words,
                Part::Record(of) => told += &self.first(of)?,
                Part::Value(of, field) => told += &self.held(of, field)?,
            }
        }
        Some(told)
    }

    fn first(&mut self, of: &str) -> Option<String> {
        let touched = self.touched.iter().find(|it| it.of == of)?;
        Some(self.label(of, touched.id))
    }

    fn held(&mut self, of: &str, name: &str) -> Option<String> {
        let ty = self.schema.find(of)?;
        let field = &ty.fields[ty.position(name)?];
        let touched = self.touched.iter().find(|it| it.of == of)?;
        let written = touched.fields.iter().find(|(field, ..)| *field == name);
        let value = match written {
            Some((_, before, _)) if touched.verb == "delete" => (*before).clone(),
            Some((_, _, after)) => (*after).clone(),
            None => self.value(of, touched.id, name)?,
        };
        Some(self.readable(field, &value))
    }
}
