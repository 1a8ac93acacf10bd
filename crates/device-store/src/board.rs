//! Records laid out for an action: as they are shown, and as they are after the changes so far. Nothing is
//! written here.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use fieldbook_device_sync::{Image, Key, rebase};
use fieldbook_merge::play::{Misfit, play};
use fieldbook_merge::{Checked, Effect, Held};
use fieldbook_model::Version;

use crate::alias;
use crate::did;
use crate::error::StoreError;
use crate::open::Tx;
use crate::pending::{self, Desk};
use crate::plays::{self, Play, Plays};
use crate::replay::key_of;
use crate::shown;

/// Records laid out for an action.
pub(crate) struct Board<'a> {
    pub tx: Tx<'a>,
    /// Each record that it touches.
    pub records: BTreeMap<Key, Laid>,
    /// What its changes do, in their order.
    pub effects: Vec<Effect>,
    /// What is to be played beside the changes that its text names.
    pub plays: Plays,
    /// What pending ops make of records that are not live, as far as it was worked out.
    hidden: BTreeMap<Key, Image>,
}

/// A record laid out for an action.
#[derive(Debug, Clone)]
pub(crate) struct Laid {
    /// As the server confirmed it last; 0 where it does not have it.
    pub confirmed: Version,
    /// Whether earlier pending ops touch it.
    pub touched: bool,
    /// As it was held before.
    pub before: Held,
    /// As it is held after the changes so far.
    pub now: Held,
    /// Whether the id was ever used.
    pub used: bool,
    /// Whether it was shown before, its owners being there.
    pub shown: bool,
}

impl<'a> Board<'a> {
    pub fn new(tx: Tx<'a>) -> Self {
        Self {
            tx,
            records: BTreeMap::new(),
            effects: Vec::new(),
            plays: Plays::new(),
            hidden: BTreeMap::new(),
        }
    }

    /// A record, looked up when it is asked for first.
    pub fn laid(&mut self, key: Key) -> Result<&mut Laid, StoreError> {
        match self.records.entry(key) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(lay(self.tx, key, &mut self.hidden)?)),
        }
    }

    /// Makes a change.
    pub fn play(&mut self, change: &Checked) -> Result<Result<(), Misfit>, StoreError> {
        let ty = &self.tx.schema.types[change.of];
        let laid = self.laid(key_of(change))?;
        let after = match play(ty, &laid.now, &change.verb) {
            Ok(after) => after,
            Err(misfit) => return Ok(Err(misfit)),
        };
        let effect = did::effect(ty, &laid.now, change);
        (laid.now, laid.used) = (after, true);
        self.effects.push(effect);
        Ok(Ok(()))
    }

    /// Plays something that the op's text does not name, and keeps it with the op.
    pub fn play_beside(&mut self, key: Key, beside: Play) -> Result<Result<(), Misfit>, StoreError> {
        let entry = (key, beside);
        if let Some(change) = plays::checked(&entry)
            && let Err(misfit) = self.play(&change)?
        {
            return Ok(Err(misfit));
        }
        self.plays.push(entry);
        Ok(Ok(()))
    }

    /// Whether a record is there, as things stand now.
    pub fn is_live(&self, key: Key) -> Result<bool, StoreError> {
        match self.records.get(&key) {
            Some(laid) => Ok(laid.now.row.is_some()),
            None => shown::exists(self.tx, key),
        }
    }

    /// Whether an id was ever used.
    pub fn is_used(&self, key: Key) -> Result<bool, StoreError> {
        match self.records.get(&key) {
            Some(laid) => Ok(laid.used),
            None => Ok(shown::exists(self.tx, key)?
                || pending::image_version(self.tx, key)?.is_some()
                || shown::gone(self.tx, key)?.is_some()),
        }
    }
}

/// Looks a record up: live, touched by pending ops, deleted, or never used.
fn lay(tx: Tx<'_>, key: Key, hidden: &mut BTreeMap<Key, Image>) -> Result<Laid, StoreError> {
    let touched = pending::image_version(tx, key)?;
    if let Some((row, confirmed)) = shown::find(tx, key)? {
        let (before, touched) = (Held::live(row), touched.is_some());
        let shown = !tx.tables.owners.is_owned(key.of) || shown::is_shown(tx, key)?;
        return Ok(Laid { confirmed, touched, now: before.clone(), before, used: true, shown });
    }
    let image = match touched {
        Some(_) => held(tx, key, hidden)?,
        None => shown::deleted(tx, key)?,
    };
    // An id that a duplicate made is used up, though its record goes by another.
    let used = touched.is_some() || image.version > Version::ZERO || alias::find(tx, key)?.is_some();
    let confirmed = image.version;
    let before = image.held();
    Ok(Laid { confirmed, touched: touched.is_some(), now: before.clone(), before, used, shown: false })
}

/// What pending ops make of a record that is not live: the row that it held is not written down anywhere. All
/// that they touch besides is worked out with it, and kept.
fn held(tx: Tx<'_>, key: Key, hidden: &mut BTreeMap<Key, Image>) -> Result<Image, StoreError> {
    if let Some(image) = hidden.get(&key) {
        return Ok(image.clone());
    }
    let mut desk = Desk::new(tx);
    let image = desk.record(key)?.image.clone().unwrap_or_default();
    let news = BTreeMap::from([(key, image.clone())]);
    hidden.extend(rebase(&tx.schema.types, &mut desk, &news, &BTreeMap::new())?.shown);
    Ok(hidden.get(&key).cloned().unwrap_or(image))
}
