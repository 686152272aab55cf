//! What a request is called: its id and its W3C trace context.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName};
use souk_trace::TraceParent;
use souk_types::Chance;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const REQUEST_ID_BYTES_MAX: usize = 64;

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

    /// A trace for a request that brings none. It is called like the request when that has the form of a trace's id, as
    /// nginx gives it: so the lines of its log lead to the trace.
    pub(crate) fn trace(&self, request_id: &str) -> TraceParent {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let [high, low] =
            [scatter(self.seed ^ count.rotate_left(32)), scatter(self.seed.wrapping_add(count))];
        let trace_id =
            souk_trace::parse_trace_id(request_id).unwrap_or(u128::from(high) << 64 | u128::from(low));
        let span_id = scatter(count ^ self.seed.rotate_left(17));
        // Never zeros, which name nothing.
        let whole = TraceParent::new(trace_id, span_id, false);
        whole.unwrap_or_else(|| TraceParent::new(trace_id | 1, span_id | 1, false).expect("not zero"))
    }
}

/// The place in a trace that a client's request comes from.
pub(crate) fn traceparent(headers: &HeaderMap) -> Option<TraceParent> {
    TraceParent::parse(headers.get(TRACEPARENT)?.as_bytes())
}

fn is_sane(id: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(safe)
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
    use http::HeaderValue;

    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn no_two_requests_are_called_the_same() {
        let names = Names::new(&Chance::seeded(1));
        let ids: std::collections::HashSet<String> =
            (0..1_000).map(|_| names.request_id(&HeaderMap::new(), false)).collect();
        let traces: std::collections::HashSet<u128> =
            (0..1_000).map(|_| names.trace("edge-1").trace_id()).collect();
        assert_eq!((ids.len(), traces.len()), (1_000, 1_000));
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
    fn a_trace_is_called_like_the_request_that_nginx_has_named() {
        let names = Names::new(&Chance::seeded(1));
        let given = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(names.trace(given).to_string()[3..35], *given);
        assert_ne!(names.trace("0000000000000000").trace_id(), 0);
    }
}
