//! Every store test runs on both databases, on ones of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use souk_db::DbConfig;

use crate::SharedPostgres;

/// A place for the databases of one test; gone with what is in it when dropped.
pub struct TestDatabase {
    /// `sqlite` or `postgres`, for messages.
    pub name: &'static str,
    /// Serves any number of services: each gets a file, or a database, by its name.
    pub config: DbConfig,
    _place: Place,
}

enum Place {
    Sqlite { _dir: tempfile::TempDir },
    Postgres { server: SharedPostgres, prefix: String },
}

impl TestDatabase {
    /// An empty folder.
    pub fn sqlite() -> Result<TestDatabase> {
        let dir = tempfile::Builder::new().prefix("souk-sqlite-").tempdir()?;
        let config = DbConfig::sqlite(dir.path());
        Ok(TestDatabase { name: "sqlite", config, _place: Place::Sqlite { _dir: dir } })
    }

    /// Names on the shared server that nobody else uses.
    pub fn postgres() -> Result<TestDatabase> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = SharedPostgres::join()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("t{}x{number}x", std::process::id());
        let config = DbConfig::postgres(server.url(&format!("{prefix}{{name}}")));
        Ok(TestDatabase { name: "postgres", config, _place: Place::Postgres { server, prefix } })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Place::Postgres { server, prefix } = &self._place
            && let Err(error) = server.drop_databases(prefix)
        {
            tracing::warn!(%error, "the test's databases stay until the server stops");
        }
    }
}

/// Both databases, or those that SOUK_TEST_DATABASES names (`sqlite`, `postgres` or both with a comma).
///
/// # Panics
/// When one cannot be made: a test that silently skips a database proves nothing about it.
pub fn databases() -> Vec<TestDatabase> {
    let wanted = std::env::var("SOUK_TEST_DATABASES").unwrap_or_else(|_| "sqlite,postgres".to_owned());
    let make = |name: &str| match name.trim() {
        "sqlite" => TestDatabase::sqlite(),
        "postgres" => TestDatabase::postgres(),
        other => anyhow::bail!("SOUK_TEST_DATABASES names `{other}`; there are sqlite and postgres"),
    };
    wanted.split(',').map(|name| make(name).expect("a database for the test")).collect()
}
