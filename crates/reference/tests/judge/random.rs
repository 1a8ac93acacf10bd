//! Histories from chance: whatever happens, nothing is lost, and every conflict can be brought to an end.

use std::sync::Arc;

use fieldbook_model::{OpId, Version};
use fieldbook_reference::state::State;
use fieldbook_reference::{Device, UnitSeen};

use crate::language::{Bench, device, id, op_id};
use crate::schema::schema;

/// What is there from the start.
const THERE: &str = "O insert man.r x=a n=5 + insert man.s x=a + insert item.r x=a n=5 + insert keep.r x=a; \
    O insert pay.r k=a + insert keepkey.r k=b + insert once.r k=c + insert room.r x=a + insert room.s next=r";

/// Chance from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.roll(of.len() as u64)).expect("a small number")]
    }

    fn change(&mut self) -> String {
        let (name, value) = (self.one(&["r", "s", "p"]), self.one(&["a", "b", "c"]));
        let of = self.one(&[
            "man", "man", "keep", "item", "pay", "keepkey", "once", "room", "chair", "rug", "lamp", "bill",
        ]);
        let number = self.roll(9);
        let fields = match of {
            "pay" | "keepkey" | "once" => format!("k={value}"),
            "chair" | "rug" | "lamp" => format!("room={name}"),
            "bill" => format!("number={value}{number}"),
            "man" if self.roll(3) == 0 => format!("gx={value} gy={number}"),
            _ => format!("x={value}"),
        };
        let counted = matches!(of, "man" | "keep" | "item" | "pay" | "keepkey" | "once");
        match self.roll(12) {
            0..=2 => format!("insert {of}.{name} {fields}"),
            3..=6 if of != "bill" => format!("set {of}.{name} {fields}"),
            7 if counted => format!("add {of}.{name} n={number}"),
            8 if counted => format!("count {of}.{name} n={number}"),
            9 => format!("delete {of}.{name}"),
            10 => format!("restore {of}.{name}"),
            _ => format!("set man.{name} x={value}"),
        }
    }

    fn step(&mut self, bench: &Bench<'_>) -> String {
        let who = self.one(&["A", "A", "B", "a", "O"]);
        let head = bench.reference.history.head().0;
        let seen = head.saturating_sub(self.roll(12));
        let target = self.roll(head + 1);
        let act = match self.roll(14) {
            0 => format!("undo {target}"),
            1 => format!("discard {target}"),
            2 => format!("replaces {target} {}", self.change()),
            3 | 4 => match bench.reference.conflicts().into_iter().find(|(_, seen)| seen.state == "open") {
                Some((conflict, seen)) => self.resolution(conflict, &seen.units),
                None => self.change(),
            },
            5..=8 => format!("{} + {}", self.change(), self.change()),
            _ => self.change(),
        };
        format!("{who} {act} @{seen}")
    }

    fn resolution(&mut self, conflict: OpId, units: &[UnitSeen]) -> String {
        let step = (1..200).find(|step| op_id(*step) == conflict).expect("a step");
        let choices = units.iter().map(|unit| {
            let name =
                ["r", "s", "p"].into_iter().find(|name| id(name) == unit.id).expect("a record of ours");
            let field = unit.unit.as_ref().map(|field| format!(".{field}")).unwrap_or_default();
            format!("{}.{name}{field}={}", unit.of, self.one(&["mine", "theirs"]))
        });
        let choices: Vec<_> = choices.collect();
        format!("resolve {step} {}", choices.join(" "))
    }
}

fn holds_together(bench: &Bench<'_>) {
    let history = &bench.reference.history;
    let chains = history.chains();
    let conflicts = bench.reference.conflicts();
    for (conflict, seen) in &conflicts {
        let waiting = chains.get(conflict).map_or(0, Vec::len) as u64;
        assert_eq!(seen.held, waiting, "{conflict}");
        assert_eq!(seen.state == "open", waiting > 0, "{conflict}");
        assert!(!seen.units.is_empty() && seen.pair <= history.head(), "{conflict}");
    }
    assert!(chains.keys().all(|conflict| conflicts.contains_key(conflict)));
    for event in &history.events {
        let done = matches!(history.state(event), State::Committed { .. });
        assert!(done || history.did(event).is_none());
    }
}

fn everyone_agrees(bench: &Bench<'_>) {
    let head = bench.reference.history.head();
    for letter in ['A', 'B', 'a', 'O'] {
        for cursor in [head, Version(head.0 / 2)] {
            let own = bench.ops.iter().filter(|op| op.device_id == device(letter)).cloned().map(Arc::new);
            let screen = Device {
                id: device(letter),
                cursor,
                read: Vec::new(),
                ops: own.collect(),
                schema: bench.reference.history.schema.version,
                scopes: None,
                left_out: Vec::new(),
                person: None,
            };
            let shown = screen.shown(&bench.reference.history);
            if cursor == head {
                assert_eq!(shown.rows.len(), bench.reference.shown().len());
                assert!(shown.doubt.is_empty());
            }
        }
    }
}

/// Resolves what can be resolved and gives up the rest.
fn bring_to_an_end(bench: &mut Bench<'_>, dice: &mut Dice) {
    for _ in 0..100 {
        let open = bench.reference.conflicts().into_iter().find(|(_, seen)| seen.state == "open");
        let Some((conflict, seen)) = open else { return };
        let step = (1..200).find(|step| op_id(*step) == conflict).expect("a step");
        let resolution = dice.resolution(conflict, &seen.units);
        bench.play(&format!("O {resolution}"));
        let settled = |bench: &Bench<'_>| bench.reference.conflicts()[&conflict].state != "open";
        if !settled(bench) {
            bench.play(&format!("O discard {step}"));
        }
        assert!(settled(bench), "{conflict} cannot be brought to an end");
        holds_together(bench);
    }
    panic!("conflicts without end");
}

#[test]
fn whatever_happens_nothing_is_lost_and_every_conflict_ends() {
    let schema = schema();
    let (mut held, mut kinds) = (0, std::collections::BTreeSet::new());
    for seed in 0..300 {
        let (mut bench, mut dice) = (Bench::new(&schema), Dice(seed));
        bench.play(THERE);
        for _ in 0..40 {
            let step = dice.step(&bench);
            bench.play(&step);
            holds_together(&bench);
        }
        let conflicts = bench.reference.conflicts();
        held += conflicts.len();
        kinds.extend(conflicts.values().flat_map(|seen| &seen.units).map(|unit| unit.kind));
        bring_to_an_end(&mut bench, &mut dice);
        everyone_agrees(&bench);
    }
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["count", "delete-of-edited", "edit", "edit-of-deleted", "unique"]
    );
    assert!(held > 300, "only {held} conflicts");
}
