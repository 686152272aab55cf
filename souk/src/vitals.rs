//! How every process of the shop is doing: each answers for itself, on its internal listener.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde::{Deserialize, Serialize};
use souk_contract::Done;
use souk_db::{Db, DbError, Dialect, inbox, outbox};
use souk_rpc::{Context, Error, Remote, RemoteConfig, contract};
use souk_types::{Clock, Timestamp};

use crate::Role;
use crate::wiring::World;

/// Who does not answer within that time is down, for whoever waits for it.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

contract! {
    /// One process of the shop, as `souk status` sees it.
    pub trait Vitals = "vitals" {
        check(Done) -> VitalSigns;
    }
}

/// What a process says about itself. Like every contract it only gains fields that have a default.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VitalSigns {
    pub version: String,
    pub pid: u32,
    pub roles: Vec<Role>,
    pub started_at: Timestamp,
    pub uptime_s: u64,
    /// Of the services that run there.
    pub databases: Vec<DatabaseSigns>,
    /// What else the process stands on: cache and bus.
    #[serde(default)]
    pub parts: Vec<PartSigns>,
}

/// A service's database and the queues in it. Replicas on PostgreSQL share one and say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseSigns {
    pub service: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// How long it took to look, in microseconds.
    pub answer_us: u64,
    /// Why it could not be looked at; the rest is zero then.
    #[serde(default)]
    pub error: Option<String>,
    /// Events that wait for a reaction here.
    pub pending: u64,
    /// How long the oldest of them has waited, in milliseconds.
    pub pending_ms: u64,
    /// Events that the relay has not sent yet.
    pub unsent: u64,
    /// How long the oldest of them has waited, in milliseconds: the outbox lag.
    pub unsent_ms: u64,
    pub dead_letters: u64,
}

/// Something that a process uses and does not own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSigns {
    /// `cache` or `bus`.
    pub name: String,
    /// Such as `memory` or `redis`, `direct` or `rabbitmq`.
    pub kind: String,
    #[serde(default)]
    pub error: Option<String>,
}

/// A cache or a bus, and how to find out whether it is in trouble.
pub(crate) struct Part {
    name: &'static str,
    kind: &'static str,
    trouble: Box<dyn Fn() -> Option<String> + Send + Sync>,
}

impl Part {
    /// `trouble` is asked at each check and must not wait.
    pub(crate) fn new(
        name: &'static str,
        kind: &'static str,
        trouble: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) -> Part {
        Part { name, kind, trouble: Box::new(trouble) }
    }

    fn signs(&self) -> PartSigns {
        PartSigns { name: self.name.to_owned(), kind: self.kind.to_owned(), error: (self.trouble)() }
    }
}

/// The process that this code runs in.
pub(crate) struct LocalVitals {
    roles: Vec<Role>,
    parts: Vec<Part>,
    /// By service.
    dbs: Vec<(&'static str, Db)>,
    clock: Clock,
    started_at: Timestamp,
}

impl LocalVitals {
    pub(crate) fn new(
        roles: &[Role],
        parts: Vec<Part>,
        dbs: Vec<(&'static str, Db)>,
        clock: Clock,
    ) -> LocalVitals {
        LocalVitals { roles: roles.to_vec(), parts, dbs, started_at: clock.now(), clock }
    }

    async fn look(&self, service: &str, db: &Db) -> DatabaseSigns {
        let begun = Instant::now();
        let engine = match db.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        };
        let outcome = tokio::time::timeout(ANSWERS_WITHIN / 2, self.queues(db)).await;
        let answer_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (queues, error) = match outcome {
            Ok(Ok(queues)) => (queues, None),
            Ok(Err(error)) => (Queues::default(), Some(error.to_string())),
            Err(_) => (Queues::default(), Some("it does not answer".to_owned())),
        };
        let (service, engine) = (service.to_owned(), engine.to_owned());
        let Queues { pending, pending_ms, unsent, unsent_ms, dead_letters } = queues;
        DatabaseSigns {
            service,
            engine,
            answer_us,
            error,
            pending,
            pending_ms,
            unsent,
            unsent_ms,
            dead_letters,
        }
    }

    async fn queues(&self, db: &Db) -> Result<Queues, DbError> {
        let (inbox, outbox) = (inbox::lag(db).await?, outbox::lag(db).await?);
        let now = self.clock.now();
        let waited = |oldest: Option<Timestamp>| {
            oldest.map_or(0, |oldest| u64::try_from(now.since(oldest).as_millis()).unwrap_or(u64::MAX))
        };
        Ok(Queues {
            pending: inbox.pending,
            pending_ms: waited(inbox.oldest),
            unsent: outbox.unsent,
            unsent_ms: waited(outbox.oldest),
            dead_letters: inbox.dead,
        })
    }
}

#[derive(Default)]
struct Queues {
    pending: u64,
    pending_ms: u64,
    unsent: u64,
    unsent_ms: u64,
    dead_letters: u64,
}

#[souk_rpc::__macro::async_trait]
impl Vitals for LocalVitals {
    async fn check(&self, _: &Context, _: Done) -> Result<VitalSigns, Error> {
        let databases = join_all(self.dbs.iter().map(|(service, db)| self.look(service, db))).await;
        Ok(VitalSigns {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            roles: self.roles.clone(),
            started_at: self.started_at,
            uptime_s: self.clock.now().since(self.started_at).as_secs(),
            databases,
            parts: self.parts.iter().map(Part::signs).collect(),
        })
    }
}

/// How a replica is, from well to gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It answers, runs this role, and what it stands on answers too.
    Up,
    /// It does its work without its cache or its bus; both are made to be missed for a while.
    Degraded,
    /// It answers, but its database does not, or it runs another role.
    Unwell,
    Down,
}

/// One replica of one role, and what it said.
#[derive(Debug, Serialize)]
pub struct Replica {
    pub role: Role,
    pub url: String,
    pub state: State,
    /// Why it is not up.
    pub error: Option<String>,
    pub vitals: Option<VitalSigns>,
}

impl Replica {
    fn new(role: Role, url: String, answer: Result<VitalSigns, Error>) -> Replica {
        let vitals = match answer {
            Ok(vitals) => vitals,
            Err(error) => {
                return Replica { role, url, state: State::Down, error: Some(error.detail), vitals: None };
            }
        };
        let (state, error) = judge(role, &vitals);
        Replica { role, url, state, error, vitals: Some(vitals) }
    }

    /// The database of this role, as this replica sees it.
    pub fn database(&self) -> Option<&DatabaseSigns> {
        let vitals = self.vitals.as_ref()?;
        vitals.databases.iter().find(|database| database.service == self.role.name())
    }
}

/// The worst that a process says about a role of its own, and why.
fn judge(role: Role, vitals: &VitalSigns) -> (State, Option<String>) {
    if !vitals.roles.contains(&role) {
        return (State::Unwell, Some(format!("another role listens there (process {})", vitals.pid)));
    }
    let own = vitals.databases.iter().filter(|database| database.service == role.name());
    if let Some(reason) = own.filter_map(|database| database.error.as_ref()).next() {
        return (State::Unwell, Some(format!("its database: {reason}")));
    }
    let troubled = vitals.parts.iter().find_map(|part| Some((part, part.error.as_ref()?)));
    match troubled {
        Some((part, reason)) => (State::Degraded, Some(format!("its {}: {reason}", part.name))),
        None => (State::Up, None),
    }
}

/// Asks these replicas, all at once.
pub async fn ask(world: &World, addresses: Vec<(Role, String)>) -> Vec<Replica> {
    let asked = addresses.into_iter().map(|(role, url)| async move {
        let answer = ask_one(world, &url).await;
        Replica::new(role, url, answer)
    });
    join_all(asked).await
}

async fn ask_one(world: &World, url: &str) -> Result<VitalSigns, Error> {
    let config = RemoteConfig { timeout: ANSWERS_WITHIN, attempts_max: 1, ..RemoteConfig::default() };
    let remote = Remote::http(url, world.secret.clone(), config)?;
    remote.check(&Context::system("status"), Done {}).await
}

/// The replicas that were started out of this data folder.
pub fn here(world: &World) -> Vec<(Role, String)> {
    world.data.running().into_iter().flat_map(|process| process.internal).collect()
}

/// Every replica: a shop in one process notes it in its data folder, several processes stand in `[peers]`.
pub fn everybody(world: &World) -> Vec<(Role, String)> {
    let running = world.data.running();
    let whole =
        running.iter().find(|process| Role::ALL.iter().all(|role| process.internal.contains_key(role)));
    if let Some(whole) = whole {
        return whole.internal.iter().map(|(role, url)| (*role, url.clone())).collect();
    }
    let replicas = |role: Role| world.config.peers.urls(role).iter().map(move |url| (role, url.clone()));
    Role::ALL.into_iter().flat_map(replicas).collect()
}
