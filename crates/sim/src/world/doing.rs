//! What a person does on a device: new things, and things about what was done before.

use std::sync::Arc;

use fieldbook_device_store::{
    ActError, Acted, Action, Asks, Export, LogFilter, Moment, OpState, Undone, Wish,
};
use fieldbook_device_sync::Input;
use fieldbook_model::op::About;
use fieldbook_model::schema::Kind;
use fieldbook_model::{Change, Code, Op, OpId, Seq, json};

use super::{World, bytes, short};
use crate::checks::number;

/// What a person does.
#[derive(Debug, Clone, PartialEq)]
pub enum Doing {
    /// Something new.
    Act(Action),
    /// Takes an op back: the one named, or the last.
    Undo(Option<Seq>, Asks),
    /// Does again what was undone.
    Redo(Option<Seq>, Asks),
    /// Decides about a conflict.
    Resolve(OpId, Wish),
    /// Gives an op up.
    Discard(OpId),
    /// Sends what was refused again, edited or as it was.
    Retry(Seq, Option<Vec<Change>>),
}

impl World {
    /// A person acts.
    pub fn act(&mut self, device: usize, action: Action) -> Result<Acted, ActError> {
        self.does(device, Doing::Act(action)).map(|mut acted| acted.swap_remove(0))
    }

    /// A person does something. What the store returned as saved is promised from then on.
    pub fn does(&mut self, device: usize, doing: Doing) -> Result<Vec<Acted>, ActError> {
        let name = self.devices[device].name;
        assert!(!self.devices[device].locked, "BUG: nobody acts on {name}, which is locked");
        let hidden = self.is_about_the_hidden(device, &doing);
        match self.acted(device, &doing) {
            Ok(acted) => {
                let taken = hidden && acted.iter().any(|acted| !acted.duplicate);
                assert!(!taken, "rule 53: {name} changes what is not shown there: {doing:?}");
                if acted.iter().any(|acted| !acted.duplicate) {
                    self.input(device, Input::Wrote);
                }
                Ok(acted)
            }
            Err(ActError::Refused(refusal)) => {
                (0..u8::from(hidden))
                    .for_each(|_| self.checks.count("rule 53 an act on what is not shown is refused"));
                let line = format!(
                    "{name} acts: refused at once, {:?}, {}",
                    refusal.code,
                    short(&format!("{doing:?}"))
                );
                self.tell(&line);
                Err(ActError::Refused(refusal))
            }
            Err(ActError::Store(error)) => panic!("BUG: {name} cannot act: {error}: {doing:?}"),
        }
    }

    /// Whether a new act begins with changing or deleting what the device does not show (rule 53).
    fn is_about_the_hidden(&mut self, device: usize, doing: &Doing) -> bool {
        let Doing::Act(action) = doing else { return false };
        let store = &mut self.devices[device].store;
        let first = action
            .changes
            .iter()
            .take_while(|change| matches!(change, Change::Update { .. } | Change::Delete { .. }));
        let mut shown = first.map(|change| store.shown_record(change.of(), change.id()));
        shown.any(|record| record.expect("BUG: a record of a store in memory").is_none())
    }

    /// Does it and notes what is promised by it; nothing is sent yet.
    pub(super) fn done(&mut self, device: usize, doing: &Doing) -> Result<Vec<Acted>, ActError> {
        let acted = self.in_store(device, doing)?;
        Ok(self.is_done(device, acted, doing))
    }

    pub(super) fn in_store(&mut self, device: usize, doing: &Doing) -> Result<Vec<Acted>, ActError> {
        let moment = Moment { wall: self.moment(device).wall, random: bytes(&mut self.dice) };
        let store = &mut self.devices[device].store;
        let one = |undone: Undone| vec![undone.acted];
        match doing.clone() {
            Doing::Act(action) => store.act(moment, action).map(|acted| vec![acted]),
            Doing::Undo(seq, asks) => store.undo(moment, seq, asks).map(one),
            Doing::Redo(seq, asks) => store.redo(moment, seq, asks).map(one),
            Doing::Resolve(conflict, wish) => store.resolve(moment, conflict, &wish).map(|acted| vec![acted]),
            Doing::Discard(op) => store.discard(moment, op).map(|acted| vec![acted]),
            Doing::Retry(seq, changes) => store.retry(moment, seq, changes),
        }
    }

    pub(super) fn is_done(&mut self, device: usize, acted: Vec<Acted>, doing: &Doing) -> Vec<Acted> {
        for one in &acted {
            self.promise(device, one, doing);
        }
        if acted.iter().any(|acted| !acted.duplicate) {
            self.check_device(device);
        }
        acted
    }

    pub(super) fn promise(&mut self, device: usize, acted: &Acted, doing: &Doing) {
        let name = self.devices[device].name;
        if acted.duplicate {
            return self.tell(&format!("{name} acts: the same as op {}", acted.seq));
        }
        let text = self.devices[device].store.op_text(acted.seq).ok().flatten();
        let text = text.expect("BUG: an op that was just written is in the log");
        let op: Op = json::parse(&text).expect("BUG: our own op");
        let about = match &op.payload.about {
            Some(About::Undoes(undone)) => format!(", which takes back {undone}"),
            _ => String::new(),
        };
        let did = short(&format!("{doing:?}"));
        self.tell(&format!("{name} acts: op {} {} = {did}{about}", acted.seq, acted.op_id));
        self.printed(device, &op);
        self.record_write(device, &op);
        self.devices[device].promised.push((text, Arc::new(op)));
    }

    /// A number that a device gave out is printed, and no other record may get it, whatever comes back from a backup (rule 30).
    /// One that is made again, as what was withdrawn is, keeps its own.
    fn printed(&mut self, device: usize, op: &Op) {
        let copied = !self.devices[device].trunks.is_empty() || self.devices[device].came_back;
        let numbers = op.payload.changes.iter().filter_map(|change| Some((number(change)?, change.id())));
        for (number, id) in numbers {
            let twice = self.devices.iter().find_map(|it| it.printed.get(&number)).copied();
            assert!(twice.is_none_or(|first| first == id), "I14: {number} is printed twice");
            self.devices[device].printed.insert(number, id);
            if copied {
                self.checks.count("I14 a device that came back prints no number twice");
            }
        }
    }

    /// Takes much back and does it again up to the present, before anything is sent or heard: nothing changes by
    /// it, except that records which are written once gain others that count against them.
    pub fn there_and_back(&mut self, device: usize, steps: usize) {
        let before = self.lasting(device);
        let mut undone = 0;
        while undone < steps && !self.next_is_held(device) {
            if self.done(device, &Doing::Undo(None, Asks::Anyway)).is_err() {
                break;
            }
            undone += 1;
        }
        for _ in 0..undone {
            match self.done(device, &Doing::Redo(None, Asks::Anyway)) {
                Ok(_) => {}
                // Somebody else put something into what was deleted; it is not taken away unseen.
                Err(ActError::Refused(refusal)) if refusal.code == Code::HasChildren => {
                    return self.input(device, Input::Wrote);
                }
                Err(error) => panic!("G9: what was undone cannot be done again: {error}"),
            }
        }
        // What damage took away is not there to be brought back.
        if undone > 0 && !self.devices[device].damaged {
            let name = self.devices[device].name;
            assert_eq!(
                self.lasting(device),
                before,
                "G9: {name} undid {undone} and redid them, and it is not as it was"
            );
            self.checks.count("G9 undo much, redo to the present: nothing changes");
        }
        if undone > 0 {
            self.input(device, Input::Wrote);
        }
    }

    /// Whether what undo would take back next waits in a conflict: that is withdrawn, for good.
    fn next_is_held(&mut self, device: usize) -> bool {
        let store = &mut self.devices[device].store;
        let Some(next) = store.undo_stack(1).expect("BUG: the log").pop() else { return true };
        let filter = LogFilter { state: None, from: Some(next.seq), max: 1, newest_first: false };
        let state = store.log(filter).expect("BUG: the log")[0].state;
        matches!(state, OpState::Conflicted | OpState::LostBase)
    }

    /// What a device shows of records that are not only written once. A set is its elements: each comes back for itself
    /// (rule 24), and where none is left it is as empty as one that never had any.
    fn lasting(&mut self, device: usize) -> Vec<String> {
        let shown = self.devices[device].store.export(Export::Shown).expect("BUG: an export");
        let types = &self.devices[device].store.identity().schema.types;
        let once = types.iter().filter(|ty| ty.insert_only);
        let once: Vec<String> = once.map(|ty| format!("\"type\":\"{}\"", ty.name)).collect();
        let sets = types.iter().flat_map(|ty| &ty.fields).filter(|it| matches!(it.kind, Kind::Set { .. }));
        let sets: Vec<String> = sets.map(|field| format!("\"{}\":", field.name)).collect();
        let lasting = shown.into_iter().filter(|line| !once.iter().any(|of| line.contains(of.as_str())));
        let of_elements = |line: String| {
            sets.iter().fold(line, |line, set| line.replace(&format!("{set}[]"), &format!("{set}null")))
        };
        lasting.map(of_elements).collect()
    }
}
