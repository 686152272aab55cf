//! Every store test runs on both databases, on ones of its own.

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
    Postgres { _server: SharedPostgres },
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
        let server = SharedPostgres::join()?;
        let config = DbConfig::postgres(server.url());
        Ok(TestDatabase { name: "postgres", config, _place: Place::Postgres { _server: server } })
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
