//! What came of each batch of a flight, read from the answers in their order.

use super::failure::{Cause, Failure, failed};
use super::pipeline::Answer;
use super::turn::Turn;
use crate::{Committed, DbError, Statement};

/// What came of a batch before the commit.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Every statement did what it must.
    Held(Committed),
    Failed(Failure),
    /// An error before it had ended the transaction.
    Unseen,
}

impl Verdict {
    pub(super) fn has_held(&self) -> bool {
        matches!(self, Verdict::Held(_))
    }
}

/// How a batch is kept apart from those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fence {
    None,
    /// What it did stays, unless the server refused a part of it.
    Open,
    /// What it did is undone, whatever came of it.
    Shut,
}

/// Takes the answers of a flight one batch at a time. Its errors are about the whole flight.
pub(super) struct Reader {
    answers: std::vec::IntoIter<Answer>,
    /// An error has ended the transaction; what came after it was not run.
    aborted: bool,
}

impl Reader {
    pub(super) fn new(answers: Vec<Answer>) -> Reader {
        Reader { answers: answers.into_iter(), aborted: false }
    }

    pub(super) fn next(&mut self, name: &'static str) -> Result<(), Failure> {
        self.answer(name, 0).map(drop)
    }

    /// Whether the turn came in time.
    pub(super) fn turn(&mut self, turn: Turn) -> Result<bool, Failure> {
        if turn == Turn::None {
            return Ok(true);
        }
        match self.next("turn") {
            Ok(()) => Ok(true),
            Err(failure) if failure.cause == Cause::Waited => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    pub(super) fn batch(&mut self, statements: &[Statement], fence: Fence) -> Result<Verdict, Failure> {
        let was_aborted = self.aborted;
        let begun = if fence == Fence::None { Ok(()) } else { self.next("savepoint") };
        let verdict = match (self.judge(statements), was_aborted) {
            (Err(failure), _) if failure.cause == Cause::Lost => return Err(failure),
            (_, true) => Verdict::Unseen,
            (Err(failure), false) => Verdict::Failed(failure),
            (Ok(committed), false) => Verdict::Held(committed),
        };
        if fence == Fence::Open {
            // Refused after an error: then the first one is gone back to.
            let _ = self.next("savepoint");
        }
        if fence != Fence::None {
            let back = self.next("rollback to savepoint");
            self.aborted = was_aborted || begun.is_err() || back.is_err();
        }
        Ok(verdict)
    }

    /// The first failure in the order of the batch decides; the ones after it are only its echo.
    fn judge(&mut self, statements: &[Statement]) -> Result<Committed, Failure> {
        let mut outcome = Ok(Committed::with_capacity(statements.len()));
        for (position, statement) in statements.iter().enumerate() {
            // Also after a failure: every answer must be taken.
            let answer = self.answer(statement.name, position);
            let Ok(committed) = &mut outcome else { continue };
            match answer {
                Err(failure) => outcome = Err(failure),
                Ok((found, _)) if !statement.expect.holds(found) => {
                    let expected = statement.expect.count();
                    let guard = DbError::Guard { statement: statement.name, position, expected, found };
                    outcome = Err(Failure::refused(guard));
                }
                Ok((found, rows)) => committed.add(statement.name, found, rows),
            }
        }
        outcome
    }

    pub(super) fn answer(
        &mut self,
        name: &'static str,
        position: usize,
    ) -> Result<(u64, Vec<crate::Row>), Failure> {
        let answer = self.answers.next().ok_or_else(|| Failure::lost("an answer is missing"))?;
        answer.map_err(|error| {
            self.aborted |= error.as_db_error().is_some();
            failed(name, position, &error)
        })
    }
}
