//! Takes the money of a placed order. The event is the intent: its inbox row is marked with the result, and until
//! then it comes again. One attempt is captured; any other that holds money is given back.

use souk_app::fail;
use souk_rpc::{Context, Error};
use souk_types::{Money, OrderId};

use super::{drive, file, in_time, learn, look, on_our_own};
use crate::Deps;
use crate::domain::compare::{CAPTURE_REFUSED, Difference, PLACED_WITHOUT_MONEY};
use crate::domain::{Fact, Payment, State, Told};
use crate::providers::{Done, Operation};
use crate::store;

/// The reaction to `order.placed`.
pub(crate) async fn capture_order(
    cx: &Context,
    deps: &Deps,
    order: OrderId,
    total: Money,
) -> Result<(), Error> {
    let attempts = store::payments::of_order(&deps.db, order).await?;
    let wanted = |payment: &&Payment| !payment.unwanted;
    let keeper = attempts
        .iter()
        .filter(wanted)
        .find(|payment| payment.state.was_captured())
        .or_else(|| attempts.iter().filter(wanted).find(|payment| payment.state == State::Authorized));
    let Some(keeper) = keeper else {
        return without_money(cx, deps, order, total).await;
    };
    for surplus in &attempts {
        if surplus.id != keeper.id && surplus.state == State::Authorized && !surplus.unwanted {
            give_back_surplus(cx, deps, surplus).await?;
        }
    }
    if keeper.state != State::Authorized {
        return Ok(());
    }
    let payment = capture(cx, deps, keeper.clone()).await?;
    // Canceled meanwhile, perhaps: what was taken goes back.
    Box::pin(drive::drive(&on_our_own(cx), deps, payment)).await?;
    Ok(())
}

/// Asks for the money once; what is not confirmed is asked for again by the reconciler, with the same reference.
pub(crate) async fn capture(cx: &Context, deps: &Deps, mut payment: Payment) -> Result<Payment, Error> {
    let Some(provider) = deps.providers.get(&payment.provider) else {
        payment.capturing = true;
        return learn::wait(cx, deps, payment).await;
    };
    fail::point("capture.before_provider").await?;
    let operation = Operation::capture(payment.id, payment.amount);
    let answer =
        in_time(cx, deps, "provider capture", provider.capture(&operation), |why| Done::Unknown { why })
            .await;
    fail::point("capture.after_provider").await?;
    let cx = &Context { deadline: None, ..cx.clone() };
    match answer {
        Done::Yes => learn::learn(cx, deps, payment, Fact::Captured, Told::Nobody).await,
        Done::Awaited if payment.due_at.is_none() => Ok(payment),
        Done::Awaited => {
            payment.capturing = false;
            learn::wait(cx, deps, payment).await
        }
        Done::Unknown { why } => {
            tracing::warn!(payment.id = %payment.id, why, "capture without an answer");
            payment.capturing = true;
            learn::wait(cx, deps, payment).await
        }
        Done::Refused { reason } => {
            let found = Difference { kind: CAPTURE_REFUSED, detail: format!("the provider says: {reason}") };
            file(cx, deps, &payment.provider, &payment.id.to_string(), found).await?;
            payment.capturing = true;
            let payment = learn::wait(cx, deps, payment).await?;
            look::look(&on_our_own(cx), deps, payment).await
        }
    }
}

async fn give_back_surplus(cx: &Context, deps: &Deps, surplus: &Payment) -> Result<(), Error> {
    let cx = &on_our_own(cx);
    let now = deps.clock.now();
    let due_at = now.plus(deps.pace().first);
    match deps.db.commit(cx, store::payments::unwant(surplus, due_at, now)).await {
        Ok(_) => {}
        // Somebody is at work on it, or it was given back: the next delivery of the event looks again.
        Err(error) if error.is_lost_race() => {
            return Err(Error::unavailable("another attempt of the order is being worked on"));
        }
        Err(error) => return Err(error.into()),
    }
    let surplus = learn::reread(deps, surplus.id).await?;
    Box::pin(drive::drive(cx, deps, surplus)).await?;
    Ok(())
}

/// A placed order without an authorization: either it was canceled meanwhile, or it cost nothing, or we must know.
async fn without_money(cx: &Context, deps: &Deps, order: OrderId, total: Money) -> Result<(), Error> {
    if total.amount == 0 || store::unwanted::reason(&deps.db, order).await?.is_some() {
        return Ok(());
    }
    let found = Difference { kind: PLACED_WITHOUT_MONEY, detail: format!("{total} are owed") };
    file(cx, deps, "", &order.to_string(), found).await
}
