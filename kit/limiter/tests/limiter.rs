//! What the gateway may rely on.

use std::time::{Duration, Instant};

use souk_limiter::{Decision, Limiter, Quota};
use souk_types::{Clock, Timestamp};

fn clock() -> Clock {
    Clock::turnable(Timestamp::from_millis(1_800_000_000_000))
}

/// Sixty a minute, five at once.
fn limiter(clock: &Clock) -> Limiter {
    Limiter::memory_with(Quota::new(60, 5), 1_000, clock.clone())
}

#[test]
fn a_burst_is_allowed_and_then_one_a_second() {
    let clock = clock();
    let limiter = limiter(&clock);
    for remaining in [4, 3, 2, 1, 0] {
        let decision = limiter.check("ada", 1);
        assert!(decision.allowed);
        assert_eq!(decision.remaining, remaining);
    }
    let refused = Decision {
        allowed: false,
        limit: 5,
        remaining: 0,
        reset_after: Duration::from_secs(5),
        retry_after: Duration::from_secs(1),
    };
    assert_eq!(limiter.check("ada", 1), refused);
    clock.turn(Duration::from_secs(1));
    assert!(limiter.check("ada", 1).allowed);
    assert!(!limiter.check("ada", 1).allowed);
}

#[test]
fn retry_after_is_the_truth() {
    let clock = clock();
    let limiter = limiter(&clock);
    limiter.check("ada", 4);
    let refused = limiter.check("ada", 3);
    assert_eq!((refused.allowed, refused.remaining), (false, 1));
    assert_eq!(refused.retry_after, Duration::from_secs(2));
    clock.turn(refused.retry_after - Duration::from_millis(1));
    assert!(!limiter.check("ada", 3).allowed);
    clock.turn(Duration::from_millis(1));
    assert!(limiter.check("ada", 3).allowed);
}

#[test]
fn reset_after_is_when_the_bucket_is_full() {
    let clock = clock();
    let limiter = limiter(&clock);
    assert_eq!(limiter.check("ada", 2).reset_after, Duration::from_secs(2));
    clock.turn(Duration::from_secs(2));
    assert_eq!(limiter.check("ada", 1).remaining, 4);
}

#[test]
fn one_key_does_not_pay_for_another() {
    let limiter = limiter(&clock());
    limiter.check("ada", 5);
    assert!(!limiter.check("ada", 1).allowed);
    assert!(limiter.check("bob", 1).allowed);
    assert!(limiter.check(&17_u64, 1).allowed);
}

#[test]
fn a_cost_above_the_burst_takes_the_whole_bucket() {
    let limiter = limiter(&clock());
    let decision = limiter.check("ada", 50);
    assert_eq!((decision.allowed, decision.remaining), (true, 0));
    assert!(!limiter.check("ada", 50).allowed);
}

#[test]
fn a_flood_of_keys_is_bounded_and_forgotten() {
    let clock = clock();
    let limiter = limiter(&clock);
    let allowed = (0..100_000_u64).filter(|key| limiter.check(key, 1).allowed).count();
    assert!(limiter.keys() <= 1_000 + 256 + 500, "{} keys are remembered", limiter.keys());
    assert!(allowed < 10_000, "{allowed} were let through");

    clock.turn(Duration::from_secs(60));
    assert!(limiter.check("ada", 1).allowed, "a crowd does not lock anybody out for long");
    clock.turn(Duration::from_secs(60));
    limiter.shrink();
    assert_eq!(limiter.keys(), 0);
}

#[test]
fn a_quota_is_read_from_the_configuration() {
    let quota: Quota = toml::from_str("per_minute = 600\nburst = 50").unwrap();
    assert_eq!(quota, Quota::new(600, 50));
    assert!(toml::from_str::<Quota>("per_minute = 0\nburst = 50").is_err());
    assert!(toml::from_str::<Quota>("per_minute = 10\nburst = 5\nper_hour = 2").is_err());
}

/// Run it by `cargo test --release -p souk-limiter -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn a_check_takes_less_than_300_ns() {
    let limiter = Limiter::memory(Quota::new(600, 100));
    let clients: Vec<String> = (0..10_000).map(|n| format!("customer:{n}")).collect();
    let started = Instant::now();
    let checks = 100;
    for _ in 0..checks {
        for client in &clients {
            std::hint::black_box(limiter.check(client.as_str(), 1));
        }
    }
    let per_check_ns = started.elapsed().as_nanos() / (checks * clients.len() as u128);
    println!("{per_check_ns} ns a check");
    assert!(per_check_ns < 300);
}
