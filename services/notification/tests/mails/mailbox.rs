//! The developer's mailbox.

use axum::http::{Method, StatusCode, header};
use souk_notification::NotificationConfig;
use souk_rpc::Caller;

use crate::support::{on_both, placed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mailbox_shows_the_mails_of_an_address_and_runs_none_of_them() {
    on_both(NotificationConfig::default(), |shop| async move {
        let mut for_bob = placed(&shop);
        for_bob.email = "Bob@example.com".to_owned();
        shop.hear(&[shop.event(&placed(&shop)), shop.event(&for_bob)]).await;
        shop.mails_are("sent", 2).await;
        let found = shop.get("/dev/mailbox.json?to=bob@EXAMPLE.com&limit=5").await;
        assert_eq!(found["items"].as_array().expect("a list").len(), 1);
        let id = found["items"][0]["id"].as_str().expect("an id").to_owned();
        assert_eq!(shop.get(&format!("/dev/mailbox/{id}")).await, found["items"][0]);
        let (status, headers, body) =
            shop.ask(Method::GET, &format!("/dev/mailbox/{id}/html"), Caller::Guest).await;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert_eq!(status, StatusCode::OK);
        assert!(policy.starts_with("sandbox") && policy.contains("default-src 'none'"), "{policy}");
        assert!(String::from_utf8_lossy(&body).contains("Thank you"));
        let (_, _, page) =
            shop.ask(Method::GET, &format!("/dev/mailbox?mail={id}&to=%3Cb%3E"), Caller::Guest).await;
        let page = String::from_utf8_lossy(&page);
        assert!(page.contains("sandbox=") && page.contains("&lt;b&gt;"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<style") && !page.contains(" style="), "{page}");
        for path in ["/dev/mailbox.json?limit=0", "/dev/mailbox.json?to=%00", "/dev/mailbox.json?for=bob"] {
            let (status, ..) = shop.ask(Method::GET, path, Caller::Guest).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        }
        let (status, ..) = shop.ask(Method::GET, "/dev/mailbox/nothing", Caller::Guest).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_shop_has_no_such_mailbox() {
    let database = souk_testkit::TestDatabase::sqlite().expect("a folder");
    let shop = crate::support::Shop::open(&database.config, NotificationConfig::default(), None).await;
    let kit = souk_app::Kit {
        db: shop.db.clone(),
        redis: None,
        clock: shop.clock.clone(),
        chance: shop.chance.clone(),
        dev: false,
    };
    let built = souk_notification::build(NotificationConfig::default(), kit).expect("a service");
    let (_, api) = built.service.public.split_for_parts();
    let paths: Vec<_> = api.paths.paths.keys().cloned().collect();
    assert!(paths.iter().all(|path| path.starts_with("/v1/admin/")), "{paths:?}");
    shop.close().await;
}
