//! The writers of a process: one task, or a few, each with a connection of its own, that take what waits into one
//! commit.
//!
//! The disk is waited for once per commit, not once per order; while it works, the next batches gather. No timer
//! holds a batch back: a batch that finds a writer idle goes by itself, at once.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use deadpool_postgres::Pool;
use futures::FutureExt;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::aside::Aside;
use super::fold::Texts;
use super::group;
use crate::hub::Counters;
use crate::{Committed, DbError, PostgresConfig, Statement};

/// Statements after which a group takes no more batches: who waits for the turn waits for all of them.
const STATEMENTS_MAX: usize = 1_024;

/// Groups that run without folding after one in which it failed.
const CAREFUL_GROUPS: u32 = 4;

pub(super) enum Message {
    Job(Job),
    Close,
}

/// A batch, and whom to tell.
pub(super) struct Job {
    pub(super) statements: Vec<Statement>,
    pub(super) deadline: Option<Instant>,
    pub(super) answer: oneshot::Sender<Result<Committed, DbError>>,
}

impl Job {
    /// Whoever stopped listening does not need it.
    pub(super) fn tell(self, answer: Result<Committed, DbError>) {
        let _ = self.answer.send(answer);
    }
}

/// What the writers of a database share.
pub(super) struct Desk {
    queue: Mutex<mpsc::Receiver<Message>>,
    pub(super) pool: Pool,
    pub(super) aside: Aside,
    /// How long to wait for the server before it is given up for lost.
    pub(super) answer_within: Duration,
    pub(super) texts: Texts,
    /// How many groups are still to run one batch after the other.
    careful_groups: AtomicU32,
    batch_max: usize,
    counters: Arc<Counters>,
    group_size: metrics::Histogram,
    commit_seconds: metrics::Histogram,
}

impl Desk {
    pub(super) fn new(
        config: &PostgresConfig,
        name: &str,
        queue: mpsc::Receiver<Message>,
        pool: Pool,
        aside: Aside,
        counters: Arc<Counters>,
    ) -> Desk {
        Desk {
            queue: Mutex::new(queue),
            pool,
            aside,
            answer_within: super::answer_within(config),
            texts: Texts::default(),
            careful_groups: AtomicU32::new(0),
            batch_max: config.batch_max.max(1),
            counters,
            group_size: metrics::histogram!("souk_db_commit_batches", "db" => name.to_owned()),
            commit_seconds: metrics::histogram!("souk_db_commit_seconds", "db" => name.to_owned()),
        }
    }

    pub(super) fn count_commit(&self, jobs: usize, statements: usize, took: Duration) {
        self.counters.add(u64::from(jobs > 0), jobs as u64, statements as u64);
        self.commit_seconds.record(took);
        #[expect(clippy::cast_precision_loss, reason = "a count for a histogram")]
        self.group_size.record(jobs as f64);
    }

    /// Where one buyer has just lost against another, more will, and folding would be in vain.
    pub(super) fn has_failed_to_fold(&self) {
        self.careful_groups.store(CAREFUL_GROUPS, Ordering::Relaxed);
    }

    pub(super) fn may_fold(&self) -> bool {
        let fewer = |left: u32| left.checked_sub(1);
        self.careful_groups.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_err()
    }

    /// After the writers have ended.
    pub(super) async fn close(&self) {
        self.aside.close().await;
        self.pool.close();
    }

    /// Waits for a batch and takes those that wait with it. None when the database is closed and all is done.
    async fn take(&self) -> Option<Vec<Job>> {
        let mut queue = self.queue.lock().await;
        let mut next = Some(queue.recv().await?);
        // Those who were answered by the last commit are about to ask again: they go first, then we look.
        tokio::task::yield_now().await;
        let (mut jobs, mut statements) = (Vec::new(), 0);
        while let Some(message) = next {
            match message {
                Message::Job(job) => {
                    statements += job.statements.len();
                    jobs.push(job);
                }
                // What was sent before is still received; later senders are refused.
                Message::Close => queue.close(),
            }
            let full = jobs.len() >= self.batch_max || statements >= STATEMENTS_MAX;
            next = if full { None } else { queue.try_recv().ok() };
        }
        Some(jobs)
    }
}

pub(super) fn spawn(desk: &Arc<Desk>, writers: usize) -> Vec<JoinHandle<()>> {
    (0..writers.max(1)).map(|_| tokio::spawn(run(desk.clone()))).collect()
}

async fn run(desk: Arc<Desk>) {
    while let Some(mut jobs) = desk.take().await {
        jobs.retain(|job| !job.answer.is_closed());
        let now = Instant::now();
        let late = jobs.extract_if(.., |job| job.deadline.is_some_and(|deadline| deadline <= now));
        late.for_each(|job| job.tell(Err(DbError::Timeout)));
        // Callers whose job is dropped in a panic are told that nobody knows.
        if AssertUnwindSafe(group::commit(&desk, jobs)).catch_unwind().await.is_err() {
            tracing::error!("a group of batches panicked");
        }
    }
}
