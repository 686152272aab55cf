//! Prices a cart by what the catalog and the shop's rules say now.

use std::collections::HashMap;

use souk_contract::product::{GetOffers, Offer};
use souk_rpc::Context;
use souk_types::{Currency, Money, Timestamp, UserId, VariantId};

use crate::Deps;
use crate::config::OrderConfig;
use crate::domain::cart::{Cart, CartLine};
use crate::domain::pricing::{
    self, Applied, ChosenShipping, Contents, Destination, Input, LineInput, LineQuote, PromotionSet, Quote,
    ShippingQuote, ShippingRates, Sold, TaxLine, TaxProvider, Totals, Unapplied, UsesLeft,
};
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
    pub(crate) applied: Vec<Applied>,
    pub(crate) unapplied: Vec<Unapplied>,
    pub(crate) tax_lines: Vec<TaxLine>,
    /// The buyer pays no tax.
    pub(crate) exempt: bool,
    /// The ways to send it to where it goes.
    pub(crate) shipping_options: Vec<ChosenShipping>,
    /// What they depend on.
    pub(crate) contents: Contents,
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

/// What a price depends on beside the cart and the catalog.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) config: &'a OrderConfig,
    pub(crate) promotions: &'a PromotionSet,
    pub(crate) used_up: &'a UsesLeft,
    pub(crate) buyer: Option<UserId>,
    pub(crate) now: Timestamp,
}

/// What the catalog says about variants, from authority. Groups are asked for only where a promotion looks at them.
pub(crate) async fn offers(
    cx: &Context,
    deps: &Deps,
    currency: Currency,
    variants: Vec<VariantId>,
    groups: bool,
) -> Result<OffersByVariant, OrderError> {
    if variants.is_empty() {
        return Ok(OffersByVariant::new());
    }
    let offers = deps
        .product
        .offers(&cx.without_idempotency(), GetOffers { variants, skus: Vec::new(), currency, groups })
        .await?;
    Ok(offers.offers.into_iter().map(|offer| (offer.variant, offer)).collect())
}

/// Whether it can be sold at all.
pub(crate) fn for_sale(offer: &Offer) -> bool {
    offer.published && offer.unit_price.is_some()
}

/// Reads the catalog and prices the cart.
pub(crate) async fn price_cart(cx: &Context, deps: &Deps, cart: Cart) -> Result<PricedCart, OrderError> {
    let promotions = deps.promotions.get(deps).await?;
    price_cart_by(cx, deps, &promotions, cart).await
}

/// The same by promotions that the caller names.
pub(crate) async fn price_cart_by(
    cx: &Context,
    deps: &Deps,
    promotions: &PromotionSet,
    cart: Cart,
) -> Result<PricedCart, OrderError> {
    let variants = cart.lines.iter().map(|line| line.variant).collect();
    let offers = offers(cx, deps, cart.currency, variants, promotions.looks_at_groups()).await?;
    price_by(cx, deps, promotions, cart, offers).await
}

/// Prices a cart by offers that were read already.
pub(crate) async fn price_offered(
    cx: &Context,
    deps: &Deps,
    cart: Cart,
    offers: OffersByVariant,
) -> Result<PricedCart, OrderError> {
    let promotions = deps.promotions.get(deps).await?;
    price_by(cx, deps, &promotions, cart, offers).await
}

async fn price_by(
    cx: &Context,
    deps: &Deps,
    promotions: &PromotionSet,
    cart: Cart,
    offers: OffersByVariant,
) -> Result<PricedCart, OrderError> {
    let buyer = cx.user().or(cart.user);
    let used_up = super::promotions::used_up(deps, promotions, &cart, buyer).await?;
    let rules = Rules { config: &deps.config, promotions, used_up: &used_up, buyer, now: deps.clock.now() };
    price(&rules, cart, offers)
}

/// Prices the lines that can be sold; the others stand there without a price.
pub(crate) fn price(
    rules: &Rules<'_>,
    cart: Cart,
    mut offers: OffersByVariant,
) -> Result<PricedCart, OrderError> {
    let mut lines: Vec<PricedLine> = Vec::with_capacity(cart.lines.len());
    let mut inputs = Vec::with_capacity(cart.lines.len());
    let mut priced_at = Vec::with_capacity(cart.lines.len());
    for (at, line) in cart.lines.iter().enumerate() {
        let offer = offers.remove(&line.variant);
        if let Some(input) = offer.as_ref().and_then(|offer| line_input(line, offer)) {
            inputs.push(input);
            priced_at.push(at);
        }
        lines.push(PricedLine { line: *line, offer, quote: None });
    }
    let config = rules.config;
    let address = cart.details.shipping_address.as_ref();
    let to = address.map_or_else(|| Destination::country(&config.country), Destination::of);
    let shipping_options = config.shipping.offered(&to, cart.currency);
    let chosen = cart.details.shipping_method.as_deref();
    let exempt = config.tax.is_exempt(rules.buyer);
    let quote = pricing::quote(&Input {
        currency: cart.currency,
        lines: &inputs,
        to,
        shipping: shipping_options.iter().find(|option| Some(option.code.as_str()) == chosen).cloned(),
        promotions: rules.promotions,
        codes: &cart.details.codes,
        buyer: rules.buyer,
        used_up: rules.used_up,
        now: rules.now,
        taxes: &config.tax,
        exempt,
        cash_unit: config.cash_units.get(cart.currency.code()).copied(),
    })?;
    let Quote { lines: quotes, shipping, totals, applied, unapplied, tax_lines } = quote;
    for (at, line_quote) in priced_at.into_iter().zip(quotes) {
        lines[at].quote = Some(line_quote);
    }
    let goods = Money::new(totals.subtotal.amount - totals.discount.amount, cart.currency);
    let contents = Contents::of(goods, &inputs);
    Ok(PricedCart {
        cart,
        lines,
        shipping,
        totals,
        applied,
        unapplied,
        tax_lines,
        exempt,
        shipping_options,
        contents,
    })
}

fn line_input(line: &CartLine, offer: &Offer) -> Option<LineInput> {
    let unit_price = offer.unit_price.filter(|_| for_sale(offer))?;
    Some(LineInput {
        unit_price,
        quantity: line.quantity,
        tax_category: offer.tax_category.clone(),
        weight_grams: offer.weight_grams,
        sold: Sold {
            product: Some(offer.product),
            variant: Some(offer.variant),
            categories: offer.categories.clone(),
            collections: offer.collections.clone(),
        },
    })
}
