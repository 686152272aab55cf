//! Payments: row ↔ domain.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::{Currency, Money, OrderId, PaymentId, Timestamp};
use uuid::Uuid;

use crate::domain::{Payment, State};

pub const BEGIN: &str = "payment.begin";
pub const SAVE: &str = "payment.save";
const PROMISE_REFUND: &str = "payment.promise_refund";

/// The columns of a payment, in the order in which [`payment`] reads them.
macro_rules! columns {
    () => {
        "id, order_id, attempt, number, provider, currency, amount, state, authorized, captured, refunded, refunding,
         reason, buyer_url, capturing, unwanted, due_at, looks, events, version, created_at, updated_at"
    };
}

/// Writes a new payment down before the provider is asked. It fails when the attempt exists already and when
/// the order was canceled.
pub fn begin(payment: &Payment) -> Statement {
    Statement::new(
        BEGIN,
        "insert into payments (id, order_id, attempt, number, provider, currency, amount, state, due_at, version,
            created_at, updated_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11
         where not exists (select 1 from unwanted_orders where order_id = $2)
         on conflict (order_id, attempt) do nothing",
        args![
            payment.id,
            payment.order,
            payment.attempt,
            &payment.number,
            &payment.provider,
            payment.amount.currency,
            payment.amount.amount,
            payment.state.as_str(),
            payment.due_at,
            payment.version,
            payment.created_at,
        ],
    )
    .expect_rows(1)
}

/// Saves what changes, guarded by the version that was read. A cancel that came meanwhile leaves its mark here.
pub fn save(payment: &Payment, now: Timestamp) -> Statement {
    Statement::new(
        SAVE,
        "update payments set state = $1, authorized = $2, captured = $3, refunded = $4, refunding = $5, reason = $6,
            buyer_url = $7, capturing = $8, looks = $10, events = $11, updated_at = $12,
            due_at = case when $1 = 'authorized' and exists (
                select 1 from unwanted_orders where unwanted_orders.order_id = payments.order_id)
                then coalesce($9, $12) else $9 end,
            unwanted = $13 or ($1 = 'authorized' and exists (
                select 1 from unwanted_orders where unwanted_orders.order_id = payments.order_id)),
            version = version + 1
         where id = $14 and version = $15
         returning unwanted",
        args![
            payment.state.as_str(),
            payment.authorized,
            payment.captured,
            payment.refunded,
            payment.refunding,
            payment.reason.as_deref(),
            payment.buyer_url.as_deref(),
            payment.capturing,
            payment.due_at,
            payment.looks,
            payment.events,
            now,
            payment.unwanted,
            payment.id,
            payment.version,
        ],
    )
    .expect_rows(1)
    .returning()
}

/// Sets an amount aside to be refunded, if so much is left. Any number of them may run at once.
pub fn promise_refund(id: PaymentId, amount: i64, due_at: Timestamp, now: Timestamp) -> Statement {
    Statement::new(
        PROMISE_REFUND,
        "update payments set refunding = refunding + $1, due_at = $2, updated_at = $3, version = version + 1
         where id = $4 and captured - refunded - refunding >= $1",
        args![amount, due_at, now, id],
    )
    .expect_rows(1)
}

/// The order wants no money any more: whatever its payments hold, or will hold, is to be given back.
pub fn unwant_all(order: OrderId, due_at: Timestamp, now: Timestamp) -> Statement {
    Statement::new(
        "payment.unwant_all",
        "update payments set unwanted = true, due_at = $1, updated_at = $2, version = version + 1
         where order_id = $3 and not unwanted and state not in ('declined', 'voided', 'refunded')",
        args![due_at, now, order],
    )
}

/// This payment is one too many.
pub fn unwant(payment: &Payment, due_at: Timestamp, now: Timestamp) -> Statement {
    Statement::new(
        "payment.unwant",
        "update payments set unwanted = true, due_at = $1, updated_at = $2, version = version + 1
         where id = $3 and version = $4",
        args![due_at, now, payment.id, payment.version],
    )
    .expect_rows(1)
}

/// Takes a due payment for a while, so that two workers do not ask the provider at once.
pub fn lease(id: PaymentId, due_at: Timestamp, until: Timestamp) -> Statement {
    Statement::new(
        "payment.lease",
        "update payments set due_at = $1 where id = $2 and due_at = $3",
        args![until, id, due_at],
    )
    .expect_rows(1)
}

pub async fn get(db: &Db, id: PaymentId) -> Result<Option<Payment>, DbError> {
    db.read_one(concat!("select ", columns!(), " from payments where id = $1"), args![id], payment).await
}

pub async fn by_attempt(db: &Db, order: OrderId, attempt: u32) -> Result<Option<Payment>, DbError> {
    db.read_one(
        concat!("select ", columns!(), " from payments where order_id = $1 and attempt = $2"),
        args![order, attempt],
        payment,
    )
    .await
}

/// All attempts of an order, the latest first.
pub async fn of_order(db: &Db, order: OrderId) -> Result<Vec<Payment>, DbError> {
    db.read(
        concat!("select ", columns!(), " from payments where order_id = $1 order by attempt desc"),
        args![order],
        payment,
    )
    .await
}

pub async fn by_ids(db: &Db, ids: Vec<PaymentId>) -> Result<Vec<Payment>, DbError> {
    db.read(concat!("select ", columns!(), " from payments where id = any($1)"), args![ids], payment).await
}

/// Newest first; `after` is the last id of the page before.
pub async fn page(
    db: &Db,
    order: Option<OrderId>,
    after: Option<PaymentId>,
    limit: u32,
) -> Result<Vec<Payment>, DbError> {
    let after = after.unwrap_or(PaymentId(Uuid::max()));
    match order {
        None => {
            let sql =
                concat!("select ", columns!(), " from payments where id < $1 order by id desc limit $2");
            db.read(sql, args![after, limit], payment).await
        }
        Some(order) => {
            let sql = concat!(
                "select ",
                columns!(),
                " from payments where order_id = $1 and id < $2 order by id desc limit $3"
            );
            db.read(sql, args![order, after, limit], payment).await
        }
    }
}

/// Payments that somebody has to look at, the longest overdue first.
pub async fn due(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<(PaymentId, Timestamp)>, DbError> {
    db.read(
        "select id, due_at from payments where due_at is not null and due_at <= $1 order by due_at limit $2",
        args![now, limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
    .await
}

/// Payments of a provider that changed from `since` to `until`, in that order; `after` tells those of one moment apart.
pub async fn changed(
    db: &Db,
    provider: &str,
    since: (Timestamp, PaymentId),
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Payment>, DbError> {
    db.read(
        concat!(
            "select ",
            columns!(),
            " from payments where provider = $1 and (updated_at, id) > ($2, $3) and updated_at < $4
              order by updated_at, id limit $5"
        ),
        args![provider, since.0, since.1, until, limit],
        payment,
    )
    .await
}

fn payment(row: &Row) -> Result<Payment, DbError> {
    let currency: Currency = row.get(5)?;
    Ok(Payment {
        id: row.get(0)?,
        order: row.get(1)?,
        attempt: row.get(2)?,
        number: row.get(3)?,
        provider: row.get(4)?,
        amount: Money::new(row.get(6)?, currency),
        state: row.parse::<State>(7)?,
        authorized: row.get(8)?,
        captured: row.get(9)?,
        refunded: row.get(10)?,
        refunding: row.get(11)?,
        reason: row.get(12)?,
        buyer_url: row.get(13)?,
        capturing: row.get(14)?,
        unwanted: row.get(15)?,
        due_at: row.get(16)?,
        looks: row.get(17)?,
        events: row.get(18)?,
        version: row.get(19)?,
        created_at: row.get(20)?,
        updated_at: row.get(21)?,
    })
}
