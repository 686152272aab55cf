//! Everybody who runs the shop. Rules about staff look at all of them at once.

use souk_rpc::Permission;
use souk_types::{Timestamp, UserId};

/// One of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub user: UserId,
    pub permissions: Vec<Permission>,
    pub since: Timestamp,
}

/// The staff as of one version; whoever changes it has seen exactly this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    pub version: i64,
    pub members: Vec<Member>,
}

/// Why the staff stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    #[error("no such staff member")]
    Unknown,
    #[error("is a staff member already")]
    Already,
    #[error("the shop has as many staff as it may")]
    Full,
    /// Granting, or touching somebody who has, what one does not have oneself.
    #[error("only who has a permission may grant it or take it away")]
    BeyondYou,
    /// Nobody would be left to hire anybody.
    #[error("somebody has to keep the permission staff:write")]
    LastOwner,
}

impl Roster {
    pub fn find(&self, user: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.user == user)
    }

    /// Makes a user staff. `by` is what the one who hires may do.
    pub fn hire(
        &mut self,
        user: UserId,
        permissions: Vec<Permission>,
        by: &[Permission],
        members_max: usize,
        now: Timestamp,
    ) -> Result<Member, RosterError> {
        if !within(&permissions, by) {
            return Err(RosterError::BeyondYou);
        }
        if self.find(user).is_some() {
            return Err(RosterError::Already);
        }
        if self.members.len() >= members_max {
            return Err(RosterError::Full);
        }
        let member = Member { user, permissions, since: now };
        self.members.push(member.clone());
        Ok(member)
    }

    /// Gives a member other permissions.
    pub fn change(
        &mut self,
        user: UserId,
        permissions: Vec<Permission>,
        by: &[Permission],
    ) -> Result<Member, RosterError> {
        let member = self.find(user).ok_or(RosterError::Unknown)?;
        if !within(&permissions, by) || !within(&member.permissions, by) {
            return Err(RosterError::BeyondYou);
        }
        let changed = Member { permissions, ..member.clone() };
        self.replace(user, Some(changed.clone()))?;
        Ok(changed)
    }

    /// Makes a member a mere user again.
    pub fn dismiss(&mut self, user: UserId, by: &[Permission]) -> Result<(), RosterError> {
        let member = self.find(user).ok_or(RosterError::Unknown)?;
        if !within(&member.permissions, by) {
            return Err(RosterError::BeyondYou);
        }
        self.replace(user, None)
    }

    fn replace(&mut self, user: UserId, by: Option<Member>) -> Result<(), RosterError> {
        let mut members: Vec<Member> = self.members.iter().filter(|m| m.user != user).cloned().collect();
        members.extend(by);
        if can_hire(&self.members) && !can_hire(&members) {
            return Err(RosterError::LastOwner);
        }
        self.members = members;
        Ok(())
    }
}

fn can_hire(members: &[Member]) -> bool {
    members.iter().any(|member| member.permissions.contains(&Permission::StaffWrite))
}

fn within(permissions: &[Permission], of: &[Permission]) -> bool {
    permissions.iter().all(|permission| of.contains(permission))
}

#[cfg(test)]
mod tests {
    use souk_types::Chance;

    use super::*;
    use crate::domain::Role;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn roster(roles: &[Role]) -> (Roster, Vec<UserId>) {
        let chance = Chance::seeded(7);
        let users: Vec<UserId> = roles.iter().map(|_| UserId(chance.uuid_v4())).collect();
        let member = |(user, role): (&UserId, &Role)| Member {
            user: *user,
            permissions: role.permissions().to_vec(),
            since: NOW,
        };
        let members = users.iter().zip(roles).map(member).collect();
        (Roster { version: 1, members }, users)
    }

    #[test]
    fn somebody_can_always_hire() {
        let (mut roster, users) = roster(&[Role::Owner, Role::Manager]);
        assert_eq!(roster.dismiss(users[0], Permission::ALL), Err(RosterError::LastOwner));
        assert_eq!(roster.change(users[0], vec![], Permission::ALL), Err(RosterError::LastOwner));
        assert_eq!(roster.dismiss(users[1], Permission::ALL), Ok(()));
    }

    #[test]
    fn nobody_grants_what_they_do_not_have() {
        let (mut roster, users) = roster(&[Role::Owner, Role::Warehouse]);
        let by = [Permission::StaffWrite, Permission::StockRead];
        let other = UserId(Chance::seeded(9).uuid_v4());
        let all = Permission::ALL.to_vec();
        assert_eq!(roster.hire(other, all.clone(), &by, 10, NOW), Err(RosterError::BeyondYou));
        assert_eq!(roster.change(users[1], all, &by), Err(RosterError::BeyondYou));
        assert_eq!(roster.dismiss(users[0], &by), Err(RosterError::BeyondYou));
    }

    #[test]
    fn the_staff_is_bounded() {
        let (mut roster, users) = roster(&[Role::Owner]);
        let other = UserId(Chance::seeded(9).uuid_v4());
        assert_eq!(roster.hire(other, vec![], Permission::ALL, 1, NOW), Err(RosterError::Full));
        assert_eq!(roster.hire(users[0], vec![], Permission::ALL, 2, NOW), Err(RosterError::Already));
    }
}
