//! Drives a payment on until it rests or has to wait: the one loop behind cancels, webhooks and the reconciler.

use souk_rpc::{Context, Error};

use super::{capture, look, refund, void};
use crate::Deps;
use crate::domain::{Payment, Step};

/// The longest way is unknown → authorized → captured → refunded, with a look after a refusal.
const STEPS_MAX: u32 = 8;

pub(crate) async fn drive(cx: &Context, deps: &Deps, mut payment: Payment) -> Result<Payment, Error> {
    for _ in 0..STEPS_MAX {
        let before = position(&payment);
        payment = match payment.next_step() {
            Step::Rest => return Ok(payment),
            Step::Look => look::look(cx, deps, payment).await?,
            Step::Capture => capture::capture(cx, deps, payment).await?,
            Step::Void => void::void(cx, deps, payment).await?,
            Step::Refund => refund::give_back(cx, deps, payment).await?,
        };
        if position(&payment) == before {
            return Ok(payment);
        }
    }
    Ok(payment)
}

/// What a step has to change to count as progress.
fn position(payment: &Payment) -> (crate::domain::State, i64, i64) {
    (payment.state, payment.refunded, payment.refunding)
}
