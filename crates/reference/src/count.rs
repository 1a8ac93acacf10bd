//! Counting: the addition that leads to what a person found (rule 44).

use fieldbook_model::schema::Field;
use fieldbook_model::{Code, Value, Version};

use crate::asked;
use crate::clash::{self, Clash};
use crate::history::{Key, What, number_of};
use crate::make::{decided_value, fate, unit_clash};
use crate::play::{Play, Say, Under};
use crate::said::Fate;
use crate::server::Reference;

impl<'s> Reference<'s> {
    /// Adds what leads to a number that was counted.
    pub(crate) fn count(
        &mut self,
        play: &mut Play<'_, 's>,
        key: Key<'s>,
        base: Version,
        (field, name, counted): (&'s Field, &'s str, i64),
    ) -> Result<(), Code> {
        let before = self.value(key, name);
        let now = number_of(&before);
        let unseen = self.unseen(play, key, base, |deed| deed.field() == Some(name));
        let with = play
            .decided
            .iter()
            .find(|it| it.of == key.0 && it.id == key.1 && it.unit.as_deref() == Some(name));
        let with = with.and_then(|it| it.counted.as_ref()).and_then(|json| Value::read(field, json).ok());
        let with = with.as_ref().map_or(now, number_of);
        let ((line, number), not) = match (play.say(key.0, key.1, Some(name)), play.under) {
            (Say::Mine(line), Under::Choice) => ((line, counted - with), None),
            (Say::Mine(line), Under::Closed) => ((line, counted - self.found(play, key, name)), None),
            (Say::Values(fields, line), _) => ((line, number_of(&decided_value(fields, field)) - with), None),
            (Say::Lost(by), _) => ((play.line, counted - now), Some(Fate::LostToChoice(by))),
            (Say::Nothing, _) => {
                if unseen.is_some() {
                    let mine = asked::after(field, &before, &What::Counted(name, counted))?;
                    let map = |value: &Value| Some([(name.to_owned(), value.to_json())].into());
                    let noted = unit_clash(key, Some(name), clash::Kind::Count);
                    play.clash(Clash { theirs: map(&before), mine: map(&mine), ..noted });
                }
                ((play.line, counted - now), None)
            }
        };
        let what = What::Added(name, number);
        let after = asked::after(field, &before, &what)?;
        let fate = not.unwrap_or_else(|| fate(unseen, &what, false));
        let deed = not.is_none().then(|| self.done(line, key.0, key.1, what));
        self.part(play, key, Some(name), (before, after), fate, deed);
        Ok(())
    }

    /// What somebody who waited found where they counted: what was in force when their op was held, with what the
    /// ops before it in its chain add by now.
    fn found(&self, play: &Play<'_, 's>, key: Key<'s>, name: &str) -> i64 {
        let ty = self.history.schema.find(key.0).expect("BUG: a record of no type");
        let place = ty.position(name).expect("BUG: a field of no type");
        let then = self.history.record(key.0, key.1, play.placed);
        let then = then.map_or(0, |held| number_of(&held.row[place]));
        let event = self.history.events.last().expect("BUG: settled in no event");
        let of_chain = event.deeds.iter().filter(|deed| (deed.of, deed.id) == key);
        let added = of_chain.map(|deed| match deed.what {
            What::Added(field, number) if field == name => number,
            _ => 0,
        });
        then + added.sum::<i64>()
    }
}
