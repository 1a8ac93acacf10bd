//! The record of the benchmarks: about 200 bytes, seven fields with the id, as the peers were measured with.

use fieldbook_device_store::Action;
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Change, Fields, Json, RecordId, Schema, Version};

const SCHEMA: &str = r#"
schema = "bench"
version = 1
[type.product.field]
name       = { kind = "text" }
sku        = { kind = "text" }
price      = { kind = "money", currency = "EUR" }
stock      = { kind = "integer", merge = "delta", default = 0 }
updated_at = { kind = "integer" }
notes      = { kind = "text" }
"#;

const NOTES: &str = "hand-picked, kept cool, restock from the depot before noon..";

/// The benchmarks' schema as it stands in a file.
pub fn schema_text() -> &'static str {
    SCHEMA
}

/// The benchmarks' schema.
///
/// # Panics
/// When its text is wrong.
pub fn schema() -> Schema {
    fieldbook_model::schema::toml::read("bench.toml", SCHEMA).expect("BUG: the benchmarks' schema is wrong")
}

/// A product.
#[derive(Debug, Clone)]
pub struct Product {
    /// Its id, growing with its number.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Its number in the catalogue.
    pub sku: String,
    /// In cents.
    pub price: i64,
    /// Pieces.
    pub stock: i64,
    /// Milliseconds since 1970.
    pub updated_at: i64,
    /// Sixty characters.
    pub notes: &'static str,
}

impl Product {
    /// The n-th product.
    pub fn nth(n: u64) -> Self {
        let mut random = [0; 10];
        random[2..].copy_from_slice(&n.to_be_bytes());
        Self {
            id: RecordId::v7(1_700_000_000_000 + n, random),
            name: format!("Product name {:07}", n % 10_000_000),
            sku: format!("SKU-{n:08}"),
            price: ((n * 7919) % 100_000) as i64,
            stock: ((n * 31) % 500) as i64,
            updated_at: 1_700_000_000_000 + n as i64,
            notes: NOTES,
        }
    }

    /// The same with an id as devices make them, of which nothing can be guessed.
    ///
    /// # Panics
    /// When the system has no random bytes.
    pub fn with_random_id(n: u64) -> Self {
        let mut random = [0; 10];
        getrandom::fill(&mut random).expect("random bytes");
        Self { id: RecordId::v7(1_700_000_000_000 + n, random), ..Self::nth(n) }
    }

    /// The change that makes it.
    pub fn insert(&self) -> Change {
        let fields = Fields::from([
            ("name", Json::Text(self.name.clone())),
            ("sku", Json::Text(self.sku.clone())),
            ("price", Json::Text(format!("{}.{:02}", self.price / 100, self.price % 100))),
            ("stock", Json::Int(self.stock)),
            ("updated_at", Json::Int(self.updated_at)),
            ("notes", Json::Text(self.notes.to_owned())),
        ]);
        Change::Insert { of: "product".into(), id: self.id, fields }
    }

    /// The change that counts its stock down by one.
    pub fn sell(&self) -> Change {
        Change::Update {
            of: "product".into(),
            id: self.id,
            base: Version::ZERO,
            set: Fields::default(),
            count: Fields::default(),
            add: [("stock", Json::Int(-1))].into(),
            include: Fields::default(),
            exclude: Fields::default(),
            reset: Fields::default(),
        }
    }
}

/// An op of some changes.
pub fn op(changes: Vec<Change>) -> Action {
    Action { action: EDIT.into(), key: None, changes }
}
