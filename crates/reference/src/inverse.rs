//! Taking back what was done to one field: a value that still stands, a number, elements (rules 12 and 42).

use std::collections::BTreeSet;

use fieldbook_model::schema::Kind;
use fieldbook_model::{Code, Version};

use crate::clash::fields_of;
use crate::history::{Deed, Key, Standing, What, elements_of};
use crate::make::{decided_value, unit_of};
use crate::play::{Play, Say};
use crate::said::{Author, Fate, Part};
use crate::server::Reference;
use crate::undo::Effect;

impl<'s> Reference<'s> {
    /// Why a unit that was set cannot go back: it stands no longer as the target left it.
    pub(crate) fn stands_in_the_way(
        &self,
        play: &Play<'_, 's>,
        effect: &Effect<'_, 's>,
        part: &Part<'s>,
    ) -> Option<Fate> {
        let (ty, key) = (effect.ty, effect.key);
        let field = ty.fields.iter().find(|field| Some(field.name.as_str()) == part.field)?;
        let members = fields_of(ty, unit_of(ty, field).0);
        let of_unit =
            |it: &&Part<'s>| it.deed.is_some() && it.field.is_some_and(|name| members.contains(&name));
        let parts: Vec<_> = effect.parts.iter().filter(of_unit).collect();
        let holds =
            parts.iter().all(|part| part.field.is_none_or(|name| self.value(key, name) == part.after));
        let own = parts.iter().all(|part| self.is_own(play, key, part));
        let last =
            members.iter().filter_map(|name| self.history.stamps(key.0, key.1, Some(name)).last().copied());
        let last: Option<Author> = last.max_by_key(|author| author.version);
        if holds && own { None } else { last.map(Fate::NotUndone) }
    }

    /// Whether nobody else wrote a field since the target did. What is older stands there only because it was put back.
    fn is_own(&self, play: &Play<'_, 's>, key: Key<'s>, part: &Part<'s>) -> bool {
        let Some((version, _)) = part.deed else { return false };
        let now = self.history.stamps(key.0, key.1, part.field);
        now.last().is_some_and(|it| {
            self.history.did_itself(play.line, it.device, it.version) || it.version < version
        })
    }

    /// Takes one field back. `kept` is why a value cannot go back; numbers and elements always do.
    pub(crate) fn take_back_field(
        &mut self,
        play: &mut Play<'_, 's>,
        effect: &Effect<'_, 's>,
        part: &Part<'s>,
        kept: Option<Fate>,
    ) -> Result<(), Code> {
        let (ty, key) = (effect.ty, effect.key);
        let place = part.deed.expect("BUG: nothing to take back");
        let field = ty.fields.iter().find(|field| Some(field.name.as_str()) == part.field);
        let field = field.expect("BUG: a part of no field");
        let (old, new) = (elements_of(&part.before), elements_of(&part.after));
        let came = new.difference(&old).cloned().collect::<BTreeSet<_>>();
        let went = old.difference(&new).cloned().collect::<BTreeSet<_>>();
        match self.deed_at(place).what {
            What::Added(name, number) => self.add(play, key, play.seen, (field, What::Added(name, -number))),
            _ if matches!(field.kind, Kind::Set { .. }) && !(came.is_empty() && went.is_empty()) => {
                self.exchange_back(play, key, field, (came, went))
            }
            // What had no effect has no inverse.
            _ if part.before == part.after
                && (field.merge.is_bound() || matches!(field.kind, Kind::Set { .. })) =>
            {
                Ok(())
            }
            _ => {
                self.put_back(play, effect, part, kept);
                Ok(())
            }
        }
    }

    fn put_back(
        &mut self,
        play: &Play<'_, 's>,
        effect: &Effect<'_, 's>,
        part: &Part<'s>,
        kept: Option<Fate>,
    ) {
        let (key, name) = (effect.key, part.field.expect("BUG: a value of no field"));
        let field =
            effect.ty.fields.iter().find(|field| field.name == name).expect("BUG: a part of no field");
        let before = self.value(key, name);
        let unit = unit_of(effect.ty, field).0;
        let (line, back, value, not) = match play.say(key.0, key.1, Some(unit)) {
            Say::Lost(by) => (play.line, None, part.before.clone(), Some(Fate::LostToChoice(by))),
            Say::Mine(line) => (line, None, part.before.clone(), None),
            Say::Values(fields, line) => (line, None, decided_value(fields, field), None),
            Say::Nothing => (play.line, part.deed, part.before.clone(), None),
        };
        let not = kept.or(not);
        let what = What::Wrote(name, value.clone());
        let deed = not.is_none().then(|| {
            self.deed(Deed {
                of: key.0,
                id: key.1,
                what,
                line,
                back,
                read: Version::ZERO,
                by: Standing::default(),
            })
        });
        self.part(play, key, Some(name), (before, value), not.unwrap_or(Fate::Applied), deed);
    }
}
