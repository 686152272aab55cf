//! SQLite's result codes, as the errors of this crate.

use rusqlite::Error;
use rusqlite::ffi::{self, ErrorCode};

use crate::{ConstraintKind, DbError};

pub(super) fn failed(statement: &'static str, error: Error) -> DbError {
    let Error::SqliteFailure(code, _) = &error else {
        return DbError::Other(format!("`{statement}`: {error}"));
    };
    if let Some(kind) = constraint(code.extended_code) {
        return DbError::Constraint { statement, kind, message: message(error) };
    }
    match code.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => DbError::Busy,
        ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory => {
            DbError::Unavailable(format!("`{statement}`: {error}"))
        }
        _ => DbError::Other(format!("`{statement}`: {error}")),
    }
}

/// Whether the disk itself failed: what a failed fsync left behind, nobody can know.
pub(super) fn is_disk_failure(error: &Error) -> bool {
    matches!(error, Error::SqliteFailure(code, _) if code.code == ErrorCode::SystemIoFailure)
}

fn constraint(extended_code: i32) -> Option<ConstraintKind> {
    match extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            Some(ConstraintKind::Unique)
        }
        ffi::SQLITE_CONSTRAINT_CHECK => Some(ConstraintKind::Check),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(ConstraintKind::ForeignKey),
        ffi::SQLITE_CONSTRAINT_NOTNULL => Some(ConstraintKind::NotNull),
        _ => None,
    }
}

fn message(error: Error) -> String {
    match error {
        Error::SqliteFailure(_, Some(message)) => message,
        other => other.to_string(),
    }
}
