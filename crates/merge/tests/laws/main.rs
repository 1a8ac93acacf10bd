//! Laws of the merge that hold for whatever comes in.

mod alone;
mod changes;
mod copies;
mod inverses;
mod kept;
mod numbers;
mod occasions;
mod orders;
mod reading;
mod stamps;
mod undoing;

use fieldbook_model::decimal::Scaled;
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};
use fieldbook_model::{Value, Version};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use fieldbook_merge::{Author, Checked, Edit, Line, Row, Stamp, Verb};

/// The same cases each time; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for more, for fewer and for others.
pub fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        fixed => fixed,
    };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { 4000 };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..asked }
}

/// A type with a field of each way to merge: text, counted number, counted money, set, highest, lowest, text by
/// time.
pub fn ty() -> RecordType {
    let field = |name: &str, kind, merge| Field { merge, ..Field::new(name, kind) };
    let fields = vec![
        field("x", Kind::Text { max: 20 }, Merge::LastSynced),
        field("n", Kind::Integer, Merge::Delta),
        field("cash", Kind::Decimal { scale: 2 }, Merge::Delta),
        field("tags", Kind::Set { max: 3 }, Merge::LastSynced),
        field("top", Kind::Integer, Merge::Max),
        field("low", Kind::Decimal { scale: 2 }, Merge::Min),
        field("memo", Kind::Text { max: 20 }, Merge::LastWritten),
    ];
    RecordType::new("item", fields)
}

/// The place of the text.
pub const X: usize = 0;
/// The counted number.
pub const N: usize = 1;
/// The counted money.
pub const CASH: usize = 2;
/// The set.
pub const TAGS: usize = 3;
/// The highest number.
pub const TOP: usize = 4;
/// The lowest number.
pub const LOW: usize = 5;
/// The text that goes by time.
pub const MEMO: usize = 6;

/// A new record's values.
pub fn row(n: i64) -> Row {
    vec![
        Value::Null,
        Value::Int(n),
        Value::Decimal(Scaled(n, 2)),
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
    ]
}

/// A change of the one record.
pub fn change(base: u64, verb: Verb) -> Checked {
    Checked { of: 0, id: fieldbook_model::RecordId::from_bytes([1; 16]), base: Version(base), verb }
}

/// A change's place and author.
pub fn at(version: u64, line: u32) -> Stamp {
    Stamp::new(Version(version), Line(line))
}

/// In whose name a change is made.
pub fn by(version: u64, line: u32) -> Author<'static> {
    Author::plain(at(version, line))
}

/// Any edit of any field.
pub fn any_edit() -> impl Strategy<Value = (usize, Edit)> {
    let element = prop::collection::btree_set(prop::sample::select(vec!["a", "b", "c", "d"]), 1..3);
    let elements = element.prop_map(|set| set.into_iter().map(str::to_owned).collect());
    let number = prop_oneof![-9_i64..9, Just(999_999_999_999_999_999)];
    (prop::sample::select(vec!["u", "v", "w"]), number, elements, 0..10).prop_map(
        |(text, number, elements, which)| match which {
            0 => (X, Edit::Set(Value::Text(text.to_owned()))),
            1 => (X, Edit::Set(Value::Null)),
            2 => (N, Edit::Add(number)),
            3 => (CASH, Edit::Add(number)),
            4 => (TAGS, Edit::Include(elements, 3)),
            5 => (TOP, Edit::Raise(Value::Int(number))),
            6 => (LOW, Edit::Lower(Value::Decimal(Scaled(number, 2)))),
            7 => (MEMO, Edit::Set(Value::Text(text.to_owned()))),
            8 => (TOP, Edit::Reset(Value::Int(number))),
            _ => (TAGS, Edit::Exclude(elements)),
        },
    )
}

/// Any change of a record: mostly edits.
pub fn any_verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        6 => prop::collection::vec(any_edit(), 1..4).prop_map(Verb::Update),
        1 => Just(Verb::Delete),
        1 => Just(Verb::Restore),
        1 => (-9_i64..9).prop_map(|n| Verb::Insert(row(n))),
    ]
}
