//! A product service with everything that runs beside it, and an audit of its stock when the test is over.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use souk_app::Kit;
use souk_bus::{Bus, Processor, Relay, Sink};
use souk_contract::events::{ProductRemoved, ProductSaved, StockAllocationFailed};
use souk_contract::product::{HoldLine, HoldOutcome, HoldStock, ImportProducts, ImportReport, Product};
use souk_db::{Db, args, inbox};
use souk_product::{Built, MIGRATIONS, ProductConfig};
use souk_redis::Redis;
use souk_rpc::{Caller, Context, Error, Permission};
use souk_testkit::TestDatabase;
use souk_types::{Chance, Clock, Envelope, Event, EventId, OrderId, SessionId, Timestamp, UserId, VariantId};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

const ROUTES: souk_bus::Routes = &[
    (ProductSaved::TYPE, &["product.search", "product.purge"]),
    (ProductRemoved::TYPE, &["product.search", "product.purge"]),
    (StockAllocationFailed::TYPE, &[]),
];

pub(crate) struct Shop {
    pub(crate) product: Arc<dyn Product>,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    /// What events the consumers react to, by consumer.
    pub(crate) kinds: Vec<(&'static str, Vec<&'static str>)>,
    app: Router,
    stop: CancellationToken,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    _index_dir: tempfile::TempDir,
    _database: TestDatabase,
}

/// Opens a shop on each database in turn and audits it afterwards.
pub(crate) async fn on_both<F, Fut>(story: F)
where
    F: Fn(Arc<Shop>) -> Fut,
    Fut: Future<Output = ()>,
{
    for database in souk_testkit::databases() {
        println!("on {}", database.name);
        let shop = Arc::new(Shop::open(database).await);
        story(Arc::clone(&shop)).await;
        shop.audit().await;
        shop.stop.cancel();
        let shop = Arc::into_inner(shop).expect("the story is over");
        for task in shop.tasks {
            task.await.expect("nothing that runs beside the requests panics");
        }
        shop.db.close().await;
    }
}

impl Shop {
    async fn open(database: TestDatabase) -> Shop {
        Shop::open_with(database, None).await
    }

    /// One of several replicas, when there is a Redis.
    pub(crate) async fn open_with(database: TestDatabase, redis: Option<Redis>) -> Shop {
        let clock = Clock::turnable(Timestamp::from_millis(1_795_341_600_000));
        let chance = Chance::system();
        let db = Db::open_with_clock(&database.config, "product", MIGRATIONS, clock.clone()).await;
        let db = db.expect("the database opens");
        let index_dir = tempfile::tempdir().expect("a folder");
        let kit = Kit { db: db.clone(), redis, clock: clock.clone(), chance: chance.clone(), dev: false };
        let config = ProductConfig { sweep_pause_ms: 20, ..ProductConfig::default() };
        let Built { service, contract, .. } = souk_product::build(config, kit, index_dir.path().to_owned());
        let stop = CancellationToken::new();
        let bus = Bus::direct(ROUTES, [("product", Sink::Local(db.clone()))], clock.clone()).expect("a bus");
        let mut tasks = vec![Relay::new("product", db.clone(), &bus, clock.clone()).spawn(stop.clone())];
        let kinds = service.consumers.iter().map(|consumer| (consumer.name(), consumer.kinds())).collect();
        for consumer in service.consumers {
            tasks.push(Processor::new(consumer, clock.clone()).spawn(stop.clone()));
        }
        for worker in service.workers {
            tasks.push(tokio::spawn((worker.run)(stop.clone())));
        }
        let (app, _) = service.public.split_for_parts();
        Shop {
            product: contract,
            db,
            clock,
            chance,
            kinds,
            app,
            stop,
            tasks,
            _index_dir: index_dir,
            _database: database,
        }
    }

    /// A single variant without options, at 19.99 EUR.
    pub(crate) async fn sells(&self, sku: &str, units: i64) -> VariantId {
        let variants = json!([{ "sku": sku, "prices": { "EUR": 1999 }, "stock": { "main": units } }]);
        let report = self.imports(vec![json!({ "key": sku, "title": sku, "variants": variants })]).await;
        assert_eq!((report.created, report.rejected), (1, vec![]));
        self.variant(sku).await
    }

    pub(crate) async fn variant(&self, sku: &str) -> VariantId {
        let found =
            self.db.read_one("select id from variant where sku = $1", args![sku], |row| row.get(0)).await;
        found.expect("a read").expect("the variant")
    }

    pub(crate) async fn imports(&self, rows: Vec<Value>) -> ImportReport {
        let rows = rows.into_iter().zip(1..).map(|(row, line)| {
            let product = serde_json::from_value(row).expect("an imported product");
            souk_contract::product::ImportRow { line, product }
        });
        let request = ImportProducts { rows: rows.collect() };
        self.product.import_products(&Context::system("test"), request).await.expect("an import")
    }

    pub(crate) fn order(&self) -> OrderId {
        OrderId::new(&self.chance, self.clock.now())
    }

    pub(crate) async fn holds(
        &self,
        order: OrderId,
        lines: &[(VariantId, u32)],
    ) -> Result<HoldOutcome, Error> {
        let lines = lines.iter().map(|&(variant, quantity)| HoldLine { variant, quantity }).collect();
        let expires_at = self.clock.now().plus(Duration::from_secs(900));
        self.product.hold_stock(&Context::guest("test"), HoldStock { order, lines, expires_at }).await
    }

    /// `(on_hand, held, allocated)` over all locations.
    pub(crate) async fn levels(&self, variant: VariantId) -> (i64, i64, i64) {
        let sums =
            "select cast(sum(on_hand) as bigint), cast(sum(held) as bigint), cast(sum(allocated) as bigint)
             from stock where variant = $1";
        let read = self.db.read_one(sums, args![variant], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        read.await.expect("a read").expect("a sum")
    }

    pub(crate) async fn hold_state(&self, order: OrderId) -> Option<String> {
        let sql = "select state from stock_hold where order_id = $1";
        self.db.read_one(sql, args![order], |row| row.get(0)).await.expect("a read")
    }

    /// Hands an event to a consumer and waits until it has had its effect, or has not.
    pub(crate) async fn hears<E: Event>(&self, event: &E, sequence: i64) -> EventId {
        let envelope = Envelope {
            id: EventId::new(&self.chance, self.clock.now()),
            kind: E::TYPE.to_owned(),
            source: "order".to_owned(),
            subject: event.subject(),
            sequence,
            time: self.clock.now(),
            traceparent: None,
            data: souk_types::EventData::of(event).expect("JSON"),
        };
        let accept = inbox::accept("product", std::slice::from_ref(&envelope), self.clock.now());
        self.db.commit(&Context::system("test"), accept).await.expect("accepted");
        let sql = "select last_error is not null, state from inbox where event = $1";
        eventually(async || {
            let read = self
                .db
                .read_one(sql, args![envelope.id], |row| Ok((row.get::<bool>(0)?, row.get::<String>(1)?)));
            let (failed, state) = read.await.expect("a read").expect("the row");
            state != "pending" || failed
        })
        .await;
        envelope.id
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, HeaderMap, Value) {
        self.send(Request::get(path).body(Body::empty()).expect("a request"), guest()).await
    }

    /// The request and nothing around it.
    pub(crate) async fn page(&self, path: &'static str) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = self.app.clone().oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), StatusCode::OK);
    }

    pub(crate) async fn staff(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).expect("a request");
        let (status, _, body) = self.send(request, clerk()).await;
        (status, body)
    }

    pub(crate) async fn send(
        &self,
        mut request: Request<Body>,
        cx: Context,
    ) -> (StatusCode, HeaderMap, Value) {
        request.extensions_mut().insert(cx);
        let response = self.app.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let json = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        (parts.status, parts.headers, json)
    }

    /// Every unit is accounted for: what is held and allocated is what orders hold, `on_hand` is what moved.
    async fn audit(&self) {
        let wrong = "select count(*) from stock where
                held <> (select coalesce(sum(line.quantity), 0) from stock_hold_line line
                    join stock_hold head on head.order_id = line.order_id
                    where line.variant = stock.variant and line.location = stock.location and head.state = 'held')
                or allocated <> (select coalesce(sum(line.quantity - line.shipped), 0) from stock_hold_line line
                    join stock_hold head on head.order_id = line.order_id
                    where line.variant = stock.variant and line.location = stock.location
                        and head.state = 'allocated')
                or on_hand <> (select coalesce(sum(movement.change), 0) from movement
                    where movement.variant = stock.variant and movement.location = stock.location)";
        let found = self.db.read_one(wrong, args![], |row| row.get::<i64>(0)).await.expect("an audit");
        assert_eq!(found, Some(0), "stock rows do not add up");
    }
}

pub(crate) fn guest() -> Context {
    Context::guest("test")
}

/// Staff who may do everything with products and stock.
pub(crate) fn clerk() -> Context {
    let permissions = vec![
        Permission::CatalogRead,
        Permission::CatalogWrite,
        Permission::StockRead,
        Permission::StockWrite,
    ];
    let (user, session) = (UserId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)));
    Context { caller: Caller::Staff { user, session, permissions }, ..Context::guest("test") }
}

pub(crate) async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come true in time");
}
