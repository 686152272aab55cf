//! Money of canceled orders goes back, even money that arrives later.

mod common;

use common::{canceled, on_each, placed};
use souk_contract::payment::AuthorizationOutcome;
use souk_payment::domain::State;
use souk_payment::store;

#[tokio::test]
async fn a_payment_that_lands_after_the_cancel_is_given_back() {
    on_each(async |desk| {
        let order = desk.order();
        let asked = desk.authorizes(order, 1, "tok_webhook_late").await;
        assert_eq!(asked.outcome, AuthorizationOutcome::Unknown);
        desk.hears(canceled(order, 1)).await;
        desk.reaches(asked.payment, State::Voided).await;
        let record = desk.record(asked.payment).await;
        assert_eq!((record.captured, record.voided), (0, 1999));
        assert_eq!(desk.events(asked.payment).await, ["payment.voided"]);
    })
    .await;
}

#[tokio::test]
async fn an_order_that_was_canceled_before_it_was_paid_cannot_be_paid() {
    on_each(async |desk| {
        let order = desk.order();
        desk.hears(canceled(order, 1)).await;
        desk.is_done_listening().await;
        let refused = desk.authorizes(order, 1, "tok_approved").await;
        assert_eq!(refused.outcome, AuthorizationOutcome::Declined { reason: "order_canceled".to_owned() });
        assert_eq!(desk.sandbox.record(refused.payment).await.expect("read"), None, "nobody was asked");
    })
    .await;
}

#[tokio::test]
async fn an_order_that_is_canceled_while_it_is_paid_keeps_no_money() {
    on_each(async |desk| {
        let order = desk.order();
        let (paid, ()) = futures::join!(desk.authorizes(order, 1, "tok_slow"), async {
            desk.waits("it is being asked for", async || {
                store::payments::by_attempt(&desk.db, order, 1).await.expect("read").is_some()
            })
            .await;
            desk.hears(canceled(order, 1)).await;
            desk.is_done_listening().await;
        });
        assert!(matches!(paid.outcome, AuthorizationOutcome::Declined { .. }), "{:?}", paid.outcome);
        desk.reaches(paid.payment, State::Voided).await;
        assert_eq!(desk.record(paid.payment).await.voided, 1999);
    })
    .await;
}

#[tokio::test]
async fn an_authorized_order_that_is_canceled_is_voided_once() {
    on_each(async |desk| {
        let order = desk.order();
        let paid = desk.authorizes(order, 1, "tok_approved").await.payment;
        let event = desk.hears(canceled(order, 1)).await;
        desk.hears_again(event, canceled(order, 1)).await;
        desk.hears(canceled(order, 2)).await;
        desk.reaches(paid, State::Voided).await;
        desk.is_done_listening().await;
        assert_eq!(desk.events(paid).await, ["payment.voided"]);
        let again = desk.authorizes(order, 1, "tok_approved").await;
        assert!(matches!(again.outcome, AuthorizationOutcome::Declined { .. }), "no longer a yes");
    })
    .await;
}

#[tokio::test]
async fn a_captured_order_that_is_canceled_is_refunded_in_full() {
    on_each(async |desk| {
        let (order, paid) = desk.captured(1999).await;
        desk.refunds(order, "a part", 500).await.expect("refunded");
        desk.hears(canceled(order, 2)).await;
        let payment = desk.reaches(paid, State::Refunded).await;
        assert_eq!((payment.refunded, payment.refunding), (1999, 0));
        assert_eq!(desk.record(paid).await.refunded, 1999);
        assert_eq!(desk.events(paid).await, ["payment.captured", "payment.refunded", "payment.refunded"]);
    })
    .await;
}

#[tokio::test]
async fn a_buyer_cannot_confirm_a_canceled_order() {
    on_each(async |desk| {
        let order = desk.order();
        let asked = desk.authorizes(order, 1, "tok_needs_buyer").await;
        let AuthorizationOutcome::NeedsBuyer { url } = asked.outcome else { panic!("{:?}", asked.outcome) };
        desk.hears(canceled(order, 1)).await;
        desk.reaches(asked.payment, State::Voided).await;
        desk.posts(&format!("{url}/approve")).await;
        assert_eq!(desk.record(asked.payment).await.authorized, 0);
    })
    .await;
}

#[tokio::test]
async fn placed_and_canceled_at_once_leaves_nothing_with_us() {
    on_each(async |desk| {
        let mut paid = Vec::new();
        for token in
            ["tok_approved", "tok_capture_fails_once", "tok_webhook_twice", "tok_webhook_out_of_order"]
        {
            let order = desk.order();
            paid.push(desk.authorizes(order, 1, token).await.payment);
            desk.hears(placed(order, 1)).await;
            desk.hears(canceled(order, 2)).await;
        }
        for payment in paid {
            desk.waits("it is given back", async || {
                let ours = desk.payment(payment).await;
                matches!(ours.state, State::Voided | State::Refunded)
            })
            .await;
            let record = desk.record(payment).await;
            assert_eq!(record.authorized - record.voided - record.refunded, 0, "{record:?}");
        }
    })
    .await;
}
