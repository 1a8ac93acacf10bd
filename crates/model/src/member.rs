//! Members and grants: what an owner says about a person, and the records that the server keeps of it.

use serde::{Deserialize, Serialize};

use crate::id::{RecordId, UserId};
use crate::role::Role;
use crate::scope::Scope;

/// What an owner makes of a person in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Who.
    pub user: UserId,
    /// What people call that person.
    pub name: String,
    /// The role from now on, where no grant says otherwise; [`Role::Nobody`] removes the person.
    pub role: Role,
}

impl Membership {
    /// The id of a person's record.
    pub const fn record(user: UserId) -> RecordId {
        RecordId::from_bytes(*user.bytes())
    }
    /// Whose record it is.
    pub const fn user(record: RecordId) -> UserId {
        UserId::from_bytes(*record.bytes())
    }
}

/// What an owner makes of a member in one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granting {
    /// Who.
    pub user: UserId,
    /// Where, and in all that lies there.
    pub scope: Scope,
    /// The role there from now on; `None` takes the grant back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

impl Granting {
    /// The id of the record of a person's grant in a scope.
    pub fn record(user: UserId, scope: &Scope) -> RecordId {
        RecordId::named(&format!("{user}/{scope}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_person_has_one_record_and_one_for_each_scope() {
        let user = |n: u8| UserId::from_bytes([n; 16]);
        let scope = |n: u8| Scope { of: "floor".into(), id: RecordId::from_bytes([n; 16]) };
        assert_eq!(Membership::user(Membership::record(user(7))), user(7));
        assert_eq!(Granting::record(user(1), &scope(2)), Granting::record(user(1), &scope(2)));
        assert_ne!(Granting::record(user(1), &scope(2)), Granting::record(user(2), &scope(2)));
        assert_ne!(Granting::record(user(1), &scope(2)), Granting::record(user(1), &scope(3)));
    }

    #[test]
    fn a_grant_that_is_taken_back_names_no_role() {
        let text = r#"{"user":"01010101-0101-0101-0101-010101010101","scope":"floor/02020202-0202-0202-0202-020202020202"}"#;
        let granting: Granting = json::parse(text).expect("a grant");
        assert_eq!((granting.role.clone(), json::write(&granting)), (None, text.to_owned()));
    }
}
