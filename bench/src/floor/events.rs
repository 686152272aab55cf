//! The kit's own rows: outbox, inbox, and what relay and processors do to them.

use souk_db::{Statement, Value};
use uuid::Uuid;

use super::rows::Line;

pub(super) fn emit(event: &Line) -> Statement {
    Statement::new(
        "floor.emit",
        "insert into outbox (id, kind, source, subject, sequence, time, traceparent, data)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        event.args(["id", "kind", "source", "subject", "sequence", "time", "traceparent", "data"]),
    )
    .expect_rows(1)
}

/// The row in the consumer's inbox is that of the event, with its own columns after it.
pub(super) fn accept(inbox: &Line) -> Statement {
    let columns = [
        "event",
        "consumer",
        "kind",
        "source",
        "subject",
        "sequence",
        "time",
        "traceparent",
        "data",
        "due_at",
    ];
    Statement::new(
        "floor.accept",
        "insert into inbox (event, consumer, kind, source, subject, sequence, time, traceparent, data, due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (event, consumer) do nothing",
        inbox.args(columns),
    )
}

pub(super) fn mark_sent(events: &[Uuid], sent_at: Value) -> Statement {
    Statement::new(
        "floor.mark_sent",
        "update outbox set sent_at = $1 where id = any($2) and sent_at is null",
        vec![sent_at, Value::Uuids(events.to_vec())],
    )
}

pub(super) fn done(inbox: &Line) -> Statement {
    Statement::new(
        "floor.done",
        "update inbox set state = 'done', done_at = $1, last_error = null
         where event = $2 and consumer = $3 and state <> 'done'",
        inbox.args(["done_at", "event", "consumer"]),
    )
    .expect_rows(1)
}
