//! What the order service writes when an order is placed and paid (services/order/src/store).

use anyhow::{Context as _, Result};
use rusqlite::Connection;
use souk_db::{Batch, Statement, Value, batch};

use super::events::{done, emit};
use super::rows::{Index, Line, index};

pub(super) struct OrderFile {
    checkouts: Index,
    lines: Index,
    timeline: Index,
    outbox: Index,
    inbox: Index,
    carts: Index,
}

/// The commits of one order in the order database.
pub(super) struct OrderStory {
    pub(super) begin: Batch,
    pub(super) finish: Batch,
    pub(super) paid: Batch,
    pub(super) placed_event: Line,
    pub(super) captured_inbox: Line,
}

impl OrderFile {
    pub(super) fn read(db: &Connection) -> Result<OrderFile> {
        Ok(OrderFile {
            checkouts: index(db, "checkouts", "order_id")?,
            lines: index(db, "order_lines", "order_id")?,
            timeline: index(db, "order_timeline", "order_id")?,
            outbox: index(db, "outbox", "subject")?,
            inbox: index(db, "inbox", "subject")?,
            carts: index(db, "carts", "id")?,
        })
    }

    pub(super) fn story(&self, order: &Line, payment: &Value) -> Result<OrderStory> {
        let id = order.get("id");
        let checkout = self.checkouts.one(&id, "checkouts")?;
        let cart = self.carts.one(&order.get("cart_id"), "carts")?;
        let placed_event = self.outbox.one(&id, "outbox")?.clone();
        let captured_inbox =
            self.inbox.all(payment).last().context("an order that never heard of its payment")?.clone();
        let timeline = |version: i64| -> Vec<Statement> {
            let entries = self.timeline.all(&id).iter();
            entries.filter(|entry| entry.is("version", &Value::Int(version))).map(entry).collect()
        };
        let lines: Vec<Statement> = self.lines.all(&id).iter().map(line).collect();
        Ok(OrderStory {
            begin: batch![begin_checkout(checkout), lock(order, cart), insert(order), lines, timeline(1)],
            finish: batch![
                save(order, 1, "authorized"),
                timeline(2),
                emit(&placed_event),
                spend(order),
                reply(checkout)
            ],
            paid: batch![done(&captured_inbox), save(order, 2, "captured"), timeline(3)],
            placed_event,
            captured_inbox,
        })
    }
}

fn begin_checkout(checkout: &Line) -> Statement {
    let mut args = checkout.args(["cart_id", "key", "fingerprint", "order_id"]);
    // Forgotten by now; it was this.
    args.push(Value::from(r#"{"payment":{"provider":"sandbox","token":"tok_approved"}}"#));
    args.push(checkout.get("created_at"));
    Statement::new(
        "floor.checkouts.begin",
        "insert into checkouts (cart_id, key, fingerprint, order_id, request, created_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (cart_id, key) do nothing",
        args,
    )
    .expect_rows(1)
}

fn lock(order: &Line, cart: &Line) -> Statement {
    let mut args = order.args(["id", "created_at", "cart_id"]);
    args.push(cart.get("version"));
    Statement::new(
        "floor.carts.lock",
        "update carts set state = 'locked', order_id = $1, updated_at = $2
         where id = $3 and version = $4 and state = 'open'",
        args,
    )
    .expect_rows(1)
}

fn insert(order: &Line) -> Statement {
    let first =
        ["id", "number", "cart_id", "user_id", "email", "locale", "currency", "total", "units", "details"];
    let last = ["lease_until", "expires_at", "created_at", "created_at"];
    let placing = ["placing", "none", "unfulfilled"].map(Value::from);
    let mut args = order.args(first);
    args.extend(placing);
    args.push(Value::Int(1));
    args.extend(order.args(last));
    Statement::new(
        "floor.orders.insert",
        "insert into orders (id, number, cart_id, user_id, email, locale, currency, total, units, details, state,
            payment_status, fulfillment_status, version, lease_until, expires_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         on conflict (number) do nothing",
        args,
    )
    .expect_rows(1)
}

fn line(line: &Line) -> Statement {
    Statement::new(
        "floor.order_lines.insert",
        "insert into order_lines (order_id, position, id, variant_id, quantity, sold)
         values ($1, $2, $3, $4, $5, $6)",
        line.args(["order_id", "position", "id", "variant_id", "quantity", "sold"]),
    )
}

fn entry(entry: &Line) -> Statement {
    Statement::new(
        "floor.order_timeline.insert",
        "insert into order_timeline (order_id, version, position, at, actor, what, detail)
         values ($1, $2, $3, $4, $5, $6, $7)",
        entry.args(["order_id", "version", "position", "at", "actor", "what", "detail"]),
    )
}

fn save(order: &Line, version: i64, payment_status: &str) -> Statement {
    let mut args = order.args(["state", "canceled_reason"]);
    args.push(Value::from(payment_status));
    args.extend(order.args([
        "fulfillment_status",
        "payment_url",
        "refunded",
        "events",
        "lease_until",
        "placed_at",
        "updated_at",
        "id",
    ]));
    args.push(Value::Int(version));
    Statement::new(
        "floor.orders.save",
        "update orders set state = $1, canceled_reason = $2, payment_status = $3, fulfillment_status = $4,
            payment_url = $5, refunded = $6, events = $7, lease_until = $8, placed_at = $9, updated_at = $10,
            version = version + 1
         where id = $11 and version = $12",
        args,
    )
    .expect_rows(1)
}

fn spend(order: &Line) -> Statement {
    Statement::new(
        "floor.carts.spend",
        "update carts set state = 'spent', updated_at = $1 where id = $2 and order_id = $3 and state = 'locked'",
        order.args(["placed_at", "cart_id", "id"]),
    )
}

fn reply(checkout: &Line) -> Statement {
    Statement::new(
        "floor.checkouts.reply",
        "update checkouts set status = $1, content_type = $2, body = $3, request = null
         where cart_id = $4 and key = $5 and status is null",
        checkout.args(["status", "content_type", "body", "cart_id", "key"]),
    )
    .expect_rows(1)
}
