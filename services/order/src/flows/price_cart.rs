//! Prices a cart by what the catalog says now.

use std::collections::HashMap;

use souk_contract::product::{GetOffers, Offer};
use souk_rpc::Context;
use souk_types::{Currency, VariantId};

use crate::Deps;
use crate::config::OrderConfig;
use crate::domain::cart::{Cart, CartLine};
use crate::domain::pricing::{self, ChosenShipping, Input, LineInput, LineQuote, ShippingQuote, Totals};
use crate::error::OrderError;

pub(crate) type OffersByVariant = HashMap<VariantId, Offer>;

/// A cart as it can be bought now.
#[derive(Debug, Clone)]
pub(crate) struct PricedCart {
    pub(crate) cart: Cart,
    /// In the order of the cart's lines.
    pub(crate) lines: Vec<PricedLine>,
    pub(crate) shipping: Option<ShippingQuote>,
    /// Of the lines that can be sold.
    pub(crate) totals: Totals,
    /// The ways to send it, with what they cost this cart.
    pub(crate) shipping_options: Vec<ChosenShipping>,
}

#[derive(Debug, Clone)]
pub(crate) struct PricedLine {
    pub(crate) line: CartLine,
    /// `None`: there is no such variant any more.
    pub(crate) offer: Option<Offer>,
    /// `None`: it is not for sale.
    pub(crate) quote: Option<LineQuote>,
}

impl PricedLine {
    /// How many can be sold, if that is fewer than the line has.
    pub(crate) fn short_of(&self) -> Option<i64> {
        let offer = self.offer.as_ref()?;
        let enough = offer.backorder || offer.available >= i64::from(self.line.quantity);
        (!enough).then_some(offer.available.max(0))
    }
}

/// What the catalog says about variants, from authority.
pub(crate) async fn offers(
    cx: &Context,
    deps: &Deps,
    currency: Currency,
    variants: Vec<VariantId>,
) -> Result<OffersByVariant, OrderError> {
    if variants.is_empty() {
        return Ok(OffersByVariant::new());
    }
    let offers = deps
        .product
        .offers(&cx.without_idempotency(), GetOffers { variants, skus: Vec::new(), currency })
        .await?;
    Ok(offers.offers.into_iter().map(|offer| (offer.variant, offer)).collect())
}

/// Whether it can be sold at all.
pub(crate) fn for_sale(offer: &Offer) -> bool {
    offer.published && offer.unit_price.is_some()
}

/// Reads the catalog and prices the cart.
pub(crate) async fn price_cart(cx: &Context, deps: &Deps, cart: Cart) -> Result<PricedCart, OrderError> {
    let variants = cart.lines.iter().map(|line| line.variant).collect();
    let offers = offers(cx, deps, cart.currency, variants).await?;
    price(&deps.config, cart, offers)
}

/// Prices the lines that can be sold; the others stand there without a price.
pub(crate) fn price(
    config: &OrderConfig,
    cart: Cart,
    mut offers: OffersByVariant,
) -> Result<PricedCart, OrderError> {
    let mut lines: Vec<PricedLine> = Vec::with_capacity(cart.lines.len());
    let mut inputs = Vec::with_capacity(cart.lines.len());
    let mut priced_at = Vec::with_capacity(cart.lines.len());
    for (at, line) in cart.lines.iter().enumerate() {
        let offer = offers.remove(&line.variant);
        if let Some(offer) = offer.as_ref().filter(|offer| for_sale(offer))
            && let Some(unit_price) = offer.unit_price
        {
            let tax_category = offer.tax_category.clone();
            inputs.push(LineInput { unit_price, quantity: line.quantity, tax_category });
            priced_at.push(at);
        }
        lines.push(PricedLine { line: *line, offer, quote: None });
    }
    let country = cart.details.shipping_address.as_ref().map_or(config.country.as_str(), |to| &to.country);
    let shipping_options: Vec<ChosenShipping> =
        config.shipping.iter().filter_map(|option| option.offered(country, cart.currency)).collect();
    let chosen = cart.details.shipping_method.as_deref();
    let quote = pricing::quote(&Input {
        currency: cart.currency,
        lines: &inputs,
        country,
        shipping: shipping_options.iter().find(|option| Some(option.code.as_str()) == chosen).cloned(),
        promotions: &[],
        taxes: &config.tax,
    })?;
    for (at, line_quote) in priced_at.into_iter().zip(quote.lines) {
        lines[at].quote = Some(line_quote);
    }
    Ok(PricedCart { cart, lines, shipping: quote.shipping, totals: quote.totals, shipping_options })
}
