//! Batches that had to wait for a row run here: alone, with patience, on connections of their own.
//!
//! Somebody else, another replica or an operator, holds the row, perhaps for long. Those who do not want that row
//! are not kept waiting, and who wants it is answered as if there were no groups: it waits as long as a statement
//! may run, and runs again after a deadlock.

use std::sync::Arc;
use std::time::Instant;

use deadpool_postgres::Pool;
use tokio::sync::Semaphore;

use super::failure::{Cause, Failure};
use super::session::{Cargo, Entry, Session};
use super::turn::Turn;
use super::verdict::Verdict;
use super::writer::{Desk, Job};
use crate::{Committed, DbError};

/// Batches that may be aside at a time.
const PLACES: u32 = 1_024;
/// Deadlocks and restarts of the server are not the caller's business, if they pass.
pub(super) const ATTEMPTS: u32 = 3;

pub(super) struct Aside {
    pool: Pool,
    places: Arc<Semaphore>,
}

impl Aside {
    pub(super) fn new(pool: Pool) -> Aside {
        Aside { pool, places: Arc::new(Semaphore::new(PLACES as usize)) }
    }

    pub(super) fn take(&self, desk: &Arc<Desk>, job: Job) {
        let Ok(place) = self.places.clone().try_acquire_owned() else { return job.tell(Err(DbError::Busy)) };
        let desk = desk.clone();
        tokio::spawn(async move {
            let answer = commit(&desk, &job).await;
            job.tell(answer);
            drop(place);
        });
    }

    /// Waits until everybody has left, and lets nobody in any more.
    pub(super) async fn close(&self) {
        // An error says that somebody has closed it before.
        let _ = self.places.acquire_many(PLACES).await;
        self.places.close();
        self.pool.close();
    }
}

async fn commit(desk: &Desk, job: &Job) -> Result<Committed, DbError> {
    let mut attempt = 1;
    loop {
        let failure = match once(desk, job).await {
            Ok(committed) => return Ok(committed),
            Err(failure) => failure,
        };
        let again = matches!(failure.cause, Cause::Waited | Cause::Lost) && failure.error != DbError::Timeout;
        if !again || attempt == ATTEMPTS {
            return Err(failure.error);
        }
        attempt += 1;
    }
}

async fn once(desk: &Desk, job: &Job) -> Result<Committed, Failure> {
    let started = Instant::now();
    let settled = |error| Failure { error, cause: Cause::Final };
    let mut session = Session::open(&desk.aside.pool, desk.answer_within).await.map_err(settled)?;
    let plan = session.plan(&job.statements).await?;
    let entry = Entry { statements: &job.statements, plan: &plan };
    let cargo = Cargo { turn: Turn::None, fenced: false, candidates: &[entry], suspects: &[] };
    let mut flown = session.fly(cargo).await.map_err(by_error)?;
    let verdict = flown.candidates.pop().unwrap_or(Verdict::Unseen);
    let committed = match verdict {
        Verdict::Held(committed) => committed,
        Verdict::Failed(failure) => {
            session.roll_back().await;
            return Err(failure);
        }
        Verdict::Unseen => return Err(Failure::lost("the transaction had ended before its first statement")),
    };
    match flown.committed {
        Some(ended) => ended.map_err(by_error)?,
        None => session.commit().await.map_err(by_error)?,
    }
    desk.count_commit(1, job.statements.len(), started.elapsed());
    Ok(committed)
}

/// Only where nothing has happened may it be run again.
fn by_error(error: DbError) -> Failure {
    let cause = if matches!(error, DbError::Unavailable(_)) { Cause::Lost } else { Cause::Final };
    Failure { error, cause }
}
