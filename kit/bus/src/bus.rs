//! The bus as services and wiring see it.

use std::sync::Arc;

use axum::Router;
use souk_rpc::Error;
use souk_types::{Clock, Envelope, EventId};

use crate::direct::{self, Direct};
use crate::{Routes, Sink, sink};

/// How envelopes travel. A closed set: each variant is a file of this crate. Cloning it shares it.
#[derive(Clone)]
pub enum Bus {
    /// Straight into the consumers' inboxes, in this process or over HTTP.
    Direct(Arc<Direct>),
}

impl Bus {
    /// A bus without a broker. `sinks` names, by service, where the consumers of `routes` live.
    pub fn direct(
        routes: Routes,
        sinks: impl IntoIterator<Item = (&'static str, Sink)>,
        clock: Clock,
    ) -> Result<Bus, Error> {
        Ok(Bus::Direct(Arc::new(Direct::new(routes, sinks.into_iter().collect(), clock)?)))
    }

    /// What the internal listener serves, so that other processes reach the consumers that live here.
    pub fn accept_routes(&self) -> Router {
        let Bus::Direct(direct) = self;
        sink::accept_routes(Arc::clone(direct))
    }

    pub(crate) fn publisher(&self) -> Publisher {
        let Bus::Direct(direct) = self;
        Publisher::Direct(direct::Publisher::new(Arc::clone(direct)))
    }
}

/// One relay's way onto the bus; it remembers what is under way.
pub(crate) enum Publisher {
    Direct(direct::Publisher),
}

impl Publisher {
    /// Sends the envelopes, which are in order per subject, and returns those that every consumer has durably.
    /// What is not returned is to be published again, in order.
    pub(crate) async fn publish(&self, envelopes: &[Envelope]) -> Vec<EventId> {
        let Publisher::Direct(publisher) = self;
        publisher.publish(envelopes).await
    }
}
