//! A payment desk on every database, with its workers and its sandbox running.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use souk_app::Kit;
use souk_bus::Processor;
use souk_contract::events::{OrderCanceled, OrderPlaced, OrderTotals};
use souk_contract::payment::{
    Authorization, AuthorizationOutcome, Authorize, Payment as PaymentContract, PaymentMethod, RefundOrder,
    Refunded,
};
use souk_db::{Db, args, inbox};
use souk_payment::domain::{Payment, State};
use souk_payment::providers::sandbox::{Record, Sandbox};
use souk_payment::providers::{PaymentProvider, ProviderParts};
use souk_payment::{MIGRATIONS, PaymentConfig, ProviderConfig, SANDBOX_MIGRATIONS, SandboxConfig, store};
use souk_rpc::{Caller, Context, Error};
use souk_testkit::{TestDatabase, databases};
use souk_types::{
    Chance, Clock, Currency, Envelope, Event, EventId, Money, OrderId, PaymentId, SessionId, UserId,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const SECRET: &str = "the sandbox's webhook secret in tests";

/// What a wrapper around the sandbox gives the desk instead of it.
pub type Wrap = fn(Arc<Sandbox>) -> Arc<dyn PaymentProvider>;

pub struct Desk {
    pub payment: Arc<dyn PaymentContract>,
    pub db: Db,
    pub sandbox_db: Db,
    pub sandbox: Arc<Sandbox>,
    pub chance: Chance,
    pub clock: Clock,
    pub consumes: Vec<&'static str>,
    router: Router,
    token: CancellationToken,
    running: Vec<JoinHandle<()>>,
    place: TestDatabase,
}

/// Impatient settings.
pub fn config() -> PaymentConfig {
    let mut config = PaymentConfig { provider_timeout_ms: 400, ..PaymentConfig::default() };
    config.reconcile.pause_ms = 20;
    config.reconcile.first_look_ms = 50;
    config.reconcile.longest_pause_s = 1;
    config.reconcile.compare_pause_s = 0;
    config.reconcile.quiet_s = 0;
    config.webhooks.retry_ms = 20;
    let sandbox = SandboxConfig {
        slow_ms: 100,
        webhook_late_ms: 300,
        webhook_secret: Some(SECRET.to_owned()),
        ..SandboxConfig::default()
    };
    config.providers.insert("sandbox".to_owned(), ProviderConfig::Sandbox(sandbox));
    config
}

/// Tells the same story on every database.
pub async fn on_each(story: impl AsyncFn(&Desk)) {
    on_each_with(config(), |sandbox| sandbox, story).await;
}

pub async fn on_each_with(config: PaymentConfig, wrap: Wrap, story: impl AsyncFn(&Desk)) {
    for place in databases() {
        println!("on {}", place.name);
        let desk = Desk::open(place, config.clone(), wrap).await;
        story(&desk).await;
        desk.close().await;
    }
}

impl Desk {
    pub async fn open(place: TestDatabase, config: PaymentConfig, wrap: Wrap) -> Desk {
        let db = Db::open(&place.config, "payment", MIGRATIONS).await.expect(place.name);
        let sandbox_db = Db::open(&place.config, "sandbox", SANDBOX_MIGRATIONS).await.expect(place.name);
        let (clock, chance) = (Clock::system(), Chance::system());
        let kit =
            Kit { db: db.clone(), redis: None, clock: clock.clone(), chance: chance.clone(), dev: true };
        let mut parts =
            ProviderParts::from_config(&config, &kit, Some(sandbox_db.clone())).expect("providers");
        let sandbox = Arc::clone(&parts.sandbox.as_ref().expect("a sandbox").sandbox);
        parts.providers = parts.providers.with("sandbox", wrap(Arc::clone(&sandbox)));
        let built = souk_payment::build_with(config, kit, parts);
        let token = CancellationToken::new();
        let mut running: Vec<JoinHandle<()>> = built
            .service
            .workers
            .into_iter()
            .map(|worker| tokio::spawn((worker.run)(token.clone())))
            .collect();
        let mut consumes = Vec::new();
        for consumer in built.service.consumers {
            consumes.extend(consumer.kinds());
            running.push(Processor::new(consumer, clock.clone()).spawn(token.clone()));
        }
        let router = built.service.public.split_for_parts().0;
        Desk {
            payment: built.contract,
            db,
            sandbox_db,
            sandbox,
            chance,
            clock,
            consumes,
            router,
            token,
            running,
            place,
        }
    }

    /// Every story ends with the books in order.
    async fn close(self) {
        let disagreements = store::ledger::disagreements(&self.db, 10).await.expect("the ledger is read");
        assert!(disagreements.is_empty(), "{disagreements:?}");
        self.token.cancel();
        for running in self.running {
            running.await.expect("a worker ends in peace");
        }
        self.db.close().await;
        self.sandbox_db.close().await;
        drop(self.place);
    }

    pub fn order(&self) -> OrderId {
        OrderId::new(&self.chance, self.clock.now())
    }

    pub async fn authorizes(&self, order: OrderId, attempt: u32, token: &str) -> Authorization {
        self.payment.authorize(&cx(), asking(order, attempt, token)).await.expect("an answer")
    }

    /// A new order that is paid, placed and captured.
    pub async fn captured(&self, amount: i64) -> (OrderId, PaymentId) {
        let order = self.order();
        let request = Authorize { amount: euros(amount), ..asking(order, 1, "tok_approved") };
        let authorized = self.payment.authorize(&cx(), request).await.expect("an answer");
        assert_eq!(authorized.outcome, AuthorizationOutcome::Authorized);
        self.hears(placed(order, 1)).await;
        self.reaches(authorized.payment, State::Captured).await;
        (order, authorized.payment)
    }

    pub async fn refunds(&self, order: OrderId, key: &str, amount: i64) -> Result<Refunded, Error> {
        let request =
            RefundOrder { order, key: key.to_owned(), amount: euros(amount), reason: "customer".to_owned() };
        self.payment.refund(&cx(), request).await
    }

    /// An event of the order service arrives.
    pub async fn hears<E: Event>(&self, (event, sequence): (E, i64)) -> EventId {
        let id = EventId::new(&self.chance, self.clock.now());
        self.hears_again(id, (event, sequence)).await;
        id
    }

    pub async fn hears_again<E: Event>(&self, id: EventId, (event, sequence): (E, i64)) {
        let envelope = Envelope {
            id,
            kind: E::TYPE.to_owned(),
            source: "order".to_owned(),
            subject: event.subject(),
            sequence,
            time: self.clock.now(),
            traceparent: None,
            data: souk_types::EventData::of(&event).expect("plain data"),
        };
        let accepted = inbox::accept("payment", &[envelope], self.clock.now());
        self.db.commit(&cx(), accepted).await.expect("accepted");
    }

    /// Until every event that was heard has had its effect.
    pub async fn is_done_listening(&self) {
        self.waits("the inbox is empty", async || inbox::lag(&self.db).await.expect("read").pending == 0)
            .await;
    }

    pub async fn payment(&self, id: PaymentId) -> Payment {
        store::payments::get(&self.db, id).await.expect("read").expect("the payment")
    }

    pub async fn record(&self, id: PaymentId) -> Record {
        self.sandbox.record(id).await.expect("read").expect("the sandbox knows it")
    }

    pub async fn reaches(&self, id: PaymentId, state: State) -> Payment {
        self.waits(&format!("it is {state:?}"), async || self.payment(id).await.state == state).await;
        self.payment(id).await
    }

    pub async fn waits(&self, what: &str, mut until: impl AsyncFnMut() -> bool) {
        let started = Instant::now();
        while !until().await {
            assert!(started.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What was stated about a payment, in order.
    pub async fn events(&self, id: PaymentId) -> Vec<String> {
        let sql = "select kind, sequence from outbox where subject = $1 order by sequence";
        let events =
            self.db.read(sql, args![id], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?))).await;
        let events = events.expect("read");
        assert!(events.iter().map(|(_, sequence)| *sequence).eq(1..=events.len() as i64), "{events:?}");
        events.into_iter().map(|(kind, _)| kind).collect()
    }

    /// Open exceptions: reference and kind.
    pub async fn exceptions(&self) -> Vec<(String, String)> {
        let found = store::exceptions::page(&self.db, true, None, 100).await.expect("read");
        found.into_iter().map(|exception| (exception.reference, exception.kind)).collect()
    }

    pub async fn requests(&self, caller: Caller, request: Request<Body>) -> (StatusCode, String) {
        let mut request = request;
        request.extensions_mut().insert(Context { caller, ..Context::guest("test") });
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    pub async fn gets(&self, caller: Caller, path: &str) -> (StatusCode, serde_json::Value) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let (status, body) = self.requests(caller, request).await;
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    pub async fn posts(&self, path: &str) -> StatusCode {
        let request = Request::post(path).body(Body::empty()).expect("a request");
        self.requests(Caller::Guest, request).await.0
    }
}

pub fn cx() -> Context {
    Context::system("test")
}

pub fn customer() -> Caller {
    Caller::Customer { user: UserId(uuid::Uuid::nil()), session: SessionId(uuid::Uuid::nil()) }
}

pub fn euros(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

pub fn asking(order: OrderId, attempt: u32, token: &str) -> Authorize {
    Authorize {
        order,
        number: "1001".to_owned(),
        amount: euros(1999),
        email: "ada@example.com".to_owned(),
        method: PaymentMethod { provider: "sandbox".to_owned(), token: token.to_owned() },
        attempt,
        return_url: None,
    }
}

pub fn placed(order: OrderId, sequence: i64) -> (OrderPlaced, i64) {
    let zero = euros(0);
    let address = serde_json::json!({"name": "Ada", "line1": "Street 1", "city": "Berlin", "country": "DE"});
    let totals = OrderTotals {
        subtotal: euros(1999),
        discount: zero,
        shipping: zero,
        tax: zero,
        tax_included: zero,
        rounding: None,
        total: euros(1999),
    };
    let event = OrderPlaced {
        order,
        number: "1001".to_owned(),
        user: None,
        email: "ada@example.com".to_owned(),
        locale: "en".to_owned(),
        placed_at: Clock::system().now(),
        lines: Vec::new(),
        totals,
        shipping_address: serde_json::from_value(address).expect("an address"),
        shipping_method: "standard".to_owned(),
    };
    (event, sequence)
}

pub fn canceled(order: OrderId, sequence: i64) -> (OrderCanceled, i64) {
    let event = OrderCanceled {
        order,
        number: "1001".to_owned(),
        email: "ada@example.com".to_owned(),
        locale: "en".to_owned(),
        reason: "customer".to_owned(),
        was_placed: sequence > 1,
        total: euros(1999),
    };
    (event, sequence)
}
