//! Opens the file of a service: the folder's lock, the settings of the connections, the migrations.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::config::DbConfig as SqliteSetting;
use rusqlite::{Connection, OpenFlags, params};
use souk_types::Timestamp;

use super::failure::failed;
use crate::{DbError, Dialect, Migration, SqliteConfig, migrate};

/// `synchronous = full`: a commit that was answered survives a power cut. A checkpoint at 4000 pages (16 MB of
/// log) is rare enough not to stall commits and small enough to finish quickly.
const WRITER: &str = "
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma foreign_keys = on;
    pragma cache_size = -16384;
    pragma mmap_size = 67108864;
    pragma temp_store = memory;
    pragma journal_size_limit = 67108864;
    pragma wal_autocheckpoint = 4000;";

/// No map of the file: whenever somebody has written, SQLite unmaps it at the next read, and each unmapping
/// interrupts every processor. Reading the few pages that a query needs is cheaper.
const READER: &str = "
    pragma query_only = on;
    pragma cache_size = -2048;
    pragma mmap_size = 0;
    pragma temp_store = memory;";

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const PREPARED_STATEMENTS: usize = 256;

/// Held for as long as the writer lives; two writers would each believe to be alone.
pub(super) fn lock(config: &SqliteConfig, name: &str) -> Result<File, DbError> {
    let path = config.dir.join(format!("{name}.lock"));
    let refused = |error: std::io::Error| DbError::Other(format!("cannot lock {}: {error}", path.display()));
    std::fs::create_dir_all(&config.dir).map_err(refused)?;
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let dir = config.dir.display();
            Err(DbError::Other(format!("another souk uses the data folder {dir} (it holds {name}.lock)")))
        }
        Err(TryLockError::Error(error)) => Err(refused(error)),
    }
}

pub(super) fn writer(
    config: &SqliteConfig,
    name: &str,
    migrations: &'static [Migration],
    now: Timestamp,
) -> Result<Connection, DbError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = connect(config, name, flags, WRITER)?;
    migrate(&mut connection, migrations, now)?;
    Ok(connection)
}

pub(super) fn reader(config: &SqliteConfig, name: &str) -> Result<Connection, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    connect(config, name, flags, READER)
}

fn connect(
    config: &SqliteConfig,
    name: &str,
    flags: OpenFlags,
    settings: &str,
) -> Result<Connection, DbError> {
    let path: PathBuf = config.dir.join(format!("{name}.db"));
    let failed = |error| DbError::Other(format!("cannot open {}: {error}", path.display()));
    let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    // Without it a statement whose plan might depend on its arguments is prepared anew each time it is bound.
    connection.set_db_config(SqliteSetting::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
    connection.execute_batch(settings).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(connection)
}

fn migrate(
    connection: &mut Connection,
    migrations: &'static [Migration],
    now: Timestamp,
) -> Result<(), DbError> {
    let failing = |error| failed("migrate", error);
    connection.execute_batch(migrate::CREATE_TABLE).map_err(failing)?;
    let applied = connection
        .prepare(migrate::APPLIED)
        .and_then(|mut statement| {
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<_>, _>>()
        })
        .map_err(failing)?;
    for migration in migrate::pending(migrations, &applied)? {
        let Migration { version, name, .. } = migration;
        let explained = |error| DbError::Other(format!("migration {version} `{name}`: {error}"));
        let transaction = connection.transaction().map_err(failing)?;
        transaction.execute_batch(&migration.sql_for(Dialect::Sqlite)).map_err(explained)?;
        transaction
            .execute(migrate::RECORD, params![version, name, migration.checksum(), now.millis()])
            .map_err(explained)?;
        transaction.commit().map_err(explained)?;
        tracing::info!(version, name, "migration applied");
    }
    Ok(())
}
