//! A mutation that is sent twice takes effect once.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, Method, Request, StatusCode, header};
use souk_app::http::{IdempotencyState, idempotent};
use souk_db::Db;
use souk_rpc::{Context, Error, ErrorKind};
use souk_testkit::TestDatabase;
use souk_types::{Clock, Timestamp};
use tokio::sync::Notify;
use tower::ServiceExt;

const KEY: &str = "0193e0b2-6a44-7cc3-9d5e-5e1a2b3c4d5e";
const NOW: Timestamp = Timestamp::from_millis(1_795_341_600_000);

/// What the handlers share with the test: how often they ran, and when they may answer.
#[derive(Clone, Default)]
struct Till {
    sales: Arc<AtomicU32>,
    begun: Arc<Notify>,
    answer: Arc<Notify>,
}

struct Shop {
    router: Router,
    till: Till,
    clock: Clock,
    db: Db,
    _place: TestDatabase,
}

impl Shop {
    async fn open() -> Shop {
        let place = TestDatabase::sqlite().expect("a folder");
        let db = Db::open(&place.config, "shop", &[]).await.expect("opens");
        let clock = Clock::turnable(NOW);
        let till = Till::default();
        let state = IdempotencyState { db: db.clone(), clock: clock.clone() };
        let sales = || post(sell).with_state(till.clone());
        let router = Router::new()
            .route("/sales", sales())
            .route("/sales", get(count).with_state(till.clone()))
            .route("/slow", post(sell_slowly).with_state(till.clone()))
            .route("/hasty", post(too_late).with_state(till.clone()))
            .route("/broken", post(panics).with_state(till.clone()))
            .route("/first/{status}", post(fails_once).with_state(till.clone()))
            .layer(from_fn_with_state(state.clone(), idempotent));
        let branch =
            || Router::new().route("/sales", sales()).layer(from_fn_with_state(state.clone(), idempotent));
        let router = router.nest("/north", branch()).nest("/south", branch());
        Shop { router, till, clock, db, _place: place }
    }

    async fn send(&self, path: &str, body: &'static str, cx: Context) -> Reply {
        self.send_as(Method::POST, path, body, cx, &[KEY]).await
    }

    async fn send_as(
        &self,
        method: Method,
        path: &str,
        body: &'static str,
        cx: Context,
        keys: &[&str],
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path).extension(cx);
        for key in keys {
            request = request.header("Idempotency-Key", *key);
        }
        let request = request.body(Body::from(body)).expect("a request");
        Reply::read(self.router.clone().oneshot(request).await.expect("infallible")).await
    }

    fn sales(&self) -> u32 {
        self.till.sales.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Reply {
    async fn read(response: Response) -> Reply {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a body");
        Reply { status: parts.status, headers: parts.headers, body }
    }

    fn is_replay(&self) -> bool {
        self.headers.get("Idempotency-Replayed").is_some_and(|value| value == "true")
    }

    fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).expect("a problem");
        problem["code"].as_str().expect("a code").to_owned()
    }
}

fn guest(ip: &str) -> Context {
    Context { client_ip: Some(ip.parse::<IpAddr>().expect("an address")), ..Context::guest("r1") }
}

fn ada() -> Context {
    guest("192.0.2.1")
}

/// Each sale has another number, so that a second effect would show.
async fn sell(State(till): State<Till>, body: Bytes) -> Response {
    let number = till.sales.fetch_add(1, Ordering::SeqCst) + 1;
    let sold = String::from_utf8_lossy(&body).into_owned();
    (StatusCode::CREATED, Json(serde_json::json!({"number": number, "sold": sold}))).into_response()
}

async fn count(State(till): State<Till>) -> String {
    till.sales.load(Ordering::SeqCst).to_string()
}

async fn sell_slowly(State(till): State<Till>, body: Bytes) -> Response {
    till.begun.notify_one();
    till.answer.notified().await;
    sell(State(till), body).await
}

/// Answers once its time is over, as a flow does whose deadline has passed.
async fn too_late(State(till): State<Till>, cx: Context, body: Bytes) -> Response {
    tokio::time::sleep_until(cx.deadline.expect("a deadline").into()).await;
    match till.sales.load(Ordering::SeqCst) {
        0 => {
            till.sales.fetch_add(1, Ordering::SeqCst);
            Error::timeout("too late").into_response()
        }
        _ => sell(State(till), body).await,
    }
}

async fn panics(State(till): State<Till>, body: Bytes) -> Response {
    assert!(till.sales.load(Ordering::SeqCst) > 0, "the first time it panics");
    sell(State(till), body).await
}

async fn fails_once(
    State(till): State<Till>,
    axum::extract::Path(status): axum::extract::Path<u16>,
    body: Bytes,
) -> Response {
    if till.sales.load(Ordering::SeqCst) > 0 {
        return sell(State(till), body).await;
    }
    till.sales.fetch_add(1, Ordering::SeqCst);
    let kind = match status {
        504 => return Error::outcome_unknown("the database went away").into_response(),
        409 => ErrorKind::Conflict,
        422 => ErrorKind::Unprocessable,
        500 => ErrorKind::Internal,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, "lost_race", "not this time").into_response()
}

#[tokio::test]
async fn a_request_that_is_sent_twice_gets_the_same_bytes_and_sells_once() {
    let shop = Shop::open().await;
    let first = shop.send("/sales", "tee", ada()).await;
    assert_eq!((first.status, first.is_replay()), (StatusCode::CREATED, false));
    for _ in 0..3 {
        let again = shop.send("/sales", "tee", ada()).await;
        assert!(again.is_replay());
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.headers[header::CONTENT_TYPE], first.headers[header::CONTENT_TYPE]);
    }
    assert_eq!(shop.sales(), 1);
}

#[tokio::test]
async fn a_key_that_comes_with_another_request_is_refused() {
    let shop = Shop::open().await;
    shop.send("/north/sales", "tee", ada()).await;
    for (path, body) in [("/north/sales", "mug"), ("/north/sales?x=1", "tee"), ("/south/sales", "tee")] {
        let refused = shop.send(path, body, ada()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}");
        assert_eq!(refused.code(), "idempotency_key_reused");
    }
    assert_eq!(shop.sales(), 1);
}

#[tokio::test]
async fn a_repeat_beside_the_first_is_told_to_come_again() {
    let shop = Arc::new(Shop::open().await);
    let first = tokio::spawn({
        let shop = Arc::clone(&shop);
        async move { shop.send("/slow", "tee", ada()).await }
    });
    shop.till.begun.notified().await;
    let beside = shop.send("/slow", "tee", ada()).await;
    assert_eq!((beside.status, beside.code().as_str()), (StatusCode::CONFLICT, "idempotency_in_progress"));
    assert_eq!(beside.headers[header::RETRY_AFTER], "1");
    shop.till.answer.notify_one();
    let first = first.await.expect("answers");
    assert_eq!(shop.send("/slow", "tee", ada()).await.body, first.body);
    assert_eq!(shop.sales(), 1);
}

#[tokio::test]
async fn a_client_that_hangs_up_finds_its_reply_when_it_comes_back() {
    let shop = Shop::open().await;
    {
        let request = shop.send("/slow", "tee", ada());
        tokio::select! {
            reply = request => unreachable!("nobody lets it answer: {reply:?}"),
            () = shop.till.begun.notified() => {}
        }
    }
    shop.till.answer.notify_one();
    let mut reply = shop.send("/slow", "tee", ada()).await;
    let patience = Instant::now() + Duration::from_secs(5);
    while reply.status == StatusCode::CONFLICT && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(5)).await;
        reply = shop.send("/slow", "tee", ada()).await;
    }
    assert!(reply.is_replay());
    assert_eq!((reply.status, shop.sales()), (StatusCode::CREATED, 1));
}

#[tokio::test]
async fn a_passing_trouble_is_forgotten_so_that_a_repeat_works() {
    for status in [409, 500, 503] {
        let shop = Shop::open().await;
        let path = format!("/first/{status}");
        let failed = shop.send(&path, "tee", ada()).await;
        assert_eq!(failed.status.as_u16(), status);
        let again = shop.send(&path, "tee", ada()).await;
        assert_eq!((again.status, again.is_replay()), (StatusCode::CREATED, false), "{status}");
    }
}

#[tokio::test]
async fn a_refusal_by_a_rule_of_the_shop_is_the_last_word() {
    let shop = Shop::open().await;
    let refused = shop.send("/first/422", "tee", ada()).await;
    let again = shop.send("/first/422", "tee", ada()).await;
    assert!(again.is_replay());
    assert_eq!((again.status, again.body), (refused.status, refused.body));
    assert_eq!(again.headers[header::CONTENT_TYPE], "application/problem+json");
}

#[tokio::test]
async fn a_request_whose_time_ran_out_still_frees_its_key_and_keeps_its_reply() {
    let shop = Shop::open().await;
    let soon = || Context { deadline: Some(Instant::now() + Duration::from_millis(50)), ..ada() };
    assert_eq!(shop.send("/hasty", "tee", soon()).await.status, StatusCode::GATEWAY_TIMEOUT);
    let sold = shop.send("/hasty", "tee", soon()).await;
    assert_eq!(sold.status, StatusCode::CREATED);
    let again = shop.send("/hasty", "tee", soon()).await;
    assert!(again.is_replay());
    assert_eq!(again.body, sold.body);
}

#[tokio::test]
async fn a_handler_that_panics_is_our_fault_and_frees_its_key() {
    let shop = Shop::open().await;
    let broken = shop.send("/broken", "tee", ada()).await;
    assert_eq!((broken.status, broken.code().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
    shop.till.sales.store(1, Ordering::SeqCst);
    assert_eq!(shop.send("/broken", "tee", ada()).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_reply_is_given_even_when_it_cannot_be_kept() {
    let shop = Arc::new(Shop::open().await);
    let first = tokio::spawn({
        let shop = Arc::clone(&shop);
        async move { shop.send("/slow", "tee", ada()).await }
    });
    shop.till.begun.notified().await;
    shop.db.close().await;
    shop.till.answer.notify_one();
    assert_eq!(first.await.expect("answers").status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_repeat_of_a_request_that_died_is_told_that_nobody_knows() {
    let shop = Shop::open().await;
    let abandoned = tokio::time::timeout(Duration::from_millis(50), shop.send("/slow", "tee", ada())).await;
    assert!(abandoned.is_err());
    shop.clock.turn(Duration::from_secs(61));
    let unknown = shop.send("/slow", "tee", ada()).await;
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (StatusCode::CONFLICT, "idempotency_outcome_unknown")
    );
}

#[tokio::test]
async fn a_repeat_after_an_unanswered_commit_does_not_sell_again() {
    let shop = Shop::open().await;
    let lost = shop.send("/first/504", "tee", ada()).await;
    assert_eq!((lost.status, lost.code().as_str()), (StatusCode::GATEWAY_TIMEOUT, "outcome_unknown"));
    assert_eq!(shop.send("/first/504", "tee", ada()).await.code(), "idempotency_in_progress");
    shop.clock.turn(Duration::from_secs(61));
    assert_eq!(shop.send("/first/504", "tee", ada()).await.code(), "idempotency_outcome_unknown");
    assert_eq!(shop.sales(), 1);
}

#[tokio::test]
async fn two_guests_with_the_same_key_do_not_see_each_other() {
    let shop = Shop::open().await;
    let ada_bought = shop.send("/sales", "tee", ada()).await;
    let bob_bought = shop.send("/sales", "tee", guest("192.0.2.2")).await;
    assert!(!bob_bought.is_replay());
    assert_ne!(ada_bought.body, bob_bought.body);
    assert_eq!(shop.sales(), 2);
}

#[tokio::test]
async fn a_key_that_others_may_choose_by_accident_is_refused() {
    let shop = Shop::open().await;
    let long = "k".repeat(256);
    let refused: [&[&str]; 5] = [&["fifteen-letters"], &[&long], &[""], &["with a space in it"], &[KEY, KEY]];
    for keys in refused {
        let refused = shop.send_as(Method::POST, "/sales", "tee", ada(), keys).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::BAD_REQUEST, "invalid_request"),
            "{keys:?}"
        );
    }
    assert_eq!(shop.sales(), 0);
    let taken = shop.send_as(Method::POST, "/sales", "tee", ada(), &["sixteen-letters!"]).await;
    assert_eq!(taken.status, StatusCode::CREATED);
}

#[tokio::test]
async fn reading_and_requests_without_a_key_are_never_replayed() {
    let shop = Shop::open().await;
    for sales in 1..=2 {
        shop.send_as(Method::POST, "/sales", "tee", ada(), &[]).await;
        let read = shop.send_as(Method::GET, "/sales", "", ada(), &[KEY]).await;
        assert_eq!(
            (read.body, read.headers.get("Idempotency-Replayed")),
            (Bytes::from(sales.to_string()), None)
        );
    }
}
