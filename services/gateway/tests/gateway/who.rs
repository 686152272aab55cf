//! Who somebody is, and what follows from it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::shop::{ADA, ask, get, open, open_with, post};

#[tokio::test]
async fn a_bearer_and_a_cookie_both_make_a_customer() {
    let shop = open();
    for ask in [get("/v1/me").bearer("ada"), get("/v1/me").cookie("ada")] {
        let seen = shop.seen(ask).await;
        assert_eq!(seen["cx"]["caller"]["user"], ADA.to_string());
        assert_eq!(seen["headers"].get("authorization"), None, "services do not see tokens");
        assert_eq!(seen["headers"].get("cookie"), None);
        assert_eq!(seen["in_time"], true);
    }
}

#[tokio::test]
async fn a_stranger_is_a_guest() {
    let seen = open().seen(get("/v1/me")).await;
    assert_eq!(seen["cx"]["caller"]["kind"], "guest");
}

#[tokio::test]
async fn an_invalid_bearer_is_refused_even_where_guests_are_welcome() {
    let shop = open();
    for ask in [
        get("/v1/products/tee").bearer("nonsense"),
        get("/v1/products/tee").with("authorization", "Basic YTpi"),
    ] {
        let reply = shop.send(ask).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (401, "unauthenticated"));
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn an_invalid_cookie_makes_a_guest_and_is_cleared() {
    let reply = open().send(get("/v1/me").cookie("expired")).await;
    assert_eq!(reply.json()["cx"]["caller"]["kind"], "guest");
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-souk_session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_reply_that_carries_a_cookie_is_never_public() {
    let reply = open().send(get("/v1/products/tee").cookie("expired")).await;
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(reply.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn an_answer_is_believed_for_as_long_as_it_may_be() {
    let shop = open();
    for _ in 0..3 {
        shop.seen(get("/v1/me").bearer("ada")).await;
    }
    assert_eq!(shop.people.asked.load(Ordering::SeqCst), 1);
    shop.clock.turn(Duration::from_secs(31));
    shop.seen(get("/v1/me").bearer("ada")).await;
    assert_eq!(shop.people.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn whoever_is_signed_in_stays_so_for_a_while_when_nobody_can_say_who_they_are() {
    let shop = open();
    shop.seen(get("/v1/me").bearer("ada")).await;
    shop.people.down.store(1, Ordering::SeqCst);
    for seconds_on in [31, 30, 30] {
        shop.clock.turn(Duration::from_secs(seconds_on));
        let seen = shop.seen(get("/v1/me").bearer("ada")).await;
        assert_eq!(seen["cx"]["caller"]["user"], ADA.to_string());
    }
    assert_eq!(shop.people.asked.load(Ordering::SeqCst), 4, "each time somebody has asked");
    shop.seen(get("/v1/me").bearer("ada")).await;
    assert_eq!(shop.people.asked.load(Ordering::SeqCst), 4, "but not in the same second again");
    shop.clock.turn(Duration::from_secs(30));
    let reply = shop.send(get("/v1/me").bearer("ada")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "unavailable"), "not for ever");
}

#[tokio::test]
async fn an_answer_ends_what_stood_in_for_it() {
    let shop = open();
    shop.seen(get("/v1/me").bearer("ada")).await;
    shop.people.down.store(1, Ordering::SeqCst);
    shop.clock.turn(Duration::from_secs(31));
    shop.seen(get("/v1/me").bearer("ada")).await;
    shop.people.down.store(0, Ordering::SeqCst);
    shop.people.gone.store(true, Ordering::SeqCst);
    shop.clock.turn(Duration::from_secs(2));
    let reply = shop.send(get("/v1/me").bearer("ada")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_session_that_ended_is_not_believed_because_nobody_can_be_asked() {
    let shop = open();
    shop.seen(get("/v1/me").bearer("ada")).await;
    let reply = shop.send(ask("DELETE", "/v1/sessions/current").bearer("ada")).await;
    assert_eq!(reply.status, 204);
    shop.people.down.store(1, Ordering::SeqCst);
    for seconds_on in [0, 31] {
        shop.clock.turn(Duration::from_secs(seconds_on));
        assert_eq!(shop.send(get("/v1/me").bearer("ada")).await.status, 503);
    }
}

#[tokio::test]
async fn staff_and_keys_are_not_believed_longer_because_nobody_can_be_asked() {
    let shop = open();
    for token in ["sam", "key"] {
        shop.people.down.store(0, Ordering::SeqCst);
        shop.seen(get("/v1/me").bearer(token)).await;
        shop.people.down.store(1, Ordering::SeqCst);
        shop.clock.turn(Duration::from_secs(31));
        assert_eq!(shop.send(get("/v1/me").bearer(token)).await.status, 503, "{token}");
    }
}

#[tokio::test]
async fn signing_out_ends_what_is_believed_at_once() {
    let shop = open();
    shop.seen(get("/v1/me").bearer("ada")).await;
    let reply = shop.send(ask("DELETE", "/v1/sessions/current").bearer("ada")).await;
    assert_eq!(reply.status, 204);
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(reply.header("souk-set-session"), "");
    shop.seen(get("/v1/me").bearer("ada")).await;
    assert_eq!(shop.people.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn signing_out_everywhere_is_believed_of_every_session() {
    let shop = open();
    shop.seen(get("/v1/me").bearer("sam")).await;
    shop.send(ask("DELETE", "/v1/sessions").bearer("ada")).await;
    shop.seen(get("/v1/me").bearer("sam")).await;
    assert_eq!(shop.people.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let reply = open().send(post("/v1/sessions")).await;
    assert_eq!(reply.status, 201);
    let cookie = reply.header("set-cookie");
    assert_eq!(cookie, "__Host-souk_session=ada; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000");
    assert!(!reply.headers.contains_key("souk-set-session"));
    assert!(!reply.headers.contains_key("souk-cart"));
}

#[tokio::test]
async fn on_a_developers_machine_the_cookie_works_without_tls() {
    let shop = open();
    let local = |ask: crate::shop::Ask| {
        let mut request = ask.request();
        request.headers_mut().insert("host", "localhost:8080".parse().expect("a host"));
        request
    };
    let reply = shop.gateway.handle(local(post("/v1/sessions"))).await;
    assert_eq!(
        reply.headers()["set-cookie"],
        "souk_session=ada; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"
    );
    let reply = shop.gateway.handle(local(get("/v1/me").with("cookie", "souk_session=ada"))).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(shop.people.asked.load(Ordering::SeqCst), 1);
    // The same cookie means nothing where anybody on the network could have planted it.
    let seen = shop.seen(get("/v1/me").with("cookie", "souk_session=ada")).await;
    assert_eq!(seen["cx"]["caller"]["kind"], "guest");
}

#[tokio::test]
async fn a_guests_cart_is_handed_over_at_sign_in() {
    let shop = open();
    let cart = "0193e0b2-6a44-4cc3-9d5e-5e1a2b3c4d5e";
    let with_header = post("/v1/sessions").with("souk-cart", cart);
    let with_cookie = post("/v1/sessions").with("cookie", &format!("__Host-souk_cart={cart}"));
    for ask in [with_header, with_cookie] {
        let reply = shop.send(ask).await;
        assert_eq!(reply.header("souk-cart"), crate::shop::MERGED_CART.to_string());
    }
    let claimed = shop.carts.claimed.lock().expect("no panic").clone();
    assert_eq!(claimed.len(), 2);
    assert!(claimed.iter().all(|(id, user)| id.to_string() == cart && *user == ADA));
}

#[tokio::test]
async fn what_is_no_cart_does_not_keep_anybody_from_signing_in() {
    let shop = open();
    let reply = shop.send(post("/v1/sessions").with("souk-cart", "../etc")).await;
    assert_eq!(reply.status, 201);
    assert!(shop.carts.claimed.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn a_change_with_a_cookie_must_come_from_a_page_of_the_shop() {
    let shop =
        open_with(|config| config.cors.origins = vec!["https://store.example".parse().expect("an origin")]);
    let change = || ask("PATCH", "/v1/me").cookie("ada");
    for foreign in [
        change(),
        change().with("origin", "https://evil.example"),
        change().with("origin", "null"),
        change().with("sec-fetch-site", "cross-site").with("origin", "https://shop.example"),
        change().with("sec-fetch-site", "same-site"),
        change().with("origin", "https://shop.example.evil.example"),
    ] {
        let reply = shop.send(foreign).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (403, "cross_site_request"));
    }
    for ours in [
        change().with("sec-fetch-site", "same-origin"),
        change().with("origin", "https://shop.example"),
        change().with("origin", "https://store.example").with("sec-fetch-site", "cross-site"),
        ask("PATCH", "/v1/me").bearer("ada").with("origin", "https://evil.example"),
        get("/v1/me").cookie("ada").with("sec-fetch-site", "cross-site"),
    ] {
        assert_eq!(shop.send(ours).await.status, 200);
    }
}

#[tokio::test]
async fn the_back_office_is_for_staff_and_keys() {
    let shop = open();
    let status = async |ask| shop.send(ask).await.status.as_u16();
    let door = "/v1/admin/products";
    assert_eq!(status(get(door)).await, 401);
    assert_eq!(status(get(door).bearer("ada")).await, 403);
    assert_eq!(status(get(door).bearer("sam")).await, 200);
    assert_eq!(status(get(door).bearer("key")).await, 200);
    assert_eq!(status(get("/v1/admin/no-such-thing")).await, 401, "nobody learns what is there");
}

#[tokio::test]
async fn the_catalog_stays_open_while_nobody_can_say_who_is_who() {
    let shop = open();
    shop.people.down.store(1, Ordering::SeqCst);
    let reply = shop.send(get("/v1/products/tee").cookie("ada")).await;
    assert_eq!(reply.status, 200);
    assert!(!reply.headers.contains_key("set-cookie"), "the cookie may still be good");
    let reply = shop.send(get("/v1/me").cookie("ada")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "unavailable"));
}
