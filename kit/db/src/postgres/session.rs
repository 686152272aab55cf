//! One transaction on one connection: everything before COMMIT goes out in one flight.
//!
//! Candidates run one after another, as one. Behind them each suspect is tried by itself: a savepoint, its
//! statements, back to the savepoint, whatever came of it. So one flight tells of every suspect whether it
//! would be refused after the candidates, without waiting for one to send the next.
//!
//! An error of the server's ends a transaction, and who comes after it learns nothing. Where there was one, the
//! candidates fly again *fenced*: each between two savepoints of one name. Going back to that name afterwards undoes
//! nothing when all went well (the second stands), and everything when it did not (the second was refused).

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use futures::future::try_join_all;
use tokio::time::timeout;

use super::failure::{Cause, Failure, failed};
use super::fold::{Folding, Step};
use super::pipeline::{Answer, Pipeline};
use super::turn::Turn;
use super::verdict::{Fence, Reader, Verdict};
use super::{lend, types};
use crate::{DbError, Expect, Statement};

/// Also right where an error has ended the transaction.
const BACK: &str = "rollback to savepoint batch; release savepoint batch";

/// What a flight carries.
#[derive(Clone, Copy)]
pub(super) struct Cargo<'a> {
    pub(super) turn: Turn,
    /// Whether errors of candidates are kept from those after them.
    pub(super) fenced: bool,
    pub(super) candidates: &'a [Entry<'a>],
    pub(super) suspects: &'a [Entry<'a>],
}

/// The statements of a batch, prepared on this connection.
pub(super) type Plan = Vec<tokio_postgres::Statement>;

/// A batch that is to fly.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) statements: &'a [Statement],
    pub(super) plan: &'a Plan,
}

#[derive(Debug)]
pub(super) struct Flown {
    pub(super) candidates: Vec<Verdict>,
    pub(super) suspects: Vec<Verdict>,
    /// Otherwise nothing has run.
    pub(super) had_turn: bool,
    /// What became of a COMMIT that went with the statements. After a failed statement it was a ROLLBACK.
    pub(super) committed: Option<Result<(), DbError>>,
}

/// A connection on loan that is closed, not given back, while a transaction may be open on it.
pub(super) struct Session {
    connection: Option<Object>,
    in_transaction: bool,
    /// The group's turn is held, until the server says otherwise.
    in_turn: bool,
    answer_within: Duration,
}

impl Cargo<'_> {
    /// Where there is no guard to wait for, COMMIT goes with the statements.
    pub(super) fn is_unguarded(&self) -> bool {
        let mut statements = self.candidates.iter().flat_map(|entry| entry.statements);
        self.suspects.is_empty()
            && !self.fenced
            && statements.all(|statement| statement.expect == Expect::Any)
    }

    fn requests(&self) -> usize {
        let entries = || self.candidates.iter().chain(self.suspects);
        entries().map(|entry| entry.statements.len()).sum::<usize>() + 3 * entries().count() + 4
    }
}

impl Session {
    pub(super) async fn open(pool: &Pool, answer_within: Duration) -> Result<Session, DbError> {
        let connection = Some(lend(pool).await?);
        Ok(Session { connection, in_transaction: false, in_turn: false, answer_within })
    }

    /// Texts that the server does not know yet are asked for together: they cost one round trip, once per connection.
    pub(super) async fn plan(&self, statements: &[Statement]) -> Result<Plan, Failure> {
        let connection = self.connection()?;
        let prepared = statements.iter().enumerate().map(|(position, statement)| async move {
            let types = types::of(&statement.args);
            let prepared = connection.prepare_typed_cached(statement.sql, &types).await;
            prepared.map_err(|error| failed(statement.name, position, &error))
        });
        let plan = timeout(self.answer_within, try_join_all(prepared)).await;
        plan.map_err(|_| Failure::lost("no answer"))?
    }

    /// Runs the batches in a transaction that is then to be committed or rolled back, unless COMMIT went along.
    /// An error is about all of them: nothing has happened, or it is [`DbError::Unknown`].
    pub(super) async fn fly(&mut self, cargo: Cargo<'_>) -> Result<Flown, DbError> {
        let Cargo { turn, candidates, suspects, fenced } = cargo;
        let begin = self.plan(turn.begin()).await.map_err(|failure| failure.error)?;
        let end = self.plan(turn.end()).await.map_err(|failure| failure.error)?;
        self.connection().map_err(|lost| lost.error)?;
        let Some(connection) = &self.connection else { return Err(DbError::Closed) };
        self.in_transaction = true;
        self.in_turn = turn == Turn::Group;
        let mut pipeline = Pipeline::new(connection, cargo.requests());
        pipeline.say("begin isolation level read committed");
        run_all(&mut pipeline, Entry { statements: turn.begin(), plan: &begin });
        for entry in candidates {
            if fenced {
                pipeline.say("savepoint batch");
            }
            run_all(&mut pipeline, *entry);
            if fenced {
                pipeline.say("savepoint batch");
                pipeline.say(BACK);
            }
        }
        for entry in suspects {
            pipeline.say("savepoint batch");
            run_all(&mut pipeline, *entry);
            pipeline.say(BACK);
        }
        run_all(&mut pipeline, Entry { statements: turn.end(), plan: &end });
        let at_once = cargo.is_unguarded() && turn != Turn::Group && !pipeline.is_broken();
        if at_once {
            pipeline.say("commit");
        }
        let failure = match pipeline.answers(self.answer_within).await {
            Some(answers) => match self.read(answers, cargo, at_once) {
                Ok(flown) => return Ok(flown),
                Err(failure) => failure,
            },
            None => Failure::lost("no answer"),
        };
        Err(if at_once { commit_failed(failure) } else { failure.error })
    }

    /// Runs the batches together, each kind of statement once. None when not all of them did what they must: then
    /// everything is to be rolled back. COMMIT goes along as in [`Session::fly`].
    pub(super) async fn fly_together(
        &mut self,
        turn: Turn,
        folding: &Folding<'_>,
        at_once: bool,
    ) -> Result<Option<Flown>, DbError> {
        let begin = self.plan(turn.begin()).await.map_err(|failure| failure.error)?;
        let end = self.plan(turn.end()).await.map_err(|failure| failure.error)?;
        let Ok(many) = self.plan_together(folding).await? else { return Ok(None) };
        let Some(connection) = &self.connection else { return Err(DbError::Closed) };
        self.in_transaction = true;
        self.in_turn = turn == Turn::Group;
        let mut pipeline = Pipeline::new(connection, folding.steps.len() + 4);
        pipeline.say("begin isolation level read committed");
        run_all(&mut pipeline, Entry { statements: turn.begin(), plan: &begin });
        let mut many = many.iter();
        for step in &folding.steps {
            match step {
                Step::One(place) => pipeline.run(folding.prepared(*place), folding.statement(*place)),
                Step::Many(step) => {
                    let Some(prepared) = many.next() else { break };
                    pipeline.run_many(prepared, &step.columns);
                }
            }
        }
        run_all(&mut pipeline, Entry { statements: turn.end(), plan: &end });
        let at_once = at_once && turn != Turn::Group && !pipeline.is_broken();
        if at_once {
            pipeline.say("commit");
        }
        let failure = match pipeline.answers(self.answer_within).await {
            Some(answers) => match self.read_together(answers, turn, folding, at_once) {
                Ok(flown) => return Ok(flown),
                Err(failure) => failure,
            },
            None => Failure::lost("no answer"),
        };
        Err(if at_once { commit_failed(failure) } else { failure.error })
    }

    /// A text that the server does not take is no folded text.
    async fn plan_together(&self, folding: &Folding<'_>) -> Result<Result<Plan, Failure>, DbError> {
        let connection = self.connection().map_err(|lost| lost.error)?;
        let many = folding.steps.iter().filter_map(|step| match step {
            Step::One(_) => None,
            Step::Many(many) => Some(many),
        });
        let prepared = many.map(|many| async move {
            let prepared = connection.prepare_typed_cached(many.sql(), &many.types).await;
            prepared.map_err(|error| failed("fold", 0, &error))
        });
        let plan = timeout(self.answer_within, try_join_all(prepared)).await;
        match plan.unwrap_or_else(|_| Err(Failure::lost("no answer"))) {
            Err(failure) if failure.cause == Cause::Lost => Err(failure.error),
            plan => Ok(plan),
        }
    }

    fn read_together(
        &mut self,
        answers: Vec<Answer>,
        turn: Turn,
        folding: &Folding<'_>,
        at_once: bool,
    ) -> Result<Option<Flown>, Failure> {
        let mut reader = Reader::new(answers);
        reader.next("begin")?;
        if !reader.turn(turn)? {
            return Ok(None);
        }
        let mut found = Some(Vec::with_capacity(folding.steps.len()));
        for _ in &folding.steps {
            match reader.answer("fold", 0) {
                Ok(answer) => {
                    if let Some(found) = &mut found {
                        found.push(answer);
                    }
                }
                Err(failure) if failure.cause == Cause::Lost => return Err(failure),
                Err(_) => found = None,
            }
        }
        if turn == Turn::Group {
            self.in_turn = reader.next("turn").is_err();
        }
        let committed = at_once.then(|| reader.next("commit").map_err(commit_failed));
        self.in_transaction = !matches!(committed, Some(Ok(())));
        let Some(candidates) = found.and_then(|found| folding.committed(found)) else { return Ok(None) };
        let candidates = candidates.into_iter().map(Verdict::Held).collect();
        Ok(Some(Flown { candidates, suspects: Vec::new(), had_turn: true, committed }))
    }

    fn read(&mut self, answers: Vec<Answer>, cargo: Cargo<'_>, at_once: bool) -> Result<Flown, Failure> {
        let Cargo { turn, candidates, suspects, fenced } = cargo;
        let mut reader = Reader::new(answers);
        reader.next("begin")?;
        let had_turn = reader.turn(turn)?;
        let fence = if fenced { Fence::Open } else { Fence::None };
        let mut read = |entries: &[Entry<'_>], fence| -> Result<Vec<Verdict>, Failure> {
            entries.iter().map(|entry| reader.batch(entry.statements, fence)).collect()
        };
        let (candidates, suspects) = (read(candidates, fence)?, read(suspects, Fence::Shut)?);
        if turn == Turn::Group {
            self.in_turn = reader.next("turn").is_err();
        }
        let committed = at_once.then(|| reader.next("commit").map_err(commit_failed));
        self.in_transaction = !matches!(committed, Some(Ok(())));
        Ok(Flown { candidates, suspects, had_turn, committed })
    }

    /// An error other than [`DbError::Unknown`] means that nothing has happened.
    pub(super) async fn commit(&mut self) -> Result<(), DbError> {
        let connection = self.connection().map_err(|lost| lost.error)?;
        match timeout(self.answer_within, connection.batch_execute("commit")).await {
            Ok(Ok(())) => self.in_transaction = false,
            Ok(Err(error)) => return Err(commit_failed(failed("commit", 0, &error))),
            Err(_) => return Err(DbError::Unknown("no answer to the commit".to_owned())),
        }
        Ok(())
    }

    /// If even this fails, the connection is closed, which undoes as well.
    pub(super) async fn roll_back(&mut self) {
        if !self.in_transaction && !self.in_turn {
            return;
        }
        // In one message: a session without a transaction, which no time-out ends, must not keep the turn.
        let end = if self.in_turn { "rollback; select pg_advisory_unlock_all()" } else { "rollback" };
        let Ok(connection) = self.connection() else { return };
        if let Ok(Ok(())) = timeout(self.answer_within, connection.batch_execute(end)).await {
            (self.in_transaction, self.in_turn) = (false, false);
        }
    }

    fn connection(&self) -> Result<&Object, Failure> {
        let open = self.connection.as_ref().filter(|connection| !connection.is_closed());
        open.ok_or_else(|| Failure::lost("the connection is closed"))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if (self.in_transaction || self.in_turn)
            && let Some(connection) = self.connection.take()
        {
            drop(Object::take(connection));
        }
    }
}

fn run_all<'a>(pipeline: &mut Pipeline<'a>, entry: Entry<'a>) {
    for (statement, prepared) in entry.statements.iter().zip(entry.plan) {
        pipeline.run(prepared, statement);
    }
}

/// An error of the server's says that it was not done; silence, or a session that was ended, says nothing.
fn commit_failed(failure: Failure) -> DbError {
    match (failure.cause, failure.error) {
        (Cause::Lost, DbError::Unavailable(why)) => DbError::Unknown(why),
        (_, error) => DbError::Unavailable(format!("commit: {error}")),
    }
}
