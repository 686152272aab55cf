//! A payment is made once, whatever the provider does.

mod common;

use common::{asking, canceled, euros, on_each, placed};
use souk_contract::payment::{AuthorizationOutcome, Authorize};
use souk_payment::domain::State;

fn declined(reason: &str) -> AuthorizationOutcome {
    AuthorizationOutcome::Declined { reason: reason.to_owned() }
}

#[tokio::test]
async fn a_payment_is_authorized_once_however_often_it_is_asked() {
    on_each(async |desk| {
        let order = desk.order();
        let asked = (0..20).map(|_| desk.authorizes(order, 1, "tok_approved"));
        let answers = futures::future::join_all(asked).await;
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(answers[0].outcome, AuthorizationOutcome::Authorized);
        let record = desk.record(answers[0].payment).await;
        assert_eq!((record.authorized, record.captured), (1999, 0));
        assert!(desk.events(answers[0].payment).await.is_empty(), "the caller was told already");
    })
    .await;
}

#[tokio::test]
async fn every_published_token_answers_as_the_readme_says() {
    on_each(async |desk| {
        let answers = [
            ("tok_approved", AuthorizationOutcome::Authorized),
            ("tok_declined", declined("declined")),
            ("tok_insufficient_funds", declined("insufficient_funds")),
            ("tok_timeout_then_succeeds", AuthorizationOutcome::Unknown),
            ("tok_fails_after_success", AuthorizationOutcome::Unknown),
            ("tok_slow", AuthorizationOutcome::Authorized),
            ("tok_webhook_twice", AuthorizationOutcome::Authorized),
            ("tok_webhook_late", AuthorizationOutcome::Unknown),
            ("tok_webhook_out_of_order", AuthorizationOutcome::Authorized),
            ("tok_capture_fails_once", AuthorizationOutcome::Authorized),
            ("tok_of_somebody_else", declined("unknown_token")),
        ];
        for (token, outcome) in answers {
            assert_eq!(desk.authorizes(desk.order(), 1, token).await.outcome, outcome, "{token}");
        }
        let card = common::asking(desk.order(), 1, "4242424242424242");
        let refused = desk.payment.authorize(&common::cx(), card).await.expect_err("a card number");
        assert_eq!(refused.code, "card_number_refused");
        let asked = desk.authorizes(desk.order(), 1, "tok_needs_buyer").await;
        assert!(matches!(asked.outcome, AuthorizationOutcome::NeedsBuyer { .. }));
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_not_configured_declines() {
    on_each(async |desk| {
        let mut request = asking(desk.order(), 1, "tok_approved");
        request.method.provider = "moneybags".to_owned();
        let answer = desk.payment.authorize(&common::cx(), request).await.expect("an answer");
        assert_eq!(answer.outcome, declined("unknown_provider"));
    })
    .await;
}

#[tokio::test]
async fn an_attempt_cannot_be_made_again_with_another_amount() {
    on_each(async |desk| {
        let order = desk.order();
        desk.authorizes(order, 1, "tok_approved").await;
        let dearer = Authorize { amount: euros(2000), ..asking(order, 1, "tok_approved") };
        let refused = desk.payment.authorize(&common::cx(), dearer).await.expect_err("another amount");
        assert_eq!(refused.code, "payment_mismatch");
        let nothing = Authorize { amount: euros(0), ..asking(order, 2, "tok_approved") };
        assert!(desk.payment.authorize(&common::cx(), nothing).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_declined_buyer_may_try_again_with_another_card() {
    on_each(async |desk| {
        let order = desk.order();
        assert_eq!(desk.authorizes(order, 1, "tok_declined").await.outcome, declined("declined"));
        let second = desk.authorizes(order, 2, "tok_approved").await;
        assert_eq!(second.outcome, AuthorizationOutcome::Authorized);
        desk.hears(placed(order, 1)).await;
        desk.reaches(second.payment, State::Captured).await;
    })
    .await;
}

#[tokio::test]
async fn a_timeout_that_succeeded_is_found_and_charged_once() {
    on_each(async |desk| {
        for token in ["tok_timeout_then_succeeds", "tok_fails_after_success"] {
            let order = desk.order();
            let asked = desk.authorizes(order, 1, token).await;
            assert_eq!(asked.outcome, AuthorizationOutcome::Unknown);
            desk.reaches(asked.payment, State::Authorized).await;
            assert_eq!(desk.events(asked.payment).await, ["payment.authorized"]);
            let again = desk.authorizes(order, 1, token).await;
            assert_eq!((again.payment, again.outcome), (asked.payment, AuthorizationOutcome::Authorized));
            desk.hears(placed(order, 1)).await;
            desk.reaches(asked.payment, State::Captured).await;
            let record = desk.record(asked.payment).await;
            assert_eq!((record.authorized, record.captured), (1999, 1999));
            assert_eq!(desk.events(asked.payment).await, ["payment.authorized", "payment.captured"]);
        }
    })
    .await;
}

#[tokio::test]
async fn an_order_that_is_placed_twice_is_captured_once() {
    on_each(async |desk| {
        let order = desk.order();
        let paid = desk.authorizes(order, 1, "tok_approved").await.payment;
        let event = desk.hears(placed(order, 1)).await;
        desk.hears_again(event, placed(order, 1)).await;
        desk.hears(placed(order, 2)).await;
        desk.is_done_listening().await;
        assert_eq!(desk.payment(paid).await.captured, 1999);
        assert_eq!(desk.record(paid).await.captured, 1999);
        assert_eq!(desk.events(paid).await, ["payment.captured"]);
    })
    .await;
}

#[tokio::test]
async fn a_capture_that_fails_is_made_up_for() {
    on_each(async |desk| {
        let order = desk.order();
        let paid = desk.authorizes(order, 1, "tok_capture_fails_once").await.payment;
        desk.hears(placed(order, 1)).await;
        let payment = desk.reaches(paid, State::Captured).await;
        assert!(!payment.capturing && payment.due_at.is_none());
        assert_eq!(desk.record(paid).await.captured, 1999);
        assert_eq!(desk.events(paid).await, ["payment.captured"]);
    })
    .await;
}

#[tokio::test]
async fn a_buyer_who_confirms_at_the_bank_has_paid() {
    on_each(async |desk| {
        let order = desk.order();
        let asked = desk.authorizes(order, 1, "tok_needs_buyer").await;
        let AuthorizationOutcome::NeedsBuyer { url } = asked.outcome else { panic!("{:?}", asked.outcome) };
        assert_eq!(desk.gets(common::customer(), &url).await.0, 200);
        assert_eq!(desk.payment(asked.payment).await.state, State::NeedsBuyer);
        assert_eq!(desk.posts(&format!("{url}/approve")).await, 200);
        desk.reaches(asked.payment, State::Authorized).await;
        assert_eq!(desk.posts(&format!("{url}/decline")).await, 200, "too late to decline");
        assert_eq!(desk.events(asked.payment).await, ["payment.authorized"]);
        let refused = desk.authorizes(desk.order(), 1, "tok_needs_buyer").await;
        let AuthorizationOutcome::NeedsBuyer { url } = refused.outcome else {
            panic!("{:?}", refused.outcome)
        };
        desk.posts(&format!("{url}/decline")).await;
        let payment = desk.reaches(refused.payment, State::Declined).await;
        assert_eq!(payment.reason.as_deref(), Some("buyer_declined"));
        assert_eq!(desk.events(refused.payment).await, ["payment.declined"]);
    })
    .await;
}

#[tokio::test]
async fn of_two_attempts_that_were_paid_one_is_captured_and_the_other_given_back() {
    on_each(async |desk| {
        let order = desk.order();
        let first = desk.authorizes(order, 1, "tok_approved").await.payment;
        let second = desk.authorizes(order, 2, "tok_approved").await.payment;
        desk.hears(placed(order, 1)).await;
        desk.reaches(second, State::Captured).await;
        desk.reaches(first, State::Voided).await;
        assert_eq!((desk.record(first).await.voided, desk.record(second).await.captured), (1999, 1999));
    })
    .await;
}

#[tokio::test]
async fn an_attempt_that_turns_out_paid_after_another_was_is_given_back() {
    on_each(async |desk| {
        let order = desk.order();
        let asked = desk.authorizes(order, 1, "tok_needs_buyer").await;
        let AuthorizationOutcome::NeedsBuyer { url } = asked.outcome else { panic!("{:?}", asked.outcome) };
        let second = desk.authorizes(order, 2, "tok_approved").await.payment;
        desk.posts(&format!("{url}/approve")).await;
        desk.reaches(asked.payment, State::Voided).await;
        assert_eq!(desk.payment(second).await.state, State::Authorized);
        assert_eq!(desk.events(asked.payment).await, ["payment.voided"], "it was never announced");
    })
    .await;
}

#[tokio::test]
async fn an_order_that_is_placed_without_money_is_an_exception() {
    on_each(async |desk| {
        let order = desk.order();
        desk.hears(placed(order, 1)).await;
        desk.is_done_listening().await;
        assert_eq!(desk.exceptions().await, [(order.to_string(), "placed_without_money".to_owned())]);
        let gone = desk.order();
        desk.hears(canceled(gone, 1)).await;
        desk.hears(placed(gone, 2)).await;
        desk.is_done_listening().await;
        assert_eq!(desk.exceptions().await.len(), 1);
    })
    .await;
}
