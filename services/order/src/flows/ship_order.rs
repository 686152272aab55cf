//! A parcel leaves, with all of an order or a part of it.

use souk_db::{Batch, ConstraintKind, DbError};
use souk_rpc::Context;
use souk_types::{OrderId, ShipmentId};

use super::{change, moment};
use crate::Deps;
use crate::domain::order::{Order, OrderRule, Parcel, ShipmentLine};
use crate::error::OrderError;
use crate::store;

pub(crate) async fn ship_order(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    parcel: Parcel,
    lines: &[ShipmentLine],
) -> Result<Order, OrderError> {
    let shipped = change(cx, deps, id, |order| {
        let moment = moment(cx, deps);
        let shipment_id = ShipmentId::new(&deps.chance, moment.now);
        let (shipment, event) = order.ship(shipment_id, parcel.clone(), lines, &moment)?;
        let mut batch: Batch = shipment.lines.iter().map(|sent| store::orders::ship(order, sent)).collect();
        batch.push(store::shipments::insert(order.id, &shipment));
        Ok((Some(event), batch))
    });
    match shipped.await {
        Err(OrderError::Db(error)) if refused_by_schema(&error) => Err(OrderRule::NothingToShip.into()),
        shipped => shipped,
    }
}

/// The last line of defense: no more leaves than was sold, whatever the code believes.
fn refused_by_schema(error: &DbError) -> bool {
    error.is_constraint(store::orders::SHIP, ConstraintKind::Check)
}
