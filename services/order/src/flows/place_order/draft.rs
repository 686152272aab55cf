//! Turns a cart into an order that could be placed, or says what is missing. Prices come from authority, never from
//! the client.

use souk_contract::Address;
use souk_contract::user::{Customer, GetCustomer};
use souk_rpc::{Context, FieldError};
use souk_types::{LineId, OrderId};

use super::Checkout;
use crate::Deps;
use crate::domain::cart::Cart;
use crate::domain::number;
use crate::domain::order::{Change, FulfillmentStatus, Order, OrderLine, OrderState, PaymentStatus, SoldAs};
use crate::domain::pricing::ShippingQuote;
use crate::error::OrderError;
use crate::flows::price_cart::{PricedCart, PricedLine, price_cart_by};
use crate::flows::promotions::{customer_key, uses_of};
use crate::store::promotions::Use;

pub(super) async fn draft(
    cx: &Context,
    deps: &Deps,
    cart: &Cart,
    rules: i64,
    checkout: &Checkout,
) -> Result<(Order, Vec<Use>), OrderError> {
    let customer = customer(cx, deps, cart).await?;
    let promotions = deps.promotions.at(deps, rules).await?;
    let priced = price_cart_by(cx, deps, &promotions, cart.clone()).await?;
    check_lines(&priced)?;
    let email = cart.details.email.clone().or_else(|| customer.as_ref().map(|c| c.email.clone()));
    let ready = complete(&priced, email)?;
    if let Some(expected) = checkout.expected_total.filter(|expected| *expected != priced.totals.total) {
        tracing::info!(cart.id = %cart.id, %expected, "the total has changed since the buyer saw it");
        return Err(OrderError::TotalChanged(priced.totals.total));
    }
    let locale = customer.map_or_else(|| deps.config.locale.clone(), |customer| customer.locale);
    let totals = priced.totals;
    let buyer = customer_key(cx.user().or(cart.user), Some(&ready.email)).unwrap_or_default();
    let uses = uses_of(&promotions, &cart.details.codes, &priced.applied, &buyer);
    let (applied, tax_lines) = (priced.applied, priced.tax_lines);
    let lines = priced.lines.into_iter().filter_map(|line| sold(deps, line)).collect();
    let now = deps.clock.now();
    let order = Order {
        id: OrderId::new(&deps.chance, now),
        number: number::from_random(deps.chance.bytes()),
        cart: cart.id,
        user: cx.user().or(cart.user),
        email: ready.email,
        locale,
        currency: cart.currency,
        lines,
        shipping: ready.shipping,
        shipping_address: ready.shipping_address,
        totals,
        promotions: applied,
        tax_lines,
        state: OrderState::Placing,
        canceled_reason: None,
        payment_status: PaymentStatus::None,
        fulfillment_status: FulfillmentStatus::Unfulfilled,
        payment_url: None,
        refunded: 0,
        version: 1,
        events: 0,
        lease_until: now.plus(deps.config.lease()),
        expires_at: now.plus(deps.config.payment_window()),
        created_at: now,
        placed_at: None,
        updated_at: now,
        changes: vec![Change { at: now, actor: cx.actor(), what: "placing", detail: None }],
    };
    Ok((order, uses))
}

/// Who is buying, when they are signed in. That nobody can say so now stops only who has left no address.
async fn customer(cx: &Context, deps: &Deps, cart: &Cart) -> Result<Option<Customer>, OrderError> {
    let Some(user) = cx.user() else { return Ok(None) };
    match deps.user.customer(cx, GetCustomer { user }).await {
        Ok(customer) => Ok(Some(customer)),
        Err(error) if cart.details.email.is_some() => {
            tracing::warn!(user.id = %user, %error, "customer unknown for now, the cart's address is used");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Every line must be for sale, and there in the quantity wanted: an order that cannot be held is not begun.
fn check_lines(priced: &PricedCart) -> Result<(), OrderError> {
    let mut unavailable = Vec::new();
    let mut short = Vec::new();
    for (at, line) in priced.lines.iter().enumerate() {
        if line.quote.is_none() {
            unavailable.push(missing(&format!("lines[{at}]"), "for_sale", "is not for sale now"));
        } else if let Some(left) = line.short_of() {
            let detail = format!("{} wanted, {left} left", line.line.quantity);
            short.push(missing(&format!("lines[{at}].quantity"), "available", &detail));
        }
    }
    if !unavailable.is_empty() {
        return Err(OrderError::LinesUnavailable(unavailable));
    }
    if short.is_empty() { Ok(()) } else { Err(OrderError::SoldOut(short)) }
}

/// What a complete cart has beyond its lines.
struct Ready {
    email: String,
    shipping_address: Address,
    shipping: ShippingQuote,
}

fn complete(priced: &PricedCart, email: Option<String>) -> Result<Ready, OrderError> {
    let details = &priced.cart.details;
    let address = details.shipping_address.clone();
    let lines = !priced.cart.lines.is_empty();
    if let (true, Some(email), Some(shipping_address), Some(shipping)) =
        (lines, &email, &address, &priced.shipping)
    {
        let (email, shipping) = (email.clone(), shipping.clone());
        return Ok(Ready { email, shipping_address: shipping_address.clone(), shipping });
    }
    let mut errors = Vec::new();
    if !lines {
        errors.push(missing("lines", "required", "the cart is empty"));
    }
    if email.is_none() {
        errors.push(missing("email", "required", "where does the confirmation go?"));
    }
    if address.is_none() {
        errors.push(missing("shipping_address", "required", "where does the parcel go?"));
    }
    match (&details.shipping_method, &priced.shipping) {
        (None, _) => {
            errors.push(missing("shipping_method", "required", "choose one of the shipping options"))
        }
        (Some(_), None) => {
            errors.push(missing(
                "shipping_method",
                "offered",
                "is not offered for this address and currency",
            ));
        }
        (Some(_), Some(_)) => {}
    }
    Err(OrderError::CartIncomplete(errors))
}

fn sold(deps: &Deps, priced: PricedLine) -> Option<OrderLine> {
    let PricedLine { line, offer, quote } = priced;
    let (offer, price) = (offer?, quote?);
    Some(OrderLine {
        id: LineId::new(&deps.chance, deps.clock.now()),
        variant: line.variant,
        quantity: line.quantity,
        shipped: 0,
        sold: SoldAs {
            product: offer.product,
            sku: offer.sku,
            title: offer.title,
            variant_title: offer.variant_title,
            slug: offer.slug,
            image: offer.image,
            price,
        },
    })
}

fn missing(field: &str, rule: &str, detail: &str) -> FieldError {
    FieldError { field: field.to_owned(), rule: rule.to_owned(), detail: detail.to_owned() }
}
