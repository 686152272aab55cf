//! Parcels that have left.

use souk_db::{Db, DbError, Statement, args};
use souk_types::OrderId;

use super::carts::json;
use crate::domain::order::{Parcel, Shipment};

pub(crate) fn insert(order: OrderId, shipment: &Shipment) -> Statement {
    Statement::new(
        "shipments.insert",
        "insert into shipments (id, order_id, carrier, tracking_number, tracking_url, lines, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        args![
            shipment.id,
            order,
            &shipment.parcel.carrier,
            shipment.parcel.tracking_number.as_deref(),
            shipment.parcel.tracking_url.as_deref(),
            json(&shipment.lines),
            shipment.created_at
        ],
    )
}

pub(crate) async fn of_order(db: &Db, order: OrderId) -> Result<Vec<Shipment>, DbError> {
    db.read(
        "select id, carrier, tracking_number, tracking_url, lines, created_at from shipments
         where order_id = $1 order by id",
        args![order],
        |row| {
            let parcel =
                Parcel { carrier: row.get(1)?, tracking_number: row.get(2)?, tracking_url: row.get(3)? };
            Ok(Shipment { id: row.get(0)?, parcel, lines: row.json(4)?, created_at: row.get(5)? })
        },
    )
    .await
}
