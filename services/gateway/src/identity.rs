//! What a request is called: its id and its W3C trace context.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};
use souk_types::Chance;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const REQUEST_ID_BYTES_MAX: usize = 64;
/// `00-<32 hexadecimal digits>-<16>-<2>`
const TRACEPARENT_BYTES: usize = 55;

/// Names requests: random once per process, counted from there on.
pub(crate) struct Names {
    process: [u8; 8],
    seed: u64,
    count: AtomicU64,
}

impl Names {
    pub(crate) fn new(chance: &Chance) -> Names {
        let [process, trace] = [chance.bytes::<4>(), chance.bytes::<4>()];
        let mut prefix = [0; 8];
        write_hex(&mut prefix, u32::from_be_bytes(process).into());
        let seed = u64::from_be_bytes(chance.bytes::<8>()) ^ u64::from(u32::from_be_bytes(trace));
        Names { process: prefix, seed, count: AtomicU64::new(1) }
    }

    /// The id that a proxy of ours has given, or a new one.
    pub(crate) fn request_id(&self, headers: &HeaderMap, believe: bool) -> String {
        let given = headers.get(REQUEST_ID).filter(|_| believe).and_then(|value| value.to_str().ok());
        if let Some(given) = given.filter(|id| is_sane(id)) {
            return given.to_owned();
        }
        let mut id = [b'-'; 21];
        id[..8].copy_from_slice(&self.process);
        write_hex(&mut id[9..], self.count.fetch_add(1, Ordering::Relaxed));
        ascii(&id)
    }

    /// Continues the client's trace with a span of our own, or starts one.
    pub(crate) fn traceparent(&self, headers: &HeaderMap) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-01";
        match headers.get(TRACEPARENT).map(HeaderValue::as_bytes).filter(|given| is_traceparent(given)) {
            Some(given) => text[3..].copy_from_slice(&given[3..TRACEPARENT_BYTES]),
            None => {
                write_hex(&mut text[3..19], scatter(self.seed ^ count.rotate_left(32)));
                write_hex(&mut text[19..35], scatter(self.seed.wrapping_add(count)));
            }
        }
        // Never all zeros, which would be invalid.
        write_hex(&mut text[36..52], scatter(count ^ self.seed.rotate_left(17)) | 1);
        ascii(&text)
    }
}

fn is_sane(id: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(safe)
}

/// Version 00 by the letter; of a later version the part that version 00 knows.
fn is_traceparent(text: &[u8]) -> bool {
    let hex = |from: usize, to: usize| {
        text[from..to].iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b))
    };
    let zeros = |from: usize, to: usize| text[from..to].iter().all(|b| *b == b'0');
    let length_fits = match text.get(..2) {
        Some(b"00") => text.len() == TRACEPARENT_BYTES,
        _ => text.len() >= TRACEPARENT_BYTES && text.get(TRACEPARENT_BYTES).is_none_or(|b| *b == b'-'),
    };
    length_fits
        && hex(0, 2)
        && &text[..2] != b"ff"
        && text[2] == b'-'
        && hex(3, 35)
        && !zeros(3, 35)
        && text[35] == b'-'
        && hex(36, 52)
        && !zeros(36, 52)
        && text[52] == b'-'
        && hex(53, 55)
}

/// Fills `into` with the low digits of `number`.
fn write_hex(into: &mut [u8], number: u64) {
    for (place, digit) in into.iter_mut().rev().enumerate() {
        let nibble = number.checked_shr(u32::try_from(place).unwrap_or(u32::MAX) * 4).unwrap_or(0) & 15;
        *digit = b"0123456789abcdef"[usize::try_from(nibble).unwrap_or(0)];
    }
}

/// SplitMix64: neighbors in, strangers out.
fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn ascii(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn no_two_requests_are_called_the_same() {
        let names = Names::new(&Chance::seeded(1));
        let ids: std::collections::HashSet<String> =
            (0..1_000).map(|_| names.request_id(&HeaderMap::new(), false)).collect();
        let traces: std::collections::HashSet<String> =
            (0..1_000).map(|_| names.traceparent(&HeaderMap::new())).collect();
        assert_eq!((ids.len(), traces.len()), (1_000, 1_000));
        assert!(traces.iter().all(|trace| is_traceparent(trace.as_bytes())));
        assert!(ids.iter().all(|id| is_sane(id)));
    }

    #[test]
    fn a_sane_id_is_kept_when_the_sender_is_believed() {
        let names = Names::new(&Chance::seeded(1));
        assert_eq!(names.request_id(&with(REQUEST_ID, "edge-1"), true), "edge-1");
        assert_ne!(names.request_id(&with(REQUEST_ID, "edge-1"), false), "edge-1");
        assert_ne!(names.request_id(&with(REQUEST_ID, "a b"), true), "a b");
    }

    #[test]
    fn a_trace_is_continued_under_a_span_of_our_own() {
        let names = Names::new(&Chance::seeded(1));
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        let ours = names.traceparent(&with(TRACEPARENT, given));
        assert_eq!(ours[..36], given[..36]);
        assert_ne!(ours[36..52], given[36..52]);
        assert_eq!(ours[52..], given[52..], "what is not sampled stays so");
    }

    #[test]
    fn a_broken_traceparent_starts_a_new_trace() {
        for broken in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "é0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert!(!is_traceparent(broken.as_bytes()), "{broken}");
        }
        assert!(is_traceparent(b"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
    }
}
