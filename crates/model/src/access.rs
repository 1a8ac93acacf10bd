//! What a person may read and do in a workspace: a role, and other roles in parts of it. One function of both and the
//! schema, asked by the device before an act and by the server for every op, row and event.

use serde::{Deserialize, Serialize};

use crate::refusal::{Code, Refusal};
use crate::role::Role;
use crate::schema::{Action, RecordType, Schema};
use crate::scope::Scope;

/// A person's rights at one version of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// The role where no grant says otherwise.
    pub role: Role,
    /// At most one for each scope, in the order of scopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
}

/// Another role in a scope and in all that lies in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Where.
    pub scope: Scope,
    /// What the person is there.
    pub role: Role,
}

impl Access {
    /// A role everywhere.
    pub fn everywhere(role: Role) -> Self {
        Self { role, grants: Vec::new() }
    }

    /// The role in a place: that of the innermost of the scopes around it that has a grant. `around` begins with
    /// the innermost.
    pub fn role_in<'a>(&self, around: impl IntoIterator<Item = &'a Scope>) -> &Role {
        let grant = |scope: &Scope| self.grants.iter().find(|grant| grant.scope == *scope);
        around.into_iter().find_map(grant).map_or(&self.role, |grant| &grant.role)
    }

    /// The same rights with another role in a scope; `None` takes the grant back.
    pub fn with(mut self, scope: Scope, role: Option<Role>) -> Self {
        self.grants.retain(|grant| grant.scope != scope);
        self.grants.extend(role.map(|role| Grant { scope, role }));
        self.grants.sort();
        self
    }
}

impl Default for Access {
    fn default() -> Self {
        Self::everywhere(Role::Nobody)
    }
}

/// What somebody hears whose role changes nothing.
pub fn idle(role: &Role) -> Refusal {
    let words = match role {
        Role::Nobody => {
            "You are no member of this workspace any more and may change nothing here.".to_owned()
        }
        _ => format!("Your role ({role}) may read here but change nothing."),
    };
    Refusal::new(Code::NoPermission, words)
}

/// Whether a list of roles lets a role through: an empty list everybody, and every list the owner.
fn lists(roles: &[String], role: &Role) -> bool {
    roles.is_empty() || *role == Role::Owner || roles.iter().any(|name| name == role.name())
}

/// Whether a role reads records of a type.
pub fn reads(ty: &RecordType, role: &Role) -> bool {
    role.reads() && lists(&ty.readers, role)
}

/// Whether a role reads a field of a type.
pub fn reads_field(ty: &RecordType, field: usize, role: &Role) -> bool {
    reads(ty, role) && lists(&ty.fields[field].readers, role)
}

/// Whether a role makes, changes and deletes records of a type.
pub fn writes(ty: &RecordType, role: &Role) -> bool {
    role.acts() && reads(ty, role) && lists(&ty.writers, role)
}

/// Whether a role writes a field of a type.
pub fn writes_field(ty: &RecordType, field: usize, role: &Role) -> bool {
    let of = &ty.fields[field];
    writes(ty, role) && lists(&of.readers, role) && lists(&of.writers, role)
}

/// Whether a role makes ops of an action.
pub fn acts(action: &Action, role: &Role) -> bool {
    role.acts() && lists(&action.actors, role)
}

/// What a role sees of each type, in the order of the schema: `None` for a type that it does not read, else its fields.
pub fn sight(schema: &Schema, role: &Role) -> Vec<Option<Vec<usize>>> {
    let fields = |ty: &RecordType| (0..ty.fields.len()).filter(|at| reads_field(ty, *at, role)).collect();
    schema.types.iter().map(|ty| reads(ty, role).then(|| fields(ty))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecordId;

    fn scope(of: &str, n: u8) -> Scope {
        Scope { of: of.to_owned(), id: RecordId::from_bytes([n; 16]) }
    }

    #[test]
    fn the_innermost_grant_decides() {
        let (estate, floor) = (scope("estate", 1), scope("floor", 2));
        let access = Access::everywhere(Role::Viewer).with(estate.clone(), Some(Role::Member));
        assert_eq!(access.role_in([&floor, &estate]), &Role::Member);
        let closed = access.clone().with(floor.clone(), Some(Role::Nobody));
        assert_eq!(closed.role_in([&floor, &estate]), &Role::Nobody);
        assert_eq!(closed.role_in([&estate]), &Role::Member);
        assert_eq!(closed.role_in([]), &Role::Viewer);
        assert_eq!(closed.with(floor, None), access);
    }
}
