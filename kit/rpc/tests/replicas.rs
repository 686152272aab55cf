//! Several replicas of a role, seen from a caller: dead, stopped, slow, closing, back again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use souk_rpc::{Context, Error, ErrorKind, InternalSecret, Remote, RemoteConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A replica that counts what it is asked and answers after `slow`.
struct Replica {
    url: String,
    asked: Arc<AtomicU32>,
}

#[derive(Clone)]
struct Desk {
    asked: Arc<AtomicU32>,
    slow: Duration,
    status: StatusCode,
    closing: bool,
}

async fn answer(State(desk): State<Desk>) -> Response {
    desk.asked.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(desk.slow).await;
    let mut response = (desk.status, "\"sold\"").into_response();
    if desk.closing {
        response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    }
    response
}

impl Replica {
    async fn open() -> Replica {
        Replica::open_at("127.0.0.1:0", |_| {}).await
    }

    async fn open_at(address: &str, set: impl FnOnce(&mut Desk)) -> Replica {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let asked = Arc::new(AtomicU32::new(0));
        let mut desk =
            Desk { asked: Arc::clone(&asked), slow: Duration::ZERO, status: StatusCode::OK, closing: false };
        set(&mut desk);
        let ready = if desk.closing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        let router = Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(move || async move { ready }))
            .fallback(any(answer))
            .with_state(desk);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Replica { url: format!("http://{address}"), asked }
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    format!("http://{}", listener.local_addr().expect("bound"))
}

/// Accepts connections as the kernel does for a process that was stopped, and never says a word.
async fn stopped() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let connections = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            kept.push(stream);
        }
    });
    (url, connections)
}

/// Reads a request and hangs up, as a process that is killed while it works.
async fn dying() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let requests = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = [0; 4096];
            if stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {
                counted.fetch_add(1, Ordering::SeqCst);
            }
            let _ = stream.shutdown().await;
        }
    });
    (url, requests)
}

fn role(replicas: &[&str]) -> Remote {
    Remote::pool("order", replicas, InternalSecret::new("between us"), RemoteConfig::default()).expect("URLs")
}

async fn call(remote: &Remote) -> Result<String, Error> {
    remote.call(&within(Duration::from_secs(5)), "/rpc/order/ping", &()).await
}

fn within(time: Duration) -> Context {
    Context { deadline: Some(Instant::now() + time), ..Context::system("test") }
}

async fn forward(remote: &Remote, method: Method) -> Result<StatusCode, Error> {
    let request =
        Request::builder().method(method).uri("/v1/carts").body(Body::from("{}")).expect("a request");
    let response = remote.forward(&within(Duration::from_secs(5)), request).await?;
    let status = response.status();
    response.into_body().collect().await.expect("a whole body");
    Ok(status)
}

#[tokio::test]
async fn the_load_is_spread_over_all_replicas() {
    let (one, two) = (Replica::open().await, Replica::open().await);
    let remote = role(&[&one.url, &two.url]);
    let calls = (0..40).map(|_| {
        let remote = remote.clone();
        tokio::spawn(async move { call(&remote).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.expect("no panic").expect("answered"), "sold");
    }
    assert!(one.asked() >= 5 && two.asked() >= 5, "{} and {}", one.asked(), two.asked());
}

#[tokio::test]
async fn a_replica_that_is_down_costs_nobody_a_request() {
    let up = Replica::open().await;
    let remote = role(&[&nobody().await, &up.url]);
    for method in [Method::GET, Method::POST, Method::PUT].into_iter().cycle().take(60) {
        assert_eq!(forward(&remote, method).await.expect("answered"), StatusCode::OK);
    }
    assert_eq!(up.asked(), 60, "each change came once");
}

#[tokio::test]
async fn a_change_that_may_have_been_done_is_not_sent_again() {
    let up = Replica::open().await;
    let (dying, requests) = dying().await;
    let remote = role(&[&dying, &up.url]);
    let mut failed = 0;
    for _ in 0..50 {
        match forward(&remote, Method::POST).await {
            Ok(status) => assert_eq!(status, StatusCode::OK),
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Unavailable);
                failed += 1;
            }
        }
    }
    assert!(failed > 0, "the dying replica was asked");
    assert_eq!(up.asked() + failed, 50, "no change came twice");
    assert!(requests.load(Ordering::SeqCst) >= failed);
    let remote = role(&[&dying, &up.url]);
    for _ in 0..20 {
        assert_eq!(forward(&remote, Method::GET).await.expect("read elsewhere"), StatusCode::OK);
        assert_eq!(call(&remote).await.expect("called elsewhere"), "sold");
    }
}

#[tokio::test]
async fn a_replica_that_was_stopped_does_not_eat_the_time_of_a_call() {
    let up = Replica::open().await;
    let (stopped, connections) = stopped().await;
    let remote = role(&[&stopped, &up.url]);
    while connections.load(Ordering::SeqCst) == 0 {
        let begun = Instant::now();
        assert_eq!(call(&remote).await.expect("answered by the other"), "sold");
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(
            forward(&remote, Method::POST).await.expect("the stopped one is left out"),
            StatusCode::OK
        );
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_replica_that_is_slow_but_alive_is_waited_for_and_asked_once() {
    let slowly = |desk: &mut Desk| desk.slow = Duration::from_millis(1_800);
    let one = Replica::open_at("127.0.0.1:0", slowly).await;
    let two = Replica::open_at("127.0.0.1:0", slowly).await;
    let remote = role(&[&one.url, &two.url]);
    assert_eq!(call(&remote).await.expect("in the end"), "sold");
    assert_eq!(one.asked() + two.asked(), 1, "nobody is charged twice for being patient");
}

#[tokio::test]
async fn a_replica_that_says_goodbye_is_left_alone() {
    let up = Replica::open().await;
    let closing = Replica::open_at("127.0.0.1:0", |desk| desk.closing = true).await;
    let remote = role(&[&closing.url, &up.url]);
    for _ in 0..60 {
        assert_eq!(call(&remote).await.expect("answered"), "sold");
    }
    assert!(closing.asked() <= 1, "asked {} times", closing.asked());
}

#[tokio::test]
async fn when_all_are_down_callers_are_told_at_once_and_a_replica_that_returns_is_used_within_seconds() {
    let (first, second) = (nobody().await, nobody().await);
    let remote = role(&[&first, &second]);
    for _ in 0..4 {
        call(&remote).await.expect_err("nobody is there");
    }
    let begun = Instant::now();
    for _ in 0..200 {
        let refused = call(&remote).await.expect_err("nobody is there");
        assert_eq!(refused.kind, ErrorKind::Unavailable);
        assert!(refused.retry_after_ms.is_some(), "callers are told when to come back");
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?} for two hundred", begun.elapsed());

    let back = Replica::open_at(first.trim_start_matches("http://"), |_| {}).await;
    let begun = Instant::now();
    while call(&remote).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(5), "not used after {:?}", begun.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(back.asked() > 0);
}
