//! What is not finished yet: events on their way, orders being placed, payments being asked about, mails to send.

use anyhow::Result;
use souk_db::{Db, args, inbox, outbox};
use souk_types::Timestamp;

use super::books::{Books, number};
use super::events;

/// One line per kind of work that is under way; empty when the shop is at rest.
pub(crate) async fn list(books: &Books, now: Timestamp) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut note = |count: u64, what: &str| {
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    };
    for (name, db) in books.services() {
        note(outbox::lag(db).await?.unsent, &format!("events of {name} to be sent"));
        note(inbox::lag(db).await?.pending, &format!("events for {name} to be acted on"));
    }
    let count = async |db: &Db, sql: &'static str| number(db, sql, args![]).await;
    note(
        count(&books.order, "select count(*) from orders where state = 'placing'").await?,
        "orders being placed",
    );
    let waiting =
        "select count(*) from orders where state = 'awaiting_payment' and payment_status = 'unknown'";
    note(count(&books.order, waiting).await?, "orders whose payment is unknown");
    let asked = "select count(*) from payments where state in ('authorizing', 'unknown') or refunding > 0
                 or (capturing and state = 'authorized') or (unwanted and state in ('authorized', 'captured', 'partially_refunded'))";
    note(count(&books.payment, asked).await?, "payments to be asked about");
    note(
        count(&books.payment, "select count(*) from webhooks where state = 'pending'").await?,
        "webhooks to be read",
    );
    let expired = "select count(*) from stock_hold where state = 'held' and expires_at < $1";
    note(number(&books.product, expired, args![now]).await?, "holds to be expired");
    note(
        count(&books.notification, "select count(*) from mails where state = 'pending'").await?,
        "mails to be sent",
    );
    // One whose receiver is away waits for hours, and that is rest.
    let due = "select count(*) from webhook_deliveries where state = 'pending' and due_at <= $1";
    note(number(&books.notification, due, args![now]).await?, "deliveries to webhooks");
    if lines.is_empty() {
        // A long look, and worth it only when everything else has come to rest.
        let missing = events::sent(books).await?.missing.len();
        if missing > 0 {
            lines.push(format!("{missing} events that a broker should hold"));
        }
    }
    Ok(lines)
}
