//! The page on which a buyer confirms, as a bank would show it. Mounted by `souk up --dev` only.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use souk_app::http::Path;
use souk_rpc::Error;
use uuid::Uuid;

use super::record::{Record, SandboxState};
use super::{Sandbox, store};

pub fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/dev/sandbox/challenges/{id}", get(show))
        .route("/dev/sandbox/challenges/{id}/approve", post(approve))
        .route("/dev/sandbox/challenges/{id}/decline", post(decline))
        .with_state(sandbox)
}

async fn show(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<Uuid>) -> Result<Response, Error> {
    let record = store::by_challenge(&sandbox.db, id).await?.ok_or_else(|| Error::not_found("challenge"))?;
    Ok(page(id, &record))
}

async fn approve(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<Uuid>) -> Result<Response, Error> {
    decide(&sandbox, id, true).await
}

async fn decline(State(sandbox): State<Arc<Sandbox>>, Path(id): Path<Uuid>) -> Result<Response, Error> {
    decide(&sandbox, id, false).await
}

/// Takes the buyer back to the shop, or shows what became of it.
async fn decide(sandbox: &Sandbox, id: Uuid, approve: bool) -> Result<Response, Error> {
    let record = sandbox.decide(id, approve).await?.ok_or_else(|| Error::not_found("challenge"))?;
    let back = record.return_url.as_deref().filter(|url| is_safe(url)).map(HeaderValue::from_str);
    match back {
        Some(Ok(location)) => Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()),
        _ => Ok(page(id, &record)),
    }
}

/// A web address, or a path of this shop; never `javascript:` and the like.
fn is_safe(url: &str) -> bool {
    let path = url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\");
    path || url.starts_with("https://") || url.starts_with("http://")
}

fn page(id: Uuid, record: &Record) -> Response {
    let body = match record.state {
        SandboxState::NeedsBuyer => format!(
            "<p>Pay <strong>{amount}</strong>?</p>\
             <form method=\"post\" action=\"/dev/sandbox/challenges/{id}/approve\"><button>Approve</button></form>\
             <form method=\"post\" action=\"/dev/sandbox/challenges/{id}/decline\"><button>Decline</button></form>",
            amount = record.amount,
        ),
        state => format!("<p>This payment is {}. You may close this page.</p>", state.as_str()),
    };
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Sandbox bank</title>\
         <h1>Sandbox bank</h1><p>A page for developers: no money moves.</p>{body}</html>"
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn a_buyer_is_not_sent_into_a_script() {
        for url in ["/orders/1", "https://shop.example/done", "http://127.0.0.1:8080/"] {
            assert!(is_safe(url), "{url}");
        }
        for url in ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x", ""] {
            assert!(!is_safe(url), "{url}");
        }
    }
}
