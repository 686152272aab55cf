//! Changes a cart. An edit that states the version it has seen is refused when the cart has moved on; one that
//! states none is applied to the newest cart, however many others edit it at the same moment.

use std::time::Duration;

use souk_rpc::Context;
use souk_types::{CartId, LineId, VariantId};

use super::price_cart::{OffersByVariant, PricedCart, for_sale, offers, price_cart, price_offered};
use crate::Deps;
use crate::domain::cart::{Cart, CartError, Details};
use crate::error::{OrderError, not_for_sale};
use crate::store;

/// Of as many edits at once each is applied: one of them wins in each round.
const ROUNDS_MAX: u32 = 64;

/// Which cart, and which version of it the buyer has seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    pub(crate) cart: CartId,
    pub(crate) version: Option<i64>,
}

/// A line to be added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewLine {
    /// Where it stands in a list of lines, if it came in one.
    pub(crate) position: Option<usize>,
    pub(crate) variant: VariantId,
    pub(crate) quantity: u32,
}

pub(crate) async fn add_lines(
    cx: &Context,
    deps: &Deps,
    access: Access,
    lines: &[NewLine],
) -> Result<PricedCart, OrderError> {
    let seen = visible(cx, deps, access.cart).await?;
    seen.check_editable(access.version)?;
    let offers = offers_with(cx, deps, &seen, lines).await?;
    let now = deps.clock.now();
    let edited = edit(cx, deps, access, |cart| {
        for line in lines {
            cart.add(LineId::new(&deps.chance, now), line.variant, line.quantity)?;
        }
        Ok(())
    })
    .await?;
    // Another edit may have brought in a variant that was not asked for yet.
    let asked =
        |variant| seen.lines.iter().any(|line| line.variant == variant) || offers.contains_key(&variant);
    if edited.lines.iter().all(|line| asked(line.variant)) {
        return price_offered(cx, deps, edited, offers).await;
    }
    price_cart(cx, deps, edited).await
}

pub(crate) async fn set_quantity(
    cx: &Context,
    deps: &Deps,
    access: Access,
    line: LineId,
    quantity: u32,
) -> Result<PricedCart, OrderError> {
    let edited = edit(cx, deps, access, |cart| cart.set_quantity(line, quantity)).await?;
    price_cart(cx, deps, edited).await
}

pub(crate) async fn remove_line(
    cx: &Context,
    deps: &Deps,
    access: Access,
    line: LineId,
) -> Result<PricedCart, OrderError> {
    let edited = edit(cx, deps, access, |cart| cart.remove(line)).await?;
    price_cart(cx, deps, edited).await
}

/// The buyer names a code. One that no promotion has is refused: it was mistyped.
pub(crate) async fn add_code(
    cx: &Context,
    deps: &Deps,
    access: Access,
    code: &str,
) -> Result<PricedCart, OrderError> {
    // Whose cart it is not learns nothing of codes either.
    visible(cx, deps, access.cart).await?;
    if deps.promotions.get(deps).await?.by_code(code).is_none() {
        return Err(OrderError::UnknownCode);
    }
    let edited = edit(cx, deps, access, |cart| cart.add_code(code)).await?;
    price_cart(cx, deps, edited).await
}

pub(crate) async fn remove_code(
    cx: &Context,
    deps: &Deps,
    access: Access,
    code: &str,
) -> Result<PricedCart, OrderError> {
    let edited = edit(cx, deps, access, |cart| cart.remove_code(code)).await?;
    price_cart(cx, deps, edited).await
}

pub(crate) async fn set_details(
    cx: &Context,
    deps: &Deps,
    access: Access,
    details: Details,
) -> Result<PricedCart, OrderError> {
    let edited = edit(cx, deps, access, |cart| {
        cart.set_details(details.clone());
        Ok(())
    })
    .await?;
    price_cart(cx, deps, edited).await
}

/// A cart that the caller may use. A foreign one looks like one that does not exist.
pub(crate) async fn visible(cx: &Context, deps: &Deps, id: CartId) -> Result<Cart, OrderError> {
    let cart = store::carts::get(&deps.db, id).await?;
    cart.filter(|cart| cart.is_open_to(cx.user())).ok_or(OrderError::NotFound("cart"))
}

/// What the catalog says about the cart's lines and the new ones; each of these must be for sale.
pub(crate) async fn offers_with(
    cx: &Context,
    deps: &Deps,
    cart: &Cart,
    lines: &[NewLine],
) -> Result<OffersByVariant, OrderError> {
    let known = cart.lines.iter().map(|line| line.variant);
    let mut variants: Vec<VariantId> = known.chain(lines.iter().map(|line| line.variant)).collect();
    variants.sort_unstable();
    variants.dedup();
    let groups = deps.promotions.get(deps).await?.looks_at_groups();
    let offers = offers(cx, deps, cart.currency, variants, groups).await?;
    let refused = lines.iter().filter(|line| !offers.get(&line.variant).is_some_and(for_sale));
    let errors: Vec<_> = refused.map(|line| not_for_sale(line.position, "variant_id")).collect();
    if errors.is_empty() { Ok(offers) } else { Err(OrderError::NotForSale(errors)) }
}

async fn edit(
    cx: &Context,
    deps: &Deps,
    access: Access,
    apply: impl Fn(&mut Cart) -> Result<(), CartError>,
) -> Result<Cart, OrderError> {
    for round in 0..ROUNDS_MAX {
        let mut cart = visible(cx, deps, access.cart).await?;
        cart.check_editable(access.version)?;
        apply(&mut cart)?;
        let now = deps.clock.now();
        match deps.db.commit(cx, store::carts::save(&cart, now)).await {
            Ok(_) => {
                cart.version += 1;
                cart.updated_at = now;
                return Ok(cart);
            }
            Err(error) if error.is_lost_race() => out_of_step(deps, round).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(OrderError::Contended)
}

/// Those who lose again and again come back at different moments.
async fn out_of_step(deps: &Deps, round: u32) {
    if round >= 3 {
        let [chance] = deps.chance.bytes::<1>();
        tokio::time::sleep(Duration::from_millis(u64::from(chance % 16))).await;
    }
}
