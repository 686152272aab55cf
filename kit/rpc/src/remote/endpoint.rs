//! One replica of a role: how busy it is with our requests, and whether it is worth asking.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use http::Uri;
use http::uri::PathAndQuery;

use super::numbers::EndpointNumbers;
use crate::Error;

/// Where a replica is, such as `http://10.0.0.7:7404`, without a slash at the end.
pub(super) struct Base {
    text: String,
    uri: Uri,
}

impl Base {
    pub(super) fn parse(text: &str) -> Option<Base> {
        let uri: Uri = text.parse().ok()?;
        uri.host()?;
        Some(Base { text: text.to_owned(), uri })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of a path there. Read and checked once, an address without a folder is put together from its parts.
    pub(super) fn with(&self, path: &PathAndQuery) -> Result<Uri, Error> {
        if self.uri.path() != "/" {
            return format!("{}{path}", self.text).parse().map_err(Error::internal);
        }
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(path.clone());
        Uri::from_parts(parts).map_err(Error::internal)
    }
}

pub(super) struct Endpoint {
    pub(super) base: Base,
    pub(super) numbers: EndpointNumbers,
    in_flight: AtomicUsize,
    /// In a row, until something is answered.
    failures: AtomicU32,
    /// Not asked until a probe is answered.
    out: AtomicBool,
    /// It is there and does nothing: those who wait for it wait in vain.
    stalled: AtomicBool,
    /// Somebody finds out whether it is alive.
    checking: AtomicBool,
}

impl Endpoint {
    pub(super) fn new(role: &str, base: Base) -> Endpoint {
        Endpoint {
            numbers: EndpointNumbers::new(role, base.as_str()),
            base,
            in_flight: AtomicUsize::new(0),
            failures: AtomicU32::new(0),
            out: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
            checking: AtomicBool::new(false),
        }
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn is_out(&self) -> bool {
        self.out.load(Ordering::Relaxed)
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Relaxed)
    }

    pub(super) fn note_stalled(&self) {
        self.stalled.store(true, Ordering::Relaxed);
    }

    /// One more failure; answers how many there were in a row.
    pub(super) fn failed(&self) -> u32 {
        self.numbers.failures.increment(1);
        self.failures.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn answered(&self) {
        if self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
    }

    /// True if it was in until now.
    pub(super) fn take_out(&self) -> bool {
        let was_in = !self.out.swap(true, Ordering::Relaxed);
        if was_in {
            self.numbers.ejections.increment(1);
            self.numbers.out.set(1);
        }
        was_in
    }

    /// True if it was out until now.
    pub(super) fn take_back(&self) -> bool {
        self.failures.store(0, Ordering::Relaxed);
        self.stalled.store(false, Ordering::Relaxed);
        let was_out = self.out.swap(false, Ordering::Relaxed);
        if was_out {
            self.numbers.out.set(0);
        }
        was_out
    }

    /// The right to find out whether it is alive, if nobody else does.
    pub(super) fn begin_check(self: &Arc<Endpoint>) -> Option<Check> {
        let free = !self.checking.swap(true, Ordering::Relaxed);
        free.then(|| Check(Arc::clone(self)))
    }
}

pub(super) struct Check(Arc<Endpoint>);

impl Drop for Check {
    fn drop(&mut self) {
        self.0.checking.store(false, Ordering::Relaxed);
    }
}

/// A request under way at a replica; it counts until this is dropped.
pub(super) struct Place {
    pub(super) number: usize,
    pub(super) endpoint: Arc<Endpoint>,
}

impl Place {
    pub(super) fn take(number: usize, endpoint: &Arc<Endpoint>) -> Place {
        endpoint.in_flight.fetch_add(1, Ordering::Relaxed);
        endpoint.numbers.in_flight.increment(1);
        Place { number, endpoint: Arc::clone(endpoint) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.endpoint.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.endpoint.numbers.in_flight.decrement(1);
    }
}
