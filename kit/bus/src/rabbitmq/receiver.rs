//! From the queue of a service to its inboxes.

use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use souk_rpc::Error;
use souk_types::Chance;
use tokio_util::sync::CancellationToken;

use super::link::Link;
use super::{RabbitMq, failed, topology};
use crate::backoff;
use crate::intake::{BATCH_MAX, Intake};
use crate::receiver::set_aside;
use crate::wire;

/// Messages that the broker hands over before the first of them is acknowledged: one batch in hand, one on its way.
const PREFETCH: u16 = 512;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Whatever happened to the broker, a receiver is back this soon after it.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A connection that lived this long was a sound one.
const SOUND_AFTER: Duration = Duration::from_secs(5);

const LOOK_EVERY: Duration = Duration::from_secs(15);

pub(crate) async fn receive(rabbit: &RabbitMq, intake: &Intake, stop: &CancellationToken) {
    let worker = format!("{} receiver", intake.service);
    let mut failures: u32 = 0;
    loop {
        let begun = Instant::now();
        let until_broken = async {
            match stop.run_until_cancelled(Link::open(rabbit, &worker)).await {
                Some(Ok(link)) => receive_over(link, rabbit, intake, stop).await,
                Some(Err(error)) => Err(error),
                None => Ok(()),
            }
        };
        let Err(error) = until_broken.await else { return };
        failures = if begun.elapsed() > SOUND_AFTER { 1 } else { failures.saturating_add(1) };
        let pause = backoff::pause(&Chance::system(), failures, FIRST_PAUSE, LONGEST_PAUSE);
        if failures.is_power_of_two() {
            tracing::warn!(worker, %error, failures, ?pause, "not receiving; the broker or the outboxes keep what there is");
        }
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// Receives until the connection breaks, or well until `stop`.
async fn receive_over(
    link: Link,
    rabbit: &RabbitMq,
    intake: &Intake,
    stop: &CancellationToken,
) -> Result<(), Error> {
    link.channel.basic_qos(PREFETCH, BasicQosOptions::default()).await.map_err(failed)?;
    let queue = rabbit.queue(intake.service).into();
    let options = BasicConsumeOptions::default();
    let consuming = link.channel.basic_consume(queue, "".into(), options, FieldTable::default());
    let deliveries = consuming.await.map_err(failed)?;
    // In whatever way this ends, the deliveries are dropped after the link: see there.
    let mut reception = Reception { link, deliveries };
    let ended = reception.run(rabbit, intake, stop).await;
    reception.link.close().await;
    ended
}

/// The order of the fields is the order in which they are dropped.
struct Reception {
    link: Link,
    deliveries: lapin::Consumer,
}

impl Reception {
    async fn run(
        &mut self,
        rabbit: &RabbitMq,
        intake: &Intake,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let first = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                _ = look.tick() => {
                    self.measure(rabbit, intake.service).await?;
                    continue;
                }
                next = self.deliveries.next() => next,
            };
            let mut batch = vec![delivery(first)?];
            while batch.len() < BATCH_MAX
                && let Some(next) = self.deliveries.next().now_or_never()
            {
                batch.push(delivery(next)?);
            }
            if !take_in(&batch, intake, stop).await? {
                return Ok(());
            }
        }
    }

    async fn measure(&self, rabbit: &RabbitMq, service: &'static str) -> Result<(), Error> {
        let depth = topology::depth(&self.link.channel, rabbit, service).await.map_err(failed)?;
        let (waiting, dead) = (u32::try_from(depth.waiting), u32::try_from(depth.dead));
        metrics::gauge!("souk_broker_waiting", "service" => service).set(waiting.unwrap_or(u32::MAX));
        metrics::gauge!("souk_broker_dead", "service" => service).set(dead.unwrap_or(u32::MAX));
        Ok(())
    }
}

fn delivery(next: Option<lapin::Result<Delivery>>) -> Result<Delivery, Error> {
    match next {
        Some(delivery) => delivery.map_err(failed),
        None => Err(Error::unavailable("RabbitMQ has canceled the consumer: its queue is gone")),
    }
}

/// Commits what can be read, then acknowledges it; sets aside the rest. False when `stop` came first.
async fn take_in(batch: &[Delivery], intake: &Intake, stop: &CancellationToken) -> Result<bool, Error> {
    let (mut envelopes, mut last_read) = (Vec::with_capacity(batch.len()), None);
    for delivery in batch {
        match wire::read(&delivery.data) {
            Ok(envelope) => {
                envelopes.push(envelope);
                last_read = Some(delivery);
            }
            Err(reason) => {
                set_aside(intake.service, &reason, delivery.data.len(), "RabbitMQ's dead-letter queue");
                // To the dead-letter exchange: to requeue it would bring it back at once, for ever.
                let reject = BasicRejectOptions { requeue: false };
                delivery.acker.reject(reject).await.map_err(failed)?;
            }
        }
    }
    if !intake.take_in(&envelopes, stop).await {
        return Ok(false);
    }
    if let Some(last) = last_read {
        // And everything before it.
        last.acker.ack(BasicAckOptions { multiple: true }).await.map_err(failed)?;
    }
    Ok(true)
}
