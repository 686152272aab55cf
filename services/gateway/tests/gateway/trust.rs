//! What is believed, and of whom.

use crate::shop::{ask, get, open, open_with, post};

fn behind_a_proxy() -> crate::shop::Shop {
    open_with(|config| config.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")])
}

#[tokio::test]
async fn a_stranger_cannot_claim_an_address() {
    let seen = behind_a_proxy().seen(get("/v1/search").with("x-forwarded-for", "1.2.3.4")).await;
    assert_eq!(seen["cx"]["client_ip"], "203.0.113.9");
}

#[tokio::test]
async fn our_proxy_tells_the_address_and_the_scheme() {
    let shop = behind_a_proxy();
    let ask =
        get("/v1/search").from("10.1.1.1:80").with("x-forwarded-for", "1.2.3.4, 198.51.100.7, 10.9.9.9");
    let reply = shop.send(ask.with("x-forwarded-proto", "https")).await;
    assert_eq!(reply.json()["cx"]["client_ip"], "198.51.100.7");
    assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
    let reply = shop.send(get("/v1/search").with("x-forwarded-proto", "https")).await;
    assert_eq!(reply.header("strict-transport-security"), "");
}

#[tokio::test]
async fn a_context_from_outside_is_dropped() {
    let forged = r#"{"caller":{"kind":"system"},"request_id":"x"}"#;
    let ask = get("/v1/search")
        .with("souk-context", forged)
        .with("souk-time-left-ms", "1")
        .with("Souk-Anything", "1");
    let seen = open().seen(ask).await;
    assert_eq!(seen["cx"]["caller"]["kind"], "guest");
    let headers = seen["headers"].as_object().expect("headers");
    assert!(headers.keys().all(|name| !name.starts_with("souk-")), "{headers:?}");
}

#[tokio::test]
async fn every_reply_names_its_request() {
    let shop = behind_a_proxy();
    let reply = shop.send(get("/v1/search").with("x-request-id", "made-up")).await;
    let id = reply.header("x-request-id").to_owned();
    assert_ne!(id, "made-up");
    assert_eq!(reply.json()["cx"]["request_id"], id);
    let reply = shop.send(get("/v1/search").from("10.0.0.1:1").with("x-request-id", "edge-7")).await;
    assert_eq!(reply.header("x-request-id"), "edge-7");
    let refused = shop.send(get("/nowhere")).await;
    assert!(!refused.header("x-request-id").is_empty());
}

#[tokio::test]
async fn a_trace_goes_on_through_the_shop() {
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let seen = open().seen(get("/v1/search").with("traceparent", given)).await;
    let ours = seen["cx"]["traceparent"].as_str().expect("a trace");
    assert_eq!(ours[..36], given[..36]);
    assert_ne!(ours, given);
    let started = open().seen(get("/v1/search")).await;
    assert_eq!(started["cx"]["traceparent"].as_str().map(str::len), Some(55));
}

#[tokio::test]
async fn internal_routes_cannot_be_reached_from_outside() {
    let reply = open().send(post("/rpc/user/authenticate")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (404, "not_found"));
}

#[tokio::test]
async fn a_webhook_arrives_with_the_signature_of_its_provider() {
    let ask = post("/v1/payments/webhooks/stripe")
        .with("stripe-signature", "t=1,v1=x")
        .with("authorization", "Basic YTpi");
    let seen = open().seen(ask).await;
    assert_eq!(seen["headers"]["stripe-signature"], "t=1,v1=x");
    assert_eq!(seen["headers"]["authorization"], "Basic YTpi");
}

#[tokio::test]
async fn the_numbers_are_for_this_machine_and_for_staff() {
    let shop = open();
    let status = async |ask| shop.send(ask).await.status.as_u16();
    assert_eq!(status(get("/metrics")).await, 401);
    assert_eq!(status(get("/metrics").bearer("ada")).await, 403);
    assert_eq!(status(get("/metrics").bearer("sam")).await, 200);
    assert_eq!(status(get("/metrics").from("127.0.0.1:5")).await, 200);
    let through_a_proxy = get("/metrics").from("127.0.0.1:5").with("x-forwarded-for", "203.0.113.9");
    assert_eq!(status(through_a_proxy).await, 401, "a proxy on this machine is not this machine");
}

#[tokio::test]
async fn the_mailbox_exists_in_development_only() {
    assert_eq!(open().send(get("/dev/mailbox")).await.status, 404);
    let shop = crate::shop::build(|_| {}, crate::shop::services::local(), true);
    assert_eq!(shop.send(get("/dev/mailbox")).await.status, 200);
}

#[tokio::test]
async fn a_panic_in_a_service_is_a_problem_and_not_a_broken_line() {
    let shop = open();
    for ask in [get("/v1/categories"), ask("POST", "/v1/categories")] {
        let reply = shop.send(ask).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (500, "internal"));
        assert!(!reply.text().contains("defect"), "what broke is for the log");
    }
    assert_eq!(shop.send(get("/v1/search")).await.status, 200);
}
