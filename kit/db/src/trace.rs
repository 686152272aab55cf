//! Commits as spans: which database, what was written, how long it took to be durable.

use std::borrow::Cow;

use souk_rpc::Context;
use souk_trace::{Span, SpanKind};

use crate::{Batch, Committed, Db, DbError, Dialect};

/// Statements that a span names.
const NAMED_MAX: usize = 8;

/// `None` when nobody records, which is told before anything is looked at.
pub(crate) fn begin(cx: &Context, db: &Db, batch: &Batch) -> Option<(Span, Context)> {
    let name = &db.hub().name;
    let (mut span, cx) = cx.span(SpanKind::Client, || format!("commit {name}").into())?;
    span.set(
        "db.system.name",
        match db.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgresql",
        },
    );
    span.set("db.namespace", name.to_string());
    span.set("db.operation.batch.size", i64::try_from(batch.len()).unwrap_or(i64::MAX));
    span.set("db.query.summary", summary(batch));
    Some((span, cx))
}

pub(crate) fn end(mut span: Span, committed: Result<Committed, DbError>) -> Result<Committed, DbError> {
    if let Err(error) = &committed {
        span.fail(code(error));
    }
    committed
}

/// Names of statements, which are constants; never their values.
fn summary(batch: &Batch) -> String {
    let names: Vec<_> = batch.statements().iter().take(NAMED_MAX).map(|statement| statement.name).collect();
    names.join(" ")
}

fn code(error: &DbError) -> Cow<'static, str> {
    match error {
        DbError::Guard { statement, .. } => format!("lost_race {statement}").into(),
        DbError::Constraint { statement, .. } => format!("constraint {statement}").into(),
        DbError::AlreadyDone => "already_done".into(),
        DbError::IdempotencyConflict => "idempotency_conflict".into(),
        DbError::Busy => "busy".into(),
        DbError::Closed => "closed".into(),
        DbError::Unavailable(_) => "unavailable".into(),
        DbError::Timeout => "timeout".into(),
        DbError::Unknown(_) => "outcome_unknown".into(),
        DbError::Decode(_) => "decode".into(),
        DbError::Other(_) => "other".into(),
    }
}
