//! The rules by which fields and groups merge, with the order in which values or roles win.

use super::Reader;
use super::fields::{TypeMerge, TypeRules};
use super::people::Named;
use super::places::{Entry, Section};
use crate::schema::{Kind, Merge};

const FIELD_RULES: [&str; 7] = ["last-synced", "last-written", "delta", "min", "max", "priority", "manual"];
const GROUP_RULES: [&str; 4] = ["last-synced", "last-written", "priority", "manual"];

const UNCHANGED: &str = "\"last-synced\": records of an insert-only type never change";
const NO_ORDER: &str = "none here: only merge = \"priority\" has it";
const VALUES: &str = "the values, the one that wins first, such as [\"void\", \"paid\", \"open\"]";
const ROLES: &str = "the roles, the one that wins first, such as [\"owner\", \"member\"]";

impl<'a> Reader<'a> {
    /// The rule of a field, and its order.
    pub(super) fn merge(
        &mut self,
        field: &Section<'a>,
        rules: &TypeRules,
        kind: Option<&Kind>,
        series: bool,
    ) -> (Merge, Vec<String>) {
        let joins = series || matches!(kind, Some(Kind::Set { .. }));
        let Some(entry) = field.entry("merge") else {
            self.no_order(field);
            return (if joins { Merge::LastSynced } else { rules.merge.unsaid() }, Vec::new());
        };
        if rules.merge.whole().is_some() {
            self.merged_whole(&entry, rules.merge);
            return (rules.merge.unsaid(), Vec::new());
        }
        let merge = self.rule(field, &entry, &FIELD_RULES);
        if merge == Merge::LastSynced {
            return (merge, Vec::new());
        }
        if rules.insert_only {
            self.wrong_value(&entry, UNCHANGED);
        } else if series {
            self.wrong_value(&entry, "\"last-synced\": the device numbers a series");
        } else if joins {
            self.wrong_value(&entry, "\"last-synced\": elements of a set join, whoever adds them");
        } else if let Some(allowed) = kind.and_then(|kind| misfit(merge, kind)) {
            self.wrong_value(&entry, allowed);
        } else if merge == Merge::Priority {
            return (merge, kind.map(|kind| self.values_in_order(field, kind)).unwrap_or_default());
        } else if merge == Merge::PriorityByRole {
            return (merge, self.roles_in_order(field));
        }
        (merge, Vec::new())
    }

    /// The rule of a group, and its order.
    pub(super) fn group_merge(&mut self, group: &Section<'a>, rules: &TypeRules) -> (Merge, Vec<String>) {
        let Some(entry) = group.entry("merge") else {
            self.no_order(group);
            return (rules.merge.unsaid(), Vec::new());
        };
        if rules.merge.whole().is_some() {
            self.merged_whole(&entry, rules.merge);
            return (rules.merge.unsaid(), Vec::new());
        }
        let merge = self.rule(group, &entry, &GROUP_RULES);
        match merge {
            Merge::LastSynced => {}
            _ if rules.insert_only => {
                self.wrong_value(&entry, "last-synced: records of an insert-only type cannot conflict");
            }
            Merge::Priority => {
                self.wrong_value(&entry, "with by = \"role\": the values of a group have no order");
            }
            Merge::PriorityByRole => return (merge, self.roles_in_order(group)),
            _ => {}
        }
        (merge, Vec::new())
    }

    /// Notes a merge of a field or group whose type has one for all.
    fn merged_whole(&mut self, entry: &Entry<'a>, rule: TypeMerge) {
        let word = rule.whole().unwrap_or_default();
        let allowed = format!("none here, since the type says merge = \"{word}\"");
        self.wrong(entry.key_start, &entry.path, "a merge".to_owned(), allowed);
    }

    fn rule(&mut self, section: &Section<'a>, entry: &Entry<'a>, rules: &[&str]) -> Merge {
        let merge = match self.word(entry, rules) {
            Some("last-written") => Merge::LastWritten,
            Some("delta") => Merge::Delta,
            Some("min") => Merge::Min,
            Some("max") => Merge::Max,
            Some("manual") => Merge::Manual,
            Some("priority") => {
                let Some(by) = section.entry("by") else { return Merge::Priority };
                self.word(&by, &["role"]);
                return Merge::PriorityByRole;
            }
            _ => Merge::LastSynced,
        };
        self.no_order(section);
        merge
    }

    fn no_order(&mut self, section: &Section<'a>) {
        for entry in ["by", "order"].into_iter().filter_map(|key| section.entry(key)) {
            self.wrong_key_of(&entry, NO_ORDER);
        }
    }

    fn values_in_order(&mut self, field: &Section<'a>, kind: &Kind) -> Vec<String> {
        let values = match kind {
            Kind::Enum { values } => values.clone(),
            _ => ["true", "false"].map(str::to_owned).to_vec(),
        };
        let known: Vec<&str> = values.iter().map(String::as_str).collect();
        let Some(entry) = self.needed(field, "order", VALUES) else { return Vec::new() };
        let mut order: Vec<String> = Vec::new();
        for item in self.texts(&entry, VALUES).unwrap_or_default() {
            let Some(value) = self.word(&item, &known) else { continue };
            if self.once(&item, order.iter().any(|it| it == value), "each value once") {
                order.push(value.to_owned());
            }
        }
        let missing: Vec<&str> =
            known.iter().copied().filter(|value| !order.iter().any(|it| it == value)).collect();
        if let (Some(order), false) = (entry.elements(), missing.is_empty())
            && order.len() < known.len()
        {
            let found = format!("no {}", missing.join(", "));
            self.wrong(entry.key_start, &entry.path, found, "each value once".to_owned());
        }
        order
    }

    fn roles_in_order(&mut self, section: &Section<'a>) -> Vec<String> {
        let Some(entry) = self.needed(section, "order", ROLES) else { return Vec::new() };
        self.role_list(&entry, Named::Actors)
    }
}

/// What may be there in the place of a rule that does not fit a kind.
fn misfit(merge: Merge, kind: &Kind) -> Option<&'static str> {
    let timed = matches!(kind, Kind::Date | Kind::Timestamp);
    let ranked = matches!(kind, Kind::Enum { .. } | Kind::Boolean);
    match merge {
        Merge::Delta if kind.scale().is_none() => {
            Some("\"last-synced\"; delta is for integer, decimal and money")
        }
        Merge::Min | Merge::Max if kind.scale().is_none() && !timed => {
            Some("\"last-synced\"; min and max are for integer, decimal, money, date and timestamp")
        }
        Merge::Priority if !ranked => Some(
            "\"last-synced\"; priority of values is for enum and boolean, of roles it takes by = \"role\"",
        ),
        _ => None,
    }
}
