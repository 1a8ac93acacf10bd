//! Deleting and restoring.

use fieldbook_model::schema::{Kind, Merge, RecordType};
use fieldbook_model::{Code, RecordId, Version};

use crate::clash::{self, Clash};
use crate::history::{NOW, What};
use crate::make::unit_clash;
use crate::play::{Play, Say};
use crate::said::Fate;
use crate::server::Reference;

impl<'s> Reference<'s> {
    pub(crate) fn delete(
        &mut self,
        play: &mut Play<'_, 's>,
        ty: &'s RecordType,
        id: RecordId,
        base: Version,
    ) -> Result<(), Code> {
        let key = (ty.name.as_str(), id);
        if self.is_deleted(key) {
            self.life_part(play, key, Fate::Already, None);
            return Ok(());
        }
        let unseen = self.unseen(play, key, base, |what| what.field().is_none_or(|name| is_edit(ty, name)));
        let line = match (play.say(key.0, id, None), unseen) {
            (Say::Mine(line) | Say::Values(_, line), _) => line,
            (Say::Lost(by), _) => {
                self.life_part(play, key, Fate::LostToChoice(by), None);
                return Ok(());
            }
            (Say::Nothing, Some(author)) if ty.edit_wins => {
                self.life_part(play, key, Fate::LostToEdit(author), None);
                return Ok(());
            }
            (Say::Nothing, Some(_)) if ty.merge == Merge::Manual => {
                let unit = unit_clash(key, None, clash::Kind::DeleteOfEdited);
                let row = self.history.record(key.0, id, NOW).expect("BUG: a delete of no record").row;
                let changed = |name: &str| {
                    let of = |what: &What<'_>| what.field() == Some(name);
                    is_edit(ty, name) && self.unseen(play, key, base, of).is_some()
                };
                let theirs = match clash::values(ty, &row, changed) {
                    changed if changed.is_empty() => clash::values(ty, &row, |_| true),
                    changed => changed,
                };
                play.clash(Clash { theirs: Some(theirs), ..unit });
                play.line
            }
            _ => play.line,
        };
        self.refuse_for_children(key)?;
        let deed = self.done(line, key.0, id, What::Deleted);
        self.life_part(play, key, unseen.map_or(Fate::Applied, Fate::Over), Some(deed));
        self.orphan(play, key);
        Ok(())
    }

    pub(crate) fn restore(&mut self, play: &Play<'_, 's>, of: &'s str, id: RecordId, base: Version) {
        if !self.is_deleted((of, id)) {
            return self.life_part(play, (of, id), Fate::Already, None);
        }
        let line = match play.say(of, id, None) {
            Say::Lost(by) => return self.life_part(play, (of, id), Fate::LostToChoice(by), None),
            Say::Mine(line) | Say::Values(_, line) => line,
            Say::Nothing => play.line,
        };
        let unseen = self.unseen(play, (of, id), base, |what| what.field().is_none());
        let deed = self.done(line, of, id, What::Restored);
        self.life_part(play, (of, id), unseen.map_or(Fate::Applied, Fate::Over), Some(deed));
    }
}

/// Whether a change of a field is an edit that a delete could meet (rule 52).
pub(crate) fn is_edit(ty: &RecordType, name: &str) -> bool {
    let mut fields = ty.fields.iter();
    fields.any(|it| it.name == name && !matches!(it.kind, Kind::Set { .. }) && it.merge != Merge::Delta)
}
