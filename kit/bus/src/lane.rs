//! The way to one service: one delivery at a time, and a rest after a failure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use souk_rpc::Error;
use souk_types::{Chance, Clock, Envelope};

use crate::backoff;
use crate::direct::Receipts;
use crate::sink::{CHUNK, Sink};

const FIRST_REST: Duration = Duration::from_millis(100);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Envelopes for one consumer, in order.
pub(crate) struct Parcel {
    pub(crate) consumer: &'static str,
    pub(crate) envelopes: Vec<Envelope>,
}

pub(crate) struct Lane {
    service: &'static str,
    sink: Sink,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    busy: bool,
    failures: u32,
    rests_until: Option<Instant>,
}

impl Lane {
    pub(crate) fn new(service: &'static str, sink: Sink, clock: Clock) -> Lane {
        Lane { service, sink, clock, state: Mutex::default() }
    }

    pub(crate) fn service(&self) -> &'static str {
        self.service
    }

    /// The right to deliver, unless somebody else does or the lane rests. Two deliveries at once could overtake
    /// each other.
    pub(crate) fn take_turn(lane: &Arc<Lane>) -> Option<Turn> {
        let mut state = lane.state.lock();
        let rests = state.rests_until.is_some_and(|until| Instant::now() < until);
        if state.busy || rests {
            return None;
        }
        state.busy = true;
        Some(Turn { lane: Arc::clone(lane) })
    }

    fn delivered(&self) {
        let mut state = self.state.lock();
        if state.failures > 0 {
            tracing::info!(service = self.service, failures = state.failures, "events flow again");
        }
        state.failures = 0;
        state.rests_until = None;
    }

    fn failed(&self, error: &Error) {
        let mut state = self.state.lock();
        state.failures = state.failures.saturating_add(1);
        let rest = backoff::pause(&Chance::system(), state.failures, FIRST_REST, LONGEST_REST);
        state.rests_until = Some(Instant::now() + rest);
        let failures = state.failures;
        tracing::warn!(service = self.service, %error, failures, ?rest, "events not accepted; they stay in the outbox");
    }
}

/// Given back when dropped, however the delivery ends.
pub(crate) struct Turn {
    lane: Arc<Lane>,
}

impl Turn {
    /// Hands in the parcels chunk by chunk. A consumer that fails gets nothing later before what it lacks.
    pub(crate) async fn deliver(self, parcels: Vec<Parcel>, receipts: Arc<Receipts>) {
        let mut failure = None;
        for Parcel { consumer, envelopes } in &parcels {
            for chunk in envelopes.chunks(CHUNK) {
                if let Err(error) = self.lane.sink.accept(consumer, chunk, &self.lane.clock).await {
                    failure = Some(error);
                    break;
                }
                receipts.add(consumer, chunk);
            }
        }
        match failure {
            Some(error) => self.lane.failed(&error),
            None => self.lane.delivered(),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.lane.state.lock().busy = false;
    }
}
