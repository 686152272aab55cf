//! A place in a trace, as W3C Trace Context writes it: `00-<trace id>-<span id>-<flags>`.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `00-<32 hexadecimal digits>-<16>-<2>`
const BYTES: usize = 55;

/// A span that others may be children of. Neither id is ever zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

impl TraceParent {
    /// `None` for zeros, which name nothing.
    pub fn new(trace_id: u128, span_id: u64, sampled: bool) -> Option<TraceParent> {
        (trace_id != 0 && span_id != 0).then_some(TraceParent { trace_id, span_id, sampled })
    }

    /// Version 00 by the letter; of a later version the part that version 00 knows.
    pub fn parse(text: &[u8]) -> Option<TraceParent> {
        let fits = match text.get(..2)? {
            b"ff" => false,
            b"00" => text.len() == BYTES,
            _ => text.len() >= BYTES && text.get(BYTES).is_none_or(|byte| *byte == b'-'),
        };
        if !fits || text[2] != b'-' || text[35] != b'-' || text[52] != b'-' {
            return None;
        }
        hex(&text[..2])?;
        let (trace_id, span_id, flags) = (hex(&text[3..35])?, hex(&text[36..52])?, hex(&text[53..BYTES])?);
        TraceParent::new(trace_id, u64::try_from(span_id).ok()?, flags & 1 == 1)
    }

    pub fn trace_id(self) -> u128 {
        self.trace_id
    }

    pub fn span_id(self) -> u64 {
        self.span_id
    }

    /// Somebody records this trace: whoever continues it should too.
    pub fn is_sampled(self) -> bool {
        self.sampled
    }

    pub(crate) fn sampled(self, sampled: bool) -> TraceParent {
        TraceParent { sampled, ..self }
    }
}

/// The id of a trace by itself: 32 digits, not all of them zero.
pub fn parse_trace_id(text: &str) -> Option<u128> {
    let id = (text.len() == 32).then(|| hex(text.as_bytes())).flatten();
    id.filter(|id| *id != 0)
}

/// Lower-case digits only, as the standard wants them; at most 32.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0_u128, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TraceParent { trace_id, span_id, sampled } = self;
        write!(f, "00-{trace_id:032x}-{span_id:016x}-{:02x}", u8::from(*sampled))
    }
}

/// It is no place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent of the form 00-<32 hexadecimal digits>-<16>-<2>")]
pub struct NoTraceParent;

impl FromStr for TraceParent {
    type Err = NoTraceParent;

    fn from_str(text: &str) -> Result<TraceParent, NoTraceParent> {
        TraceParent::parse(text.as_bytes()).ok_or(NoTraceParent)
    }
}

impl Serialize for TraceParent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceParent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TraceParent, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn it_is_written_as_it_was_read() {
        let parent: TraceParent = GIVEN.parse().expect("a traceparent");
        assert!(parent.is_sampled());
        assert_eq!(parent.to_string(), GIVEN);
        assert_eq!(format!("{:032x}", parent.trace_id()), GIVEN[3..35]);
    }

    #[test]
    fn what_is_none_is_refused() {
        for broken in [
            "",
            "00",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "é0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7+01",
        ] {
            assert_eq!(TraceParent::parse(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn of_a_later_version_the_known_part_is_read() {
        let later = b"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more";
        let parent = TraceParent::parse(later).expect("a traceparent");
        assert!(!parent.is_sampled());
        assert_eq!(parent.span_id(), 0x00f0_67aa_0ba9_02b7);
    }
}
