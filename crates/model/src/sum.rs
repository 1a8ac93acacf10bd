//! Sums of records, by which a device and its server see that they hold the same (rule 35). The order of the records makes no
//! difference to a sum, so that neither side has to sort.
//!
//! A record goes in as the first 16 bytes of the SHA-256 of a text, added up as 128-bit numbers. The text is
//!
//! ```text
//! type 00 id(16 bytes) version(8 bytes, the highest first) then for each field that is not empty: name 00 value-as-JSON 00
//! ```
//!
//! with the fields in the order of their names. An empty field (`null`, and zero where additions are counted) is not in it:
//! a field that its reader may not see is empty on the device, and so both sides need not tell each other which those are.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::id::RecordId;
use crate::json::{self, Json, Words};
use crate::schema::{Field, Merge};
use crate::value::Value;
use crate::version::Version;

/// What some records come to: how many they are, and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// How many.
    pub rows: u64,
    /// The sum.
    pub sum: Total,
}

impl Sum {
    /// Takes in one record.
    pub fn add(&mut self, record: Total) {
        self.join(&Self { rows: 1, sum: record });
    }

    /// Takes in what other records come to.
    pub fn join(&mut self, other: &Self) {
        self.rows = self.rows.wrapping_add(other.rows);
        self.sum = Total(self.sum.0.wrapping_add(other.sum.0));
    }
}

/// A hash of a record, or a sum of some, written in 32 hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Total(pub u128);

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Total({self})")
    }
}

impl Serialize for Total {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Total {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        match text.len() == 32 && text.bytes().all(digit) {
            true => u128::from_str_radix(&text, 16).map(Self).map_err(de::Error::custom),
            false => Err(de::Error::custom(Words("a sum is 32 hexadecimal digits, a to f small"))),
        }
    }
}

/// A value that goes into a sum.
pub trait Summed: Serialize {
    /// Whether it says no more than that nobody wrote anything: `null`, and zero where additions are `counted`.
    fn is_empty(&self, counted: bool) -> bool;
}

impl Summed for Value {
    fn is_empty(&self, counted: bool) -> bool {
        match self {
            Self::Null => true,
            Self::Int(number) => counted && *number == 0,
            Self::Decimal(scaled) => counted && scaled.0 == 0,
            _ => false,
        }
    }
}

impl Summed for Json {
    fn is_empty(&self, counted: bool) -> bool {
        match self {
            Self::Null => true,
            Self::Int(number) => counted && *number == 0,
            Self::Text(text) => counted && !text.is_empty() && text.bytes().all(|b| b"-0.".contains(&b)),
            _ => false,
        }
    }
}

/// How the records of a type go into a sum: its name, and which of their values are told under which names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    of: String,
    /// In the order of their names.
    fields: Vec<Told>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    name: String,
    place: usize,
    counted: bool,
}

impl Shape {
    /// Of a type of some fields, each with the place of its value. What was dropped from a type no device has.
    pub fn of<'f>(of: &str, fields: impl IntoIterator<Item = (usize, &'f Field)>) -> Self {
        let told = |(place, field): (usize, &Field)| Told {
            name: field.name.clone(),
            place,
            counted: field.merge == Merge::Delta,
        };
        let mut fields: Vec<Told> =
            fields.into_iter().filter(|(_, field)| !field.retired).map(told).collect();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        Self { of: of.to_owned(), fields }
    }
}

/// Works out what records come to, one after the other in one piece of memory.
#[derive(Debug, Default)]
pub struct Tally {
    text: Vec<u8>,
}

impl Tally {
    /// The hash of one record with the values of its shape. A value that is missing is empty.
    pub fn record<V: Summed>(
        &mut self,
        shape: &Shape,
        (id, version): (RecordId, Version),
        values: &[V],
    ) -> Total {
        let text = &mut self.text;
        text.clear();
        text.extend_from_slice(shape.of.as_bytes());
        text.push(0);
        text.extend_from_slice(id.bytes());
        text.extend_from_slice(&version.0.to_be_bytes());
        for told in &shape.fields {
            let Some(value) = values.get(told.place).filter(|value| !value.is_empty(told.counted)) else {
                continue;
            };
            text.extend_from_slice(told.name.as_bytes());
            text.push(0);
            json::append(text, value);
            text.push(0);
        }
        let hash: [u8; 32] = Sha256::digest(&*text).into();
        let (first, _) = hash.split_at(16);
        Total(first.iter().fold(0, |total, byte| total << 8 | u128::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::Scaled;
    use crate::schema::Kind;

    fn fields() -> Vec<Field> {
        let mut stock = Field::new("stock", Kind::Integer);
        stock.merge = Merge::Delta;
        let price = Field::new("price", Kind::Decimal { scale: 2 });
        vec![Field::new("name", Kind::Text { max: 9 }), stock, price]
    }

    fn record<V: Summed>(values: &[V]) -> Total {
        let fields = fields();
        let shape = Shape::of("product", fields.iter().enumerate());
        Tally::default().record(&shape, (RecordId::v7(1, [1; 10]), Version(7)), values)
    }

    #[test]
    fn a_device_and_a_server_come_to_the_same() {
        let row = [Value::Text("tea".to_owned()), Value::Int(3), Value::Decimal(Scaled(150, 2))];
        let page: Vec<Json> = json::parse(r#"["tea",3,"1.50"]"#).expect("JSON");
        assert_eq!(record(&row), record(&page));
        assert_eq!(
            record(&row).to_string(),
            "9a156a7e535f8a9dde4ab7ecc39f434f",
            "for clients in other languages"
        );
    }

    #[test]
    fn what_is_empty_is_as_what_nobody_sees() {
        let seen: Vec<Json> = json::parse(r#"["tea",0,null]"#).expect("JSON");
        assert_eq!(record(&seen), record(&[Value::Text("tea".to_owned())]));
        let zero: Vec<Json> = json::parse(r#"["tea",0,"0.00"]"#).expect("JSON");
        assert_ne!(record(&seen), record(&zero), "a price of nothing is not no price");
    }

    #[test]
    fn the_order_of_the_records_makes_no_difference() {
        let [a, b] = [record(&[Value::Int(1)]), record(&[Value::Int(2)])];
        let (mut there, mut here, mut twice) = (Sum::default(), Sum::default(), Sum::default());
        [a, b].into_iter().for_each(|it| there.add(it));
        [b, a].into_iter().for_each(|it| here.add(it));
        [a, a, b].into_iter().for_each(|it| twice.add(it));
        assert_eq!(there, here);
        assert_ne!(there, twice);
    }

    #[test]
    fn a_sum_has_one_spelling() {
        let sum = Sum { rows: 2, sum: Total(0xab) };
        let text = r#"{"rows":2,"sum":"000000000000000000000000000000ab"}"#;
        assert_eq!(json::write(&sum), text);
        assert_eq!(json::parse::<Sum>(text), Ok(sum));
        assert!(json::parse::<Sum>(&text.replace("ab", "AB")).is_err());
        assert!(json::parse::<Sum>(&text.replace("00ab", "ab")).is_err());
    }
}
