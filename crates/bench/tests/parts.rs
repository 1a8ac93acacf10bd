//! A small share of what `cargo xtask bench parts` measures, with ceilings several times as high as what it comes to.

use fieldbook_bench::parts::cost;

#[test]
fn a_part_loads_and_is_kept_level_in_proportion_to_what_comes() {
    let [small, large] = [5_000, 20_000].map(|products| cost(products, 1));
    for cost in [small, large] {
        assert!(cost.load_per_s > cost.bare_load_per_s / 50.0, "{cost:?}");
        assert!(cost.catch_up_ms < 500.0, "{cost:?}");
    }
    // Four times the rows for four times the time would make this 1, and four times the time for each row 4.
    assert!(small.load_per_s / large.load_per_s < 3.0, "{small:?} {large:?}");
}
