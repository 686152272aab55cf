//! When a delivery that was not taken is tried again: the schedule that Standard Webhooks recommends.

use std::time::Duration;

/// Pauses after the first attempt, the second …: ten attempts in 75 hours and 35 minutes, a little more than three days.
const PAUSES_SECONDS: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// The pause after the attempt number `attempts`; `None` when it was the last one. `chance`, any byte, spreads it by up
/// to a tenth, so that what failed together does not come back together.
pub fn pause_after(attempts: u32, chance: u8) -> Option<Duration> {
    let at = usize::try_from(attempts.max(1) - 1).ok()?;
    let pause = Duration::from_secs(*PAUSES_SECONDS.get(at)?);
    Some(pause + pause * u32::from(chance) / 2_560)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_has_three_days_to_come_back() {
        let all: Duration = (1..).map_while(|attempts| pause_after(attempts, 0)).sum();
        assert_eq!(all.as_secs(), 75 * 3_600 + 35 * 60 + 5);
        assert_eq!(pause_after(1, 0), Some(Duration::from_secs(5)));
        assert!(pause_after(2, 255).is_some_and(|pause| pause < Duration::from_secs(330)));
        assert_eq!(pause_after(10, 0), None);
    }
}
