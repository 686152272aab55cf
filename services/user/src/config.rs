//! What can be set about users. The doc comments are the manual.

use std::time::Duration;

use serde::Deserialize;

/// `[user]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UserConfig {
    /// Argon2id: memory of one hash. The three defaults are OWASP's.
    pub password_memory_kib: u32,
    /// Argon2id: passes over the memory.
    pub password_iterations: u32,
    /// Argon2id: lanes.
    pub password_parallelism: u32,
    /// Passwords hashed at once; 0 means one per processor. Each takes `password_memory_kib`.
    pub hashes_at_once: usize,
    /// Passwords that may wait for their turn. Whoever comes later is answered 503 and told when to come back.
    pub hashes_waiting_max: usize,
    /// A session ends when it was not used for so long.
    pub session_idle_days: u32,
    /// A session ends at the latest so long after the login.
    pub session_days_max: u32,
    /// Use of a session or key is written down at most once in so many minutes.
    pub seen_every_minutes: u32,
    /// What was used is gathered for so long before it is written.
    pub write_seen_every_ms: u64,
    /// Sessions of one user; one more ends the oldest.
    pub sessions_per_user_max: u32,
    /// How long the mail that proves an address is good for.
    pub verification_hours: u32,
    /// How long the mail that resets a password is good for.
    pub reset_minutes: u32,
    /// Wrong passwords for one address before logging in is refused for a while.
    pub login_failures_max: u32,
    /// How long wrong passwords are counted, and logging in is refused, from the first one on.
    pub login_window_minutes: u32,
    /// Mails that may be asked for one address at once (registration, verification, reset).
    pub mails_burst: u32,
    /// Mails that may be asked for one address in the long run.
    pub mails_per_minute: u32,
    /// Addresses in one user's book.
    pub addresses_max: u32,
    /// Staff of the shop.
    pub staff_max: u32,
    /// API keys of the shop.
    pub api_keys_max: u32,
    /// How often what has expired is removed.
    pub prune_every_minutes: u32,
}

impl Default for UserConfig {
    fn default() -> UserConfig {
        UserConfig {
            password_memory_kib: 19 * 1024,
            password_iterations: 2,
            password_parallelism: 1,
            hashes_at_once: 0,
            hashes_waiting_max: 64,
            session_idle_days: 30,
            session_days_max: 180,
            seen_every_minutes: 60,
            write_seen_every_ms: 5_000,
            sessions_per_user_max: 20,
            verification_hours: 72,
            reset_minutes: 60,
            login_failures_max: 10,
            login_window_minutes: 15,
            mails_burst: 5,
            mails_per_minute: 1,
            addresses_max: 20,
            staff_max: 200,
            api_keys_max: 100,
            prune_every_minutes: 10,
        }
    }
}

impl UserConfig {
    pub(crate) fn verification_lasts(&self) -> Duration {
        minutes(self.verification_hours.saturating_mul(60))
    }

    pub(crate) fn reset_lasts(&self) -> Duration {
        minutes(self.reset_minutes)
    }

    pub(crate) fn login_window(&self) -> Duration {
        minutes(self.login_window_minutes)
    }

    pub(crate) fn seen_every(&self) -> Duration {
        minutes(self.seen_every_minutes)
    }

    pub(crate) fn write_seen_every(&self) -> Duration {
        Duration::from_millis(self.write_seen_every_ms.max(1))
    }

    pub(crate) fn prune_every(&self) -> Duration {
        minutes(self.prune_every_minutes.max(1))
    }
}

pub(crate) fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}
