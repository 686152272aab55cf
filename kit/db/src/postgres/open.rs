//! Connects to a server: the pool, the service's database (made when missing), the migrations.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use souk_types::Timestamp;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use super::failure::failed;
use crate::{DbError, Dialect, Migration, PostgresConfig, migrate};

/// "souk" in ASCII: one process at a time migrates a database.
const MIGRATION_LOCK: i64 = 0x736f_756b;

/// Longer than any pause between two statements of one batch.
const IDLE_IN_TRANSACTION_MS: u64 = 10_000;

/// How long a group waits for a row, or for its turn. Less than the second after which the server looks for
/// deadlocks, more than the fsync of whoever has the row now.
const LOCK_TIMEOUT_MS: u64 = 250;

/// Connections for batches that wait for a row.
const ASIDES: usize = 2;

/// Writers find rows by an index. A plan that is made while a table is new and small would read it from one end
/// to the other, and is kept when it has grown; and making a plan anew for each buyer costs more than the write.
const BY_KEY: &str = " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

/// What the connections of a pool are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    /// For reading with texts that never change, whose plans do not depend on what is asked for.
    Lookup,
    /// For reading, and the server refuses anything else.
    ReadOnly,
    /// For the writers, which must not wait long for one batch's row.
    Write,
    /// For batches that wait for a row.
    WriteAside,
}

impl Purpose {
    fn connections(self, config: &PostgresConfig) -> usize {
        match self {
            Purpose::Read => (readers(config) / 4).max(1),
            Purpose::Lookup => (readers(config) - readers(config) / 4).max(1),
            Purpose::ReadOnly => config.pool.max(1),
            Purpose::Write => config.writers.max(1),
            Purpose::WriteAside => ASIDES,
        }
    }

    fn options(self) -> String {
        match self {
            Purpose::Read => String::new(),
            Purpose::ReadOnly => " -c default_transaction_read_only=on".to_owned(),
            Purpose::Write => format!("{BY_KEY} -c lock_timeout={LOCK_TIMEOUT_MS}"),
            Purpose::WriteAside => BY_KEY.to_owned(),
            Purpose::Lookup => " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off".to_owned(),
        }
    }
}

fn readers(config: &PostgresConfig) -> usize {
    config.pool.saturating_sub(config.writers + ASIDES)
}

pub(super) fn pool(config: &PostgresConfig, name: &str, purpose: Purpose) -> Result<Pool, DbError> {
    let mut server = server(config, name)?;
    // What the url says comes after it and wins.
    let mut options = "-c synchronous_commit=on -c jit=off ".to_owned();
    options.push_str(server.get_options().unwrap_or_default());
    options.push_str(&format!(
        " -c statement_timeout={} -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}",
        config.statement_timeout_ms
    ));
    options.push_str(&purpose.options());
    server.options(options.trim());
    let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let patience = Some(Duration::from_millis(config.connect_timeout_ms));
    Pool::builder(Manager::from_config(server, NoTls, manager_config))
        .max_size(purpose.connections(config))
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts { wait: patience, create: patience, recycle: patience })
        .build()
        .map_err(|error| DbError::Other(error.to_string()))
}

fn server(config: &PostgresConfig, name: &str) -> Result<Config, DbError> {
    let mut server: Config = config
        .url
        .replace("{name}", name)
        .parse()
        .map_err(|error| DbError::Other(format!("the url of the database cannot be read: {error}")))?;
    server.connect_timeout(Duration::from_millis(config.connect_timeout_ms));
    if server.get_application_name().is_none() {
        server.application_name(format!("souk-{name}"));
    }
    Ok(server)
}

/// All migrations happen in one transaction, or none.
pub(super) async fn migrate(
    config: &PostgresConfig,
    name: &str,
    migrations: &'static [Migration],
    now: Timestamp,
) -> Result<(), DbError> {
    let failing = |error| failed("migrate", 0, &error).error;
    let mut client = connect_or_create(&server(config, name)?).await?;
    let transaction = client.transaction().await.map_err(failing)?;
    transaction.execute("select pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK]).await.map_err(failing)?;
    transaction.batch_execute(migrate::CREATE_TABLE).await.map_err(failing)?;
    let rows = transaction.query(migrate::APPLIED, &[]).await.map_err(failing)?;
    let applied: Vec<(i64, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for migration in migrate::pending(migrations, &applied)? {
        let Migration { version, name, .. } = migration;
        let explained = |error: tokio_postgres::Error| {
            let reason = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
            DbError::Other(format!("migration {version} `{name}`: {reason}"))
        };
        transaction.batch_execute(&migration.sql_for(Dialect::Postgres)).await.map_err(explained)?;
        transaction
            .execute(migrate::RECORD, &[&version, &name, &migration.checksum(), &now.millis()])
            .await
            .map_err(explained)?;
        tracing::info!(version, name, "migration applied");
    }
    transaction.commit().await.map_err(failing)
}

async fn connect_or_create(server: &Config) -> Result<Client, DbError> {
    let error = match connect(server).await {
        Ok(client) => return Ok(client),
        Err(error) => error,
    };
    let Some(database) =
        server.get_dbname().filter(|_| error.code() == Some(&SqlState::INVALID_CATALOG_NAME))
    else {
        return Err(unavailable(&error));
    };
    let admin = connect(server.clone().dbname("postgres")).await.map_err(|error| unavailable(&error))?;
    let create = format!("create database \"{}\"", database.replace('"', "\"\""));
    match admin.batch_execute(&create).await {
        Ok(()) => tracing::info!(database, "database created"),
        // Another replica was faster; the server says it in either of two ways.
        Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => {}
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {}
        Err(error) => {
            return Err(DbError::Other(format!("cannot create the database {database}: {error}")));
        }
    }
    connect(server).await.map_err(|error| unavailable(&error))
}

async fn connect(server: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = server.connect(NoTls).await?;
    // Ends by itself when the client is dropped.
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "database connection lost");
        }
    });
    Ok(client)
}

fn unavailable(error: &tokio_postgres::Error) -> DbError {
    let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})")).unwrap_or_default();
    DbError::Unavailable(format!("{error}{cause}"))
}
