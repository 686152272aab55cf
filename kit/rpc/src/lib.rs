//! How services speak to each other: one contract, two transports, any number of replicas.
//!
//! [`contract!`] declares a service once and writes the trait, its internal HTTP routes and the remote
//! client. Callers hold `Arc<dyn Product>` and cannot tell a method call from a request over the network.
//!
//! Architecture invariant: every contract method may be repeated with the same request and changes nothing
//! the second time. That is what makes the retries in [`Remote`] safe.

mod context;
mod contract;
mod error;
mod remote;
mod secret;
mod server;
mod traced;

pub use context::{Caller, Cause, Context, Idempotency, Permission};
pub use error::{Error, ErrorKind, FieldError, OutcomeUnknown, Problem};
pub use remote::{Remote, RemoteConfig};
pub use secret::InternalSecret;
pub use server::{Contract, believe_context, method};
pub use traced::{Traced, trace_requests};

/// What the [`contract!`] macro names; not for use by hand.
#[doc(hidden)]
pub mod __macro {
    pub use async_trait::async_trait;
    pub use axum::Router;

    pub use crate::traced::{begin, end};
}
