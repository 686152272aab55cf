//! Refunds: once per key, and never more than was captured.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::http::HeaderMap;
use common::{config, on_each, on_each_with};
use souk_payment::domain::State;
use souk_payment::providers::sandbox::Sandbox;
use souk_payment::providers::{
    AuthorizeRequest, Authorized, Done, Found, ListPage, ListUnknown, Operation, PaymentProvider,
    ProviderEvent, ProviderPayment, RefundRequest, WebhookRefused,
};
use souk_types::{PaymentId, Timestamp};

#[tokio::test]
async fn thirty_two_parallel_refunds_never_exceed_the_payment() {
    on_each(async |desk| {
        let (order, paid) = desk.captured(1000).await;
        let keys: Vec<String> = (0..32).map(|n| format!("refund {n}")).collect();
        let outcomes = futures::future::join_all(keys.iter().map(|key| desk.refunds(order, key, 100))).await;
        let given = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(given, 10, "{outcomes:?}");
        for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert_eq!(refused.code, "refund_exceeds_payment");
        }
        let payment = desk.reaches(paid, State::Refunded).await;
        assert_eq!((payment.refunded, payment.refunding), (1000, 0));
        assert_eq!(desk.record(paid).await.refunded, 1000);
        assert_eq!(desk.events(paid).await.len(), 1 + 10);
    })
    .await;
}

#[tokio::test]
async fn the_same_key_refunds_once() {
    on_each(async |desk| {
        let (order, paid) = desk.captured(1999).await;
        let asked = (0..16).map(|_| desk.refunds(order, "damaged mug", 700));
        let answers = futures::future::join_all(asked).await;
        let first = answers[0].as_ref().expect("refunded").refund;
        assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|answer| answer.refund == first)));
        let payment = desk.reaches(paid, State::PartiallyRefunded).await;
        assert_eq!(payment.refunded, 700);
        let reused = desk.refunds(order, "damaged mug", 701).await.expect_err("another amount");
        assert_eq!(reused.code, "refund_key_reused");
    })
    .await;
}

#[tokio::test]
async fn what_was_not_captured_cannot_be_refunded() {
    on_each(async |desk| {
        let order = desk.order();
        desk.authorizes(order, 1, "tok_approved").await;
        assert_eq!(desk.refunds(order, "k", 1).await.expect_err("not captured").code, "nothing_to_refund");
        let (order, _) = desk.captured(1000).await;
        assert_eq!(
            desk.refunds(order, "k", 1001).await.expect_err("too much").code,
            "refund_exceeds_payment"
        );
        assert!(desk.refunds(order, "k", 0).await.is_err() && desk.refunds(order, "", 5).await.is_err());
        let mut yen = common::euros(5);
        yen.currency = souk_types::Currency::JPY;
        let request = souk_contract::payment::RefundOrder {
            order,
            key: "yen".to_owned(),
            amount: yen,
            reason: "customer".to_owned(),
        };
        let refused = desk.payment.refund(&common::cx(), request).await.expect_err("another currency");
        assert_eq!(refused.code, "refund_currency_mismatch");
    })
    .await;
}

#[tokio::test]
async fn a_refund_that_nobody_answers_for_is_confirmed_later_and_made_once() {
    on_each_with(
        config(),
        |sandbox| Arc::new(Mute::over(sandbox)),
        async |desk| {
            let (order, paid) = desk.captured(1000).await;
            let asked = desk.refunds(order, "damaged mug", 400).await.expect("promised");
            assert!(!asked.settled);
            let payment = desk.reaches(paid, State::PartiallyRefunded).await;
            assert_eq!((payment.refunded, payment.refunding), (400, 0));
            assert_eq!(desk.record(paid).await.refunded, 400);
            assert!(desk.refunds(order, "damaged mug", 400).await.expect("known").settled);
        },
    )
    .await;
}

/// Does the first refund and does not say so.
struct Mute {
    sandbox: Arc<Sandbox>,
    spoken: AtomicBool,
}

impl Mute {
    fn over(sandbox: Arc<Sandbox>) -> Mute {
        Mute { sandbox, spoken: AtomicBool::new(false) }
    }
}

#[async_trait]
impl PaymentProvider for Mute {
    async fn refund(&self, request: &RefundRequest) -> Done {
        let done = self.sandbox.refund(request).await;
        if self.spoken.swap(true, Ordering::SeqCst) {
            return done;
        }
        Done::Unknown { why: "mute".to_owned() }
    }
    async fn authorize(&self, request: &AuthorizeRequest) -> Authorized {
        self.sandbox.authorize(request).await
    }
    async fn capture(&self, request: &Operation) -> Done {
        self.sandbox.capture(request).await
    }
    async fn void(&self, request: &Operation) -> Done {
        self.sandbox.void(request).await
    }
    async fn lookup(&self, payment: PaymentId) -> Found {
        self.sandbox.lookup(payment).await
    }
    fn parse_webhook(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ProviderEvent, WebhookRefused> {
        self.sandbox.parse_webhook(headers, body, now)
    }
    async fn list(&self, page: &ListPage) -> Result<Vec<ProviderPayment>, ListUnknown> {
        self.sandbox.list(page).await
    }
}
