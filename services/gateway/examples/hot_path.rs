//! How long the gateway takes for the hottest request of all, a cached product, without a socket:
//! `cargo run --release -p souk-gateway --example hot_path [requests]`. With an address instead of a number it
//! listens there, for comparing with a web server: `wrk -c64 http://127.0.0.1:8099/v1/products/linen-shirt`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::routing::get;
use http::{HeaderMap, Request};
use souk_app::http::{etag_of, ready_bytes};
use souk_contract::Done;
use souk_contract::order::{CartClaimed, ClaimCart, Order, PricesReplayed, ReplayPrices};
use souk_contract::user::{Authenticate, CreateStaff, Customer, GetCustomer, Principal, StaffCreated, User};
use souk_gateway::{DeadLetter, DeadLetters, Deps, Gateway, GatewayConfig, Limits, Upstream, Upstreams};
use souk_limiter::Quota;
use souk_rpc::{Caller, Context, Error, InternalSecret, Remote};
use souk_types::{Chance, Clock, EventId, Page, SessionId, Timestamp, UserId};

/// What the shop itself runs on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: u32 = 5;

fn main() {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if let Ok(address) = argument.parse() {
        return listen(address);
    }
    let requests = argument.parse().unwrap_or(200_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let gateway = gateway();
    let product = product();
    runtime.block_on(async {
        measure("the product's router alone", requests, async || router_alone(&product).await).await;
        measure("a guest reads a product", requests, async || through(&gateway, &[]).await).await;
        let browser =
            [("accept-encoding", "gzip, br"), ("cookie", "__Host-souk_session=ada"), ("accept", "*/*")];
        measure("a customer's browser, compressed", requests, async || through(&gateway, &browser).await)
            .await;
        let fresh = [("if-none-match", "\"x\", W/\"0\"")];
        measure("a guest with a stale ETag", requests, async || through(&gateway, &fresh).await).await;
    });
}

fn listen(address: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.expect("a free port");
        let limits = souk_app::serve::Limits::default();
        souk_app::serve::serve(listener, gateway().router(), limits, Default::default()).await;
    });
}

async fn measure(what: &str, requests: u32, request: impl AsyncFn() -> usize) {
    let mut best = u128::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..requests / ROUNDS {
            assert!(request().await > 0);
        }
        best = best.min(started.elapsed().as_nanos() / u128::from((requests / ROUNDS).max(1)));
    }
    println!("{what}: {best} ns per request");
}

fn request(headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder()
        .uri("/v1/products/linen-shirt")
        .header("host", "shop.example")
        .header("user-agent", "hot_path")
        .body(Body::empty())
        .expect("a request");
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().expect("a name");
        request.headers_mut().insert(name, value.parse().expect("a value"));
    }
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([203, 0, 113, 9], 4711))));
    request
}

async fn through(gateway: &Gateway, headers: &[(&str, &str)]) -> usize {
    let response = gateway.handle(request(headers)).await;
    response.headers().len()
}

async fn router_alone(router: &axum::Router) -> usize {
    use tower::Service;
    let mut request = request(&[]);
    request.extensions_mut().insert(Context::guest("r"));
    router.clone().call(request).await.map_or(0, |response| response.headers().len())
}

/// 1.3 kB of JSON that is ready, as the product service keeps it.
fn product() -> axum::Router {
    let bytes =
        Bytes::from(format!("{{\"title\":\"Linen shirt\",\"description\":\"{}\"}}", "soft ".repeat(260)));
    let etag = etag_of(&bytes);
    let handler = async move |_: Context, headers: HeaderMap| {
        ready_bytes(&headers, bytes.clone(), &etag, "public, max-age=60")
    };
    axum::Router::new().route("/v1/products/{id}", get(handler))
}

fn gateway() -> Gateway {
    let plenty = Quota::new(u32::MAX, u32::MAX);
    let limits = Limits { reads: plenty, ..Limits::default() };
    let nobody = Remote::in_memory(axum::Router::new(), InternalSecret::new(""));
    let none = || Upstream::Local(axum::Router::new());
    let deps = Deps {
        upstreams: Upstreams {
            product: Upstream::Local(product()),
            user: none(),
            order: none(),
            payment: none(),
            notification: none(),
        },
        user: Arc::new(Ada),
        product: Arc::new(nobody.clone()),
        order: Arc::new(Ada),
        payment: Arc::new(nobody),
        dead_letters: Arc::new(Ada),
        openapi: Default::default(),
        metrics: Arc::new(String::new),
        redis: None,
        closing: Default::default(),
        clock: Clock::system(),
        chance: Chance::system(),
        dev: false,
        shopfront: None,
    };
    let built = souk_gateway::build(GatewayConfig { limits, ..GatewayConfig::default() }, deps);
    built.expect("no storefront").gateway
}

/// Everybody is Ada.
struct Ada;

#[async_trait::async_trait]
impl User for Ada {
    async fn authenticate(&self, _: &Context, _: Authenticate) -> Result<Principal, Error> {
        let (user, session) = (UserId(uuid::Uuid::nil()), SessionId(uuid::Uuid::nil()));
        let caller = Caller::Customer { user, session };
        Ok(Principal { caller, believe_until: Timestamp::from_millis(i64::MAX), stale_until: None })
    }
    async fn customer(&self, _: &Context, _: GetCustomer) -> Result<Customer, Error> {
        Err(Error::not_found("customer"))
    }
    async fn create_staff(&self, _: &Context, _: CreateStaff) -> Result<StaffCreated, Error> {
        Err(Error::not_found("customer"))
    }
    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        Ok(Done {})
    }
}

#[async_trait::async_trait]
impl Order for Ada {
    async fn claim_cart(&self, _: &Context, _: ClaimCart) -> Result<CartClaimed, Error> {
        Ok(CartClaimed { cart: None })
    }
    async fn replay_prices(&self, _: &Context, _: ReplayPrices) -> Result<PricesReplayed, Error> {
        Err(Error::not_found("cart"))
    }

    async fn ping(&self, _: &Context, _: Done) -> Result<Done, Error> {
        Ok(Done {})
    }
}

#[async_trait::async_trait]
impl DeadLetters for Ada {
    async fn list(
        &self,
        _: &Context,
        _: Option<&str>,
        _: Option<&str>,
        _: u32,
    ) -> Result<Page<DeadLetter>, Error> {
        Ok(Page { items: Vec::new(), next_cursor: None })
    }
    async fn redrive(&self, _: &Context, _: &str, _: EventId) -> Result<(), Error> {
        Ok(())
    }
    async fn discard(&self, _: &Context, _: &str, _: EventId) -> Result<(), Error> {
        Ok(())
    }
}
