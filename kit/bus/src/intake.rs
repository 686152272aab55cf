//! Where what a broker delivers goes: into the inboxes of one service, before the broker is told that it arrived.

use std::time::{Duration, Instant};

use souk_db::{Db, Statement, inbox};
use souk_rpc::Context;
use souk_types::{Chance, Clock, Envelope};
use tokio_util::sync::CancellationToken;

use crate::routes::{all_consumers, consumers_of, service_of};
use crate::{Routes, backoff};

/// Messages that share one commit.
pub(crate) const BATCH_MAX: usize = 256;

const COMMIT_TIME_MAX: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The inboxes of one service.
pub(crate) struct Intake {
    pub(crate) service: &'static str,
    routes: Routes,
    db: Db,
    clock: Clock,
}

impl Intake {
    /// None when nobody of this service hears of anything.
    pub(crate) fn of(service: &'static str, routes: Routes, db: Db, clock: Clock) -> Option<Intake> {
        let listens = all_consumers(routes).into_iter().any(|consumer| service_of(consumer) == service);
        listens.then_some(Intake { service, routes, db, clock })
    }

    /// Whether anybody of this service hears of the event type: of a topic that all services read.
    #[cfg(feature = "kafka")]
    pub(crate) fn hears_of(&self, kind: &str) -> bool {
        self.consumers_of(kind).next().is_some()
    }

    /// Commits the envelopes, which are in order per subject, to the inboxes. While the database is away it waits,
    /// since to let go of these would let later ones overtake them. False when `stop` came first: then some may
    /// have been committed and none may be acknowledged.
    pub(crate) async fn take_in(&self, envelopes: &[Envelope], stop: &CancellationToken) -> bool {
        let mut failures = 0;
        loop {
            let Err(error) = self.commit(envelopes).await else {
                let received = envelopes.len() as u64;
                metrics::counter!("souk_events_received_total", "service" => self.service)
                    .increment(received);
                return true;
            };
            failures += 1;
            let pause = backoff::pause(&Chance::system(), failures, FIRST_PAUSE, LONGEST_PAUSE);
            tracing::warn!(service = self.service, %error, failures, ?pause, "events not taken in; the broker keeps them");
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return false;
            }
        }
    }

    async fn commit(&self, envelopes: &[Envelope]) -> Result<(), souk_db::DbError> {
        let now = self.clock.now();
        let mut statements: Vec<Statement> = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            for consumer in self.consumers_of(&envelope.kind) {
                statements.extend(inbox::accept(consumer, std::slice::from_ref(envelope), now));
            }
        }
        if statements.is_empty() {
            return Ok(());
        }
        let cx = Context {
            deadline: Some(Instant::now() + COMMIT_TIME_MAX),
            ..Context::patient(format!("broker to {}", self.service))
        };
        self.db.commit(&cx, statements).await.map(drop)
    }

    fn consumers_of(&self, kind: &str) -> impl Iterator<Item = &'static str> {
        let service = self.service;
        consumers_of(self.routes, kind)
            .iter()
            .copied()
            .filter(move |consumer| service_of(consumer) == service)
    }
}
