//! Sends what stands in the outbox of one service, and marks it sent once every consumer, or the broker, has it.

use std::time::{Duration, Instant};

use souk_db::{Db, outbox, rush};
use souk_rpc::{Context, Error};
use souk_types::{Chance, Clock};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Bus;
use crate::backoff;
use crate::publisher::Publisher;

/// Events read in one pass beyond those that are stuck.
const WINDOW: u32 = 256;

/// What one pass reads at the most. When a service is down and more than this waits for it, younger events for
/// others wait as well.
const WINDOW_MAX: u32 = 16_384;

/// In a rush people are served first: how long the events of a service wait for them at the most, and how often is
/// looked whether it is over.
const STAND_BACK_MAX: Duration = Duration::from_secs(1);
const STAND_BACK: Duration = Duration::from_millis(10);

/// Other replicas' commits do not ring.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// The pause while something is stuck; it grows with the backlog, which each pass reads again.
const STUCK_PAUSE: Duration = Duration::from_millis(100);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A broker or database that returns is found this soon.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The worker that empties one outbox onto the bus. Several replicas may run it beside each other.
pub struct Relay {
    service: &'static str,
    db: Db,
    publisher: Publisher,
    clock: Clock,
}

/// What one look into the outbox came to.
#[derive(Default)]
struct Pass {
    sent: usize,
    stuck: usize,
}

impl Relay {
    /// `service` is the label of its metrics.
    pub fn new(service: &'static str, db: Db, bus: &Bus, clock: Clock) -> Relay {
        Relay { service, db, publisher: bus.publisher(service), clock }
    }

    pub fn spawn(self, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(self.run(stop))
    }

    /// Works until `stop`, and finishes the pass that it is in.
    pub async fn run(mut self, stop: CancellationToken) {
        let bell = self.db.on_outbox();
        let (mut window, mut failures, mut in_the_middle) = (WINDOW, 0, false);
        while !stop.is_cancelled() {
            let ring = bell.notified();
            tokio::pin!(ring);
            ring.as_mut().enable();
            if !in_the_middle {
                stand_back(&stop).await;
            }
            let pass = self.pass(window).await;
            // What has gathered goes out in one go, however many passes that takes.
            in_the_middle = pass.as_ref().is_ok_and(|pass| pass.sent + pass.stuck >= window as usize);
            match pass {
                Ok(Pass { stuck: 0, sent }) => {
                    (window, failures) = (WINDOW, 0);
                    if sent > 0 {
                        continue;
                    }
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = ring => {}
                        () = tokio::time::sleep(LOOK_AGAIN) => {}
                    }
                }
                Ok(Pass { stuck, .. }) => {
                    failures = 0;
                    window =
                        u32::try_from(stuck).unwrap_or(WINDOW_MAX).saturating_add(WINDOW).min(WINDOW_MAX);
                    let pause = STUCK_PAUSE + Duration::from_millis(u64::from(window / 16));
                    stop.run_until_cancelled(tokio::time::sleep(pause)).await;
                }
                Err(error) => {
                    (window, failures) = (WINDOW, failures + 1);
                    let pause = backoff::pause(&Chance::system(), failures, FIRST_PAUSE, LONGEST_PAUSE);
                    // Each new outage is told of, and then ever more rarely that it lasts.
                    if u32::is_power_of_two(failures) {
                        tracing::warn!(service = self.service, %error, failures, ?pause, "outbox not relayed");
                    }
                    stop.run_until_cancelled(tokio::time::sleep(pause)).await;
                }
            }
        }
    }

    async fn pass(&mut self, window: u32) -> Result<Pass, Error> {
        let envelopes = outbox::unsent(&self.db, window).await?;
        let lag = envelopes.first().map_or(Duration::ZERO, |oldest| self.clock.now().since(oldest.time));
        metrics::gauge!("souk_outbox_lag_seconds", "service" => self.service).set(lag.as_secs_f64());
        if envelopes.is_empty() {
            return Ok(Pass::default());
        }
        let accepted = self.publisher.publish(&envelopes).await?;
        if !accepted.is_empty() {
            let sent = outbox::mark_sent(&accepted, self.clock.now());
            self.db.commit(&Context::patient("relay"), sent).await?;
            metrics::counter!("souk_events_sent_total", "service" => self.service)
                .increment(accepted.len() as u64);
        }
        Ok(Pass { sent: accepted.len(), stuck: envelopes.len() - accepted.len() })
    }
}

/// Lets the people pass who wait for a commit, for a while.
async fn stand_back(stop: &CancellationToken) {
    let begun = Instant::now();
    while rush::is_on() && begun.elapsed() < STAND_BACK_MAX && !stop.is_cancelled() {
        tokio::time::sleep(STAND_BACK).await;
    }
}
