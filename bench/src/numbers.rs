//! Medians, ratios and rates, in whole numbers.

use std::fmt;
use std::time::Duration;

/// The middle one; of an even count the lower of the two. Zero when there is none.
pub(crate) fn median<T: Ord + Copy + Default>(values: &[T]) -> T {
    quantile(values, 50)
}

/// The value that `percent` of all do not exceed.
pub(crate) fn quantile<T: Ord + Copy + Default>(values: &[T], percent: usize) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or_default()
}

/// How often something happened per second.
pub(crate) fn per_second(count: u64, took: Duration) -> u64 {
    let micros = took.as_micros().max(1);
    u64::try_from(u128::from(count) * 1_000_000 / micros).unwrap_or(u64::MAX)
}

/// A duration in microseconds, for the arithmetic of this crate.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A ratio with two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Ratio(u64);

impl Ratio {
    pub(crate) fn of(ours: u64, yardstick: u64) -> Ratio {
        Ratio(ours.saturating_mul(100) / yardstick.max(1))
    }

    pub(crate) const fn hundredths(hundredths: u64) -> Ratio {
        Ratio(hundredths)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// Microseconds as people read them.
pub(crate) struct Micros(pub(crate) u64);

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            us if us < 1_000 => write!(f, "{us} µs"),
            us if us < 1_000_000 => write!(f, "{}.{:02} ms", us / 1_000, us % 1_000 / 10),
            us => write!(f, "{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_value_that_was_measured() {
        assert_eq!(median(&[5, 1, 3]), 3);
        assert_eq!(median(&[4, 1, 3, 2]), 2);
        assert_eq!(median::<u64>(&[]), 0);
        assert_eq!(quantile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 99), 10);
    }

    #[test]
    fn a_ratio_is_rounded_down_so_that_a_bar_is_never_flattered() {
        assert_eq!(Ratio::of(5_999, 10_000).to_string(), "0.59");
        assert!(Ratio::of(6, 10) >= Ratio::hundredths(60));
        assert_eq!(Micros(1_234).to_string(), "1.23 ms");
    }
}
