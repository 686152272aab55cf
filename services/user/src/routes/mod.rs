//! The public side: extract, flow, reply. This file is the table of contents.

mod addresses;
mod api_keys;
mod customers;
mod fields;
mod me;
mod registration;
mod sessions;
mod staff;
mod views;

use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use souk_app::http::{IdempotencyState, idempotent};
use souk_rpc::Error;
use souk_types::Cursor;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Deps;

/// Everything under `/v1` that is about users.
///
/// Requests with a password or a token in them, and replies with a secret, do without `Idempotency-Key`: its
/// records hold replies, and a fast hash of the request, which would help to guess the password.
pub(crate) fn router(deps: &Deps) -> OpenApiRouter {
    let records = IdempotencyState { db: deps.db.clone(), clock: deps.clock.clone() };
    let repeatable = OpenApiRouter::new()
        .routes(routes!(registration::request_verification))
        .routes(routes!(registration::request_reset))
        .routes(routes!(me::get_me, me::change_me))
        .routes(routes!(addresses::list_addresses, addresses::add_address))
        .routes(routes!(addresses::get_address, addresses::change_address, addresses::remove_address))
        .routes(routes!(staff::change_staff, staff::dismiss_staff))
        .routes(routes!(api_keys::revoke_api_key))
        .routes(routes!(customers::list_customers))
        .layer(from_fn_with_state(records, idempotent));
    let secret = OpenApiRouter::new()
        .routes(routes!(registration::register))
        .routes(routes!(registration::verify_email))
        .routes(routes!(registration::reset_password))
        .routes(routes!(sessions::log_in, sessions::list_sessions, sessions::log_out_everywhere))
        .routes(routes!(sessions::log_out))
        .routes(routes!(me::change_password))
        .routes(routes!(staff::list_staff, staff::hire_staff))
        .routes(routes!(api_keys::list_api_keys, api_keys::make_api_key));
    repeatable.merge(secret).layer(map_response(keep_private)).with_state(deps.clone())
}

/// All of this is about one person, so no cache may keep it.
async fn keep_private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The bounds of a page, checked.
fn page_of<K: serde::de::DeserializeOwned>(
    limit: Option<u32>,
    cursor: Option<&str>,
) -> Result<(usize, Option<K>), Error> {
    let limit = limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Error::invalid("?limit", "range", "must be from 1 to 100"));
    }
    let cursor = cursor.map(Cursor::decode).transpose();
    let after = cursor.map_err(|error| Error::invalid("?cursor", "cursor", error.to_string()))?;
    Ok((usize::try_from(limit).unwrap_or(20), after))
}
