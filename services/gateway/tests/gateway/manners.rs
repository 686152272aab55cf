//! HTTP as it should be: limits, methods, caching, compression, other origins.

use std::time::Duration;

use crate::shop::{ask, get, open, open_with, post, services};
use axum::body::{Body, Bytes};
use futures::{StreamExt, stream};
use souk_limiter::Quota;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let shop = open_with(|config| config.body_bytes_max = 10);
    let announced = post("/v1/carts").body("x".repeat(11)).with("content-length", "11");
    let pieces = stream::iter([0; 2]).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"123456")));
    let unannounced = ask("POST", "/v1/carts").body(Body::from_stream(pieces));
    for ask in [announced, unannounced] {
        let reply = shop.send(ask).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (413, "body_too_large"));
    }
    assert_eq!(shop.seen(post("/v1/carts").body("1234567890")).await["bytes"], 10);
    let staff = post("/v1/admin/products").bearer("sam").body("x".repeat(3 << 20));
    assert_eq!(shop.seen(staff).await["bytes"], 3 << 20, "staff import more");
}

/// Once, a refusal closed the connection without a word, and the client's next request got no answer.
#[tokio::test]
async fn a_refused_body_does_not_cost_the_next_request_its_answer() {
    let shop = open_with(|config| {
        config.body_bytes_max = 10;
        config.body_ms_max = 500;
    });
    let address = shop.listens().await;
    let large = "x".repeat(3 << 20);
    let head = "POST /v1/carts HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n";
    let last = "GET /healthz HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n";
    let length = large.len();
    let answers = say(address, &format!("{head}Content-Length: {length}\r\n\r\n{large}{last}")).await;
    assert!(answers.starts_with("HTTP/1.1 413 "), "{answers}");
    assert!(answers.contains("HTTP/1.1 200 OK"), "the next request is answered: {answers}");
    // Nobody knows how much is to come: the client is told not to send more on this connection.
    for (more, sent) in
        [("Transfer-Encoding: chunked", "b\r\n12345678901\r\n"), ("Content-Length: 99999999999", "x")]
    {
        let answer = say(address, &format!("{head}{more}\r\n\r\n{sent}")).await;
        let told = answer.starts_with("HTTP/1.1 413 ") && answer.contains("connection: close");
        assert!(told, "{more}: {answer}");
    }
    let waiting = format!("{head}Content-Length: 11\r\nExpect: 100-continue\r\n\r\n");
    let answer = say(address, &waiting).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("connection: close"), "{answer}");
}

/// What is answered until the gateway closes the connection.
async fn say(address: std::net::SocketAddr, words: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    stream.write_all(words.as_bytes()).await.expect("all is taken");
    let mut answers = Vec::new();
    // A reset after the answer is as good as an end.
    let whole = stream.read_to_end(&mut answers);
    let _ = tokio::time::timeout(Duration::from_secs(10), whole).await.expect("the gateway closes");
    String::from_utf8(answers).expect("text")
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_waited_for() {
    let never = stream::pending::<Result<Bytes, std::io::Error>>();
    let shop = open_with(|config| config.body_ms_max = 20);
    let reply = shop.send(ask("POST", "/v1/carts").body(Body::from_stream(never))).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "invalid_request"));
}

#[tokio::test]
async fn a_service_that_dawdles_is_given_up() {
    let shop = open_with(|config| config.hop_ms_max.product = 20);
    let reply = shop.send(get("/v1/collections")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (504, "timeout"));
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_go_on() {
    let shop = open_with(|config| config.limits.guesses = Quota::new(2, 2));
    let first = shop.send(post("/v1/sessions")).await;
    assert_eq!(first.header("ratelimit-policy"), "\"guesses\";q=2;w=60");
    assert_eq!(first.header("ratelimit"), "\"guesses\";r=1;t=30");
    shop.send(post("/v1/sessions")).await;
    let refused = shop.send(post("/v1/sessions").bearer("ada")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "too_many_requests"));
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((29..=30).contains(&seconds), "{seconds}");
    assert!(refused.header("ratelimit").starts_with("\"guesses\";r=0;t="));
    assert_eq!(shop.send(post("/v1/sessions").from("198.51.100.1:1")).await.status, 201, "others go on");
    assert_eq!(shop.send(get("/v1/products/tee")).await.status, 200, "and so does reading");
}

#[tokio::test]
async fn a_user_has_one_bucket_wherever_they_are() {
    let shop = open_with(|config| config.limits.reads = Quota::new(1, 1));
    let status = async |ask| shop.send(ask).await.status.as_u16();
    assert_eq!(status(get("/v1/me").bearer("ada")).await, 200);
    assert_eq!(status(get("/v1/me").bearer("ada").from("198.51.100.1:1")).await, 429);
    assert_eq!(status(get("/v1/me").bearer("sam")).await, 200);
    assert_eq!(status(get("/v1/me").bearer("key")).await, 200);
    assert_eq!(status(get("/healthz")).await, 200);
    assert_eq!(status(get("/healthz")).await, 200, "those who watch are not limited");
}

#[tokio::test]
async fn trying_out_tokens_is_limited() {
    let shop = open_with(|config| config.limits.reads = Quota::new(1, 1));
    assert_eq!(shop.send(get("/v1/me").bearer("guess-1")).await.status, 401);
    assert_eq!(shop.send(get("/v1/me").bearer("guess-2")).await.status, 429);
}

#[tokio::test]
async fn an_unknown_path_and_an_unknown_method_say_so() {
    let shop = open();
    for path in ["/nowhere", "/v1/nowhere", "/v1/carts/x/y"] {
        let reply = shop.send(get(path)).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (404, "not_found"), "{path}");
    }
    let reply = shop.send(ask("DELETE", "/v1/products")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (405, "method_not_allowed"));
    assert_eq!(reply.header("allow"), "GET,HEAD");
    let reply = shop.send(ask("TRACE", "/v1/products")).await;
    assert_eq!(reply.code(), "method_not_allowed");
    assert!(reply.header("allow").contains("GET"));
    let reply = shop.send(get("/v1/admin/stock").bearer("sam")).await;
    assert_eq!(reply.code(), "not_found", "a bare status gets its problem document");
}

#[tokio::test]
async fn head_is_get_without_the_body_and_options_tells_what_there_is() {
    let shop = open();
    let whole = shop.send(get("/v1/products/tee")).await;
    let head = shop.send(ask("HEAD", "/v1/products/tee")).await;
    assert_eq!((head.status, head.body.len()), (whole.status, 0));
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
    assert_eq!(head.header("etag"), whole.header("etag"));
    for path in ["/v1/products", "/healthz"] {
        let options = shop.send(ask("OPTIONS", path)).await;
        assert_eq!((options.status.as_u16(), options.header("allow")), (204, "GET,HEAD, OPTIONS"), "{path}");
    }
    assert_eq!(shop.send(ask("OPTIONS", "/nowhere")).await.status, 404);
}

#[tokio::test]
async fn what_the_client_has_already_is_not_sent_again() {
    let shop = open();
    let whole = shop.send(get("/v1/products/tee")).await;
    assert_eq!(whole.header("cache-control"), "public, max-age=60");
    let again = shop.send(get("/v1/products/tee").with("if-none-match", whole.header("etag"))).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    let small = shop.send(get("/v1/products/tee").with("accept-encoding", "br")).await;
    let again =
        get("/v1/products/tee").with("if-none-match", small.header("etag")).with("accept-encoding", "br");
    assert_eq!(shop.send(again).await.status, 304, "the compressed one too");
}

#[tokio::test]
async fn replies_are_private_unless_their_service_says_otherwise() {
    let reply = open().send(get("/v1/me").bearer("ada")).await;
    assert_eq!(reply.header("cache-control"), "private, no-store");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(!reply.header("referrer-policy").is_empty());
}

#[tokio::test]
async fn large_texts_are_compressed_for_whoever_can_read_it() {
    let shop = open();
    let plain = shop.send(get("/v1/products/tee")).await;
    for (accept, encoding) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip")] {
        for _ in 0..2 {
            let reply = shop.send(get("/v1/products/tee").with("accept-encoding", accept)).await;
            assert_eq!(reply.header("content-encoding"), encoding);
            assert!(reply.body.len() * 10 < plain.body.len(), "{}", reply.body.len());
            assert_eq!(reply.header("vary"), "accept-encoding");
            assert_eq!(reply.header("etag"), format!("W/{}", plain.header("etag")));
        }
    }
    let reply = shop.send(get("/v1/products/tee").with("accept-encoding", "identity")).await;
    assert_eq!((reply.header("content-encoding"), reply.header("vary")), ("", "accept-encoding"));
    assert_eq!(reply.text(), services::tee_json());
    let small = shop.send(get("/v1/products").with("accept-encoding", "br")).await;
    assert_eq!(small.header("content-encoding"), "");
}

#[tokio::test]
async fn pages_of_other_origins_are_let_in_by_name() {
    let shop =
        open_with(|config| config.cors.origins = vec!["https://store.example".parse().expect("an origin")]);
    let reply = shop.send(get("/v1/products").with("origin", "https://store.example")).await;
    assert_eq!(reply.header("access-control-allow-origin"), "https://store.example");
    assert_eq!(reply.header("access-control-allow-credentials"), "true");
    assert_eq!(reply.header("vary"), "origin");
    let refused = shop.send(get("/v1/products").with("origin", "https://evil.example")).await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
    let preflight = |origin: &str| {
        ask("OPTIONS", "/v1/me").with("origin", origin).with("access-control-request-method", "PATCH")
    };
    let reply = shop.send(preflight("https://store.example")).await;
    assert_eq!(reply.status, 204);
    assert!(reply.header("access-control-allow-methods").contains("PATCH"));
    assert!(reply.header("access-control-allow-headers").contains("idempotency-key"));
    let reply = shop.send(preflight("https://evil.example")).await;
    assert_eq!(reply.header("access-control-allow-origin"), "");
    assert_eq!(reply.header("access-control-allow-methods"), "");
}

#[tokio::test]
async fn any_origin_may_be_let_in_but_without_cookies() {
    let shop = open_with(|config| config.cors.any_origin = true);
    let reply = shop.send(get("/v1/products").with("origin", "https://a.example")).await;
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert_eq!(reply.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn a_malformed_idempotency_key_is_refused_at_the_door() {
    let shop = open();
    let reply = shop.send(post("/v1/carts").with("idempotency-key", "short")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "invalid_request"));
    let key = "0193e0b2-6a44-7cc3-9d5e-5e1a2b3c4d5e";
    let seen = shop.seen(post("/v1/carts").with("idempotency-key", key)).await;
    assert_eq!(seen["headers"]["idempotency-key"], key);
}

#[tokio::test]
async fn a_change_is_finished_even_if_the_client_hangs_up() {
    let (started, done) =
        (std::sync::Arc::new(tokio::sync::Notify::new()), std::sync::Arc::new(tokio::sync::Notify::new()));
    let (begin, end) = (started.clone(), done.clone());
    let slow = axum::routing::post(move || {
        let (begin, end) = (begin.clone(), end.clone());
        async move {
            begin.notify_one();
            tokio::time::sleep(Duration::from_millis(20)).await;
            end.notify_one();
        }
    });
    let upstreams = souk_gateway::Upstreams {
        order: souk_gateway::Upstream::Local(axum::Router::new().route("/v1/carts", slow)),
        ..services::local()
    };
    let shop = crate::shop::build(|_| {}, upstreams, false);
    tokio::select! {
        _ = shop.send(post("/v1/carts")) => panic!("it was not to be waited for"),
        () = started.notified() => {}
    }
    tokio::time::timeout(Duration::from_secs(5), done.notified()).await.expect("it runs to its end");
}
