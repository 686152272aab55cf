//! A collector of traces as any other: it takes OTLP over HTTP, and reads it by the definitions of OpenTelemetry itself.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type Spans = Arc<Mutex<Vec<Recorded>>>;

/// Gone when dropped.
pub struct Collector {
    address: SocketAddr,
    spans: Spans,
    server: JoinHandle<()>,
}

/// A span as it arrived. Ids are lower-case hexadecimal; the parent of a root is empty.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub service: String,
    pub name: String,
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub attributes: BTreeMap<String, String>,
}

/// The spans of one trace.
#[derive(Debug, Clone)]
pub struct Trace(pub Vec<Recorded>);

impl Collector {
    pub async fn open() -> Result<Collector> {
        let spans = Spans::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&spans));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves until it is dropped");
        });
        Ok(Collector { address, spans, server })
    }

    /// What `telemetry.endpoint` is set to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has arrived of a trace so far.
    pub fn trace(&self, id: &str) -> Trace {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        Trace(spans.iter().filter(|span| span.trace == id).cloned().collect())
    }

    /// How many spans have arrived.
    pub fn count(&self) -> usize {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Trace {
    /// The only span without a parent; all others must have theirs in the trace.
    pub fn root(&self) -> Result<&Recorded> {
        let known: BTreeSet<_> = self.0.iter().map(|span| &span.id).collect();
        let lost = self.0.iter().find(|span| !span.parent.is_empty() && !known.contains(&span.parent));
        ensure!(lost.is_none(), "the parent of {lost:?} is missing");
        let mut roots = self.0.iter().filter(|span| span.parent.is_empty());
        let root = roots.next().context("a trace without a root")?;
        ensure!(roots.next().is_none(), "a trace with two roots");
        Ok(root)
    }

    /// From the span of this name in this service up to the root, as `service: name`.
    pub fn way_up(&self, service: &str, name: &str) -> Result<Vec<String>> {
        let mut found = self.0.iter().find(|span| span.service == service && span.name == name);
        ensure!(found.is_some(), "no span {service}: {name} in {self:#?}");
        let mut way = Vec::new();
        while let Some(span) = found {
            ensure!(way.len() < self.0.len(), "a trace that goes in circles");
            way.push(format!("{}: {}", span.service, span.name));
            found = self.0.iter().find(|above| above.id == span.parent);
        }
        Ok(way)
    }

    pub fn services(&self) -> BTreeSet<&str> {
        self.0.iter().map(|span| span.service.as_str()).collect()
    }
}

async fn take(State(spans): State<Spans>, body: Bytes) -> StatusCode {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    let mut spans = spans.lock().unwrap_or_else(PoisonError::into_inner);
    for resource in request.resource_spans {
        let about = resource.resource.map(|resource| attributes(&resource.attributes)).unwrap_or_default();
        let service = about.get("service.name").cloned().unwrap_or_default();
        let arrived = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(arrived.map(|span| recorded(&service, span)));
    }
    StatusCode::OK
}

fn recorded(service: &str, span: Span) -> Recorded {
    Recorded {
        service: service.to_owned(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        attributes: attributes(&span.attributes),
        name: span.name,
    }
}

fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(yes)) => yes.to_string(),
        other => format!("{other:?}"),
    };
    pairs.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
