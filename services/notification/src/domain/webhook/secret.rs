//! Secrets and signatures, as Standard Webhooks has them: `v1,<base64 of HMAC-SHA256 over id.timestamp.body>`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use souk_types::{EventId, Timestamp};

const PREFIX: &str = "whsec_";

/// What a webhook's deliveries are signed with; whoever receives them knows it, too.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// `chance` is 192 random bits.
    pub fn new(chance: [u8; 24]) -> Secret {
        Secret(format!("{PREFIX}{}", STANDARD.encode(chance)))
    }

    /// Takes back what was kept.
    pub fn kept(text: String) -> Secret {
        Secret(text)
    }

    /// For the owner's eyes, once, and for keeping.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is listed: enough to tell secrets apart.
    pub fn hint(&self) -> String {
        let from = self.0.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        self.0[from..].to_owned()
    }

    fn sign(&self, event: EventId, seconds: i64, body: &str) -> String {
        let key = STANDARD.decode(self.0.trim_start_matches(PREFIX)).unwrap_or_default();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
        mac.update(format!("{event}.{seconds}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The header `webhook-signature`: one signature for each secret, the new one's first.
pub fn signatures(secrets: &[&Secret], event: EventId, now: Timestamp, body: &str) -> String {
    let seconds = now.millis() / 1_000;
    let signed: Vec<_> = secrets.iter().map(|secret| secret.sign(event, seconds, body)).collect();
    signed.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by another implementation of HMAC.
    #[test]
    fn a_signature_is_what_others_compute() {
        let secret = Secret::kept("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let event = EventId("019ac000-0000-7000-8000-000000000001".parse().expect("an id"));
        let signed = signatures(
            &[&secret],
            event,
            Timestamp::from_millis(1_614_265_330_999),
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,a+b/U1xIRe879d8ajzro6pKOc4Su1SHIsNgp2GMVryE=");
        let both = signatures(&[&Secret::new([7; 24]), &secret], event, Timestamp::from_millis(0), "");
        assert_eq!(both.split(' ').count(), 2);
    }

    #[test]
    fn a_secret_is_hinted_at_by_its_last_four_characters() {
        let secret = Secret::new([0; 24]);
        assert_eq!(secret.reveal().len(), 38);
        assert_eq!(secret.hint(), "AAAA");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
