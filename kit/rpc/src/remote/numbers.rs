//! What a process counts about its peers. The handles are made once: looking one up costs more than counting.

use metrics::{Counter, Gauge, counter, gauge};

/// Of one replica.
pub(super) struct EndpointNumbers {
    pub(super) in_flight: Gauge,
    pub(super) failures: Counter,
    pub(super) ejections: Counter,
    pub(super) out: Gauge,
}

impl EndpointNumbers {
    pub(super) fn new(role: &str, base: &str) -> EndpointNumbers {
        let labels = || [("role", role.to_owned()), ("peer", base.to_owned())];
        EndpointNumbers {
            in_flight: gauge!("souk_peer_in_flight", &labels()),
            failures: counter!("souk_peer_failures_total", &labels()),
            ejections: counter!("souk_peer_ejections_total", &labels()),
            out: gauge!("souk_peer_out", &labels()),
        }
    }
}

/// Of a role.
pub(super) struct PoolNumbers {
    pub(super) retries: Counter,
    pub(super) circuit_open: Gauge,
    pub(super) failed_fast: Counter,
}

impl PoolNumbers {
    pub(super) fn new(role: &str) -> PoolNumbers {
        let labels = || [("role", role.to_owned())];
        PoolNumbers {
            retries: counter!("souk_peer_retries_total", &labels()),
            circuit_open: gauge!("souk_peer_circuit_open", &labels()),
            failed_fast: counter!("souk_peer_failed_fast_total", &labels()),
        }
    }
}
