//! The worker behind a consumer: claims what is due, reacts, and writes down what came of it.
//!
//! Handlers run as tasks of their own. While a commit of outcomes is under way the next ones gather, so many
//! reactions share few commits; a slow reaction holds up its own subject only.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use souk_db::inbox::{self, Claimed, Retry};
use souk_db::{Batch, Expect, Statement};
use souk_rpc::Context;
use souk_trace::Here;
use souk_types::{Chance, Clock, EventId};
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::Consumer;
use crate::attempt::{self, Outcome};
use crate::consumer::Reaction;
use crate::verdict::{Failure, Verdict, judge};

const CLAIM_MAX: u32 = 256;
const CONCURRENCY_MAX: usize = 32;

/// What a replica had in hand when it was killed waits for so long. Longer than a stall that passes, so that a replica
/// which goes on afterwards still has what it holds.
const LEASE: Duration = Duration::from_secs(15);
/// How often it is renewed for what takes longer.
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// Longer than a claimed event may wait for its turn and then take: after that it is lost, and not renewed any more.
const IN_HAND_MAX: Duration = Duration::from_secs(45);
const TURN_WAIT_MAX: Duration = Duration::from_secs(10);

/// Retries fall due without a ring, and so do other replicas' commits.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The worker of one [`Consumer`]. Several replicas may run it beside each other on PostgreSQL.
pub struct Processor {
    consumer: Consumer,
    clock: Clock,
    chance: Chance,
    /// Claimed and not begun.
    queue: VecDeque<Claimed>,
    claimed_at: Instant,
    /// Claimed, and not ended or not written down; since when.
    in_hand: HashMap<EventId, Instant>,
    renewed_at: Instant,
    running: JoinSet<Vec<Outcome>>,
    /// Ended and not written down.
    outcomes: Vec<(Claimed, Verdict)>,
}

impl Processor {
    pub fn new(consumer: Consumer, clock: Clock) -> Processor {
        Processor {
            consumer,
            clock,
            chance: Chance::system(),
            queue: VecDeque::new(),
            claimed_at: Instant::now(),
            in_hand: HashMap::new(),
            renewed_at: Instant::now(),
            running: JoinSet::new(),
            outcomes: Vec::new(),
        }
    }

    pub fn spawn(self, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(self.run(stop))
    }

    /// Works until `stop`, then claims no more and finishes what it has claimed.
    pub async fn run(mut self, stop: CancellationToken) {
        let bell = self.consumer.db.on_inbox();
        loop {
            // Listens before it looks, so that nothing queued in between is missed.
            let ring = bell.notified();
            tokio::pin!(ring);
            ring.as_mut().enable();
            self.renew().await;
            if !stop.is_cancelled() {
                self.claim().await;
            }
            self.start();
            if self.running.is_empty() {
                let settled = self.settle().await;
                if stop.is_cancelled() {
                    return;
                }
                if settled {
                    continue;
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = ring => {}
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                }
            } else {
                tokio::select! {
                    Some(ended) = self.running.join_next() => {
                        self.gather(ended);
                        self.start();
                        self.settle().await;
                    }
                    () = ring => {}
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                }
            }
        }
    }

    /// Takes what is due, unless there is enough to do or the database does not take answers.
    async fn claim(&mut self) {
        if !self.queue.is_empty() || !self.outcomes.is_empty() || self.running.len() >= CONCURRENCY_MAX {
            return;
        }
        let Consumer { name, db, .. } = &self.consumer;
        let asked_at = Instant::now();
        // A reaction that was lost, whatever the reason, is taken up again.
        self.in_hand.retain(|_, claimed_at| claimed_at.elapsed() < IN_HAND_MAX);
        match inbox::claim(db, name, self.clock.now(), LEASE, CLAIM_MAX, &self.in_hand).await {
            Ok(claimed) => {
                self.in_hand.extend(claimed.iter().map(|claimed| (claimed.envelope.id, asked_at)));
                (self.queue, self.claimed_at) = (claimed.into(), asked_at);
            }
            Err(error) => tracing::warn!(consumer = name, %error, "no events claimed"),
        }
    }

    /// Keeps what takes long from the other replicas.
    async fn renew(&mut self) {
        if self.renewed_at.elapsed() < RENEW_EVERY {
            return;
        }
        self.renewed_at = Instant::now();
        let is_long = |since: &Instant| (RENEW_EVERY..IN_HAND_MAX).contains(&since.elapsed());
        let held = self.in_hand.iter().filter(|(_, since)| is_long(since));
        let held: Vec<_> = held.map(|(event, _)| *event).collect();
        let Consumer { name, db, .. } = &self.consumer;
        if let Err(error) = inbox::renew(db, name, &held, self.clock.now().plus(LEASE)).await {
            tracing::warn!(consumer = name, %error, events = held.len(), "leases not renewed");
        }
    }

    /// Begins reactions while there is room for them.
    fn start(&mut self) {
        if self.claimed_at.elapsed() > TURN_WAIT_MAX {
            let waited = Verdict::RetryAfter(LOOK_AGAIN, "waited too long for its turn".to_owned());
            self.outcomes.extend(self.queue.drain(..).map(|claimed| (claimed, waited.clone())));
        }
        while self.running.len() < CONCURRENCY_MAX
            && let Some(claimed) = self.queue.pop_front()
        {
            let consumer = self.consumer.name;
            match self.consumer.reaction(&claimed.envelope.kind).cloned() {
                Some(Reaction::Single(react)) => {
                    self.running.spawn(async move { vec![attempt::single(react, consumer, claimed).await] });
                }
                Some(Reaction::Batch { number, react }) => {
                    let mut events = vec![claimed];
                    events.append(&mut self.take_queued(number));
                    self.running.spawn(attempt::together(react, consumer, events));
                }
                None => {
                    let reason = format!("`{consumer}` does not react to `{}`", claimed.envelope.kind);
                    self.judge(Outcome { claimed, result: Err(Failure::Hopeless(reason)), marked: false });
                }
            }
        }
    }

    /// All that is queued for the same batch handler.
    fn take_queued(&mut self, number: usize) -> Vec<Claimed> {
        let (taken, left): (Vec<_>, Vec<_>) = self.queue.drain(..).partition(|claimed| {
            matches!(self.consumer.reaction(&claimed.envelope.kind),
                Some(Reaction::Batch { number: other, .. }) if *other == number)
        });
        self.queue = left.into();
        taken
    }

    /// Takes in all that has ended, `first` and whatever ended beside it.
    fn gather(&mut self, first: Result<Vec<Outcome>, JoinError>) {
        let mut next = Some(first);
        while let Some(ended) = next {
            match ended {
                Ok(outcomes) => outcomes.into_iter().for_each(|outcome| self.judge(outcome)),
                Err(error) => tracing::error!(consumer = self.consumer.name, %error, "a reaction was lost"),
            }
            next = self.running.try_join_next();
        }
    }

    fn judge(&mut self, Outcome { claimed, result, marked }: Outcome) {
        let verdict = judge(result, claimed.attempts, &self.chance);
        let (consumer, event, attempts) = (self.consumer.name, claimed.envelope.id, claimed.attempts);
        let outcome = match &verdict {
            Verdict::Done => {
                let lag = self.clock.now().since(claimed.envelope.time);
                metrics::histogram!("souk_reaction_lag_seconds", "consumer" => consumer)
                    .record(lag.as_secs_f64());
                "done"
            }
            Verdict::RetryAfter(pause, error) => {
                here(&claimed).tell(|| {
                    tracing::warn!(consumer, event.id = %event, attempts, ?pause, error, "reaction failed, again later");
                });
                "retry"
            }
            Verdict::Dead(error) => {
                here(&claimed).tell(|| {
                    tracing::error!(consumer, event.id = %event, attempts, error, "reaction given up: a dead letter");
                });
                "dead"
            }
        };
        metrics::counter!("souk_reactions_total", "consumer" => consumer, "outcome" => outcome).increment(1);
        if marked && verdict == Verdict::Done {
            self.in_hand.remove(&event);
            return;
        }
        self.outcomes.push((claimed, verdict));
    }

    /// Writes down what ended, in one commit. If that fails it is kept for the next time; at the end of the
    /// process the leases run out, and what was done by a handler's own commit is not done again.
    /// True if something was written.
    async fn settle(&mut self) -> bool {
        if self.outcomes.is_empty() {
            return false;
        }
        let batch: Batch =
            self.outcomes.iter().map(|(claimed, verdict)| self.written(claimed, verdict)).collect();
        match self.consumer.db.commit(&Context::patient("processor"), batch).await {
            Ok(_) => {
                for (claimed, _) in self.outcomes.drain(..) {
                    self.in_hand.remove(&claimed.envelope.id);
                }
                true
            }
            Err(error) => {
                let outcomes = self.outcomes.len();
                tracing::warn!(consumer = self.consumer.name, %error, outcomes, "outcomes not written down yet");
                false
            }
        }
    }

    fn written(&self, claimed: &Claimed, verdict: &Verdict) -> Statement {
        let (consumer, event, now) = (self.consumer.name, claimed.envelope.id, self.clock.now());
        match verdict {
            // Any: it may have had its effect in an earlier attempt, whose answer was lost.
            Verdict::Done => Statement { expect: Expect::Any, ..inbox::done(consumer, event, now) },
            Verdict::RetryAfter(pause, error) => {
                inbox::fail(consumer, event, error, Retry::At(now.plus(*pause)))
            }
            Verdict::Dead(error) => inbox::fail(consumer, event, error, Retry::Never),
        }
    }
}

/// What is said of an event is said in the trace that it belongs to.
fn here(claimed: &Claimed) -> Here {
    Here::new(attempt::stated_under(&claimed.envelope), &claimed.envelope.id.to_string())
}
