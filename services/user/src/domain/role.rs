//! Roles are names for sets of permissions; what is kept are the permissions.

use serde::{Deserialize, Serialize};
use souk_rpc::Permission;

/// Who somebody is among the staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Owner,
    /// Runs the shop day by day: everything but staff, keys and the machinery.
    Manager,
    /// Answers customers: sees orders, payments and customers, cancels and refunds.
    Support,
    /// Packs: sees orders, ships them, counts stock.
    Warehouse,
}

impl Role {
    pub const ALL: &'static [Role] = &[Role::Owner, Role::Manager, Role::Support, Role::Warehouse];

    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Role::Owner => P::ALL,
            Role::Manager => &[
                P::CatalogRead,
                P::CatalogWrite,
                P::StockRead,
                P::StockWrite,
                P::OrdersRead,
                P::OrdersWrite,
                P::PaymentsRead,
                P::PaymentsWrite,
                P::CustomersRead,
                P::SystemRead,
            ],
            Role::Support => &[
                P::CatalogRead,
                P::StockRead,
                P::OrdersRead,
                P::OrdersWrite,
                P::PaymentsRead,
                P::PaymentsWrite,
                P::CustomersRead,
            ],
            Role::Warehouse => &[P::CatalogRead, P::StockRead, P::StockWrite, P::OrdersRead, P::OrdersWrite],
        }
    }

    /// The role that means exactly these permissions, if one does.
    pub fn named(permissions: &[Permission]) -> Option<Role> {
        let wanted = granted(&[], permissions);
        Role::ALL.iter().copied().find(|role| granted(&[*role], &[]) == wanted)
    }
}

/// Everything that roles and single permissions give together: sorted, each once.
pub fn granted(roles: &[Role], permissions: &[Permission]) -> Vec<Permission> {
    let mut all: Vec<Permission> = roles.iter().flat_map(|role| role.permissions()).copied().collect();
    all.extend_from_slice(permissions);
    all.sort_unstable();
    all.dedup();
    all
}

/// Their names, as they are kept.
pub fn permission_names(permissions: &[Permission]) -> serde_json::Value {
    permissions.iter().map(|permission| permission.as_str()).collect()
}

/// The permissions among `names`. A name that this version does not know grants nothing.
pub fn parse_permissions(names: &[String]) -> Vec<Permission> {
    Permission::ALL.iter().copied().filter(|known| names.iter().any(|name| name == known.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_hires() {
        let hires = |role: &&Role| role.permissions().contains(&Permission::StaffWrite);
        assert_eq!(Role::ALL.iter().filter(hires).collect::<Vec<_>>(), [&Role::Owner]);
    }

    #[test]
    fn a_role_is_recognized_by_its_permissions() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.permissions()), Some(*role));
        }
        assert_eq!(Role::named(&[Permission::StockRead]), None);
        assert_eq!(Role::named(&[]), None);
    }

    #[test]
    fn an_unknown_permission_grants_nothing() {
        let names = ["stock:read".to_owned(), "moon:write".to_owned()];
        assert_eq!(parse_permissions(&names), [Permission::StockRead]);
    }
}
