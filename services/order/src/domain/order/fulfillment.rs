//! Parcels: an order leaves in one or in several.

use serde::{Deserialize, Serialize};
use souk_contract::events::{OrderShipped, ShippedLine};
use souk_types::{LineId, ShipmentId, Timestamp};
use utoipa::ToSchema;

use super::{FulfillmentStatus, Moment, Order, OrderEvent, OrderRule, OrderState, PaymentStatus};

/// Who carries it and how to follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub carrier: String,
    pub tracking_number: Option<String>,
    pub tracking_url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    pub id: ShipmentId,
    pub parcel: Parcel,
    pub lines: Vec<ShipmentLine>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentLine {
    pub line_id: LineId,
    #[schema(minimum = 1, maximum = 999)]
    pub quantity: u32,
}

impl Order {
    /// Sends `lines`, or all that is left when there are none.
    pub fn ship(
        &mut self,
        id: ShipmentId,
        parcel: Parcel,
        lines: &[ShipmentLine],
        moment: &Moment,
    ) -> Result<(Shipment, OrderEvent), OrderRule> {
        self.check_shippable()?;
        let lines = if lines.is_empty() { self.left_to_ship() } else { merged(lines) };
        if lines.is_empty() {
            return Err(OrderRule::NothingToShip);
        }
        for sent in &lines {
            let line = self.find_line(sent.line_id).ok_or(OrderRule::NoSuchLine(sent.line_id))?;
            let left = line.quantity - line.shipped;
            if sent.quantity > left {
                return Err(OrderRule::MoreThanLeft { line: line.id, left });
            }
        }
        for sent in &lines {
            if let Some(line) = self.lines.iter_mut().find(|line| line.id == sent.line_id) {
                line.shipped += sent.quantity;
            }
        }
        let complete = self.left_to_ship().is_empty();
        self.fulfillment_status =
            if complete { FulfillmentStatus::Fulfilled } else { FulfillmentStatus::Partial };
        self.note(moment, "shipped", Some(parcel.carrier.clone()));
        self.complete_if_done(moment);
        let shipment = Shipment { id, parcel, lines, created_at: moment.now };
        let event = OrderEvent::Shipped(self.shipped(&shipment, complete));
        Ok((shipment, event))
    }

    /// Nothing leaves the house before the money is at least set aside.
    fn check_shippable(&self) -> Result<(), OrderRule> {
        match (self.state, self.payment_status) {
            (OrderState::Placing, _) => Err(OrderRule::StillPlacing),
            (OrderState::Completed, _) => Err(OrderRule::NothingToShip),
            (OrderState::Placed, PaymentStatus::Voided | PaymentStatus::Refunded) => {
                Err(OrderRule::NotPaid(self.payment_status))
            }
            (OrderState::Placed, _) => Ok(()),
            (state, _) => Err(OrderRule::WrongState(state)),
        }
    }

    fn left_to_ship(&self) -> Vec<ShipmentLine> {
        let left = self.lines.iter().filter(|line| line.shipped < line.quantity);
        left.map(|line| ShipmentLine { line_id: line.id, quantity: line.quantity - line.shipped }).collect()
    }

    fn shipped(&self, shipment: &Shipment, complete: bool) -> OrderShipped {
        let lines = shipment.lines.iter().filter_map(|sent| {
            let line = self.find_line(sent.line_id)?;
            Some(ShippedLine {
                variant: line.variant,
                sku: line.sold.sku.clone(),
                title: line.sold.title.clone(),
                quantity: sent.quantity,
            })
        });
        OrderShipped {
            order: self.id,
            number: self.number.clone(),
            email: self.email.clone(),
            locale: self.locale.clone(),
            shipment: shipment.id,
            carrier: shipment.parcel.carrier.clone(),
            tracking_number: shipment.parcel.tracking_number.clone(),
            tracking_url: shipment.parcel.tracking_url.clone(),
            lines: lines.collect(),
            complete,
        }
    }
}

/// A line that is named twice is one line.
fn merged(lines: &[ShipmentLine]) -> Vec<ShipmentLine> {
    let mut merged: Vec<ShipmentLine> = Vec::with_capacity(lines.len());
    for line in lines {
        match merged.iter_mut().find(|known| known.line_id == line.line_id) {
            Some(known) => known.quantity = known.quantity.saturating_add(line.quantity),
            None => merged.push(*line),
        }
    }
    merged
}
