//! What both databases share: the clock, the bells that wake the workers, and the counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use souk_types::Clock;
use tokio::sync::Notify;

#[derive(Clone, Default)]
pub(crate) struct Hub {
    /// Of the database, for traces.
    pub(crate) name: Arc<str>,
    pub(crate) clock: Clock,
    pub(crate) on_outbox: Arc<Notify>,
    pub(crate) on_inbox: Arc<Notify>,
    pub(crate) counters: Arc<Counters>,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) jobs: AtomicU64,
    pub(crate) statements: AtomicU64,
}

/// What was written since the database was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DbStats {
    /// Commits, each of which waited for the disk once.
    pub commits: u64,
    /// Batches committed; many share a commit.
    pub jobs: u64,
    /// Statements of the committed batches.
    pub statements: u64,
}

impl Counters {
    pub(crate) fn add(&self, commits: u64, jobs: u64, statements: u64) {
        self.commits.fetch_add(commits, Ordering::Relaxed);
        self.jobs.fetch_add(jobs, Ordering::Relaxed);
        self.statements.fetch_add(statements, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> DbStats {
        DbStats {
            commits: self.commits.load(Ordering::Relaxed),
            jobs: self.jobs.load(Ordering::Relaxed),
            statements: self.statements.load(Ordering::Relaxed),
        }
    }
}
