//! A session lives while it is used, but not for ever.

use std::time::Duration;

use souk_types::{Chance, SessionId, Timestamp, UserId};

/// How long sessions live.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Without use.
    pub idle: Duration,
    /// With use.
    pub most: Duration,
    /// Use within this time of the last one changes nothing.
    pub seen_every: Duration,
}

/// One sign-in of a user on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    /// What the browser called itself.
    pub device: Option<String>,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    /// When it ends unless it is used; never after `ends_at`.
    pub expires_at: Timestamp,
    /// When it ends in any case.
    pub ends_at: Timestamp,
}

impl Session {
    pub fn open(
        user: UserId,
        device: Option<String>,
        lifetimes: &Lifetimes,
        chance: &Chance,
        now: Timestamp,
    ) -> Session {
        let ends_at = now.plus(lifetimes.most);
        Session {
            id: SessionId::new(chance, now),
            user,
            device,
            created_at: now,
            seen_at: now,
            expires_at: now.plus(lifetimes.idle).min(ends_at),
            ends_at,
        }
    }

    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// The expiry that using it now gives it; `None` when that is not worth writing down yet.
    pub fn used(&self, lifetimes: &Lifetimes, now: Timestamp) -> Option<Timestamp> {
        let worth_it = now.since(self.seen_at) >= lifetimes.seen_every;
        worth_it.then(|| now.plus(lifetimes.idle).min(self.ends_at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn lifetimes() -> Lifetimes {
        Lifetimes { idle: 24 * HOUR, most: 72 * HOUR, seen_every: HOUR }
    }

    fn opened(now: Timestamp) -> Session {
        let user = UserId(Chance::seeded(1).uuid_v4());
        Session::open(user, None, &lifetimes(), &Chance::seeded(2), now)
    }

    #[test]
    fn a_session_that_is_not_used_ends() {
        let now = Timestamp::from_millis(0);
        let session = opened(now);
        assert!(!session.is_over(now.plus(23 * HOUR)));
        assert!(session.is_over(now.plus(24 * HOUR)));
    }

    #[test]
    fn use_is_not_written_down_every_time() {
        let now = Timestamp::from_millis(0);
        let session = opened(now);
        assert_eq!(session.used(&lifetimes(), now.plus(HOUR / 2)), None);
        assert_eq!(session.used(&lifetimes(), now.plus(2 * HOUR)), Some(now.plus(26 * HOUR)));
    }

    proptest! {
        #[test]
        fn no_amount_of_use_makes_a_session_live_for_ever(uses in prop::collection::vec(0_u64..100, 0..50)) {
            let start = Timestamp::from_millis(0);
            let mut session = opened(start);
            let mut now = start;
            for hours in uses {
                now = now.plus(Duration::from_secs(hours * 3600));
                if session.is_over(now) {
                    break;
                }
                if let Some(expires_at) = session.used(&lifetimes(), now) {
                    session = Session { seen_at: now, expires_at, ..session };
                }
                prop_assert!(session.expires_at <= start.plus(72 * HOUR));
            }
        }
    }
}
