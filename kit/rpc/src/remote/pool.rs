//! The replicas of a role, and which of them is asked next.
//!
//! Of two replicas picked by chance the one with fewer of our requests under way is asked: that spreads the load as
//! well as knowing everybody's would, and a replica that answers slowly gets less by itself, since its requests pile
//! up. A latency average would say the same later.
//!
//! A replica that does not answer is left out until a probe finds it again. When all are out the circuit is open:
//! callers are told at once, but for one now and then whose request is the trial.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use parking_lot::Mutex;
use rand::RngExt;

use super::budget::RetryBudget;
use super::endpoint::{Base, Endpoint, Place};
use super::numbers::PoolNumbers;
use super::probe;
use crate::Error;

/// Nobody listens there, or the network does not lead there.
const CONNECT_TIME: Duration = Duration::from_secs(1);
/// A connection that rested for so long is not used again. Shorter than a closing listener leaves resting connections
/// alone (`souk_app::serve`), so that no request is ever written into one that is being closed.
const REST_MAX: Duration = Duration::from_secs(2);
/// How many may ask the last replica in vain until the circuit opens.
const LAST_FAILURES_MAX: u32 = 5;
/// Connections that broke in a row until a replica is left out.
const BROKEN_MAX: u32 = 2;
/// Answers of 503 in a row until a replica is left out.
const REFUSALS_MAX: u32 = 5;
/// While the circuit is open, one request in so long tries whether it may close.
const TRIAL_EVERY: Duration = Duration::from_millis(250);

/// What a replica did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No connection came about.
    Unreachable,
    /// The connection broke before an answer.
    Broke,
    /// It is there and does nothing.
    Stalled,
    /// It answered 503.
    Refused,
    /// It said that it closes.
    Closing,
}

/// Which replicas a request has been at, by number; those after the 64th are not remembered.
#[derive(Default, Clone, Copy)]
pub(super) struct Tried(u64);

impl Tried {
    pub(super) fn add(&mut self, number: usize) {
        self.0 |= 1u64.checked_shl(u32::try_from(number).unwrap_or(u32::MAX)).unwrap_or(0);
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn has(self, number: usize) -> bool {
        self.0.checked_shr(u32::try_from(number).unwrap_or(u32::MAX)).unwrap_or(0) & 1 == 1
    }
}

pub(super) struct Pool {
    pub(super) client: Client<HttpConnector, Body>,
    pub(super) budget: RetryBudget,
    pub(super) numbers: PoolNumbers,
    role: String,
    endpoints: Vec<Arc<Endpoint>>,
    next_trial: Mutex<Instant>,
}

impl Pool {
    pub(super) fn new<S: AsRef<str>>(role: &str, bases: &[S]) -> Result<Pool, Error> {
        let endpoints = bases.iter().map(|base| {
            let base = base.as_ref().trim_end_matches('/');
            let Some(base) = Base::parse(base) else {
                let detail = format!("`{base}` is not a URL such as http://127.0.0.1:7404");
                return Err(Error::invalid("peers", "url", detail));
            };
            Ok(Arc::new(Endpoint::new(role, base)))
        });
        let endpoints = endpoints.collect::<Result<Vec<_>, _>>()?;
        if endpoints.is_empty() {
            return Err(Error::invalid("peers", "required", format!("`{role}` has no address")));
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIME));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(REST_MAX)
            .pool_max_idle_per_host(64)
            .build(connector);
        Ok(Pool {
            client,
            budget: RetryBudget::default(),
            numbers: PoolNumbers::new(role),
            role: role.to_owned(),
            endpoints,
            next_trial: Mutex::new(Instant::now()),
        })
    }

    pub(super) fn endpoint(&self, number: usize) -> &Arc<Endpoint> {
        &self.endpoints[number]
    }

    /// The replica to ask next: one that was not tried, if there is one. A request that has found nobody in asks
    /// those that are out as well, since one of them may have just returned. When all are out, only a trial goes out
    /// at all, and the others fail at once.
    pub(super) fn pick(&self, tried: Tried) -> Result<Place, Error> {
        let fresh = self.better_of_two(|number, endpoint| !endpoint.is_out() && !tried.has(number));
        let returned = || match tried.is_empty() {
            true => None,
            false => self.better_of_two(|number, endpoint| !endpoint.is_stalled() && !tried.has(number)),
        };
        let again = || self.better_of_two(|_, endpoint| !endpoint.is_out());
        if let Some(number) = fresh.or_else(returned).or_else(again).or_else(|| self.trial()) {
            return Ok(Place::take(number, &self.endpoints[number]));
        }
        self.numbers.failed_fast.increment(1);
        Err(Error::unavailable("this part of the shop cannot be reached right now"))
    }

    /// Whether there is a replica that was not asked, in or out.
    pub(super) fn has_hope(&self, tried: Tried) -> bool {
        self.usable(|number, endpoint| !endpoint.is_stalled() && !tried.has(number)).next().is_some()
    }

    /// Whether there is a replica that may answer and was not asked.
    pub(super) fn has_other(&self, tried: Tried) -> bool {
        self.usable(|number, endpoint| !endpoint.is_out() && !tried.has(number)).next().is_some()
    }

    pub(super) fn answered(&self, place: &Place) {
        place.endpoint.answered();
        // The trial of an open circuit, or a replica that was only slow.
        if place.endpoint.is_out() {
            self.take_back(place.number);
        }
    }

    /// Leaves the replica out if it is time to; the last one gets some more chances, and is never left out for
    /// answering 503 or for closing: then that is the answer.
    pub(super) fn failed(self: &Arc<Pool>, place: &Place, fault: Fault) {
        // Closing is nobody's fault.
        let in_a_row = if fault == Fault::Closing { 1 } else { place.endpoint.failed() };
        let is_last =
            !self.usable(|number, endpoint| number != place.number && !endpoint.is_out()).any(|_| true);
        let faults_max = match (fault, is_last) {
            (Fault::Refused | Fault::Closing | Fault::Stalled, true) => return,
            (Fault::Unreachable | Fault::Broke, true) => LAST_FAILURES_MAX,
            (Fault::Unreachable | Fault::Stalled | Fault::Closing, false) => 1,
            (Fault::Broke, false) => BROKEN_MAX,
            (Fault::Refused, false) => REFUSALS_MAX,
        };
        if in_a_row < faults_max || !place.endpoint.take_out() {
            return;
        }
        tracing::warn!(role = self.role, peer = place.endpoint.base.as_str(), ?fault, "replica left out");
        if is_last {
            *self.next_trial.lock() = Instant::now() + TRIAL_EVERY;
            self.numbers.circuit_open.set(1);
            tracing::error!(role = self.role, "no replica answers: the circuit is open");
        }
        probe::until_back(self, place.number);
    }

    pub(super) fn take_back(&self, number: usize) {
        let endpoint = &self.endpoints[number];
        if endpoint.take_back() {
            self.numbers.circuit_open.set(0);
            tracing::info!(role = self.role, peer = endpoint.base.as_str(), "replica is back");
        }
    }

    fn usable(
        &self,
        is_usable: impl Fn(usize, &Endpoint) -> bool,
    ) -> impl Iterator<Item = (usize, &Arc<Endpoint>)> {
        self.endpoints.iter().enumerate().filter(move |(number, endpoint)| is_usable(*number, endpoint))
    }

    fn better_of_two(&self, is_usable: impl Fn(usize, &Endpoint) -> bool) -> Option<usize> {
        let count = self.usable(&is_usable).count();
        if count < 2 {
            return self.usable(&is_usable).next().map(|(number, _)| number);
        }
        let mut chance = rand::rng();
        let one = chance.random_range(0..count);
        let other = (one + chance.random_range(1..count)) % count;
        // One may have gone out between the two looks.
        let two = [one, other].map(|nth| self.usable(&is_usable).nth(nth));
        two.into_iter().flatten().min_by_key(|(_, endpoint)| endpoint.in_flight()).map(|(number, _)| number)
    }

    /// While all are out: any replica, for one request now and then.
    fn trial(&self) -> Option<usize> {
        let mut next_trial = self.next_trial.lock();
        let now = Instant::now();
        if now < *next_trial {
            return None;
        }
        *next_trial = now + TRIAL_EVERY;
        Some(rand::rng().random_range(0..self.endpoints.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(replicas: usize) -> Arc<Pool> {
        let bases: Vec<String> = (0..replicas).map(|n| format!("http://127.0.0.1:{}", 9_000 + n)).collect();
        Arc::new(Pool::new("order", &bases).expect("URLs"))
    }

    #[tokio::test]
    async fn the_less_busy_of_two_is_asked() {
        let pool = pool(2);
        let busy: Vec<Place> = (0..3).map(|_| Place::take(0, pool.endpoint(0))).collect();
        for _ in 0..20 {
            assert_eq!(pool.pick(Tried::default()).expect("both are in").number, 1);
        }
        drop(busy);
        assert_eq!(pool.endpoint(0).in_flight(), 0);
    }

    #[tokio::test]
    async fn a_replica_that_was_tried_is_not_tried_again_while_there_is_another() {
        let pool = pool(3);
        let mut tried = Tried::default();
        for _ in 0..3 {
            assert!(pool.has_other(tried));
            tried.add(pool.pick(tried).expect("all are in").number);
        }
        assert!(!pool.has_other(tried));
        assert!(pool.pick(tried).is_ok(), "rather twice than not at all");
    }

    #[tokio::test]
    async fn the_last_replica_gets_some_more_chances_and_then_the_circuit_opens() {
        let pool = pool(2);
        let first = Place::take(0, pool.endpoint(0));
        pool.failed(&first, Fault::Unreachable);
        assert!(first.endpoint.is_out());
        let last = Place::take(1, pool.endpoint(1));
        for _ in 1..LAST_FAILURES_MAX {
            pool.failed(&last, Fault::Unreachable);
            assert!(!last.endpoint.is_out());
        }
        pool.failed(&last, Fault::Unreachable);
        let refused = pool.pick(Tried::default()).err().expect("the circuit is open");
        assert!(refused.retry_after_ms.is_some());
        tokio::time::sleep(TRIAL_EVERY).await;
        let trial = pool.pick(Tried::default()).expect("a trial");
        assert!(pool.pick(Tried::default()).is_err(), "one trial at a time");
        pool.answered(&trial);
        assert!(pool.pick(Tried::default()).is_ok());
    }

    #[tokio::test]
    async fn a_role_whose_replicas_all_answer_503_is_still_asked() {
        let pool = pool(2);
        for number in [0, 1] {
            let place = Place::take(number, pool.endpoint(number));
            (0..20).for_each(|_| pool.failed(&place, Fault::Refused));
        }
        assert!(pool.endpoint(0).is_out() && !pool.endpoint(1).is_out());
    }
}
