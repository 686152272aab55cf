//! The ledger: appended to and read, never changed; triggers refuse anything else.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::{Currency, Money, PaymentId, PostingId, Timestamp};
use uuid::Uuid;

use crate::domain::ledger::Posting;

/// A leg as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLeg {
    pub posting: PostingId,
    pub template: String,
    pub source: Uuid,
    pub payment: PaymentId,
    pub debit: String,
    pub credit: String,
    pub amount: Money,
    pub posted_at: Timestamp,
}

/// What an account has come to, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountBalance {
    pub account: String,
    pub currency: Currency,
    pub debits: i64,
    pub credits: i64,
}

/// A payment whose amounts are not what the ledger says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    pub payment: PaymentId,
    pub captured: i64,
    pub refunded: i64,
    pub captured_by_ledger: i64,
    pub refunded_by_ledger: i64,
}

/// Writes a posting down, once per template and source.
pub fn post(id: PostingId, posting: &Posting, now: Timestamp) -> Vec<Statement> {
    let numbered = (1_u32..).zip(&posting.legs);
    numbered
        .map(|(number, leg)| {
            Statement::new(
                "ledger.post",
                "insert into ledger (posting_id, leg, template, source_id, payment_id, debit, credit, currency,
                    amount, posted_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                args![
                    id,
                    number,
                    posting.template.as_str(),
                    posting.source,
                    posting.payment,
                    leg.debit.to_string(),
                    leg.credit.to_string(),
                    leg.amount.currency,
                    leg.amount.amount,
                    now,
                ],
            )
        })
        .collect()
}

pub async fn balances(db: &Db) -> Result<Vec<AccountBalance>, DbError> {
    db.read(
        "select account, currency, cast(sum(debit) as bigint), cast(sum(credit) as bigint) from (
            select debit as account, currency, amount as debit, 0 as credit from ledger
            union all
            select credit as account, currency, 0 as debit, amount as credit from ledger) as sides
         group by account, currency order by account, currency",
        args![],
        |row| {
            Ok(AccountBalance {
                account: row.get(0)?,
                currency: row.get(1)?,
                debits: row.get(2)?,
                credits: row.get(3)?,
            })
        },
    )
    .await
}

/// Postings before `before`, newest first.
pub async fn page(
    db: &Db,
    payment: Option<PaymentId>,
    before: Option<PostingId>,
    limit: u32,
) -> Result<Vec<PostingId>, DbError> {
    let before = before.unwrap_or(PostingId(Uuid::max()));
    match payment {
        None => {
            let sql = "select posting_id from ledger where posting_id < $1 and leg = 1
                 order by posting_id desc limit $2";
            db.read(sql, args![before, limit], |row| row.get(0)).await
        }
        Some(payment) => {
            let sql = "select posting_id from ledger where payment_id = $1 and posting_id < $2 and leg = 1
                 order by posting_id desc limit $3";
            db.read(sql, args![payment, before, limit], |row| row.get(0)).await
        }
    }
}

/// All legs of these postings, newest posting first.
pub async fn of_postings(db: &Db, postings: Vec<PostingId>) -> Result<Vec<LedgerLeg>, DbError> {
    db.read(
        "select posting_id, template, source_id, payment_id, debit, credit, currency, amount, posted_at
         from ledger where posting_id = any($1) order by posting_id desc, leg",
        args![postings],
        leg,
    )
    .await
}

/// Legs after one leg and before a posting, in the order of posting, each with its number.
pub async fn stretch(
    db: &Db,
    after: (PostingId, i64),
    before: PostingId,
    limit: u32,
) -> Result<Vec<(i64, LedgerLeg)>, DbError> {
    db.read(
        "select posting_id, template, source_id, payment_id, debit, credit, currency, amount, posted_at, leg
         from ledger where (posting_id, leg) > ($1, $2) and posting_id < $3 order by posting_id, leg limit $4",
        args![after.0, after.1, before, limit],
        |row| Ok((row.get(9)?, leg(row)?)),
    )
    .await
}

/// Payments that say something else than the ledger. There should be none.
pub async fn disagreements(db: &Db, limit: u32) -> Result<Vec<Disagreement>, DbError> {
    db.read(
        "select id, captured, refunded, captures, refunds from (
            select payments.id, payments.captured, payments.refunded,
                cast(coalesce((select sum(amount) from ledger
                    where payment_id = payments.id and template = 'capture'), 0) as bigint) as captures,
                cast(coalesce((select sum(amount) from ledger
                    where payment_id = payments.id and template = 'refund'), 0) as bigint) as refunds
            from payments) as both_sides
         where captured <> captures or refunded <> refunds limit $1",
        args![limit],
        |row| {
            Ok(Disagreement {
                payment: row.get(0)?,
                captured: row.get(1)?,
                refunded: row.get(2)?,
                captured_by_ledger: row.get(3)?,
                refunded_by_ledger: row.get(4)?,
            })
        },
    )
    .await
}

fn leg(row: &Row) -> Result<LedgerLeg, DbError> {
    let currency: Currency = row.get(6)?;
    Ok(LedgerLeg {
        posting: row.get(0)?,
        template: row.get(1)?,
        source: row.get(2)?,
        payment: row.get(3)?,
        debit: row.get(4)?,
        credit: row.get(5)?,
        amount: Money::new(row.get(7)?, currency),
        posted_at: row.get(8)?,
    })
}
