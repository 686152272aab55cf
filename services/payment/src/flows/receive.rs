//! The money of a payment by hand has come: a staff member's word takes the place of a provider's.

use souk_rpc::{Context, Error};
use souk_types::{Money, PaymentId};

use super::{capture, drive, in_time, on_our_own};
use crate::Deps;
use crate::domain::{Payment, State};
use crate::providers::{Done, Operation};
use crate::{error, store};

/// Saying it again changes nothing. What is said of another amount is refused: then people have to talk.
pub(crate) async fn receive(
    cx: &Context,
    deps: &Deps,
    id: PaymentId,
    amount: Money,
) -> Result<Payment, Error> {
    let cx = &on_our_own(cx);
    let payment = store::payments::get(&deps.db, id).await?.ok_or_else(|| Error::not_found("payment"))?;
    if amount != payment.amount {
        return Err(error::received_amount_differs(payment.amount));
    }
    let provider = deps.providers.get(&payment.provider).ok_or_else(error::unknown_provider)?;
    let is_awaited = payment.state == State::Authorized && !payment.unwanted;
    if !is_awaited && !payment.state.was_captured() {
        return Err(error::payment_not_awaited(payment.state.as_str()));
    }
    let operation = Operation::receive(payment.id, payment.amount);
    let said =
        in_time(cx, deps, "provider receive", provider.receive(&operation), |why| Done::Unknown { why })
            .await;
    match said {
        Done::Yes if payment.state.was_captured() => return Ok(payment),
        Done::Yes => {}
        Done::Refused { reason } => return Err(error::payment_not_awaited(&reason)),
        Done::Awaited => return Err(Error::internal("what has come cannot be awaited")),
        Done::Unknown { why } => return Err(Error::unavailable(why)),
    }
    tracing::info!(payment.id = %payment.id, order.id = %payment.order, by = %cx.actor(), "money received by hand");
    let payment = capture::capture(cx, deps, payment).await?;
    // Canceled meanwhile, perhaps: what has come goes back.
    Box::pin(drive::drive(cx, deps, payment)).await
}
