//! Requests on one connection that are all sent before any answer is waited for.
//!
//! The server answers in the order of the requests, so waiting for them in that order is enough, and cheap: a
//! group has hundreds.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Context;
use std::time::Duration;

use deadpool_postgres::Object;
use futures::future::{BoxFuture, MaybeDone, maybe_done};
use futures::task::noop_waker_ref;
use futures::{FutureExt, TryStreamExt};
use tokio::time::timeout;
use tokio_postgres::Error;

use super::fold::Cell;
use crate::row::Columns;
use crate::{Row, Statement};

/// How many rows a request changed, and those of them that it keeps.
pub(super) type Answer = Result<(u64, Vec<Row>), Error>;

pub(super) struct Pipeline<'a> {
    connection: &'a Object,
    sent: Vec<MaybeDone<BoxFuture<'a, Answer>>>,
}

impl<'a> Pipeline<'a> {
    pub(super) fn new(connection: &'a Object, requests: usize) -> Pipeline<'a> {
        Pipeline { connection, sent: Vec::with_capacity(requests) }
    }

    /// Sends a command that has no arguments and no rows.
    pub(super) fn say(&mut self, command: &'static str) {
        let connection = self.connection;
        self.send(async move { connection.batch_execute(command).await.map(|()| (0, Vec::new())) }.boxed());
    }

    pub(super) fn run(&mut self, prepared: &'a tokio_postgres::Statement, statement: &'a Statement) {
        let connection = self.connection;
        self.send(run(connection, prepared, statement).boxed());
    }

    /// One for many: their arguments as columns. Keeps its rows.
    pub(super) fn run_many(&mut self, prepared: &'a tokio_postgres::Statement, columns: &'a [Vec<Cell<'a>>]) {
        let connection = self.connection;
        self.send(run_many(connection, prepared, columns).boxed());
    }

    /// A request is written when its future is first polled, so the order of the calls is the order on the wire.
    fn send(&mut self, request: BoxFuture<'a, Answer>) {
        let mut request = maybe_done(request);
        // Nobody is to be woken yet: who waits for the answer polls it again.
        let _ = Pin::new(&mut request).poll(&mut Context::from_waker(noop_waker_ref()));
        self.sent.push(request);
    }

    /// Whether a request was not even sent, because its arguments could not be written down.
    pub(super) fn is_broken(&self) -> bool {
        self.sent.iter().any(|request| matches!(request, MaybeDone::Done(Err(_))))
    }

    /// All answers, in the order of the requests. None when one does not come within `each`: a long batch may take
    /// long, but the server stops a single statement by itself.
    pub(super) async fn answers(self, each: Duration) -> Option<Vec<Answer>> {
        let mut answers = Vec::with_capacity(self.sent.len());
        for mut request in self.sent {
            timeout(each, &mut request).await.ok()?;
            let mut request = Pin::new(&mut request);
            answers.push(request.as_mut().take_output().expect("it was polled until it was done"));
        }
        Some(answers)
    }
}

async fn run_many(
    connection: &Object,
    prepared: &tokio_postgres::Statement,
    columns: &[Vec<Cell<'_>>],
) -> Answer {
    let mut rows = pin!(connection.query_raw(prepared, columns).await?);
    let mut kept = Vec::new();
    while let Some(row) = rows.try_next().await? {
        kept.push(Row(Columns::Postgres(row)));
    }
    Ok((rows.rows_affected().unwrap_or(0), kept))
}

async fn run(connection: &Object, prepared: &tokio_postgres::Statement, statement: &Statement) -> Answer {
    let mut rows = pin!(connection.query_raw(prepared, &statement.args).await?);
    let mut kept = Vec::new();
    while let Some(row) = rows.try_next().await? {
        if statement.returning {
            kept.push(Row(Columns::Postgres(row)));
        }
    }
    Ok((rows.rows_affected().unwrap_or(0), kept))
}
