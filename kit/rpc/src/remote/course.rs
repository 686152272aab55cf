//! The way of a request: replica after replica, until one answers or it is no use.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::Response;
use rand::RngExt;
use tokio::time::Instant;

use super::RemoteConfig;
use super::attempt::{Outcome, attempt};
use super::errand::{Errand, Manner};
use super::pool::{Pool, Tried};
use crate::Error;

pub(super) async fn run(
    pool: &Arc<Pool>,
    errand: &Errand,
    time_left: Duration,
    config: &RemoteConfig,
) -> Result<Response<Body>, Error> {
    let deadline = Instant::now() + time_left;
    let mut tried = Tried::default();
    let mut number = 1;
    loop {
        let place = pool.pick(tried)?;
        tried.add(place.number);
        let outcome = attempt(pool, place, tried, errand, deadline, config).await;
        let again = number < config.attempts_max && may_repeat(pool, errand.manner, &outcome, tried);
        if !again {
            return settle(pool, outcome);
        }
        if !pool.has_hope(tried) {
            let pause = pause(number);
            if Instant::now() + pause >= deadline {
                return settle(pool, outcome);
            }
            tokio::time::sleep(pause).await;
        }
        pool.numbers.retries.increment(1);
        number += 1;
    }
}

/// What decides is whether it may have had its effect, and whether repeating it harms those who are struggling.
fn may_repeat(pool: &Pool, manner: Manner, outcome: &Outcome, tried: Tried) -> bool {
    match (outcome, manner) {
        (Outcome::Answered(_) | Outcome::Over(_), _) => false,
        // A connection that was refused has cost nobody anything.
        (Outcome::Unsent(_), _) if pool.has_hope(tried) => true,
        (Outcome::Refused(_) | Outcome::Unanswered(_), Manner::Change) => false,
        // Of the only replica it is the answer, and the client may decide.
        (Outcome::Refused(_), Manner::Read) if !pool.has_other(tried) => false,
        _ => pool.budget.take(),
    }
}

fn settle(pool: &Pool, outcome: Outcome) -> Result<Response<Body>, Error> {
    match outcome {
        Outcome::Answered(response) => {
            pool.budget.deposit();
            Ok(response)
        }
        Outcome::Refused(response) => Ok(response),
        Outcome::Unsent(error) | Outcome::Unanswered(error) | Outcome::Over(error) => Err(error),
    }
}

/// 25, 75, 225 ms, each ± a half, so that callers do not return in step.
fn pause(attempt: u32) -> Duration {
    let base_ms = 25 * 3u64.pow(attempt.min(6) - 1);
    Duration::from_millis(rand::rng().random_range(base_ms / 2..=base_ms * 3 / 2))
}
