//! The pages that the gateway makes itself: start, API reference, error pages. No scripts, nothing from elsewhere.

pub(crate) mod api;
mod error_list;
pub(crate) mod errors;
mod example;
mod markdown;
mod reference;
mod schema;
pub(crate) mod start;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use souk_app::http::{Problems, etag_of, ready_bytes};
use utoipa::openapi::OpenApi;

use crate::own::Own;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// Our pages load one stylesheet of ours and nothing else.
const CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);
const CACHE: &str = "public, max-age=300";

/// Bytes that were made at the start and are the same for everybody.
pub(crate) struct Ready {
    bytes: Bytes,
    etag: HeaderValue,
    content_type: HeaderValue,
}

impl Ready {
    fn new(bytes: impl Into<Bytes>, content_type: HeaderValue) -> Ready {
        let bytes = bytes.into();
        Ready { etag: etag_of(&bytes), bytes, content_type }
    }

    pub(crate) fn answer(&self, request: &HeaderMap) -> Response {
        let mut response = ready_bytes(request, self.bytes.clone(), &self.etag, CACHE);
        let headers = response.headers_mut();
        if self.content_type == HTML {
            headers.insert(header::CONTENT_SECURITY_POLICY, CSP);
        }
        if headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        }
        response
    }
}

/// Everything that can be made before the first request.
pub(crate) struct Pages {
    docs: Ready,
    openapi: Ready,
    style: Ready,
    errors: errors::ErrorPages,
    templates: Environment<'static>,
}

impl Pages {
    pub(crate) fn new(openapi: &OpenApi) -> Pages {
        let templates = templates();
        let json = serde_json::to_value(openapi).unwrap_or_default();
        let docs = render(&templates, "docs.html", &reference::Reference::of(&json));
        Pages {
            docs: Ready::new(docs, HTML),
            openapi: Ready::new(json.to_string(), HeaderValue::from_static("application/json")),
            style: Ready::new(
                &include_bytes!("../../templates/style.css")[..],
                HeaderValue::from_static("text/css; charset=utf-8"),
            ),
            errors: errors::ErrorPages::new(&templates),
            templates,
        }
    }

    /// A page that is made for this request.
    fn html(&self, template: &str, values: &impl Serialize) -> Response {
        let mut response = Response::new(Body::from(render(&self.templates, template, values)));
        response.headers_mut().insert(header::CONTENT_TYPE, HTML);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CSP);
        response
    }
}

fn templates() -> Environment<'static> {
    let mut environment = Environment::new();
    for (name, source) in [
        ("base.html", include_str!("../../templates/base.html")),
        ("start.html", include_str!("../../templates/start.html")),
        ("docs.html", include_str!("../../templates/docs.html")),
        ("error.html", include_str!("../../templates/error.html")),
        ("errors.html", include_str!("../../templates/errors.html")),
    ] {
        environment.add_template(name, source).expect("the templates are compiled in and tested");
    }
    environment
}

/// A page that cannot be rendered is a defect: it is logged, and the page says so.
fn render(environment: &Environment<'static>, template: &str, values: &impl Serialize) -> String {
    let rendered = environment.get_template(template).and_then(|template| template.render(Serde(values)));
    rendered.unwrap_or_else(|error| {
        tracing::error!(template, %error, "a page cannot be rendered");
        "<!doctype html><title>souk</title><p>This page is broken; it has been logged.".to_owned()
    })
}

/// The API reference.
pub(crate) async fn docs(State(own): State<Arc<Own>>, headers: HeaderMap) -> Response {
    own.pages.docs.answer(&headers)
}

pub(crate) async fn style(State(own): State<Arc<Own>>, headers: HeaderMap) -> Response {
    own.pages.style.answer(&headers)
}

/// This description
///
/// The whole API as OpenAPI 3.1, made from the code that answers. `/docs` shows it to people.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation", operation_id = "get_openapi",
    responses(
        (status = 200, body = Object, description = "OpenAPI 3.1.", headers(("ETag" = String))),
        (status = 304, description = "The client has it already."),
        Problems,
    )
)]
pub(crate) async fn openapi_json(State(own): State<Arc<Own>>, headers: HeaderMap) -> Response {
    own.pages.openapi.answer(&headers)
}

/// 404 as a page for people.
fn no_such_page(own: &Own, values: &impl Serialize) -> Response {
    let mut response = own.pages.html("error.html", values);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
