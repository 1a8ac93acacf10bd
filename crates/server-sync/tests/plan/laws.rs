//! Laws over random histories: longer and wilder than the small worlds, with every verb, refusals, keys and
//! replays. The reference agrees at each step, and five things hold whatever is played.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::bench::Bench;
use crate::language::steps;
use crate::render;
use crate::schema::schema;

/// What may happen. `R` is a record of three, `V` one of three letters.
const CHANGES: [&str; 19] = [
    "+R{x=V}",
    "+R{x=1}",
    "+R{up=@S}",
    "R.x=V",
    "R.x=V&y=V",
    "R.x=1",
    "R.x=V, S.y=V",
    "R.up=@S",
    "R.n+2",
    "R.n-7&x=V",
    "R.n+999999999999999990",
    "R.cash+0.05",
    "R.tags<V",
    "R.tags<V|w",
    "R.tags>V",
    "R.tags=[V]",
    "-R",
    "^R",
    "+note/V{about=@R}",
];

const OPTIONS: [&str; 5] = ["", "", "", "[key=K action=plain]", "[key=L action=label]"];

/// The same of what is compared. `H` is a time on either side of the server's clock.
const COMPARED: [&str; 18] = [
    "+meter/R{top=1}",
    "+meter/R",
    "meter/R.top=2",
    "meter/R.top=3",
    "meter/R.low=2",
    "meter/R.top!1",
    "-meter/R",
    "+bond/R{st=open price=1}",
    "+bond/R",
    "bond/R.st=paid",
    "bond/R.st=void",
    "bond/R.st=null",
    "bond/R.price=1",
    "bond/R.price=2&memo=V",
    "bond/R.memo=V",
    "bond/R.x=V&y=V",
    "bond/R.asked=V&price=3",
    "nothing",
];

const STANDINGS: [&str; 8] = [
    "[hlc=5]",
    "[hlc=7]",
    "[hlc=2000]",
    "[role=manager hlc=6]",
    "[role=cashier hlc=900]",
    "[owner hlc=3]",
    "[action=undo undoes=D1]",
    "[action=undo undoes=D2]",
];

prop_compose! {
    /// One step: a device, a change, and how far behind the server it is.
    fn any_step(options: &'static [&'static str], changes: &'static [&'static str])(
        device in prop::sample::select(vec!['A', 'B', 'C']),
        options in prop::sample::select(options.to_vec()),
        change in prop::sample::select(changes.to_vec()),
        record in prop::sample::select(vec!["r", "s", "t"]),
        other in prop::sample::select(vec!["r", "s", "t"]),
        value in prop::sample::select(vec!["a", "b", "c"]),
        behind in 0_u64..6,
    ) -> (String, u64) {
        let change = change.replace('R', record).replace('S', other).replace('V', value);
        let options = options.replace('D', &device.to_string());
        // What takes another op back has no changes of its own.
        let change = if options.contains("undo") { "nothing".to_owned() } else { change };
        (format!("{device}{options}: {change}"), behind)
    }
}

/// A history whose devices never go back: what was seen once stays seen.
fn history() -> impl Strategy<Value = String> {
    prop_oneof![plain_history(), of(&STANDINGS, &COMPARED)]
}

/// One in which no op is held, and all are of members.
fn plain_history() -> impl Strategy<Value = String> {
    of(&OPTIONS, &CHANGES)
}

fn of(options: &'static [&'static str], changes: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(any_step(options, changes), 1..24).prop_map(|parts| {
        let mut seen = std::collections::BTreeMap::new();
        let texts = parts.iter().enumerate().map(|(place, (text, behind))| {
            let own = seen.entry(text.chars().next()).or_insert(0);
            *own = (place as u64).saturating_sub(*behind).max(*own);
            format!("{text} @{own}")
        });
        texts.collect::<Vec<_>>().join("; ")
    })
}

/// The same histories each time; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for more, for fewer and for others.
fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        fixed => fixed,
    };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { 2000 };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..asked }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_history_ends_as_the_reference_says(history in history()) {
        let schema = schema();
        let mut bench = Bench::new(&schema);
        for step in &steps(&history) {
            let agreed = bench.step(step);
            prop_assert!(agreed.is_ok(), "{}: {}", step.text, agreed.unwrap_err());
        }
    }

    #[test]
    fn the_same_history_ends_the_same_and_says_the_same(history in history()) {
        let schema = schema();
        let (mut one, mut two) = (Bench::new(&schema), Bench::new(&schema));
        for step in &steps(&history) {
            prop_assert_eq!(one.server_step(step), two.server_step(step));
        }
        prop_assert_eq!(&one.server, &two.server);
    }

    #[test]
    fn a_refused_op_changes_no_record(history in plain_history()) {
        let schema = schema();
        let mut bench = Bench::new(&schema);
        for step in &steps(&history) {
            let before = bench.server.clone();
            let said = bench.server_step(step);
            let refused = bench.server.known.len() > before.known.len() && !bench.last_was_committed();
            if refused {
                prop_assert_eq!(&before.records, &bench.server.records, "{}: {}", step.text, said);
                prop_assert_eq!(&before.keys, &bench.server.keys);
            }
        }
    }

    #[test]
    fn a_replay_of_any_part_says_the_same_and_changes_nothing(history in history(), from in 0_usize..24) {
        let schema = schema();
        let mut bench = Bench::new(&schema);
        steps(&history).iter().for_each(|step| drop(bench.server_step(step)));
        let before = bench.server.clone();
        for (letter, pushed) in bench.sent().into_iter().skip(from) {
            let answer = before.known[&pushed.op_id()].answer.clone();
            prop_assert_eq!(bench.offer(letter, &pushed), fieldbook_server_sync::Decision::Again(answer));
        }
        prop_assert_eq!(&before, &bench.server, "{}", render::records(&schema, &before));
    }

    #[test]
    fn any_batches_with_any_overlap_end_the_same(
        history in plain_history(),
        cuts in prop::collection::vec((1_usize..5, 0_usize..4), 1..24),
    ) {
        let schema = schema();
        let mut bench = Bench::new(&schema);
        steps(&history).iter().for_each(|step| drop(bench.server_step(step)));
        let mut batched = Bench::new(&schema);
        let sent = bench.sent_in_order();
        let (mut at, mut cuts) = (0, cuts.into_iter().cycle());
        // One push holds ops of one device that arrive next to each other; some of them were sent before, and
        // the answer was lost.
        while at < sent.len() {
            let Some((wanted, again)) = cuts.next() else { break };
            let letter = sent[at].0;
            let run = sent[at..].iter().take(wanted).take_while(|(other, _)| *other == letter).count();
            let before = sent[..at].iter().filter(|(other, _)| *other == letter);
            let before: Vec<_> = before.collect();
            let lost = &before[before.len().saturating_sub(again)..];
            let push: Vec<_> = lost.iter().copied().chain(&sent[at..at + run]).map(|(_, op)| op.clone()).collect();
            batched.push(letter, &push);
            at += run;
        }
        prop_assert_eq!(&bench.server, &batched.server);
    }
}
