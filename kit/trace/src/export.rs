//! Spans on their way out: a bounded queue, a thread that empties it in batches, and what is told when nobody takes them.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, IdGenerator, RandomIdGenerator, Sampler, SdkTracerProvider,
    SpanData, SpanExporter, SpanProcessor,
};

use crate::collector::Collector;
use crate::span::Recorder;
use crate::{TelemetryConfig, TelemetryError};

/// Spans that wait to be sent, at the most; later ones are dropped and counted. About half a kilobyte each.
const QUEUE_MAX: usize = 8_192;
const BATCH_MAX: usize = 512;
/// How long a span waits for company.
const DELAY: Duration = Duration::from_secs(1);
/// One attempt to hand a batch over.
const EXPORT_TIME_MAX: Duration = Duration::from_secs(5);
/// What a closing process gives to its last spans.
const STOP_TIME_MAX: Duration = Duration::from_secs(2);

/// Traces are recorded; see [`Tracing::stop`].
#[derive(Debug)]
pub struct Tracing {
    provider: SdkTracerProvider,
}

/// Begins to record traces and to send them where the configuration says; `None` when it says nowhere. `role` is the
/// only role of this process, if it has one only. Needs a Tokio runtime.
pub fn start(config: &TelemetryConfig, role: Option<&str>) -> Result<Option<Tracing>, TelemetryError> {
    if config.endpoint.is_empty() {
        return Ok(None);
    }
    config.check()?;
    let waiting = Arc::new(AtomicUsize::new(0));
    let exporter =
        Watched { inner: exporter(config)?, waiting: Arc::clone(&waiting), failing: AtomicBool::new(false) };
    let batches = BatchConfigBuilder::default()
        // One more than is let in, so that nothing is lost there uncounted.
        .with_max_queue_size(QUEUE_MAX + 1)
        .with_max_export_batch_size(BATCH_MAX)
        .with_scheduled_delay(DELAY)
        .build();
    let inner = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(Bounded { inner, waiting })
        // Whoever asks for a span has decided already.
        .with_sampler(Sampler::AlwaysOn)
        .with_id_generator(Ids::default())
        .with_resource(resource(config, role))
        .build();
    let tracer = provider.tracer("souk");
    let recorder = Recorder { tracer, threshold: config.threshold(), follow_clients: config.follow_clients };
    if !recorder.install() {
        return Err(TelemetryError::Twice);
    }
    tracing::info!(endpoint = config.endpoint, ratio = config.sample_ratio, "traces are sent");
    Ok(Some(Tracing { provider }))
}

impl Tracing {
    /// Sends what waits, if somebody takes it soon. From then on nothing is recorded.
    pub async fn stop(self) {
        let stopped = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(STOP_TIME_MAX));
        if !matches!(stopped.await, Ok(Ok(()))) {
            tracing::warn!("the last spans were not taken");
        }
    }
}

fn exporter(config: &TelemetryConfig) -> Result<opentelemetry_otlp::SpanExporter, TelemetryError> {
    let endpoint = format!("{}/v1/traces", config.endpoint.trim_end_matches('/'));
    opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new(EXPORT_TIME_MAX))
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIME_MAX)
        .build()
        .map_err(|error| TelemetryError::Exporter(error.to_string()))
}

fn resource(config: &TelemetryConfig, role: Option<&str>) -> Resource {
    let name = match role {
        Some(role) => format!("{}-{role}", config.service_name),
        None => config.service_name.clone(),
    };
    let about = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("process.pid", i64::from(std::process::id())),
    ];
    Resource::builder().with_attributes(about).with_service_name(name).build()
}

/// Lets in what there is room for, and counts the rest.
#[derive(Debug)]
struct Bounded {
    inner: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut opentelemetry_sdk::trace::Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE_MAX {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            metrics::counter!("souk_trace_spans_total", "outcome" => "dropped").increment(1);
            return;
        }
        self.inner.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Counts what was taken and what was not, and tells of an outage once at its beginning and once at its end.
#[derive(Debug)]
struct Watched {
    inner: opentelemetry_otlp::SpanExporter,
    waiting: Arc<AtomicUsize>,
    failing: AtomicBool,
}

impl SpanExporter for Watched {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        let sent = self.inner.export(batch).await;
        let outcome = if sent.is_ok() { "sent" } else { "failed" };
        metrics::counter!("souk_trace_spans_total", "outcome" => outcome).increment(spans as u64);
        match (&sent, self.failing.swap(sent.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => {
                tracing::warn!(%error, "no collector takes the traces; they are dropped until one does");
            }
            (Ok(()), true) => tracing::info!("the collector takes traces again"),
            (Err(_), true) | (Ok(()), false) => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

thread_local! {
    /// Of the root that is being made; zero for a random one.
    static NEXT_TRACE_ID: Cell<u128> = const { Cell::new(0) };
}

/// Roots made by `begin` get this id: the one that a proxy has written into its log already.
pub(crate) fn with_trace_id<T>(id: u128, begin: impl FnOnce() -> T) -> T {
    NEXT_TRACE_ID.set(id);
    let begun = begin();
    NEXT_TRACE_ID.set(0);
    begun
}

#[derive(Debug, Default)]
struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        match NEXT_TRACE_ID.take() {
            0 => self.0.new_trace_id(),
            id => TraceId::from(id),
        }
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use opentelemetry::trace::{Span as _, Tracer as _};

    use super::*;

    /// A collector that takes the first batch and never says so.
    #[derive(Debug)]
    struct Hanging;

    impl SpanExporter for Hanging {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            std::future::pending().await
        }
    }

    #[test]
    fn what_nobody_takes_is_dropped_and_holds_up_nobody() {
        let waiting = Arc::new(AtomicUsize::new(0));
        let batches = BatchConfigBuilder::default().with_max_queue_size(QUEUE_MAX + 1).build();
        let inner = BatchSpanProcessor::builder(Hanging).with_batch_config(batches).build();
        let bounded = Bounded { inner, waiting: Arc::clone(&waiting) };
        let provider = SdkTracerProvider::builder().with_span_processor(bounded).build();
        let tracer = provider.tracer("test");
        let begun = Instant::now();
        for _ in 0..3 * QUEUE_MAX {
            tracer.start("span").end();
        }
        assert_eq!(waiting.load(Ordering::Relaxed), QUEUE_MAX, "the queue is full, and no fuller");
        assert!(begun.elapsed() < Duration::from_secs(5), "nobody waits for a collector");
        // The exporter's thread hangs for good; it ends with the process.
        std::mem::forget(provider);
    }

    #[test]
    fn a_root_has_the_id_that_it_was_given() {
        let ids = Ids::default();
        let given = with_trace_id(7, || ids.new_trace_id());
        assert_eq!(given, TraceId::from(7));
        assert_ne!(ids.new_trace_id(), TraceId::from(7));
    }
}
