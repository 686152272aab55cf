//! PostgreSQL: a pool of connections; a batch is one pipelined transaction.

mod failure;
mod open;
mod transact;
mod types;

use std::pin::pin;
use std::time::Instant;

use deadpool_postgres::{Object, Pool, PoolError};
use futures::StreamExt;

use crate::hub::Hub;
use crate::row::Columns;
use crate::{Batch, Committed, DbError, Migration, PostgresConfig, Row, Value};
use failure::failed;

/// The database of one service on a server, shared by its replicas.
#[derive(Clone)]
pub struct PgDb {
    pool: Pool,
    hub: Hub,
}

impl PgDb {
    pub(crate) async fn open(
        config: &PostgresConfig,
        name: &str,
        migrations: &'static [Migration],
        hub: Hub,
    ) -> Result<PgDb, DbError> {
        open::migrate(config, name, migrations, hub.clock.now()).await?;
        Ok(PgDb { pool: open::pool(config, name, false)?, hub })
    }

    pub(crate) async fn open_read_only(
        config: &PostgresConfig,
        name: &str,
        hub: Hub,
    ) -> Result<PgDb, DbError> {
        let db = PgDb { pool: open::pool(config, name, true)?, hub };
        // To fail here, with the reason, and not at the first question.
        drop(db.connection().await?);
        Ok(db)
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The transaction runs in a task of its own: a caller who gives up leaves no connection with half of one.
    pub(crate) async fn commit(&self, batch: Batch, deadline: Option<Instant>) -> Result<Committed, DbError> {
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(DbError::Timeout);
        }
        let db = self.clone();
        let task = tokio::spawn(async move {
            let committed = transact::commit(&db, &batch.0).await?;
            db.hub.counters.add(1, 1, batch.len() as u64);
            Ok(committed)
        });
        task.await.unwrap_or_else(|error| Err(DbError::Other(format!("the batch stopped: {error}"))))
    }

    pub(crate) async fn read<T, F>(
        &self,
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
        let connection = self.connection().await?;
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

    pub(crate) fn close(&self) {
        self.pool.close();
    }

    async fn connection(&self) -> Result<Object, DbError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(_) => DbError::Busy,
            PoolError::Closed => DbError::Closed,
            other => DbError::Unavailable(other.to_string()),
        })
    }
}
