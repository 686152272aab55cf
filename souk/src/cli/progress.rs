//! How far long work has come: a bar on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

const LINE_EVERY: Duration = Duration::from_secs(2);

/// Shows progress on standard error.
pub(crate) struct Progress {
    label: &'static str,
    total: u64,
    done: u64,
    bar: Option<ProgressBar>,
    begun: Instant,
    last_line: Instant,
}

impl Progress {
    /// `total` in whatever `advance` counts.
    pub(crate) fn new(label: &'static str, total: u64) -> Progress {
        let style = ProgressStyle::with_template("{prefix} {bar:40} {percent:>3}% {msg} {eta}");
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total).with_prefix(label);
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        let now = Instant::now();
        Progress { label, total, done: 0, bar, begun: now, last_line: now }
    }

    pub(crate) fn advance(&mut self, by: u64, message: impl FnOnce() -> String) {
        self.done += by;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
            bar.set_message(message());
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let percent = self.done * 100 / self.total.max(1);
            eprintln!("{} {percent} % {}", self.label, message());
        }
    }

    /// Ends the bar and tells how long it took.
    pub(crate) fn finish(self) -> Duration {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.begun.elapsed()
    }
}
