//! Receipt numbers: each once, and in the series of each device without a gap. Nothing here refuses a receipt, so no
//! number has a reason to stand on the gap list.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::device::parsed;

/// All of them.
pub const SQL: &str = "select number from invoice";

#[derive(Deserialize)]
struct Row {
    number: String,
}

/// What is wrong with the numbers of the lines of a query.
pub fn wrong(lines: &[String]) -> Result<Vec<String>, String> {
    let mut series: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in lines {
        let Row { number } = parsed(line)?;
        let (prefix, place) = number.rsplit_once('-').ok_or_else(|| format!("{number:?} is no number"))?;
        let place = place.parse().map_err(|_| format!("{number:?} is no number"))?;
        series.entry(prefix.to_owned()).or_default().push(place);
    }
    let wrong = series.into_iter().filter_map(|(prefix, mut places)| {
        places.sort_unstable();
        let whole = places.iter().copied().eq(1..=places.len() as u64);
        (!whole).then(|| format!("the numbers of series {prefix} are {places:?}"))
    });
    Ok(wrong.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(numbers: &[&str], expected: usize) {
        let lines: Vec<String> = numbers.iter().map(|number| format!(r#"{{"number":"{number}"}}"#)).collect();
        assert_eq!(wrong(&lines).expect("numbers").len(), expected, "{numbers:?}");
    }

    #[test]
    fn a_number_that_is_missing_or_there_twice_is_seen() {
        check(&["AB-000002", "AB-000001", "CD-000001"], 0);
        check(&["AB-000001", "AB-000003"], 1);
        check(&["AB-000001", "AB-000001"], 1);
        check(&["AB-000002"], 1);
    }
}
