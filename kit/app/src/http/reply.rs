//! Replies that more than one service gives.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use souk_rpc::{Error, ErrorKind};

use super::Json;

/// 201 with the new thing and where it lives from now on.
pub struct Created<T> {
    pub location: String,
    pub body: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.body)).into_response();
        if let Ok(location) = HeaderValue::try_from(self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// What an unknown path answers.
pub async fn fallback() -> Error {
    Error::not_found("path; /openapi.json lists what there is")
}

/// What a known path answers to a method it does not have.
pub async fn method_not_allowed() -> Error {
    Error::new(ErrorKind::MethodNotAllowed, "method_not_allowed", "this path does not take that method")
}
