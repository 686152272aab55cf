//! What merchants' programs are told, and what becomes of it while they are away.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use souk_contract::events::{OrderPaid, ROUTES};
use souk_notification::{NotificationConfig, Webhooks};
use souk_types::Envelope;

use crate::receiver::Receiver;
use crate::support::{Shop, on_both, placed};

const CONSUMER: &str = "notification.webhooks";

fn config() -> NotificationConfig {
    NotificationConfig {
        webhooks: Webhooks { allow_private: true, ..Webhooks::default() },
        ..NotificationConfig::default()
    }
}

/// An order that is placed and paid, as two events of one subject.
fn bought(shop: &Shop) -> [Envelope; 2] {
    let order = placed(shop);
    let paid = OrderPaid {
        order: order.order,
        number: order.number.clone(),
        email: order.email.clone(),
        locale: order.locale.clone(),
        total: order.totals.total,
    };
    [shop.event_number(&order, 1), shop.event_number(&paid, 2)]
}

async fn listen(shop: &Shop, receiver: &Receiver) -> (String, String) {
    let body = json!({"url": receiver.url, "kinds": ["order.placed", "order.paid"]});
    let (status, made) = shop.send(Method::POST, "/v1/admin/webhooks", body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&made["webhook"]["id"]), text(&made["secret"]))
}

async fn log_of(shop: &Shop, id: &str) -> Vec<Value> {
    let page = shop.get(&format!("/v1/admin/webhooks/{id}/deliveries")).await;
    page["items"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_hears_exactly_what_the_routes_say() {
    on_both(config(), |shop| async move {
        let kit = souk_app::Kit {
            db: shop.db.clone(),
            redis: None,
            clock: shop.clock.clone(),
            chance: shop.chance.clone(),
            dev: false,
        };
        let built = souk_notification::build(config(), kit).expect("a service");
        let mut routed: Vec<_> = ROUTES
            .iter()
            .filter(|(_, consumers)| consumers.contains(&CONSUMER))
            .map(|(kind, _)| *kind)
            .collect();
        routed.sort_unstable();
        assert_eq!(built.service.consumers[1].kinds(), routed);
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_told_once_and_in_order_however_often_its_events_come() {
    on_both(config(), |shop| async move {
        let receiver = Receiver::start().await;
        let (id, secret) = listen(&shop, &receiver).await;
        let events = bought(&shop);
        shop.hear_as(CONSUMER, &events).await;
        shop.hear_as(CONSUMER, &events).await;
        let told = receiver.deliveries(2).await;
        assert_eq!(told.iter().map(|told| told.kind()).collect::<Vec<_>>(), ["order.placed", "order.paid"]);
        for (told, event) in told.iter().zip(&events) {
            assert_eq!(told.id, event.id.to_string());
            assert!(told.is_signed_with(&secret), "{told:?}");
            assert_eq!(told.body["data"]["order"], event.subject.to_string());
        }
        assert!(
            log_of(&shop, &id).await.iter().all(|one| one["state"] == "delivered" && one["attempts"] == 1)
        );
        assert_eq!(receiver.count(), 2);
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_event_waits_for_the_earlier_of_its_order_and_other_orders_do_not() {
    on_both(config(), |shop| async move {
        let receiver = Receiver::start().await;
        let (id, _) = listen(&shop, &receiver).await;
        let (stuck, other) = (bought(&shop), bought(&shop));
        receiver.answers(&stuck[0].id.to_string(), 500);
        shop.hear_as(CONSUMER, &stuck).await;
        shop.hear_as(CONSUMER, &other).await;
        let told = receiver.deliveries(3).await;
        assert!(told.iter().all(|told| told.id != stuck[1].id.to_string()), "{told:?}");
        let failing = shop.delivery_is(&id, &stuck[0], "last_status", &json!(500)).await;
        assert_eq!((&failing["attempts"], &failing["last_response"]), (&json!(1), &json!("said 500")));

        receiver.answers(&stuck[0].id.to_string(), 204);
        shop.clock.turn(std::time::Duration::from_secs(6));
        let told = receiver.deliveries(5).await;
        let of_stuck: Vec<_> =
            told.iter().filter(|told| stuck.iter().any(|e| e.id.to_string() == told.id)).collect();
        assert_eq!(of_stuck[0].id, of_stuck[1].id, "the same id on every attempt");
        assert_eq!(of_stuck[2].id, stuck[1].id.to_string());
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_three_days_a_delivery_is_parked_and_a_replay_sends_it() {
    on_both(config(), |shop| async move {
        let receiver = Receiver::start().await;
        let (id, _) = listen(&shop, &receiver).await;
        let events = bought(&shop);
        receiver.answers(&events[0].id.to_string(), 302);
        shop.hear_as(CONSUMER, &events).await;
        for attempt in 1..=9 {
            shop.delivery_is(&id, &events[0], "attempts", &json!(attempt)).await;
            shop.delivery_rests(&id, &events[0]).await;
            shop.clock.turn(std::time::Duration::from_secs(27 * 3_600));
        }
        let parked = shop.delivery_is(&id, &events[0], "state", &json!("parked")).await;
        assert_eq!(parked["attempts"], 10, "{parked}");
        shop.delivery_is(&id, &events[1], "state", &json!("delivered")).await;

        receiver.answers(&events[0].id.to_string(), 200);
        let from = shop.clock.now().minus(std::time::Duration::from_secs(30 * 86_400)).to_string();
        let replay = json!({"from": from, "only_parked": true});
        let path = format!("/v1/admin/webhooks/{id}/replay");
        let (status, answer) = shop.send(Method::POST, &path, replay).await;
        assert_eq!((status, &answer["deliveries"]), (StatusCode::OK, &json!(1)), "{answer}");
        shop.delivery_is(&id, &events[0], "state", &json!("delivered")).await;
        let (status, _) = shop.send(Method::POST, &path, json!({})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_gone_is_not_called_again_and_nothing_is_lost() {
    on_both(config(), |shop| async move {
        let receiver = Receiver::start().await;
        let (id, _) = listen(&shop, &receiver).await;
        let events = bought(&shop);
        receiver.answers(&events[0].id.to_string(), 410);
        shop.hear_as(CONSUMER, &events).await;
        shop.delivery_is(&id, &events[1], "state", &json!("parked")).await;
        let path = format!("/v1/admin/webhooks/{id}");
        let webhook = shop.get(&path).await;
        assert_eq!(webhook["state"], "disabled", "{webhook}");
        let while_away = bought(&shop);
        shop.hear_as(CONSUMER, &while_away).await;
        let (status, refused) = shop.send(Method::POST, &format!("{path}/test"), Value::Null).await;
        assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("webhook_disabled")));
        assert_eq!(receiver.count(), 1);

        receiver.answers(&events[0].id.to_string(), 200);
        let edited = json!({"version": webhook["version"], "url": receiver.url, "description": "", "enabled": true,
            "kinds": ["order.placed", "order.paid"]});
        let (status, answer) = shop.send(Method::PUT, &path, edited.clone()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let (status, answer) = shop.send(Method::PUT, &path, edited).await;
        assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("version_stale")));
        let from = shop.clock.now().minus(std::time::Duration::from_secs(60)).to_string();
        let replay = json!({"from": from, "to": shop.clock.now().plus(std::time::Duration::from_secs(1)).to_string()});
        let (_, answer) = shop.send(Method::POST, &format!("{path}/replay"), replay).await;
        assert_eq!(answer["deliveries"], 4, "{answer}");
        receiver.deliveries(5).await;
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_receiver_leaves_room_for_the_others() {
    on_both(config(), |shop| async move {
        let (slow, quick) = (Receiver::start().await, Receiver::start().await);
        slow.never_answers();
        listen(&shop, &slow).await;
        listen(&shop, &quick).await;
        for _ in 0..20 {
            shop.accept_as(CONSUMER, &bought(&shop)).await;
        }
        quick.deliveries(40).await;
        assert_eq!(slow.count(), 4, "no more at once than `at_once_each`");
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_a_day_both_secrets_sign_and_neither_is_shown_again() {
    on_both(config(), |shop| async move {
        let receiver = Receiver::start().await;
        let (id, old) = listen(&shop, &receiver).await;
        let path = format!("/v1/admin/webhooks/{id}");
        let (_, rotated) = shop.send(Method::POST, &format!("{path}/rotate-secret"), Value::Null).await;
        let new = rotated["secret"].as_str().expect("a secret").to_owned();
        for (hours, old_signs) in [(1, true), (24, false)] {
            shop.clock.turn(std::time::Duration::from_secs(hours * 3_600));
            shop.send(Method::POST, &format!("{path}/test"), Value::Null).await;
            let told = receiver.deliveries(if old_signs { 1 } else { 2 }).await.pop().expect("a delivery");
            assert_eq!((told.kind(), told.is_signed_with(&new)), ("webhook.test", true));
            assert_eq!(told.is_signed_with(&old), old_signs);
        }
        let shown = shop.get(&path).await.to_string();
        assert!(!shown.contains(&new[6..30]) && !shown.contains(&old[6..30]), "{shown}");
        assert!(shown.contains(&new[new.len() - 4..]));
        shop.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_real_shop_no_address_inside_is_taken_or_called() {
    on_both(NotificationConfig::default(), |shop| async move {
        let receiver = Receiver::start().await;
        for url in [
            receiver.url.as_str(),
            "https://127.0.0.1/x",
            "https://[::ffff:10.0.0.1]/",
            "https://db.internal/",
        ] {
            let body = json!({"url": url, "kinds": ["order.placed"]});
            let (status, refused) = shop.send(Method::POST, "/v1/admin/webhooks", body).await;
            assert_eq!(
                (status, &refused["errors"][0]["rule"]),
                (StatusCode::BAD_REQUEST, &json!("webhook_url"))
            );
        }
        // As if a name that was fine when it was added led inside today.
        let body = json!({"url": "https://erp.example/", "kinds": ["order.placed"]});
        let (_, made) = shop.send(Method::POST, "/v1/admin/webhooks", body).await;
        let id = made["webhook"]["id"].as_str().expect("an id").to_owned();
        shop.moves_webhook(&receiver.url).await;
        let events = bought(&shop);
        shop.hear_as(CONSUMER, &events).await;
        shop.delivery_rests(&id, &events[0]).await;
        let failed = shop.delivery_is(&id, &events[0], "attempts", &json!(1)).await;
        let why = failed["last_error"].as_str().unwrap_or_default().to_owned();
        assert!(why.contains("the address must"), "{failed}");
        assert_eq!(receiver.count(), 0);
        shop.close().await;
    })
    .await;
}
