//! The op: one user action, atomic, with the changes that it makes.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::chain::Hash;
use crate::clock::{Hlc, WallTime};
use crate::id::{DeviceId, OpId, RecordId, UserId, WorkspaceId};
use crate::json::{self, Json, Words};
use crate::member::{Granting, Membership};
use crate::version::{Cursor, Epoch, Seq, Version};

/// Field names with their values, in the order of the text, each name once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(pub Vec<(String, Json)>);

impl Fields {
    /// The value of a field, if it is there.
    pub fn find(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }
    /// Whether no field is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const N: usize> From<[(&str, Json); N]> for Fields {
    fn from(fields: [(&str, Json); N]) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields with their values")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Fields, A::Error> {
                json::entries(map).map(Fields)
            }
        }
        d.deserialize_map(Entries)
    }
}

/// One change of one record. The JSON shape is that of `docs/guide/wire.md`.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Makes a record.
    Insert {
        /// Its type.
        of: String,
        /// Its new id.
        id: RecordId,
        /// Its first values; fields that are missing get their default.
        fields: Fields,
    },
    /// Changes fields of a record.
    Update {
        /// Its type.
        of: String,
        /// Its id.
        id: RecordId,
        /// The version of the record that the device had confirmed when the user acted.
        base: Version,
        /// Field := value.
        set: Fields,
        /// Number field += exact number.
        add: Fields,
        /// Number field of a delta := what was counted, as an addition (rule 44).
        count: Fields,
        /// Set field gains elements.
        include: Fields,
        /// Set field loses elements.
        exclude: Fields,
        /// Field that is only ever raised or only ever lowered := value, all the same.
        reset: Fields,
    },
    /// Deletes a record.
    Delete {
        /// Its type.
        of: String,
        /// Its id.
        id: RecordId,
        /// As in `Update`.
        base: Version,
    },
    /// Brings a deleted record back.
    Restore {
        /// Its type.
        of: String,
        /// Its id.
        id: RecordId,
        /// As in `Update`.
        base: Version,
    },
}

impl Change {
    /// The type of the record.
    pub fn of(&self) -> &str {
        match self {
            Self::Insert { of, .. }
            | Self::Update { of, .. }
            | Self::Delete { of, .. }
            | Self::Restore { of, .. } => of,
        }
    }
    /// The id of the record.
    pub fn id(&self) -> RecordId {
        match self {
            Self::Insert { id, .. }
            | Self::Update { id, .. }
            | Self::Delete { id, .. }
            | Self::Restore { id, .. } => *id,
        }
    }
    /// The confirmed version that the user acted on; an insert has none.
    pub fn base(&self) -> Option<Version> {
        match self {
            Self::Insert { .. } => None,
            Self::Update { base, .. } | Self::Delete { base, .. } | Self::Restore { base, .. } => Some(*base),
        }
    }
}

/// The JSON shape of a change: exactly one of the four verbs, and what belongs to it.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    insert: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    update: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delete: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restore: Option<String>,
    id: Option<RecordId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<Version>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fields: Option<Fields>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    set: Option<Fields>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    add: Option<Fields>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<Fields>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    include: Option<Fields>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exclude: Option<Fields>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reset: Option<Fields>,
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let some = |fields: &Fields| (!fields.is_empty()).then(|| fields.clone());
        let form = match self.clone() {
            Self::Insert { of, id, fields } => {
                ChangeForm { insert: Some(of), id: Some(id), fields: Some(fields), ..ChangeForm::default() }
            }
            Self::Update { of, id, base, set, add, count, include, exclude, reset } => ChangeForm {
                update: Some(of),
                id: Some(id),
                base: Some(base),
                set: some(&set),
                add: some(&add),
                count: some(&count),
                include: some(&include),
                exclude: some(&exclude),
                reset: some(&reset),
                ..ChangeForm::default()
            },
            Self::Delete { of, id, base } => {
                ChangeForm { delete: Some(of), id: Some(id), base: Some(base), ..ChangeForm::default() }
            }
            Self::Restore { of, id, base } => {
                ChangeForm { restore: Some(of), id: Some(id), base: Some(base), ..ChangeForm::default() }
            }
        };
        form.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        ChangeForm::deserialize(d)?.read(true).map_err(|words| de::Error::custom(Words(words)))
    }
}

impl ChangeForm {
    fn read(self, needs_base: bool) -> Result<Change, &'static str> {
        if [&self.insert, &self.update, &self.delete, &self.restore].iter().all(|verb| verb.is_none()) {
            return Err(
                "a change has one of the verbs insert, update, delete, restore with the record's type",
            );
        }
        let id = self.id.ok_or("a change needs the id of its record")?;
        let base = match (self.base, needs_base) {
            (Some(base), _) => Ok(base),
            (None, true) => Err("a change of an existing record needs its base"),
            (None, false) => Ok(Version::ZERO),
        };
        let edits = [&self.set, &self.add, &self.count, &self.include, &self.exclude, &self.reset];
        let edits = edits.iter().any(|edit| edit.is_some());
        match (self.insert, self.update, self.delete, self.restore) {
            (Some(of), None, None, None) if !edits && self.base.is_none() => {
                Ok(Change::Insert { of, id, fields: self.fields.unwrap_or_default() })
            }
            (None, Some(of), None, None) if edits && self.fields.is_none() => Ok(Change::Update {
                of,
                id,
                base: base?,
                set: self.set.unwrap_or_default(),
                add: self.add.unwrap_or_default(),
                count: self.count.unwrap_or_default(),
                include: self.include.unwrap_or_default(),
                exclude: self.exclude.unwrap_or_default(),
                reset: self.reset.unwrap_or_default(),
            }),
            (None, None, Some(of), None) if !edits && self.fields.is_none() => {
                Ok(Change::Delete { of, id, base: base? })
            }
            (None, None, None, Some(of)) if !edits && self.fields.is_none() => {
                Ok(Change::Restore { of, id, base: base? })
            }
            _ => Err(
                "a change is one of: insert with fields; update with set, add, count, include, exclude or reset; delete; restore",
            ),
        }
    }
}

/// A change as an app asks for it: without a base, which the engine knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted(pub Change);

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let form = ChangeForm::deserialize(d)?;
        if form.base.is_some() {
            return Err(de::Error::custom(Words("the base is filled in by the device")));
        }
        form.read(false).map(Wanted).map_err(|words| de::Error::custom(Words(words)))
    }
}

/// What an op does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PayloadForm", into = "PayloadForm")]
pub struct Payload {
    /// Its changes, made together or not at all, in this order. None where it is about something and no
    /// `Replaces`.
    pub changes: Vec<Change>,
    /// The other op, or the person, that it is about.
    pub about: Option<About>,
}

impl From<Vec<Change>> for Payload {
    fn from(changes: Vec<Change>) -> Self {
        Self { changes, about: None }
    }
}

/// What an op has to do with another, or with a person.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// It is sent in the place of one that was refused.
    Replaces(OpId),
    /// It settles a conflict.
    Resolves(Resolution),
    /// It takes another op of this device back. What that means is worked out where it is ordered (rule 11).
    Undoes(OpId),
    /// It gives up one that is held or was refused, with all that depends on it.
    Discards(OpId),
    /// It is about no op but about a person: says what that person is in the workspace.
    Member(Membership),
    /// It is about no op but about a person: says what that person is in a scope.
    Grant(Granting),
    /// It is about what was lost with the histories before this one: nobody waits for that any longer (rule 6).
    Closes(Epoch),
}

impl About {
    /// The other op, where it is about one. A conflict has the id of the op that is held.
    pub fn target(&self) -> Option<OpId> {
        match self {
            Self::Replaces(op) | Self::Undoes(op) | Self::Discards(op) => Some(*op),
            Self::Resolves(resolution) => Some(resolution.conflict),
            Self::Member(_) | Self::Grant(_) | Self::Closes(_) => None,
        }
    }
}

/// What a person decided about a conflict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// The op that is held.
    pub conflict: OpId,
    /// The version of the pair that the person saw: of the conflicting units and of nothing else (rule 26).
    pub pair: Version,
    /// One for each unit of the conflict.
    pub choices: Vec<Choice>,
}

/// What a person decided about one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ChoiceForm", into = "ChoiceForm")]
pub struct Choice {
    /// The record's type.
    pub of: String,
    /// The record.
    pub id: RecordId,
    /// The field or group; `None`: whether the record is there at all.
    pub unit: Option<String>,
    /// Which value it gets.
    pub take: Take,
}

/// Which value a unit gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Take {
    /// That of the held op. Of a key that two records share: both stay.
    Mine,
    /// That in force.
    Theirs,
    /// Another: one for each field of the unit.
    Value(Fields),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceForm {
    #[serde(rename = "type")]
    of: String,
    id: RecordId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    take: TakeName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Fields>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TakeName {
    Mine,
    Theirs,
    Value,
}

impl From<Choice> for ChoiceForm {
    fn from(Choice { of, id, unit, take }: Choice) -> Self {
        let (take, value) = match take {
            Take::Mine => (TakeName::Mine, None),
            Take::Theirs => (TakeName::Theirs, None),
            Take::Value(fields) => (TakeName::Value, Some(fields)),
        };
        Self { of, id, unit, take, value }
    }
}

impl TryFrom<ChoiceForm> for Choice {
    type Error = Words;
    fn try_from(form: ChoiceForm) -> Result<Self, Words> {
        let ChoiceForm { of, id, unit, take, value } = form;
        let take = match (take, value) {
            (TakeName::Mine, None) => Take::Mine,
            (TakeName::Theirs, None) => Take::Theirs,
            (TakeName::Value, Some(fields)) => Take::Value(fields),
            _ => return Err(Words("a choice takes mine, theirs, or value with the fields' values")),
        };
        Ok(Self { of, id, unit, take })
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PayloadForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Change>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<OpId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolves: Option<Resolution>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<OpId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discards: Option<OpId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<Membership>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<Granting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes: Option<Epoch>,
}

impl From<Payload> for PayloadForm {
    fn from(Payload { changes, about }: Payload) -> Self {
        let empty = Self::default();
        match about {
            None => Self { changes: Some(changes), ..empty },
            Some(About::Replaces(op)) => Self { changes: Some(changes), replaces: Some(op), ..empty },
            Some(About::Resolves(resolution)) => Self { resolves: Some(resolution), ..empty },
            Some(About::Undoes(op)) => Self { undoes: Some(op), ..empty },
            Some(About::Discards(op)) => Self { discards: Some(op), ..empty },
            Some(About::Member(membership)) => Self { member: Some(membership), ..empty },
            Some(About::Grant(granting)) => Self { grant: Some(granting), ..empty },
            Some(About::Closes(epoch)) => Self { closes: Some(epoch), ..empty },
        }
    }
}

impl TryFrom<PayloadForm> for Payload {
    type Error = Words;
    fn try_from(form: PayloadForm) -> Result<Self, Words> {
        let PayloadForm { changes, replaces, resolves, undoes, discards, member, grant, closes } = form;
        let about: Vec<About> = [
            replaces.map(About::Replaces),
            resolves.map(About::Resolves),
            undoes.map(About::Undoes),
            discards.map(About::Discards),
            member.map(About::Member),
            grant.map(About::Grant),
            closes.map(About::Closes),
        ]
        .into_iter()
        .flatten()
        .collect();
        match (changes, &about[..]) {
            (Some(changes), []) => Ok(Self { changes, about: None }),
            (Some(changes), [About::Replaces(op)]) => Ok(Self { changes, about: Some(About::Replaces(*op)) }),
            (None, [one]) if !matches!(one, About::Replaces(_)) => {
                Ok(Self { changes: Vec::new(), about: Some(one.clone()) })
            }
            _ => Err(Words(
                "an action has changes, or else one of: resolves, undoes, discards, member, grant, closes",
            )),
        }
    }
}

/// One user action. Its bytes are made once, on its device, and never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Op {
    /// Its identity, made with it.
    pub op_id: OpId,
    /// The workspace that it belongs to.
    pub workspace_id: WorkspaceId,
    /// Who acted.
    pub user_id: UserId,
    /// Where.
    pub device_id: DeviceId,
    /// Its place in the log of that device.
    pub seq: Seq,
    /// The action's name in the schema, or `edit`.
    #[serde(rename = "type")]
    pub action: String,
    /// What it does.
    pub payload: Payload,
    /// Names the occasion: a second op with this key, type and key fields is the same act.
    pub idempotency_key: String,
    /// What the device's clock said.
    pub created_at: WallTime,
    /// The device's hybrid stamp.
    pub hlc: Hlc,
    /// The schema version that it was written under.
    pub schema: u32,
    /// The device's cursor when the user acted. A rebase never rewrites it, nor any base.
    pub seen: Cursor,
    /// The hash of the op before it in this log; zeros for the first.
    pub previous: Hash,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198c0de-7a11-7000-8000-00000000002a";

    #[test]
    fn every_verb_reads_back_as_it_was_written() {
        for text in [
            format!(r#"{{"insert":"invoice","id":"{ID}","fields":{{"number":"A3","total":"118.50"}}}}"#),
            format!(r#"{{"update":"product","id":"{ID}","base":1311,"add":{{"stock":-2}}}}"#),
            format!(
                r#"{{"update":"product","id":"{ID}","base":1,"set":{{"a":null}},"include":{{"t":["x"]}},"exclude":{{"t":["y"]}}}}"#
            ),
            format!(r#"{{"delete":"draft","id":"{ID}","base":77}}"#),
            format!(r#"{{"restore":"draft","id":"{ID}","base":77}}"#),
            format!(r#"{{"update":"product","id":"{ID}","base":1,"count":{{"stock":40}}}}"#),
            format!(r#"{{"update":"meter","id":"{ID}","base":1,"reset":{{"highest":0}}}}"#),
        ] {
            let change: Change = json::parse(&text).expect("a change");
            assert_eq!(json::write(&change), text);
        }
    }

    #[test]
    fn an_op_has_changes_or_is_about_another() {
        for text in [
            r#"{"changes":[]}"#.to_owned(),
            format!(r#"{{"changes":[],"replaces":"{ID}"}}"#),
            format!(r#"{{"undoes":"{ID}"}}"#),
            format!(r#"{{"discards":"{ID}"}}"#),
            format!(r#"{{"member":{{"user":"{ID}","name":"Ann","role":"cashier"}}}}"#),
            format!(r#"{{"grant":{{"user":"{ID}","scope":"floor/{ID}","role":"nobody"}}}}"#),
            format!(r#"{{"grant":{{"user":"{ID}","scope":"floor/{ID}"}}}}"#),
            format!(
                r#"{{"resolves":{{"conflict":"{ID}","pair":7,"choices":[{{"type":"a","id":"{ID}","unit":"f","take":"mine"}},{{"type":"a","id":"{ID}","take":"theirs"}},{{"type":"a","id":"{ID}","unit":"g","take":"value","value":{{"x":1}}}}]}}}}"#
            ),
        ] {
            let payload: Payload = json::parse(&text).expect("a payload");
            assert_eq!(json::write(&payload), text);
        }
        for text in [
            "{}".to_owned(),
            format!(r#"{{"changes":[],"undoes":"{ID}"}}"#),
            format!(r#"{{"replaces":"{ID}"}}"#),
            format!(r#"{{"undoes":"{ID}","discards":"{ID}"}}"#),
            format!(r#"{{"changes":[],"member":{{"user":"{ID}","name":"Ann","role":"cashier"}}}}"#),
            format!(r#"{{"member":{{"user":"{ID}","name":"Ann","role":"Big Boss"}}}}"#),
            format!(r#"{{"grant":{{"user":"{ID}","scope":"floor","role":"viewer"}}}}"#),
            format!(
                r#"{{"resolves":{{"conflict":"{ID}","pair":7,"choices":[{{"type":"a","id":"{ID}","take":"value"}}]}}}}"#
            ),
        ] {
            assert!(json::parse::<Payload>(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_change_without_a_known_verb_hears_the_four() {
        for text in [format!(r#"{{"id":"{ID}"}}"#), format!(r#"{{"upsert":"a","id":"{ID}"}}"#)] {
            let words = json::parse::<Change>(&text).expect_err("no verb").reason;
            for verb in ["insert", "update", "delete", "restore"] {
                assert!(words.contains(verb), "{words}");
            }
        }
    }

    #[test]
    fn half_a_change_is_refused() {
        for text in [
            format!(r#"{{"insert":"a","update":"a","id":"{ID}","base":1,"set":{{}}}}"#),
            format!(r#"{{"update":"a","id":"{ID}","base":1}}"#),
            format!(r#"{{"update":"a","id":"{ID}","set":{{"f":1}}}}"#),
            format!(r#"{{"delete":"a","id":"{ID}","base":1,"fields":{{}}}}"#),
            format!(r#"{{"delete":"a","id":"{ID}","base":1,"extra":1}}"#),
            format!(r#"{{"update":"a","id":"{ID}","base":1,"set":{{"f":1,"f":2}}}}"#),
            r#"{"delete":"a","base":1}"#.to_owned(),
        ] {
            assert!(json::parse::<Change>(&text).is_err(), "{text}");
        }
    }
}
