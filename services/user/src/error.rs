//! How the rules about users are refused: the only mapping to [`Error`]. Each code has a page in docs/errors.

use std::time::Duration;

use souk_rpc::{Error, ErrorKind};

use crate::domain::{BookError, RosterError, Weakness};

/// Unknown address or wrong password: which of them is nobody's business.
pub(crate) fn wrong_credentials() -> Error {
    Error::new(ErrorKind::Unauthenticated, "wrong_credentials", "e-mail address or password is wrong")
}

/// The current password, asked for again, is wrong.
pub(crate) fn wrong_password() -> Error {
    Error::new(ErrorKind::Forbidden, "wrong_password", "the current password is wrong").with_field(
        "current_password",
        "wrong_password",
        "is not the current password",
    )
}

pub(crate) fn too_many_attempts(retry_after: Duration) -> Error {
    let detail = "too many wrong passwords for this address; wait, or reset the password";
    Error::new(ErrorKind::TooManyRequests, "too_many_attempts", detail).with_retry_after(retry_after)
}

pub(crate) fn too_many_mails(retry_after: Duration) -> Error {
    let detail = "too many mails were asked for this address";
    Error::new(ErrorKind::TooManyRequests, "too_many_mails", detail).with_retry_after(retry_after)
}

pub(crate) fn weak_password(weakness: Weakness) -> Error {
    Error::unprocessable("weak_password", "the password is too easy to guess").with_field(
        "password",
        "strength",
        weakness.advice,
    )
}

pub(crate) fn token_invalid() -> Error {
    Error::unprocessable(
        "token_invalid",
        "the link is not valid: it was used before, has expired or never was",
    )
    .with_field("token", "valid_token", "is not a token that still works")
}

pub(crate) fn limit_reached(what: &str) -> Error {
    Error::conflict("limit_reached", format!("{what} is full; remove something first"))
}

pub(crate) fn email_unverified() -> Error {
    let detail = "that address has a user who never proved to own it; staff must have";
    Error::conflict("email_unverified", detail)
}

pub(crate) fn name_taken() -> Error {
    Error::conflict("name_taken", "there is an API key of that name; its secret is not shown again")
}

pub(crate) fn beyond_you() -> Error {
    let detail = RosterError::BeyondYou.to_string();
    Error::new(ErrorKind::Forbidden, "permission_beyond_yours", detail)
}

pub(crate) fn version_stale() -> Error {
    Error::conflict("version_stale", "it was changed since you read it; read it again")
}

impl From<BookError> for Refused {
    fn from(error: BookError) -> Refused {
        Refused(match error {
            BookError::Unknown => Error::not_found("address"),
            BookError::Full => limit_reached("the address book"),
        })
    }
}

impl From<RosterError> for Refused {
    fn from(error: RosterError) -> Refused {
        Refused(match error {
            RosterError::Unknown => Error::not_found("staff member"),
            RosterError::Already => Error::conflict("already_staff", "that user is a staff member already"),
            RosterError::Full => limit_reached("the list of staff"),
            RosterError::BeyondYou => beyond_you(),
            RosterError::LastOwner => Error::conflict("last_owner", error.to_string()),
        })
    }
}

/// A domain error as its callers see it; `?` cannot convert between foreign types by itself.
pub(crate) struct Refused(pub Error);

/// The refusal of a domain rule.
pub(crate) fn refused(error: impl Into<Refused>) -> Error {
    error.into().0
}
