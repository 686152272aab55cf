//! What the adapter remembers: which intent is whose, and which call is under way. Without it everything can be found
//! again at Stripe, more slowly.

use souk_db::{Db, DbError, Statement, args};
use souk_rpc::Context;
use souk_types::{PaymentId, Timestamp};

const NOTE: &str = "stripe.note_intent";
const CLAIM: &str = "stripe.claim";
const RELEASE: &str = "stripe.release";

fn cx() -> Context {
    Context::system("stripe")
}

/// Whether a call may be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// Nobody has ever made it.
    First,
    /// Somebody made it, and may have been heard: look before it is made again.
    Again,
    /// It is being made right now.
    UnderWay,
}

/// One caller at a time per reference, also when the one before vanished in the middle: then after `until`.
pub(super) async fn claim(
    db: &Db,
    reference: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Claim, DbError> {
    let claim = Statement::new(
        CLAIM,
        "insert into stripe_calls (reference, leased_until, calls) values ($1, $2, 1)
         on conflict (reference) do update set leased_until = excluded.leased_until, calls = stripe_calls.calls + 1
         where stripe_calls.leased_until <= $3
         returning calls",
        args![reference, until, now],
    )
    .returning();
    let committed = db.commit(&cx(), claim).await?;
    match committed.rows(CLAIM).first() {
        Some(row) if row.get::<i64>(0)? == 1 => Ok(Claim::First),
        Some(_) => Ok(Claim::Again),
        None => Ok(Claim::UnderWay),
    }
}

/// The call was answered.
pub(super) async fn release(db: &Db, reference: &str, now: Timestamp) -> Result<(), DbError> {
    let sql = "update stripe_calls set leased_until = $1 where reference = $2";
    db.commit(&cx(), Statement::new(RELEASE, sql, args![now, reference])).await?;
    Ok(())
}

/// The first intent of a payment stays its intent.
pub(super) async fn note_intent(db: &Db, payment: PaymentId, intent: &str) -> Result<(), DbError> {
    let sql =
        "insert into stripe_intents (payment_id, intent) values ($1, $2) on conflict (payment_id) do nothing";
    db.commit(&cx(), Statement::new(NOTE, sql, args![payment, intent])).await?;
    Ok(())
}

pub(super) async fn intent_of(db: &Db, payment: PaymentId) -> Result<Option<String>, DbError> {
    let sql = "select intent from stripe_intents where payment_id = $1";
    db.read_one(sql, args![payment], |row| row.get(0)).await
}
