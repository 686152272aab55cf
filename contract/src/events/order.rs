//! What happens to orders. Events carry what a mail needs, so that nobody has to ask back.

use serde::{Deserialize, Serialize};
use souk_types::{Money, OrderId, RefundId, ShipmentId, Timestamp, UserId, VariantId};

use super::event;
use crate::Address;

/// The shop has promised the goods: stock is held and money is authorized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    pub order: OrderId,
    /// What people call it.
    pub number: String,
    pub user: Option<UserId>,
    pub email: String,
    pub locale: String,
    pub placed_at: Timestamp,
    pub lines: Vec<OrderedLine>,
    pub totals: OrderTotals,
    pub shipping_address: Address,
    pub shipping_method: String,
}
event!(OrderPlaced = "order.placed" of order);

/// A line as it was sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedLine {
    pub variant: VariantId,
    pub sku: String,
    pub title: String,
    pub variant_title: String,
    pub quantity: u32,
    pub unit_price: Money,
    /// Quantity × unit price, adjustments included.
    pub total: Money,
}

/// `total = subtotal − discount + shipping + tax + rounding`; `tax` is zero where prices include it, see `tax_included`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTotals {
    pub subtotal: Money,
    pub discount: Money,
    pub shipping: Money,
    /// Added on top of the prices.
    pub tax: Money,
    /// Contained in the prices; for information.
    pub tax_included: Money,
    /// To the smallest coin, where the shop rounds to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Money>,
    pub total: Money,
}

/// Stock and money go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCanceled {
    pub order: OrderId,
    pub number: String,
    pub email: String,
    pub locale: String,
    /// Stable: `customer`, `staff`, `payment_declined`, `payment_expired`, `sold_out`.
    pub reason: String,
    /// Whether the buyer had been told that the order stands, or was accepted while its payment is looked into; only then
    /// a mail is due.
    pub was_placed: bool,
    pub total: Money,
}
event!(OrderCanceled = "order.canceled" of order);

/// A parcel has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderShipped {
    pub order: OrderId,
    pub number: String,
    pub email: String,
    pub locale: String,
    pub shipment: ShipmentId,
    pub carrier: String,
    pub tracking_number: Option<String>,
    pub tracking_url: Option<String>,
    pub lines: Vec<ShippedLine>,
    /// Whether nothing is left to send.
    pub complete: bool,
}
event!(OrderShipped = "order.shipped" of order);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedLine {
    pub variant: VariantId,
    pub sku: String,
    pub title: String,
    pub quantity: u32,
}

/// Money is on its way back to the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRefunded {
    pub order: OrderId,
    pub number: String,
    pub email: String,
    pub locale: String,
    pub refund: RefundId,
    pub amount: Money,
    pub reason: String,
}
event!(OrderRefunded = "order.refunded" of order);
