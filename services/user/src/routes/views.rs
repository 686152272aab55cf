//! Users, sessions and keys as clients see them.

use serde::Serialize;
use souk_rpc::Permission;
use souk_types::{ApiKeyId, SessionId, Timestamp, UserId};
use utoipa::ToSchema;

use crate::domain::{ApiKey, Role, Session, User};
use crate::flows::hire::Hired;
use crate::store::staff::StaffRow;

/// The user who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    pub id: UserId,
    pub email: String,
    /// Whether the address was proved by a mail to it.
    pub email_verified: bool,
    pub name: String,
    /// BCP 47, such as `en`.
    pub locale: String,
    /// What the user may do as staff; empty for customers.
    pub permissions: Vec<Permission>,
    /// Hand it back with a change to be refused when somebody else was faster.
    pub version: i64,
    pub created_at: Timestamp,
}

impl Me {
    pub(crate) fn new(user: User, permissions: Vec<Permission>) -> Me {
        let User { id, email, email_verified, name, locale, version, created_at, .. } = user;
        Me { id, email, email_verified, name, locale, permissions, version, created_at }
    }
}

/// A customer as staff see them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerView {
    pub id: UserId,
    pub email: String,
    pub email_verified: bool,
    pub name: String,
    /// BCP 47, such as `en`.
    pub locale: String,
    pub created_at: Timestamp,
}

impl From<User> for CustomerView {
    fn from(user: User) -> CustomerView {
        let User { id, email, email_verified, name, locale, created_at, .. } = user;
        CustomerView { id, email, email_verified, name, locale, created_at }
    }
}

/// One sign-in on one device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What the browser called itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    pub created_at: Timestamp,
    /// To within an hour or so.
    pub seen_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

impl SessionView {
    pub(crate) fn new(session: Session, current: SessionId) -> SessionView {
        let Session { id, device, created_at, seen_at, expires_at, .. } = session;
        SessionView { id, current: id == current, device, created_at, seen_at, expires_at }
    }
}

/// One of the staff.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffView {
    pub id: UserId,
    pub email: String,
    pub name: String,
    /// The role that means exactly these permissions, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    pub permissions: Vec<Permission>,
    pub since: Timestamp,
}

impl From<StaffRow> for StaffView {
    fn from(row: StaffRow) -> StaffView {
        let StaffRow { user, email, name, permissions, since } = row;
        StaffView { id: user, email, name, role: Role::named(&permissions), permissions, since }
    }
}

impl From<Hired> for StaffView {
    fn from(Hired { user, member }: Hired) -> StaffView {
        let role = Role::named(&member.permissions);
        StaffView {
            id: user.id,
            email: user.email,
            name: user.name,
            role,
            permissions: member.permissions,
            since: member.since,
        }
    }
}

/// An API key without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyView {
    pub id: ApiKeyId,
    pub name: String,
    /// The last characters of the secret.
    pub hint: String,
    pub scopes: Vec<Permission>,
    pub created_by: UserId,
    pub created_at: Timestamp,
    /// To within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> ApiKeyView {
        let ApiKey { id, name, hint, scopes, created_by, created_at, last_used_at } = key;
        ApiKeyView { id, name, hint, scopes, created_by, created_at, last_used_at }
    }
}
