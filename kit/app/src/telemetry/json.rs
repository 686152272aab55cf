//! A log line as a JSON object, with the trace and the request that it belongs to.

use std::fmt::{self, Write};

use serde::Serialize;
use souk_trace::Here;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// What libraries that speak through `log` have instead of a target of their own.
const LOG: &str = "log";

pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let about = event.metadata();
        let mut line = Line { out: String::with_capacity(256), target: about.target().to_owned() };
        line.put("timestamp", &time);
        line.put("level", about.level().as_str());
        event.record(&mut line);
        let target = std::mem::take(&mut line.target);
        line.put("target", &target);
        if let Some(here) = Here::current() {
            line.put_here(&here);
        }
        let mut spans = String::new();
        for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>().map_or("", |fields| fields.fields.as_str());
            let comma = if spans.is_empty() { "" } else { "," };
            let fields = if fields.is_empty() { "{}" } else { fields };
            write!(spans, "{comma}{{\"{}\":{fields}}}", span.name())?;
        }
        if !spans.is_empty() {
            write!(line.out, ",\"spans\":[{spans}]")?;
        }
        writeln!(writer, "{}}}", line.out)
    }
}

struct Line {
    /// The object, not yet closed.
    out: String,
    target: String,
}

impl Line {
    fn put(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        let (Ok(name), Ok(value)) = (serde_json::to_string(name), serde_json::to_string(value)) else {
            return;
        };
        let before = if self.out.is_empty() { '{' } else { ',' };
        self.out.extend([before.encode_utf8(&mut [0; 4]), name.as_str(), ":", value.as_str()]);
    }

    fn put_here(&mut self, here: &Here) {
        if let Some(place) = here.trace {
            self.put("trace_id", &format_args!("{:032x}", place.trace_id()));
            self.put("span_id", &format_args!("{:016x}", place.span_id()));
        }
        if !here.request_id.is_empty() {
            self.put("request_id", &*here.request_id);
        }
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "log.target" if self.target == LOG => self.target = value.to_owned(),
            name if name.starts_with("log.") => {}
            name => self.put(name, value),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), &value);
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use souk_trace::TraceParent;
    use tracing_subscriber::fmt::format::JsonFields;

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The one line that `say` makes.
    fn written(say: impl FnOnce()) -> Value {
        let paper = Paper::default();
        let to = paper.clone();
        let lines = tracing_subscriber::fmt().with_writer(move || to.clone());
        let lines = lines.fmt_fields(JsonFields::new()).event_format(JsonLines).finish();
        tracing::subscriber::with_default(lines, say);
        let text = String::from_utf8(paper.0.lock().expect("nobody panicked").clone()).expect("UTF-8");
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        serde_json::from_str(&text).expect("a line is JSON")
    }

    #[test]
    fn a_line_names_the_trace_and_the_request_it_belongs_to() {
        let place = TraceParent::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let line = written(|| {
            Here::new(place, "edge-7").tell(|| {
                tracing::warn!(order.id = %"o-1", attempts = 3, "payment \"declined\"\nstock released");
            });
        });
        assert_eq!(line["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(line["span_id"], "00f067aa0ba902b7");
        assert_eq!((&line["request_id"], &line["level"]), (&"edge-7".into(), &"WARN".into()));
        assert_eq!((&line["order.id"], &line["attempts"]), (&"o-1".into(), &3.into()));
        assert_eq!(line["message"], "payment \"declined\"\nstock released");
        assert!(line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        assert!(line["target"].as_str().is_some_and(|target| target.contains("telemetry")), "{line}");
    }

    #[test]
    fn a_line_outside_of_a_request_names_none() {
        let line = written(|| {
            let span = tracing::info_span!("reaction", consumer = "order");
            let _inside = span.enter();
            tracing::info!(late = true, "an event");
        });
        assert!(line.get("trace_id").is_none() && line.get("request_id").is_none(), "{line}");
        assert_eq!(line["spans"][0]["reaction"]["consumer"], "order");
        assert_eq!(line["late"], true);
    }
}
