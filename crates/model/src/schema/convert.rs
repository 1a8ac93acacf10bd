//! Values under another kind. Each conversion up loses nothing, so that the way down gives back what an older version can
//! express; the way down may round or cut what only the newer version can.

use super::Kind;
use crate::decimal::{self, Scaled};
use crate::json::Json;

/// The time of day that a date gets.
const MIDNIGHT: &str = "T00:00:00.000Z";
/// The characters of a date.
const DATE_CHARS: usize = 10;

/// How a field's values go from one kind to another and back.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    old: Kind,
    new: Kind,
    values: Vec<(String, String)>,
}

impl Conversion {
    /// The conversion between two kinds; `None` where there is none that could be taken back.
    pub fn between(old: &Kind, new: &Kind, values: &[(String, String)]) -> Option<Self> {
        let fits = match (old, new) {
            (Kind::Money { currency: a, .. }, Kind::Money { currency: b, .. }) if a != b => false,
            (Kind::Date, Kind::Timestamp) => true,
            (Kind::Enum { values: had }, Kind::Enum { values: has }) => {
                had.iter().all(|word| has.iter().any(|it| it == mapped(values, word)))
            }
            (Kind::Enum { values: had }, Kind::Text { max }) => {
                had.iter().all(|word| mapped(values, word).chars().count() <= *max as usize)
            }
            (Kind::Text { .. }, Kind::Enum { values: has }) => {
                values.iter().all(|(_, word)| has.contains(word))
            }
            _ => matches!((old.scale(), new.scale()), (Some(old), Some(new)) if old <= new),
        };
        let once = |side: fn(&(String, String)) -> &String| {
            let mut words: Vec<&String> = values.iter().map(side).collect();
            words.sort_unstable();
            words.windows(2).all(|pair| pair[0] != pair[1])
        };
        let apart = !matches!(old, Kind::Enum { .. }) || is_apart(old, values);
        let whole = fits && apart && once(|pair| &pair.0) && once(|pair| &pair.1);
        whole.then(|| Self { old: old.clone(), new: new.clone(), values: values.to_vec() })
    }

    /// A value of the old kind as the new one has it. What does not fit stays as it is, and is found not to fit.
    pub fn up(&self, json: &Json) -> Json {
        match (&self.old, &self.new, json) {
            (Kind::Date, Kind::Timestamp, Json::Text(date)) => Json::Text(format!("{date}{MIDNIGHT}")),
            (Kind::Enum { .. } | Kind::Text { .. }, _, Json::Text(word)) => {
                Json::Text(mapped(&self.values, word).to_owned())
            }
            _ => rescaled(&self.old, &self.new, json),
        }
    }

    /// A value of the new kind as the old one can have it.
    pub fn down(&self, json: &Json) -> Json {
        match (&self.old, &self.new, json) {
            (Kind::Date, Kind::Timestamp, Json::Text(time)) => {
                Json::Text(time.chars().take(DATE_CHARS).collect())
            }
            (Kind::Enum { .. } | Kind::Text { .. }, _, Json::Text(word)) => {
                let old = self.values.iter().find(|(_, new)| new == word).map_or(word, |(old, _)| old);
                Json::Text(old.clone())
            }
            _ => rescaled(&self.new, &self.old, json),
        }
    }
}

/// Whether no two old words become one.
fn is_apart(old: &Kind, values: &[(String, String)]) -> bool {
    let Kind::Enum { values: words } = old else { return true };
    let mut new: Vec<&str> = words.iter().map(|word| mapped(values, word)).collect();
    new.sort_unstable();
    new.windows(2).all(|pair| pair[0] != pair[1])
}

fn mapped<'a>(values: &'a [(String, String)], word: &'a str) -> &'a str {
    values.iter().find(|(old, _)| old == word).map_or(word, |(_, new)| new)
}

/// A number in another scale, the nearest where places are lost, half away from zero.
fn rescaled(from: &Kind, to: &Kind, json: &Json) -> Json {
    let (Some(scale), Some(wanted)) = (from.scale(), to.scale()) else { return json.clone() };
    let number = match json {
        Json::Int(number) => decimal::parse(&number.to_string(), scale),
        Json::Text(text) => decimal::parse(text, scale),
        _ => return json.clone(),
    };
    let Ok(number) = number.map(i128::from) else { return json.clone() };
    let number = match wanted.checked_sub(scale) {
        Some(more) => number * 10_i128.pow(u32::from(more)),
        None => nearest(number, 10_i128.pow(u32::from(scale - wanted))),
    };
    match i64::try_from(number) {
        Ok(number) if number.abs() <= decimal::SCALED_MAX => match to {
            Kind::Integer => Json::Int(number),
            _ => Json::Text(Scaled(number, wanted).to_string()),
        },
        _ => json.clone(),
    }
}

fn nearest(number: i128, unit: i128) -> i128 {
    (number.abs() + unit / 2) / unit * number.signum()
}
