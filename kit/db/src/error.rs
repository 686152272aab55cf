//! Why the database did not do it.

use souk_rpc::Error;

/// What the database refused, or why it could not answer. Of a failed batch nothing has happened, unless it is
/// [`DbError::Unknown`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A statement changed another number of rows than its guard expects: somebody was faster, or the rule it
    /// guards does not hold. `position` counts from 0 in the caller's batch.
    #[error("`{statement}` changed {found} rows instead of {expected}")]
    Guard { statement: &'static str, position: usize, expected: u64, found: u64 },
    /// The schema itself refused. `message` is the database's and names the constraint.
    #[error("`{statement}` breaks a {kind:?} constraint: {message}")]
    Constraint { statement: &'static str, kind: ConstraintKind, message: String },
    /// The event in `cx.cause` had its effect before.
    #[error("the event had its effect before")]
    AlreadyDone,
    /// The client's idempotency key was used before.
    #[error("the idempotency key was used before")]
    IdempotencyConflict,
    /// The queue or the pool is full; try again a moment later.
    #[error("the database is busy")]
    Busy,
    #[error("the database is closed")]
    Closed,
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    #[error("the database did not answer in time")]
    Timeout,
    /// The server went away between COMMIT and its answer: the batch is there as a whole, or not at all. Look
    /// before it is sent again, or send it again where its guards make a repetition harmless.
    #[error("nobody knows whether the database did it: {0}")]
    Unknown(String),
    /// A row does not hold what the code expects.
    #[error("a row cannot be read: {0}")]
    Decode(String),
    #[error("the database failed: {0}")]
    Other(String),
}

/// Which promise of the schema would have been broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConstraintKind {
    Unique,
    Check,
    ForeignKey,
    NotNull,
}

impl DbError {
    /// Somebody else changed it first: read again, decide again.
    pub fn is_lost_race(&self) -> bool {
        matches!(self, DbError::Guard { .. })
    }

    /// The guard of this statement did not hold.
    pub fn is_guard(&self, name: &str) -> bool {
        matches!(self, DbError::Guard { statement, .. } if *statement == name)
    }

    /// This statement would have made a duplicate.
    pub fn is_unique(&self, name: &str) -> bool {
        self.is_constraint(name, ConstraintKind::Unique)
    }

    pub fn is_constraint(&self, name: &str, of: ConstraintKind) -> bool {
        matches!(self, DbError::Constraint { statement, kind, .. } if *statement == name && *kind == of)
    }

    /// The same call may succeed a moment later. After [`DbError::Unknown`] it may also find itself done.
    pub fn is_transient(&self) -> bool {
        let unknown = matches!(self, DbError::Unknown(_));
        unknown
            || matches!(self, DbError::Busy | DbError::Unavailable(_) | DbError::Timeout | DbError::Closed)
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Error {
        match error {
            DbError::Guard { .. } => {
                Error::conflict("lost_race", "it was changed by somebody else at the same moment")
            }
            DbError::IdempotencyConflict => {
                Error::conflict("idempotency_conflict", "the idempotency key was used before")
            }
            DbError::AlreadyDone => Error::conflict("already_done", "the event had its effect before"),
            DbError::Busy | DbError::Closed => Error::unavailable("the database is busy"),
            DbError::Unavailable(reason) => {
                tracing::warn!(reason, "database unavailable");
                Error::unavailable("the database is unavailable")
            }
            DbError::Timeout => Error::timeout("the database did not answer in time"),
            DbError::Unknown(reason) => {
                tracing::error!(reason, "a commit was not answered");
                Error::outcome_unknown("the database went away before it said whether the change is made")
            }
            DbError::Constraint { .. } | DbError::Decode(_) | DbError::Other(_) => Error::internal(error),
        }
    }
}
