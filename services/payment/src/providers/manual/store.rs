//! The record of money that people take in.

use souk_db::{Db, DbError, Row, Statement, args, batch};
use souk_rpc::Context;
use souk_types::{Currency, Money, PaymentId, Timestamp};
use uuid::Uuid;

use super::super::{AuthorizeRequest, ListPage, Operation, RefundRequest};
use super::ManualState;

const MOVE_ON: &str = "manual.move_on";

macro_rules! columns {
    () => {
        "payment_id, currency, amount, state, refunded, updated_at"
    };
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) payment: PaymentId,
    pub(super) amount: Money,
    pub(super) state: ManualState,
    pub(super) refunded: i64,
    pub(super) updated_at: Timestamp,
}

fn cx() -> Context {
    Context::system("manual")
}

/// Once per payment.
pub(super) async fn insert(db: &Db, request: &AuthorizeRequest, now: Timestamp) -> Result<(), DbError> {
    let insert = Statement::new(
        "manual.insert",
        "insert into manual_payments (payment_id, method, currency, amount, state, created_at, updated_at)
         values ($1, $2, $3, $4, 'awaiting', $5, $5) on conflict (payment_id) do nothing",
        args![request.payment, &request.token, request.amount.currency, request.amount.amount, now],
    );
    db.commit(&cx(), insert).await.map(drop)
}

/// From `awaiting` to where it ends; false when it is not awaited, or another amount is.
pub(super) async fn move_on(
    db: &Db,
    request: &Operation,
    to: ManualState,
    now: Timestamp,
) -> Result<bool, DbError> {
    let update = Statement::new(
        MOVE_ON,
        "update manual_payments set state = $1, updated_at = $2
         where payment_id = $3 and state = 'awaiting' and amount = $4 and currency = $5",
        args![to.as_str(), now, request.payment, request.amount.amount, request.amount.currency],
    );
    Ok(db.commit(&cx(), update).await?.affected(MOVE_ON) == 1)
}

/// Once per reference, and never more than there is; false when it would be more.
pub(super) async fn refund(db: &Db, request: &RefundRequest, now: Timestamp) -> Result<bool, DbError> {
    let amount = request.amount.amount;
    let both = batch![
        Statement::new(
            "manual.refund",
            "update manual_payments set refunded = refunded + $1, updated_at = $2
             where payment_id = $3 and currency = $4 and state = 'received' and amount - refunded >= $1
                and not exists (select 1 from manual_refunds where refund_id = $5)",
            args![amount, now, request.payment, request.amount.currency, request.refund],
        )
        .expect_rows(1),
        Statement::new(
            "manual.refund_row",
            "insert into manual_refunds (refund_id, payment_id, amount, created_at) values ($1, $2, $3, $4)
             on conflict (refund_id) do nothing",
            args![request.refund, request.payment, amount, now],
        )
        .expect_rows(1),
    ];
    match db.commit(&cx(), both).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_lost_race() => {
            let known =
                "select 1 from manual_refunds where refund_id = $1 and payment_id = $2 and amount = $3";
            let args = args![request.refund, request.payment, amount];
            Ok(db.read_one(known, args, |row| row.get::<i64>(0)).await?.is_some())
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn get(db: &Db, payment: PaymentId) -> Result<Option<Record>, DbError> {
    let sql = concat!("select ", columns!(), " from manual_payments where payment_id = $1");
    db.read_one(sql, args![payment], record).await
}

pub(super) async fn list(db: &Db, page: &ListPage) -> Result<Vec<Record>, DbError> {
    let after = page.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(PaymentId(Uuid::nil()));
    db.read(
        concat!(
            "select ",
            columns!(),
            " from manual_payments where (updated_at, payment_id) > ($1, $2) order by updated_at, payment_id limit $3"
        ),
        args![page.since, after, page.limit],
        record,
    )
    .await
}

fn record(row: &Row) -> Result<Record, DbError> {
    let currency: Currency = row.get(1)?;
    Ok(Record {
        payment: row.get(0)?,
        amount: Money::new(row.get(2)?, currency),
        state: row.parse::<ManualState>(3)?,
        refunded: row.get(4)?,
        updated_at: row.get(5)?,
    })
}
