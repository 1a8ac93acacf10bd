//! How many checks passed and how many failed, read from what the runners print and printed the same way.

use std::ops::AddAssign;

/// Checks counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// That came out.
    pub passed: u64,
    /// That did not.
    pub failed: u64,
}

impl Tally {
    /// One check that did not come out.
    pub const FAILURE: Self = Self { passed: 0, failed: 1 };

    /// One check.
    pub fn of(came_out: bool) -> Self {
        Self { passed: u64::from(came_out), failed: u64::from(!came_out) }
    }

    /// The line that a runner ends with.
    pub fn closing(&self, runner: &str) -> String {
        format!("{runner}: {} passed, {} failed", self.passed, self.failed)
    }

    /// The sum of the `test result:` lines of all test binaries. A run that failed without a failed test
    /// (a binary that crashed, or none at all) counts as one failure.
    pub fn of_tests(output: &str, success: bool) -> Self {
        let mut sum = Self::default();
        output.lines().filter_map(test_result).for_each(|tally| sum += tally);
        sum.or_failure(success && sum != Self::default())
    }

    /// The closing line of one runner; its count must be `expected` for the run to be whole.
    pub fn of_closing(output: &str, runner: &str, expected: u64, success: bool) -> Self {
        let found = output.lines().rev().find_map(|line| closing(line, runner)).unwrap_or_default();
        found.or_failure(success && found.passed + found.failed == expected)
    }

    /// The counts with which `node --test` ends in TAP, such as `# pass 4`. A run without any is a failure.
    pub fn of_tap(output: &str, success: bool) -> Self {
        let number = |name: &str| {
            let start = format!("# {name} ");
            let line = output.lines().rev().find_map(|line| line.strip_prefix(&start));
            line.and_then(|number| number.trim().parse().ok()).unwrap_or_default()
        };
        let others = ["cancelled", "skipped", "todo"].map(number).into_iter().sum::<u64>();
        let tally = Self { passed: number("pass"), failed: number("fail") + others };
        tally.or_failure(success && tally.passed > 0)
    }

    fn or_failure(self, whole: bool) -> Self {
        if whole || self.failed > 0 { self } else { Self { failed: 1, ..self } }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Of `test result: ok. 12 passed; 0 failed; 0 ignored; …`.
fn test_result(line: &str) -> Option<Tally> {
    let counts = line.trim().strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut parts = counts.split("; ");
    Some(Tally { passed: count(parts.next()?, "passed")?, failed: count(parts.next()?, "failed")? })
}

/// Of `world: 2000 passed, 0 failed`.
fn closing(line: &str, runner: &str) -> Option<Tally> {
    let counts = line.trim().strip_prefix(runner)?.strip_prefix(": ")?;
    let (passed, failed) = counts.split_once(", ")?;
    Some(Tally { passed: count(passed, "passed")?, failed: count(failed, "failed")? })
}

fn count(text: &str, of: &str) -> Option<u64> {
    text.strip_suffix(of)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_BINARIES: &str = "\
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: FAILED. 310 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 12.40s
";

    #[test]
    fn what_node_counts_is_summed_and_nothing_is_skipped_in_silence() {
        let tap = |words: &str| Tally::of_tap(words, true);
        assert_eq!(tap("ok 1 - a\n# tests 1\n# pass 1\n# fail 0\n"), Tally { passed: 1, failed: 0 });
        assert_eq!(tap("# pass 3\n# fail 1\n# skipped 2\n"), Tally { passed: 3, failed: 3 });
        assert_eq!(tap(""), Tally::FAILURE);
        assert_eq!(Tally::of_tap("# pass 3\n", false), Tally { passed: 3, failed: 1 });
    }

    #[test]
    fn all_test_binaries_are_summed() {
        assert_eq!(Tally::of_tests(TWO_BINARIES, false), Tally { passed: 312, failed: 1 });
    }

    #[test]
    fn a_run_that_failed_without_a_failed_test_is_a_failure() {
        let clean =
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(Tally::of_tests(clean, true), Tally { passed: 5, failed: 0 });
        assert_eq!(Tally::of_tests(clean, false), Tally { passed: 5, failed: 1 });
        assert_eq!(Tally::of_tests("error: could not compile", false), Tally::FAILURE);
    }

    #[test]
    fn a_run_without_any_test_proves_nothing() {
        assert_eq!(Tally::of_tests("", true), Tally::FAILURE);
    }

    #[test]
    fn a_closing_line_is_believed_only_when_it_is_whole() {
        let cases = [
            ("seed 1 …\nworld: 2000 passed, 0 failed\n", true, Tally { passed: 2000, failed: 0 }),
            ("world: 1999 passed, 1 failed\n", false, Tally { passed: 1999, failed: 1 }),
            ("world: 12 passed, 0 failed\n", true, Tally { passed: 12, failed: 1 }),
            ("world: 2000 passed, 0 failed\n", false, Tally { passed: 2000, failed: 1 }),
            ("otherworld: 2000 passed, 0 failed\n", true, Tally::FAILURE),
            ("", true, Tally::FAILURE),
        ];
        for (output, success, expected) in cases {
            assert_eq!(Tally::of_closing(output, "world", 2000, success), expected, "{output}");
        }
    }

    #[test]
    fn a_closing_line_has_exactly_this_form() {
        assert_eq!(Tally { passed: 312, failed: 0 }.closing("cargo"), "cargo: 312 passed, 0 failed");
    }
}
