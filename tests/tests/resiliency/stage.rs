//! A shop of six processes on PostgreSQL, Redis, RabbitMQ and a mail server, with a proxy in front of each of them.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use souk::Role;
use souk_testkit::{FakeSmtp, Fault, FaultProxy, SharedPostgres, SharedRabbit, SharedRedis};
use souk_tests::{Buyer, Seat, TestShop, eventually};

use crate::table::{Condition, Dependency};

/// What a slow dependency takes longer for each answer.
pub(crate) const SLOWER_BY: Duration = Duration::from_millis(300);

pub(crate) struct Stage {
    pub(crate) shop: TestShop,
    /// A customer with an order.
    pub(crate) ada: Buyer,
    pub(crate) smtp: FakeSmtp,
    to_postgres: FaultProxy,
    to_redis: FaultProxy,
    to_rabbit: FaultProxy,
    to_smtp: FaultProxy,
    _postgres: SharedPostgres,
    _redis: SharedRedis,
    _rabbit: SharedRabbit,
}

impl Stage {
    pub(crate) async fn set() -> Result<Stage> {
        let (postgres, redis, rabbit) =
            (SharedPostgres::join()?, SharedRedis::join()?, SharedRabbit::join()?);
        let smtp = FakeSmtp::start(([127, 0, 0, 1], 0).into(), "250 ok").await;
        let to_postgres = FaultProxy::before_postgres(postgres.address()).await?;
        let to_redis = FaultProxy::before(redis.address()).await?;
        let to_rabbit = FaultProxy::before(rabbit.address()).await?;
        let to_smtp = FaultProxy::before(smtp.address).await?;
        let through = |url: String, proxy: &FaultProxy| {
            url.replace(&proxy.server().to_string(), &proxy.address().to_string())
        };
        let settings = format!(
            r#"
[gateway.hop_ms_max]
user = 3000
product = 3000
order = 5000
payment = 5000
notification = 3000
[database]
engine = "postgres"
url = "{postgres}"
[redis]
url = "{redis}"
prefix = "{redis_prefix}"
[bus]
transport = "rabbitmq"
url = "{rabbit}"
prefix = "{rabbit_prefix}"
[notification.smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
timeout_seconds = 3
[shop]
linger_ms = 100
"#,
            postgres = through(postgres.url(), &to_postgres),
            redis = through(redis.url(), &to_redis),
            redis_prefix = redis.prefix,
            rabbit = through(rabbit.url(), &to_rabbit),
            rabbit_prefix = rabbit.prefix,
            smtp = to_smtp.address().port(),
        );
        let shop = TestShop::open_proxied(&settings).await?;
        let mut ada = shop.guest("Ada");
        let registration = json!({"email": ada.email, "password": ada.password, "name": ada.name});
        ada.client.post("/v1/users", registration).await?.ok()?;
        ada.sign_in().await?;
        let order = ada.buys("MUG", 1).await?;
        ada.sees(&order, "payment_status", "captured").await?;
        Ok(Stage {
            shop,
            ada,
            smtp,
            to_postgres,
            to_redis,
            to_rabbit,
            to_smtp,
            _postgres: postgres,
            _redis: redis,
            _rabbit: rabbit,
        })
    }

    /// Brings a dependency into that condition.
    pub(crate) fn hurt(&mut self, dependency: Dependency, condition: Condition) -> Result<()> {
        let fault = match condition {
            Condition::Down => Fault::Down,
            Condition::Stalled => Fault::Stalled,
            Condition::Slow => Fault::Slow(SLOWER_BY),
        };
        match dependency {
            Dependency::Service(role) => match condition {
                Condition::Down => {
                    self.shop.kill(&[role]);
                    // Otherwise the proxy would take connections for somebody who is gone.
                    self.shop.hinder(role, Some(fault))?;
                }
                Condition::Stalled => self.shop.freeze(&seat(role), true)?,
                Condition::Slow => self.shop.hinder(role, Some(fault))?,
            },
            Dependency::Database(role) => self.to_postgres.set_database(&database(role), Some(fault)),
            Dependency::Provider => self.to_postgres.set_database(PROVIDER, Some(fault)),
            Dependency::Redis => self.to_redis.set(Some(fault)),
            Dependency::Bus => self.to_rabbit.set(Some(fault)),
            Dependency::Smtp => self.to_smtp.set(Some(fault)),
        }
        Ok(())
    }

    /// Brings it back, and waits until the shop says that it is ready.
    pub(crate) async fn heal(&mut self, dependency: Dependency, condition: Condition) -> Result<()> {
        match dependency {
            Dependency::Service(role) => {
                self.shop.hinder(role, None)?;
                match condition {
                    Condition::Down => self.shop.start_group(&[role])?,
                    Condition::Stalled => self.shop.freeze(&seat(role), false)?,
                    Condition::Slow => {}
                }
            }
            Dependency::Database(role) => self.to_postgres.set_database(&database(role), None),
            Dependency::Provider => self.to_postgres.set_database(PROVIDER, None),
            Dependency::Redis => self.to_redis.set(None),
            Dependency::Bus => self.to_rabbit.set(None),
            Dependency::Smtp => self.to_smtp.set(None),
        }
        self.shop.ready().await
    }

    /// How many mails have arrived at an address.
    pub(crate) fn mails_to(&self, email: &str) -> usize {
        let to = format!("To: {email}");
        self.smtp.messages().iter().filter(|message| message.contains(&to)).count()
    }

    pub(crate) async fn mail_arrives(&self, email: &str, patience: Duration) -> Result<()> {
        eventually(patience, || async {
            ensure!(self.mails_to(email) > 0, "no mail to {email}");
            Ok(())
        })
        .await
    }

    /// The names of people's orders, as the shop shows them to whoever is signed in.
    pub(crate) async fn history_of(&self, buyer: &Buyer) -> Result<usize> {
        let history = buyer.client.get("/v1/me/orders").await?.ok()?;
        history["items"].as_array().map(Vec::len).context("orders")
    }
}

/// The sandbox keeps its record in a database of its own, as an outside company would.
const PROVIDER: &str = "xsandbox";

fn database(role: Role) -> String {
    format!("x{}", role.name())
}

fn seat(role: Role) -> Seat {
    Seat { roles: vec![role], replica: 0 }
}
