//! What the payment service and the sandbox write: intent, authorization, capture, ledger
//! (services/payment/src/store and src/providers/sandbox/store.rs).

use anyhow::{Result, bail};
use rusqlite::Connection;
use souk_db::{Batch, Statement, Value, batch};

use super::events::{done, emit};
use super::rows::{Index, Line, as_text, index};

pub(super) struct PaymentFiles {
    payments: Index,
    ledger: Index,
    outbox: Index,
    inbox: Index,
    sandbox: Index,
}

pub(super) struct PaymentStory {
    pub(super) id: Value,
    pub(super) begin: Batch,
    pub(super) sandbox_authorize: Batch,
    pub(super) authorized: Batch,
    pub(super) sandbox_capture: Batch,
    pub(super) captured: Batch,
    pub(super) inbox: Line,
    pub(super) captured_event: Line,
}

impl PaymentFiles {
    pub(super) fn read(payment: &Connection, sandbox: &Connection) -> Result<PaymentFiles> {
        Ok(PaymentFiles {
            payments: index(payment, "payments", "order_id")?,
            ledger: index(payment, "ledger", "payment_id")?,
            outbox: index(payment, "outbox", "subject")?,
            inbox: index(payment, "inbox", "subject")?,
            sandbox: index(sandbox, "sandbox_payments", "reference")?,
        })
    }

    pub(super) fn story(&self, order: &Value) -> Result<PaymentStory> {
        let payment = self.payments.one(order, "payments")?;
        let id = payment.get("id");
        let sandbox = self.sandbox.one(&as_text(&id)?, "sandbox_payments")?;
        let inbox = self.inbox.one(order, "inbox of payment")?.clone();
        let events = self.outbox.all(&id);
        let [captured_event] = events else {
            bail!("a payment has {} events; the floor was written for one, the capture", events.len());
        };
        let legs: Vec<Statement> = self.ledger.all(&id).iter().map(post).collect();
        Ok(PaymentStory {
            begin: begin(payment).into(),
            sandbox_authorize: sandbox_insert(sandbox).into(),
            authorized: save(payment, 1, false).into(),
            sandbox_capture: sandbox_capture(sandbox).into(),
            captured: batch![done(&inbox), save(payment, 2, true), legs, emit(captured_event)],
            id,
            inbox,
            captured_event: captured_event.clone(),
        })
    }
}

fn begin(payment: &Line) -> Statement {
    let mut args = payment.args(["id", "order_id", "attempt", "number", "provider", "currency", "amount"]);
    args.push(Value::from("authorizing"));
    args.extend(payment.args(["created_at"]));
    args.push(Value::Int(1));
    args.extend(payment.args(["created_at"]));
    Statement::new(
        "floor.payment.begin",
        "insert into payments (id, order_id, attempt, number, provider, currency, amount, state, due_at, version,
            created_at, updated_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11
         where not exists (select 1 from unwanted_orders where order_id = $2)
         on conflict (order_id, attempt) do nothing",
        args,
    )
    .expect_rows(1)
}

fn save(payment: &Line, version: i64, captured: bool) -> Statement {
    let (state, amount) = if captured { ("captured", "captured") } else { ("authorized", "refunded") };
    let mut args = vec![Value::from(state)];
    args.extend(payment.args([
        "authorized",
        amount,
        "refunded",
        "refunding",
        "reason",
        "buyer_url",
        "capturing",
    ]));
    args.extend(payment.args(["due_at", "looks"]));
    args.push(if captured { payment.get("events") } else { Value::Int(0) });
    args.extend(payment.args(["updated_at", "unwanted", "id"]));
    args.push(Value::Int(version));
    Statement::new(
        "floor.payment.save",
        "update payments set state = $1, authorized = $2, captured = $3, refunded = $4, refunding = $5, reason = $6,
            buyer_url = $7, capturing = $8, looks = $10, events = $11, updated_at = $12,
            due_at = case when $1 = 'authorized' and exists (
                select 1 from unwanted_orders where unwanted_orders.order_id = payments.order_id)
                then coalesce($9, $12) else $9 end,
            unwanted = $13 or ($1 = 'authorized' and exists (
                select 1 from unwanted_orders where unwanted_orders.order_id = payments.order_id)),
            version = version + 1
         where id = $14 and version = $15",
        args,
    )
    .expect_rows(1)
}

fn post(leg: &Line) -> Statement {
    Statement::new(
        "floor.ledger.post",
        "insert into ledger (posting_id, leg, template, source_id, payment_id, debit, credit, currency, amount,
            posted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        leg.args([
            "posting_id", "leg", "template", "source_id", "payment_id", "debit", "credit", "currency", "amount",
            "posted_at",
        ]),
    )
}

fn sandbox_insert(record: &Line) -> Statement {
    let mut args = record.args(["reference", "token", "currency", "amount"]);
    args.push(Value::from("authorized"));
    args.extend(record.args(["authorized", "decline_reason", "challenge", "return_url", "created_at"]));
    Statement::new(
        "floor.sandbox.insert",
        "insert into sandbox_payments (reference, token, currency, amount, state, authorized, decline_reason,
            challenge, return_url, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) on conflict (reference) do nothing",
        args,
    )
    .expect_rows(1)
}

fn sandbox_capture(record: &Line) -> Statement {
    Statement::new(
        "floor.sandbox.capture",
        "update sandbox_payments set state = 'captured', captured = authorized, operation = $1, updated_at = $2
         where reference = $3 and state = 'authorized' and currency = $4 and authorized = $5",
        record.args(["operation", "updated_at", "reference", "currency", "authorized"]),
    )
    .expect_rows(1)
}
