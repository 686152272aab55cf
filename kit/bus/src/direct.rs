//! The bus without a broker: each consumer's inbox is written directly.
//!
//! Every service has a lane of its own. A lane that fails rests and a lane that hangs is not waited for, so a
//! service that is down holds up its own events only.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use souk_rpc::Error;
use souk_types::{Clock, Envelope, EventId};
use tokio::task::JoinSet;

use crate::lane::{Lane, Parcel};
use crate::routes::{all_consumers, consumers_of, service_of};
use crate::{Routes, Sink};

/// How long a pass of the relay waits for the slowest lane before it lets it run on by itself.
const PATIENCE: Duration = Duration::from_millis(250);

pub struct Direct {
    routes: Routes,
    sinks: HashMap<&'static str, Sink>,
    clock: Clock,
}

impl Direct {
    pub(crate) fn new(
        routes: Routes,
        sinks: HashMap<&'static str, Sink>,
        clock: Clock,
    ) -> Result<Direct, Error> {
        let homeless =
            all_consumers(routes).into_iter().find(|consumer| !sinks.contains_key(service_of(consumer)));
        match homeless {
            Some(consumer) => Err(Error::internal(format_args!("no way to the event consumer `{consumer}`"))),
            None => Ok(Direct { routes, sinks, clock }),
        }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The consumer of this name and its sink, if it lives in this process.
    pub(crate) fn local(&self, consumer: &str) -> Result<(&'static str, &Sink), Error> {
        let known = all_consumers(self.routes).into_iter().find(|known| *known == consumer);
        let sink = known.and_then(|known| Some((known, self.sinks.get(service_of(known))?)));
        match sink {
            Some((known, sink @ Sink::Local(_))) => Ok((known, sink)),
            _ => Err(Error::not_found("consumer of events here")),
        }
    }
}

/// One relay's lanes, and what some but not all consumers of an event have accepted.
pub(crate) struct Publisher {
    direct: Arc<Direct>,
    lanes: Vec<(Vec<&'static str>, Arc<Lane>)>,
    receipts: Arc<Receipts>,
}

impl Publisher {
    pub(crate) fn new(direct: Arc<Direct>) -> Publisher {
        let mut lanes: Vec<(Vec<&'static str>, Arc<Lane>)> = Vec::new();
        for consumer in all_consumers(direct.routes) {
            let service = service_of(consumer);
            match lanes.iter_mut().find(|(_, lane)| lane.service() == service) {
                Some((consumers, _)) => consumers.push(consumer),
                None => {
                    let sink = direct.sinks[service].clone();
                    lanes.push((vec![consumer], Arc::new(Lane::new(service, sink, direct.clock.clone()))));
                }
            }
        }
        Publisher { direct, lanes, receipts: Arc::default() }
    }

    pub(crate) async fn publish(&self, envelopes: &[Envelope]) -> Vec<EventId> {
        let routed: Vec<Routed<'_>> = envelopes
            .iter()
            .map(|envelope| Routed { envelope, consumers: consumers_of(self.direct.routes, &envelope.kind) })
            .collect();
        let mut deliveries = JoinSet::new();
        for (consumers, lane) in &self.lanes {
            let Some(turn) = Lane::take_turn(lane) else { continue };
            let parcels = self.parcels(consumers, &routed);
            if !parcels.is_empty() {
                deliveries.spawn(turn.deliver(parcels, Arc::clone(&self.receipts)));
            }
        }
        let all = async { while deliveries.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            deliveries.detach_all();
        }
        self.accepted(&routed)
    }

    /// What the consumers of one lane have not accepted yet, in order.
    fn parcels(&self, consumers: &[&'static str], routed: &[Routed<'_>]) -> Vec<Parcel> {
        let mut parcels = Vec::new();
        for consumer in consumers {
            let missing = routed.iter().filter(|routed| {
                routed.consumers.contains(consumer) && !self.receipts.has(routed.envelope.id, consumer)
            });
            let envelopes: Vec<Envelope> = missing.map(|routed| routed.envelope.clone()).collect();
            if !envelopes.is_empty() {
                parcels.push(Parcel { consumer, envelopes });
            }
        }
        parcels
    }

    /// What everybody has. Of each subject only up to its first event that somebody lacks: the outbox reads
    /// subjects without gaps.
    fn accepted(&self, routed: &[Routed<'_>]) -> Vec<EventId> {
        let mut held_up = HashSet::new();
        let mut accepted = Vec::with_capacity(routed.len());
        for Routed { envelope, consumers } in routed {
            if held_up.contains(&envelope.subject) {
                continue;
            }
            if self.receipts.settle(envelope.id, consumers) {
                accepted.push(envelope.id);
            } else {
                held_up.insert(envelope.subject);
            }
        }
        accepted
    }
}

struct Routed<'a> {
    envelope: &'a Envelope,
    consumers: &'static [&'static str],
}

/// Who has accepted what, while others have not. Forgetting it costs a repetition and nothing else; it is
/// bounded by the relay's window.
#[derive(Default)]
pub(crate) struct Receipts(Mutex<HashMap<EventId, Vec<&'static str>>>);

impl Receipts {
    pub(crate) fn add(&self, consumer: &'static str, envelopes: &[Envelope]) {
        let mut receipts = self.0.lock();
        for envelope in envelopes {
            receipts.entry(envelope.id).or_default().push(consumer);
        }
    }

    fn has(&self, event: EventId, consumer: &str) -> bool {
        self.0.lock().get(&event).is_some_and(|accepted| accepted.contains(&consumer))
    }

    /// Whether all `consumers` have the event; if so, its receipts are no longer needed.
    fn settle(&self, event: EventId, consumers: &[&'static str]) -> bool {
        let mut receipts = self.0.lock();
        let accepted = receipts.get(&event).map_or(&[][..], Vec::as_slice);
        let complete = consumers.iter().all(|consumer| accepted.contains(consumer));
        if complete {
            receipts.remove(&event);
        }
        complete
    }
}
