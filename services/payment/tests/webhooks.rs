//! Webhooks are kept once and only ring a bell.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{Desk, SECRET, on_each, placed};
use souk_db::args;
use souk_payment::domain::State;
use souk_payment::providers::sandbox::SIGNATURE_HEADER;
use souk_payment::providers::signature::WebhookSecret;
use souk_rpc::Caller;

const PATH: &str = "/v1/payments/webhooks/sandbox";

async fn rings(desk: &Desk, path: &str, signature: &str, body: &str) -> StatusCode {
    let request = Request::post(path).header(SIGNATURE_HEADER, signature).body(Body::from(body.to_owned()));
    desk.requests(Caller::Guest, request.expect("a request")).await.0
}

async fn kept(desk: &Desk) -> Vec<(String, String)> {
    let sql = "select event_id, state from webhooks order by event_id";
    desk.db.read(sql, args![], |row| Ok((row.get(0)?, row.get(1)?))).await.expect("read")
}

#[tokio::test]
async fn a_forged_webhook_is_refused() {
    on_each(async |desk| {
        let paid = desk.authorizes(desk.order(), 1, "tok_timeout_then_succeeds").await.payment;
        let body = format!(
            r#"{{"id":"evt-1","type":"payment.authorized","reference":"{paid}","created_at":"2026-11-22T10:00:00Z"}}"#
        );
        let forged = WebhookSecret::new("a guess").sign(body.as_bytes(), desk.clock.now());
        assert_eq!(rings(desk, PATH, &forged, &body).await, 400);
        assert_eq!(rings(desk, PATH, "", &body).await, 400);
        let right = WebhookSecret::new(SECRET);
        let old = right.sign(body.as_bytes(), desk.clock.now().minus(std::time::Duration::from_secs(3_600)));
        assert_eq!(rings(desk, PATH, &old, &body).await, 400);
        let nonsense = right.sign(b"[]", desk.clock.now());
        assert_eq!(rings(desk, PATH, &nonsense, "[]").await, 400);
        assert!(kept(desk).await.is_empty());
        let signed = right.sign(body.as_bytes(), desk.clock.now());
        assert_eq!(rings(desk, "/v1/payments/webhooks/nobody", &signed, &body).await, 404);
        assert_eq!(rings(desk, PATH, &signed, &body).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_webhook_is_not_believed_but_looked_up() {
    on_each(async |desk| {
        let paid = desk.authorizes(desk.order(), 1, "tok_approved").await.payment;
        let lie = format!(
            r#"{{"id":"evt-lie","type":"payment.captured","reference":"{paid}","created_at":"2026-11-22T10:00:00Z"}}"#
        );
        let stray = r#"{"id":"evt-stray","type":"x","reference":"not ours","created_at":"2026-11-22T10:00:00Z"}"#;
        for body in [lie.as_str(), stray] {
            let signed = WebhookSecret::new(SECRET).sign(body.as_bytes(), desk.clock.now());
            assert_eq!(rings(desk, PATH, &signed, body).await, 200);
            assert_eq!(rings(desk, PATH, &signed, body).await, 200, "a repetition is fine");
        }
        desk.waits("both are done", async || kept(desk).await.iter().all(|(_, state)| state == "done")).await;
        assert_eq!(kept(desk).await.len(), 2);
        assert_eq!(desk.payment(paid).await.state, State::Authorized);
    })
    .await;
}

#[tokio::test]
async fn webhooks_twice_late_and_out_of_order_change_nothing_twice() {
    on_each(async |desk| {
        for token in ["tok_webhook_twice", "tok_webhook_late", "tok_webhook_out_of_order"] {
            let order = desk.order();
            let paid = desk.authorizes(order, 1, token).await.payment;
            let told = desk.payment(paid).await.state == State::Authorized;
            desk.reaches(paid, State::Authorized).await;
            desk.hears(placed(order, 1)).await;
            desk.reaches(paid, State::Captured).await;
            desk.refunds(order, "a part", 99).await.expect("refunded");
            desk.waits("three webhooks came", async || {
                let all = kept(desk).await;
                let own = all
                    .iter()
                    .filter(|(id, state)| id.contains(&paid.to_string()) && state == "done")
                    .count();
                own == 2 && all.iter().all(|(_, state)| state == "done")
            })
            .await;
            let record = desk.record(paid).await;
            assert_eq!((record.authorized, record.captured, record.refunded), (1999, 1999, 99), "{token}");
            let mut expected = vec!["payment.captured", "payment.refunded"];
            if !told {
                expected.insert(0, "payment.authorized");
            }
            assert_eq!(desk.events(paid).await, expected, "{token}");
        }
        assert!(desk.exceptions().await.is_empty());
    })
    .await;
}
