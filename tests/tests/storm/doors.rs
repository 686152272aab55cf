//! The way into the shop, as nginx leads it: gateway by turns, the other one when nobody opens, and for a while none
//! that has failed twice. What clients see of it is counted.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use souk_tests::{Answer, Client, TestShop};

/// Nobody looks at a blank page for longer: then the client comes again, with the same key where it has one.
const PATIENCE: Duration = Duration::from_secs(3);
/// As in the shop's own `nginx.conf`.
const FAILURES_MAX: u32 = 2;
const LEFT_ALONE: Duration = Duration::from_secs(5);

pub(crate) struct Doors {
    doors: Vec<Door>,
    next: AtomicUsize,
    seen: Mutex<Seen>,
}

struct Door {
    client: Client,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    failures: u32,
    shut_until: Option<Instant>,
}

/// What clients have met.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) requests: u32,
    /// By kind, such as `503` or `timeout`.
    pub(crate) errors: BTreeMap<String, u32>,
}

impl Doors {
    pub(crate) fn of(shop: &TestShop) -> Doors {
        let door = |url: &String| Door { client: shop.client.at(url), health: Mutex::default() };
        Doors {
            doors: shop.doors().iter().map(door).collect(),
            next: AtomicUsize::new(0),
            seen: Mutex::default(),
        }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().expect("unpoisoned").clone()
    }

    /// None when it has to be tried again; what was met then is counted.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> Option<Answer> {
        let headers: Vec<_> = key.map(|key| ("Idempotency-Key", key)).into_iter().collect();
        self.seen.lock().expect("unpoisoned").requests += 1;
        for door in self.in_turn() {
            let sent = door.client.send(method.clone(), path, body.clone(), &headers);
            let met = match tokio::time::timeout(PATIENCE, sent).await {
                Err(_) => "timeout".to_owned(),
                Ok(Err(error)) if is_refusal(&error) => "refused".to_owned(),
                Ok(Err(_)) => "broken off".to_owned(),
                Ok(Ok(answer)) => {
                    door.health.lock().expect("unpoisoned").failures = 0;
                    if !is_trouble(&answer) {
                        return Some(answer);
                    }
                    self.note(&answer.status.as_u16().to_string());
                    return None;
                }
            };
            door.has_failed();
            self.note(&met);
            // Whatever was sent may have had its effect: only who was not let in goes to the other door by itself.
            if met != "refused" {
                return None;
            }
        }
        None
    }

    fn note(&self, kind: &str) {
        *self.seen.lock().expect("unpoisoned").errors.entry(kind.to_owned()).or_default() += 1;
    }

    fn in_turn(&self) -> Vec<&Door> {
        let mut doors: Vec<_> = self.doors.iter().collect();
        doors.rotate_left(self.next.fetch_add(1, Ordering::Relaxed) % self.doors.len());
        doors.sort_by_key(|door| door.is_shut());
        doors
    }
}

impl Door {
    fn is_shut(&self) -> bool {
        let shut_until = self.health.lock().expect("unpoisoned").shut_until;
        shut_until.is_some_and(|until| Instant::now() < until)
    }

    fn has_failed(&self) {
        let mut health = self.health.lock().expect("unpoisoned");
        health.failures += 1;
        if health.failures >= FAILURES_MAX {
            *health = Health { failures: 0, shut_until: Some(Instant::now() + LEFT_ALONE) };
        }
    }
}

fn is_refusal(error: &anyhow::Error) -> bool {
    error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
}

fn is_trouble(answer: &Answer) -> bool {
    answer.status.is_server_error() || answer.status == 429
}
