//! What the runners said of their failures, repeated at the end of a run: whoever reads only the last page knows which check it was.

/// So many lines of one failed check are repeated.
const OF_ONE: usize = 40;
/// So many of a whole phase.
const OF_A_PHASE: usize = 160;
/// So many last lines, when no failed check can be told from the others.
const TAIL: usize = 40;

/// What is worth repeating of all that the failed programs of one phase said.
pub fn excerpt(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let mut found: Vec<&str> = Vec::new();
    let mut left = 0;
    for line in &lines {
        left = match mark(line) {
            Mark::Failed => OF_ONE,
            Mark::Other => 0,
            Mark::None => left,
        };
        if left > 0 {
            found.push(line);
            left -= 1;
        }
    }
    if found.is_empty() {
        found.extend(&lines[lines.len().saturating_sub(TAIL)..]);
    }
    found.truncate(OF_A_PHASE);
    found.join("\n")
}

/// What a line says of the lines after it.
enum Mark {
    /// They are about a check that failed.
    Failed,
    /// They are about something else.
    Other,
    /// As before.
    None,
}

fn mark(line: &str) -> Mark {
    let line = line.trim_start();
    // Of `node --test` (TAP), of Rust's tests, of cargo-mutants and of our own closing lines.
    if line.starts_with("not ok ") || line.starts_with("---- ") || line.starts_with("MISSED") {
        return Mark::Failed;
    }
    let others = ["ok ", "# Subtest", "# tests", "1..", "failures:", "test result:", "Running "];
    if others.iter().any(|other| line.starts_with(other)) { Mark::Other } else { Mark::None }
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn a_failed_test_of_node_is_repeated_and_its_neighbours_are_not() {
        let said = "# Subtest: a\nok 1 - a\n  ---\n  duration_ms: 1\n  ...\n# Subtest: b\nnot ok 2 - b\n  ---\n  \
                    error: 'it is not there'\n  ...\n# Subtest: c\nok 3 - c\n1..3\n# fail 1\n";
        assert_eq!(excerpt(said), "not ok 2 - b\n  ---\n  error: 'it is not there'\n  ...");
    }

    #[test]
    fn a_failed_test_in_rust_is_repeated_with_its_reason() {
        let said = "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\nfailures:\n\n---- b stdout ----\n\
                    thread 'b' panicked at x.rs:1:1:\nno\n\nfailures:\n    b\n\ntest result: FAILED. 1 passed; 1 failed\n";
        assert_eq!(excerpt(said), "---- b stdout ----\nthread 'b' panicked at x.rs:1:1:\nno\n");
    }

    #[test]
    fn what_tells_nothing_apart_is_repeated_by_its_last_lines() {
        let said: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let repeated = excerpt(&said.join("\n"));
        assert!(repeated.starts_with("60\n") && repeated.ends_with("\n99"), "{repeated}");
    }
}
