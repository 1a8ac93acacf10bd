//! Which places of the server's log a device remembers: many near its cursor, few far behind, about two for each
//! doubling of the distance. So a server that lost its last ops finds out within a factor of two how many.

use fieldbook_model::Version;

/// The last places are all kept.
const DENSE: usize = 16;

/// The places that need not be remembered any longer, of those that are, oldest first.
pub fn thinned(places: &[Version]) -> Vec<Version> {
    let Some(head) = places.last() else { return Vec::new() };
    let sparse = &places[..places.len().saturating_sub(DENSE)];
    let octave = |place: &Version| (head.0.saturating_sub(place.0)).checked_ilog2();
    let spare = sparse.windows(2).filter(|pair| octave(&pair[0]) == octave(&pair[1]));
    // Of two at about one distance the older stays: it is in its octave for longer.
    spare.map(|pair| pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_life_leaves_few_places_and_one_near_every_distance() {
        let mut places = Vec::new();
        for version in 1..=10_000 {
            places.push(Version(version));
            let spare = thinned(&places);
            places.retain(|place| !spare.contains(place));
            assert!(places.len() <= 50, "{places:?}");
        }
        for lost in [1, 2, 5, 10, 100, 1_000, 3_000] {
            let fork = 10_000 - lost;
            let known = places.iter().filter(|place| place.0 <= fork).max().expect("a place before the fork");
            assert!(fork - known.0 <= 2 * lost, "{lost} lost, known up to {known}: {places:?}");
        }
    }
}
