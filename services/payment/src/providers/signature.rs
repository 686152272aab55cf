//! Webhook signatures as most providers make them: HMAC-SHA256 over `timestamp.body`, in a header
//! `t=<seconds>,v1=<hex>`, fresh for a few minutes only.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use souk_types::Timestamp;

use super::WebhookRefused;

/// The key both sides know.
#[derive(Clone)]
pub struct WebhookSecret(Vec<u8>);

impl WebhookSecret {
    pub fn new(secret: impl Into<Vec<u8>>) -> WebhookSecret {
        WebhookSecret(secret.into())
    }

    /// The header's value for a body that is sent now.
    pub fn sign(&self, body: &[u8], now: Timestamp) -> String {
        let seconds = now.millis() / 1000;
        let digest = self.mac(seconds, body).finalize().into_bytes();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={seconds},v1={hex}")
    }

    /// Whether the header signs this body and is not older than `tolerance`. Compares in constant time.
    pub fn check(
        &self,
        header: &str,
        body: &[u8],
        now: Timestamp,
        tolerance: Duration,
    ) -> Result<(), WebhookRefused> {
        let mut seconds = None;
        let mut signatures = Vec::new();
        for part in header.split(',').take(8) {
            match part.trim().split_once('=') {
                Some(("t", value)) => seconds = value.parse::<i64>().ok(),
                Some(("v1", value)) => signatures.extend(from_hex(value)),
                _ => {}
            }
        }
        let seconds = seconds.ok_or(WebhookRefused::Signature)?;
        let right =
            signatures.iter().any(|signature| self.mac(seconds, body).verify_slice(signature).is_ok());
        if !right {
            return Err(WebhookRefused::Signature);
        }
        let signed_at = Timestamp(seconds.saturating_mul(1000));
        let apart = now.since(signed_at).max(signed_at.since(now));
        if apart > tolerance { Err(WebhookRefused::Stale) } else { Ok(()) }
    }

    fn mac(&self, seconds: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(seconds.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        mac
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !hex.len().is_multiple_of(2) {
        return None;
    }
    hex.as_bytes().chunks(2).map(|pair| Some((nibble(pair[0])? << 4) | nibble(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);
    const TOLERANCE: Duration = Duration::from_secs(300);

    #[test]
    fn a_signature_is_for_one_body_one_key_and_a_few_minutes() {
        let secret = WebhookSecret::new("ours");
        let header = secret.sign(b"{}", NOW);
        assert_eq!(secret.check(&header, b"{}", NOW, TOLERANCE), Ok(()));
        assert_eq!(secret.check(&header, b"{ }", NOW, TOLERANCE), Err(WebhookRefused::Signature));
        let other = WebhookSecret::new("theirs");
        assert_eq!(other.check(&header, b"{}", NOW, TOLERANCE), Err(WebhookRefused::Signature));
        let later = NOW.plus(Duration::from_secs(301));
        assert_eq!(secret.check(&header, b"{}", later, TOLERANCE), Err(WebhookRefused::Stale));
        let earlier = NOW.minus(Duration::from_secs(301));
        assert_eq!(secret.check(&header, b"{}", earlier, TOLERANCE), Err(WebhookRefused::Stale));
    }

    #[test]
    fn a_header_that_makes_no_sense_is_refused() {
        let secret = WebhookSecret::new("ours");
        for header in ["", "t=,v1=", "t=9223372036854775807,v1=00", "v1=é", "t=1", "t=-1,v1=zz"] {
            assert_eq!(secret.check(header, b"", NOW, TOLERANCE), Err(WebhookRefused::Signature), "{header}");
        }
    }
}
