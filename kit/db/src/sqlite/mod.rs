//! SQLite: one writer thread that commits many batches at once, and a few connections that read.

mod any;
mod bind;
mod failure;
mod open;
mod readers;
mod writer;

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use crate::db::Terms;
use crate::hub::Hub;
use crate::{Batch, Committed, DbError, Migration, Row, SqliteConfig, Value};
use readers::Readers;
use writer::{Job, Message};

/// The database file of one service, open in this process.
#[derive(Clone)]
pub struct SqliteDb {
    inner: Arc<Inner>,
    hub: Hub,
}

struct Inner {
    readers: Readers,
    /// None when opened for reading only.
    queue: Option<mpsc::Sender<Message>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl SqliteDb {
    pub(crate) async fn open(
        config: &SqliteConfig,
        name: &str,
        migrations: &'static [Migration],
        hub: Hub,
    ) -> Result<SqliteDb, DbError> {
        let (config, name, for_writer) = (config.clone(), name.to_owned(), hub.clone());
        let inner = blocking(move || {
            let lock = open::lock(&config, &name)?;
            let connection = open::writer(&config, &name, migrations, for_writer.clock.now())?;
            let readers = Readers::open(&config, &name)?;
            let (queue, jobs) = mpsc::channel(config.writer_queue.max(1));
            let thread = writer::spawn(connection, jobs, &name, config.batch_max, for_writer.counters, lock)?;
            Ok(Inner { readers, queue: Some(queue), thread: Mutex::new(Some(thread)) })
        })
        .await?;
        Ok(SqliteDb { inner: Arc::new(inner), hub })
    }

    pub(crate) async fn open_read_only(
        config: &SqliteConfig,
        name: &str,
        hub: Hub,
    ) -> Result<SqliteDb, DbError> {
        let (config, name) = (config.clone(), name.to_owned());
        let readers = blocking(move || Readers::open(&config, &name)).await?;
        let inner = Inner { readers, queue: None, thread: Mutex::new(None) };
        Ok(SqliteDb { inner: Arc::new(inner), hub })
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) async fn commit(&self, batch: Batch, terms: Terms) -> Result<Committed, DbError> {
        let Some(queue) = &self.inner.queue else {
            return Err(DbError::Other("the database was opened for reading only".to_owned()));
        };
        let (answer, answered) = oneshot::channel();
        queue.try_send(Message::Job(Job { statements: batch.0, terms, answer })).map_err(
            |error| match error {
                mpsc::error::TrySendError::Full(_) => DbError::Busy,
                mpsc::error::TrySendError::Closed(_) => DbError::Closed,
            },
        )?;
        answered.await.unwrap_or(Err(DbError::Closed))
    }

    pub(crate) async fn read<T, F>(
        &self,
        sql: &str,
        args: &[Value],
        limit: usize,
        map: F,
    ) -> Result<Vec<T>, DbError>
    where
        F: FnMut(&Row) -> Result<T, DbError>,
    {
        let reader = self.inner.readers.take().await?;
        bind::query(&reader, sql, args, limit, map)
    }

    /// Lets the writer finish its queue, folds the log into the file, and frees the folder for another process.
    pub(crate) async fn close(&self) {
        self.inner.readers.close();
        if let Some(queue) = &self.inner.queue {
            // A closed queue means that somebody was faster; the thread is joined below all the same.
            let _ = queue.send(Message::Close).await;
        }
        let thread = self.inner.thread.lock().take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the writer thread of the database panicked");
            }
        }
    }
}

/// Opening touches the disk for longer than a task may hold its thread.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DbError> + Send + 'static,
) -> Result<T, DbError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(DbError::Other(error.to_string())))
}
