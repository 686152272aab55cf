//! What the roles of one shop know and nobody else: it opens the internal listeners.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;

/// The shared secret of one shop's processes. Compared in constant time, never printed.
#[derive(Clone)]
pub struct InternalSecret(Arc<str>);

impl InternalSecret {
    pub fn new(secret: impl Into<Arc<str>>) -> InternalSecret {
        InternalSecret(secret.into())
    }

    /// The `Authorization` header that opens an internal listener.
    pub fn header(&self) -> HeaderValue {
        let mut value = HeaderValue::try_from(format!("Souk {}", self.0))
            .unwrap_or_else(|_| HeaderValue::from_static("Souk unusable-secret"));
        value.set_sensitive(true);
        value
    }

    /// Whether the headers carry this secret.
    pub fn opens(&self, headers: &HeaderMap) -> bool {
        let offered =
            headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Souk "));
        offered.is_some_and(|offered| bool::from(offered.ct_eq(self.0.as_bytes())))
    }
}

impl fmt::Debug for InternalSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InternalSecret(…)")
    }
}
