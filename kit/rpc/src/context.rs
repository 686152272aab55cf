//! Who asks, why, and for how long: the first argument of everything.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use souk_trace::{Here, Span, SpanKind, TraceParent};
use souk_types::{ApiKeyId, EventId, SessionId, UserId};

use crate::Error;

/// Who is behind a request. The gateway decides it; services believe it on the internal listener only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Caller {
    /// Somebody who has not signed in.
    Guest,
    Customer {
        user: UserId,
        session: SessionId,
    },
    Staff {
        user: UserId,
        session: SessionId,
        permissions: Vec<Permission>,
    },
    ApiKey {
        key: ApiKeyId,
        scopes: Vec<Permission>,
    },
    /// The shop itself: a reaction to an event, a sweeper, a command at the console.
    System,
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:tt,)*) => {
        /// What staff and API keys may do. A scope of a key is a permission of its owner.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        pub enum Permission { $($(#[$doc])* #[serde(rename = $text)] $name,)* }

        impl Permission {
            pub const ALL: &'static [Permission] = &[$(Permission::$name),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Permission::$name => $text,)* }
            }
        }
    };
}

permissions! {
    /// Sees drafts and costs.
    CatalogRead = "catalog:read",
    CatalogWrite = "catalog:write",
    StockRead = "stock:read",
    StockWrite = "stock:write",
    OrdersRead = "orders:read",
    /// Ships and cancels.
    OrdersWrite = "orders:write",
    PaymentsRead = "payments:read",
    /// Captures, voids and refunds.
    PaymentsWrite = "payments:write",
    CustomersRead = "customers:read",
    /// Staff and API keys.
    StaffWrite = "staff:write",
    /// Dead letters, mails sent, the state of the machinery.
    SystemRead = "system:read",
    SystemWrite = "system:write",
    /// Where the shop's events go, and what became of them.
    WebhooksRead = "webhooks:read",
    /// Sends the shop's events, with all that they say of customers, to addresses of one's choice.
    WebhooksWrite = "webhooks:write",
}

/// The event a flow reacts to; its inbox row is part of the batch that the flow commits.
#[derive(Debug, Clone)]
pub struct Cause {
    pub event: EventId,
    /// Who reacts, such as `order`: each consumer has its own inbox rows.
    pub consumer: &'static str,
    /// Told by the database once the inbox row is marked; clones share it.
    marked: Arc<AtomicBool>,
}

impl Cause {
    pub fn new(event: EventId, consumer: &'static str) -> Cause {
        Cause { event, consumer, marked: Arc::default() }
    }

    /// A commit has marked the event done.
    pub fn mark(&self) {
        self.marked.store(true, Ordering::Release);
    }

    /// Whether a commit of the flow has marked the event done, so that nobody need do it afterwards.
    pub fn is_marked(&self) -> bool {
        self.marked.load(Ordering::Acquire)
    }
}

/// A client's `Idempotency-Key` and what it was sent with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// Unique per caller: one customer's keys mean nothing to another.
    pub scope: String,
    pub key: String,
    /// SHA-256 over method, path and body, hexadecimal.
    pub fingerprint: String,
}

/// The first argument of every call: caller, request id, deadline, idempotency key, trace, cause.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Context {
    pub caller: Caller,
    pub request_id: String,
    /// The span that this is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<TraceParent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<Idempotency>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<IpAddr>,
    /// Crosses the wire as the time left, since clocks differ.
    #[serde(skip)]
    pub deadline: Option<Instant>,
    #[serde(skip)]
    pub cause: Option<Cause>,
    /// Nobody waits for the answer: commits may wait a little, to share those of people who do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub patient: bool,
}

impl Context {
    /// A request from outside, before anybody is known.
    pub fn guest(request_id: impl Into<String>) -> Context {
        Context {
            caller: Caller::Guest,
            request_id: request_id.into(),
            traceparent: None,
            idempotency: None,
            client_ip: None,
            deadline: None,
            cause: None,
            patient: false,
        }
    }

    /// The shop acting by itself; `name` says which part, such as `payment.reconciler`.
    pub fn system(name: impl Into<String>) -> Context {
        Context { caller: Caller::System, ..Context::guest(name) }
    }

    /// As [`Context::system`], for work that nobody waits for: relays, reactions, mails.
    pub fn patient(name: impl Into<String>) -> Context {
        Context { patient: true, ..Context::system(name) }
    }

    /// The same context without the event it reacts to, for the early steps of a flow that commits several times.
    #[must_use]
    pub fn without_cause(&self) -> Context {
        Context { cause: None, ..self.clone() }
    }

    /// The same context without the client's idempotency key, for steps that are idempotent by themselves.
    #[must_use]
    pub fn without_idempotency(&self) -> Context {
        Context { idempotency: None, ..self.clone() }
    }

    /// A span under this context's own, and the context for what is done within it; `None` when nobody records.
    pub fn span(&self, kind: SpanKind, name: impl FnOnce() -> Cow<'static, str>) -> Option<(Span, Context)> {
        let span = souk_trace::child(self.traceparent, kind, name)?;
        let within = Context { traceparent: Some(span.place()), ..self.clone() };
        Some((span, within))
    }

    /// What log lines say about where they come from.
    pub fn here(&self) -> Here {
        Here::new(self.traceparent, &self.request_id)
    }

    /// Time left until the deadline; `limit` when there is none.
    pub fn time_left(&self, limit: Duration) -> Duration {
        self.deadline.map_or(limit, |deadline| deadline.saturating_duration_since(Instant::now()).min(limit))
    }

    /// The user behind the request, customer or staff.
    pub fn user(&self) -> Option<UserId> {
        match self.caller {
            Caller::Customer { user, .. } | Caller::Staff { user, .. } => Some(user),
            Caller::Guest | Caller::ApiKey { .. } | Caller::System => None,
        }
    }

    /// The user behind the request, or 401.
    pub fn require_user(&self) -> Result<UserId, Error> {
        self.user().ok_or_else(Error::unauthenticated)
    }

    pub fn may(&self, permission: Permission) -> bool {
        match &self.caller {
            Caller::Staff { permissions: granted, .. } | Caller::ApiKey { scopes: granted, .. } => {
                granted.contains(&permission)
            }
            Caller::System => true,
            Caller::Guest | Caller::Customer { .. } => false,
        }
    }

    /// 401 for a guest, 403 for anybody who lacks `permission`.
    pub fn require(&self, permission: Permission) -> Result<(), Error> {
        if self.may(permission) {
            return Ok(());
        }
        match self.caller {
            Caller::Guest => Err(Error::unauthenticated()),
            _ => Err(Error::forbidden(format!("this needs the permission `{}`", permission.as_str()))),
        }
    }

    /// Who did it, for timelines and movements: `guest`, `system` or `staff:<id>`.
    pub fn actor(&self) -> String {
        match &self.caller {
            Caller::Guest => "guest".to_owned(),
            Caller::Customer { user, .. } => format!("customer:{user}"),
            Caller::Staff { user, .. } => format!("staff:{user}"),
            Caller::ApiKey { key, .. } => format!("api_key:{key}"),
            Caller::System => "system".to_owned(),
        }
    }
}

/// Handlers take the context that the gateway or the internal listener has put into the request.
impl<S: Send + Sync> FromRequestParts<S> for Context {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Context, Error> {
        parts
            .extensions
            .get::<Context>()
            .cloned()
            .ok_or_else(|| Error::internal("a request without a context"))
    }
}
