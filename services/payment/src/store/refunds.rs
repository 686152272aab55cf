//! Refunds: row ↔ domain.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::{Currency, Money, OrderId, PaymentId, Timestamp};

use crate::domain::{Refund, RefundState};

pub const INSERT: &str = "refund.insert";

macro_rules! columns {
    () => {
        "id, payment_id, order_id, key, currency, amount, reason, state, refusal, created_at, settled_at"
    };
}

/// Fails when the order has a refund by this key.
pub fn insert(refund: &Refund) -> Statement {
    Statement::new(
        INSERT,
        "insert into refunds (id, payment_id, order_id, key, currency, amount, reason, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (order_id, key) do nothing",
        args![
            refund.id,
            refund.payment,
            refund.order,
            &refund.key,
            refund.amount.currency,
            refund.amount.amount,
            &refund.reason,
            refund.state.as_str(),
            refund.created_at,
        ],
    )
    .expect_rows(1)
}

/// The provider has answered. Only a pending refund can be ended.
pub fn end(refund: &Refund, state: RefundState, refusal: Option<&str>, now: Timestamp) -> Statement {
    Statement::new(
        "refund.end",
        "update refunds set state = $1, refusal = $2, settled_at = $3 where id = $4 and state = 'pending'",
        args![state.as_str(), refusal, now, refund.id],
    )
    .expect_rows(1)
}

pub async fn by_key(db: &Db, order: OrderId, key: &str) -> Result<Option<Refund>, DbError> {
    let sql = concat!("select ", columns!(), " from refunds where order_id = $1 and key = $2");
    db.read_one(sql, args![order, key], refund).await
}

pub async fn of_payment(db: &Db, payment: PaymentId) -> Result<Vec<Refund>, DbError> {
    let sql = concat!("select ", columns!(), " from refunds where payment_id = $1 order by id");
    db.read(sql, args![payment], refund).await
}

pub async fn of_payments(db: &Db, payments: Vec<PaymentId>) -> Result<Vec<Refund>, DbError> {
    let sql = concat!("select ", columns!(), " from refunds where payment_id = any($1) order by id");
    db.read(sql, args![payments], refund).await
}

fn refund(row: &Row) -> Result<Refund, DbError> {
    let currency: Currency = row.get(4)?;
    Ok(Refund {
        id: row.get(0)?,
        payment: row.get(1)?,
        order: row.get(2)?,
        key: row.get(3)?,
        amount: Money::new(row.get(5)?, currency),
        reason: row.get(6)?,
        state: row.parse(7)?,
        refusal: row.get(8)?,
        created_at: row.get(9)?,
        settled_at: row.get::<Option<Timestamp>>(10)?,
    })
}
