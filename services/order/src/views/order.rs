//! An order as its buyer and the staff see it.

use serde::Serialize;
use souk_contract::Address;
use souk_types::{Currency, LineId, Money, OrderId, ProductId, ShipmentId, Timestamp, UserId, VariantId};
use utoipa::ToSchema;

use crate::domain::order::{
    CancelReason, FulfillmentStatus, Order, OrderLine, OrderState, PaymentStatus, Shipment, ShipmentLine,
};
use crate::domain::pricing::{LineQuote, ShippingQuote, Totals};
use crate::flows::find_order::OrderFile;
use crate::store::orders::Summary;
use crate::store::timeline::Entry;

/// An order: what was promised, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    pub id: OrderId,
    /// What people call it.
    #[schema(example = "7K2M9QX4TB")]
    pub number: String,
    pub state: OrderState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canceled_reason: Option<CancelReason>,
    pub payment_status: PaymentStatus,
    pub fulfillment_status: FulfillmentStatus,
    pub email: String,
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
    pub lines: Vec<OrderLineView>,
    pub shipping: ShippingQuote,
    pub shipping_address: Address,
    pub totals: Totals,
    /// Given back so far.
    pub refunded: Money,
    /// What the buyer has to do for the order to be placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_action: Option<NextAction>,
    /// Unless it is paid by then, it is canceled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OrderLineView {
    pub id: LineId,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub sku: String,
    pub title: String,
    pub variant_title: String,
    pub slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    pub quantity: u32,
    /// Of these have left.
    pub shipped: u32,
    pub price: LineQuote,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NextAction {
    /// Always `redirect` so far.
    #[serde(rename = "type")]
    #[schema(example = "redirect")]
    pub kind: &'static str,
    /// Where the buyer confirms the payment.
    pub url: String,
}

/// An order with its parcels and all that has happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderDetail {
    #[serde(flatten)]
    pub order: OrderView,
    pub shipments: Vec<ShipmentView>,
    pub timeline: Vec<TimelineEntry>,
    /// For staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ShipmentView {
    pub id: ShipmentId,
    pub carrier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    pub lines: Vec<ShipmentLine>,
    pub shipped_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    pub at: Timestamp,
    /// Such as `guest`, `system` or `staff`; staff see which one.
    pub actor: String,
    #[schema(example = "placed")]
    pub what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A page of orders, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderList {
    pub items: Vec<OrderSummary>,
    /// Hand it back as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OrderSummary {
    pub id: OrderId,
    pub number: String,
    pub email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    pub state: OrderState,
    pub payment_status: PaymentStatus,
    pub fulfillment_status: FulfillmentStatus,
    /// Over all lines.
    pub units: u32,
    pub total: Money,
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Timestamp>,
}

impl OrderView {
    pub fn of(order: &Order) -> OrderView {
        let next_action = order.payment_url.clone().map(|url| NextAction { kind: "redirect", url });
        let waits = order.state == OrderState::AwaitingPayment;
        OrderView {
            id: order.id,
            number: order.number.clone(),
            state: order.state,
            canceled_reason: order.canceled_reason,
            payment_status: order.payment_status,
            fulfillment_status: order.fulfillment_status,
            email: order.email.clone(),
            currency: order.currency,
            lines: order.lines.iter().map(OrderLineView::of).collect(),
            shipping: order.shipping.clone(),
            shipping_address: order.shipping_address.clone(),
            totals: order.totals,
            refunded: Money::new(order.refunded, order.currency),
            next_action,
            payment_expires_at: waits.then_some(order.expires_at),
            created_at: order.created_at,
            placed_at: order.placed_at,
        }
    }
}

impl OrderLineView {
    fn of(line: &OrderLine) -> OrderLineView {
        let sold = line.sold.clone();
        OrderLineView {
            id: line.id,
            variant_id: line.variant,
            product_id: sold.product,
            sku: sold.sku,
            title: sold.title,
            variant_title: sold.variant_title,
            slug: sold.slug,
            image: sold.image,
            quantity: line.quantity,
            shipped: line.shipped,
            price: sold.price,
        }
    }
}

impl OrderDetail {
    /// As its buyer sees it: that staff did something, but not who.
    pub fn for_buyer(file: &OrderFile) -> OrderDetail {
        OrderDetail::of(file, |actor| actor.split(':').next().unwrap_or_default().to_owned(), None)
    }

    pub fn for_staff(file: &OrderFile) -> OrderDetail {
        OrderDetail::of(file, str::to_owned, file.order.user)
    }

    fn of(file: &OrderFile, actor: impl Fn(&str) -> String, user_id: Option<UserId>) -> OrderDetail {
        let entry = |entry: &Entry| TimelineEntry {
            at: entry.at,
            actor: actor(&entry.actor),
            what: entry.what.clone(),
            detail: entry.detail.clone(),
        };
        OrderDetail {
            order: OrderView::of(&file.order),
            shipments: file.shipments.iter().map(ShipmentView::of).collect(),
            timeline: file.timeline.iter().map(entry).collect(),
            user_id,
        }
    }
}

impl ShipmentView {
    fn of(shipment: &Shipment) -> ShipmentView {
        ShipmentView {
            id: shipment.id,
            carrier: shipment.parcel.carrier.clone(),
            tracking_number: shipment.parcel.tracking_number.clone(),
            tracking_url: shipment.parcel.tracking_url.clone(),
            lines: shipment.lines.clone(),
            shipped_at: shipment.created_at,
        }
    }
}

impl From<Summary> for OrderSummary {
    fn from(summary: Summary) -> OrderSummary {
        OrderSummary {
            id: summary.id,
            number: summary.number,
            email: summary.email,
            user_id: summary.user,
            state: summary.state,
            payment_status: summary.payment_status,
            fulfillment_status: summary.fulfillment_status,
            units: summary.units,
            total: summary.total,
            created_at: summary.created_at,
            placed_at: summary.placed_at,
        }
    }
}
