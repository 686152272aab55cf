//! Starts a cart. Somebody who is signed in has one cart only: lines go into the one that is there.

use souk_rpc::Context;
use souk_types::{CartId, Currency, LineId};

use super::edit_cart::{self, Access, NewLine};
use super::price_cart::PricedCart;
use crate::Deps;
use crate::domain::cart::{Cart, CartError};
use crate::error::OrderError;
use crate::store;

/// The cart, and whether it is a new one.
pub(crate) async fn create_cart(
    cx: &Context,
    deps: &Deps,
    currency: Option<&str>,
    lines: &[NewLine],
) -> Result<(PricedCart, bool), OrderError> {
    let currency = offered_currency(deps, currency)?;
    if let Some(user) = cx.user() {
        // Twice at most: another request of the same user may start the cart in between.
        for _ in 0..2 {
            if let Some(cart) = store::carts::of_user(&deps.db, user).await? {
                let access = Access { cart: cart.id, version: None };
                return Ok((edit_cart::add_lines(cx, deps, access, lines).await?, false));
            }
            match start(cx, deps, currency, lines).await {
                Err(OrderError::Db(error)) if error.is_guard(store::carts::INSERT) => {}
                started => return Ok((started?, true)),
            }
        }
        return Err(OrderError::Contended);
    }
    Ok((start(cx, deps, currency, lines).await?, true))
}

async fn start(
    cx: &Context,
    deps: &Deps,
    currency: Currency,
    lines: &[NewLine],
) -> Result<PricedCart, OrderError> {
    let now = deps.clock.now();
    let mut cart = Cart::new(CartId::secret(&deps.chance), cx.user(), currency, now);
    let offers = edit_cart::offers_with(cx, deps, &cart, lines).await?;
    for line in lines {
        cart.add(LineId::new(&deps.chance, now), line.variant, line.quantity)?;
    }
    // Priced before it is written: a cart whose total does not fit is never made.
    let priced = super::price_cart::price_offered(cx, deps, cart, offers).await?;
    deps.db.commit(cx, store::carts::insert(&priced.cart)).await?;
    Ok(priced)
}

fn offered_currency(deps: &Deps, code: Option<&str>) -> Result<Currency, OrderError> {
    let offered = &deps.config.currencies;
    let refuse = || OrderError::CurrencyNotOffered(code.unwrap_or_default().to_owned());
    match code {
        None => offered.first().copied().ok_or_else(refuse),
        Some(code) => offered.iter().copied().find(|currency| currency.code() == code).ok_or_else(refuse),
    }
}

/// The cart of somebody who is signed in.
pub(crate) async fn my_cart(cx: &Context, deps: &Deps) -> Result<PricedCart, OrderError> {
    let user = cx.require_user()?;
    let cart = store::carts::of_user(&deps.db, user).await?.ok_or(OrderError::NotFound("cart"))?;
    super::price_cart::price_cart(cx, deps, cart).await
}

/// A cart that the caller may see.
pub(crate) async fn get_cart(cx: &Context, deps: &Deps, id: CartId) -> Result<PricedCart, OrderError> {
    let cart = edit_cart::visible(cx, deps, id).await?;
    if cart.state == crate::domain::cart::CartState::Merged {
        return Err(CartError::Spent.into());
    }
    super::price_cart::price_cart(cx, deps, cart).await
}
