//! Who signs in, as the other services see it.

use serde::{Deserialize, Serialize};
use souk_rpc::{Caller, Permission, contract};
use souk_types::{Timestamp, UserId};

use crate::Done;

contract! {
    /// Users, sessions and keys.
    pub trait User = "user" {
        /// Finds out who holds a session token or an API key. Nobody is not an error: see [`Principal::caller`].
        authenticate(Authenticate) -> Principal;
        /// The e-mail address and name behind a user id.
        customer(GetCustomer) -> Customer;
        /// Makes a staff member, or gives an existing user these permissions. For the console.
        create_staff(CreateStaff) -> StaffCreated;
        /// Whether the service and its database answer.
        ping(Done) -> Done;
    }
}

/// The secret that a cookie or an `Authorization: Bearer` header carried.
#[derive(Clone, Serialize, Deserialize)]
pub struct Authenticate {
    pub token: String,
}

/// Whom a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// [`Caller::Guest`] when the token is unknown, expired or revoked.
    pub caller: Caller,
    /// Until when the answer may be believed without asking again.
    pub believe_until: Timestamp,
    /// Until when the answer may stand in for one that does not come, because the service is away (`stale-if-error`,
    /// RFC 5861). `None`: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetCustomer {
    pub user: UserId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub email_verified: bool,
    /// BCP 47, such as `en`.
    pub locale: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct CreateStaff {
    pub email: String,
    pub name: String,
    pub password: String,
    pub permissions: Vec<Permission>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffCreated {
    pub user: UserId,
    /// False when there was such a user already.
    pub created: bool,
}
