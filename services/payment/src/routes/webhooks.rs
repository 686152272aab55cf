//! Where providers ring.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use souk_app::http::{Json, Path, Problems};
use souk_rpc::{Context, Error, ErrorKind};
use utoipa::ToSchema;

use crate::{Deps, flows};

/// The largest webhook that is read.
const BODY_BYTES_MAX: usize = 256 << 10;

/// That the webhook was kept; what it means is looked up afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookKept {
    received: bool,
}

/// Takes a provider's webhook. Its signature stands in a header of the provider's own.
#[utoipa::path(post, path = "/v1/payments/webhooks/{provider}", operation_id = "receive_payment_webhook",
    tag = "payments",
    params(("provider" = String, Path, description = "A configured provider.", min_length = 1, max_length = 40,
        example = "sandbox")),
    request_body(content = Object, content_type = "application/json", description = "The provider's event, as signed."),
    responses((status = 200, description = "Kept; a repeated event is kept once.", body = WebhookKept), Problems))]
pub(crate) async fn receive_webhook(
    State(deps): State<Deps>,
    cx: Context,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<WebhookKept>, Error> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Error::new(
            ErrorKind::TooLarge,
            "body_too_large",
            "the body is larger than this endpoint takes",
        ));
    }
    flows::receive_webhook::receive_webhook(&cx, &deps, &provider, &headers, &body).await?;
    Ok(Json(WebhookKept { received: true }))
}
