//! The boxes of the diagram. Any set of them can run in one process.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A part of the shop that can run in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Product,
    Payment,
    Order,
    Notification,
    Gateway,
}

impl Role {
    /// In the order in which they are built: a role calls only roles before it.
    pub const ALL: [Role; 6] =
        [Role::User, Role::Product, Role::Payment, Role::Order, Role::Notification, Role::Gateway];

    /// Those that keep a database.
    pub const SERVICES: [Role; 5] =
        [Role::User, Role::Product, Role::Payment, Role::Order, Role::Notification];

    pub const fn name(self) -> &'static str {
        match self {
            Role::User => "user",
            Role::Product => "product",
            Role::Payment => "payment",
            Role::Order => "order",
            Role::Notification => "notification",
            Role::Gateway => "gateway",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Role, String> {
        Role::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| {
            let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
            format!("`{name}` is not a role; there are {}", names.join(", "))
        })
    }
}
