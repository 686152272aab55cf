//! What of an order was given back, part by part.

use souk_db::{Batch, Db, DbError, Statement, args};
use souk_types::{OrderId, Timestamp};

use super::carts::json;
use crate::domain::order::{Order, RefundPart, RefundedParts, Returned};

/// The guards: the key is known, or somebody else gave the part back meanwhile.
pub(crate) const INSERT: &str = "order_refunds.insert";
pub(crate) const RETURN: &str = "order_refund_parts.return";

/// Refunds of one order that are shown.
const SHOWN_MAX: i64 = 500;

pub(crate) async fn by_key(db: &Db, order: OrderId, key: &str) -> Result<Option<RefundedParts>, DbError> {
    db.read_one(
        "select details from order_refunds where order_id = $1 and key = $2",
        args![order, key],
        |row| row.json(0),
    )
    .await
}

pub(crate) async fn of_order(db: &Db, order: OrderId) -> Result<Vec<(Timestamp, RefundedParts)>, DbError> {
    db.read(
        "select created_at, details from order_refunds where order_id = $1 order by created_at, key limit $2",
        args![order, SHOWN_MAX],
        |row| Ok((row.get(0)?, row.json(1)?)),
    )
    .await
}

pub(crate) async fn returned(db: &Db, order: OrderId) -> Result<Returned, DbError> {
    let parts = db
        .read(
            "select part, units from order_refund_parts where order_id = $1 and units > 0",
            args![order],
            |row| Ok((row.get::<String>(0)?, row.get::<u32>(1)?)),
        )
        .await?;
    Ok(parts.into_iter().filter_map(|(name, units)| Some((RefundPart::named(&name)?, units))).collect())
}

/// Promises the parts: they are as far as `returned` says, or the guard fails.
pub(crate) fn promise(
    order: &Order,
    key: &str,
    parts: &RefundedParts,
    returned: &Returned,
    now: Timestamp,
) -> Batch {
    let insert = Statement::new(
        INSERT,
        "insert into order_refunds (order_id, key, details, amount, created_at) values ($1, $2, $3, $4, $5)
         on conflict (order_id, key) do nothing",
        args![order.id, key, json(parts), parts.amount.amount, now],
    );
    let each = units(order, parts).into_iter().map(|(part, units, all)| {
        let before = returned.get(&part).copied().unwrap_or(0);
        Statement::new(
            RETURN,
            "insert into order_refund_parts (order_id, part, units, units_max) values ($1, $2, $3, $4)
             on conflict (order_id, part) do update set units = order_refund_parts.units + $3
             where order_refund_parts.units = $5",
            args![order.id, part.name(), units, all, before],
        )
        .expect_rows(1)
    });
    [insert.expect_rows(1)].into_iter().chain(each).collect()
}

/// The payment refused: nothing came back.
pub(crate) fn withdraw(order: &Order, key: &str, parts: &RefundedParts) -> Batch {
    let delete = Statement::new(
        "order_refunds.delete",
        "delete from order_refunds where order_id = $1 and key = $2",
        args![order.id, key],
    );
    // Once: a second withdrawal finds no row, and the batch does nothing.
    let each = units(order, parts).into_iter().map(|(part, units, _)| {
        Statement::new(
            "order_refund_parts.withdraw",
            "update order_refund_parts set units = units - $1 where order_id = $2 and part = $3",
            args![units, order.id, part.name()],
        )
    });
    [delete.expect_rows(1)].into_iter().chain(each).collect()
}

/// Each part with the units that come back, and all it has.
fn units(order: &Order, parts: &RefundedParts) -> Vec<(RefundPart, u32, u32)> {
    let line = |wanted: &crate::domain::order::RefundLine| {
        let all = order.find_line(wanted.line_id).map_or(0, |line| line.quantity);
        (RefundPart::Line(wanted.line_id), wanted.quantity, all)
    };
    let shipping = parts.shipping.then_some((RefundPart::Shipping, 1, 1));
    parts.lines.iter().map(line).chain(shipping).collect()
}
