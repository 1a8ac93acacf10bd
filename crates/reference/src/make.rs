//! Making a change: each write becomes a deed at the end of the list, unless it loses. What became of it is
//! found by asking the list for the last deed of another line that is newer than the change's base. What clashes
//! is noted and done all the same: whoever plays the op takes all of it back if something clashed.

use fieldbook_model::schema::{Field, Merge, RecordType};
use fieldbook_model::{Code, RecordId, Value, Version};

use crate::asked::{self, Asked, Verb};
use crate::clash::{self, Clash, fields_of};
use crate::history::{Key, NOW, What};
use crate::play::{Play, Say, Under};
use crate::ranks::{self, Side};
use crate::said::{Author, Fate};
use crate::server::Reference;

type Ask<'s> = (&'s Field, What<'s>);

impl<'s> Reference<'s> {
    pub(crate) fn make(&mut self, play: &mut Play<'_, 's>, asked: Asked<'s>) -> Result<(), Code> {
        let lost = asked.references().into_iter().any(|name| play.is_unmade(name));
        if play.is_unmade((&asked.ty.name, asked.id)) || (lost && matches!(asked.verb, Verb::Insert(_))) {
            play.unmade.insert((asked.ty.name.clone(), asked.id));
            self.not_made(play, &asked);
            return Ok(());
        }
        self.refers_to_something(play, &asked)?;
        if self.history.is_forgotten((&asked.ty.name, asked.id)) {
            return self.make_of_forgotten(play, &asked);
        }
        let Asked { ty, id, base, verb } = asked;
        let of = ty.name.as_str();
        let used = self.history.exists(of, id, NOW) || self.history.in_force(of, id, NOW) != id;
        match verb {
            Verb::Insert(_) if used => Err(Code::IdTaken),
            Verb::Insert(row) => {
                self.insert(play, ty, id, row);
                Ok(())
            }
            _ if !self.history.exists(of, id, NOW) => Err(Code::UnknownRecord),
            Verb::Update(asks) => self.update(play, ty, id, base, asks),
            Verb::Delete => self.delete(play, ty, id, base),
            Verb::Restore => {
                self.restore(play, of, id, base);
                Ok(())
            }
        }
    }

    /// What a decision keeps from being made stands in the history as that.
    pub(crate) fn not_made(&mut self, play: &Play<'_, 's>, asked: &Asked<'s>) {
        let (key, fate) = ((asked.ty.name.as_str(), asked.id), Fate::LostToChoice(play.unmaker()));
        match &asked.verb {
            Verb::Insert(row) => {
                self.life_part(play, key, fate, None);
                for (field, value) in asked.ty.fields.iter().zip(row).filter(|(_, v)| **v != Value::Null) {
                    self.part(play, key, Some(&field.name), (Value::Null, value.clone()), fate, None);
                }
            }
            Verb::Update(asks) => {
                for (field, what) in asks {
                    let before = self.history.record(key.0, key.1, NOW).map(|_| self.value(key, &field.name));
                    let before = before.unwrap_or(Value::Null);
                    let after = asked::after(field, &before, what).unwrap_or(Value::Null);
                    self.part(play, key, Some(&field.name), (before, after), fate, None);
                }
            }
            Verb::Delete | Verb::Restore => self.life_part(play, key, fate, None),
        }
    }

    pub(crate) fn insert(
        &mut self,
        play: &mut Play<'_, 's>,
        ty: &'s RecordType,
        id: RecordId,
        row: Vec<Value>,
    ) {
        let key = (ty.name.as_str(), id);
        let line = match play.say(key.0, id, None) {
            Say::Mine(line) => line,
            _ => play.line,
        };
        let life = self.done(line, key.0, id, What::Made);
        self.life_part(play, key, Fate::Applied, Some(life));
        for (field, value) in ty.fields.iter().zip(row) {
            let value = self.turned(field, value);
            let deed = self.done(play.line, key.0, id, What::Wrote(&field.name, value.clone()));
            if value != Value::Null {
                self.part(play, key, Some(&field.name), (Value::Null, value), Fate::Applied, Some(deed));
            }
        }
    }

    /// Changes fields of a record. Of a deleted one all but additions lose, unless it comes back.
    pub(crate) fn update(
        &mut self,
        play: &mut Play<'_, 's>,
        ty: &'s RecordType,
        id: RecordId,
        base: Version,
        asks: Vec<Ask<'s>>,
    ) -> Result<(), Code> {
        let key = (ty.name.as_str(), id);
        let unmade = unmade_units(play, ty, &asks);
        let lost = match self.is_deleted(key) {
            true => self.come_back(play, ty, id, base, &asks)?,
            false => None,
        };
        let asks: Vec<_> =
            asks.into_iter().map(|(field, what)| (field, self.wanted(play, ty, id, field, what))).collect();
        let found: Vec<_> = asks.iter().map(|(field, _)| self.value(key, &field.name)).collect();
        for (field, what) in asks.iter().cloned() {
            match what {
                What::Counted(name, number) => self.count(play, key, base, (field, name, number))?,
                What::Offered(_, value) => self.offered(play, key, base, (field, value), lost)?,
                What::Included(..) | What::Excluded(..) => self.join(play, key, base, (field, what), lost)?,
                What::Wrote(..) | What::Reset(..) => {
                    let (unit, members) = unit_of(ty, field);
                    let writes = asks
                        .iter()
                        .zip(&found)
                        .filter(|((other, what), _)| what.writes() && members.contains(&other.name.as_str()));
                    let by = unmade.contains(&unit).then(|| Fate::LostToChoice(play.unmaker()));
                    let lost = by.or(lost.map(Fate::LostToDelete));
                    let equal = writes.clone().all(|((_, what), found)| match what {
                        What::Wrote(_, new) | What::Reset(_, new) => new == found,
                        _ => false,
                    });
                    self.set(play, (ty, id, base), (unit, &members, equal), (field, what), lost)?;
                }
                _ => self.add(play, key, base, (field, what))?,
            }
        }
        Ok(())
    }

    /// Whether an update brings a deleted record back; else who deleted it.
    fn come_back(
        &mut self,
        play: &mut Play<'_, 's>,
        ty: &'s RecordType,
        id: RecordId,
        base: Version,
        asks: &[Ask<'s>],
    ) -> Result<Option<Author>, Code> {
        let key = (ty.name.as_str(), id);
        let delete = self.life(key);
        let unseen =
            !self.history.did_itself(play.line, delete.device, delete.version) && delete.version > base;
        let sets = asks.iter().filter(|(_, what)| what.writes());
        let has_set = sets.clone().next().is_some();
        let decided = |(field, _): &Ask<'s>| match play.say(key.0, id, Some(unit_of(ty, field).0)) {
            // Also of one that depends on what was decided about: "mine" is the value at the end of the chain.
            Say::Mine(line) | Say::Values(_, line) => Some(line),
            _ => None,
        };
        let mut by_choice = play.under == Under::Choice;
        let line = match play.say(key.0, id, None) {
            _ if !has_set => return Ok(Some(delete)),
            Say::Mine(line) => line,
            Say::Values(..) | Say::Lost(_) => return Ok(Some(delete)),
            Say::Nothing => match sets.clone().find_map(decided) {
                Some(line) => line,
                None if unseen && ty.merge == Merge::Manual => {
                    by_choice = false;
                    play.clash(unit_clash(key, None, clash::Kind::EditOfDeleted));
                    play.line
                }
                None if unseen && ty.edit_wins => {
                    by_choice = false;
                    play.line
                }
                None => return Ok(Some(delete)),
            },
        };
        // Where it lies then is seen when all of the op is done; a conflict shows it all the same.
        if by_choice && play.unmaker().version > Version::ZERO {
            play.revived.push(key);
        }
        let deed = self.done(line, key.0, id, What::Restored);
        self.life_part(play, key, Fate::Over(delete), Some(deed));
        Ok(None)
    }

    /// What a write is to write: what was decided, with references to what is gone turned.
    fn wanted(
        &self,
        play: &Play<'_, 's>,
        ty: &'s RecordType,
        id: RecordId,
        field: &'s Field,
        what: What<'s>,
    ) -> What<'s> {
        let (name, value, made): (_, _, fn(_, _) -> _) = match what {
            What::Wrote(name, value) => (name, value, What::Wrote),
            What::Reset(name, value) => (name, value, What::Reset),
            what => return what,
        };
        let value = match play.say(&ty.name, id, Some(unit_of(ty, field).0)) {
            Say::Values(fields, _) => decided_value(fields, field),
            _ => value,
        };
        made(name, self.turned(field, value))
    }

    fn set(
        &mut self,
        play: &mut Play<'_, 's>,
        (ty, id, base): (&'s RecordType, RecordId, Version),
        (unit, members, equal): (&'s str, &[&'s str], bool),
        (field, what): Ask<'s>,
        lost: Option<Fate>,
    ) -> Result<(), Code> {
        let (key, name) = ((ty.name.as_str(), id), field.name.as_str());
        let before = self.value(key, name);
        let after = asked::after(field, &before, &what)?;
        let of_unit = |deed: &What<'_>| deed.field().is_some_and(|field| members.contains(&field));
        let unseen = self.unseen(play, key, base, of_unit);
        let place = ty.position(name).expect("BUG: a field of no type");
        let outranked = self.outranked(play, (ty, place, id, base), &after, of_unit);
        let (line, not) = match play.say(key.0, id, Some(unit)) {
            _ if lost.is_some() => (play.line, lost),
            Say::Mine(line) | Say::Values(_, line) => (line, None),
            Say::Lost(by) => (play.line, Some(Fate::LostToChoice(by))),
            Say::Nothing => {
                let asks = matches!(what, What::Reset(..)) || ty.rule(place) == Merge::Manual;
                if unseen.is_some() && !equal && asks {
                    play.clash(unit_clash(key, Some(unit), clash::Kind::Edit));
                }
                (play.line, None)
            }
        };
        let (fate, done) = match (not, outranked) {
            (Some(not), _) => (not, false),
            // It was so already, and that by somebody who outranks this.
            (None, Some(_)) if equal => (Fate::Already, false),
            (None, Some(other)) => (Fate::Superseded(other), false),
            (None, None) => (fate(unseen, &what, equal), true),
        };
        let wrote = || What::Wrote(&field.name, after.clone());
        let deed = done.then(|| self.done(line, key.0, id, wrote()));
        self.part(play, key, Some(name), (before, after), fate, deed);
        Ok(())
    }

    /// The unseen change of another that wins, where the rule of the unit compares them.
    fn outranked(
        &self,
        play: &Play<'_, 's>,
        (ty, place, id, base): (&'s RecordType, usize, RecordId, Version),
        value: &Value,
        counts: impl Fn(&What<'s>) -> bool,
    ) -> Option<Author> {
        let start = (self.history.head(), play.deeds_before);
        let (author, deed) = self.history.unseen_deed(play.line, (&ty.name, id), base, start, counts)?;
        let theirs = ranks::written(&deed.what);
        let by = self.weighed(&play.by, &ty.name, id);
        let (own, theirs) = (Side { value, by: &by }, Side { value: &theirs, by: &deed.by });
        ranks::loses(ty, place, &own, &theirs).then_some(author)
    }

    /// Adds to a number.
    pub(crate) fn add(
        &mut self,
        play: &Play<'_, 's>,
        key: Key<'s>,
        base: Version,
        (field, what): Ask<'s>,
    ) -> Result<(), Code> {
        let name = field.name.as_str();
        let before = self.value(key, name);
        let after = asked::after(field, &before, &what)?;
        let unseen = self.unseen(play, key, base, |deed| deed.field() == Some(name));
        let fate = fate(unseen, &what, before == after);
        let deed = self.done(play.line, key.0, key.1, what);
        self.part(play, key, Some(name), (before, after), fate, Some(deed));
        Ok(())
    }

    /// The newest change by another line that the author had not seen; nothing that this op does itself.
    pub(crate) fn unseen(
        &self,
        play: &Play<'_, 's>,
        key: Key<'s>,
        base: Version,
        counts: impl Fn(&What<'s>) -> bool,
    ) -> Option<Author> {
        let start = (self.history.head(), play.deeds_before);
        self.history.unseen_before(play.line, key, base, start, counts)
    }

    pub(crate) fn is_deleted(&self, (of, id): Key<'_>) -> bool {
        self.history.record(of, id, NOW).is_some_and(|held| held.deleted)
    }

    /// Who changed a record's life last.
    pub(crate) fn life(&self, (of, id): Key<'_>) -> Author {
        *self.history.stamps(of, id, None).last().expect("BUG: a record without a beginning")
    }

    pub(crate) fn value(&self, (of, id): Key<'_>, field: &str) -> Value {
        let place = self.history.schema.find(of).and_then(|ty| ty.position(field));
        let held = self.history.record(of, id, NOW).expect("BUG: a value of no record");
        held.row[place.expect("BUG: a value of no field")].clone()
    }
}

/// The unit of a field: its name and its members.
pub(crate) fn unit_of<'s>(ty: &'s RecordType, field: &Field) -> (&'s str, Vec<&'s str>) {
    let unit = ty.unit(ty.position(&field.name).expect("BUG: a field of no type")).0;
    (unit, fields_of(ty, unit))
}

/// A clash at a unit, with the values of the moment still to be found.
pub(crate) fn unit_clash<'s>((of, id): Key<'s>, unit: Option<&'s str>, kind: clash::Kind) -> Clash<'s> {
    Clash { of, id, unit, kind, theirs: None, mine: None, other: None }
}

/// What a person decided that a field holds.
pub(crate) fn decided_value(fields: &fieldbook_model::Fields, field: &Field) -> Value {
    let json = fields.find(&field.name).expect("BUG: a decision without a value");
    Value::read(field, json).expect("BUG: a decision that does not fit")
}

/// The units of an update that would refer to a record which a decision leaves unmade.
fn unmade_units<'s>(play: &Play<'_, 's>, ty: &'s RecordType, asks: &[Ask<'s>]) -> Vec<&'s str> {
    let refers = asks.iter().filter(|(field, what)| match what {
        What::Wrote(_, value) => asked::reference(field, value).is_some_and(|name| play.is_unmade(name)),
        _ => false,
    });
    refers.map(|(field, _)| unit_of(ty, field).0).collect()
}

pub(crate) fn fate(unseen: Option<Author>, what: &What<'_>, equal: bool) -> Fate {
    match (unseen, what) {
        (None, _) => Fate::Applied,
        (Some(other), What::Added(..) | What::Included(..) | What::Excluded(..)) => Fate::Merged(other),
        (Some(_), _) if equal => Fate::Already,
        (Some(other), _) => Fate::Over(other),
    }
}
