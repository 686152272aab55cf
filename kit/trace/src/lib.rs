//! What follows one order through all processes: W3C trace context, spans, and their way to a collector.
//!
//! A flow is handed its place in a trace as it is handed everything else, in its context; nothing is looked up in the
//! air. So a request that nobody records costs one comparison per place where a span could begin. The only thing kept
//! beside the arguments is [`Here`], which log lines ask for the trace that they belong to.
//!
//! Architecture invariant: no request ever waits for the collector, and what waits to be sent is bounded.

mod collector;
mod config;
mod export;
mod here;
mod parent;
mod span;

pub use config::{TelemetryConfig, TelemetryError};
pub use export::{Tracing, start};
pub use here::{Here, carry};
pub use opentelemetry::trace::SpanKind;
pub use parent::{NoTraceParent, TraceParent, parse_trace_id};
pub use span::{Span, child, enter, is_on};
