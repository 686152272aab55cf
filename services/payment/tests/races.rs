//! What happens at the same moment: a few rounds here, a hundred with `make soak`.

mod common;

use common::{Desk, canceled, on_each, placed};
use souk_contract::payment::AuthorizationOutcome;
use souk_payment::domain::State;

const FEW: u32 = 3;
const MANY: u32 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refunds_at_once_never_exceed_the_payment() {
    on_each(async |desk| refunds(desk, FEW).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "make soak"]
async fn refunds_at_once_never_exceed_the_payment_in_many_rounds() {
    on_each(async |desk| refunds(desk, MANY).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancellation_that_meets_the_capture_gives_everything_back() {
    on_each(async |desk| cancellations(desk, FEW).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "make soak"]
async fn a_cancellation_that_meets_the_capture_gives_everything_back_in_many_rounds() {
    on_each(async |desk| cancellations(desk, MANY).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancellation_that_meets_the_authorization_leaves_no_money_set_aside() {
    on_each(async |desk| late_yes(desk, FEW).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "make soak"]
async fn a_cancellation_that_meets_the_authorization_leaves_no_money_set_aside_in_many_rounds() {
    on_each(async |desk| late_yes(desk, MANY).await).await;
}

/// 32 refunds of a tenth each, of odd amounts: as many as fit, and the provider's record says the same.
async fn refunds(desk: &Desk, rounds: u32) {
    for round in 0..rounds {
        let (order, paid) = desk.captured(1000).await;
        let keys: Vec<String> = (0..32).map(|n| format!("{round}-{n}")).collect();
        let asked = keys.iter().enumerate().map(|(n, key)| desk.refunds(order, key, 90 + (n as i64) % 3));
        let answers = futures::future::join_all(asked).await;
        let given: i64 = answers.iter().flatten().map(|refund| refund.amount.amount).sum();
        assert!(given <= 1000 && given > 1000 - 90, "round {round}: {given}");
        desk.waits("all is settled", async || {
            let payment = desk.payment(paid).await;
            payment.refunding == 0 && payment.refunded == given
        })
        .await;
        assert_eq!(desk.record(paid).await.refunded, given, "round {round}");
    }
}

/// The order is placed and canceled in the same moment.
async fn cancellations(desk: &Desk, rounds: u32) {
    for round in 0..rounds {
        let order = desk.order();
        let paid = desk.authorizes(order, 1, "tok_approved").await.payment;
        tokio::join!(desk.hears(placed(order, 1)), desk.hears(canceled(order, 2)));
        desk.waits("it is given back", async || {
            matches!(desk.payment(paid).await.state, State::Voided | State::Refunded)
        })
        .await;
        let (ours, theirs) = (desk.payment(paid).await, desk.record(paid).await);
        assert_eq!((ours.captured, ours.refunded), (theirs.captured, theirs.refunded), "round {round}");
        assert_eq!(theirs.captured, theirs.refunded, "round {round}");
    }
}

/// The order gives up in the moment in which the provider says yes.
async fn late_yes(desk: &Desk, rounds: u32) {
    for round in 0..rounds {
        let order = desk.order();
        let (answer, _) =
            tokio::join!(desk.authorizes(order, 1, "tok_approved"), desk.hears(canceled(order, 1)));
        desk.is_done_listening().await;
        let Some(ours) = souk_payment::store::payments::get(&desk.db, answer.payment).await.expect("read")
        else {
            // The mark was there first: nobody was asked.
            assert!(matches!(answer.outcome, AuthorizationOutcome::Declined { .. }), "round {round}");
            continue;
        };
        desk.waits("nothing is set aside", async || desk.payment(ours.id).await.state == State::Voided).await;
        assert_eq!(desk.record(ours.id).await.captured, 0, "round {round}");
    }
}
