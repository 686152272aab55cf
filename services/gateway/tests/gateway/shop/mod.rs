//! A gateway in front of tiny fake services, and a client that may come from anywhere.
#![allow(unreachable_pub, reason = "a module of tests")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use souk_contract::Done;
use souk_contract::order::{CartClaimed, ClaimCart, Order, PricesReplayed, ReplayPrices};
use souk_contract::payment::{Authorization, Authorize, Payment, RefundOrder, Refunded};
use souk_contract::product as catalog;
use souk_contract::user::{Authenticate, CreateStaff, Customer, GetCustomer, Principal, StaffCreated, User};
use souk_gateway::{DeadLetter, DeadLetters, Deps, Gateway, GatewayConfig, Limits, Upstreams};
use souk_limiter::Quota;
use souk_redis::Redis;
use souk_rpc::{Caller, Context, Error, Permission};
use souk_types::{ApiKeyId, CartId, Chance, Clock, Envelope, EventId, Page, SessionId, Timestamp, UserId};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub mod services;

/// The user behind the token `ada`.
pub const ADA: UserId = UserId(Uuid::from_u128(0xADA));
/// The cart that a signed-in user ends up with.
pub const MERGED_CART: CartId = CartId(Uuid::from_u128(0xCA));

pub struct Shop {
    pub gateway: Gateway,
    pub people: Arc<People>,
    pub carts: Arc<Carts>,
    pub clock: Clock,
    pub closing: CancellationToken,
}

/// Open, with limits that no test meets by accident.
pub fn open() -> Shop {
    open_with(|_| {})
}

pub fn open_with(configure: impl FnOnce(&mut GatewayConfig)) -> Shop {
    build(configure, services::local(), false)
}

pub fn build(configure: impl FnOnce(&mut GatewayConfig), upstreams: Upstreams, dev: bool) -> Shop {
    let clock = Clock::turnable(Timestamp::from_millis(1_800_000_000_000));
    let people = Arc::new(People::on(clock.clone()));
    assemble(configure, upstreams, dev, people, None)
}

/// One of several gateways of a shop: they share the people and the Redis.
pub fn open_beside(configure: impl FnOnce(&mut GatewayConfig), people: &Arc<People>, redis: Redis) -> Shop {
    assemble(configure, services::local(), false, Arc::clone(people), Some(redis))
}

/// With a storefront, in front of this catalog.
pub fn open_storefront(product: axum::Router, stripe: bool) -> Shop {
    let folder = tempfile::tempdir().expect("a folder");
    souk_testkit::write_tiny_web(folder.path()).expect("written");
    let shopfront = souk_gateway::Shopfront {
        export: souk_gateway::Export::read(folder.path()).expect("an export"),
        name: "Souk & Söhne".to_owned(),
        url: "https://shop.example/".to_owned(),
        currencies: vec!["EUR".to_owned(), "JPY".to_owned()],
        stripe,
    };
    let upstreams = Upstreams { product: souk_gateway::Upstream::Local(product), ..services::local() };
    let clock = Clock::turnable(Timestamp::from_millis(1_800_000_000_000));
    let people = Arc::new(People::on(clock));
    assemble_with(|_| {}, upstreams, false, people, None, Some(shopfront))
}

fn assemble(
    configure: impl FnOnce(&mut GatewayConfig),
    upstreams: Upstreams,
    dev: bool,
    people: Arc<People>,
    redis: Option<Redis>,
) -> Shop {
    assemble_with(configure, upstreams, dev, people, redis, None)
}

fn assemble_with(
    configure: impl FnOnce(&mut GatewayConfig),
    upstreams: Upstreams,
    dev: bool,
    people: Arc<People>,
    redis: Option<Redis>,
    shopfront: Option<souk_gateway::Shopfront>,
) -> Shop {
    let plenty = Quota::new(600_000, 100_000);
    let limits =
        Limits { reads: plenty, writes: plenty, api_keys: plenty, guesses: plenty, webhooks: plenty };
    let mut config = GatewayConfig { limits, ..GatewayConfig::default() };
    configure(&mut config);
    let clock = people.clock.clone();
    let carts = Arc::new(Carts::default());
    let closing = CancellationToken::new();
    let deps = Deps {
        upstreams,
        user: people.clone(),
        product: Arc::new(Nothing),
        order: carts.clone(),
        payment: Arc::new(Nothing),
        dead_letters: Arc::new(Nothing),
        openapi: services::openapi(),
        metrics: Arc::new(|| "souk_up 1\n".to_owned()),
        redis,
        closing: closing.clone(),
        clock: clock.clone(),
        chance: Chance::seeded(7),
        dev,
        shopfront,
    };
    Shop {
        gateway: souk_gateway::build(config, deps).expect("no storefront").gateway,
        people,
        carts,
        clock,
        closing,
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).expect("text")
    }

    /// The code of a problem document, after a look at whether it is one.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.json()["status"], self.status.as_u16());
        self.json()["code"].as_str().expect("a code").to_owned()
    }
}

pub struct Ask(http::request::Builder, Body, SocketAddr);

pub fn get(path: &str) -> Ask {
    ask("GET", path)
}

pub fn post(path: &str) -> Ask {
    ask("POST", path).with("content-type", "application/json").body("{}")
}

pub fn ask(method: &str, path: &str) -> Ask {
    let request = Request::builder().method(method).uri(path).header("host", "shop.example");
    Ask(request, Body::empty(), "203.0.113.9:4711".parse().expect("an address"))
}

impl Ask {
    pub fn with(self, name: &str, value: &str) -> Ask {
        Ask(self.0.header(name, value), self.1, self.2)
    }

    pub fn body(self, body: impl Into<Body>) -> Ask {
        Ask(self.0, body.into(), self.2)
    }

    pub fn from(self, peer: &str) -> Ask {
        Ask(self.0, self.1, peer.parse().expect("an address"))
    }

    pub fn bearer(self, token: &str) -> Ask {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub fn cookie(self, token: &str) -> Ask {
        self.with("cookie", &format!("theme=dark; __Host-souk_session={token}"))
    }

    pub fn request(self) -> Request<Body> {
        let mut request = self.0.body(self.1).expect("a request");
        request.extensions_mut().insert(ConnectInfo(self.2));
        request
    }
}

impl Shop {
    pub async fn send(&self, ask: Ask) -> Reply {
        let response: Response<Body> = self.gateway.handle(ask.request()).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// Opens the door to real clients, until the test ends.
    pub async fn listens(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (router, limits) = (self.gateway.router(), souk_app::serve::Limits::default());
        tokio::spawn(souk_app::serve::serve(listener, router, limits, CancellationToken::new()));
        address
    }

    /// The context that the service saw.
    pub async fn seen(&self, ask: Ask) -> Value {
        let reply = self.send(ask).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }
}

/// Knows `ada` (a customer), `sam` (staff who reads the system), `key` (an API key without scopes).
pub struct People {
    clock: Clock,
    pub asked: AtomicU32,
    pub down: AtomicU32,
    /// Every session has ended.
    pub gone: AtomicBool,
}

impl People {
    fn on(clock: Clock) -> People {
        People { clock, asked: AtomicU32::new(0), down: AtomicU32::new(0), gone: AtomicBool::new(false) }
    }
}

#[async_trait::async_trait]
impl User for People {
    async fn authenticate(&self, _: &Context, request: Authenticate) -> Result<Principal, Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) > 0 {
            return Err(Error::unavailable("the user service is down"));
        }
        let session = SessionId(Uuid::from_u128(1));
        let caller = match request.token.as_str() {
            _ if self.gone.load(Ordering::SeqCst) => Caller::Guest,
            "ada" => Caller::Customer { user: ADA, session },
            "sam" => {
                let permissions = vec![Permission::SystemRead, Permission::SystemWrite];
                Caller::Staff { user: UserId(Uuid::from_u128(0x5A)), session, permissions }
            }
            "key" => Caller::ApiKey { key: ApiKeyId(Uuid::from_u128(0xE1)), scopes: Vec::new() },
            _ => Caller::Guest,
        };
        let now = self.clock.now();
        let stale_until =
            matches!(caller, Caller::Customer { .. }).then(|| now.plus(Duration::from_secs(120)));
        Ok(Principal { caller, believe_until: now.plus(Duration::from_secs(30)), stale_until })
    }

    async fn customer(&self, _: &Context, _: GetCustomer) -> Result<Customer, Error> {
        Err(Error::not_found("customer"))
    }

    async fn create_staff(&self, _: &Context, _: CreateStaff) -> Result<StaffCreated, Error> {
        Err(Error::not_found("customer"))
    }

    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        if self.down.load(Ordering::SeqCst) > 0 { Err(Error::unavailable("down")) } else { Ok(Done {}) }
    }
}

#[derive(Default)]
pub struct Carts {
    pub claimed: std::sync::Mutex<Vec<(CartId, UserId)>>,
}

#[async_trait::async_trait]
impl Order for Carts {
    async fn claim_cart(&self, cx: &Context, request: ClaimCart) -> Result<CartClaimed, Error> {
        assert_eq!(cx.user(), Some(request.user));
        self.claimed.lock().expect("no panic").push((request.cart, request.user));
        Ok(CartClaimed { cart: Some(MERGED_CART) })
    }

    async fn replay_prices(&self, _: &Context, _: ReplayPrices) -> Result<PricesReplayed, Error> {
        Err(Error::not_found("cart"))
    }

    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        Ok(Done {})
    }
}

/// Answers pings, and has one dead letter.
struct Nothing;

#[async_trait::async_trait]
impl catalog::Product for Nothing {
    async fn offers(&self, _: &Context, _: catalog::GetOffers) -> Result<catalog::Offers, Error> {
        Err(Error::not_found("offer"))
    }
    async fn hold_stock(&self, _: &Context, _: catalog::HoldStock) -> Result<catalog::HoldOutcome, Error> {
        Err(Error::not_found("stock"))
    }
    async fn release_stock(&self, _: &Context, _: catalog::ReleaseStock) -> Result<Done, Error> {
        Ok(Done {})
    }
    async fn import_products(
        &self,
        _: &Context,
        _: catalog::ImportProducts,
    ) -> Result<catalog::ImportReport, Error> {
        Ok(catalog::ImportReport::default())
    }
    async fn search_products(
        &self,
        _: &Context,
        _: catalog::SearchProducts,
    ) -> Result<catalog::FoundProducts, Error> {
        Ok(catalog::FoundProducts::default())
    }
    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        Ok(Done {})
    }
}

#[async_trait::async_trait]
impl Payment for Nothing {
    async fn authorize(&self, _: &Context, _: Authorize) -> Result<Authorization, Error> {
        Err(Error::not_found("payment"))
    }
    async fn refund(&self, _: &Context, _: RefundOrder) -> Result<Refunded, Error> {
        Err(Error::not_found("payment"))
    }
    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        Ok(Done {})
    }
}

/// The event of the only dead letter.
pub const DEAD: EventId = EventId(Uuid::from_u128(0xDEAD));

#[async_trait::async_trait]
impl DeadLetters for Nothing {
    async fn list(
        &self,
        _: &Context,
        consumer: Option<&str>,
        _: Option<&str>,
        _: u32,
    ) -> Result<Page<DeadLetter>, Error> {
        let envelope = Envelope {
            id: DEAD,
            kind: "payment.captured".into(),
            source: "payment".into(),
            subject: Uuid::from_u128(1),
            sequence: 2,
            time: Timestamp::from_millis(0),
            traceparent: None,
            data: souk_types::EventData::of(&serde_json::json!({"amount": 1})).expect("JSON"),
        };
        let letter = DeadLetter::new("order", 12, Some("no such order".into()), envelope);
        let items = if consumer.is_none_or(|name| name == "order") { vec![letter] } else { vec![] };
        Ok(Page { items, next_cursor: None })
    }

    async fn redrive(&self, _: &Context, consumer: &str, event: EventId) -> Result<(), Error> {
        if (consumer, event) == ("order", DEAD) { Ok(()) } else { Err(Error::not_found("dead letter")) }
    }

    async fn discard(&self, cx: &Context, consumer: &str, event: EventId) -> Result<(), Error> {
        self.redrive(cx, consumer, event).await
    }
}
