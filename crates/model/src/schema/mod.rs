//! An app's record types: fields, kinds, merge rules, actions. Written in `schema.toml` (read by `toml` with one
//! error for each mistake, looked over by [`lint`]), sent between machines as JSON. What is read from JSON comes from
//! a server that checked it.

pub mod cards;
pub mod convert;
pub mod ladder;
#[cfg(all(test, feature = "toml"))]
mod life;
pub mod lint;
pub mod print;
mod sound;
pub mod steps;
pub mod succession;
pub mod system;
#[cfg(feature = "toml")]
pub mod toml;

use serde::{Deserialize, Serialize};

use crate::json::{Json, Words};
use crate::role::{ADMIN, Role};

pub use ladder::Ladder;
pub use steps::{Step, StepChange};

/// An app's record types and actions at one version. On the wire it names the app's types only; in memory
/// those of every app ([`system`]) stand behind them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SchemaForm", into = "SchemaForm")]
pub struct Schema {
    /// The app's name.
    pub name: String,
    /// Grows with each change of the schema.
    pub version: u32,
    /// The app's own roles, the highest first; those that every app has are not among them.
    pub roles: Vec<String>,
    /// In the order of the file.
    pub types: Vec<RecordType>,
    /// In the order of the file.
    pub actions: Vec<Action>,
    /// The words in which the app says how syncing stands.
    pub status: Vocabulary,
    /// What led to this version and to those before it, in the order of the file.
    pub steps: Vec<Step>,
}

/// The words in which an app says how syncing stands. Each suits a kind of work: see `docs/guide/status.md`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vocabulary {
    /// An icon and the connection beside it: a tick, an arrow that turns, a warning, a cross.
    Site,
    /// Three words: Synced, Syncing, Offline.
    Capture,
    /// The connection and how many actions wait.
    #[default]
    Counter,
}

impl Vocabulary {
    /// Every vocabulary, by its name in a schema.
    pub const ALL: [(&str, Self); 3] =
        [("site", Self::Site), ("capture", Self::Capture), ("counter", Self::Counter)];

    fn is_counter(&self) -> bool {
        *self == Self::Counter
    }
}

/// A type of record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordType {
    /// Also the name of its SQL table.
    pub name: String,
    /// The field that a person knows a record by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What people call one of these; without it the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    /// Records are made and then never changed or deleted.
    #[serde(default)]
    pub insert_only: bool,
    /// The rule of fields that name none, other than sets and series, and of groups that name none; `manual` also makes
    /// a delete against an edit a conflict.
    #[serde(default, skip_serializing_if = "Merge::is_last_synced")]
    pub merge: Merge,
    /// An edit that did not see the delete brings the record back, and a delete that did not see an edit is not done.
    /// Not together with `manual`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub edit_wins: bool,
    /// In the order of the file; also the order of columns.
    pub fields: Vec<Field>,
    /// Fields that merge as one value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Keys that two records may not share unseen; none of an insert-only type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<Unique>,
    /// How undo takes back a record of an insert-only type: by another record that counts against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<Counter>,
    /// The roles that may settle conflicts of this type; none named: whoever may act.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolve: Vec<String>,
    /// The roles that read its records, beside the owner; none named: everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readers: Vec<String>,
    /// The roles that make, change and delete its records, beside the owner; none named: whoever may act.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writers: Vec<String>,
    /// The required reference to the record in whose scope its records lie: in the one that this record opens, else
    /// where it lies itself. Without it they lie at the root.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
    /// Each of its records opens a scope.
    #[serde(default, skip_serializing_if = "is_false")]
    pub scope: bool,
    /// The fixed field that says how old its records are: a device may leave out those before a value of it, with all
    /// that they own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<String>,
    /// What `inside` names opens no scope itself, so its records move when that one does. Follows from the schema.
    #[serde(skip)]
    pub carried: bool,
    /// The places of the references whose target is not forgotten while a record of this type refers to it, though it be
    /// deleted: its owners, and what it lies in. Follows from the schema.
    #[serde(skip)]
    pub keeps: Vec<usize>,
    /// One of the types that every app has: written by the server, never by an op's changes.
    #[serde(skip)]
    pub system: bool,
}

/// Fields that mean something only together: a change of one carries all, and they merge as one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What a conflict calls it. No field of the type has this name.
    pub name: String,
    /// Its members, at least two, each in this group only. None of them is a delta, a set, a series, or part of a key.
    pub fields: Vec<String>,
    /// How concurrent changes of it merge: not by addition, not by the lowest or highest, not by the rank of a value.
    #[serde(default, skip_serializing_if = "Merge::is_last_synced")]
    pub merge: Merge,
    /// Of `priority-by-role`: the roles, the one that wins first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
}

/// A key that two live records may not share, unless the later was made by somebody who had seen the earlier.
/// A record with an empty key field has no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unique {
    /// The key's fields: no delta, set or JSON. `one-at-a-time = "invoice"` is the key of that one reference.
    pub fields: Vec<String>,
    /// Also to be asked about when the earlier record was seen.
    #[serde(default, skip_serializing_if = "is_false")]
    pub always: bool,
}

/// The record that takes another of its insert-only type back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// Number fields that it holds with the other sign. The other fields are copied.
    pub negate: Vec<String>,
    /// The reference of the type to itself that names the record taken back. It may be empty.
    pub of: String,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A field of a record type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Also the name of its SQL column.
    pub name: String,
    /// What people call it; without it the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    /// What it holds.
    pub kind: Kind,
    /// How concurrent changes of it merge. A group's members merge by the group's rule.
    pub merge: Merge,
    /// Of `priority`: each value once, the one that wins first. Of `priority-by-role`: roles, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// A text that the device numbers: each record gets the next number of the device's own series, and no app names it.
    /// A type has at most one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub series: bool,
    /// Written when its record is made, and never after.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fixed: bool,
    /// Whether it may not be empty.
    #[serde(default)]
    pub required: bool,
    /// What an insert that does not name it gives it; `Null` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    /// The roles that read it, of those that read the type; none named: all of those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readers: Vec<String>,
    /// The roles that write it, of those that write the type and read it; none named: all of those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writers: Vec<String>,
    /// It was dropped by a step: kept by the server for devices of older versions, and named by no newer one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub retired: bool,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kind {
    /// Text of at most `max` characters.
    Text {
        /// In Unicode scalar values.
        max: u32,
    },
    /// A whole number of at most 18 digits.
    Integer,
    /// An exact decimal with `scale` places; at most 18 digits in all.
    Decimal {
        /// Places behind the point, at most 9.
        scale: u8,
    },
    /// An exact amount in one currency.
    Money {
        /// Its three letters, as in ISO 4217.
        currency: String,
        /// Places behind the point, at most 9.
        scale: u8,
    },
    /// True or false.
    Boolean,
    /// A day such as `2026-05-19`.
    Date,
    /// An instant, kept in UTC with milliseconds.
    Timestamp,
    /// One of some words.
    Enum {
        /// The words.
        values: Vec<String>,
    },
    /// Any JSON; merges as a whole.
    Json,
    /// A set of texts, of at most `max` elements.
    Set {
        /// Elements.
        max: u32,
    },
    /// The id of a record.
    Ref {
        /// Of this type.
        to: String,
        /// Whether that record owns this one: it is not shown without it.
        #[serde(default)]
        owner: bool,
        /// What becomes of this record when its owner is deleted; `Cascade` where it has none.
        #[serde(default, skip_serializing_if = "OnDelete::is_cascade")]
        on_delete: OnDelete,
    },
    /// The SHA-256 of a blob.
    Blob,
}

/// What becomes of a record when the one that owns it is deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDelete {
    /// It is shown no longer, and again when the owner comes back.
    #[default]
    Cascade,
    /// The owner cannot be deleted while it is there.
    Refuse,
    /// The reference becomes what the named field of the owner refers to, which is of the owner's own type; without a
    /// field, empty.
    OrphanTo(Option<String>),
}

impl OnDelete {
    fn is_cascade(&self) -> bool {
        *self == Self::Cascade
    }
}

/// How concurrent changes of a field merge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Merge {
    /// The edit that reaches the server last wins; the other stays in the history.
    #[default]
    LastSynced,
    /// The edit with the later hybrid stamp wins, none of which is ahead of the server's clock; the other stays in the
    /// history.
    LastWritten,
    /// Only ever added to, after its first value: all additions count.
    Delta,
    /// Only ever lowered, but by a reset: the lowest that was written counts.
    Min,
    /// Only ever raised, but by a reset: the highest that was written counts.
    Max,
    /// The value that stands first in the declared order wins; the other stays in the history.
    Priority,
    /// The edit by the role that stands first in the declared order wins; of equal roles the last to arrive.
    PriorityByRole,
    /// A person decides.
    Manual,
}

impl Merge {
    fn is_last_synced(&self) -> bool {
        *self == Self::LastSynced
    }
    /// Whether only the lowest, or only the highest, of what is written counts.
    pub fn is_bound(self) -> bool {
        matches!(self, Self::Min | Self::Max)
    }
}

/// A kind of op that the app makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The op's `type`, such as `pos.bill.create`.
    pub name: String,
    /// `record-type.field` each: an op with the same idempotency key, action and values of these is the same act.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// What a person did, after their name: `moved {asset} on {asset.floor}`. Told by [`crate::words`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// The action that takes this one back, where deleting what it made would lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// Of an action that takes another back: `record-type.field` := value for each record that the other made, of a type
    /// whose records may be changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<(String, Json)>,
    /// The roles that do it, beside the owner; none named: whoever may act.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<String>,
}

/// The action of an op that an app gave no name: any changes of any records.
pub const EDIT: &str = "edit";
/// The action of an op that settles a conflict.
pub const RESOLVE: &str = "conflict.resolve";
/// The action of an op that takes another back whose action names no other way.
pub const UNDO: &str = "undo";
/// The action of an op that takes an undo back.
pub const REDO: &str = "redo";
/// The action of an op that gives up one that is held or was refused.
pub const DISCARD: &str = "discard";
/// The action of an op that says what a person is in the workspace.
pub const MEMBER_ROLE: &str = "member.role";
/// The action of an op that says what a member is in a scope.
pub const MEMBER_GRANT: &str = "member.grant";
/// The action of an op that ends the waiting for what a server lost.
pub const RECOVERY_CLOSE: &str = "recovery.close";
/// The actions that every app has.
pub const BUILT_IN: [&str; 8] =
    [EDIT, RESOLVE, UNDO, REDO, DISCARD, MEMBER_ROLE, MEMBER_GRANT, RECOVERY_CLOSE];

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaForm {
    name: String,
    version: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    types: Vec<RecordType>,
    actions: Vec<Action>,
    #[serde(default, skip_serializing_if = "Vocabulary::is_counter")]
    status: Vocabulary,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    steps: Vec<Step>,
}

impl TryFrom<SchemaForm> for Schema {
    type Error = Words;
    fn try_from(form: SchemaForm) -> Result<Self, Words> {
        let SchemaForm { name, version, roles, types, actions, status, steps } = form;
        let schema = Self { roles, status, steps, ..Self::new(&name, version, types, actions) };
        match sound::is_sound(&schema) {
            true => Ok(schema),
            false => Err(Words("a schema that does not hold together")),
        }
    }
}

impl From<Schema> for SchemaForm {
    fn from(Schema { name, version, roles, mut types, actions, status, steps }: Schema) -> Self {
        types.retain(|ty| !ty.system);
        Self { name, version, roles, types, actions, status, steps }
    }
}

impl Schema {
    /// An app's types and actions, with the types that every app has behind them.
    pub fn new(name: &str, version: u32, mut types: Vec<RecordType>, actions: Vec<Action>) -> Self {
        let opens: Vec<String> = types.iter().filter(|ty| ty.scope).map(|ty| ty.name.clone()).collect();
        for ty in &mut types {
            let around = ty.inside_of().map(|(_, to)| to.to_owned());
            ty.carried = around.is_some_and(|to| !opens.contains(&to));
        }
        let mortal: Vec<String> =
            types.iter().filter(|ty| ty.is_mortal()).map(|ty| ty.name.clone()).collect();
        for ty in &mut types {
            let inside = ty.inside_of().map(|(place, _)| place);
            let keeps = |(place, field): (usize, &Field)| match &field.kind {
                Kind::Ref { to, owner, .. } => {
                    ((*owner || inside == Some(place)) && mortal.contains(to)).then_some(place)
                }
                _ => None,
            };
            ty.keeps = ty.fields.iter().enumerate().filter_map(keeps).collect();
        }
        types.extend(system::types());
        let (name, roles, status) = (name.to_owned(), Vec::new(), Vocabulary::default());
        Self { name, version, roles, types, actions, status, steps: Vec::new() }
    }
    /// As a device has it: without what was dropped.
    pub fn shown(&self) -> Self {
        let mut shown = self.clone();
        shown.types.iter_mut().for_each(|ty| ty.fields.retain(|field| !field.retired));
        shown
    }
    /// Whether devices may hold parts of a workspace, so that what a record refers to may be elsewhere.
    pub fn is_in_parts(&self) -> bool {
        self.types.iter().any(|ty| ty.scope || ty.prune.is_some())
    }
    /// The place of a type among all.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.types.iter().position(|ty| ty.name == name)
    }
    /// The record type of a name.
    pub fn find(&self, name: &str) -> Option<&RecordType> {
        self.types.iter().find(|ty| ty.name == name)
    }
    /// Whether a role may be given to somebody: one that every app has, or one of this app.
    pub fn has_role(&self, role: &Role) -> bool {
        match role {
            Role::App(name) => self.roles.contains(name),
            Role::Nobody | Role::Viewer | Role::Member | Role::Admin | Role::Owner => true,
        }
    }
    /// The roles that stand between an owner and a member, the highest first: the app's, and `admin` where the app does not place it.
    pub fn own_roles(&self) -> impl Iterator<Item = Role> {
        let unplaced = (!self.roles.iter().any(|role| role == ADMIN)).then_some(Role::Admin);
        self.roles.iter().map(|role| Role::of_schema(role)).chain(unplaced)
    }
    /// The roles that may be given to somebody, as one text: the app's, then those that every app has.
    pub fn role_names(&self) -> String {
        let own = self.roles.iter().map(String::as_str);
        let unplaced = (!self.roles.iter().any(|role| role == ADMIN)).then_some(ADMIN);
        let every = ["owner"].into_iter().chain(unplaced).chain(["member", "viewer"]);
        own.chain(every).collect::<Vec<_>>().join(", ")
    }
    /// The declared action of a name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }
}

impl RecordType {
    /// The place of a field among its type's.
    pub fn position(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name == field)
    }
    /// The reference that says where its records lie: the field's place, and the type that it refers to.
    pub fn inside_of(&self) -> Option<(usize, &str)> {
        let place = self.position(self.inside.as_deref()?)?;
        match &self.fields[place].kind {
            Kind::Ref { to, .. } => Some((place, to)),
            _ => None,
        }
    }
    /// Whether its records are ever deleted: what is only inserted stays, and what has a number.
    pub fn is_mortal(&self) -> bool {
        !self.system && !self.insert_only && !self.fields.iter().any(|field| field.series && field.required)
    }
    /// A type of some fields, and nothing else said.
    pub fn new(name: &str, fields: Vec<Field>) -> Self {
        Self {
            name: name.to_owned(),
            label: None,
            called: None,
            insert_only: false,
            merge: Merge::LastSynced,
            edit_wins: false,
            fields,
            groups: Vec::new(),
            unique: Vec::new(),
            counter: None,
            resolve: Vec::new(),
            readers: Vec::new(),
            writers: Vec::new(),
            inside: None,
            scope: false,
            prune: None,
            carried: false,
            keeps: Vec::new(),
            system: false,
        }
    }
    /// The place of the group that a field belongs to.
    pub fn group_of(&self, field: usize) -> Option<usize> {
        let name = &self.fields[field].name;
        self.groups.iter().position(|group| group.fields.contains(name))
    }
    /// The merge rule of a field: its group's, if it has one.
    pub fn rule(&self, field: usize) -> Merge {
        match self.group_of(field) {
            Some(group) => self.groups[group].merge,
            None => self.fields[field].merge,
        }
    }
    /// The order of a field's values or roles: its group's, if it has one. The one that wins stands first.
    pub fn order(&self, field: usize) -> &[String] {
        match self.group_of(field) {
            Some(group) => &self.groups[group].order,
            None => &self.fields[field].order,
        }
    }
    /// The fields that merge as one with a field, itself included, and the name of that unit.
    pub fn unit(&self, field: usize) -> (&str, Vec<usize>) {
        match self.group_of(field) {
            Some(group) => {
                let group = &self.groups[group];
                (&group.name, group.fields.iter().filter_map(|name| self.position(name)).collect())
            }
            None => (&self.fields[field].name, vec![field]),
        }
    }
    /// What people call one of these.
    pub fn spoken(&self) -> String {
        self.called.clone().unwrap_or_else(|| self.name.replace('_', " "))
    }
}

impl Field {
    /// A field that takes anything of its kind, and nothing else said.
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            called: None,
            kind,
            merge: Merge::LastSynced,
            order: Vec::new(),
            series: false,
            fixed: false,
            required: false,
            default: None,
            readers: Vec::new(),
            writers: Vec::new(),
            retired: false,
        }
    }
    /// What a record holds in it when nobody said: the default, zero where additions are counted, else nothing.
    pub fn unsaid(&self) -> Json {
        match (&self.default, self.merge, self.kind.scale(), &self.kind) {
            (Some(default), ..) => default.clone(),
            (None, Merge::Delta, Some(_), Kind::Integer) => Json::Int(0),
            (None, Merge::Delta, Some(scale), _) => Json::Text(crate::decimal::Scaled(0, scale).to_string()),
            _ => Json::Null,
        }
    }
    /// What people call it.
    pub fn spoken(&self) -> String {
        self.called.clone().unwrap_or_else(|| self.name.replace('_', " "))
    }
}

impl Action {
    /// An action of a name, and nothing else said.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            key: Vec::new(),
            says: None,
            undo: None,
            sets: Vec::new(),
            actors: Vec::new(),
        }
    }
}

impl Kind {
    /// The decimal places of an exact number, `None` for what is no number.
    pub fn scale(&self) -> Option<u8> {
        match self {
            Self::Integer => Some(0),
            Self::Decimal { scale } | Self::Money { scale, .. } => Some(*scale),
            _ => None,
        }
    }
}
