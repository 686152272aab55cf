//! Money that people take in: what every provider must do, and what staff do at the desk.

mod common;
mod provider_suite;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{Desk, canceled, config, euros, on_each_with, placed};
use provider_suite::{Candidate, passes};
use serde_json::{Value, json};
use souk_contract::payment::{AuthorizationOutcome, Authorize, PaymentMethod};
use souk_db::Db;
use souk_payment::domain::State;
use souk_payment::providers::manual::Manual;
use souk_payment::{MIGRATIONS, ManualConfig, ManualMethod, PaymentConfig, ProviderConfig};
use souk_rpc::{Caller, Permission};
use souk_testkit::databases;
use souk_types::{Clock, OrderId, PaymentId, SessionId, UserId};

fn manual() -> ManualConfig {
    let method = ManualMethod { title: "Bank transfer".to_owned(), instructions: "To GB00".to_owned() };
    ManualConfig { methods: BTreeMap::from([("bank_transfer".to_owned(), method)]) }
}

fn with_manual() -> PaymentConfig {
    let mut config = config();
    config.providers.insert("by_hand".to_owned(), ProviderConfig::Manual(manual()));
    config
}

fn staff(permission: Permission) -> Caller {
    let (user, session) = (UserId(uuid::Uuid::nil()), SessionId(uuid::Uuid::nil()));
    Caller::Staff { user, session, permissions: [permission].into_iter().collect() }
}

async fn promised(desk: &Desk) -> (OrderId, PaymentId) {
    let order = desk.order();
    let method = PaymentMethod { provider: "by_hand".to_owned(), token: "bank_transfer".to_owned() };
    let request = Authorize { method, ..common::asking(order, 1, "") };
    let authorized = desk.payment.authorize(&common::cx(), request).await.expect("an answer");
    assert_eq!(authorized.outcome, AuthorizationOutcome::Authorized);
    (order, authorized.payment)
}

async fn receives(desk: &Desk, caller: Caller, id: PaymentId, amount: i64) -> (StatusCode, Value) {
    let body = json!({"amount": euros(amount)}).to_string();
    let request = Request::post(format!("/v1/admin/payments/{id}/received"))
        .header("content-type", "application/json")
        .body(Body::from(body))
        .expect("a request");
    let (status, text) = desk.requests(caller, request).await;
    (status, serde_json::from_str(&text).unwrap_or_default())
}

#[tokio::test]
async fn money_by_hand_does_what_every_provider_must() {
    for place in databases() {
        let db = Db::open(&place.config, "payment", MIGRATIONS).await.expect(place.name);
        let provider = Manual::new(manual(), db.clone(), Clock::system());
        passes(&Candidate { provider: &provider, yes: "bank_transfer", no: "seashells", by_hand: true })
            .await;
        db.close().await;
    }
}

#[tokio::test]
async fn a_placed_order_waits_for_its_transfer_and_nobody_asks_meanwhile() {
    on_each_with(
        with_manual(),
        |sandbox| sandbox,
        async |desk| {
            let (order, id) = promised(desk).await;
            desk.hears(placed(order, 1)).await;
            desk.is_done_listening().await;
            let waiting = desk.payment(id).await;
            assert_eq!((waiting.state, waiting.capturing, waiting.due_at), (State::Authorized, false, None));
            let write = || staff(Permission::PaymentsWrite);
            assert_eq!(
                receives(desk, staff(Permission::PaymentsRead), id, 1999).await.0,
                StatusCode::FORBIDDEN
            );
            assert_eq!(receives(desk, Caller::Guest, id, 1999).await.0, StatusCode::UNAUTHORIZED);
            let (status, problem) = receives(desk, write(), id, 1998).await;
            assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("received_amount_differs")));
            assert_eq!(desk.payment(id).await.state, State::Authorized);
            for _ in 0..2 {
                let (status, payment) = receives(desk, write(), id, 1999).await;
                assert_eq!((status, &payment["state"]), (StatusCode::OK, &json!("captured")), "{payment}");
            }
            assert_eq!(desk.events(id).await, ["payment.captured"]);
            let refunded = desk.refunds(order, "damaged", 500).await.expect("written down");
            assert!(refunded.settled);
            assert_eq!(desk.payment(id).await.refunded, 500);
        },
    )
    .await;
}

#[tokio::test]
async fn a_transfer_that_nobody_waits_for_any_more_is_not_taken_in() {
    on_each_with(
        with_manual(),
        |sandbox| sandbox,
        async |desk| {
            let (order, id) = promised(desk).await;
            desk.hears(canceled(order, 1)).await;
            desk.reaches(id, State::Voided).await;
            let (status, problem) = receives(desk, staff(Permission::PaymentsWrite), id, 1999).await;
            assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("payment_not_awaited")));
            // What a provider takes in is not for people to say.
            let order = desk.order();
            let sandboxed = desk.authorizes(order, 1, "tok_approved").await.payment;
            let (status, problem) = receives(desk, staff(Permission::PaymentsWrite), sandboxed, 1999).await;
            assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("payment_not_awaited")));
            assert_eq!(desk.payment(sandboxed).await.state, State::Authorized);
        },
    )
    .await;
}

#[tokio::test]
async fn a_cancellation_and_the_money_that_meet_leave_nothing_behind() {
    on_each_with(
        with_manual(),
        |sandbox| sandbox,
        async |desk| {
            for _ in 0..8 {
                let (order, id) = promised(desk).await;
                desk.hears(placed(order, 1)).await;
                let (cancel, received) = tokio::join!(
                    desk.hears(canceled(order, 2)),
                    receives(desk, staff(Permission::PaymentsWrite), id, 1999)
                );
                let _ = cancel;
                let took_it = received.0 == StatusCode::OK;
                let ended =
                    || async { matches!(desk.payment(id).await.state, State::Voided | State::Refunded) };
                desk.waits("it is given back", ended).await;
                let end = desk.payment(id).await;
                assert!(took_it || end.state == State::Voided, "{end:?}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_storefront_learns_the_ways_to_pay() {
    on_each_with(
        with_manual(),
        |sandbox| sandbox,
        async |desk| {
            let (status, ways) = desk.gets(Caller::Guest, "/v1/payments/methods").await;
            assert_eq!(status, StatusCode::OK);
            let method =
                json!({"token": "bank_transfer", "title": "Bank transfer", "instructions": "To GB00"});
            let by_hand = json!({"provider": "by_hand", "kind": "manual", "methods": [method]});
            assert_eq!(ways["items"], json!([by_hand, {"provider": "sandbox", "kind": "sandbox"}]));
        },
    )
    .await;
}
