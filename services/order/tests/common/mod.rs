//! A shop of one service: the order service as it is, with a catalog, a bank and a user directory that do as told.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

mod fakes;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use souk_app::{Kit, Worker};
use souk_bus::Processor;
use souk_contract::order::Order;
use souk_db::{Db, inbox, outbox};
use souk_order::{Built, MIGRATIONS, OrderConfig, build};
use souk_rpc::{Caller, Context, Permission};
use souk_testkit::{TestDatabase, databases};
use souk_types::{Chance, Clock, Envelope, Event, EventId, SessionId, Timestamp, UserId, VariantId};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub use fakes::{FakePayment, FakeProduct, FakeUser, Says};

/// 2026-11-22.
pub const START: Timestamp = Timestamp(1_795_341_600_000);

pub struct Shop {
    pub db: Db,
    pub clock: Clock,
    pub chance: Chance,
    pub product: Arc<FakeProduct>,
    pub payment: Arc<FakePayment>,
    pub contract: Arc<dyn Order>,
    pub config: OrderConfig,
    public: Router,
    on: &'static str,
    _database: TestDatabase,
}

/// One shop per database that the tests run on.
pub async fn shops() -> Vec<Shop> {
    let mut shops = Vec::new();
    for database in databases() {
        shops.push(Shop::open(database).await);
    }
    shops
}

/// An answer, read.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub bytes: Vec<u8>,
    pub json: Value,
    pub headers: http::HeaderMap,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.json);
        self.json
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let json = self.expect(status);
        assert_eq!(json["code"], code, "{json}");
        json
    }
}

impl Shop {
    pub async fn open(database: TestDatabase) -> Shop {
        let clock = Clock::turnable(START);
        let db = Db::open_with_clock(&database.config, "order", MIGRATIONS, clock.clone()).await;
        let db = db.expect("a database");
        let chance = Chance::system();
        let config = OrderConfig { sweep_seconds: 1, repeat_wait_ms: 3_000, ..OrderConfig::default() };
        let (product, payment) = (Arc::<FakeProduct>::default(), Arc::<FakePayment>::default());
        let kit =
            Kit { db: db.clone(), redis: None, clock: clock.clone(), chance: chance.clone(), dev: true };
        let built = build(config.clone(), kit, product.clone(), payment.clone(), Arc::new(FakeUser));
        let Built { service, contract } = built;
        let (public, _) = service.public.split_for_parts();
        Shop {
            db,
            clock,
            chance,
            product,
            payment,
            contract,
            config,
            public,
            on: database.name,
            _database: database,
        }
    }

    /// The service anew on the same database, as after a restart.
    pub fn rebuilt(&self) -> Built {
        let kit = Kit {
            db: self.db.clone(),
            redis: None,
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            dev: true,
        };
        build(self.config.clone(), kit, self.product.clone(), self.payment.clone(), Arc::new(FakeUser))
    }

    /// The same shop under another configuration.
    #[must_use]
    pub fn reopened(self, config: OrderConfig) -> Shop {
        let shop = Shop { config, ..self };
        let Built { service, contract } = shop.rebuilt();
        let (public, _) = service.public.split_for_parts();
        Shop { public, contract, ..shop }
    }

    pub fn on(&self) -> &'static str {
        self.on
    }

    pub fn guest(&self) -> Client {
        self.client(Caller::Guest)
    }

    pub fn customer(&self) -> Client {
        let user = UserId::new(&self.chance, START);
        self.client(Caller::Customer { user, session: SessionId::new(&self.chance, START) })
    }

    pub fn staff(&self) -> Client {
        let user = UserId::new(&self.chance, START);
        let permissions = Permission::ALL.to_vec();
        self.client(Caller::Staff { user, session: SessionId::new(&self.chance, START), permissions })
    }

    fn client(&self, caller: Caller) -> Client {
        let cx = Context { caller, ..Context::guest("test") };
        Client { cx, public: self.public.clone(), chance: self.chance.clone() }
    }

    /// Lets each sweeper make a pass: one that has begun is finished.
    pub async fn sweep(&self) {
        self.work(self.rebuilt().service.workers, Duration::from_millis(50)).await;
    }

    async fn work(&self, workers: Vec<Worker>, time: Duration) {
        let stop = CancellationToken::new();
        let running: Vec<_> =
            workers.into_iter().map(|worker| tokio::spawn((worker.run)(stop.clone()))).collect();
        tokio::time::sleep(time).await;
        stop.cancel();
        for worker in running {
            worker.await.expect("a worker ends in peace");
        }
    }

    /// Puts an event into the inbox, as the bus would; nobody has reacted yet.
    pub async fn tell<E: Event>(&self, event: &E, sequence: i64) {
        let envelope = Envelope {
            id: EventId::new(&self.chance, self.clock.now()),
            kind: E::TYPE.to_owned(),
            source: "payment".to_owned(),
            subject: event.subject(),
            sequence,
            time: self.clock.now(),
            traceparent: None,
            data: souk_types::EventData::of(event).expect("serializes"),
        };
        let queued = inbox::accept("order", &[envelope], self.clock.now());
        self.db.commit(&Context::system("test"), queued).await.expect("accepted");
    }

    /// Tells an event and lets the service react to all that waits.
    pub async fn happens<E: Event>(&self, event: &E, sequence: i64) {
        self.tell(event, sequence).await;
        self.react_within(Duration::from_secs(20)).await;
    }

    /// Reacts until nothing waits any more, or the time is over.
    pub async fn react_within(&self, time: Duration) {
        let stop = CancellationToken::new();
        let consumers = self.rebuilt().service.consumers;
        let running: Vec<_> = consumers
            .into_iter()
            .map(|consumer| Processor::new(consumer, self.clock.clone()).spawn(stop.clone()))
            .collect();
        let began = std::time::Instant::now();
        while began.elapsed() < time && inbox::lag(&self.db).await.expect("the inbox").pending > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
        for processor in running {
            processor.await.expect("a processor ends in peace");
        }
    }

    /// The types of the events stated so far, in order.
    pub async fn events(&self) -> Vec<String> {
        self.envelopes().await.into_iter().map(|envelope| envelope.kind).collect()
    }

    pub async fn envelopes(&self) -> Vec<Envelope> {
        outbox::unsent(&self.db, 10_000).await.expect("the outbox")
    }

    /// How many orders stand in this state.
    pub async fn count(&self, state: &str) -> usize {
        let page = self.staff().get(&format!("/v1/admin/orders?limit=100&state={state}")).await.expect(200);
        page["items"].as_array().map_or(0, Vec::len)
    }
}

pub struct Client {
    pub cx: Context,
    public: Router,
    chance: Chance,
}

impl Client {
    pub fn user(&self) -> UserId {
        self.cx.user().expect("signed in")
    }

    pub fn new_key(&self) -> String {
        self.chance.uuid_v4().to_string()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, None, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, None, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, None, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, None).await
    }

    pub async fn send(&self, method: Method, path: &str, key: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut request = request.body(body).expect("a request");
        request.extensions_mut().insert(self.cx.clone());
        let response = self.public.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, bytes, json }
    }

    /// A cart with these lines, ready for checkout.
    pub async fn fills_cart(&self, lines: &[(VariantId, u32)]) -> Value {
        let lines: Vec<_> = lines.iter().map(|(v, q)| json!({"variant_id": v, "quantity": q})).collect();
        let cart = self.post("/v1/carts", json!({"lines": lines})).await;
        assert!(cart.status.is_success(), "{}", cart.json);
        let details = json!({
            "email": "ada@example.com", "shipping_method": "standard",
            "shipping_address": {"name": "Ada", "line1": "Street 1", "city": "Berlin", "country": "DE"},
        });
        self.put(&format!("/v1/carts/{}/details", text(&cart.json["id"])), details).await.expect(200)
    }

    pub async fn pays(&self, cart: &Value, key: &str) -> Answer {
        self.pays_with(cart, key, "tok_approved").await
    }

    pub async fn pays_with(&self, cart: &Value, key: &str, token: &str) -> Answer {
        let body = json!({"version": cart["version"], "payment": {"provider": "sandbox", "token": token}});
        let path = format!("/v1/carts/{}/checkout", text(&cart["id"]));
        self.send(Method::POST, &path, Some(key), Some(body)).await
    }

    /// A placed order for one shirt at 19.99 and what goes with it.
    pub async fn buys(&self, variant: VariantId, quantity: u32) -> Value {
        let cart = self.fills_cart(&[(variant, quantity)]).await;
        let order = self.pays(&cart, &self.new_key()).await.expect(201);
        json!({"order": order, "cart": cart})
    }
}

#[track_caller]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}
