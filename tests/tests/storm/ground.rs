//! What the shop of the storm stands on: servers of its own, since they are killed and stopped.

use anyhow::{Context as _, Result};
use souk::Role;
use souk_testkit::{PrivatePostgres, PrivateRabbit, PrivateRedis};
use tempfile::TempDir;

/// Of the payment provider, an outside company: nobody hurts it here.
const PROVIDER: &str = "sandbox";

/// A PostgreSQL for each service, a Redis and a RabbitMQ; gone when dropped.
pub(crate) struct Ground {
    databases: Vec<(&'static str, PrivatePostgres)>,
    pub(crate) redis: PrivateRedis,
    pub(crate) rabbit: PrivateRabbit,
    doors: TempDir,
}

impl Ground {
    pub(crate) fn lay() -> Result<Ground> {
        let doors = TempDir::with_prefix("souk-storm-")?;
        let services = Role::ALL.iter().filter(|role| **role != Role::Gateway).map(|role| role.name());
        let mut databases = Vec::new();
        for name in services.chain([PROVIDER]) {
            let server = PrivatePostgres::start()?;
            server.open_door(&doors.path().join(name))?;
            databases.push((name, server));
        }
        Ok(Ground { databases, redis: PrivateRedis::start()?, rabbit: PrivateRabbit::start()?, doors })
    }

    pub(crate) fn database(&self, role: Role) -> Result<&PrivatePostgres> {
        let mut databases = self.databases.iter();
        let found = databases.find(|(name, _)| *name == role.name()).map(|(_, server)| server);
        found.with_context(|| format!("{role} has no database"))
    }

    /// The tables of the shop's configuration that name it all.
    pub(crate) fn settings(&self) -> String {
        format!(
            r#"
[database]
engine = "postgres"
url = "postgres://postgres@/souk_{{name}}?host={doors}/{{name}}"
[redis]
url = "{redis}"
[bus]
transport = "rabbitmq"
url = "{rabbit}"
[shop]
linger_ms = 1000
"#,
            doors = self.doors.path().display(),
            redis = self.redis.url(),
            rabbit = self.rabbit.url(),
        )
    }
}
