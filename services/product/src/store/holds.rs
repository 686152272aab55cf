//! What each order has of the stock. The head's version decides races between buyer, sweeper and events.

use souk_db::{Db, DbError, Statement, args};
use souk_types::{OrderId, ShipmentId, Timestamp};

use crate::domain::hold::{Hold, HoldLine, HoldState};
use crate::domain::sourcing::Pick;

/// Its failed guard says that the order has a row already.
pub(crate) const OPEN: &str = "hold.open";
/// Its failed guard says that the parcel was counted before.
pub(crate) const SHIPMENT: &str = "hold.shipment";

pub(crate) async fn get(db: &Db, order: OrderId) -> Result<Option<Hold>, DbError> {
    let mut found: Option<Hold> = None;
    // One read, so that head and lines are of one moment.
    db.read(
        "select head.state, head.expires_at, head.version, line.variant, line.location, line.quantity, line.shipped
         from stock_hold head left join stock_hold_line line on line.order_id = head.order_id
         where head.order_id = $1 order by line.variant, line.location",
        args![order],
        |row| {
            if found.is_none() {
                let (state, expires_at, version) = (row.parse(0)?, row.get(1)?, row.get(2)?);
                found = Some(Hold { order, state, expires_at, version, lines: Vec::new() });
            }
            if let (Some(hold), Some(variant)) = (&mut found, row.get(3)?) {
                let (location, quantity, shipped) = (row.get(4)?, row.get(5)?, row.get(6)?);
                hold.lines.push(HoldLine { variant, location, quantity, shipped });
            }
            Ok(())
        },
    )
    .await?;
    Ok(found)
}

/// The order's first row, with whatever state it begins in.
pub(crate) fn open(order: OrderId, state: HoldState, expires_at: Timestamp) -> Statement {
    Statement::new(
        OPEN,
        "insert into stock_hold (order_id, state, expires_at, version) values ($1, $2, $3, 1)
         on conflict (order_id) do nothing",
        args![order, state.as_str(), expires_at],
    )
    .expect_rows(1)
}

/// From one state to the next, if nobody was faster.
pub(crate) fn advance(hold: &Hold, state: HoldState, expires_at: Timestamp) -> Statement {
    Statement::new(
        "hold.advance",
        "update stock_hold set state = $3, expires_at = $4, version = version + 1
         where order_id = $1 and version = $2",
        args![hold.order, hold.version, state.as_str(), expires_at],
    )
    .expect_rows(1)
}

pub(crate) fn add_line(order: OrderId, pick: Pick) -> Statement {
    Statement::new(
        "hold.add_line",
        "insert into stock_hold_line (order_id, variant, location, quantity, shipped) values ($1, $2, $3, $4, 0)",
        args![order, pick.variant, pick.location, pick.units],
    )
}

/// Before units are taken anew, perhaps elsewhere.
pub(crate) fn clear_lines(order: OrderId) -> Statement {
    Statement::new("hold.clear_lines", "delete from stock_hold_line where order_id = $1", args![order])
}

pub(crate) fn ship_line(order: OrderId, pick: Pick) -> Statement {
    Statement::new(
        "hold.ship_line",
        "update stock_hold_line set shipped = shipped + $4 where order_id = $1 and variant = $2 and location = $3",
        args![order, pick.variant, pick.location, pick.units],
    )
    .expect_rows(1)
}

/// A parcel counts once.
pub(crate) fn add_shipment(shipment: ShipmentId, order: OrderId) -> Statement {
    Statement::new(
        SHIPMENT,
        "insert into stock_shipment (shipment, order_id) values ($1, $2) on conflict (shipment) do nothing",
        args![shipment, order],
    )
    .expect_rows(1)
}

/// Orders whose hold has run out, the longest overdue first.
pub(crate) async fn due(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<OrderId>, DbError> {
    db.read(
        "select order_id from stock_hold where state = 'held' and expires_at <= $1 order by expires_at limit $2",
        args![now, limit],
        |row| row.get(0),
    )
    .await
}
