//! Sets: an element is there as long as somebody put it in of whom those that took it out did not know (rule 24).

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::schema::Field;
use fieldbook_model::{Code, RecordId, Value, Version};

use crate::asked;
use crate::history::{Deed, History, Key, NOW, Place, Standing, What, elements_of};
use crate::make::fate;
use crate::play::Play;
use crate::said::{Author, Fate};
use crate::server::Reference;

/// For each element, who put it in and is not overruled.
type Claims = BTreeMap<String, Vec<Author>>;

impl<'s> History<'s> {
    /// Who claims each element of a set.
    fn claims(&self, of: &str, id: RecordId, field: &str) -> Claims {
        let mut claims = Claims::new();
        for (event, deed) in self.deeds(NOW) {
            if deed.of != of || deed.id != id || deed.what.field() != Some(field) {
                continue;
            }
            let author = Author { version: event.version, device: deed.line };
            let known =
                |it: &Author| self.did_itself(deed.line, it.device, it.version) || it.version <= deed.read;
            match &deed.what {
                What::Wrote(_, value) => {
                    claims = elements_of(value).into_iter().map(|it| (it, vec![author])).collect();
                }
                What::Included(_, elements) => {
                    for element in elements {
                        let own = claims.entry(element.clone()).or_default();
                        own.retain(|it| !known(it));
                        own.push(author);
                    }
                }
                What::Left(_, asked, _) => {
                    for element in asked {
                        claims.entry(element.clone()).or_default().retain(|it| !known(it));
                    }
                }
                _ => {}
            }
        }
        claims
    }
}

impl<'s> Reference<'s> {
    /// Elements come in or go out.
    pub(crate) fn join(
        &mut self,
        play: &Play<'_, 's>,
        key: Key<'s>,
        base: Version,
        (field, what): (&'s Field, What<'s>),
        lost: Option<Author>,
    ) -> Result<(), Code> {
        let name = field.name.as_str();
        let before = self.value(key, name);
        let after = asked::after(field, &before, &what)?;
        if let Some(author) = lost {
            self.part(play, key, Some(name), (before, after), Fate::LostToDelete(author), None);
            return Ok(());
        }
        let unseen = self.unseen(play, key, base, |deed| deed.field() == Some(name));
        let fate = fate(unseen, &what, false);
        match what {
            What::Included(..) => {
                let deed = self.element_deed(play, key, base, what);
                self.part(play, key, Some(name), (before, after), fate, Some(deed));
            }
            What::Excluded(_, elements) => {
                self.leave(play, key, field, (elements, base), (fate, Fate::Superseded));
            }
            _ => unreachable!("BUG: only elements join"),
        }
        Ok(())
    }

    fn element_deed(&mut self, play: &Play<'_, 's>, key: Key<'s>, read: Version, what: What<'s>) -> Place {
        let (of, id) = key;
        self.deed(Deed { of, id, what, line: play.line, back: None, read, by: Standing::default() })
    }

    /// Lets elements go, and says which stay.
    fn leave(
        &mut self,
        play: &Play<'_, 's>,
        (of, id): Key<'s>,
        field: &'s Field,
        (asked, read): (BTreeSet<String>, Version),
        (fate, lost): (Fate, fn(Author) -> Fate),
    ) {
        let (key, name) = ((of, id), field.name.as_str());
        let before = self.value(key, name);
        let claims = self.history.claims(of, id, name);
        let known =
            |it: &Author| self.history.did_itself(play.line, it.device, it.version) || it.version <= read;
        let of_asked = || asked.iter().filter_map(|it| Some((it, claims.get(it)?)));
        let stays = |claims: &[Author]| claims.iter().rfind(|it| !known(it)).copied();
        let stay: BTreeMap<&String, Author> =
            of_asked().filter_map(|(it, claims)| Some((it, stays(claims)?))).collect();
        let taken = of_asked().any(|(_, claims)| claims.iter().any(known));
        let gone: BTreeSet<String> = asked.iter().filter(|it| !stay.contains_key(it)).cloned().collect();
        let without = |value: &Value, elements: &BTreeSet<String>| match value {
            Value::Null => Value::Null,
            value => Value::Set(elements_of(value).difference(elements).cloned().collect()),
        };
        let after = without(&before, &gone);
        let all = without(&after, &asked);
        let last = stay.values().copied().max_by_key(|author| author.version);
        let told = last.is_none() || before != after;
        let deed = (told || taken)
            .then(|| self.element_deed(play, key, read, What::Left(name, asked.clone(), gone.clone())));
        if told {
            self.part(play, key, Some(name), (before, after.clone()), fate, deed);
        }
        if let Some(last) = last {
            self.part(play, key, Some(name), (after, all), lost(last), None);
        }
    }

    /// Takes back that elements came and went: only this line's own go, and what went comes again.
    pub(crate) fn exchange_back(
        &mut self,
        play: &Play<'_, 's>,
        key: Key<'s>,
        field: &'s Field,
        (came, went): (BTreeSet<String>, BTreeSet<String>),
    ) -> Result<(), Code> {
        let name = field.name.as_str();
        let before = self.value(key, name);
        let parts = self.parts().len();
        if !came.is_empty() {
            self.leave(play, key, field, (came, Version::ZERO), (Fate::Applied, Fate::NotUndone));
        }
        if went.is_empty() {
            return Ok(());
        }
        let what = What::Included(name, went);
        let after = asked::after(field, &self.value(key, name), &what)?;
        // It stands for nobody else's: who put the same in since has it in still.
        let deed = self.element_deed(play, key, Version::ZERO, what);
        // Going and coming are told as one, and before what stays.
        let lost: Vec<_> = self.parts().drain(parts..).filter(|part| part.fate.is_lost()).collect();
        self.part(play, key, Some(name), (before, after.clone()), Fate::Applied, Some(deed));
        for mut part in lost {
            let (old, new) = (elements_of(&part.before), elements_of(&part.after));
            let stay: BTreeSet<String> = old.difference(&new).cloned().collect();
            part.after = Value::Set(elements_of(&after).difference(&stay).cloned().collect());
            part.before = after.clone();
            self.parts().push(part);
        }
        Ok(())
    }
}
