//! Finds out what became of payments that nobody answered for, and does again what was not confirmed.

use std::time::Duration;

use futures::StreamExt;
use souk_rpc::{Context, Error};
use souk_types::{PaymentId, Timestamp};

use super::{drive, learn};
use crate::Deps;
use crate::domain::Step;
use crate::store;

const PASS_MAX: u32 = 128;
const AT_ONCE: usize = 8;

/// One pass over the payments that are due.
pub(crate) async fn reconcile(cx: &Context, deps: &Deps) -> Result<(), Error> {
    let due = store::payments::due(&deps.db, deps.clock.now(), PASS_MAX).await?;
    futures::stream::iter(due)
        .for_each_concurrent(AT_ONCE, |(id, due_at)| async move {
            if let Err(error) = Box::pin(drive_on(cx, deps, id, due_at)).await {
                tracing::warn!(payment.id = %id, %error, "a payment could not be driven on, the next pass tries again");
            }
        })
        .await;
    let open = store::exceptions::count_open(&deps.db).await?;
    metrics::gauge!("souk_payment_exceptions_open").set(u32::try_from(open).unwrap_or(u32::MAX));
    Ok(())
}

async fn drive_on(cx: &Context, deps: &Deps, id: PaymentId, due_at: Timestamp) -> Result<(), Error> {
    // As long as the longest way may take; if we die, another replica takes it up then.
    let until = deps.clock.now().plus(deps.config.provider_timeout() * 4 + Duration::from_secs(1));
    match deps.db.commit(cx, store::payments::lease(id, due_at, until)).await {
        Ok(_) => {}
        Err(error) if error.is_lost_race() => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let payment = learn::reread(deps, id).await?;
    if payment.next_step() == Step::Rest {
        // Nothing to do after all: this takes it off the list.
        learn::wait(cx, deps, payment).await?;
        return Ok(());
    }
    let payment = drive::drive(cx, deps, payment).await?;
    if payment.next_step() != Step::Rest && payment.due_at == Some(until) {
        learn::wait(cx, deps, payment).await?;
    }
    Ok(())
}
