//! What a change weighs where the rule of its unit compares two that did not see each other: its hybrid stamp, the rank
//! of its value, or that of its author's role. The heavier wins, and of equals the last to arrive.

use fieldbook_model::schema::{Merge, RecordType};
use fieldbook_model::{Hlc, Value};

use crate::stamp::Stamp;

/// In whose name a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author<'a> {
    /// Where in the total order, and by which log.
    pub stamp: Stamp,
    /// When it was written, never ahead of the server's clock when it first arrived (rule 25).
    pub hlc: Hlc,
    /// The role in force at its place in the order (rule 32).
    pub role: &'a str,
}

impl<'a> Author<'a> {
    /// One whose time and role nobody asks for.
    pub fn plain(stamp: Stamp) -> Self {
        Self { stamp, hlc: Hlc::default(), role: "" }
    }

    /// The stamp of a change of a field to a value.
    pub fn stamp_of(&self, ty: &RecordType, field: usize, value: &Value) -> Stamp {
        let weight = match ty.rule(field) {
            Merge::LastWritten => self.hlc.ms << 16 | u64::from(self.hlc.counter),
            Merge::Priority => rank(ty.order(field), &word(value)),
            Merge::PriorityByRole => rank(ty.order(field), self.role),
            _ => 0,
        };
        Stamp { weight, ..self.stamp }
    }
}

/// Whether two changes that did not see each other are compared by weight.
pub fn compares(rule: Merge) -> bool {
    matches!(rule, Merge::LastWritten | Merge::Priority | Merge::PriorityByRole)
}

/// The first of an order ranks highest; what the order does not name ranks below all.
fn rank(order: &[String], word: &str) -> u64 {
    order.iter().position(|known| known == word).map_or(0, |place| (order.len() - place) as u64)
}

fn word(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldbook_model::schema::{Field, Kind};
    use fieldbook_model::{RecordId, Version};

    use crate::merge::merge;
    use crate::read::{Checked, Edit, Verb};
    use crate::stamp::Line;

    #[test]
    fn what_stands_first_weighs_most_and_what_is_not_named_nothing() {
        let order = ["owner", "manager"].map(str::to_owned).to_vec();
        let field = |merge| Field { merge, order: order.clone(), ..Field::new("f", Kind::Boolean) };
        let ty = RecordType::new("t", vec![field(Merge::PriorityByRole), field(Merge::LastSynced)]);
        let stamp = Stamp::new(Version(1), Line(1));
        let weight = |role, place| {
            Author { stamp, hlc: Hlc::default(), role }.stamp_of(&ty, place, &Value::Null).weight
        };
        assert_eq!(["owner", "manager", "cashier"].map(|role| weight(role, 0)), [2, 1, 0]);
        assert_eq!(weight("owner", 1), 0);
    }

    #[test]
    fn a_later_stamp_weighs_more() {
        let field = Field { merge: Merge::LastWritten, ..Field::new("f", Kind::Integer) };
        let ty = RecordType::new("t", vec![field]);
        let weight = |ms, counter| {
            let author =
                Author { hlc: Hlc { ms, counter }, ..Author::plain(Stamp::new(Version(1), Line(1))) };
            author.stamp_of(&ty, 0, &Value::Int(5)).weight
        };
        assert!(weight(2, 0) > weight(1, 9) && weight(1, 9) > weight(1, 8));
    }

    #[test]
    fn a_change_from_before_another_rule_weighs_nothing_where_nothing_is_compared() {
        let ty =
            |merge| RecordType::new("t", vec![Field { merge, ..Field::new("memo", Kind::Text { max: 9 }) }]);
        let text = |text: &str| Value::Text(text.to_owned());
        let change =
            |base, verb| Checked { of: 0, id: RecordId::from_bytes([1; 16]), base: Version(base), verb };
        let author = |version, line, ms| {
            let stamp = Stamp::new(Version(version), Line(line));
            Author { hlc: Hlc { ms, counter: 0 }, ..Author::plain(stamp) }
        };
        let mut record = None;
        for (rule, change, by) in [
            (Merge::LastWritten, change(0, Verb::Insert(vec![Value::Null])), author(1, 1, 1)),
            (
                Merge::LastWritten,
                change(1, Verb::Update(vec![(0, Edit::Set(text("late")))])),
                author(2, 2, 9),
            ),
            (
                Merge::LastSynced,
                change(1, Verb::Update(vec![(0, Edit::Set(text("early")))])),
                author(3, 3, 5),
            ),
        ] {
            merge(&ty(rule), &mut record, change, by, None).expect("it fits");
        }
        assert_eq!(record.expect("a record").row, [text("early")], "the last to arrive");
    }
}
