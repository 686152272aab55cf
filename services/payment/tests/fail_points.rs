//! Whatever breaks between two steps, the buyer is charged once and the books agree.

mod common;

use common::{canceled, on_each, placed};
use souk_app::fail;
use souk_contract::payment::AuthorizationOutcome;
use souk_payment::domain::State;

#[tokio::test]
async fn an_authorization_that_breaks_off_is_taken_up_where_it_was() {
    on_each(async |desk| {
        for point in ["payment.before_provider", "payment.after_provider", "payment.after_result"] {
            let order = desk.order();
            fail::arm(&format!("{point}=error*1")).expect("a plan");
            let broken =
                desk.payment.authorize(&common::cx(), common::asking(order, 1, "tok_approved")).await;
            assert!(broken.expect_err(point).is_transient());
            let paid = desk.authorizes(order, 1, "tok_approved").await;
            assert_eq!(paid.outcome, AuthorizationOutcome::Authorized, "{point}");
            assert_eq!(desk.record(paid.payment).await.authorized, 1999);
            fail::disarm();
        }
    })
    .await;
}

#[tokio::test]
async fn an_authorization_that_nobody_takes_up_is_found() {
    on_each(async |desk| {
        let order = desk.order();
        fail::arm("payment.after_provider=error*1").expect("a plan");
        let broken = desk.payment.authorize(&common::cx(), common::asking(order, 1, "tok_approved")).await;
        broken.expect_err("broken off");
        fail::disarm();
        let begun = souk_payment::store::payments::by_attempt(&desk.db, order, 1).await.expect("read");
        let paid = begun.expect("it was written down before the provider was asked").id;
        desk.reaches(paid, State::Authorized).await;
        assert_eq!(desk.events(paid).await, ["payment.authorized"]);
        desk.hears(canceled(order, 1)).await;
        desk.reaches(paid, State::Voided).await;
    })
    .await;
}

#[tokio::test]
async fn a_capture_that_breaks_off_is_made_once() {
    on_each(async |desk| {
        for point in ["capture.before_provider", "capture.after_provider"] {
            let order = desk.order();
            let paid = desk.authorizes(order, 1, "tok_approved").await.payment;
            fail::arm(&format!("{point}=error*2")).expect("a plan");
            desk.hears(placed(order, 1)).await;
            desk.reaches(paid, State::Captured).await;
            desk.is_done_listening().await;
            fail::disarm();
            assert_eq!(desk.record(paid).await.captured, 1999, "{point}");
            assert_eq!(desk.events(paid).await, ["payment.captured"], "{point}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_the_provider_never_heard_of_is_given_up() {
    let mut config = common::config();
    config.reconcile.give_up_s = 1;
    let story = async |desk: &common::Desk| {
        let order = desk.order();
        fail::arm("payment.before_provider=error*1").expect("a plan");
        let broken = desk.payment.authorize(&common::cx(), common::asking(order, 1, "tok_approved")).await;
        broken.expect_err("broken off");
        fail::disarm();
        let begun = souk_payment::store::payments::by_attempt(&desk.db, order, 1).await.expect("read");
        let payment = desk.reaches(begun.expect("written down").id, State::Declined).await;
        assert_eq!(payment.reason.as_deref(), Some("provider_not_reached"));
        assert_eq!(desk.events(payment.id).await, ["payment.declined"]);
    };
    common::on_each_with(config, |sandbox| sandbox, story).await;
}
