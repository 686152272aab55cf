//! When a mail that was not taken is tried again.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(3_600);

/// The pause after the attempt number `attempts`: it doubles up to an hour, and `chance`, any byte, spreads it by up
/// to a quarter so that what failed together does not come back together.
pub fn retry_after(attempts: u32, chance: u8) -> Duration {
    let pause = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST);
    pause + pause * u32::from(chance) / 1_024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_thirty_attempts_take_most_of_a_day() {
        assert_eq!(retry_after(1, 0), Duration::from_secs(5));
        assert_eq!(retry_after(3, 0), Duration::from_secs(20));
        assert_eq!(retry_after(1_000, 0), LONGEST);
        assert!(retry_after(1, 255) < Duration::from_millis(6_250));
        let all: Duration = (1..30).map(|attempt| retry_after(attempt, 0)).sum();
        assert_eq!(all.as_secs() / 3_600, 20);
    }
}
