//! The rows, by what they are about.

mod admissible;
mod children;
mod clashes;
mod dependents;
mod given_up;
mod keys;
mod pairs;
mod settling;
mod undone;

use crate::Row;

/// All rows.
pub fn all() -> impl Iterator<Item = &'static Row> {
    let tables = [
        admissible::ROWS,
        children::ROWS,
        clashes::ROWS,
        dependents::ROWS,
        given_up::ROWS,
        keys::ROWS,
        pairs::ROWS,
        settling::ROWS,
        undone::ROWS,
    ];
    tables.into_iter().flatten()
}
