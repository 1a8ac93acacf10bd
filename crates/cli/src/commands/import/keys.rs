//! Which row it is: a key that follows from what the row says. Lines may move, be mended or be taken out between
//! two runs; what is the same row keeps its key.

use std::collections::BTreeMap;

use fieldbook_model::chain::Hash;
use fieldbook_model::{Fields, RecordId, json};

/// The keys of an import.
pub struct Keys {
    /// Of the import's name and its type.
    import: Hash,
    /// How many rows said the same so far.
    same: BTreeMap<[u8; 16], u32>,
}

impl Keys {
    /// Of an import.
    pub fn of(name: &str, of: &str) -> Self {
        Self { import: Hash::of(json::write(&(name, of)).as_bytes()), same: BTreeMap::new() }
    }

    /// The key of the next row: of what it says, and the how manieth it is that says so.
    pub fn of_row(&mut self, id: Option<RecordId>, fields: &Fields) -> String {
        let hash = self.import.then(&Hash::of(json::write(&(id, fields)).as_bytes()));
        let mut short = [0; 16];
        short.copy_from_slice(&hash.0[..16]);
        let same = self.same.entry(short).or_default();
        *same += 1;
        format!("import {:032x} {same}", u128::from_be_bytes(short))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldbook_model::Json;

    #[test]
    fn a_key_follows_from_what_the_row_says_and_from_nothing_else() {
        let row = |name: &str, stock| {
            Fields(vec![("name".to_owned(), Json::from(name)), ("stock".to_owned(), Json::Int(stock))])
        };
        let keys = || Keys::of("", "product");
        let (mut first, mut second) = (keys(), keys());
        let tea = first.of_row(None, &row("Tea", 1));
        let chai = first.of_row(None, &row("Chai", 1));
        assert_ne!(tea, chai);
        assert_eq!(second.of_row(None, &row("Chai", 1)), chai, "another order of the rows");
        assert_eq!(second.of_row(None, &row("Tea", 1)), tea);
        assert_ne!(first.of_row(None, &row("Tea", 1)), tea, "the same row twice is two records");
        assert_ne!(Keys::of("May", "product").of_row(None, &row("Tea", 1)), tea);
        assert_ne!(Keys::of("", "supplier").of_row(None, &row("Tea", 1)), tea);
    }
}
