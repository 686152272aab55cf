//! Pauses that grow, up to a bound, and never fall in step.

use std::time::Duration;

use souk_types::Chance;

/// The pause after the `failures`-th failure in a row: `first`, doubled each time, `longest` at the most, and of
/// that between a half and the whole.
pub(crate) fn pause(chance: &Chance, failures: u32, first: Duration, longest: Duration) -> Duration {
    let doublings = failures.saturating_sub(1).min(20);
    let whole_ms = first.saturating_mul(1 << doublings).min(longest).as_millis();
    let half_ms = u64::try_from(whole_ms / 2).unwrap_or(u64::MAX);
    let random = u64::from(u32::from_le_bytes(chance.bytes::<4>()));
    Duration::from_millis(half_ms + random % (half_ms + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound() {
        let chance = Chance::seeded(7);
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(60));
        for (failures, whole_ms) in [(1, 100), (2, 200), (5, 1_600), (11, 60_000), (u32::MAX, 60_000)] {
            let pause_ms = pause(&chance, failures, first, longest).as_millis();
            assert!((whole_ms / 2..=whole_ms).contains(&pause_ms), "{failures}: {pause_ms} ms");
        }
    }
}
