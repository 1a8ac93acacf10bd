//! The lowest and the highest: what is offered counts where it is one, whoever had seen what (rule 24).

use std::cmp::Ordering;

use fieldbook_model::schema::{Field, Merge};
use fieldbook_model::{Code, Value, Version};

use crate::asked;
use crate::history::{Key, What};
use crate::play::Play;
use crate::said::{Author, Fate};
use crate::server::Reference;

/// Of two values the one that counts. Nothing never counts.
pub fn better(field: &Field, one: &Value, other: &Value) -> Value {
    let wins = match field.merge {
        Merge::Max => Ordering::Greater,
        _ => Ordering::Less,
    };
    match (one, other) {
        (Value::Null, it) | (it, Value::Null) => it.clone(),
        _ if compared(one, other) == wins => one.clone(),
        _ => other.clone(),
    }
}

fn compared(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => one.cmp(other),
        (Value::Decimal(one), Value::Decimal(other)) => one.0.cmp(&other.0),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        _ => Ordering::Equal,
    }
}

impl<'s> Reference<'s> {
    /// Offers a lowest or highest value.
    pub(crate) fn offered(
        &mut self,
        play: &Play<'_, 's>,
        key: Key<'s>,
        base: Version,
        (field, value): (&'s Field, Value),
        lost: Option<Author>,
    ) -> Result<(), Code> {
        let name = field.name.as_str();
        let before = self.value(key, name);
        let after = asked::after(field, &before, &What::Offered(name, value.clone()))?;
        let unseen = self.unseen(play, key, base, |deed| deed.field() == Some(name));
        let start = (self.history.head(), play.deeds_before);
        let last = || self.history.stamps_before(key.0, key.1, Some(name), start).last().copied();
        let fate = match (lost, unseen) {
            (Some(author), _) => Fate::LostToDelete(author),
            (None, unseen) if after != value => {
                Fate::Superseded(unseen.or_else(last).expect("BUG: beaten by nobody"))
            }
            (None, None) => Fate::Applied,
            (None, Some(_)) if before == after => Fate::Already,
            (None, Some(other)) => Fate::Merged(other),
        };
        let done = matches!(fate, Fate::Applied | Fate::Already | Fate::Merged(_));
        let deed = done.then(|| self.done(play.line, key.0, key.1, What::Wrote(name, value.clone())));
        self.part(play, key, Some(name), (before, value), fate, deed);
        Ok(())
    }
}
