//! A notification service on a database of its own, told events as the bus would.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use souk_app::{Kit, Worker};
use souk_bus::Processor;
use souk_contract::Address;
use souk_contract::events::{OrderPlaced, OrderTotals, OrderedLine};
use souk_db::{Db, DbConfig, args, inbox};
use souk_notification::mailer::Mailer;
use souk_notification::{MIGRATIONS, NotificationConfig, build, build_with};
use souk_rpc::{Caller, Context, Permission};
use souk_types::{
    Chance, Clock, Currency, Envelope, Event, EventId, Money, OrderId, SessionId, Timestamp, UserId,
    VariantId,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) struct Shop {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    public: Router,
    stop: CancellationToken,
    running: Vec<JoinHandle<()>>,
}

/// Tells the story once on each database.
pub(crate) async fn on_both<F, Fut>(config: NotificationConfig, story: F)
where
    F: Fn(Shop) -> Fut,
    Fut: Future<Output = ()>,
{
    for database in souk_testkit::databases() {
        println!("on {}", database.name);
        story(Shop::open(&database.config, config.clone(), None).await).await;
    }
}

impl Shop {
    /// Everything runs: reactions and workers.
    pub(crate) async fn open(
        database: &DbConfig,
        config: NotificationConfig,
        mailer: Option<Arc<dyn Mailer>>,
    ) -> Shop {
        let clock = Clock::turnable(Timestamp::from_millis(1_795_341_600_000));
        let db = Db::open_with_clock(database, "notification", MIGRATIONS, clock.clone()).await;
        Shop::start(db.expect("a database"), clock, config, mailer)
    }

    /// Another one over the same database.
    pub(crate) fn open_beside(shop: &Shop, config: NotificationConfig, mailer: Arc<dyn Mailer>) -> Shop {
        Shop::start(shop.db.clone(), shop.clock.clone(), config, Some(mailer))
    }

    fn start(db: Db, clock: Clock, config: NotificationConfig, mailer: Option<Arc<dyn Mailer>>) -> Shop {
        let chance = Chance::system();
        let kit =
            Kit { db: db.clone(), redis: None, clock: clock.clone(), chance: chance.clone(), dev: true };
        let built = match mailer {
            Some(mailer) => build_with(config, kit, mailer),
            None => build(config, kit),
        };
        let service = built.expect("a service").service;
        let stop = CancellationToken::new();
        let mut running = Vec::new();
        for Worker { run, .. } in service.workers {
            running.push(tokio::spawn(run(stop.clone())));
        }
        for consumer in service.consumers {
            running.push(Processor::new(consumer, clock.clone()).spawn(stop.clone()));
        }
        let (public, _) = service.public.split_for_parts();
        Shop { db, clock, chance, public, stop, running }
    }

    /// Stops at once and lets go of the database.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        for running in self.running {
            running.await.expect("ends");
        }
        self.db.close().await;
    }

    pub(crate) fn event<E: Event>(&self, event: &E) -> Envelope {
        self.event_number(event, 1)
    }

    pub(crate) fn event_number<E: Event>(&self, event: &E, sequence: i64) -> Envelope {
        Envelope {
            id: EventId::new(&self.chance, self.clock.now()),
            kind: E::TYPE.to_owned(),
            source: "test".to_owned(),
            subject: event.subject(),
            sequence,
            time: self.clock.now(),
            traceparent: None,
            data: souk_types::EventData::of(event).expect("JSON"),
        }
    }

    /// What the bus does.
    pub(crate) async fn accept(&self, events: &[Envelope]) {
        let accepted = inbox::accept("notification", events, self.clock.now());
        self.db.commit(&Context::system("test"), accepted).await.expect("accepted");
    }

    /// What the bus does; then waits until it has been reacted to.
    pub(crate) async fn hear(&self, events: &[Envelope]) {
        self.accept(events).await;
        for _ in 0..400 {
            if inbox::lag(&self.db).await.expect("a lag") == inbox::Lag::default() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("events are not reacted to: {:?}", inbox::dead_letters(&self.db, None, 9).await);
    }

    /// Waits until `count` mails are in this state.
    pub(crate) async fn mails_are(&self, state: &str, count: u64) {
        let mut found = 0;
        for _ in 0..400 {
            found = self.number("select count(*) from mails where state = $1", state).await;
            if found == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{found} mails are {state}, not {count}");
    }

    pub(crate) async fn number(&self, sql: &'static str, arg: &str) -> u64 {
        let rows = self.db.read_one(sql, args![arg], |row| row.get(0)).await.expect("a number");
        rows.expect("a row")
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        caller: Caller,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let mut request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
        request.extensions_mut().insert(Context { caller, ..Context::guest("test") });
        let response = self.public.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, body.collect().await.expect("a body").to_bytes())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, _, body) = self.ask(Method::GET, path, staff()).await;
        assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("JSON")
    }

    pub(crate) async fn mailbox(&self) -> Vec<Value> {
        self.get("/dev/mailbox.json?limit=100").await["items"].as_array().expect("a list").clone()
    }
}

pub(crate) fn staff() -> Caller {
    Caller::Staff {
        user: UserId(Uuid::nil()),
        session: SessionId(Uuid::nil()),
        permissions: vec![Permission::SystemRead, Permission::SystemWrite],
    }
}

pub(crate) fn placed(shop: &Shop) -> OrderPlaced {
    let (chance, now) = (&shop.chance, shop.clock.now());
    let eur = |amount| Money::new(amount, Currency::EUR);
    OrderPlaced {
        order: OrderId::new(chance, now),
        number: "SK-1001".to_owned(),
        user: None,
        email: "ada@example.com".to_owned(),
        locale: "en".to_owned(),
        placed_at: now,
        lines: vec![OrderedLine {
            variant: VariantId::new(chance, now),
            sku: "TEE-M".to_owned(),
            title: "T-shirt".to_owned(),
            variant_title: "M / red".to_owned(),
            quantity: 2,
            unit_price: eur(1_999),
            total: eur(3_998),
        }],
        totals: OrderTotals {
            subtotal: eur(3_998),
            discount: eur(0),
            shipping: eur(490),
            tax: eur(0),
            tax_included: eur(717),
            rounding: None,
            total: eur(4_488),
        },
        shipping_address: Address {
            name: "Ada Lovelace".to_owned(),
            company: None,
            line1: "12 St James's Square".to_owned(),
            line2: None,
            city: "London".to_owned(),
            region: None,
            postal_code: Some("SW1Y 4JH".to_owned()),
            country: "GB".to_owned(),
            phone: None,
        },
        shipping_method: "Standard".to_owned(),
    }
}
