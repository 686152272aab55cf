//! The sandbox's own SQL, on its own database.

use souk_db::{Committed, ConstraintKind, Db, DbError, Row, Statement, args, batch};
use souk_rpc::Context;
use souk_types::{Currency, Money, Timestamp};
use uuid::Uuid;

use super::super::{ListPage, Operation, RefundRequest};
use super::record::Record;

macro_rules! columns {
    () => {
        "reference, token, currency, amount, state, authorized, captured, voided, refunded, decline_reason, challenge,
         return_url, operation, created_at, updated_at"
    };
}

const INSERT: &str = "sandbox.insert";
const CAPTURE: &str = "sandbox.capture";
const VOID: &str = "sandbox.void";
const REFUND: &str = "sandbox.refund";
const REFUND_ROW: &str = "sandbox.refund_row";
const DECIDE: &str = "sandbox.decide";

fn cx() -> Context {
    Context::system("sandbox")
}

/// Records a payment; false when there is one by this reference.
pub(super) async fn insert(db: &Db, record: &Record) -> Result<bool, DbError> {
    let insert = Statement::new(
        INSERT,
        "insert into sandbox_payments (reference, token, currency, amount, state, authorized, decline_reason,
            challenge, return_url, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) on conflict (reference) do nothing",
        args![
            &record.reference,
            &record.token,
            record.amount.currency,
            record.amount.amount,
            record.state.as_str(),
            record.authorized,
            record.decline_reason.as_deref(),
            record.challenge,
            record.return_url.as_deref(),
            record.created_at,
        ],
    );
    Ok(db.commit(&cx(), insert).await?.affected(INSERT) == 1)
}

/// Captures in full; `None` when it cannot be, for whatever reason.
pub(super) async fn capture(
    db: &Db,
    operation: &Operation,
    now: Timestamp,
) -> Result<Option<Record>, DbError> {
    let capture = Statement::new(
        CAPTURE,
        concat!(
            "update sandbox_payments set state = 'captured', captured = authorized, operation = $1, updated_at = $2
             where reference = $3 and state = 'authorized' and currency = $4 and authorized = $5
                and (token <> 'tok_capture_fails_once' or capture_failures > 0)
             returning ",
            columns!()
        ),
        args![
            &operation.reference,
            now,
            operation.payment.to_string(),
            operation.amount.currency,
            operation.amount.amount
        ],
    );
    first(&db.commit(&cx(), capture.returning()).await?, CAPTURE)
}

pub(super) async fn note_capture_failure(db: &Db, reference: &str, now: Timestamp) -> Result<(), DbError> {
    let note = Statement::new(
        "sandbox.capture_failure",
        "update sandbox_payments set capture_failures = capture_failures + 1, updated_at = $1 where reference = $2",
        args![now, reference],
    );
    db.commit(&cx(), note).await.map(|_| ())
}

pub(super) async fn void(db: &Db, operation: &Operation, now: Timestamp) -> Result<Option<Record>, DbError> {
    let void = Statement::new(
        VOID,
        concat!(
            "update sandbox_payments set state = 'voided', voided = authorized, operation = $1, updated_at = $2
             where reference = $3 and state in ('authorized', 'needs_buyer') returning ",
            columns!()
        ),
        args![&operation.reference, now, operation.payment.to_string()],
    );
    first(&db.commit(&cx(), void.returning()).await?, VOID)
}

pub(super) enum Refunding {
    Done(Box<Record>),
    DoneBefore,
    Refused(&'static str),
}

pub(super) async fn refund(db: &Db, request: &RefundRequest, now: Timestamp) -> Result<Refunding, DbError> {
    let (reference, payment) = (request.refund.to_string(), request.payment.to_string());
    let row = Statement::new(
        REFUND_ROW,
        "insert into sandbox_refunds (reference, payment, amount, created_at) values ($1, $2, $3, $4)
         on conflict (reference) do nothing",
        args![&reference, &payment, request.amount.amount, now],
    );
    let amount = Statement::new(
        REFUND,
        concat!(
            "update sandbox_payments set refunded = refunded + $1, updated_at = $2
             where reference = $3 and currency = $4 and refunded + $1 <= captured returning ",
            columns!()
        ),
        args![request.amount.amount, now, &payment, request.amount.currency],
    );
    let batch = batch![row.expect_rows(1), amount.expect_rows(1).returning()];
    match db.commit(&cx(), batch).await {
        Ok(committed) => Ok(match first(&committed, REFUND)? {
            Some(record) => Refunding::Done(Box::new(record)),
            None => Refunding::DoneBefore,
        }),
        Err(error) if error.is_guard(REFUND_ROW) => {
            let sql = "select amount from sandbox_refunds where reference = $1 and payment = $2";
            let known: Option<i64> = db.read_one(sql, args![reference, payment], |row| row.get(0)).await?;
            let same = known == Some(request.amount.amount);
            Ok(if same {
                Refunding::DoneBefore
            } else {
                Refunding::Refused("the reference was used for another refund")
            })
        }
        Err(error) if error.is_guard(REFUND) => Ok(Refunding::Refused("more than was captured")),
        Err(error) if error.is_constraint(REFUND_ROW, ConstraintKind::ForeignKey) => {
            Ok(Refunding::Refused("no such payment"))
        }
        Err(error) => Err(error),
    }
}

/// The buyer's word; false when it was decided before.
pub(super) async fn decide(db: &Db, challenge: Uuid, approve: bool, now: Timestamp) -> Result<bool, DbError> {
    let (state, reason) = if approve { ("authorized", None) } else { ("declined", Some("buyer_declined")) };
    let decide = Statement::new(
        DECIDE,
        "update sandbox_payments set state = $1, decline_reason = $2, updated_at = $3,
            authorized = case when $1 = 'authorized' then amount else 0 end
         where challenge = $4 and state = 'needs_buyer'",
        args![state, reason, now, challenge],
    );
    Ok(db.commit(&cx(), decide).await?.affected(DECIDE) == 1)
}

pub(super) async fn get(db: &Db, reference: &str) -> Result<Option<Record>, DbError> {
    let sql = concat!("select ", columns!(), " from sandbox_payments where reference = $1");
    db.read_one(sql, args![reference], record).await
}

pub(super) async fn by_challenge(db: &Db, challenge: Uuid) -> Result<Option<Record>, DbError> {
    let sql = concat!("select ", columns!(), " from sandbox_payments where challenge = $1");
    db.read_one(sql, args![challenge], record).await
}

pub(super) async fn list(db: &Db, page: &ListPage) -> Result<Vec<Record>, DbError> {
    let sql = concat!(
        "select ",
        columns!(),
        " from sandbox_payments where (updated_at, reference) > ($1, $2) order by updated_at, reference limit $3"
    );
    db.read(sql, args![page.since, page.after.as_deref().unwrap_or(""), page.limit], record).await
}

fn first(committed: &Committed, name: &str) -> Result<Option<Record>, DbError> {
    committed.rows(name).first().map(record).transpose()
}

fn record(row: &Row) -> Result<Record, DbError> {
    let currency: Currency = row.get(2)?;
    Ok(Record {
        reference: row.get(0)?,
        token: row.get(1)?,
        amount: Money::new(row.get(3)?, currency),
        state: row.parse(4)?,
        authorized: row.get(5)?,
        captured: row.get(6)?,
        voided: row.get(7)?,
        refunded: row.get(8)?,
        decline_reason: row.get(9)?,
        challenge: row.get(10)?,
        return_url: row.get(11)?,
        operation: row.get(12)?,
        created_at: row.get(13)?,
        updated_at: row.get(14)?,
    })
}
