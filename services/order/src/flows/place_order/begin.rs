//! Commit 1: the order as `placing`, its lines, the key, the cart locked. From here on nothing can be lost.

use souk_db::{ConstraintKind, DbError, Statement, batch};
use souk_rpc::Context;

use super::Checkout;
use crate::Deps;
use crate::domain::cart::Cart;
use crate::domain::number;
use crate::domain::order::Order;
use crate::error::OrderError;
use crate::store::checkouts::{self, Known, Wanted};
use crate::store::promotions::Use;
use crate::store::{self, carts, orders, promotions};

/// How often a number that is taken is thrown anew.
const NUMBERS_MAX: u32 = 5;

pub(super) enum Begun {
    First(Box<Order>),
    /// A request with the same key was faster by a hair.
    Repeat(Known),
}

pub(super) async fn begin(
    cx: &Context,
    deps: &Deps,
    cart: &Cart,
    mut order: Order,
    uses: &[Use],
    checkout: &Checkout,
) -> Result<Begun, OrderError> {
    for _ in 0..NUMBERS_MAX {
        let now = order.created_at;
        let Checkout { key, fingerprint, request, .. } = checkout;
        let lines: Vec<Statement> = orders::insert_lines(&order).collect();
        let timeline: Vec<Statement> = store::timeline::insert(&order, order.version).collect();
        let batch = batch![
            checkouts::begin(cart.id, key, fingerprint, order.id, request, now),
            carts::lock(cart, order.id, now),
            promotions::take(uses),
            orders::insert(&order),
            promotions::note(order.id, uses),
            lines,
            timeline,
        ];
        match deps.db.commit(cx, batch).await {
            Ok(_) => {
                order.changes.clear();
                return Ok(Begun::First(Box::new(order)));
            }
            Err(error) if error.is_guard(checkouts::BEGIN) => return known(deps, checkout).await,
            Err(error) if error.is_guard(carts::LOCK) => return Err(why_not_locked(deps, cart).await?),
            Err(error)
                if error.is_guard(promotions::TAKE) || error.is_guard(promotions::TAKE_BY_CUSTOMER) =>
            {
                return Err(OrderError::PromotionUsedUp(titles(&order, uses)));
            }
            Err(error) if is_number_taken(&error) => {
                order.number = number::from_random(deps.chance.bytes());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(OrderError::Contended)
}

/// PostgreSQL gets the whole batch at once, so there the lines of an order that was not inserted may fail first.
fn is_number_taken(error: &DbError) -> bool {
    error.is_guard(orders::INSERT) || error.is_constraint(orders::INSERT_LINE, ConstraintKind::ForeignKey)
}

/// The limited promotions of the order, as its buyer knows them.
fn titles(order: &Order, uses: &[Use]) -> String {
    let taken =
        order.promotions.iter().filter(|applied| uses.iter().any(|u| u.promotion == applied.promotion));
    let names: Vec<&str> =
        taken.map(|applied| applied.code.as_deref().unwrap_or(applied.title.as_str())).collect();
    names.join(", ")
}

async fn known(deps: &Deps, checkout: &Checkout) -> Result<Begun, OrderError> {
    let found = checkouts::cart_and_known(&deps.db, checkout.cart, &checkout.key).await?;
    match found {
        Some(Wanted { known: Some(known), .. }) => Ok(Begun::Repeat(known)),
        _ => Err(OrderError::Contended),
    }
}

/// The cart has moved on between the read and the commit.
async fn why_not_locked(deps: &Deps, cart: &Cart) -> Result<OrderError, OrderError> {
    let now = carts::get(&deps.db, cart.id).await?.ok_or(OrderError::NotFound("cart"))?;
    Ok(now.check_editable(Some(cart.version)).err().map_or(OrderError::Contended, Into::into))
}
