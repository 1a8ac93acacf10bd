//! What this device's user may do: by the member record and the grants that are here, else by the role of the last
//! sign-in. The server asks the same at the op's place in the order; a person hears it at once.

use fieldbook_device_sync::Key;
use fieldbook_merge::may::{may_act, may_change, may_settle, may_write, may_write_type};
use fieldbook_merge::{Checked, Unit, Verb};
use fieldbook_model::access::idle;
use fieldbook_model::schema::system::{GRANT, MEMBER};
use fieldbook_model::words::a;
use fieldbook_model::{Access, Code, Membership, OpId, Refusal, Role, Value};

use crate::conflicts::{self, Conflict};
use crate::error::StoreError;
use crate::open::{Store, Tx};
use crate::place;
use crate::shown::{self, Rows};

/// What an app wants to know before it offers a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May<'a> {
    /// Whether the user may do an action of the schema.
    Act(&'a str),
    /// Whether the user may make, change and delete records of a type.
    Write(&'a str),
    /// Whether the user may set a field of a type.
    Set(&'a str, &'a str),
    /// Whether the user may settle a conflict.
    Settle(OpId),
}

impl Store {
    /// Whether the user may do a thing, where no scope says otherwise; else why not, and who may.
    pub fn may(&mut self, what: May<'_>) -> Result<Result<(), Refusal>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let access = access(tx)?;
        let schema = tx.schema;
        let place = |of: &str| {
            let words = || format!("There is no record type {of}.");
            schema.place(of).ok_or_else(|| Refusal::at(Code::UnknownType, of, words()))
        };
        Ok(match what {
            May::Act(name) => match schema.action(name) {
                Some(action) => may_act(schema, &access.role, action),
                None => somewhere(&access),
            },
            May::Write(of) => place(of).and_then(|of| may_write_type(schema, &access.role, of)),
            May::Set(of, field) => place(of).and_then(|of| {
                let found = schema.types[of].position(field);
                let words = format!("{} has no field {field}.", a(&schema.types[of].name));
                let place = found.ok_or_else(|| Refusal::at(Code::UnknownField, field, words))?;
                may_write(schema, &access.role, of, place)
            }),
            May::Settle(conflict) => match conflicts::find(tx, conflict)? {
                Some(found) => may_decide(tx, &access, &found)?,
                None => Err(Refusal::new(Code::UnknownConflict, "There is no such conflict on this device.")),
            },
        })
    }
}

/// What the user may, as far as this device knows.
pub(crate) fn access(tx: Tx<'_>) -> Result<Access, StoreError> {
    let place = |of: &str| tx.schema.place(of).expect("BUG: every schema has members and grants");
    let (user, said) = (tx.identity.user_id, |value: &Value| match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    });
    let unreadable = || StoreError::unreadable("a role");
    let key = Key { of: place(MEMBER), id: Membership::record(user) };
    let role = match shown::find(tx, key)? {
        Some((row, _)) => said(&row[2]).ok_or_else(unreadable)?,
        None => tx.identity.role.clone(),
    };
    let mut access = Access::everywhere(role.parse().map_err(|_| unreadable())?);
    for (row, _) in shown::all(tx, place(GRANT), Rows::Live)?.into_values() {
        if said(&row[0]) == Some(user.to_string()) {
            let scope = said(&row[1]).and_then(|text| text.parse().ok()).ok_or_else(unreadable)?;
            let role: Role = said(&row[2]).and_then(|text| text.parse().ok()).ok_or_else(unreadable)?;
            access = access.with(scope, Some(role));
        }
    }
    Ok(access)
}

/// Refuses whoever may change nothing anywhere.
pub(crate) fn somewhere(access: &Access) -> Result<(), Refusal> {
    let acts = access.role.acts() || access.grants.iter().any(|grant| grant.role.acts());
    if acts { Ok(()) } else { Err(idle(&access.role)) }
}

/// Refuses an action that makes no change where no scope says otherwise.
pub(crate) fn may_do(tx: Tx<'_>, access: &Access, action: &str) -> Result<(), Refusal> {
    let action = tx.schema.action(action);
    action.map_or(Ok(()), |action| may_act(tx.schema, &access.role, action))
}

/// Refuses a change that the user may not make with an action: where its record lies, and where it will. Others of the same
/// op may make what it lies in.
pub(crate) fn permitted(
    tx: Tx<'_>,
    access: &Access,
    action: &str,
    change: &Checked,
    beside: &[Checked],
) -> Result<Result<(), Refusal>, StoreError> {
    let action = tx.schema.action(action);
    let asked = |role: &Role| {
        let done = action.map_or(Ok(()), |action| may_act(tx.schema, role, action));
        done.and_then(|()| may_change(tx.schema, role, change))
    };
    if access.grants.is_empty() {
        return Ok(asked(&access.role));
    }
    let here = match change.verb {
        Verb::Insert(_) => None,
        _ => Some(place::around(tx, change.of, change.id)?),
    };
    let there = place::destination(tx, change, beside)?;
    Ok(here.into_iter().chain(there).try_for_each(|around| asked(access.role_in(&around))))
}

/// Refuses the settling of a conflict by who may not write all that it is about (rule 50).
pub(crate) fn may_decide(
    tx: Tx<'_>,
    access: &Access,
    conflict: &Conflict,
) -> Result<Result<(), Refusal>, StoreError> {
    if conflict.is_closed_to_reader() {
        let words = "You may no longer read what this conflict is about: somebody who may decides, or you discard your action.";
        return Ok(Err(Refusal::new(Code::NoPermission, words)));
    }
    for unit in &conflict.units {
        let Some(of) = tx.schema.place(&unit.of) else { continue };
        let around = if access.grants.is_empty() { Vec::new() } else { place::around(tx, of, unit.id)? };
        let named = Unit::named(&tx.schema.types[of], unit.unit.as_deref());
        if let Err(refusal) = may_settle(tx.schema, access.role_in(&around), of, named) {
            return Ok(Err(refusal));
        }
    }
    Ok(Ok(()))
}

/// How many open conflicts there are about which the user may decide.
pub(crate) fn to_decide(tx: Tx<'_>) -> Result<u64, StoreError> {
    let access = access(tx)?;
    let mut count = 0;
    for conflict in conflicts::open(tx)? {
        count += u64::from(may_decide(tx, &access, &conflict)?.is_ok());
    }
    Ok(count)
}
