//! PostgreSQL: one writer, or a few, that commit many batches at once, and a pool of connections that read.
//!
//! Reading and writing have connections of their own, so neither waits for the other.

mod aside;
mod failure;
mod fold;
mod group;
mod open;
mod pipeline;
mod session;
mod turn;
mod types;
mod verdict;
mod writer;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::{Object, Pool, PoolError, TimeoutType};
use futures::StreamExt;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::db::Planned;
use crate::hub::Hub;
use crate::row::Columns;
use crate::{Batch, Committed, DbError, Migration, PostgresConfig, Row, Value};
use aside::Aside;
use failure::failed;
use open::Purpose;
use writer::{Desk, Job, Message};

/// The database of one service on a server, shared by its replicas.
#[derive(Clone)]
pub struct PgDb {
    inner: Arc<Inner>,
    hub: Hub,
}

struct Inner {
    readers: Pool,
    lookups: Pool,
    answer_within: Duration,
    /// None when opened for reading only.
    writing: Option<Writing>,
}

struct Writing {
    queue: mpsc::Sender<Message>,
    desk: Arc<Desk>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl PgDb {
    pub(crate) async fn open(
        config: &PostgresConfig,
        name: &str,
        migrations: &'static [Migration],
        hub: Hub,
    ) -> Result<PgDb, DbError> {
        open::migrate(config, name, migrations, hub.clock.now()).await?;
        let pool = |purpose| open::pool(config, name, purpose);
        let (queue, jobs) = mpsc::channel(config.writer_queue.max(1));
        let aside = Aside::new(pool(Purpose::WriteAside)?);
        let counters = hub.counters.clone();
        let desk = Arc::new(Desk::new(config, name, jobs, pool(Purpose::Write)?, aside, counters));
        let tasks = Mutex::new(writer::spawn(&desk, config.writers));
        let writing = Some(Writing { queue, desk, tasks });
        let inner = Inner {
            readers: pool(Purpose::Read)?,
            lookups: pool(Purpose::Lookup)?,
            answer_within: answer_within(config),
            writing,
        };
        Ok(PgDb { inner: Arc::new(inner), hub })
    }

    pub(crate) async fn open_read_only(
        config: &PostgresConfig,
        name: &str,
        hub: Hub,
    ) -> Result<PgDb, DbError> {
        let readers = open::pool(config, name, Purpose::ReadOnly)?;
        // To fail here, with the reason, and not at the first question.
        drop(lend(&readers).await?);
        let lookups = readers.clone();
        let inner = Inner { readers, lookups, answer_within: answer_within(config), writing: None };
        Ok(PgDb { inner: Arc::new(inner), hub })
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) async fn commit(&self, batch: Batch, deadline: Option<Instant>) -> Result<Committed, DbError> {
        let Some(writing) = &self.inner.writing else {
            return Err(DbError::Other("the database was opened for reading only".to_owned()));
        };
        let (answer, answered) = oneshot::channel();
        let job = Job { statements: batch.0, deadline, answer };
        writing.queue.try_send(Message::Job(job)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => DbError::Busy,
            mpsc::error::TrySendError::Closed(_) => DbError::Closed,
        })?;
        answered
            .await
            .unwrap_or_else(|_| Err(DbError::Unknown("the writer stopped in the middle".to_owned())))
    }

    pub(crate) async fn read<T, F>(
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
        let pool = match planned {
            Planned::Once => &self.inner.lookups,
            Planned::ForItsArguments => &self.inner.readers,
        };
        let connection = lend(pool).await?;
        let answer = query(&connection, sql, args, limit, map);
        let Ok(answer) = tokio::time::timeout(self.inner.answer_within, answer).await else {
            // Whoever had it next would wait behind the question that is not answered.
            drop(Object::take(connection));
            return Err(DbError::Timeout);
        };
        answer
    }

    /// Lets the writers finish what is queued, refuses what comes later, and lets go of the connections.
    pub(crate) async fn close(&self) {
        self.inner.readers.close();
        self.inner.lookups.close();
        let Some(Writing { queue, desk, tasks }) = &self.inner.writing else { return };
        // A closed queue means that somebody was faster; the tasks are joined below all the same.
        let _ = queue.send(Message::Close).await;
        let tasks = std::mem::take(&mut *tasks.lock());
        for ended in futures::future::join_all(tasks).await {
            if let Err(error) = ended {
                tracing::error!(%error, "a writer of the database did not end well");
            }
        }
        desk.close().await;
    }
}

async fn query<T, F>(
    connection: &Object,
    sql: &str,
    args: &[Value],
    limit: usize,
    mut map: F,
) -> Result<Vec<T>, DbError>
where
    T: Send,
    F: FnMut(&Row) -> Result<T, DbError> + Send,
{
    let failing = |error| failed("read", 0, &error).error;
    let prepared = connection.prepare_typed_cached(sql, &types::of(args)).await.map_err(failing)?;
    let mut rows = pin!(connection.query_raw(&prepared, args).await.map_err(failing)?);
    let mut mapped = Vec::new();
    while mapped.len() < limit
        && let Some(row) = rows.next().await
    {
        mapped.push(map(&Row(Columns::Postgres(row.map_err(failing)?)))?);
    }
    Ok(mapped)
}

/// The server stops a statement by itself. One that says nothing for this long is not there any more.
fn answer_within(config: &PostgresConfig) -> Duration {
    Duration::from_millis(config.statement_timeout_ms + config.connect_timeout_ms)
}

async fn lend(pool: &Pool) -> Result<Object, DbError> {
    pool.get().await.map_err(|error| match error {
        PoolError::Timeout(TimeoutType::Wait) => DbError::Busy,
        PoolError::Timeout(_) => DbError::Unavailable("the server does not take connections".to_owned()),
        PoolError::Closed => DbError::Closed,
        other => DbError::Unavailable(other.to_string()),
    })
}
