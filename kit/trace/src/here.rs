//! Where a log line was written: in which trace, for which request.
//!
//! It goes with the task and not with `tracing`'s spans, since making one of those for every request would cost more
//! than answering some of them does.

use std::future::Future;
use std::sync::Arc;

use crate::TraceParent;

tokio::task_local! {
    static HERE: Here;
}

/// What the lines of a request have in common.
#[derive(Debug, Clone)]
pub struct Here {
    pub trace: Option<TraceParent>,
    pub request_id: Arc<str>,
}

impl Here {
    pub fn new(trace: Option<TraceParent>, request_id: &str) -> Here {
        Here { trace, request_id: request_id.into() }
    }

    /// Does `work` here.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        HERE.scope(self, work)
    }

    /// Says something from here.
    pub fn tell<T>(self, say: impl FnOnce() -> T) -> T {
        HERE.sync_scope(self, say)
    }

    /// Where the current task is, if somebody has said so.
    pub fn current() -> Option<Here> {
        HERE.try_with(Clone::clone).ok()
    }
}

/// Takes along where we are now, for work that goes on as a task of its own.
pub fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let here = Here::current();
    async move {
        match here {
            Some(here) => here.scope(work).await,
            None => work.await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_of_its_own_stays_in_the_trace_when_it_is_carried() {
        let trace = TraceParent::new(7, 8, false);
        let here = Here::new(trace, "request-1");
        here.scope(async {
            let seen = tokio::spawn(carry(async { Here::current() })).await.expect("it ends");
            assert_eq!(seen.as_ref().and_then(|here| here.trace), trace);
            assert_eq!(seen.map(|here| here.request_id.to_string()).as_deref(), Some("request-1"));
            assert!(tokio::spawn(async { Here::current() }).await.expect("it ends").is_none());
        })
        .await;
        assert!(Here::current().is_none());
    }
}
