//! Plays what one device does: a process for each call, and whoever sees no answer says it again under the same key.

use std::time::Duration;

use crate::clock::{ms, pause};
use crate::deed::{Call, Choice, Deed, Harm, Line};
use crate::device::Device;
use crate::family::Family;
use crate::finding::Kind;
use crate::ledger::Ledger;
use crate::look::{Look, SQL};
use crate::program::{self, End, Outcome};
use crate::stage::Stage;

/// An act takes some hundredths of a second. The ceiling is for a busy machine; whoever waited for the network would
/// be far above it.
const ACT_MAX: Duration = Duration::from_secs(2);

/// The exit codes that `fieldbook --help` tells.
const DOCUMENTED: [i32; 6] = [0, 1, 2, 3, 4, 5];

/// One device that acts.
struct Actor<'a> {
    stage: &'a Stage,
    number: usize,
    device: &'a Device,
    family: Family,
    ledger: Ledger,
    /// What was shown last.
    seen: Look,
}

/// Plays all deeds of a device; gives what was promised.
pub fn play(stage: &Stage, number: usize, family: Family, deeds: &[Deed]) -> Ledger {
    let device = &stage.devices[number];
    let mut actor =
        Actor { stage, number, device, family, ledger: Ledger::default(), seen: stage.begin.clone() };
    for deed in deeds {
        pause(ms(deed.wait_ms));
        if let Err(words) = actor.play(deed) {
            stage.find(Kind::Other, format!("{}: {words}", device.name));
        }
    }
    actor.ledger
}

impl Actor<'_> {
    fn play(&mut self, deed: &Deed) -> Result<(), String> {
        match &deed.call {
            Call::Act(lines) => self.act(lines, deed.harm),
            Call::Undo => self.back_or_forth("undo", deed.harm),
            Call::Redo => self.back_or_forth("redo", deed.harm),
            Call::Resolve(choice) => self.resolve(*choice, deed.harm),
            Call::Look => self.look(deed.harm),
        }
    }

    fn act(&mut self, lines: &[Line], harm: Option<Harm>) -> Result<(), String> {
        let said = |lines: &[Line]| lines.iter().map(|line| format!("{}\n", line.text)).collect::<String>();
        let outcome = self.call(&["act", "-", "--json"], &said(lines), harm)?;
        let answered = self.ledger.answered(lines, &outcome.out)?;
        let rest = &lines[answered..];
        match outcome.end {
            End::Killed => self.again(lines),
            // The disk is full: it was said clearly, and it is not tried again.
            End::Code(1) => {
                self.ledger.failed.extend(rest.iter().filter_map(|line| line.key.clone()));
                match outcome.err.trim().is_empty() {
                    true => Err("an act failed without a word".to_owned()),
                    false => Ok(()),
                }
            }
            End::Code(_) if !rest.is_empty() => Err(format!("{} lines have no answer", rest.len())),
            _ => Ok(()),
        }
    }

    /// Says what has a key again, all of it: what was done before is not done twice. Whether the rest was done nobody
    /// knows, and nobody was promised.
    fn again(&mut self, lines: &[Line]) -> Result<(), String> {
        let named: Vec<Line> = lines.iter().filter(|line| line.key.is_some()).cloned().collect();
        if named.is_empty() { Ok(()) } else { self.act(&named, None) }
    }

    fn back_or_forth(&mut self, verb: &str, harm: Option<Harm>) -> Result<(), String> {
        let outcome = self.call(&[verb, "--json"], "", harm)?;
        let asks = outcome.end == End::Code(3);
        self.ledger.told(answer(&outcome))?;
        if asks {
            let outcome = self.call(&[verb, "--anyway", "--json"], "", None)?;
            self.ledger.told(answer(&outcome))?;
        }
        Ok(())
    }

    fn resolve(&mut self, choice: Choice, harm: Option<Harm>) -> Result<(), String> {
        let listed = self.call(&["conflicts", "--json"], "", None)?;
        let Some(line) = listed.out.lines().next().filter(|_| listed.is_well()) else { return Ok(()) };
        let id = line.split('"').nth(3).ok_or_else(|| format!("a conflict without an id: {line}"))?;
        let side = match choice {
            Choice::Mine => "--mine",
            Choice::Theirs => "--theirs",
        };
        let outcome = self.call(&["resolve", id, side, "--json"], "", harm)?;
        self.ledger.told(answer(&outcome))
    }

    /// What was shown once is shown, and so is what this device has done itself.
    fn look(&mut self, harm: Option<Harm>) -> Result<(), String> {
        let outcome = self.call(&["query", "--json", SQL], "", harm)?;
        if !outcome.is_well() {
            return Ok(());
        }
        let seen = Look::of(outcome.out.lines())?;
        let mut wrong = seen.wrong(&self.stage.begin, &self.seen);
        let shown = |id: &String| outcome.out.contains(id.as_str());
        let own = self.ledger.standing().filter(|id| is_listed(id) && !shown(id));
        wrong.extend(own.map(|id| format!("{id} was saved here and is not shown")));
        self.seen = seen;
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(wrong.join("; ")),
        }
    }

    /// Calls, and looks at what holds for every call.
    fn call(&mut self, words: &[&str], input: &str, harm: Option<Harm>) -> Result<Outcome, String> {
        self.ledger.acts += 1;
        let called = program::run(&mut self.device.call(words), input, harm);
        let called = called.map_err(|error| error.to_string())?;
        let verb = words[0];
        self.note(words, input, harm, &called);
        self.ledger.harmed += u64::from(called.harmed);
        if called.end == End::Code(1) {
            self.stage.fail(self.number);
        }
        match wrong(&called, self.family) {
            Some(words) => Err(format!("`{verb}` {words}")),
            None => Ok(called),
        }
    }

    fn note(&self, words: &[&str], input: &str, harm: Option<Harm>, called: &Outcome) {
        let Outcome { end, out, err, took, .. } = called;
        let (name, took_ms) = (&self.device.name, took.as_millis());
        let (words, out) =
            if words[0] == "query" { ("query".to_owned(), "…") } else { (words.join(" "), out.trim()) };
        self.stage.journal.note(format_args!(
            "{name} {words} {} ({took_ms} ms, {harm:?}) -> {end:?} {out} {}",
            input.trim(),
            err.trim()
        ));
    }
}

/// What is wrong with a call, whatever it was.
fn wrong(called: &Outcome, family: Family) -> Option<String> {
    let Outcome { end, err, took, harmed, hung, .. } = called;
    if *hung {
        return Some("did not end".to_owned());
    }
    if err.contains("panicked") {
        return Some(format!("panicked: {err}"));
    }
    match end {
        End::Killed if !harmed => Some("was killed, and not by us".to_owned()),
        End::Code(code) if !DOCUMENTED.contains(code) => Some(format!("ended with {code}")),
        End::Code(1) if family != Family::DiskFull => Some(format!("failed: {}", called.why())),
        _ if !harmed && *took > ACT_MAX && !family.may_hold_acts_up() => {
            Some(format!("took {} ms", took.as_millis()))
        }
        _ => None,
    }
}

/// What a call promises: nothing, where it did not end well.
fn answer(outcome: &Outcome) -> &str {
    if outcome.is_well() { &outcome.out } else { "" }
}

/// Whether a record is of a type that [`SQL`] lists: attendances and orders, by the kind in their ids.
fn is_listed(id: &str) -> bool {
    id.get(21..23).is_some_and(|kind| ["01", "03"].contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(end: End, err: &str, took_ms: u64) -> Outcome {
        let (out, err) = (String::new(), err.to_owned());
        Outcome { end, out, err, took: ms(took_ms), harmed: false, hung: false }
    }

    fn check(called: &Outcome, family: Family, expected: Option<&str>) {
        assert_eq!(wrong(called, family).as_deref(), expected, "{called:?}");
    }

    #[test]
    fn what_no_call_may_do_is_seen() {
        check(&called(End::Code(0), "", 90), Family::Partition, None);
        check(&called(End::Code(3), "", 90), Family::Partition, None);
        check(&called(End::Code(101), "", 90), Family::Partition, Some("ended with 101"));
        check(&called(End::Killed, "", 90), Family::Kill, Some("was killed, and not by us"));
        check(&Outcome { harmed: true, ..called(End::Killed, "", 90) }, Family::Kill, None);
        check(&Outcome { hung: true, ..called(End::Killed, "", 90) }, Family::Kill, Some("did not end"));
        check(&called(End::Code(0), "x panicked", 90), Family::DiskFull, Some("panicked: x panicked"));
    }

    #[test]
    fn an_act_that_waited_for_the_network_is_seen() {
        check(&called(End::Code(0), "", 2_001), Family::Partition, Some("took 2001 ms"));
        check(&called(End::Code(0), "", 2_001), Family::Pause, None);
    }

    #[test]
    fn an_act_may_fail_where_the_disk_was_full() {
        check(&called(End::Code(1), "full", 90), Family::DiskFull, None);
        check(&called(End::Code(1), "full", 90), Family::Stop, Some("failed: full"));
    }
}
