//! A cart as its buyer sees it, with every amount explained.

use serde::Serialize;
use souk_contract::Address;
use souk_types::{CartId, Currency, LineId, Money, OrderId, ProductId, Timestamp, VariantId};
use utoipa::ToSchema;

use super::explanation::{StepView, explain};
use crate::domain::cart::CartState;
use crate::domain::pricing::{Applied, Delivery, LineQuote, ShippingQuote, TaxLine, Totals, normalize};
use crate::flows::price_cart::{PricedCart, PricedLine};

/// A cart, priced by what the catalog says now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CartView {
    pub(crate) id: CartId,
    /// Grows with each edit. State it in an edit or a checkout to be told when the cart has moved on.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    pub(crate) state: CartStateView,
    #[schema(value_type = String, example = "EUR")]
    pub(crate) currency: Currency,
    pub(crate) lines: Vec<CartLineView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shipping_address: Option<Address>,
    /// Code of the chosen shipping option.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shipping_method: Option<String>,
    /// What sending it costs, once a way is chosen that is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shipping: Option<ShippingQuote>,
    /// Of the lines that can be sold.
    pub(crate) totals: Totals,
    /// What makes it cheaper, in the order in which it applies.
    pub(crate) promotions: Vec<Applied>,
    /// What the buyer has named.
    pub(crate) codes: Vec<CodeView>,
    /// The tax by rate.
    pub(crate) tax_lines: Vec<TaxLine>,
    /// How the price came about, when `explain=1` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<Vec<StepView>>,
    /// The order that was, or is being, placed from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<OrderId>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A code in a cart, and why it does not apply, if it does not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeView {
    #[schema(example = "SPRING")]
    pub(crate) code: String,
    pub(crate) applied: bool,
    /// Stable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "below_amount")]
    pub(crate) reason: Option<&'static str>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CartStateView {
    Open,
    /// An order is being placed from it.
    Locked,
    /// It became an order.
    Spent,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CartLineView {
    pub(crate) id: LineId,
    pub(crate) variant_id: VariantId,
    #[schema(minimum = 1, maximum = 999)]
    pub(crate) quantity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) product_id: Option<ProductId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sku: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) variant_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    /// Absent when it is not for sale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<LineQuote>,
    /// Why it cannot be bought like this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<LineProblem>,
    /// Units left, when that is fewer than wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub(crate) available: Option<i64>,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineProblem {
    NotForSale,
    NotEnoughStock,
}

/// The ways to send a cart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShippingOptions {
    pub(crate) items: Vec<ShippingOptionView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShippingOptionView {
    /// Choose it as `shipping_method`.
    pub(crate) code: String,
    pub(crate) title: String,
    /// For this cart.
    pub(crate) price: Money,
    /// Free of charge when the goods cost this or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) free_above: Option<Money>,
    /// The buyer comes for it.
    pub(crate) pick_up: bool,
    /// Days that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delivery: Option<Delivery>,
}

impl From<PricedCart> for CartView {
    fn from(priced: PricedCart) -> CartView {
        let codes = codes(&priced);
        let PricedCart { cart, lines, shipping, totals, applied, tax_lines, .. } = priced;
        CartView {
            id: cart.id,
            version: cart.version,
            state: match cart.state {
                CartState::Open => CartStateView::Open,
                CartState::Locked => CartStateView::Locked,
                CartState::Spent | CartState::Merged => CartStateView::Spent,
            },
            currency: cart.currency,
            lines: lines.into_iter().map(Into::into).collect(),
            email: cart.details.email,
            shipping_address: cart.details.shipping_address,
            shipping_method: cart.details.shipping_method,
            shipping,
            totals,
            promotions: applied,
            codes,
            tax_lines,
            explanation: None,
            order_id: cart.order,
            created_at: cart.created_at,
            updated_at: cart.updated_at,
        }
    }
}

impl CartView {
    pub(crate) fn explained(priced: PricedCart) -> CartView {
        let explanation = Some(explain(&priced));
        CartView { explanation, ..CartView::from(priced) }
    }
}

fn codes(priced: &PricedCart) -> Vec<CodeView> {
    let same =
        |known: &Option<String>, code: &str| known.as_deref().is_some_and(|known| normalize(known) == code);
    let view = |code: &String| {
        let why = priced.unapplied.iter().find(|unapplied| same(&unapplied.code, code));
        CodeView {
            code: code.clone(),
            applied: priced.applied.iter().any(|applied| same(&applied.code, code)),
            reason: why.map(|unapplied| unapplied.reason.as_str()),
            detail: why.map(|unapplied| unapplied.reason.to_string()),
        }
    };
    priced.cart.details.codes.iter().map(view).collect()
}

impl From<PricedLine> for CartLineView {
    fn from(priced: PricedLine) -> CartLineView {
        let available = priced.short_of();
        let problem = match (&priced.quote, available) {
            (None, _) => Some(LineProblem::NotForSale),
            (Some(_), Some(_)) => Some(LineProblem::NotEnoughStock),
            (Some(_), None) => None,
        };
        let PricedLine { line, offer, quote } = priced;
        let (id, variant_id, quantity) = (line.id, line.variant, line.quantity);
        let mut view = CartLineView {
            id,
            variant_id,
            quantity,
            product_id: None,
            sku: None,
            title: None,
            variant_title: None,
            slug: None,
            image: None,
            price: quote,
            problem,
            available,
        };
        if let Some(offer) = offer {
            view.product_id = Some(offer.product);
            view.sku = Some(offer.sku);
            view.title = Some(offer.title);
            view.variant_title = Some(offer.variant_title);
            view.slug = Some(offer.slug);
            view.image = offer.image;
        }
        view
    }
}

impl From<&PricedCart> for ShippingOptions {
    fn from(priced: &PricedCart) -> ShippingOptions {
        let items = priced.shipping_options.iter().filter_map(|option| {
            Some(ShippingOptionView {
                code: option.code.clone(),
                title: option.title.clone(),
                price: option.price_for(&priced.contents)?,
                free_above: option.free_above,
                pick_up: option.pick_up,
                delivery: option.delivery,
            })
        });
        ShippingOptions { items: items.collect() }
    }
}
