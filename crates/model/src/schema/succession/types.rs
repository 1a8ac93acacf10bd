//! Types and actions of both versions, after the steps.

use super::{Comparing, Weight};
use crate::schema::RecordType;

impl Comparing<'_> {
    pub(super) fn types(&mut self) {
        let (work, new) = (self.work.clone(), self.new);
        for old in work.types.iter().filter(|ty| !ty.system) {
            match new.find(&old.name) {
                Some(ty) => self.one_type(old, ty),
                None => {
                    let words = "the type is gone: say rename-type if it has another name; a type is not dropped, \
                                 since its records and what waits for them stay";
                    self.note(Weight::NeedsStep, &old.name, words);
                }
            }
        }
        for ty in new.types.iter().filter(|ty| work.find(&ty.name).is_none()) {
            self.note(Weight::Additive, &ty.name, "the type is new");
        }
    }

    fn one_type(&mut self, old: &RecordType, new: &RecordType) {
        self.fields(old, new);
        let path = &new.name;
        if !old.insert_only && new.insert_only {
            let words = "records may not be changed any more, which queued changes could not know: leave out \
                         insert-only";
            self.note(Weight::Refused, path, words);
        }
        if old.inside != new.inside || old.scope != new.scope {
            let words = "its records would lie in other scopes, of which devices hold parts: leave in and scope as \
                         they were";
            self.note(Weight::Refused, path, words);
        }
        self.groups(old, new);
        let rules = [
            (old.insert_only && !new.insert_only, "records may be changed"),
            (old.merge != new.merge || old.edit_wins != new.edit_wins, "the merge rule is another"),
            (old.unique != new.unique, "the keys are others; pairs that there are stay"),
            (old.resolve != new.resolve, "others may settle its conflicts"),
            (old.readers != new.readers, "others may read it"),
            (old.writers != new.writers, "others may write it"),
            (old.counter != new.counter, "it is taken back in another way"),
        ];
        for (_, words) in rules.into_iter().filter(|(differs, _)| *differs) {
            self.note(Weight::Rule, path, words);
        }
        if old.label != new.label || old.called != new.called {
            self.note(Weight::Additive, path, "people know it by another name");
        }
    }

    /// An op that was made before knows of no new group, and names one member alone.
    fn groups(&mut self, old: &RecordType, new: &RecordType) {
        for group in &new.groups {
            let before = old.groups.iter().find(|it| it.name == group.name);
            let same = before.is_some_and(|before| before.fields == group.fields);
            let fresh = group.fields.iter().all(|name| old.position(name).is_none());
            let path = format!("{}.{}", new.name, group.name);
            if !same && !fresh {
                let words = "fields become a group of which queued changes name one alone: group new fields, or leave \
                             the group as it was";
                self.note(Weight::Refused, path, words);
            } else if before
                .is_some_and(|before| (before.merge, &before.order) != (group.merge, &group.order))
            {
                self.note(Weight::Rule, path, "the merge rule is another");
            }
        }
        for group in old.groups.iter().filter(|group| new.groups.iter().all(|it| it.name != group.name)) {
            let words = "the group is gone; its fields merge one by one";
            self.note(Weight::Rule, format!("{}.{}", new.name, group.name), words);
        }
    }

    pub(super) fn actions(&mut self) {
        let (work, new) = (self.work.clone(), self.new);
        for old in &work.actions {
            match new.action(&old.name) {
                None => {
                    let words = "the action is gone, and devices may have some in their queues: leave it in";
                    self.note(Weight::Refused, &old.name, words);
                }
                Some(action) if action.key != old.key => {
                    self.note(Weight::Rule, &old.name, "acts under one key are compared by other fields");
                }
                Some(action) if action.undo != old.undo || action.sets != old.sets => {
                    self.note(Weight::Rule, &old.name, "it is taken back in another way");
                }
                Some(action) if action.actors != old.actors => {
                    self.note(Weight::Rule, &old.name, "others may do it");
                }
                Some(action) if action.says != old.says => {
                    self.note(Weight::Additive, &old.name, "it is told in other words");
                }
                Some(_) => {}
            }
        }
        for action in new.actions.iter().filter(|action| work.action(&action.name).is_none()) {
            self.note(Weight::Additive, &action.name, "the action is new");
        }
    }
}
