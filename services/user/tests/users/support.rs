//! A user service on a database of its own, spoken to as the gateway would.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use souk_app::{Kit, Service};
use souk_contract::user::{Authenticate, CreateStaff, Principal, User};
use souk_db::{Db, args};
use souk_rpc::{Caller, Context, Permission};
use souk_testkit::TestDatabase;
use souk_types::{Chance, Clock, Timestamp, UserId};
use souk_user::{MIGRATIONS, UserConfig, build};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::reply::Reply;

pub(crate) const PASSWORD: &str = "lantern orchid tugboat";
pub(crate) const OTHER_PASSWORD: &str = "cobalt violin meadow";

pub(crate) struct Shop {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) users: Arc<dyn User>,
    pub(crate) router: Router,
    pub(crate) api: utoipa::openapi::OpenApi,
    config: UserConfig,
    on: &'static str,
    _database: TestDatabase,
}

/// Hashing that costs next to nothing; everything else as in a real shop.
pub(crate) fn cheap() -> UserConfig {
    UserConfig {
        password_memory_kib: 64,
        password_iterations: 1,
        write_seen_every_ms: 20,
        ..UserConfig::default()
    }
}

/// Tells the story on both databases.
pub(crate) async fn on_both<F, Fut>(story: F)
where
    F: Fn(Shop) -> Fut,
    Fut: Future<Output = ()>,
{
    on_both_with(cheap(), story).await;
}

pub(crate) async fn on_both_with<F, Fut>(config: UserConfig, story: F)
where
    F: Fn(Shop) -> Fut,
    Fut: Future<Output = ()>,
{
    for database in souk_testkit::databases() {
        let shop = Shop::open(database, config.clone()).await;
        println!("on {}", shop.on);
        story(shop).await;
    }
}

impl Shop {
    async fn open(database: TestDatabase, config: UserConfig) -> Shop {
        let clock = Clock::turnable(Timestamp::from_millis(1_795_341_600_000));
        let db = Db::open_with_clock(&database.config, "user", MIGRATIONS, clock.clone());
        let db = db.await.expect("a database");
        let kit =
            Kit { db: db.clone(), redis: None, clock: clock.clone(), chance: Chance::system(), dev: false };
        let built = build(config.clone(), kit);
        let Service { public, workers, .. } = built.service;
        for worker in workers.into_iter().filter(|worker| worker.name != "user.prune") {
            tokio::spawn((worker.run)(CancellationToken::new()));
        }
        let (router, api) = public.split_for_parts();
        Shop { db, clock, users: built.contract, api, router, config, on: database.name, _database: database }
    }

    /// Runs one of the workers that wait for hours in a real shop until it has done its work once.
    pub(crate) async fn run_worker(&self, name: &str) {
        let kit = Kit {
            db: self.db.clone(),
            redis: None,
            clock: self.clock.clone(),
            chance: Chance::system(),
            dev: false,
        };
        let built = build(self.config.clone(), kit);
        let worker = built.service.workers.into_iter().find(|worker| worker.name == name).expect("a worker");
        let stop = CancellationToken::new();
        let running = tokio::spawn((worker.run)(stop.clone()));
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.cancel();
        running.await.expect("the worker ends");
    }

    /// Waits until the use of sessions and keys so far is written down.
    pub(crate) async fn touches_are_written(&self) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    pub(crate) fn turn_hours(&self, hours: u64) {
        self.clock.turn(Duration::from_secs(hours * 3600));
    }

    /// A request as it arrives from the gateway: the token has become a caller.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Reply {
        let caller = match token {
            Some(token) => self.authenticate(token).await.caller,
            None => Caller::Guest,
        };
        let mut request =
            Request::builder().method(method).uri(path).header(header::USER_AGENT, "Netscape/4");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
        let mut request = request.body(body).expect("a request");
        request.extensions_mut().insert(Context { caller, ..Context::guest("test") });
        let response = self.router.clone().oneshot(request).await.expect("a response");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.expect("a body");
        Reply { status: parts.status.as_u16(), headers: parts.headers, bytes: bytes.to_vec() }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, None, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Reply {
        self.send(Method::GET, path, Some(token), None).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Reply {
        self.send(Method::DELETE, path, Some(token), None).await
    }

    pub(crate) async fn post_as(&self, token: &str, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(token), Some(body)).await
    }

    pub(crate) async fn put_as(&self, token: &str, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, Some(token), Some(body)).await
    }

    pub(crate) async fn patch_as(&self, token: &str, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, Some(token), Some(body)).await
    }

    pub(crate) async fn authenticate(&self, token: &str) -> Principal {
        let request = Authenticate { token: token.to_owned() };
        self.users.authenticate(&Context::system("gateway"), request).await.expect("an answer")
    }

    pub(crate) async fn is_known(&self, token: &str) -> bool {
        self.authenticate(token).await.caller != Caller::Guest
    }

    pub(crate) async fn registers(&self, email: &str) {
        let body = json!({"email": email, "password": PASSWORD, "name": "Ada Lovelace"});
        assert_eq!(self.post("/v1/users", body).await.status, 202);
    }

    pub(crate) async fn tries(&self, email: &str, password: &str) -> Reply {
        self.post("/v1/sessions", json!({"email": email, "password": password})).await
    }

    /// Logs in and returns the token.
    pub(crate) async fn logs_in(&self, email: &str, password: &str) -> String {
        let reply = self.tries(email, password).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.string("/token")
    }

    pub(crate) async fn customer(&self, email: &str) -> String {
        self.registers(email).await;
        self.logs_in(email, PASSWORD).await
    }

    /// Staff made at the console, signed in.
    pub(crate) async fn staff(&self, email: &str, permissions: &[Permission]) -> String {
        self.hires(email, permissions).await;
        self.logs_in(email, PASSWORD).await
    }

    pub(crate) async fn hires(&self, email: &str, permissions: &[Permission]) -> (UserId, bool) {
        let request = CreateStaff {
            email: email.to_owned(),
            name: "Grace".to_owned(),
            password: PASSWORD.to_owned(),
            permissions: permissions.to_vec(),
        };
        let made = self.users.create_staff(&Context::system("console"), request).await.expect("hired");
        (made.user, made.created)
    }

    /// The events of a kind about an address, once there are `count` of them.
    pub(crate) async fn events(&self, kind: &str, email: &str, count: usize) -> Vec<Value> {
        for _ in 0..200 {
            let all: Vec<Value> = self
                .db
                .read("select data from outbox where kind = $1 order by sequence", args![kind], |row| {
                    row.json(0)
                })
                .await
                .expect("the outbox");
            let found: Vec<Value> = all.into_iter().filter(|data| data["email"] == email).collect();
            if found.len() >= count {
                assert_eq!(found.len(), count, "{kind}");
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("fewer than {count} events {kind} about {email}");
    }

    /// Waits until every mail that was asked for is decided.
    pub(crate) async fn mails_are_decided(&self) {
        for _ in 0..200 {
            if self.count("mail_requests").await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("mails are still waiting");
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        let sql = format!("select count(*) from {table}");
        self.db.read_dynamic(sql, args![], |row| row.get(0)).await.expect("a count")[0]
    }

    /// Everything the database holds, as one text: to search it for what must not be there.
    pub(crate) async fn everything_stored(&self) -> String {
        let tables = [
            "select email || name || password_hash, '' from users",
            "select coalesce(device, ''), '' from sessions",
            "select name || hint, cast(scopes as text) from api_keys",
            "select coalesce(content_type, ''), fingerprint from idempotency",
            "select kind, data from outbox",
        ];
        let mut all = String::new();
        for sql in tables {
            let rows =
                self.db.read(sql, args![], |row| Ok(format!("{}{}\n", row.text(0)?, row.text(1)?))).await;
            all.extend(rows.expect("rows"));
        }
        all
    }
}
