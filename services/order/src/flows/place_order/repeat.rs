//! The same key again: the same bytes. While the first request is at work, a repeat waits for it a little; when the
//! first has died, the repeat finishes its work.

use std::time::Duration;

use souk_rpc::Context;

use super::resume::resume;
use super::{Checkout, Reply};
use crate::Deps;
use crate::error::OrderError;
use crate::store::checkouts::{self, Known};

const PAUSE_MS: u32 = 25;

pub(super) async fn answer(
    cx: &Context,
    deps: &Deps,
    checkout: &Checkout,
    mut known: Known,
) -> Result<Reply, OrderError> {
    if known.fingerprint != checkout.fingerprint {
        return Err(OrderError::KeyReused);
    }
    for _ in 0..=deps.config.repeat_wait_ms / PAUSE_MS {
        if let Some(stored) = known.reply {
            return Ok(Reply { order: known.order, stored, replayed: true });
        }
        if let Some(reply) = resume(cx, deps, known.order, deps.clock.now()).await? {
            return Ok(reply);
        }
        tokio::time::sleep(Duration::from_millis(PAUSE_MS.into())).await;
        let found = checkouts::cart_and_known(&deps.db, checkout.cart, &checkout.key).await?;
        known = found.and_then(|wanted| wanted.known).ok_or(OrderError::CheckoutInProgress)?;
    }
    Err(OrderError::CheckoutInProgress)
}
