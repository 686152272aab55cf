//! Places an order: the path that must never be wrong.
//!
//! | step | where | file | point after it |
//! |---|---|---|---|
//! | find the cart and the key: a repeat gets the stored reply, or goes on with a dead attempt | order db, 1 read | `repeat` | `checkout.before_placing` |
//! | price anew from authority | product | `draft` | |
//! | order `placing`, lines, totals, key; cart locked | order db, commit 1 | `begin` | `checkout.after_placing` |
//! | hold the stock, all lines or none | product | `secure` | `checkout.after_hold`, `checkout.before_authorize` |
//! | ask for the money | payment, no transaction held | `secure` | `checkout.after_authorize` |
//! | `placed`, `awaiting_payment` or `canceled`; outbox; reply; cart spent or open | order db, commit 2 | `finish` | `checkout.before_placed` ahead of it, `checkout.after_placed` |
//!
//! Both outside steps are idempotent by order id, so an attempt that dies anywhere is driven again from `placing` by
//! whoever comes first: the client's retry or the sweeper (`resume`). The lease on the order row says when an attempt
//! counts as dead, and the row's version fences it off: an old attempt that wakes up changes nothing.

mod begin;
mod draft;
mod finish;
mod repeat;
mod resume;
mod secure;

use souk_app::fail;
use souk_rpc::{Context, Error};
use souk_types::{CartId, Money, OrderId, Timestamp};
use tracing::Instrument;

use crate::Deps;
use crate::domain::order::Order;
use crate::error::OrderError;
use crate::store;
use crate::store::checkouts::{self, Request, StoredReply, Wanted};

pub(crate) use resume::{give_up_unpaid, resume_abandoned};

/// What a buyer sends to buy a cart.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    pub(crate) cart: CartId,
    /// The client's Idempotency-Key, unique per cart.
    pub(crate) key: String,
    /// Over the body: the same key with another body is refused.
    pub(crate) fingerprint: String,
    /// The version of the cart that the buyer has seen.
    pub(crate) version: i64,
    /// What the buyer has seen it cost.
    pub(crate) expected_total: Option<Money>,
    pub(crate) request: Request,
}

/// The answer to a checkout, to be sent as it is.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) order: OrderId,
    pub(crate) stored: StoredReply,
    /// Given before.
    pub(crate) replayed: bool,
}

/// Places an order, once per key. A client that hangs up does not stop it half way.
pub(crate) async fn place_order(cx: &Context, deps: &Deps, checkout: Checkout) -> Result<Reply, OrderError> {
    let (cx, deps) = (cx.without_idempotency(), deps.clone());
    let attempt = async move { place(&cx, &deps, checkout).await };
    let attempt = tokio::spawn(souk_trace::carry(attempt.in_current_span()));
    attempt.await.unwrap_or_else(|error| Err(Error::internal(error).into()))
}

async fn place(cx: &Context, deps: &Deps, checkout: Checkout) -> Result<Reply, OrderError> {
    let found = checkouts::cart_and_known(&deps.db, checkout.cart, &checkout.key).await?;
    let Wanted { cart, known, rules } =
        found.filter(|found| found.cart.is_open_to(cx.user())).ok_or(OrderError::NotFound("cart"))?;
    if let Some(known) = known {
        return repeat::answer(cx, deps, &checkout, known).await;
    }
    cart.check_editable(Some(checkout.version))?;
    fail::point("checkout.before_placing").await?;
    let (order, uses) = draft::draft(cx, deps, &cart, rules, &checkout).await?;
    let order = match begin::begin(cx, deps, &cart, order, &uses, &checkout).await? {
        begin::Begun::First(order) => *order,
        begin::Begun::Repeat(known) => return repeat::answer(cx, deps, &checkout, known).await,
    };
    drive(cx, deps, order, &checkout.key, &checkout.request, Timestamp(0)).await
}

/// From `placing` to an answer. A failure on the way leaves the order as it is and lets somebody else go on, from
/// `retry_at`.
async fn drive(
    cx: &Context,
    deps: &Deps,
    order: Order,
    key: &str,
    request: &Request,
    retry_at: Timestamp,
) -> Result<Reply, OrderError> {
    let handed_over = store::orders::hand_over(&order, retry_at);
    let id = order.id;
    let driven = async {
        fail::point("checkout.after_placing").await?;
        let secured = secure::secure(cx, deps, &order, request).await?;
        fail::point("checkout.before_placed").await?;
        let reply = finish::finish(cx, deps, order, key, secured).await?;
        fail::point("checkout.after_placed").await?;
        Ok(reply)
    };
    let driven: Result<Reply, OrderError> = driven.await;
    if let Err(error) = &driven {
        tracing::warn!(order.id = %id, %error, "an attempt to place an order was interrupted");
        // Guarded by version and state: it touches only what this attempt left behind.
        if let Err(error) = deps.db.commit(cx, handed_over).await {
            tracing::warn!(order.id = %id, %error, "the lease runs out by itself");
        }
    }
    driven
}
