//! A group of batches on its way to one commit. Each fails alone, with the error it would get by itself.
//!
//! At first all are candidates: they run in one transaction, and if every guard held, that is the commit. If not,
//! everything is undone, and who failed becomes a suspect: what it lost against may have been another loser's half.
//! So the candidates run again without them, and the suspects are tried one by one on top. A suspect that fails there
//! has lost against what this transaction commits, and is told so afterwards; one that does not is a candidate again.
//! Whoever had to wait for a row goes [aside](super::aside), and so does what is left after a few rounds.

use std::sync::Arc;
use std::time::Instant;

use super::aside::ATTEMPTS;
use super::failure::Cause;
use super::fold::Folding;
use super::session::{Cargo, Entry, Flown, Plan, Session};
use super::turn::Turn;
use super::verdict::Verdict;
use super::writer::{Desk, Job};
use crate::DbError;

/// The first finds the losers, the second commits the others. Errors of the server's cost one more, and so do losers
/// whose halves hid something.
const ROUNDS_MAX: u32 = 4;

pub(super) async fn commit(desk: &Arc<Desk>, jobs: Vec<Job>) {
    let folds = desk.may_fold();
    let mut group =
        Group { candidates: jobs, suspects: Vec::new(), missed_turn: false, fenced: false, folds };
    let (mut rounds, mut attempts) = (0, 0);
    while group.len() > 0 && rounds < ROUNDS_MAX {
        match group.round(desk).await {
            Ok(()) => rounds += 1,
            // Nothing has happened, so a server that was restarted may be asked again.
            Err(error) => {
                attempts += 1;
                if attempts == ATTEMPTS {
                    group.fail(&error);
                }
            }
        }
    }
    for job in group.candidates.into_iter().chain(group.suspects) {
        desk.aside.take(desk, job);
    }
}

struct Group {
    candidates: Vec<Job>,
    suspects: Vec<Job>,
    missed_turn: bool,
    /// An error of the server's has hidden what would have come of others.
    fenced: bool,
    /// Statements of one text still run as one.
    folds: bool,
}

impl Group {
    fn len(&self) -> usize {
        self.candidates.len() + self.suspects.len()
    }

    fn statements(&self) -> usize {
        self.candidates.iter().chain(&self.suspects).map(|job| job.statements.len()).sum()
    }

    /// An error says that the connection was lost before anything was done.
    async fn round(&mut self, desk: &Arc<Desk>) -> Result<(), DbError> {
        let started = Instant::now();
        let mut session = match Session::open(&desk.pool, desk.answer_within).await {
            Ok(session) => session,
            Err(error) => {
                self.fail(&error);
                return Ok(());
            }
        };
        let plans = plan(&session, desk, &mut self.candidates).await?;
        let suspect_plans = plan(&session, desk, &mut self.suspects).await?;
        if self.len() == 0 {
            return Ok(());
        }
        let turn = match self.missed_turn {
            true => Turn::None,
            false => Turn::of(self.len(), self.statements()),
        };
        let (candidates, suspects) =
            (entries(&self.candidates, &plans), entries(&self.suspects, &suspect_plans));
        let cargo = Cargo { turn, fenced: self.fenced, candidates: &candidates, suspects: &suspects };
        let flown = match fly(&mut session, desk, cargo, &mut self.folds).await {
            Ok(flown) => flown,
            Err(error @ DbError::Unknown(_)) => {
                self.fail(&error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.missed_turn |= !flown.had_turn;
        if !flown.candidates.iter().all(Verdict::has_held) {
            session.roll_back().await;
            self.sort_out(desk, flown);
            return Ok(());
        }
        if self.candidates.is_empty() {
            session.roll_back().await;
        } else if !self.settle(&mut session, flown.committed.clone()).await? {
            return Ok(());
        }
        self.answer(desk, flown, started);
        Ok(())
    }

    /// Whether the candidates are committed. If nobody can say, it has told them so.
    async fn settle(
        &mut self,
        session: &mut Session,
        committed: Option<Result<(), DbError>>,
    ) -> Result<bool, DbError> {
        let ended = match committed {
            Some(ended) => ended,
            None => session.commit().await,
        };
        match ended {
            Ok(()) => Ok(true),
            Err(unknown @ DbError::Unknown(_)) => {
                tracing::error!(
                    batches = self.candidates.len(),
                    "a commit was not answered; nobody knows of it"
                );
                self.candidates.drain(..).for_each(|job| job.tell(Err(unknown.clone())));
                // They have done nothing, but what they lost against may be undone.
                let error = DbError::Unavailable("the commit was not answered".to_owned());
                self.suspects.drain(..).for_each(|job| job.tell(Err(error.clone())));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// After the commit.
    fn answer(&mut self, desk: &Arc<Desk>, flown: Flown, started: Instant) {
        let (jobs, statements) =
            (self.candidates.len(), self.candidates.iter().map(|job| job.statements.len()).sum());
        if jobs > 0 {
            desk.count_commit(jobs, statements, started.elapsed());
        }
        for (job, verdict) in self.candidates.drain(..).zip(flown.candidates) {
            if let Verdict::Held(committed) = verdict {
                job.tell(Ok(committed));
            }
        }
        for (job, verdict) in std::mem::take(&mut self.suspects).into_iter().zip(flown.suspects) {
            match verdict {
                Verdict::Held(_) | Verdict::Unseen => self.candidates.push(job),
                Verdict::Failed(failure) if failure.cause == Cause::Waited => desk.aside.take(desk, job),
                Verdict::Failed(failure) => job.tell(Err(failure.error)),
            }
        }
    }

    /// After the rollback: who runs how in the next round.
    fn sort_out(&mut self, desk: &Arc<Desk>, flown: Flown) {
        // By itself a batch has lost against nobody's half.
        let alone = self.len() == 1;
        self.fenced |=
            flown.had_turn && flown.candidates.iter().any(|verdict| matches!(verdict, Verdict::Unseen));
        for (job, verdict) in std::mem::take(&mut self.candidates).into_iter().zip(flown.candidates) {
            match verdict {
                Verdict::Held(_) | Verdict::Unseen => self.candidates.push(job),
                Verdict::Failed(failure) => match failure.cause {
                    Cause::Refused if !alone => self.suspects.push(job),
                    Cause::Waited => desk.aside.take(desk, job),
                    Cause::Refused | Cause::Final | Cause::Lost => job.tell(Err(failure.error)),
                },
            }
        }
    }

    fn fail(&mut self, error: &DbError) {
        for job in self.candidates.drain(..).chain(self.suspects.drain(..)) {
            job.tell(Err(error.clone()));
        }
    }
}

/// Together if all goes well, which is nearly always; then one after the other.
async fn fly(
    session: &mut Session,
    desk: &Desk,
    cargo: Cargo<'_>,
    folds: &mut bool,
) -> Result<Flown, DbError> {
    if std::mem::take(folds)
        && cargo.suspects.is_empty()
        && let Some(folding) = Folding::of(&desk.texts, cargo.candidates)
    {
        match session.fly_together(cargo.turn, &folding, cargo.is_unguarded()).await? {
            Some(flown) => return Ok(flown),
            None => {
                desk.has_failed_to_fold();
                session.roll_back().await;
            }
        }
    }
    session.fly(cargo).await
}

/// Prepares every batch. One that cannot be prepared has a defect, and is told so; the others keep their order.
async fn plan(session: &Session, desk: &Arc<Desk>, jobs: &mut Vec<Job>) -> Result<Vec<Plan>, DbError> {
    let mut plans = Vec::with_capacity(jobs.len());
    let mut waiting = std::mem::take(jobs).into_iter();
    while let Some(job) = waiting.next() {
        match session.plan(&job.statements).await {
            Ok(plan) => {
                plans.push(plan);
                jobs.push(job);
            }
            Err(failure) if failure.cause == Cause::Lost => {
                jobs.push(job);
                jobs.extend(waiting);
                return Err(failure.error);
            }
            Err(failure) if failure.cause == Cause::Waited => desk.aside.take(desk, job),
            Err(failure) => job.tell(Err(failure.error)),
        }
    }
    Ok(plans)
}

fn entries<'a>(jobs: &'a [Job], plans: &'a [Plan]) -> Vec<Entry<'a>> {
    jobs.iter().zip(plans).map(|(job, plan)| Entry { statements: &job.statements, plan }).collect()
}
