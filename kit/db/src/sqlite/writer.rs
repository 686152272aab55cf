//! The one writer of a database: takes every waiting batch into one commit, and answers after it.
//!
//! The disk is waited for once per commit, not once per order; while it works, the next batches gather.
//! A batch that fails fails alone: the others are done again without it. Nobody, not even the loser of a race,
//! is answered before the commit: what he lost against might still be undone.
//!
//! Savepoints would undo a failed batch by itself, but SQLite copies every page that a savepoint is about to
//! change, and batches rarely fail. So a group runs without them, and if a batch of it fails, it runs again with
//! them, as do the next groups: races come in crowds.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::bind;
use super::failure::{failed, is_disk_failure};
use crate::db::Terms;
use crate::hub::Counters;
use crate::{Committed, DbError, Statement, rush};

pub(super) enum Message {
    Job(Job),
    Close,
}

/// A batch, and whom to tell.
pub(super) struct Job {
    pub(super) statements: Vec<Statement>,
    pub(super) terms: Terms,
    pub(super) answer: oneshot::Sender<Answer>,
}

impl Job {
    fn is_late(&self) -> bool {
        self.terms.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }
}

type Answer = Result<Committed, DbError>;

/// How long a commit waits for company at the most. It never waits longer than the last commit took, so that
/// nobody waits twice as long as without it.
const GATHER_MAX: Duration = Duration::from_micros(500);

/// How long batches that nobody waits for may wait to go along with one that somebody waits for.
const PATIENCE: Duration = Duration::from_millis(5);

/// Groups that run with savepoints after one in which a batch has failed.
const CAREFUL_GROUPS: u32 = 64;

pub(super) fn spawn(
    connection: Connection,
    queue: mpsc::Receiver<Message>,
    name: &str,
    jobs_max: usize,
    counters: Arc<Counters>,
    lock: File,
) -> Result<JoinHandle<()>, DbError> {
    let group_size = metrics::histogram!("souk_db_commit_batches", "db" => name.to_owned());
    let commit_seconds = metrics::histogram!("souk_db_commit_seconds", "db" => name.to_owned());
    let writer = Writer {
        connection,
        answers: Vec::new(),
        careful_groups: 0,
        shared: 0,
        took: Duration::ZERO,
        counters,
        group_size,
        commit_seconds,
    };
    std::thread::Builder::new()
        .name(format!("db-{name}"))
        .spawn(move || writer.run(queue, jobs_max.max(1), lock))
        .map_err(|error| DbError::Other(format!("cannot start the writer thread: {error}")))
}

struct Writer {
    connection: Connection,
    /// Answers of the commit at work, kept to be reused.
    answers: Vec<(oneshot::Sender<Answer>, Answer)>,
    /// How many more groups run with savepoints.
    careful_groups: u32,
    /// Batches in the last commit, and how long it took.
    shared: usize,
    took: Duration,
    counters: Arc<Counters>,
    group_size: metrics::Histogram,
    commit_seconds: metrics::Histogram,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Message>, jobs_max: usize, lock: File) {
        let mut jobs = Vec::with_capacity(jobs_max);
        while let Some(message) = queue.blocking_recv() {
            take(message, &mut queue, &mut jobs, jobs_max);
            self.gather(&mut queue, &mut jobs, jobs_max);
            self.commit(&mut jobs);
        }
        if let Err(error) = self.connection.execute_batch("pragma wal_checkpoint(truncate)") {
            tracing::warn!(%error, "the log could not be folded into the database; the next start does it");
        }
        drop(self.connection);
        drop(lock);
    }

    /// Where several batches shared the last commit, more are on their way: they may share this one.
    fn gather(&self, queue: &mut mpsc::Receiver<Message>, jobs: &mut Vec<Job>, jobs_max: usize) {
        if self.shared <= 1 {
            return;
        }
        let begun = Instant::now();
        while !jobs.is_empty() && jobs.len() < jobs_max {
            let patient = jobs.iter().all(|job| job.terms.patient);
            let most = if patient && rush::somebody_waits() { PATIENCE } else { self.took.min(GATHER_MAX) };
            let left = most.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(GATHER_MAX));
            if let Ok(message) = queue.try_recv() {
                take(message, queue, jobs, jobs_max);
            }
        }
    }

    fn commit(&mut self, jobs: &mut Vec<Job>) {
        jobs.retain(|job| !job.answer.is_closed());
        self.shared = jobs.len();
        if jobs.is_empty() {
            return;
        }
        let started = Instant::now();
        let (outcome, count, statements) = self.run_group(jobs);
        self.took = started.elapsed();
        match outcome {
            Ok(()) => {
                self.counters.add(u64::from(count > 0), count, statements);
                self.commit_seconds.record(started.elapsed());
                #[expect(clippy::cast_precision_loss, reason = "a count for a histogram")]
                self.group_size.record(count as f64);
            }
            Err(error) => {
                tracing::error!(%error, batches = jobs.len(), "a commit failed; nothing of it was done");
                for (_, answer) in &mut self.answers {
                    *answer = Err(error.clone());
                }
                // Jobs that never ran, because the transaction could not begin.
                self.answers.extend(jobs.drain(..).map(|job| (job.answer, Err(error.clone()))));
            }
        }
        for (asked, answer) in self.answers.drain(..) {
            // Whoever stopped listening does not need it.
            let _ = asked.send(answer);
        }
    }

    /// Runs the jobs in one transaction. An error is about all of them.
    fn run_group(&mut self, jobs: &mut Vec<Job>) -> (Result<(), DbError>, u64, u64) {
        let (mut done, mut statements) = (0, 0);
        let alone = jobs.len() == 1;
        if !alone && self.careful_groups == 0 {
            match self.run_trusting(jobs) {
                Ok(Some((done, statements))) => return (self.end_group(), done, statements),
                Ok(None) => self.careful_groups = CAREFUL_GROUPS,
                Err(error) => return (Err(error), 0, 0),
            }
        }
        self.careful_groups = self.careful_groups.saturating_sub(1);
        if let Err(error) = self.execute("begin immediate") {
            return (Err(failed("begin", error)), 0, 0);
        }
        let mut waiting = jobs.drain(..);
        while let Some(job) = waiting.next() {
            let answer = self.run_job(&job, alone);
            if answer.is_ok() {
                done += 1;
                statements += job.statements.len() as u64;
            }
            self.answers.push((job.answer, answer));
            if self.connection.is_autocommit() && !alone {
                // The disk was full or failed, and SQLite has undone everything: the others with it.
                let error = DbError::Unavailable("the transaction was rolled back".to_owned());
                self.answers.extend(waiting.map(|job| (job.answer, Err(error.clone()))));
                return (Err(error), 0, 0);
            }
        }
        drop(waiting);
        if self.connection.is_autocommit() {
            return (Ok(()), 0, 0);
        }
        (self.end_group(), done, statements)
    }

    /// Runs the jobs in one transaction, which stays open, without a way to undo one alone. `None` if one failed:
    /// then nothing was done, and every job is still there.
    fn run_trusting(&mut self, jobs: &mut Vec<Job>) -> Result<Option<(u64, u64)>, DbError> {
        self.execute("begin immediate").map_err(|error| failed("begin", error))?;
        let (mut done, mut statements) = (0, 0);
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs.iter() {
            // Nothing is begun for whoever is too late, so there is nothing to undo.
            if job.is_late() {
                answers.push(Err(DbError::Timeout));
                continue;
            }
            let Ok(committed) = self.run_statements(job) else {
                self.roll_back("rollback");
                return Ok(None);
            };
            done += 1;
            statements += job.statements.len() as u64;
            answers.push(Ok(committed));
        }
        self.answers.extend(jobs.drain(..).map(|job| job.answer).zip(answers));
        Ok(Some((done, statements)))
    }

    fn end_group(&self) -> Result<(), DbError> {
        match self.execute("commit") {
            Ok(()) => Ok(()),
            Err(error) if is_disk_failure(&error) => stop_at_once(&error),
            Err(error) => {
                self.roll_back("rollback");
                Err(DbError::Unavailable(format!("commit: {error}")))
            }
        }
    }

    /// Runs one job, or undoes what it did. Alone in its transaction it needs no savepoint.
    fn run_job(&mut self, job: &Job, alone: bool) -> Answer {
        if job.is_late() {
            return Err(DbError::Timeout);
        }
        if !alone {
            self.execute("savepoint job").map_err(|error| failed("savepoint", error))?;
        }
        let answer = self.run_statements(job);
        match (&answer, alone) {
            (Ok(_), true) => {}
            (Ok(_), false) => self.execute("release job").map_err(|error| failed("release", error))?,
            (Err(_), true) => self.roll_back("rollback"),
            (Err(_), false) => {
                self.roll_back("rollback to job");
                self.roll_back("release job");
            }
        }
        answer
    }

    fn run_statements(&self, job: &Job) -> Answer {
        catch_unwind(AssertUnwindSafe(|| run_statements(&self.connection, &job.statements)))
            .unwrap_or_else(|_| Err(DbError::Other("the batch panicked".to_owned())))
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.raw_execute().map(|_| ())
    }

    /// Undoing must not fail. Where SQLite has rolled back by itself there is nothing left to undo.
    fn roll_back(&self, sql: &str) {
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.execute(sql) {
            stop_at_once(&error);
        }
    }
}

/// Takes in a message and whatever waits behind it.
fn take(first: Message, queue: &mut mpsc::Receiver<Message>, jobs: &mut Vec<Job>, jobs_max: usize) {
    let mut next = Some(first);
    while let Some(message) = next {
        match message {
            Message::Job(job) => jobs.push(job),
            // What was sent before is still received; later senders are refused.
            Message::Close => queue.close(),
        }
        next = if jobs.len() < jobs_max { queue.try_recv().ok() } else { None };
    }
}

fn run_statements(connection: &Connection, statements: &[Statement]) -> Answer {
    let mut committed = Committed::with_capacity(statements.len());
    for (position, statement) in statements.iter().enumerate() {
        let (affected, rows) = bind::run(connection, statement)?;
        if !statement.expect.holds(affected) {
            let expected = statement.expect.count();
            return Err(DbError::Guard { statement: statement.name, position, expected, found: affected });
        }
        committed.add(statement.name, affected, rows);
    }
    Ok(committed)
}

/// After a failed fsync nobody knows what the disk holds, and asking again is answered wrongly (the kernel
/// has dropped the pages). Only a restart, which recovers from the log, tells the truth.
fn stop_at_once(error: &rusqlite::Error) -> ! {
    tracing::error!(%error, "the disk failed during a commit; stopping so that the restart recovers from the log");
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rush::Waiting;

    fn writer_in_company() -> Writer {
        Writer {
            connection: Connection::open_in_memory().expect("SQLite opens"),
            answers: Vec::new(),
            careful_groups: 0,
            shared: 2,
            took: Duration::from_millis(1),
            counters: Arc::default(),
            group_size: metrics::Histogram::noop(),
            commit_seconds: metrics::Histogram::noop(),
        }
    }

    fn job(patient: bool) -> Job {
        let terms = Terms { deadline: None, patient };
        Job { statements: Vec::new(), terms, answer: oneshot::channel().0 }
    }

    /// Gathers for a batch that is there, while one that somebody waits for comes after `after`.
    fn gathered(patient: bool, after: Duration) -> usize {
        let (sender, mut queue) = mpsc::channel(8);
        let coming = std::thread::spawn(move || {
            std::thread::sleep(after);
            let _ = sender.try_send(Message::Job(job(false)));
        });
        let mut jobs = vec![job(patient)];
        writer_in_company().gather(&mut queue, &mut jobs, 256);
        coming.join().expect("the other thread has no reason to panic");
        jobs.len()
    }

    #[test]
    fn what_nobody_waits_for_goes_along_with_what_somebody_waits_for() {
        let _buyer = Waiting::begin();
        // On a busy machine the buyer's thread may come too late, but not each time.
        assert!((0..50).any(|_| gathered(true, Duration::from_millis(2)) == 2));
        // However long nobody else comes, its patience ends.
        assert_eq!(gathered(true, PATIENCE * 20), 1);
    }

    #[test]
    fn who_waits_is_not_kept_for_others() {
        let _buyer = Waiting::begin();
        assert_eq!(gathered(false, GATHER_MAX * 40), 1);
    }

    #[test]
    fn while_nobody_waits_for_anything_patience_is_of_no_use() {
        assert_eq!(gathered(true, GATHER_MAX * 40), 1);
    }

    #[test]
    fn in_a_quiet_shop_a_batch_goes_at_once() {
        let (sender, mut queue) = mpsc::channel(8);
        sender.try_send(Message::Job(job(false))).expect("there is room");
        let mut jobs = vec![job(true)];
        Writer { shared: 1, ..writer_in_company() }.gather(&mut queue, &mut jobs, 256);
        assert_eq!(jobs.len(), 1);
    }
}
