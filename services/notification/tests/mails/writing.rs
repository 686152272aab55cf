//! What mails say.

use std::fs;
use std::time::Duration;

use souk_contract::events::{
    OrderPlaced, PasswordChanged, PasswordResetRequested, RegistrationRepeated, VerificationRequested,
};
use souk_notification::{ConfigError, NotificationConfig};
use souk_types::UserId;

use crate::support::{Shop, on_both, placed};

fn verification(shop: &Shop, name: &str) -> VerificationRequested {
    VerificationRequested {
        user: UserId::new(&shop.chance, shop.clock.now()),
        email: "ada@example.com".to_owned(),
        name: name.to_owned(),
        locale: "en".to_owned(),
        token: "tok-en_1".to_owned(),
        expires_at: shop.clock.now().plus(Duration::from_secs(86_400)),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn html_in_a_name_stays_text() {
    on_both(NotificationConfig::default(), |shop| async move {
        let name = "<img src=x onerror=alert(1)>\"'&";
        let mut order = placed(&shop);
        order.lines[0].title = name.to_owned();
        order.number = "SK\r\nBcc: eve@example.com".to_owned();
        shop.hear(&[shop.event(&verification(&shop, name)), shop.event(&order)]).await;
        shop.mails_are("sent", 2).await;
        for mail in shop.mailbox().await {
            let html = mail["html"].as_str().expect("html");
            assert!(!html.contains("<img") && html.contains("&lt;img"), "{html}");
            assert!(!mail["subject"].as_str().expect("a subject").contains(['\r', '\n']));
        }
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_says_what_was_bought_and_where_it_goes() {
    on_both(NotificationConfig::default(), |shop| async move {
        shop.hear(&[shop.event(&placed(&shop))]).await;
        shop.mails_are("sent", 1).await;
        let mail = &shop.mailbox().await[0];
        for part in ["html", "text"] {
            let said = mail[part].as_str().expect(part);
            for fact in
                ["SK-1001", "T-shirt", "M / red", "TEE-M", "€39.98", "€4.90", "€44.88", "€7.17", "London"]
            {
                assert!(said.contains(fact), "the {part} does not say {fact}: {said}");
            }
            assert!(!said.contains("Discount"), "there is none");
        }
        assert!(mail["text"].as_str().expect("text").contains("http://localhost:8080/orders/SK-1001"));
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_hear_of_their_links_and_of_what_was_tried() {
    on_both(NotificationConfig::default(), |shop| async move {
        let user = UserId::new(&shop.chance, shop.clock.now());
        let (email, name, locale) = ("ada@example.com".to_owned(), "Ada".to_owned(), "en".to_owned());
        let reset = PasswordResetRequested {
            user,
            email: email.clone(),
            name: name.clone(),
            locale: locale.clone(),
            token: "reset-1".to_owned(),
            expires_at: shop.clock.now().plus(Duration::from_secs(3_600)),
        };
        let repeated =
            RegistrationRepeated { user, email: email.clone(), name: name.clone(), locale: locale.clone() };
        let changed = PasswordChanged { user, email, name, locale };
        shop.hear(&[
            shop.event(&verification(&shop, "Ada")),
            shop.event_number(&reset, 1),
            shop.event_number(&repeated, 2),
            shop.event_number(&changed, 3),
        ])
        .await;
        shop.mails_are("sent", 4).await;
        let texts: String =
            shop.mailbox().await.iter().map(|mail| mail["text"].as_str().expect("text").to_owned()).collect();
        for fact in
            ["/verify?token=tok-en_1", "within 24 hours", "/reset-password?token=reset-1", "for 60 minutes"]
        {
            assert!(texts.contains(fact), "{fact}: {texts}");
        }
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_of_the_shop_wins() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("de")).expect("a folder");
    fs::create_dir(dir.path().join("en")).expect("a folder");
    fs::write(dir.path().join("de/order.placed.subject"), "Ihre Bestellung {{ number }}").expect("written");
    fs::write(dir.path().join("en/order.placed.txt"), "Ahoy, {{ total }} {{ no_such_thing }}")
        .expect("written");
    let config =
        NotificationConfig { templates_dir: Some(dir.path().to_owned()), ..NotificationConfig::default() };
    on_both(config, |shop| async move {
        let german = OrderPlaced { locale: "de-AT".to_owned(), ..placed(&shop) };
        shop.hear(&[shop.event(&german)]).await;
        shop.mails_are("sent", 1).await;
        // The shop's text asks for what is not there, so the built-in templates say it all.
        assert_eq!(shop.mailbox().await[0]["subject"], "Your order SK-1001 at Souk");
        shop.close().await;
    })
    .await;
    fs::write(dir.path().join("en/order.placed.txt"), "Ahoy, {{ total }}").expect("written");
    let config =
        NotificationConfig { templates_dir: Some(dir.path().to_owned()), ..NotificationConfig::default() };
    on_both(config, |shop| async move {
        let german = OrderPlaced { locale: "de-AT".to_owned(), ..placed(&shop) };
        shop.hear(&[shop.event(&german)]).await;
        shop.mails_are("sent", 1).await;
        let mail = &shop.mailbox().await[0];
        assert_eq!(mail["subject"], "Ihre Bestellung SK-1001");
        assert_eq!(mail["text"], "Ahoy, €44.88");
        assert!(mail["html"].as_str().expect("html").contains("Thank you"), "what is missing is built in");
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_cannot_be_read_keeps_the_shop_from_opening() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("en")).expect("a folder");
    fs::write(dir.path().join("en/order.placed.html"), "{% if %}").expect("written");
    let database = souk_testkit::TestDatabase::sqlite().expect("a folder");
    let shop = Shop::open(&database.config, NotificationConfig::default(), None).await;
    let config =
        NotificationConfig { templates_dir: Some(dir.path().to_owned()), ..NotificationConfig::default() };
    let kit = souk_app::Kit {
        db: shop.db.clone(),
        redis: None,
        clock: shop.clock.clone(),
        chance: shop.chance.clone(),
        dev: false,
    };
    let Err(error) = souk_notification::build(config, kit) else { panic!("it opened") };
    assert!(
        matches!(&error, ConfigError::Template(name, _) if name.contains("order.placed.html")),
        "{error}"
    );
    shop.close().await;
}
