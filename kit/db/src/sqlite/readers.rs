//! Connections that read. A read takes microseconds, so it runs where it is called; only waiting is async.

use std::ops::Deref;

use crossbeam_queue::ArrayQueue;
use rusqlite::Connection;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::open;
use crate::{DbError, SqliteConfig};

pub(super) struct Readers {
    idle: ArrayQueue<Connection>,
    permits: Semaphore,
}

/// A connection on loan; dropping it gives it back.
pub(super) struct Reader<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
    _permit: SemaphorePermit<'a>,
}

impl Readers {
    pub(super) fn open(config: &SqliteConfig, name: &str) -> Result<Readers, DbError> {
        let count = config.readers.max(1);
        let idle = ArrayQueue::new(count);
        for _ in 0..count {
            // The queue has room for exactly `count`.
            let _ = idle.push(open::reader(config, name)?);
        }
        Ok(Readers { idle, permits: Semaphore::new(count) })
    }

    pub(super) async fn take(&self) -> Result<Reader<'_>, DbError> {
        let permit = match self.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => self.permits.acquire().await.map_err(|_| DbError::Closed)?,
        };
        let connection = self.idle.pop().ok_or(DbError::Closed)?;
        Ok(Reader { readers: self, connection: Some(connection), _permit: permit })
    }

    pub(super) fn close(&self) {
        self.permits.close();
        while self.idle.pop().is_some() {}
    }
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a reader holds its connection until it is dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if !self.readers.permits.is_closed() {
            let _ = self.readers.idle.push(connection);
        }
    }
}
