//! How many requests may be at work at once. Whoever comes when the shop is full is told so at once, before anything
//! of the request is read: a queue would make everybody wait for answers that nobody waits for any more.

use std::sync::atomic::{AtomicUsize, Ordering};

use souk_rpc::{Error, ErrorKind};

use crate::routes::{Class, Route};

/// One part in ten of the room is kept for those who pay and for those who say that they were paid.
const RESERVE: usize = 10;

pub(crate) struct Crowd {
    inside: AtomicUsize,
    most: usize,
    most_ordinary: usize,
}

/// A request at work; gives its room back when dropped.
pub(crate) struct Inside<'c>(&'c Crowd);

impl Crowd {
    pub(crate) fn new(most: usize) -> Crowd {
        Crowd { inside: AtomicUsize::new(0), most, most_ordinary: most - most / RESERVE }
    }

    /// Those who watch the shop always come in: a full shop is not a broken one.
    pub(crate) fn enter(&self, route: Route) -> Option<Inside<'_>> {
        let most = match route {
            Route { class: Class::Unlimited, .. } => usize::MAX,
            Route { vital: true, .. } => self.most,
            _ => self.most_ordinary,
        };
        let inside = Inside(self);
        let others = self.inside.fetch_add(1, Ordering::Relaxed);
        (others < most).then_some(inside)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What those are told who find no room.
pub(crate) fn full() -> Error {
    let detail = "the shop is full right now; `Retry-After` says when to come back";
    Error::new(ErrorKind::Unavailable, "overloaded", detail)
        .with_retry_after(std::time::Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn route(method: &Method, path: &str) -> Route {
        Route::of(method, path, false)
    }

    #[test]
    fn a_full_shop_still_lets_in_who_pays_and_who_watches() {
        let crowd = Crowd::new(20);
        let browse = route(&Method::GET, "/v1/products");
        let pay = route(&Method::POST, "/v1/carts/1/checkout");
        let mut inside: Vec<_> = (0..18).map(|_| crowd.enter(browse).expect("there is room")).collect();
        assert!(crowd.enter(browse).is_none());
        inside.extend((0..2).map(|_| crowd.enter(pay).expect("kept free")));
        assert!(crowd.enter(pay).is_none());
        assert!(crowd.enter(route(&Method::GET, "/healthz")).is_some());
        inside.truncate(17);
        assert!(crowd.enter(browse).is_some(), "who leaves makes room");
    }
}
