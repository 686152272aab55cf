//! PostgreSQL's error codes, as the errors of this crate, and what each means for the batches of a group.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::{ConstraintKind, DbError};

/// An error, and what may be done about it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: DbError,
    pub(super) cause: Cause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// A guard, the schema or the values said no. What others of the group did may be the reason.
    Refused,
    /// It waited too long for a row, or in a circle. By itself and with patience it may pass.
    Waited,
    /// Nothing that others did, and nothing that another attempt would mend.
    Final,
    /// The connection is gone; unless COMMIT was sent, nothing has happened.
    Lost,
}

impl Failure {
    pub(super) fn refused(error: DbError) -> Failure {
        Failure { error, cause: Cause::Refused }
    }

    pub(super) fn lost(why: impl Into<String>) -> Failure {
        Failure { error: DbError::Unavailable(why.into()), cause: Cause::Lost }
    }
}

pub(super) fn failed(statement: &'static str, position: usize, error: &Error) -> Failure {
    let Some(refusal) = error.as_db_error() else {
        if error.is_closed() || is_io(error) {
            return Failure::lost(error.to_string());
        }
        return Failure::refused(DbError::Other(format!("`{statement}`: {error}")));
    };
    let code = refusal.code();
    if let Some(kind) = constraint(code) {
        let message = format!("{} ({})", refusal.message(), refusal.constraint().unwrap_or("not null"));
        return Failure::refused(DbError::Constraint { statement, kind, message });
    }
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        // Should every attempt lose, it is a lost race like any other.
        let error = DbError::Guard { statement, position, expected: 0, found: 0 };
        return Failure { error, cause: Cause::Waited };
    }
    if *code == SqlState::LOCK_NOT_AVAILABLE {
        return Failure { error: DbError::Timeout, cause: Cause::Waited };
    }
    if *code == SqlState::QUERY_CANCELED {
        return Failure { error: DbError::Timeout, cause: Cause::Final };
    }
    // Connection exceptions, and an operator or a crash that ends all sessions.
    if ["08", "57"].iter().any(|class| code.code().starts_with(class)) {
        return Failure::lost(refusal.message());
    }
    if code.code().starts_with("53") {
        // The disk, the memory or the connections are used up.
        return Failure { error: DbError::Unavailable(refusal.message().to_owned()), cause: Cause::Final };
    }
    Failure::refused(DbError::Other(format!("`{statement}`: {} ({})", refusal.message(), code.code())))
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
