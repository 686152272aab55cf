//! PostgreSQL: a batch is one pipelined transaction.
use crate::hub::Hub;
use crate::{Batch, Committed, DbError, Migration, PostgresConfig, Row, Value};
use std::time::Instant;

#[derive(Clone)]
pub struct PgDb {
    hub: Hub,
}

impl PgDb {
    pub(crate) async fn open(
        _config: &PostgresConfig,
        _name: &str,
        _migrations: &'static [Migration],
        _hub: Hub,
    ) -> Result<PgDb, DbError> {
        Err(DbError::Other("not yet".to_owned()))
    }
    pub(crate) async fn open_read_only(
        _config: &PostgresConfig,
        _name: &str,
        _hub: Hub,
    ) -> Result<PgDb, DbError> {
        Err(DbError::Other("not yet".to_owned()))
    }
    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }
    pub(crate) async fn commit(
        &self,
        _batch: Batch,
        _deadline: Option<Instant>,
    ) -> Result<Committed, DbError> {
        Err(DbError::Other("not yet".to_owned()))
    }
    pub(crate) async fn read<T, F>(
        &self,
        _sql: &str,
        _args: &[Value],
        _limit: usize,
        _map: F,
    ) -> Result<Vec<T>, DbError>
    where
        F: FnMut(&Row) -> Result<T, DbError>,
    {
        Err(DbError::Other("not yet".to_owned()))
    }
    pub(crate) fn close(&self) {}
}
