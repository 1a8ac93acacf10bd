//! What pairs of times come to.

use std::time::Duration;

use super::build::short;

/// More than this is told as slower.
const LIMIT: f64 = 1.10;

/// The times of one work, by the program of the commit and by this tree's.
#[derive(Debug, Default)]
pub struct Pairs(Vec<(Duration, Duration)>);

impl Pairs {
    /// One more: before, now.
    pub fn add(&mut self, pair: (Duration, Duration)) {
        self.0.push(pair);
    }

    /// Now by before of each pair, the smallest first.
    fn ratios(&self) -> Vec<f64> {
        let mut ratios: Vec<f64> =
            self.0.iter().map(|(before, now)| now.as_secs_f64() / before.as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    /// Whether this tree is slower by more than what is allowed.
    pub fn is_slower(&self) -> bool {
        median(&self.ratios()) > LIMIT
    }

    fn row(&self, says: &str) -> String {
        let (ratios, sorted) = (self.ratios(), |of: fn(&(Duration, Duration)) -> Duration| {
            let mut times: Vec<f64> = self.0.iter().map(|pair| of(pair).as_secs_f64()).collect();
            times.sort_by(f64::total_cmp);
            times
        });
        let told = if self.is_slower() { "  SLOWER" } else { "" };
        let (low, high) = (ratios.first().unwrap_or(&f64::NAN), ratios.last().unwrap_or(&f64::NAN));
        format!(
            "{says:<38} {:>8.3} s {:>8.3} s   {:.3}  ({low:.3} to {high:.3}){told}",
            median(&sorted(|pair| pair.0)),
            median(&sorted(|pair| pair.1)),
            median(&ratios),
        )
    }
}

/// Of numbers in their order.
fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match sorted {
        [] => f64::NAN,
        _ if sorted.len() % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

/// For people.
pub fn table(commit: &str, load: &str, all_of: &[(&str, Pairs)]) -> String {
    let count = all_of.first().map_or(0, |(_, pairs)| pairs.0.len());
    let head = format!("{:<38} {:>10} {:>10}   ratio (of the pairs)", "", short(commit), "this tree");
    let mut lines = vec![head];
    lines.extend(all_of.iter().map(|(says, pairs)| pairs.row(says)));
    lines.push(format!("medians of {count} pairs; load of the machine at the end {load}"));
    if all_of.iter().any(|(_, pairs)| pairs.is_slower()) {
        lines.push(format!(
            "This tree is slower than {} by more than {:.0} %.",
            short(commit),
            (LIMIT - 1.0) * 100.0
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(ms: &[(u64, u64)]) -> Pairs {
        Pairs(
            ms.iter()
                .map(|(before, now)| (Duration::from_millis(*before), Duration::from_millis(*now)))
                .collect(),
        )
    }

    #[test]
    fn the_median_of_the_pairs_ratios_counts_and_not_one_slow_pair() {
        let one_slow = pairs(&[(100, 100), (100, 105), (100, 900)]);
        assert!(!one_slow.is_slower());
        let table = table("0123456789", "0.5", &[("acting", one_slow)]);
        assert!(table.contains("1.050  (1.000 to 9.000)") && !table.contains("SLOWER"), "{table}");
        assert!(table.starts_with(&format!("{:<38} {:>10}", "", "0123456")), "{table}");
    }

    #[test]
    fn slower_by_more_than_a_tenth_is_told() {
        assert!(!pairs(&[(100, 110), (200, 220)]).is_slower());
        let slow = pairs(&[(100, 111), (200, 223)]);
        assert!(slow.is_slower());
        let table = table("0123456789", "0.5", &[("acting", slow)]);
        assert!(
            table.contains("SLOWER") && table.ends_with("slower than 0123456 by more than 10 %."),
            "{table}"
        );
    }
}
