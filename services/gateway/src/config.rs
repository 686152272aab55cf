//! What can be set about the gateway. The doc comments are the manual.

use http::HeaderValue;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};
use souk_limiter::Quota;

use crate::Cidr;

/// The section `[gateway]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayConfig {
    /// Networks of the proxies in front, such as `["10.0.0.0/8"]`. Only they are believed when they tell the
    /// client's address (`X-Forwarded-For`), its scheme (`X-Forwarded-Proto`) and a request id (`X-Request-Id`).
    pub trusted_proxies: Vec<Cidr>,
    /// Who else's pages may use the API.
    pub cors: Cors,
    /// The largest request body, in bytes.
    pub body_bytes_max: usize,
    /// The largest request body of `/v1/admin`, in bytes.
    pub admin_body_bytes_max: usize,
    /// How long a client may take to send its body.
    pub body_ms_max: u64,
    /// How long each service may take to answer.
    pub hop_ms_max: HopTimes,
    /// How long a part may take to say that it is ready.
    pub ready_ms_max: u64,
    /// How long a browser keeps the session cookie. The session itself may end earlier.
    pub session_days: u32,
    /// Tells browsers that came by HTTPS to come by HTTPS for that long; 0 says nothing.
    pub hsts_seconds: u64,
    /// Requests at work at once; whoever comes then is told to come back (503). The last tenth is kept for checkouts
    /// and webhooks, and health checks always come in.
    pub in_flight_max: usize,
    /// The last good answers of the catalog, given out while its service cannot be reached.
    pub stale: StaleConfig,
    /// How often somebody may ask.
    pub limits: Limits,
}

impl Default for GatewayConfig {
    fn default() -> GatewayConfig {
        GatewayConfig {
            trusted_proxies: Vec::new(),
            cors: Cors::default(),
            body_bytes_max: 1 << 20,
            admin_body_bytes_max: 8 << 20,
            body_ms_max: 10_000,
            hop_ms_max: HopTimes::default(),
            ready_ms_max: 1_000,
            session_days: 30,
            hsts_seconds: 31_536_000,
            in_flight_max: 2_048,
            stale: StaleConfig::default(),
            limits: Limits::default(),
        }
    }
}

/// The section `[storefront]`. The shop's name and address are those of its mails: `notification.shop_name`, `shop_url`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorefrontConfig {
    /// A folder with a built storefront (docs/adr/0018) instead of the one in the binary.
    pub export: Option<PathBuf>,
    /// What prices may be shown in besides `product.currency`, such as `["USD"]`; products need prices in it.
    pub currencies: Vec<souk_types::Currency>,
    /// Shows a plain page at `/` instead of a shop.
    pub off: bool,
}

/// What is remembered of the catalog, when it runs in another process.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaleConfig {
    /// Memory for it; 0 turns it off.
    pub megabytes: u64,
    /// How old an answer may be that is given out in an emergency.
    pub seconds_max: u64,
    /// How long the catalog may take for a new answer when there is an old one.
    pub patience_ms: u64,
}

impl Default for StaleConfig {
    fn default() -> StaleConfig {
        StaleConfig { megabytes: 32, seconds_max: 600, patience_ms: 2_000 }
    }
}

/// Pages of other origins that may call the API from a browser.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cors {
    /// Origins such as `https://shop.example` that may also use the session cookie: your own storefronts.
    pub origins: Vec<Origin>,
    /// Any origin may call the API, but without cookies.
    pub any_origin: bool,
}

/// Scheme, host and port of a page, such as `https://shop.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl Origin {
    pub(crate) fn value(&self) -> &HeaderValue {
        &self.0
    }
}

impl std::str::FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Origin, String> {
        let wrong = || format!("`{text}` is not an origin such as https://shop.example");
        let host =
            text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(wrong)?;
        let sane =
            host.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase() || b".-:[]".contains(&b));
        if host.is_empty() || !sane {
            return Err(wrong());
        }
        HeaderValue::from_str(text).map(Origin).map_err(|_| wrong())
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Origin, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Milliseconds that each service may take; afterwards the client gets 504.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HopTimes {
    pub user: u64,
    pub product: u64,
    /// Checkout waits for the payment provider.
    pub order: u64,
    pub payment: u64,
    pub notification: u64,
}

impl Default for HopTimes {
    fn default() -> HopTimes {
        HopTimes { user: 10_000, product: 10_000, order: 30_000, payment: 30_000, notification: 10_000 }
    }
}

/// Buckets per user, per API key or, for guests, per address (per /64 for IPv6). Each is
/// `{ per_minute, burst }`: what may be done in the long run, and what at once.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// GET and HEAD.
    pub reads: Quota,
    /// Everything that changes something.
    pub writes: Quota,
    /// Whatever API keys do.
    pub api_keys: Quota,
    /// Sign-in, registration, password resets, order lookup: always per address, since they invite guessing.
    pub guesses: Quota,
    /// Calls of payment providers, per address.
    pub webhooks: Quota,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            reads: Quota::new(1_200, 300),
            writes: Quota::new(240, 60),
            api_keys: Quota::new(6_000, 1_000),
            guesses: Quota::new(20, 20),
            webhooks: Quota::new(6_000, 1_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_with_a_typing_error_is_refused() {
        let good = r#"
            trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
            limits.guesses = { per_minute = 5, burst = 5 }
            cors.origins = ["https://shop.example", "http://localhost:3000"]
            hop_ms_max.order = 5000
        "#;
        let config: GatewayConfig = toml::from_str(good).expect("a configuration");
        assert_eq!(config.hop_ms_max.order, 5_000);
        assert_eq!(config.hop_ms_max.user, HopTimes::default().user);
        for wrong in [
            "trusted_proxy = []",
            r#"trusted_proxies = ["all"]"#,
            r#"cors.origins = ["*"]"#,
            r#"cors.origins = ["https://shop.example/"]"#,
            "limits.guesses = { per_minute = 0, burst = 5 }",
        ] {
            assert!(toml::from_str::<GatewayConfig>(wrong).is_err(), "{wrong}");
        }
    }
}
