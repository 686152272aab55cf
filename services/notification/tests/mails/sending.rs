//! One mail per order and kind.

use souk_contract::events::{OrderCanceled, OrderRefunded, OrderShipped, ROUTES, ShippedLine};
use souk_notification::NotificationConfig;
use souk_types::{Currency, Money, RefundId, ShipmentId, VariantId};

use crate::support::{Shop, on_both, placed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_confirmation_per_order_however_often_the_event_comes() {
    on_both(NotificationConfig::default(), |shop| async move {
        let order = placed(&shop);
        let event = shop.event(&order);
        shop.hear(std::slice::from_ref(&event)).await;
        shop.hear(&[event.clone(), event]).await;
        // Even a second event about the same order changes nothing.
        shop.hear(&[shop.event_number(&order, 2)]).await;
        shop.mails_are("sent", 1).await;
        let mailbox = shop.mailbox().await;
        assert_eq!(mailbox.len(), 1);
        assert_eq!(mailbox[0]["subject"], "Your order SK-1001 at Souk");
        assert_eq!(mailbox[0]["to"], "ada@example.com");
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_orders_at_once_get_a_mail_each() {
    on_both(NotificationConfig::default(), |shop| async move {
        let events: Vec<_> = (0..200).map(|_| shop.event(&placed(&shop))).collect();
        shop.hear(&events).await;
        shop.mails_are("sent", 200).await;
        assert_eq!(
            shop.number("select count(*) from mailbox where recipient = $1", "ada@example.com").await,
            200
        );
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancellation_is_mailed_only_to_a_buyer_who_was_told_of_the_order() {
    on_both(NotificationConfig::default(), |shop| async move {
        let order = placed(&shop);
        let canceled = |was_placed| OrderCanceled {
            order: order.order,
            number: order.number.clone(),
            email: order.email.clone(),
            locale: "en".to_owned(),
            reason: "payment_declined".to_owned(),
            was_placed,
            total: order.totals.total,
        };
        shop.hear(&[shop.event(&canceled(false))]).await;
        shop.mails_are("sent", 0).await;
        shop.hear(&[shop.event_number(&canceled(true), 2)]).await;
        shop.mails_are("sent", 1).await;
        let text = shop.mailbox().await[0]["text"].as_str().expect("text").to_owned();
        assert!(text.contains("payment did not go through") && text.contains("€44.88"), "{text}");
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parcel_and_every_refund_has_its_own_mail() {
    on_both(NotificationConfig::default(), |shop| async move {
        let order = placed(&shop);
        let shipped = |complete| OrderShipped {
            order: order.order,
            number: order.number.clone(),
            email: order.email.clone(),
            locale: "en-GB".to_owned(),
            shipment: ShipmentId::new(&shop.chance, shop.clock.now()),
            carrier: "DHL".to_owned(),
            tracking_number: Some("JD0146".to_owned()),
            tracking_url: Some("javascript:alert(1)".to_owned()),
            lines: vec![ShippedLine {
                variant: VariantId::new(&shop.chance, shop.clock.now()),
                sku: "TEE-M".to_owned(),
                title: "T-shirt".to_owned(),
                quantity: 1,
            }],
            complete,
        };
        let refunded = || OrderRefunded {
            order: order.order,
            number: order.number.clone(),
            email: order.email.clone(),
            locale: "en".to_owned(),
            refund: RefundId::new(&shop.chance, shop.clock.now()),
            amount: Money::new(1_500, Currency::KWD),
            reason: "damaged".to_owned(),
        };
        let events = [
            shop.event_number(&shipped(false), 1),
            shop.event_number(&shipped(true), 2),
            shop.event_number(&refunded(), 3),
            shop.event_number(&refunded(), 4),
        ];
        shop.hear(&events).await;
        shop.mails_are("sent", 4).await;
        let mailbox = shop.mailbox().await;
        let subjects: Vec<_> = mailbox.iter().map(|mail| mail["subject"].as_str().expect("text")).collect();
        assert!(subjects.contains(&"A part of your order SK-1001 is on its way"), "{subjects:?}");
        assert!(subjects.contains(&"A refund of KWD 1.500 for your order SK-1001"), "{subjects:?}");
        assert!(mailbox.iter().all(|mail| !mail["html"].as_str().expect("html").contains("javascript:")));
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_reacts_to_exactly_what_the_routes_say() {
    let database = souk_testkit::TestDatabase::sqlite().expect("a folder");
    let shop = Shop::open(&database.config, NotificationConfig::default(), None).await;
    let kit = souk_app::Kit {
        db: shop.db.clone(),
        redis: None,
        clock: shop.clock.clone(),
        chance: shop.chance.clone(),
        dev: false,
    };
    let built = souk_notification::build(NotificationConfig::default(), kit).expect("a service");
    let mut routed: Vec<_> = ROUTES
        .iter()
        .filter(|(_, consumers)| consumers.contains(&"notification"))
        .map(|(kind, _)| *kind)
        .collect();
    routed.sort_unstable();
    assert_eq!(built.service.consumers[0].kinds(), routed);
    shop.close().await;
}

/// The budget is 120 µs of CPU in a release build: `cargo test --release -p souk-notification -- --ignored costs`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; needs a release build and a quiet machine"]
async fn an_order_mail_costs_little() {
    const MAILS: u32 = 5_000;
    let database = souk_testkit::TestDatabase::sqlite().expect("a folder");
    let shop = Shop::open(&database.config, NotificationConfig::default(), None).await;
    let events: Vec<_> = (0..MAILS).map(|_| shop.event(&placed(&shop))).collect();
    shop.accept(&events).await;
    let (begun, cpu) = (std::time::Instant::now(), cpu_ticks());
    shop.mails_are("sent", MAILS.into()).await;
    // A tick is 10 ms.
    let cpu_us = (cpu_ticks() - cpu) * 10_000 / u64::from(MAILS);
    println!("{cpu_us} µs of CPU and {:?} a mail, claims and inbox included", begun.elapsed() / MAILS);
    shop.close().await;
}

/// User and system time of this process so far.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    fields[11].parse::<u64>().expect("user time") + fields[12].parse::<u64>().expect("system time")
}
