//! Asks the provider where a payment stands, and believes its record.

use std::time::Duration;

use souk_rpc::{Context, Error};

use super::{in_time, learn};
use crate::Deps;
use crate::domain::{Fact, Payment, Step, Told};
use crate::providers::Found;

/// What the reason says when the provider never got to know of the payment.
const NEVER_ASKED: &str = "provider_not_reached";

/// A step of [`drive`](super::drive): looks, and says when to look again if there was nothing new.
pub(crate) async fn look(cx: &Context, deps: &Deps, payment: Payment) -> Result<Payment, Error> {
    let before = payment.version;
    let payment = glance(cx, deps, payment).await?;
    if payment.version == before { wait_unless_at_rest(cx, deps, payment).await } else { Ok(payment) }
}

/// Looks, and leaves everything as it is if there is nothing new.
pub(crate) async fn glance(cx: &Context, deps: &Deps, payment: Payment) -> Result<Payment, Error> {
    let Some(provider) = deps.providers.get(&payment.provider) else { return Ok(payment) };
    match in_time(cx, deps, "provider lookup", provider.lookup(payment.id), |why| Found::Unknown { why })
        .await
    {
        Found::Payment(found) => learn::take_in(cx, deps, payment, &found).await,
        Found::Nothing if payment.state.is_open() && is_given_up(deps, &payment) => {
            let fact = Fact::Declined { reason: NEVER_ASKED.to_owned() };
            learn::learn(cx, deps, payment, fact, Told::Nobody).await
        }
        Found::Nothing => Ok(payment),
        Found::Unknown { why } => {
            tracing::warn!(payment.id = %payment.id, why, "the provider cannot be asked");
            Ok(payment)
        }
    }
}

async fn wait_unless_at_rest(cx: &Context, deps: &Deps, payment: Payment) -> Result<Payment, Error> {
    match payment.next_step() {
        Step::Rest if payment.due_at.is_none() => Ok(payment),
        _ => learn::wait(cx, deps, payment).await,
    }
}

/// A request that is under way could still arrive; after so long it cannot.
fn is_given_up(deps: &Deps, payment: &Payment) -> bool {
    let age = deps.clock.now().since(payment.created_at);
    age >= Duration::from_secs(deps.config.reconcile.give_up_s)
}
