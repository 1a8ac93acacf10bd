//! Makes a failing world smaller: what does not matter is taken out of its plan as long as the same check fails at the same
//! place. It looks at nothing but whether a plan fails; what is left is to be read.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use fieldbook_model::planted::{self, Defect};

use crate::hunt::words;
use crate::plan::{DEVICES_MIN, Plan};
use crate::run::play;
use crate::story;

/// How a plan fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where: a file and a line.
    pub place: String,
    /// The invariant or rule that is named, where one is.
    pub name: Option<String>,
    /// The first words.
    pub words: String,
    /// The lines of its story.
    pub lines: u64,
}

impl Failure {
    /// Whether the same check fails.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.place, &self.name) == (&other.place, &other.name)
    }
}

/// What is left of a plan.
#[derive(Debug, Clone)]
pub struct Shrunk {
    /// The smallest that was found.
    pub plan: Plan,
    /// How the first one failed.
    pub before: Failure,
    /// How the smallest one fails.
    pub after: Failure,
    /// How many worlds were played.
    pub played: u32,
}

thread_local! {
    static ARMED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Plays a plan, with a rule taken out or not. Gives how it fails, if it does.
pub fn fails(plan: &Plan, defect: Option<Defect>) -> Option<Failure> {
    listen();
    story::count_anew();
    ARMED.set(true);
    let world = || drop(play(plan, false));
    let played = catch_unwind(AssertUnwindSafe(|| match defect {
        Some(defect) => planted::with(defect, world),
        None => world(),
    }));
    ARMED.set(false);
    let words = words(played.err()?.as_ref());
    Some(Failure { place: PLACE.take(), name: name(&words), words, lines: story::counted() })
}

/// From now on a panic on a thread that plays a plan is kept, and said by nobody; others are said as before.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| match ARMED.get() {
            true => PLACE.set(panic.location().map(ToString::to_string).unwrap_or_default()),
            false => before(panic),
        }));
    });
}

/// The invariant or rule of some words: `I8`, `rule 13`, `G7`.
fn name(words: &str) -> Option<String> {
    let numbered = |word: &str| {
        let number = word.trim_end_matches(':');
        number.strip_prefix(['I', 'G']).is_some_and(|rest| rest.parse::<u32>().is_ok())
    };
    let mut before = "";
    for word in words.split_whitespace() {
        let number = word.trim_end_matches(':');
        if numbered(word) {
            return Some(number.to_owned());
        }
        if before == "rule" && number.parse::<u32>().is_ok() {
            return Some(format!("rule {number}"));
        }
        before = word;
    }
    None
}

/// Makes a plan that fails smaller, in at most so many worlds. `None`: it does not fail.
pub fn shrink(plan: &Plan, defect: Option<Defect>, worlds_max: u32) -> Option<Shrunk> {
    let before = fails(plan, defect)?;
    let after = before.clone();
    let mut search =
        Search { defect, worlds_max, shrunk: Shrunk { plan: plan.clone(), before, after, played: 1 } };
    while search.round() {}
    Some(search.shrunk)
}

struct Search {
    defect: Option<Defect>,
    worlds_max: u32,
    shrunk: Shrunk,
}

impl Search {
    /// Tries everything once. Tells whether the plan is smaller.
    fn round(&mut self) -> bool {
        let before = self.shrunk.plan.clone();
        self.with_fewer_ops();
        self.ends_sooner();
        self.without_kinds();
        self.with_fewer_devices();
        self.without_steps();
        self.shrunk.plan != before && self.shrunk.played < self.worlds_max
    }

    /// Takes a plan that is smaller if the same check fails in it.
    fn takes(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        let mut plan = self.shrunk.plan.clone();
        change(&mut plan);
        if plan == self.shrunk.plan || self.shrunk.played >= self.worlds_max {
            return false;
        }
        self.shrunk.played += 1;
        match fails(&plan, self.defect) {
            Some(failure) if failure.is_like(&self.shrunk.before) => {
                (self.shrunk.plan, self.shrunk.after) = (plan, failure);
                true
            }
            _ => false,
        }
    }

    /// In a world of long days less is done: half of it, a quarter, and so on.
    fn with_fewer_ops(&mut self) {
        while self.shrunk.plan.long > 1 && self.takes(|plan| plan.long /= 2) {}
    }

    /// The last steps go: half of them, a quarter, and so on.
    fn ends_sooner(&mut self) {
        let mut less = self.shrunk.plan.steps / 2;
        while less > 0 {
            let goes = self.takes(|plan| plan.steps -= less.min(plan.steps));
            less = if goes { less.min(self.shrunk.plan.steps) } else { less / 2 };
        }
        self.shrunk.plan.skips.retain(|step| *step < self.shrunk.plan.steps);
    }

    /// Each kind of fault goes, and whatever else a plan has or has not.
    fn without_kinds(&mut self) {
        let mut plan = self.shrunk.plan.clone();
        let names: Vec<&str> = plan.numbers().into_iter().map(|(name, _)| name).collect();
        for name in names.into_iter().filter(|name| !["seed", "devices", "steps", "long"].contains(name)) {
            // A message takes some time.
            let least = u64::from(name == "delay_ms_max");
            self.takes(|plan| {
                let found = plan.numbers().into_iter().find(|(of, _)| *of == name);
                found.into_iter().for_each(|(_, number)| *number = least);
            });
        }
    }

    fn with_fewer_devices(&mut self) {
        while self.shrunk.plan.devices > DEVICES_MIN && self.takes(|plan| plan.devices -= 1) {}
    }

    /// Steps in the middle go: many at once, then fewer.
    fn without_steps(&mut self) {
        let mut size = self.shrunk.plan.played().len() / 2;
        while size > 0 {
            let mut from = 0;
            while from < self.shrunk.plan.played().len() {
                let some: Vec<u64> = self.shrunk.plan.played().into_iter().skip(from).take(size).collect();
                if !self.takes(|plan| plan.skips.extend(some)) {
                    from += size;
                }
            }
            size /= 2;
        }
    }
}

impl Shrunk {
    /// A test that the plan holds, to be saved once it does.
    pub fn test(&self) -> String {
        let Self { plan, after, .. } = self;
        let words: String = after.words.chars().take(100).collect();
        let name =
            after.name.as_ref().map_or("of_no_name".to_owned(), |name| name.replace(' ', "_").to_lowercase());
        format!("/// {words}\n#[test]\nfn seed_{}_{name}() {{\n    holds(\"{plan}\");\n}}\n", plan.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_has_the_name_that_its_words_say() {
        let names = [
            ("I17: not level 60000 ms after all faults ended", Some("I17")),
            ("assertion failed: rule 54: a part came first", Some("rule 54")),
            ("G9: A undid 3 and redid them", Some("G9")),
            ("C has not the conflicts of its view", None),
        ];
        for (words, expected) in names {
            assert_eq!(name(words).as_deref(), expected, "{words}");
        }
    }
}
