//! Kinds, and what a field says besides because of its kind; that of references is in `references`.

use super::Reader;
use super::places::Section;
use super::suggestions::listed;
use crate::schema::Kind;

/// The kinds, and the keys that a field of each has besides [`FIELD_KEYS`].
pub(super) const KINDS: [(&str, &[&str]); 12] = [
    ("text", &["max", "series"]),
    ("integer", &[]),
    ("decimal", &["scale"]),
    ("money", &["currency", "scale"]),
    ("boolean", &[]),
    ("date", &[]),
    ("timestamp", &[]),
    ("enum", &["values"]),
    ("json", &[]),
    ("set", &["max"]),
    ("ref", &["to", "owner", "on-delete", "orphan-to"]),
    ("blob", &[]),
];
pub(super) const FIELD_KEYS: [&str; 10] =
    ["kind", "called", "required", "fixed", "default", "merge", "by", "order", "readers", "writers"];

impl<'a> Reader<'a> {
    pub(super) fn kind(&mut self, field: &Section<'a>) -> Option<Kind> {
        let name = self.kind_name(field);
        let of_kind = |kind: &&(&str, _)| name.is_none_or(|name| name == kind.0);
        let own = KINDS.iter().filter(of_kind).flat_map(|(_, keys)| keys.iter().copied());
        let mut keys = FIELD_KEYS.to_vec();
        own.for_each(|key| {
            if !keys.contains(&key) {
                keys.push(key);
            }
        });
        self.keys(field, &keys);
        match name? {
            "text" => self.whole(field, "max", 1..=1_000_000, Some(10_000)).map(|max| Kind::Text { max }),
            "integer" => Some(Kind::Integer),
            "decimal" => self.whole(field, "scale", 0..=9, None).map(|scale| Kind::Decimal { scale }),
            "money" => self.money(field),
            "boolean" => Some(Kind::Boolean),
            "date" => Some(Kind::Date),
            "timestamp" => Some(Kind::Timestamp),
            "enum" => self.values(field).map(|values| Kind::Enum { values }),
            "json" => Some(Kind::Json),
            "set" => self.whole(field, "max", 1..=10_000, Some(1000)).map(|max| Kind::Set { max }),
            "ref" => self.reference(field),
            "blob" => Some(Kind::Blob),
            other => unreachable!("BUG: {other} stands in KINDS and is not read"),
        }
    }

    fn kind_name(&mut self, field: &Section<'a>) -> Option<&'static str> {
        let names = KINDS.map(|(name, _)| name);
        let entry = self.needed(field, "kind", &listed(&names))?;
        self.word(&entry, &names)
    }

    fn money(&mut self, field: &Section<'a>) -> Option<Kind> {
        let scale = self.whole(field, "scale", 0..=9, Some(2));
        let allowed = "three letters of ISO 4217, such as \"USD\"";
        let entry = self.needed(field, "currency", allowed)?;
        let currency = self.text(&entry, allowed)?;
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            self.wrong_value(&entry, allowed);
        }
        Some(Kind::Money { currency: currency.to_owned(), scale: scale? })
    }

    fn values(&mut self, field: &Section<'a>) -> Option<Vec<String>> {
        let allowed = "a list of texts, such as [\"open\", \"paid\"]";
        let entry = self.needed(field, "values", allowed)?;
        let words = self.texts(&entry, allowed)?;
        if words.is_empty() {
            self.wrong_value(&entry, "at least one text");
        }
        let mut values: Vec<String> = Vec::new();
        for word in &words {
            let Some(text) = self.text(word, "a text").map(str::to_owned) else { continue };
            if text.is_empty() {
                self.wrong_value(word, "a text of at least one character");
            } else {
                self.once(word, values.contains(&text), "each value once");
            }
            values.push(text);
        }
        Some(values)
    }
}
