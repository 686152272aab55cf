//! An order as its buyer and the staff see it.

use serde::Serialize;
use souk_contract::Address;
use souk_types::{Currency, LineId, Money, OrderId, ProductId, ShipmentId, Timestamp, UserId, VariantId};
use utoipa::ToSchema;

use crate::domain::order::{
    CancelReason, FulfillmentStatus, Order, OrderLine, OrderState, PaymentStatus, RefundedParts, Shipment,
    ShipmentLine,
};
use crate::domain::pricing::{Applied, LineQuote, ShippingQuote, TaxLine, Totals};
use crate::flows::find_order::OrderFile;
use crate::store::orders::Summary;
use crate::store::timeline::Entry;

/// An order: what was promised, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    pub(crate) id: OrderId,
    /// What people call it.
    #[schema(example = "7K2M9QX4TB")]
    pub(crate) number: String,
    pub(crate) state: OrderState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) canceled_reason: Option<CancelReason>,
    pub(crate) payment_status: PaymentStatus,
    pub(crate) fulfillment_status: FulfillmentStatus,
    pub(crate) email: String,
    #[schema(value_type = String, example = "EUR")]
    pub(crate) currency: Currency,
    pub(crate) lines: Vec<OrderLineView>,
    pub(crate) shipping: ShippingQuote,
    pub(crate) shipping_address: Address,
    pub(crate) totals: Totals,
    /// What made it cheaper, as it was when it was bought.
    pub(crate) promotions: Vec<Applied>,
    /// The tax by rate, as an invoice shows it.
    pub(crate) tax_lines: Vec<TaxLine>,
    /// Given back so far.
    pub(crate) refunded: Money,
    /// What the buyer has to do for the order to be placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_action: Option<NextAction>,
    /// Unless it is paid by then, it is canceled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment_expires_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) placed_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderLineView {
    pub(crate) id: LineId,
    pub(crate) variant_id: VariantId,
    pub(crate) product_id: ProductId,
    pub(crate) sku: String,
    pub(crate) title: String,
    pub(crate) variant_title: String,
    pub(crate) slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    pub(crate) quantity: u32,
    /// Of these have left.
    pub(crate) shipped: u32,
    pub(crate) price: LineQuote,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextAction {
    /// Always `redirect` so far.
    #[serde(rename = "type")]
    #[schema(example = "redirect")]
    pub(crate) kind: &'static str,
    /// Where the buyer confirms the payment.
    pub(crate) url: String,
}

/// An order with its parcels and all that has happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderDetail {
    #[serde(flatten)]
    pub(crate) order: OrderView,
    pub(crate) shipments: Vec<ShipmentView>,
    pub(crate) timeline: Vec<TimelineEntry>,
    /// Parts of it that were given back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) refunds: Vec<OrderRefundView>,
    /// For staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<UserId>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShipmentView {
    pub(crate) id: ShipmentId,
    pub(crate) carrier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tracking_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tracking_url: Option<String>,
    pub(crate) lines: Vec<ShipmentLine>,
    pub(crate) shipped_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    pub(crate) at: Timestamp,
    /// Such as `guest`, `system` or `staff`; staff see which one.
    pub(crate) actor: String,
    #[schema(example = "placed")]
    pub(crate) what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderRefundView {
    pub(crate) at: Timestamp,
    #[serde(flatten)]
    pub(crate) parts: RefundedParts,
}

/// A page of orders, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderList {
    pub(crate) items: Vec<OrderSummary>,
    /// Hand it back as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderSummary {
    pub(crate) id: OrderId,
    pub(crate) number: String,
    pub(crate) email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<UserId>,
    pub(crate) state: OrderState,
    pub(crate) payment_status: PaymentStatus,
    pub(crate) fulfillment_status: FulfillmentStatus,
    /// Over all lines.
    pub(crate) units: u32,
    pub(crate) total: Money,
    pub(crate) created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) placed_at: Option<Timestamp>,
}

impl OrderView {
    pub(crate) fn of(order: &Order) -> OrderView {
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
            promotions: order.promotions.clone(),
            tax_lines: order.tax_lines.clone(),
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
    pub(crate) fn for_buyer(file: &OrderFile) -> OrderDetail {
        OrderDetail::of(file, |actor| actor.split(':').next().unwrap_or_default().to_owned(), None)
    }

    pub(crate) fn for_staff(file: &OrderFile) -> OrderDetail {
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
            refunds: file
                .refunds
                .iter()
                .map(|(at, parts)| OrderRefundView { at: *at, parts: parts.clone() })
                .collect(),
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
