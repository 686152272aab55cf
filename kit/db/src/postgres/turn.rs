//! Whose turn it is to lock rows: one group at a time per database, whatever process it comes from.
//!
//! A group holds every row it touched until its commit. Two groups that share rows, in whatever order their buyers
//! came, would wait for each other in a circle, and each circle costs the server's `deadlock_timeout`. So a group
//! runs its statements while it has the turn, and gives it on before it commits: the next group runs during the
//! fsync of this one, and when it meets a row of this one it waits for it, never the other way round.
//!
//! The turn spares circles, it does not promise their absence: who waits too long for it goes without. A circle
//! then ends by `lock_timeout`, and who waited runs [aside](super::aside), alone and in the order of its own rows.

use crate::{Expect, Statement};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// A statement by itself holds nothing while it waits. And who had to wait too long goes without, too.
    None,
    /// A batch by itself keeps to the fixed order of rows; it runs beside others of its kind, but not beside a group.
    Alone,
    Group,
}

/// "souk" in ASCII, and one: what migrations lock is another key.
macro_rules! turn {
    ($function:literal) => {
        Statement {
            name: "turn",
            sql: concat!("select ", $function, "(1937077612)"),
            args: Vec::new(),
            expect: Expect::Any,
            returning: false,
            summed: &[],
        }
    };
}

/// Ends with the transaction.
static ALONE: Statement = turn!("pg_advisory_xact_lock_shared");
/// Ends by [`END`], or with the session.
static GROUP: Statement = turn!("pg_advisory_lock");
static END: Statement = turn!("pg_advisory_unlock");

impl Turn {
    pub(super) fn of(batches: usize, statements: usize) -> Turn {
        match (batches, statements) {
            (0 | 1, 0 | 1) => Turn::None,
            (0 | 1, _) => Turn::Alone,
            _ => Turn::Group,
        }
    }

    pub(super) fn begin(self) -> &'static [Statement] {
        match self {
            Turn::None => &[],
            Turn::Alone => std::slice::from_ref(&ALONE),
            Turn::Group => std::slice::from_ref(&GROUP),
        }
    }

    pub(super) fn end(self) -> &'static [Statement] {
        match self {
            Turn::None | Turn::Alone => &[],
            Turn::Group => std::slice::from_ref(&END),
        }
    }
}
