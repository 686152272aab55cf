//! Gives back the units of buyers who did not pay in time: a bounded number of holds at a time.

use futures::{StreamExt, stream};
use souk_db::batch;
use souk_rpc::{Context, Error};
use souk_types::OrderId;

use crate::Deps;
use crate::domain::hold::HoldState;
use crate::domain::stock::Change;
use crate::error::ProductError;
use crate::store::{holds, stock};

/// Side by side they share commits; more would only crowd the buyers out.
const SIDE_BY_SIDE: usize = 32;

/// One pass. Answers how many holds were expired.
pub(crate) async fn expire_holds(deps: &Deps) -> Result<usize, Error> {
    let cx = Context::system("product.expire_holds");
    let due = holds::due(&deps.db, deps.clock.now(), deps.config.sweep_batch).await?;
    let outcomes: Vec<_> = stream::iter(due)
        .map(|order| expire(&cx, deps, order))
        .buffer_unordered(SIDE_BY_SIDE)
        .collect()
        .await;
    let mut expired = 0;
    for outcome in outcomes {
        expired += usize::from(outcome?);
    }
    if expired > 0 {
        metrics::counter!("souk_stock_holds_total", "outcome" => "expired").increment(expired as u64);
        tracing::info!(expired, "holds ran out and their units are for sale again");
    }
    Ok(expired)
}

/// A lost race is fine: the buyer paid, prolonged or gave up at this very moment.
async fn expire(cx: &Context, deps: &Deps, order: OrderId) -> Result<bool, ProductError> {
    let Some(hold) = holds::get(&deps.db, order).await? else { return Ok(false) };
    if hold.state != HoldState::Held || hold.expires_at > deps.clock.now() {
        return Ok(false);
    }
    let batch = batch![
        holds::advance(&hold, HoldState::Expired, hold.expires_at),
        stock::change_all(hold.open_lines(), Change::release)
    ];
    match deps.db.commit(cx, batch).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_lost_race() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
