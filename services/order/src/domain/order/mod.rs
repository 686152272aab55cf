//! An order: a promise with immutable lines. What may happen to it stands in [`transitions`](self::transitions).

mod fulfillment;
mod refunds;
mod status;
#[cfg(test)]
mod tests;
mod transitions;

use serde::{Deserialize, Serialize};
use souk_contract::Address;
use souk_contract::events::{OrderCanceled, OrderPlaced, OrderRefunded, OrderShipped};
use souk_types::{CartId, Currency, LineId, Money, OrderId, ProductId, Timestamp, UserId, VariantId};

use super::pricing::{Applied, LineQuote, ShippingQuote, TaxLine, Totals};

pub use fulfillment::{Parcel, Shipment, ShipmentLine};
pub use refunds::{RefundLine, RefundPart, RefundRule, RefundedParts, Returned, WantedParts};
pub use status::{CancelReason, FulfillmentStatus, OrderState, PaymentStatus};
pub use transitions::Payment;

/// An order with its lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub id: OrderId,
    /// What people call it.
    pub number: String,
    /// The cart it came from; a guest who knows it may see the order.
    pub cart: CartId,
    pub user: Option<UserId>,
    pub email: String,
    pub locale: String,
    pub currency: Currency,
    pub lines: Vec<OrderLine>,
    pub shipping: ShippingQuote,
    pub shipping_address: Address,
    pub totals: Totals,
    /// What made it cheaper, as it was.
    pub promotions: Vec<Applied>,
    pub tax_lines: Vec<TaxLine>,
    pub state: OrderState,
    pub canceled_reason: Option<CancelReason>,
    pub payment_status: PaymentStatus,
    pub fulfillment_status: FulfillmentStatus,
    /// Where the buyer confirms the payment, while that is awaited.
    pub payment_url: Option<String>,
    /// Minor units given back so far.
    pub refunded: i64,
    /// What the row said when it was read; a save is guarded by it.
    pub version: i64,
    /// Events stated so far: each takes the next number.
    pub events: i64,
    /// Until then the attempt that places it is taken to be alive.
    pub lease_until: Timestamp,
    /// Unless it is placed by then, it is canceled.
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub placed_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// What has happened since it was read.
    pub changes: Vec<Change>,
}

/// A line as it was sold. Only `shipped` ever changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    pub id: LineId,
    pub variant: VariantId,
    pub quantity: u32,
    pub shipped: u32,
    pub sold: SoldAs,
}

/// How a line looked and what it cost when it was sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldAs {
    pub product: ProductId,
    pub sku: String,
    pub title: String,
    pub variant_title: String,
    pub slug: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    pub price: LineQuote,
}

/// One entry of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub at: Timestamp,
    /// Such as `guest`, `system` or `staff:<id>`.
    pub actor: String,
    /// Stable, such as `placed` or `payment.captured`.
    pub what: &'static str,
    pub detail: Option<String>,
}

/// When something happens and who does it.
#[derive(Debug, Clone)]
pub struct Moment {
    pub now: Timestamp,
    pub actor: String,
}

/// What a transition states to the rest of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderEvent {
    Placed(Box<OrderPlaced>),
    Canceled(OrderCanceled),
    Shipped(OrderShipped),
    Refunded(OrderRefunded),
}

/// Which rule of orders a transition breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderRule {
    #[error("the order is still being placed")]
    StillPlacing,
    #[error("a parcel has left already")]
    AlreadyShipped,
    #[error("the order is {state}", state = .0.as_str())]
    WrongState(OrderState),
    #[error("the order has no line {0}")]
    NoSuchLine(LineId),
    #[error("line {line} has {left} left to ship")]
    MoreThanLeft { line: LineId, left: u32 },
    #[error("nothing is left to ship")]
    NothingToShip,
    #[error("the payment is {status}", status = .0.as_str())]
    NotPaid(PaymentStatus),
    #[error("{0} can be given back at most")]
    MoreThanPaid(Money),
}

impl Order {
    fn note(&mut self, moment: &Moment, what: &'static str, detail: Option<String>) {
        self.updated_at = moment.now;
        self.changes.push(Change { at: moment.now, actor: moment.actor.clone(), what, detail });
    }

    /// The number of the next event of this order.
    pub fn next_event(&mut self) -> i64 {
        self.events += 1;
        self.events
    }

    pub fn find_line(&self, id: LineId) -> Option<&OrderLine> {
        self.lines.iter().find(|line| line.id == id)
    }
}
