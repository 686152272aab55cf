//! What becomes of an event after an attempt to react to it.

use std::borrow::Cow;
use std::time::Duration;

use souk_rpc::{Error, ErrorKind};
use souk_types::Chance;

use crate::backoff;

/// Attempts before a dead letter, when another part of the shop is down: about an hour and a half.
const TRANSIENT_ATTEMPTS_MAX: u32 = 100;
/// Attempts before a dead letter, when the reaction itself fails.
const ATTEMPTS_MAX: u32 = 5;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

const ERROR_CHARS_MAX: usize = 1_000;

const ALREADY_DONE: &str = "already_done";

/// Why a reaction did not happen.
#[derive(Debug)]
pub(crate) enum Failure {
    Error(Error),
    /// Repeating it cannot help: nobody reacts to this type here, or its data is not what the type says.
    Hopeless(String),
}

impl Failure {
    /// Somebody changed the same thing at the same moment: read again, decide again, at once.
    pub(crate) fn is_lost_race(&self) -> bool {
        matches!(self, Failure::Error(error) if error.kind == ErrorKind::Conflict && error.code == "lost_race")
    }

    /// For traces; `None` for a repetition, which is no failure.
    pub(crate) fn code(&self) -> Option<Cow<'static, str>> {
        match self {
            Failure::Error(error) if error.code == ALREADY_DONE => None,
            Failure::Error(error) => Some(error.code.clone()),
            Failure::Hopeless(_) => Some("hopeless".into()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    RetryAfter(Duration, String),
    Dead(String),
}

/// `attempts` counts the one that just ended.
pub(crate) fn judge(result: Result<(), Failure>, attempts: u32, chance: &Chance) -> Verdict {
    let error = match result {
        Ok(()) => return Verdict::Done,
        Err(Failure::Error(error)) if error.code == ALREADY_DONE => return Verdict::Done,
        Err(Failure::Hopeless(reason)) => return Verdict::Dead(legible(&reason)),
        Err(Failure::Error(error)) => error,
    };
    let attempts_max = if error.is_transient() { TRANSIENT_ATTEMPTS_MAX } else { ATTEMPTS_MAX };
    if attempts >= attempts_max {
        return Verdict::Dead(legible(&error.to_string()));
    }
    let pause = backoff::pause(chance, attempts, FIRST_PAUSE, LONGEST_PAUSE);
    Verdict::RetryAfter(pause, legible(&error.to_string()))
}

/// An error as it is kept beside the event. PostgreSQL refuses the character NUL, and a panic may say anything.
fn legible(error: &str) -> String {
    error.chars().filter(|letter| *letter != '\0').take(ERROR_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(error: Error, attempts: u32) -> Verdict {
        judge(Err(Failure::Error(error)), attempts, &Chance::seeded(1))
    }

    #[test]
    fn an_event_whose_effect_is_there_already_is_done() {
        assert_eq!(verdict(Error::conflict("already_done", "before"), 1), Verdict::Done);
    }

    #[test]
    fn a_reaction_that_keeps_failing_becomes_a_dead_letter() {
        let refused = || Error::unprocessable("refused", "no");
        assert!(matches!(verdict(refused(), 4), Verdict::RetryAfter(..)));
        assert_eq!(verdict(refused(), 5), Verdict::Dead("refused: no".to_owned()));
    }

    #[test]
    fn an_outage_is_waited_for_much_longer() {
        assert!(matches!(verdict(Error::unavailable("down"), 99), Verdict::RetryAfter(..)));
        assert!(matches!(verdict(Error::timeout("slow"), 100), Verdict::Dead(_)));
    }

    #[test]
    fn what_cannot_be_read_is_not_tried_again() {
        let verdict = judge(Err(Failure::Hopeless("no such field".into())), 1, &Chance::seeded(1));
        assert_eq!(verdict, Verdict::Dead("no such field".to_owned()));
    }
}
