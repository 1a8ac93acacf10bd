//! Whether an action fits what is here. A refusal says what is wrong and what would be right; nothing of a
//! refused action is kept. The server judges again: what it says is the verdict.

use std::collections::BTreeMap;

use fieldbook_device_sync::Key;
use fieldbook_merge::merge::{id_taken, out_of_range};
use fieldbook_merge::play::{Misfit, play};
use fieldbook_merge::{Checked, Edit, Row, Verb, read};
use fieldbook_model::limits::NAME_CHARS_MAX;
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Change, Code, RecordId, Refusal, Version};

use crate::act::{ActError, Action};
use crate::alias;
use crate::error::StoreError;
use crate::open::Tx;
use crate::pending;
use crate::shown;

/// An action that fits.
pub(crate) struct Judged {
    /// For each change the confirmed version of its record (rule 40).
    pub bases: Vec<Version>,
    /// Each record that it touches.
    pub records: BTreeMap<Key, Laid>,
}

/// A record laid out for an action.
pub(crate) struct Laid {
    /// As the server confirmed it last; 0 where it does not have it.
    pub confirmed: Version,
    /// Whether earlier pending ops touch it.
    pub touched: bool,
    /// As it was shown before.
    pub before: Option<Row>,
    /// As it is shown after the changes so far.
    pub now: Option<Row>,
    /// Whether the id was ever used.
    used: bool,
}

/// What can be said without looking at any record.
pub(crate) fn admissible(tx: Tx<'_>, wanted: &Action) -> Result<(), Refusal> {
    if tx.identity.role == "viewer" {
        let words = "Your role (viewer) may read here but change nothing.";
        return Err(Refusal::new(Code::NoPermission, words));
    }
    if wanted.action != EDIT && tx.schema.action(&wanted.action).is_none() {
        let names = tx.schema.actions.iter().map(|action| action.name.as_str());
        let names = [EDIT].into_iter().chain(names).collect::<Vec<_>>().join(", ");
        let words = format!("There is no action {}; there are: {names}.", wanted.action);
        return Err(Refusal::new(Code::UnknownAction, words));
    }
    if wanted.key.as_ref().is_some_and(|key| key.is_empty() || key.chars().count() > NAME_CHARS_MAX) {
        let words = format!("An idempotency key has 1 to {NAME_CHARS_MAX} characters.");
        return Err(Refusal::new(Code::WrongValue, words));
    }
    let max = tx.identity.limits.op_changes_max;
    match wanted.changes.len() {
        0 => Err(Refusal::new(Code::Empty, "This action changes nothing.")),
        changes if changes > max as usize => {
            let words = format!("{changes} changes in one action; the server takes at most {max}.");
            Err(Refusal::new(Code::TooManyChanges, words))
        }
        _ => Ok(()),
    }
}

/// Plays the changes one after the other on what is shown.
pub(crate) fn judge(tx: Tx<'_>, changes: &[Change]) -> Result<Judged, ActError> {
    let mut judged = Judged { bases: Vec::with_capacity(changes.len()), records: BTreeMap::new() };
    for change in changes {
        let mut checked = read::read(tx.schema, change)?;
        alias::rename(tx, &mut checked)?;
        judged.references(tx, &checked)?;
        let base = judged.play(tx, &checked)?;
        judged.bases.push(base);
    }
    Ok(judged)
}

impl Judged {
    fn play(&mut self, tx: Tx<'_>, checked: &Checked) -> Result<Version, ActError> {
        let key = Key { of: checked.of, id: checked.id };
        let of = &tx.schema.types[checked.of].name;
        let laid = match self.records.entry(key) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => place.insert(lay(tx, key)?),
        };
        match &checked.verb {
            Verb::Insert(_) if laid.used => return Err(id_taken(&tx.schema.types[checked.of]).into()),
            Verb::Update(_) | Verb::Delete | Verb::Restore if !laid.used => {
                let words = format!("There is no such {of} on this device.");
                return Err(Refusal::at(Code::UnknownRecord, of, words).into());
            }
            Verb::Update(_) | Verb::Delete if laid.now.is_none() => {
                let words = format!("This {of} is deleted; restore it first.");
                return Err(Refusal::at(Code::Deleted, of, words).into());
            }
            Verb::Restore if laid.now.is_some() => {
                let words = format!("This {of} is not deleted.");
                return Err(Refusal::at(Code::WrongVerb, of, words).into());
            }
            _ => {}
        }
        laid.now = play(laid.now.as_ref(), &checked.verb).map_err(|misfit| refusal(tx, checked, misfit))?;
        laid.used = true;
        Ok(laid.confirmed)
    }

    /// Refuses a reference to nothing. A deleted record may still be referred to.
    fn references(&self, tx: Tx<'_>, checked: &Checked) -> Result<(), ActError> {
        for (field, id) in checked.verb.references() {
            let Some(of) = alias::target(tx, checked.of, field) else { continue };
            let key = Key { of, id };
            let itself = of == checked.of && id == checked.id;
            if itself || self.records.get(&key).is_some_and(|laid| laid.used) || used(tx, key)? {
                continue;
            }
            let (ty, target) = (&tx.schema.types[checked.of], &tx.schema.types[of].name);
            let path = format!("{}.{}", ty.name, ty.fields[field].name);
            let words = format!("{path} names a {target} that is not on this device.");
            return Err(Refusal::at(Code::UnknownReference, path, words).into());
        }
        Ok(())
    }
}

fn used(tx: Tx<'_>, key: Key) -> Result<bool, StoreError> {
    Ok(shown::exists(tx, key)?
        || pending::image_version(tx, key)?.is_some()
        || shown::gone(tx, key)?.is_some())
}

/// Looks a record up: shown, touched by pending ops, deleted, or never used.
fn lay(tx: Tx<'_>, key: Key) -> Result<Laid, StoreError> {
    let touched = pending::image_version(tx, key)?;
    if let Some((row, confirmed)) = shown::find(tx, key)? {
        let (before, now) = (Some(row.clone()), Some(row));
        return Ok(Laid { confirmed, touched: touched.is_some(), before, now, used: true });
    }
    let hidden =
        |confirmed, used| Laid { confirmed, touched: touched.is_some(), before: None, now: None, used };
    Ok(match (touched, shown::gone(tx, key)?) {
        (Some(confirmed), _) | (None, Some(confirmed)) => hidden(confirmed, true),
        // An id that a duplicate made is used up, though its record goes by another.
        (None, None) => hidden(Version::ZERO, alias::find(tx, key)?.is_some()),
    })
}

fn refusal(tx: Tx<'_>, checked: &Checked, misfit: Misfit) -> Refusal {
    let ty = &tx.schema.types[checked.of];
    let grown = match &checked.verb {
        Verb::Update(edits) => edits
            .iter()
            .find(|(_, edit)| matches!(edit, Edit::Add(_) | Edit::Include(..)))
            .map(|(field, _)| *field),
        _ => None,
    };
    match (misfit, grown) {
        (Misfit::Range, Some(field)) => out_of_range(ty, field),
        (Misfit::Range | Misfit::NoRecord, _) => Refusal::at(
            Code::UnknownRecord,
            &ty.name,
            format!("There is no such {} on this device.", ty.name),
        ),
        (Misfit::Exists, _) => id_taken(ty),
    }
}

/// The records of an op by name.
pub(crate) fn named(tx: Tx<'_>, keys: &[Key]) -> Result<Vec<(String, RecordId)>, StoreError> {
    let name = |key: &Key| {
        let key = alias::in_force(tx, *key)?;
        Ok((tx.schema.types[key.of].name.clone(), key.id))
    };
    keys.iter().map(name).collect()
}
