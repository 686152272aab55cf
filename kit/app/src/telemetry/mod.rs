//! Logs and metrics of a process; its traces are the business of `souk_trace`.

mod json;

use std::io::IsTerminal;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::JsonFields;

use self::json::JsonLines;

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people on a terminal, JSON elsewhere.
    #[default]
    Auto,
    Text,
    Json,
}

/// Starts logging to standard error; `filter` is in the syntax of `RUST_LOG`, which wins over it.
pub fn log(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let json = match format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    // A second shop in the same process, as in tests, logs to where the first one does.
    let _ = if json {
        lines.fmt_fields(JsonFields::new()).event_format(JsonLines).try_init()
    } else {
        lines.try_init()
    };
}

/// Starts counting; the handle renders what `/metrics` answers. `None` when this process counts already.
///
/// Somebody has to call `run_upkeep` of the handle now and then, or what is counted piles up until it is rendered.
pub fn metrics() -> Option<PrometheusHandle> {
    PrometheusBuilder::new().install_recorder().ok()
}
