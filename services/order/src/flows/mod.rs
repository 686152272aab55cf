//! What happens to carts and orders: one verb per file. A flow reads, lets the domain decide, and commits one batch.

pub(crate) mod cancel_order;
pub(crate) mod claim_cart;
pub(crate) mod create_cart;
pub(crate) mod edit_cart;
pub(crate) mod find_order;
pub(crate) mod find_variants;
pub(crate) mod payment_events;
pub(crate) mod place_order;
pub(crate) mod price_cart;
pub(crate) mod promotions;
pub(crate) mod refund_order;
pub(crate) mod replay_prices;
pub(crate) mod save_promotion;
pub(crate) mod ship_order;

use souk_db::{Batch, Statement, batch, outbox};
use souk_rpc::Context;
use souk_types::{Event, OrderId};

use crate::domain::order::{Moment, Order, OrderEvent, OrderRule, OrderState};
use crate::error::OrderError;
use crate::store;
use crate::{Deps, NAME};

/// How often a flow that lost a race looks again.
const RACES_MAX: u32 = 16;

/// Now, and who acts.
pub(crate) fn moment(cx: &Context, deps: &Deps) -> Moment {
    Moment { now: deps.clock.now(), actor: cx.actor() }
}

/// Reads an order, lets `decide` change it, and commits what it decided; again when somebody else was faster.
/// A decision that changes nothing commits nothing.
pub(crate) async fn change(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    decide: impl Fn(&mut Order) -> Result<(Option<OrderEvent>, Batch), OrderError>,
) -> Result<Order, OrderError> {
    for _ in 0..RACES_MAX {
        let mut order = store::orders::get(&deps.db, id).await?.ok_or(OrderError::NotFound("order"))?;
        let was = order.state;
        let (event, more) = decide(&mut order)?;
        if order.changes.is_empty() {
            return Ok(order);
        }
        let mut batch = saved(cx, deps, &mut order, was, event);
        batch.extend(more);
        match deps.db.commit(cx, batch).await {
            Ok(_) => return Ok(order),
            Err(error) if error.is_guard(store::orders::SAVE) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(OrderError::Contended)
}

/// The batch that saves an order with its timeline, states its event, and gives its cart free or spends it.
pub(crate) fn saved(
    cx: &Context,
    deps: &Deps,
    order: &mut Order,
    was: OrderState,
    event: Option<OrderEvent>,
) -> Batch {
    let emitted = event.map(|event| emit(cx, deps, order, &event));
    let timeline: Vec<Statement> = store::timeline::insert(order, order.version + 1).collect();
    batch![store::orders::save(order), timeline, emitted, of_cart(order, was), of_promotions(order, was)]
}

fn emit(cx: &Context, deps: &Deps, order: &mut Order, event: &OrderEvent) -> Statement {
    fn one<E: Event>(cx: &Context, deps: &Deps, sequence: i64, event: &E) -> Statement {
        outbox::emit(cx, deps.clock.now(), &deps.chance, NAME, sequence, event)
    }
    let sequence = order.next_event();
    match event {
        OrderEvent::Placed(event) => one(cx, deps, sequence, event.as_ref()),
        OrderEvent::Canceled(event) => one(cx, deps, sequence, event),
        OrderEvent::Shipped(event) => one(cx, deps, sequence, event),
        OrderEvent::Refunded(event) => one(cx, deps, sequence, event),
    }
}

/// A cart is spent when its order stands or waits, and opens again when the order came to nothing.
fn of_cart(order: &Order, was: OrderState) -> Option<Statement> {
    let now = order.updated_at;
    match (was, order.state) {
        (OrderState::Placing, OrderState::Placed | OrderState::AwaitingPayment) => {
            Some(store::carts::spend(order.cart, order.id, now))
        }
        (OrderState::Placing | OrderState::AwaitingPayment, OrderState::Canceled) => {
            Some(store::carts::reopen(order.cart, order.id, now))
        }
        _ => None,
    }
}

/// An order that came to nothing used no promotion.
fn of_promotions(order: &Order, was: OrderState) -> Vec<Statement> {
    if was == OrderState::Canceled || order.state != OrderState::Canceled {
        return Vec::new();
    }
    let counted = order.promotions.iter().filter(|applied| applied.counted);
    store::promotions::give_back(order.id, counted.map(|applied| applied.promotion))
}

/// For [`change`]: a transition without further statements.
pub(crate) fn only(
    outcome: Result<Option<OrderEvent>, OrderRule>,
) -> Result<(Option<OrderEvent>, Batch), OrderError> {
    Ok((outcome?, Batch::new()))
}
