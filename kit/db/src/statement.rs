//! A statement, and what it must have done for its batch to stand.

use crate::Value;

/// One SQL text with its arguments. The text is the same for both databases; placeholders are `$1`, `$2` ….
#[derive(Debug, Clone)]
pub struct Statement {
    /// What it does, such as `order.save`: errors and answers are found by it.
    pub name: &'static str,
    pub sql: &'static str,
    pub args: Vec<Value>,
    pub expect: Expect,
    /// Whether the caller wants the rows of its RETURNING clause.
    pub returning: bool,
    /// Arguments that may be added up, by position from 0; see [`Statement::summing`].
    pub summed: &'static [usize],
}

impl Statement {
    pub fn new(name: &'static str, sql: &'static str, args: Vec<Value>) -> Statement {
        Statement { name, sql, args, expect: Expect::Any, returning: false, summed: &[] }
    }

    /// Unless it changes exactly `n` rows, the batch is undone.
    #[must_use]
    pub fn expect_rows(self, n: u64) -> Statement {
        Statement { expect: Expect::Rows(n), ..self }
    }

    /// Unless it changes `n` rows or more, the batch is undone.
    #[must_use]
    pub fn expect_at_least(self, n: u64) -> Statement {
        Statement { expect: Expect::AtLeast(n), ..self }
    }

    /// Says that several of these on one row may be done as one, with the sums of these arguments (positions from 0,
    /// integers): the others are the same then, and when the guard holds for the sum, they hold in some order.
    #[must_use]
    pub fn summing(self, args: &'static [usize]) -> Statement {
        Statement { summed: args, ..self }
    }

    /// Keeps the rows it returns for [`Committed::rows`](crate::Committed::rows).
    #[must_use]
    pub fn returning(self) -> Statement {
        Statement { returning: true, ..self }
    }
}

/// How many rows a statement must have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Any,
    Rows(u64),
    AtLeast(u64),
}

impl Expect {
    pub(crate) fn holds(self, found: u64) -> bool {
        match self {
            Expect::Any => true,
            Expect::Rows(expected) => found == expected,
            Expect::AtLeast(expected) => found >= expected,
        }
    }

    pub(crate) fn count(self) -> u64 {
        match self {
            Expect::Any => 0,
            Expect::Rows(expected) | Expect::AtLeast(expected) => expected,
        }
    }
}
