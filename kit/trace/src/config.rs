//! What a shop can set about its traces. The doc comments are the manual.

use serde::Deserialize;

/// `[telemetry]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// Where traces go: a collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; `/v1/traces` is added.
    /// Empty: nowhere, and tracing costs nothing. Headers for it come from `OTEL_EXPORTER_OTLP_HEADERS`.
    pub endpoint: String,
    /// Of how many requests the trace is recorded, from 0 to 1. The gateway decides once for all that follows.
    pub sample_ratio: f64,
    /// Whether the sampled flag of a client's `traceparent` decides instead, as behind a mesh that starts the traces.
    /// In front of strangers it must not: they could have everything recorded.
    pub follow_clients: bool,
    /// `service.name` of a shop in one process; a process with one role adds it, as in `souk-order`.
    pub service_name: String,
}

impl Default for TelemetryConfig {
    fn default() -> TelemetryConfig {
        TelemetryConfig {
            endpoint: String::new(),
            sample_ratio: 1.0,
            follow_clients: false,
            service_name: "souk".to_owned(),
        }
    }
}

/// A setting that no traces can be sent with.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error(
        "telemetry.endpoint `{0}` is not an address such as http://127.0.0.1:4318 (TLS: put a collector beside souk)"
    )]
    Endpoint(String),
    #[error("telemetry.sample_ratio must be from 0 to 1")]
    Ratio,
    #[error("telemetry.service_name must be a name")]
    Name,
    #[error("telemetry: {0}")]
    Exporter(String),
    #[error("this process sends its traces already")]
    Twice,
}

impl TelemetryConfig {
    pub(crate) fn check(&self) -> Result<(), TelemetryError> {
        let address: Option<http::Uri> = self.endpoint.parse().ok();
        let plain =
            address.is_some_and(|address| address.scheme_str() == Some("http") && address.host().is_some());
        if !plain {
            return Err(TelemetryError::Endpoint(self.endpoint.clone()));
        }
        if !(0.0..=1.0).contains(&self.sample_ratio) {
            return Err(TelemetryError::Ratio);
        }
        if self.service_name.trim().is_empty() {
            return Err(TelemetryError::Name);
        }
        Ok(())
    }

    /// Traces whose lower half is below this are recorded; all of them when it is `u64::MAX`.
    pub(crate) fn threshold(&self) -> u64 {
        #[expect(
            clippy::float_arithmetic,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of traces, not money; from 0 to 1 by `check`, and the cast saturates"
        )]
        let threshold = (self.sample_ratio * u64::MAX as f64) as u64;
        threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_to(endpoint: &str) -> TelemetryConfig {
        TelemetryConfig { endpoint: endpoint.to_owned(), ..TelemetryConfig::default() }
    }

    #[test]
    fn a_collector_is_spoken_to_in_plain_http() {
        assert!(sent_to("http://127.0.0.1:4318").check().is_ok());
        assert!(sent_to("http://collector:4318/otlp").check().is_ok());
        for refused in ["https://collector:4318", "collector:4318", "/v1/traces", "http://", "a b"] {
            assert!(matches!(sent_to(refused).check(), Err(TelemetryError::Endpoint(_))), "{refused}");
        }
    }

    #[test]
    fn the_ratio_is_a_share() {
        let of = |sample_ratio| TelemetryConfig { sample_ratio, ..sent_to("http://c") };
        assert_eq!(of(0.0).threshold(), 0);
        assert_eq!(of(1.0).threshold(), u64::MAX);
        assert_eq!(of(0.5).threshold() >> 62, 2);
        for refused in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(of(refused).check(), Err(TelemetryError::Ratio)), "{refused}");
        }
    }
}
