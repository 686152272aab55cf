//! The database of one service: what the flows and stores see.

use std::sync::Arc;
use std::time::Instant;

use souk_rpc::{Cause, Context};
use souk_types::Clock;
use tokio::sync::Notify;

use crate::hub::Hub;
use crate::postgres::PgDb;
use crate::rush::Waiting;
use crate::sqlite::SqliteDb;
use crate::{
    Batch, Committed, DbConfig, DbError, DbStats, Migration, Row, Value, idempotency, inbox, outbox, trace,
};

/// A handle, cheap to clone. Everything that is written goes through [`Db::commit`].
#[derive(Clone)]
pub enum Db {
    Sqlite(SqliteDb),
    Postgres(PgDb),
}

/// Which SQL is spoken, for the few texts that must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// How long a batch may take.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Terms {
    /// Not begun after it.
    pub(crate) deadline: Option<Instant>,
    /// Nobody waits for it.
    pub(crate) patient: bool,
}

/// How PostgreSQL comes to the plan of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planned {
    /// For all arguments alike.
    Once,
    /// Filters make lists long or short, and another plan is right.
    ForItsArguments,
}

impl Db {
    /// Opens the database of the service `name`, creates it when missing, and applies its migrations.
    pub async fn open(
        config: &DbConfig,
        name: &str,
        migrations: &'static [Migration],
    ) -> Result<Db, DbError> {
        Db::open_with_clock(config, name, migrations, Clock::system()).await
    }

    /// As [`Db::open`], with the time as an argument.
    pub async fn open_with_clock(
        config: &DbConfig,
        name: &str,
        migrations: &'static [Migration],
        clock: Clock,
    ) -> Result<Db, DbError> {
        let hub = Hub { name: name.into(), clock, ..Hub::default() };
        Ok(match config {
            DbConfig::Sqlite(config) => Db::Sqlite(SqliteDb::open(config, name, migrations, hub).await?),
            DbConfig::Postgres(config) => Db::Postgres(PgDb::open(config, name, migrations, hub).await?),
        })
    }

    /// Opens for reading only, beside the process that owns the database; takes no lock and migrates nothing.
    pub async fn open_read_only(config: &DbConfig, name: &str) -> Result<Db, DbError> {
        let hub = Hub::default();
        Ok(match config {
            DbConfig::Sqlite(config) => Db::Sqlite(SqliteDb::open_read_only(config, name, hub).await?),
            DbConfig::Postgres(config) => Db::Postgres(PgDb::open_read_only(config, name, hub).await?),
        })
    }

    /// Does all of the batch, durably, or nothing of it.
    ///
    /// When `cx` is caused by an event, the event's inbox row is marked in the same commit, and an event that had
    /// its effect before is [`DbError::AlreadyDone`]. Dropping the future does not undo: what was begun is finished.
    pub async fn commit(&self, cx: &Context, batch: impl Into<Batch>) -> Result<Committed, DbError> {
        let batch = batch.into();
        match trace::begin(cx, self, &batch) {
            None => self.commit_caused(cx, batch).await,
            Some((span, cx)) => {
                let committed = span.scope(self.commit_caused(&cx, batch)).await;
                trace::end(span, committed)
            }
        }
    }

    async fn commit_caused(&self, cx: &Context, batch: Batch) -> Result<Committed, DbError> {
        let terms = Terms { deadline: cx.deadline, patient: cx.patient };
        let Some(cause) = &cx.cause else {
            return self.write(batch, terms, 0).await;
        };
        let mut caused = Batch(Vec::with_capacity(batch.len() + 1));
        caused.push(inbox::done(cause.consumer, cause.event, self.hub().clock.now()));
        caused.extend(batch);
        match self.write(caused, terms, 1).await {
            Ok(committed) => {
                cause.mark();
                Ok(committed)
            }
            Err(error) if error.is_guard(inbox::DONE) => Err(self.why_not_done(cause).await),
            Err(error) => Err(error),
        }
    }

    /// Commits for the machinery itself, which has no context.
    pub(crate) async fn commit_plain(&self, batch: impl Into<Batch>) -> Result<Committed, DbError> {
        self.write(batch.into(), Terms::default(), 0).await
    }

    /// `added` statements at the front are not the caller's and do not count in positions.
    async fn write(&self, batch: Batch, terms: Terms, added: usize) -> Result<Committed, DbError> {
        if batch.is_empty() {
            return Ok(Committed::default());
        }
        let wakes_relay = batch.statements().iter().any(|statement| statement.name == outbox::EMIT);
        let wakes_reactions = batch.statements().iter().any(|statement| inbox::queues(statement.name));
        let _waiting = (!terms.patient).then(Waiting::begin);
        let answer = match self {
            Db::Sqlite(db) => db.commit(batch, terms).await,
            Db::Postgres(db) => db.commit(batch, terms.deadline).await,
        };
        let committed = answer.map_err(|error| for_caller(error, added))?;
        if wakes_relay {
            self.hub().on_outbox.notify_one();
        }
        if wakes_reactions {
            self.hub().on_inbox.notify_waiters();
        }
        Ok(committed)
    }

    /// An event without an inbox row was never accepted: that is a defect, and must not pass for a repetition.
    async fn why_not_done(&self, cause: &Cause) -> DbError {
        match inbox::is_known(self, cause.consumer, cause.event).await {
            Ok(true) => DbError::AlreadyDone,
            Ok(false) => DbError::Other(format!(
                "event {} was never accepted into the inbox of `{}`",
                cause.event, cause.consumer
            )),
            Err(error) => error,
        }
    }

    /// The rows of a query, each mapped as it is read.
    pub async fn read<T, F>(&self, sql: &'static str, args: Vec<Value>, map: F) -> Result<Vec<T>, DbError>
    where
        T: Send,
        F: FnMut(&Row) -> Result<T, DbError> + Send,
    {
        self.query(sql, &args, usize::MAX, Planned::Once, map).await
    }

    /// As [`Db::read`], for lists whose filters vary, so that PostgreSQL plans them anew for their arguments. Build the
    /// text from constants only: values are arguments.
    pub async fn read_dynamic<T, F>(&self, sql: String, args: Vec<Value>, map: F) -> Result<Vec<T>, DbError>
    where
        T: Send,
        F: FnMut(&Row) -> Result<T, DbError> + Send,
    {
        self.query(&sql, &args, usize::MAX, Planned::ForItsArguments, map).await
    }

    /// The first row of a query, if there is one.
    pub async fn read_one<T, F>(
        &self,
        sql: &'static str,
        args: Vec<Value>,
        map: F,
    ) -> Result<Option<T>, DbError>
    where
        T: Send,
        F: FnMut(&Row) -> Result<T, DbError> + Send,
    {
        Ok(self.query(sql, &args, 1, Planned::Once, map).await?.pop())
    }

    async fn query<T, F>(
        &self,
        sql: &str,
        args: &[Value],
        limit: usize,
        planned: Planned,
        map: F,
    ) -> Result<Vec<T>, DbError>
    where
        T: Send,
        F: FnMut(&Row) -> Result<T, DbError> + Send,
    {
        match self {
            Db::Sqlite(db) => db.read(sql, args, limit, map).await,
            Db::Postgres(db) => db.read(sql, args, limit, planned, map).await,
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read_one("select 1", Vec::new(), |_| Ok(())).await.map(drop)
    }

    pub fn dialect(&self) -> Dialect {
        match self {
            Db::Sqlite(_) => Dialect::Sqlite,
            Db::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Rings after a commit of this process that wrote an outbox row. It keeps one ring for one listener, the
    /// relay; another process's commits do not ring, so the listener looks now and then by itself as well.
    pub fn on_outbox(&self) -> Arc<Notify> {
        self.hub().on_outbox.clone()
    }

    /// Rings after a commit of this process that queued inbox rows, for every listener that is waiting:
    /// take `notified()` before looking into the inbox, so that no ring between look and wait is missed.
    pub fn on_inbox(&self) -> Arc<Notify> {
        self.hub().on_inbox.clone()
    }

    pub fn stats(&self) -> DbStats {
        self.hub().counters.read()
    }

    /// Finishes what is queued, refuses what comes later, and lets go of the database.
    pub async fn close(&self) {
        match self {
            Db::Sqlite(db) => db.close().await,
            Db::Postgres(db) => db.close().await,
        }
    }

    pub(crate) fn hub(&self) -> &Hub {
        match self {
            Db::Sqlite(db) => db.hub(),
            Db::Postgres(db) => db.hub(),
        }
    }
}

/// Positions as the caller counts, and guards that have a name of their own.
fn for_caller(error: DbError, added: usize) -> DbError {
    match error {
        DbError::Guard { statement: idempotency::BEGIN, .. } => DbError::IdempotencyConflict,
        DbError::Guard { statement, position, expected, found } => {
            DbError::Guard { statement, position: position.saturating_sub(added), expected, found }
        }
        other => other,
    }
}
