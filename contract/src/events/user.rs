//! What happens to users. Tokens stand in clear: they are on their way into a mail.

use serde::{Deserialize, Serialize};
use souk_types::{Timestamp, UserId};

use super::event;

/// Somebody registered, or asked again for the mail that proves the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationRequested {
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub locale: String,
    pub token: String,
    pub expires_at: Timestamp,
}
event!(VerificationRequested = "user.verification_requested" of user);

/// Somebody tried to register with an address that has an account: its owner is told, the visitor is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRepeated {
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub locale: String,
}
event!(RegistrationRepeated = "user.registration_repeated" of user);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordResetRequested {
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub locale: String,
    pub token: String,
    pub expires_at: Timestamp,
}
event!(PasswordResetRequested = "user.password_reset_requested" of user);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChanged {
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub locale: String,
}
event!(PasswordChanged = "user.password_changed" of user);
