//! Who is what, read from the list: the last that an owner said of a person is what that person is (rule 32). And what
//! the schema lets that person write.

use std::collections::BTreeMap;

use fieldbook_model::op::About;
use fieldbook_model::schema::{Field, RecordType};
use fieldbook_model::{Code, Granting, Membership, Op, OpId, RecordId, Scope, UserId, Value, Version};

use crate::asked::{Asked, Verb, first_value};
use crate::clash::fields_of;
use crate::conflict::UnitSeen;
use crate::history::{NOW, Standing, What};
use crate::offer::Member;
use crate::said::{Part, Ruling};
use crate::server::Reference;

/// What a person is: a role everywhere, and others in scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Where no scope says otherwise.
    pub role: String,
    /// By the scope's text.
    pub grants: BTreeMap<String, String>,
}

/// What an op writes to one record: its type, and the fields; none where it makes, deletes or restores it only.
struct Writes<'s> {
    ty: &'s RecordType,
    id: RecordId,
    fields: Vec<&'s Field>,
    /// Whether it makes the record.
    makes: bool,
    /// What it says the record lies in from then on.
    inside: Option<RecordId>,
}

fn acts(role: &str) -> bool {
    role != "viewer" && role != "nobody"
}

/// Whether one of some roles is meant; no list means everybody, and the owner is on every list.
pub(crate) fn on(list: &[String], role: &str) -> bool {
    role == "owner" || list.is_empty() || list.iter().any(|it| it == role)
}

fn writes(ty: &RecordType, role: &str) -> bool {
    acts(role) && on(&ty.writers, role) && on(&ty.readers, role)
}

/// What people are.
impl<'s> Reference<'s> {
    /// What a person is by now; `None` where nobody ever said.
    pub fn person(&self, user: UserId) -> Option<Person> {
        self.person_before(user, NOW)
    }

    /// Whether what lies in a scope was closed to a person at a version: by the innermost grant around it.
    pub fn is_closed(&self, user: UserId, scope: (&str, RecordId), at: Version) -> bool {
        let Some(person) = self.person_before(user, at.next()) else { return false };
        granted(&person.grants, &person.role, &self.within(scope.0, scope.1, at)) == "nobody"
    }

    pub(crate) fn person_before(&self, user: UserId, end: Version) -> Option<Person> {
        let mut person: Option<Person> = None;
        let events = self.history.events.iter().filter(|event| event.version < end);
        for event in events.filter(|event| event.ruling == Ruling::Committed) {
            match event.op.as_ref().and_then(|op| op.payload.about.as_ref()) {
                Some(About::Member(it)) if it.user == user => {
                    let kept = person.take().filter(|_| it.role.reads()).map(|person| person.grants);
                    person = Some(Person { role: it.role.to_string(), grants: kept.unwrap_or_default() });
                }
                Some(About::Grant(it)) if it.user == user => {
                    let person = person.as_mut().expect("BUG: a grant to nobody");
                    person.grants.remove(&it.scope.to_string());
                    person.grants.extend(it.role.iter().map(|role| (it.scope.to_string(), role.to_string())));
                }
                _ => {}
            }
        }
        person
    }

    /// What the author of the last event is, at its place.
    pub(crate) fn author(&self, by: &Member) -> Person {
        let said = self.person_before(by.user, self.history.head());
        let said = said.filter(|_| by.user.bytes() != by.workspace.bytes());
        said.unwrap_or_else(|| Person { role: by.role.clone(), grants: BTreeMap::new() })
    }

    /// Whether a person may change anything anywhere.
    pub(crate) fn acts_somewhere(&self, by: &Member) -> bool {
        let person = self.author(by);
        acts(&person.role) || person.grants.values().any(|role| acts(role))
    }

    /// The scopes in which a record lay at a time, the innermost first.
    fn around(&self, of: &str, id: RecordId, until: Version) -> Vec<Scope> {
        let Some(ty) = self.history.schema.find(of) else { return Vec::new() };
        let Some((field, to)) = ty.inside_of() else { return Vec::new() };
        match self.history.record(of, id, until).map(|held| held.row[field].clone()) {
            Some(Value::Ref(parent)) => self.within(to, parent, until),
            _ => Vec::new(),
        }
    }

    /// The scopes around what lies in a record.
    fn within(&self, of: &str, id: RecordId, until: Version) -> Vec<Scope> {
        let opens = self.history.schema.find(of).is_some_and(|ty| ty.scope);
        let own = opens.then(|| Scope { of: of.to_owned(), id });
        own.into_iter().chain(self.around(of, id, until)).collect()
    }

    fn role_at(&self, person: &Person, of: &str, id: RecordId) -> String {
        granted(&person.grants, &person.role, &self.around(of, id, NOW)).to_owned()
    }

    /// What a change of a record has on its side: the role of its author where the record lay before the event at hand, or
    /// lies since it.
    pub(crate) fn weighed(&self, by: &Standing, of: &str, id: RecordId) -> Standing {
        if by.grants.is_empty() {
            return by.clone();
        }
        let before = Version(self.history.head().0.saturating_sub(1));
        let then = if self.history.exists(of, id, before) { before } else { NOW };
        let role = granted(&by.grants, &by.role, &self.around(of, id, then)).to_owned();
        Standing { role, grants: BTreeMap::new(), hlc: by.hlc }
    }
}

/// The role in a place: of the innermost scope that has a grant.
pub(crate) fn granted<'p>(grants: &'p BTreeMap<String, String>, role: &'p str, around: &[Scope]) -> &'p str {
    around.iter().find_map(|scope| grants.get(&scope.to_string())).map_or(role, String::as_str)
}

/// What some values say that a record lies in.
fn inside_of<'v>(ty: &RecordType, value: impl FnOnce(usize) -> Option<&'v Value>) -> Option<RecordId> {
    match value(ty.inside_of()?.0)? {
        Value::Ref(id) => Some(*id),
        _ => None,
    }
}

/// What an owner says.
impl Reference<'_> {
    pub(crate) fn member(&self, by: &Member, it: &Membership) -> Result<Ruling, Code> {
        let chars = it.name.chars().count();
        if self.author(by).role != "owner" {
            return Err(Code::NoPermission);
        }
        let fits = (1..=100).contains(&chars) && !it.name.chars().any(char::is_control);
        if !self.is_role(it.role.name()) || !fits || it.user.bytes() == by.workspace.bytes() {
            return Err(Code::WrongValue);
        }
        let before = |user| self.person_before(user, self.history.head());
        let is_owner = |user| before(user).is_some_and(|person| person.role == "owner");
        let steps_down = it.role.name() != "owner" && is_owner(it.user);
        let told = self.history.events.iter().filter_map(|event| event.op.as_ref()?.payload.about.as_ref());
        let mut others = told.filter_map(|about| match about {
            About::Member(other) if other.user != it.user => Some(other.user),
            _ => None,
        });
        match steps_down && !others.any(is_owner) {
            true => Err(Code::LastOwner),
            false => Ok(Ruling::Committed),
        }
    }

    pub(crate) fn grant(&self, by: &Member, it: &Granting) -> Result<Ruling, Code> {
        if self.author(by).role != "owner" {
            return Err(Code::NoPermission);
        }
        if it.role.as_ref().is_some_and(|role| !self.is_role(role.name())) {
            return Err(Code::WrongValue);
        }
        let is_member = self.person_before(it.user, self.history.head());
        let is_member = is_member.is_some_and(|person| person.role != "nobody");
        let opens = self.history.schema.find(&it.scope.of).is_some_and(|ty| ty.scope);
        match is_member && opens && self.history.exists(&it.scope.of, it.scope.id, NOW) {
            true => Ok(Ruling::Committed),
            false => Err(Code::UnknownRecord),
        }
    }

    fn is_role(&self, role: &str) -> bool {
        let every = ["owner", "admin", "member", "viewer", "nobody"];
        every.contains(&role) || self.history.schema.roles.iter().any(|own| own == role)
    }
}

/// What a person may.
impl<'s> Reference<'s> {
    /// Refuses an op with changes that its author may not make.
    pub(crate) fn may_make(&self, by: &Person, op: &Op, asks: &[Asked<'s>]) -> Result<(), Code> {
        let written = |asked: &Asked<'s>| {
            let fields = match &asked.verb {
                Verb::Insert(row) => not_default(asked.ty, row),
                Verb::Update(asks) => asks.iter().map(|(field, _)| *field).collect(),
                Verb::Delete | Verb::Restore => Vec::new(),
            };
            let around = asked.ty.inside.as_deref();
            let inside = inside_of(asked.ty, |place| match &asked.verb {
                Verb::Insert(row) => Some(&row[place]),
                Verb::Update(asks) => asks.iter().find_map(|(field, what)| match what {
                    What::Wrote(_, value) if Some(field.name.as_str()) == around => Some(value),
                    _ => None,
                }),
                Verb::Delete | Verb::Restore => None,
            });
            let makes = matches!(asked.verb, Verb::Insert(_));
            Writes { ty: asked.ty, id: asked.id, fields, makes, inside }
        };
        self.may_write(by, op, asks.iter().map(written).collect())
    }

    /// Refuses an undo of what its author may not change any more. One that cannot be undone at all is refused for
    /// that.
    pub(crate) fn may_undo(&self, by: &Member, op: &Op, target: OpId) -> Result<(), Code> {
        let event = self
            .history
            .events
            .iter()
            .find(|it| self.history.shares(by.device, it.device, it.seq) && it.op_id == target);
        let done = event.filter(|_| self.history.takes_back(by.device, op.op_id, target));
        let parts = done.and_then(|event| self.history.did(event)).map(|(_, parts)| parts);
        let mut effects: BTreeMap<usize, Vec<Part<'s>>> = BTreeMap::new();
        for part in parts.unwrap_or_default() {
            effects.entry(part.effect).or_default().push(part);
        }
        let mut written = Vec::new();
        for parts in effects.into_values() {
            match self.taken_back(op, &parts) {
                Some(writes) => written.extend(writes),
                None => return Ok(()),
            }
        }
        self.may_write(&self.author(by), op, written)
    }

    /// What an undo writes to take one effect back; `None` where it cannot.
    fn taken_back(&self, undo: &Op, parts: &[Part<'s>]) -> Option<Vec<Writes<'s>>> {
        let (of, id) = (parts[0].of, parts[0].id);
        let ty = self.history.schema.find(of).expect("BUG: an effect on no type");
        let field = |name: &str| ty.fields.iter().find(|field| field.name == name);
        let edit = |fields| Writes { ty, id, fields, makes: false, inside: None };
        let life = parts.iter().find(|part| part.field.is_none());
        let lived = life.and_then(|part| part.deed);
        let is_insert = life.is_some_and(|_| parts.len() > ty.fields.len());
        if is_insert && lived.is_none() {
            return Some(Vec::new());
        }
        if lived.is_some_and(|place| self.deed_at(place).what == What::Made) {
            let action = self.history.schema.action(&undo.action);
            let sets = action.map(|action| action.sets.as_slice()).unwrap_or_default();
            let sets = sets.iter().filter_map(|(path, _)| path.split_once('.'));
            let sets: Vec<&Field> =
                sets.filter(|(own, _)| *own == of).filter_map(|(_, name)| field(name)).collect();
            let numbered = ty.fields.iter().any(|field| field.series);
            return match &ty.counter {
                _ if ty.insert_only => {
                    let counter = ty.counter.as_ref()?;
                    let mut row = self.history.record(of, id, NOW)?.row;
                    row[ty.position(&counter.of)?] = Value::Ref(id);
                    let id = undo.op_id.derived(0);
                    let inside = inside_of(ty, |place| Some(&row[place]));
                    Some(vec![Writes { ty, id, fields: not_default(ty, &row), makes: true, inside }])
                }
                _ if !sets.is_empty() => Some(vec![edit(sets)]),
                _ if numbered => None,
                _ => Some(vec![edit(Vec::new())]),
            };
        }
        let wrote = |part: &&Part<'s>| part.has_inverse(ty);
        let fields: Vec<&Field> = parts.iter().filter(wrote).filter_map(|part| field(part.field?)).collect();
        let nothing = fields.is_empty() && lived.is_none();
        let back = |place: usize| {
            let own =
                parts.iter().filter(wrote).find(|part| part.field == Some(ty.fields[place].name.as_str()));
            own.map(|part| &part.before)
        };
        let inside = inside_of(ty, back);
        Some(if nothing { Vec::new() } else { vec![Writes { inside, ..edit(fields) }] })
    }

    fn may_write(&self, person: &Person, op: &Op, written: Vec<Writes<'s>>) -> Result<(), Code> {
        let action = self.history.schema.action(&op.action);
        let does = |role: &str| action.is_none_or(|action| acts(role) && on(&action.actors, role));
        if written.is_empty() && !does(&person.role) {
            return Err(Code::NoPermission);
        }
        let may = |it: &Writes<'s>| {
            let here = (!it.makes).then(|| self.around(&it.ty.name, it.id, NOW));
            let there = (it.makes || it.inside.is_some()).then(|| self.destined(it, &written));
            here.into_iter().chain(there).all(|around| {
                let role = granted(&person.grants, &person.role, &around);
                does(role) && writes(it.ty, role) && it.fields.iter().all(|field| of_field(field, role))
            })
        };
        if written.iter().all(may) { Ok(()) } else { Err(Code::NoPermission) }
    }

    /// The scopes around a record as an op leaves it, which may make what it lies in.
    fn destined(&self, it: &Writes<'s>, all: &[Writes<'s>]) -> Vec<Scope> {
        let Some((parent, (_, to))) = it.inside.zip(it.ty.inside_of()) else { return Vec::new() };
        let made = all.iter().find(|other| other.makes && other.ty.name == to && other.id == parent);
        let Some(made) = made.filter(|made| made.ty.name != it.ty.name) else {
            return self.within(to, parent, NOW);
        };
        let own = made.ty.scope.then(|| Scope { of: to.to_owned(), id: parent });
        own.into_iter().chain(self.destined(made, all)).collect()
    }

    /// Whether a person may decide about a unit of a conflict (rule 50).
    pub(crate) fn may_decide(&self, person: &Person, unit: &UnitSeen) -> bool {
        let ty = self.history.schema.find(&unit.of).expect("BUG: a unit of no type");
        let role = self.role_at(person, &unit.of, unit.id);
        let members = unit.unit.as_deref().map(|name| fields_of(ty, name)).unwrap_or_default();
        let mut fields = ty.fields.iter().filter(|field| members.contains(&field.name.as_str()));
        (ty.resolve.is_empty() || ty.resolve.contains(&role))
            && writes(ty, &role)
            && fields.all(|field| of_field(field, &role))
    }
}

fn of_field(field: &Field, role: &str) -> bool {
    on(&field.writers, role) && on(&field.readers, role)
}

/// The fields of a new record that hold something else than what nobody gave.
fn not_default<'s>(ty: &'s RecordType, row: &[Value]) -> Vec<&'s Field> {
    let given = ty.fields.iter().zip(row);
    given
        .filter(|(field, value)| first_value(field, None).as_ref() != Ok(*value))
        .map(|(field, _)| field)
        .collect()
}
