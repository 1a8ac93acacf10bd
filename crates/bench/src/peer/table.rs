//! One Markdown table of one sitting: a row per figure, the limits first and last, every peer a column.

use std::fmt::Write as _;
use std::fs;

use fieldbook_model::json;
use serde::Deserialize;

use crate::figures::at;
use crate::peer::limits;

/// A line of the harness, as far as it is read here.
#[derive(Debug, Clone, Deserialize)]
struct Line {
    peer: String,
    workload: String,
    n: u64,
    metric: String,
    value: Value,
    #[serde(default)]
    load1: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Value {
    Number(f64),
    Text(String),
    None(()),
}

/// A row: what it is called, which lines it is made of, and which limit lies beside it.
struct Row {
    says: &'static str,
    workload: &'static str,
    /// Of several sizes the smallest or the largest.
    size: Size,
    metric: &'static str,
    limit: Option<(&'static str, &'static str)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Small,
    Large,
}

const fn row(
    says: &'static str,
    (workload, metric): (&'static str, &'static str),
    limit: Option<(&'static str, &'static str)>,
) -> Row {
    Row { says, workload, size: Size::Small, metric, limit }
}

const ROWS: [Row; 19] = [
    row(
        "local write, 1/s; limit: durable commit, encrypted",
        ("write", "per_s"),
        Some(("commit_durable", "per_s")),
    ),
    row("limit of those that neither sync nor encrypt", ("", ""), Some(("commit_plain_unsynced", "per_s"))),
    row("local write, p99 µs", ("write", "p99"), None),
    row("flush of {n}, ops/s", ("flush", "ops_per_s"), None),
    Row { size: Size::Large, ..row("flush of {n}, ops/s", ("flush", "ops_per_s"), None) },
    row("wire up per op, B", ("flush", "wire_up_per_op"), None),
    row(
        "first load of {n}, rows/s; limit: bulk insert",
        ("initial", "rows_per_s"),
        Some(("bulk", "rows_per_s")),
    ),
    row("wire down per row, B", ("initial", "wire_down_per_row"), None),
    row("client's peak memory, MiB", ("initial", "client_peak_rss"), None),
    row("server's peak memory, MiB", ("initial", "server_peak_rss"), None),
    row("write to seen, p50 ms; limit: one sync of the disk", ("propagate", "p50"), Some(("sync", "p50"))),
    row("write to seen, p99 ms", ("propagate", "p99"), Some(("sync", "p99"))),
    row("limit: 200 B there and back, p50 ms", ("", ""), Some(("loopback", "p50"))),
    row("first of all subscribers, p50 ms", ("fanout", "first_p50"), None),
    row("last of all subscribers, p50 ms", ("fanout", "last_p50"), None),
    row("last of all subscribers, p99 ms", ("fanout", "last_p99"), None),
    row("{n} records edited on both sides, level after s", ("merge", "converged_s"), None),
    row("the losing edits", ("merge", "losers"), None),
    row("failed", ("*", "failed"), None),
];

/// The table of some files of lines.
pub fn of_files(files: &[&str]) -> Result<String, String> {
    let mut text = String::new();
    for file in files {
        text += &fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    }
    of(&text)
}

fn of(text: &str) -> Result<String, String> {
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('{')) {
        lines.push(json::parse::<Line>(line).map_err(|error| format!("{line}: {error}"))?);
    }
    let (before, after) = limits_of(&lines);
    let mut peers: Vec<&str> = Vec::new();
    for line in lines.iter().filter(|line| line.peer != limits::NAME) {
        if !peers.contains(&line.peer.as_str()) {
            peers.push(&line.peer);
        }
    }
    let mut table = String::from("| | limit before |");
    peers.iter().for_each(|peer| write!(table, " {peer} |").expect("a String takes all"));
    table += " limit after |\n|---|---|";
    table += &"---|".repeat(peers.len() + 1);
    for row in &ROWS {
        let cells: Vec<String> = peers.iter().map(|peer| row.cell(&lines, peer)).collect();
        let limit = |lines: &[Line]| row.limit.map_or_else(String::new, |it| median(lines, it.0, it.1));
        let (first, last) = (limit(before), limit(after));
        if cells.iter().all(String::is_empty) && first.is_empty() {
            continue;
        }
        let says = row.says.replace("{n}", &row.n(&lines).map(|n| number(n as f64)).unwrap_or_default());
        write!(table, "\n| {says} | {first} | {} | {last} |", cells.join(" | ")).expect("a String takes all");
    }
    let loads = |of: &dyn Fn(&&Line) -> bool| {
        let mut loads: Vec<f64> = lines.iter().filter(of).map(|line| line.load1).collect();
        format!("{:.1} to {:.1}", at(&mut loads, 0.0), at(&mut loads, 1.0))
    };
    let cells: Vec<String> = peers.iter().map(|peer| loads(&|line| line.peer == *peer)).collect();
    let limit = loads(&|line| line.peer == limits::NAME);
    write!(table, "\n| load of the machine meanwhile | {limit} | {} | |", cells.join(" | "))
        .expect("a String takes all");
    Ok(table)
}

/// The limits measured before the first peer, and those after the last.
fn limits_of(lines: &[Line]) -> (&[Line], &[Line]) {
    let is_peer = |line: &Line| line.peer != limits::NAME;
    let first = lines.iter().position(is_peer).unwrap_or(lines.len());
    let last = lines.iter().rposition(is_peer).map_or(lines.len(), |place| place + 1);
    (&lines[..first], &lines[last..])
}

impl Row {
    /// The size that this row is about: of those that the first peer worked on. `None` where nothing of it was
    /// measured, or another row tells it.
    fn n(&self, lines: &[Line]) -> Option<u64> {
        let about = |line: &&Line| line.workload == self.workload && line.metric == self.metric;
        let first = &lines.iter().find(about)?.peer;
        let (small, large) = bounds(lines.iter().filter(about).filter(|line| line.peer == *first))?;
        match self.size {
            Size::Small => Some(small),
            Size::Large => (large > small).then_some(large),
        }
    }

    fn cell(&self, lines: &[Line], peer: &str) -> String {
        let own = lines.iter().filter(|line| line.peer == peer && line.metric == self.metric);
        if self.workload == "*" {
            let mut failed: Vec<&str> = own.map(|line| line.workload.as_str()).collect();
            failed.dedup();
            return failed.join(", ");
        }
        let own = own.filter(|line| line.workload == self.workload);
        let (Some(n), Some((small, _))) = (self.n(lines), bounds(own.clone())) else { return String::new() };
        let of = |n: u64| -> String {
            let own: Vec<Line> = own.clone().filter(|line| line.n == n).cloned().collect();
            median(&own, self.workload, self.metric)
        };
        match (of(n), self.size) {
            // A peer that gets smaller sizes.
            (none, Size::Small) if none.is_empty() => format!("{} (of {})", of(small), number(small as f64)),
            (cell, _) => cell,
        }
    }
}

/// The smallest and the largest size of some lines.
fn bounds<'a>(lines: impl Iterator<Item = &'a Line> + Clone) -> Option<(u64, u64)> {
    let sizes = lines.map(|line| line.n);
    Some((sizes.clone().min()?, sizes.max()?))
}

/// The middle of some measurements, or what is told instead of a number.
fn median(lines: &[Line], workload: &str, metric: &str) -> String {
    let own = || lines.iter().filter(|line| line.workload == workload && line.metric == metric);
    let mut numbers: Vec<f64> = own()
        .filter_map(|line| match line.value {
            Value::Number(number) => Some(number),
            _ => None,
        })
        .collect();
    let told = own().find_map(|line| match &line.value {
        Value::Text(text) => Some(text.replace('|', "/").replace('\n', " ")),
        _ => None,
    });
    match numbers.is_empty() {
        true => told.unwrap_or_default(),
        false => number(at(&mut numbers, 0.5)),
    }
}

/// Three digits, or whole thousands with their commas.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        small if small < 10.0 => 2,
        small if small < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(peer: &str, workload: &str, n: u64, metric: &str, value: &str) -> String {
        format!(
            r#"{{"peer":"{peer}","workload":"{workload}","n":{n},"metric":"{metric}","value":{value},"unit":"","load1":1.5}}"#
        )
    }

    #[test]
    fn each_peer_is_a_column_between_the_limits_and_shows_its_median() {
        let lines = [
            line("limit", "commit_durable", 10, "per_s", "4000"),
            line("ours", "write", 10, "per_s", "2100"),
            line("ours", "write", 10, "per_s", "1900"),
            line("ours", "write", 10, "per_s", "2000"),
            line("theirs", "write", 10, "per_s", "61584.4"),
            line("theirs", "merge", 0, "failed", r#""no | server""#),
            line("limit", "commit_durable", 10, "per_s", "3900"),
        ];
        let table = of(&lines.join("\n")).expect("a table");
        let expected = "\
| | limit before | ours | theirs | limit after |
|---|---|---|---|---|
| local write, 1/s; limit: durable commit, encrypted | 4,000 | 2,000 | 61,584 | 3,900 |
| failed |  |  | merge |  |
| load of the machine meanwhile | 1.5 to 1.5 | 1.5 to 1.5 | 1.5 to 1.5 | |";
        assert_eq!(table, expected);
    }

    #[test]
    fn two_sizes_of_a_workload_are_two_rows_and_another_size_is_told() {
        let lines = [
            line("ours", "flush", 10_000, "ops_per_s", "30000"),
            line("ours", "flush", 100_000, "ops_per_s", "20000"),
            line("theirs", "flush", 10_000, "ops_per_s", "9.87"),
            line("small", "flush", 1_000, "ops_per_s", "500"),
        ];
        let table = of(&lines.join("\n")).expect("a table");
        assert!(
            table.contains("| flush of 10,000, ops/s |  | 30,000 | 9.87 | 500 (of 1,000) |  |"),
            "{table}"
        );
        assert!(table.contains("| flush of 100,000, ops/s |  | 20,000 |  |  |  |"), "{table}");
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(of("{\"peer\":1}").is_err());
    }
}
