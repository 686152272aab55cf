//! Which database a service uses. The doc comments are the manual.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// The database of a service: a file in a folder of ours, or a PostgreSQL server.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "engine", rename_all = "snake_case")]
pub enum DbConfig {
    Sqlite(SqliteConfig),
    Postgres(PostgresConfig),
}

/// `engine = "sqlite"`: nothing to install; one process owns the folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SqliteConfig {
    /// The data folder; each service has a file in it, such as `order.db`.
    pub dir: PathBuf,
    /// Connections for reading. Reads take microseconds, so a few serve many.
    pub readers: usize,
    /// Batches that may wait for the writer. When full, callers are told to try again.
    pub writer_queue: usize,
    /// Batches that may share one commit.
    pub batch_max: usize,
}

/// `engine = "postgres"`: for several replicas of a service.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PostgresConfig {
    /// `postgres://user:password@host/souk_{name}`; `{name}` becomes the service's name. A missing database is created.
    pub url: String,
    /// Connections at most: the writers' included, two for batches that wait for somebody else's row, and the rest
    /// for reading. There is one of each kind at least.
    pub pool: usize,
    /// Connections that write. One gathers most per commit, and sells a hot SKU fastest. A second runs its statements
    /// while the first waits for the disk: worth it where the server has cores to spare and its disk is slow.
    pub writers: usize,
    /// Batches that may wait for a writer. When full, callers are told to try again.
    pub writer_queue: usize,
    /// Batches that may share one commit.
    pub batch_max: usize,
    /// How long one statement may run.
    pub statement_timeout_ms: u64,
    /// How long to wait for a free connection, or for the server to accept one.
    pub connect_timeout_ms: u64,
}

impl DbConfig {
    /// SQLite files in `dir`, everything else by default.
    pub fn sqlite(dir: impl Into<PathBuf>) -> DbConfig {
        DbConfig::Sqlite(SqliteConfig { dir: dir.into(), ..SqliteConfig::default() })
    }

    /// PostgreSQL at `url`, everything else by default.
    pub fn postgres(url: impl Into<String>) -> DbConfig {
        DbConfig::Postgres(PostgresConfig { url: url.into(), ..PostgresConfig::default() })
    }
}

impl Default for DbConfig {
    fn default() -> DbConfig {
        DbConfig::Sqlite(SqliteConfig::default())
    }
}

impl Default for SqliteConfig {
    fn default() -> SqliteConfig {
        SqliteConfig { dir: PathBuf::from("data"), readers: 4, writer_queue: 4096, batch_max: 256 }
    }
}

impl Default for PostgresConfig {
    fn default() -> PostgresConfig {
        PostgresConfig {
            url: "postgres://localhost/souk_{name}".to_owned(),
            pool: 16,
            writers: 1,
            writer_queue: 4096,
            batch_max: 256,
            statement_timeout_ms: 5_000,
            connect_timeout_ms: 3_000,
        }
    }
}

/// The URL may hold a password, so it is not shown.
impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfig")
            .field("pool", &self.pool)
            .field("writers", &self.writers)
            .field("writer_queue", &self.writer_queue)
            .field("batch_max", &self.batch_max)
            .field("statement_timeout_ms", &self.statement_timeout_ms)
            .field("connect_timeout_ms", &self.connect_timeout_ms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_setting_is_refused() {
        let json = r#"{"engine": "sqlite", "dir": "/tmp/x", "reader": 3}"#;
        assert!(serde_json::from_str::<DbConfig>(json).is_err());
        let json = r#"{"engine": "sqlite", "dir": "/tmp/x"}"#;
        assert!(matches!(serde_json::from_str(json), Ok(DbConfig::Sqlite(config)) if config.readers == 4));
    }

    #[test]
    fn the_password_is_not_shown() {
        let config = DbConfig::postgres("postgres://souk:secret@db/souk");
        assert!(!format!("{config:?}").contains("secret"));
    }
}
