//! Connections that read. A read takes microseconds, so it runs where it is called; only waiting is async.
//!
//! After each commit a connection throws away the pages that it has kept. So the one that was given back last is
//! lent first: between two commits it reads from memory what others would have to fetch again.

use std::ops::Deref;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::open;
use crate::{DbError, SqliteConfig};

pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
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
        let idle = (0..count).map(|_| open::reader(config, name)).collect::<Result<Vec<_>, _>>()?;
        Ok(Readers { idle: Mutex::new(idle), permits: Semaphore::new(count) })
    }

    pub(super) async fn take(&self) -> Result<Reader<'_>, DbError> {
        let permit = match self.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => self.permits.acquire().await.map_err(|_| DbError::Closed)?,
        };
        let connection = self.idle.lock().pop().ok_or(DbError::Closed)?;
        Ok(Reader { readers: self, connection: Some(connection), _permit: permit })
    }

    pub(super) fn close(&self) {
        self.permits.close();
        self.idle.lock().clear();
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
            self.readers.idle.lock().push(connection);
        }
    }
}
