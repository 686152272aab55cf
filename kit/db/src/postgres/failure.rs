//! PostgreSQL's error codes, as the errors of this crate.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::{ConstraintKind, DbError};

/// An error, and whether the same transaction may be run again by itself.
pub(super) struct Failure {
    pub(super) error: DbError,
    pub(super) again: bool,
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Failure {
        Failure { error, again: false }
    }
}

pub(super) fn failed(statement: &'static str, position: usize, error: &Error) -> Failure {
    let Some(refusal) = error.as_db_error() else {
        if error.is_closed() || is_io(error) {
            // The server was restarted, or went away: before the commit, nothing has happened.
            return Failure { error: DbError::Unavailable(error.to_string()), again: true };
        }
        return DbError::Other(format!("`{statement}`: {error}")).into();
    };
    let code = refusal.code();
    if let Some(kind) = constraint(code) {
        let message = format!("{} ({})", refusal.message(), refusal.constraint().unwrap_or("not null"));
        return DbError::Constraint { statement, kind, message }.into();
    }
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        // Should every attempt lose, it is a lost race like any other.
        return Failure { error: DbError::Guard { statement, position, expected: 0, found: 0 }, again: true };
    }
    if *code == SqlState::QUERY_CANCELED || *code == SqlState::LOCK_NOT_AVAILABLE {
        return DbError::Timeout.into();
    }
    // Connection exceptions, insufficient resources, operator intervention.
    if ["08", "53", "57"].iter().any(|class| code.code().starts_with(class)) {
        return DbError::Unavailable(refusal.message().to_owned()).into();
    }
    DbError::Other(format!("`{statement}`: {} ({})", refusal.message(), code.code())).into()
}

fn is_io(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

fn constraint(code: &SqlState) -> Option<ConstraintKind> {
    match *code {
        SqlState::UNIQUE_VIOLATION => Some(ConstraintKind::Unique),
        SqlState::CHECK_VIOLATION => Some(ConstraintKind::Check),
        SqlState::FOREIGN_KEY_VIOLATION => Some(ConstraintKind::ForeignKey),
        SqlState::NOT_NULL_VIOLATION => Some(ConstraintKind::NotNull),
        _ => None,
    }
}
