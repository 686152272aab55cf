//! One batch, one transaction: BEGIN and every statement go out together, and COMMIT follows when all guards
//! held. Where there is no guard to wait for, COMMIT goes with them.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use deadpool_postgres::Object;
use futures::future::{MaybeDone, maybe_done};
use futures::{TryStreamExt, pin_mut};
use tokio_postgres::Error;

use super::failure::{Failure, failed};
use super::{PgDb, types};
use crate::row::Columns;
use crate::{Committed, DbError, Expect, Row, Statement};

/// Deadlocks and restarts of the server are not the caller's business, if they pass.
const ATTEMPTS: u32 = 3;

pub(super) async fn commit(db: &PgDb, statements: &[Statement]) -> Result<Committed, DbError> {
    let mut attempt = 1;
    loop {
        let mut session = Session(Some(db.connection().await?));
        let failure = match session.run(statements).await {
            Ok(committed) => return Ok(committed),
            Err(failure) => failure,
        };
        if !failure.again || attempt == ATTEMPTS {
            return Err(failure.error);
        }
        attempt += 1;
    }
}

/// A connection on loan that is closed, not given back, when a transaction may still be open on it.
struct Session(Option<Object>);

impl Session {
    async fn run(&mut self, statements: &[Statement]) -> Result<Committed, Failure> {
        let connection = self.0.as_ref().ok_or(DbError::Closed)?;
        let mut prepared = Vec::with_capacity(statements.len());
        for (position, statement) in statements.iter().enumerate() {
            let types = types::of(&statement.args);
            prepared.push(match connection.prepare_typed_cached(statement.sql, &types).await {
                Ok(prepared) => prepared,
                Err(error) => return Err(failed(statement.name, position, &error)),
            });
        }
        let at_once = statements.iter().all(|statement| statement.expect == Expect::Any);
        let begin = connection.batch_execute("begin");
        let runs = statements
            .iter()
            .zip(&prepared)
            .map(|(statement, prepared)| run(connection, prepared, statement));
        let commit = async {
            match at_once {
                true => connection.batch_execute("commit").await,
                false => Ok(()),
            }
        };
        let (begun, answers, ended) = in_order(begin, runs, commit).await;
        let outcome = match begun {
            Ok(()) => judge(statements, answers),
            Err(error) => Err(failed("begin", 0, &error)),
        };
        if at_once {
            // After a failed statement the server takes COMMIT for ROLLBACK, so either way it has ended. If the
            // connection was lost, nobody knows how.
            let lost = ended.is_err();
            let outcome = outcome.map_err(|failure| Failure { again: failure.again && !lost, ..failure });
            return self.ended(outcome, ended);
        }
        let end = if outcome.is_ok() { "commit" } else { "rollback" };
        let ended = connection.batch_execute(end).await;
        self.ended(outcome, ended)
    }

    fn ended(
        &mut self,
        outcome: Result<Committed, Failure>,
        ended: Result<(), Error>,
    ) -> Result<Committed, Failure> {
        let Err(error) = ended else { return outcome };
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
        outcome.and_then(|_| {
            let Failure { error, .. } = failed("commit", 0, &error);
            // If the connection was lost here, nobody knows; running it again could do it twice.
            Err(Failure { error, again: false })
        })
    }
}

type Ran = Result<(u64, Vec<Row>), Error>;

async fn run(connection: &Object, prepared: &tokio_postgres::Statement, statement: &Statement) -> Ran {
    let rows = connection.query_raw(prepared, &statement.args).await?;
    pin_mut!(rows);
    let mut kept = Vec::new();
    while let Some(row) = rows.try_next().await? {
        if statement.returning {
            kept.push(Row(Columns::Postgres(row)));
        }
    }
    Ok((rows.rows_affected().unwrap_or(0), kept))
}

/// The first failure in the order of the batch decides; the ones after it are only its echo.
fn judge(statements: &[Statement], answers: Vec<Ran>) -> Result<Committed, Failure> {
    let mut committed = Committed::with_capacity(statements.len());
    for (position, (statement, answer)) in statements.iter().zip(answers).enumerate() {
        let (found, rows) = answer.map_err(|error| failed(statement.name, position, &error))?;
        if !statement.expect.holds(found) {
            let expected = statement.expect.count();
            return Err(DbError::Guard { statement: statement.name, position, expected, found }.into());
        }
        committed.add(statement.name, found, rows);
    }
    Ok(committed)
}

/// Sends everything before waiting for anything. A request is sent when its future is first polled, so the
/// order of polling is the order on the wire.
async fn in_order<F: Future>(
    begin: impl Future<Output = Result<(), Error>>,
    runs: impl Iterator<Item = F>,
    commit: impl Future<Output = Result<(), Error>>,
) -> (Result<(), Error>, Vec<F::Output>, Result<(), Error>) {
    let begin = maybe_done(begin);
    let commit = maybe_done(commit);
    pin_mut!(begin, commit);
    let mut runs: Vec<Pin<Box<MaybeDone<F>>>> = runs.map(|run| Box::pin(maybe_done(run))).collect();
    poll_fn(|cx| {
        let mut all_done = begin.as_mut().poll(cx).is_ready();
        for run in &mut runs {
            all_done &= run.as_mut().poll(cx).is_ready();
        }
        all_done &= commit.as_mut().poll(cx).is_ready();
        if all_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    const DONE: &str = "every future was polled until it was done";
    let answers = runs.iter_mut().map(|run| run.as_mut().take_output().expect(DONE)).collect();
    (begin.take_output().expect(DONE), answers, commit.take_output().expect(DONE))
}
