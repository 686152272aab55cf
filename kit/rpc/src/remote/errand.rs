//! What is to be sent, kept so that it can be sent again, and what may be done twice.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request};

use super::endpoint::Base;
use crate::Error;
use crate::server::write_time_left;

/// What kind of request it is decides what may be repeated, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// A contract method: repeating it changes nothing, whatever became of it before. Its reply is read whole.
    Call,
    /// A client's GET or HEAD: may be repeated as long as no answer has begun.
    Read,
    /// A client's change: may be repeated only when it was never sent. Not even an Idempotency-Key helps: the first
    /// one may still be at work, and its repetition would be told so.
    Change,
}

pub(super) struct Errand {
    pub(super) manner: Manner,
    pub(super) method: Method,
    pub(super) path: PathAndQuery,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Errand {
    /// The request as it goes to a replica, or to nowhere in particular, with the time that it may still take.
    pub(super) fn request(&self, base: Option<&Base>, time_left: Duration) -> Result<Request<Body>, Error> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = match base {
            None => self.path.clone().into(),
            Some(base) => base.with(&self.path)?,
        };
        *request.headers_mut() = self.headers.clone();
        write_time_left(time_left, request.headers_mut());
        Ok(request)
    }
}
