//! Who is what in a workspace: an owner's ops about people, at one place of the total order like any other (rule 32).
//! Nothing of them is merged: the record of a member or a grant is what the last of them said.

use fieldbook_model::limits::NAME_CHARS_MAX;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::system::{GRANT, MEMBER};
use fieldbook_model::{Access, Code, Granting, Membership, Refusal, Role, UserId, Value};

use crate::case::Case;
use crate::stop::Stop;
use crate::view::View;

impl<V: View> Case<'_, V> {
    /// Says what a person is in the workspace.
    pub(crate) fn member(&mut self, it: &Membership) -> Result<(), Stop<V::Error>> {
        self.for_owners()?;
        self.has_role(&it.role)?;
        let chars = it.name.chars().count();
        if !(1..=NAME_CHARS_MAX).contains(&chars) || it.name.chars().any(char::is_control) {
            let words = format!("A member's name has 1 to {NAME_CHARS_MAX} characters in one line.");
            return Err(Refusal::at(Code::WrongValue, MEMBER, words).into());
        }
        let workspace = self.workspace().principal.workspace;
        if it.user.bytes() == workspace.bytes() {
            return Err(Refusal::at(Code::WrongValue, MEMBER, "The server itself is no member.").into());
        }
        let before = self.rights_of(it.user).map_err(Stop::Fail)?;
        let ends = before.as_ref().is_some_and(|access| access.role == Role::Owner) && it.role != Role::Owner;
        if ends
            && !planted(Defect::LastOwnerMayGo)
            && !self.desk.view.another_owner(it.user).map_err(Stop::Fail)?
        {
            let words = format!("{} is the last owner; make somebody else an owner first.", it.name);
            return Err(Refusal::at(Code::LastOwner, MEMBER, words).into());
        }
        let mut access = Access { role: it.role.clone(), grants: before.unwrap_or_default().grants };
        if it.role == Role::Nobody && !planted(Defect::GrantsOutliveRemoval) {
            for grant in std::mem::take(&mut access.grants) {
                self.write(GRANT, Granting::record(it.user, &grant.scope), None).map_err(Stop::Fail)?;
            }
        }
        let row = [it.user.to_string(), it.name.clone(), it.role.to_string()];
        self.write(MEMBER, Membership::record(it.user), Some(row)).map_err(Stop::Fail)?;
        self.draft.access.push((it.user, access));
        Ok(())
    }

    /// Says what a member is in a scope.
    pub(crate) fn grant(&mut self, it: &Granting) -> Result<(), Stop<V::Error>> {
        self.for_owners()?;
        it.role.iter().try_for_each(|role| self.has_role(role))?;
        let before = self.rights_of(it.user).map_err(Stop::Fail)?;
        let access = before.filter(|access| access.role.reads()).ok_or_else(|| {
            let words = "A grant is given to a member of this workspace.";
            Refusal::at(Code::UnknownRecord, GRANT, words)
        })?;
        let of = self.workspace().schema.place(&it.scope.of);
        let opens = of.filter(|of| self.workspace().schema.types[*of].scope);
        let is_there = match opens {
            Some(of) => self.desk.exists(of, it.scope.id).map_err(Stop::Fail)?,
            None => false,
        };
        if !is_there {
            let words = format!("There is no scope {}.", it.scope);
            return Err(Refusal::at(Code::UnknownRecord, GRANT, words).into());
        }
        let row = it.role.as_ref().map(|role| [it.user.to_string(), it.scope.to_string(), role.to_string()]);
        self.write(GRANT, Granting::record(it.user, &it.scope), row).map_err(Stop::Fail)?;
        self.draft.access.push((it.user, access.with(it.scope.clone(), it.role.clone())));
        Ok(())
    }

    fn for_owners(&self) -> Result<(), Refusal> {
        match self.rights.role {
            Role::Owner => Ok(()),
            _ => Err(Refusal::new(Code::NoPermission, "Who is what in a workspace is said by: owner.")),
        }
    }

    fn has_role(&self, role: &Role) -> Result<(), Refusal> {
        let schema = self.workspace().schema;
        match schema.has_role(role) {
            true => Ok(()),
            false => {
                let words = format!("There is no role {role} here; there are: {}.", schema.role_names());
                Err(Refusal::at(Code::WrongValue, MEMBER, words))
            }
        }
    }

    fn rights_of(&mut self, user: UserId) -> Result<Option<Access>, V::Error> {
        let next = self.next();
        Ok(self.desk.view.access(user, next)?.map(|(_, access)| access))
    }

    fn write(
        &mut self,
        of: &str,
        id: fieldbook_model::RecordId,
        row: Option<[String; 3]>,
    ) -> Result<(), V::Error> {
        let of = self.workspace().schema.place(of).expect("BUG: every schema has members and grants");
        self.write_system(of, id, row.map(|row| row.map(Value::Text).to_vec()))
    }
}
