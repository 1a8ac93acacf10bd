//! One table, what went wrong with the way to play it again, and one line at the end.

use std::fmt::{self, Write};
use std::time::Duration;

use crate::family::Family;
use crate::finding::Kind;
use crate::run::Outcome;

/// What all runs came to.
#[derive(Default)]
pub struct Report {
    outcomes: Vec<Outcome>,
    /// Families that could not be played, and why.
    left_out: Vec<(Family, String)>,
    /// How the spoiled runs were noticed, or not.
    proofs: Vec<Result<String, String>>,
    took: Duration,
}

impl Report {
    /// Of runs that took so long together.
    pub fn new(outcomes: Vec<Outcome>, proofs: Vec<Result<String, String>>, took: Duration) -> Self {
        Self { outcomes, left_out: Vec::new(), proofs, took }
    }

    /// A family could not be played.
    pub fn leave_out(&mut self, family: Family, why: String) {
        self.left_out.push((family, why));
    }

    /// How many checks did not come out: runs, spoiled runs, families whose faults met nothing or that were left out.
    pub fn failed(&self) -> usize {
        let runs = self.outcomes.iter().filter(|outcome| !outcome.findings.is_empty()).count();
        let proofs = self.proofs.iter().filter(|proof| proof.is_err()).count();
        // Where no system of this kind could play a family it is told, and is no failure.
        let left_out = if cfg!(target_os = "linux") { self.left_out.len() } else { 0 };
        runs + proofs + self.idle().len() + left_out
    }

    fn passed(&self) -> usize {
        let runs = self.outcomes.iter().filter(|outcome| outcome.findings.is_empty()).count();
        (runs + self.proofs.iter().filter(|proof| proof.is_ok()).count()).saturating_sub(self.idle().len())
    }

    /// Families in whose runs no fault met anything.
    fn idle(&self) -> Vec<Family> {
        let idle =
            |family: &Family| self.of(*family).next().is_some() && self.of(*family).all(|run| run.fired == 0);
        Family::ALL.into_iter().filter(idle).collect()
    }

    fn of(&self, family: Family) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(move |outcome| outcome.family == family)
    }

    fn row(&self, family: Family) -> Option<String> {
        let runs = self.of(family).count();
        if runs == 0 {
            return None;
        }
        let sum = |of: fn(&Outcome) -> u64| self.of(family).map(of).sum::<u64>();
        let (acts, fired) = (sum(|run| run.acts), sum(|run| run.fired));
        let mut row = format!("{:<12}{runs:>6}{acts:>8}{fired:>8}", family.name());
        for kind in Kind::ALL {
            let of_kind = |run: &&Outcome| run.findings.iter().any(|finding| finding.kind == kind);
            let _ = write!(row, "{:>11}", self.of(family).filter(of_kind).count());
        }
        let longest = self.of(family).map(|run| run.took).max().unwrap_or_default();
        let _ = write!(row, "{:>9.1} s", longest.as_secs_f64());
        Some(row)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12}{:>6}{:>8}{:>8}", "family", "runs", "acts", "faults")?;
        Kind::ALL.iter().try_for_each(|kind| write!(f, "{:>11}", kind.name()))?;
        writeln!(f, "{:>11}", "longest")?;
        Family::ALL.iter().filter_map(|family| self.row(*family)).try_for_each(|row| writeln!(f, "{row}"))?;
        for (family, why) in &self.left_out {
            writeln!(f, "{} was not played: {why}", family.name())?;
        }
        for proof in &self.proofs {
            let (Ok(words) | Err(words)) = proof;
            writeln!(f, "{words}")?;
        }
        for family in self.idle() {
            writeln!(f, "no fault of {} ever met anything", family.name())?;
        }
        for Outcome { name, findings, kept, .. } in
            self.outcomes.iter().filter(|run| !run.findings.is_empty())
        {
            writeln!(f, "\n{name} went wrong:")?;
            for finding in findings {
                writeln!(
                    f,
                    "  {}: {}",
                    finding.kind.name(),
                    finding.words.chars().take(600).collect::<String>()
                )?;
            }
            if let (Some(kept), Some((family, seed))) = (kept, name.rsplit_once('-')) {
                writeln!(f, "  journal: {}", kept.join("journal.txt").display())?;
                writeln!(
                    f,
                    "  the same plan again: cargo xtask torture --family {family} --seed {seed} --runs 1"
                )?;
            }
        }
        writeln!(
            f,
            "{} runs in {:.0} s; a seed fixes the plan, not the moment at which a process gets to it",
            self.outcomes.len(),
            self.took.as_secs_f64()
        )?;
        write!(f, "torture: {} passed, {} failed", self.passed(), self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;

    fn run(family: Family, fired: u64, findings: Vec<Finding>) -> Outcome {
        let name = format!("{}-7", family.name());
        let kept = Some("target/torture/x".into());
        Outcome { name, family, acts: 10, fired, findings, kept, took: Duration::from_secs(3) }
    }

    #[test]
    fn a_run_that_went_wrong_is_told_with_the_way_to_play_it_again() {
        let lost = vec![Finding::new(Kind::Lost, "an act")];
        let runs = vec![run(Family::Kill, 3, Vec::new()), run(Family::Kill, 4, lost)];
        let report = Report::new(runs, Vec::new(), Duration::from_secs(9));
        let text = report.to_string();
        assert!(
            text.contains("kill             2      20       7          0          0          1          0"),
            "{text}"
        );
        assert!(text.contains("--family kill --seed 7 --runs 1"), "{text}");
        assert!(text.ends_with("torture: 1 passed, 1 failed"), "{text}");
    }

    #[test]
    fn a_family_whose_faults_met_nothing_fails() {
        let report = Report::new(vec![run(Family::Stop, 0, Vec::new())], Vec::new(), Duration::ZERO);
        assert!(report.to_string().ends_with("torture: 0 passed, 1 failed"), "{report}");
    }

    #[test]
    fn a_spoiled_run_that_nobody_noticed_fails() {
        let proofs = vec![Ok("noticed".to_owned()), Err("not noticed".to_owned())];
        let report = Report::new(Vec::new(), proofs, Duration::ZERO);
        assert!(report.to_string().ends_with("torture: 1 passed, 1 failed"), "{report}");
    }
}
