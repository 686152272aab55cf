//! Fail points: places in a flow where a test makes the shop fail, die or dawdle.
//!
//! Compiled in always and off unless `souk up --dev` arms them; an unarmed point costs one relaxed load.
//! Unlike the usual crate for this they wait without blocking a thread, and they can kill the process.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use souk_rpc::Error;

static ARMED: AtomicBool = AtomicBool::new(false);
static POINTS: LazyLock<Mutex<HashMap<String, Plan>>> = LazyLock::new(Mutex::default);

/// What a point does when it is hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The flow gets an error, as if a part were down.
    Error,
    /// The process ends at once, as by `kill -9`: no destructor runs, nothing is flushed.
    Kill,
    Panic,
    Delay(Duration),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Plan {
    action: Action,
    /// How often it still acts.
    times_left: u32,
}

/// Not `name=action[*times]`, where an action is `error`, `kill`, `panic` or `delay(ms)`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not name=action[*times] with an action of error, kill, panic or delay(ms)")]
pub struct PlanError(String);

/// Arms points from a list such as `checkout.after_hold=kill*1;payment.before_provider=delay(50)`.
pub fn arm(list: &str) -> Result<(), PlanError> {
    for entry in list.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        let wrong = || PlanError(entry.to_owned());
        let (name, plan) = entry.split_once('=').ok_or_else(wrong)?;
        let (action, times) = plan.split_once('*').unwrap_or((plan, "4294967295"));
        let plan = Plan {
            action: action.parse().map_err(|()| wrong())?,
            times_left: times.parse().map_err(|_| wrong())?,
        };
        POINTS.lock().insert(name.to_owned(), plan);
    }
    ARMED.store(true, Ordering::Relaxed);
    Ok(())
}

/// Disarms everything.
pub fn disarm() {
    ARMED.store(false, Ordering::Relaxed);
    POINTS.lock().clear();
}

/// A place where the shop may be made to fail. Put it between two steps of a flow.
pub async fn point(name: &'static str) -> Result<(), Error> {
    if !ARMED.load(Ordering::Relaxed) {
        return Ok(());
    }
    match take(name) {
        None => Ok(()),
        Some(Action::Error) => Err(Error::unavailable(format!("fail point {name}"))),
        Some(Action::Kill) => std::process::abort(),
        Some(Action::Panic) => panic!("fail point {name}"),
        Some(Action::Delay(time)) => {
            tokio::time::sleep(time).await;
            Ok(())
        }
    }
}

fn take(name: &str) -> Option<Action> {
    let mut points = POINTS.lock();
    let plan = points.get_mut(name)?;
    plan.times_left = plan.times_left.checked_sub(1)?;
    Some(plan.action.clone())
}

impl FromStr for Action {
    type Err = ();

    fn from_str(text: &str) -> Result<Action, ()> {
        match text {
            "error" => Ok(Action::Error),
            "kill" => Ok(Action::Kill),
            "panic" => Ok(Action::Panic),
            _ => {
                let millis = text.strip_prefix("delay(").and_then(|rest| rest.strip_suffix(')')).ok_or(())?;
                millis.parse().map(|millis| Action::Delay(Duration::from_millis(millis))).map_err(|_| ())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_point_acts_as_often_as_it_was_told_and_then_no_more() {
        assert!(point("a").await.is_ok());
        arm("a=error*2").expect("a plan");
        assert!(point("a").await.is_err());
        assert!(point("b").await.is_ok());
        assert!(point("a").await.is_err());
        assert!(point("a").await.is_ok());
        disarm();
    }

    #[test]
    fn a_plan_that_cannot_be_read_is_refused() {
        for plan in ["a", "a=", "a=explode", "a=delay(x)", "a=error*x"] {
            assert!(arm(plan).is_err(), "{plan}");
        }
    }
}
