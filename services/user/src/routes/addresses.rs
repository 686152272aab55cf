//! The address book.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems};
use souk_contract::Address;
use souk_rpc::{Context, Error};
use souk_types::{AddressId, Page};
use utoipa::ToSchema;

use crate::domain::Entry;
use crate::{Deps, flows::address_book};

/// An address of the book.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddressView {
    id: AddressId,
    address: Address,
    /// The one to offer first. Exactly one address is, unless there is none.
    default: bool,
}

impl From<Entry> for AddressView {
    fn from(entry: Entry) -> AddressView {
        AddressView { id: entry.id, address: entry.address, default: entry.is_default }
    }
}

/// An address to keep.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressInput {
    address: Address,
    /// The first address is the default in any case; when left out, nothing changes about it.
    default: Option<bool>,
}

/// Lists the address book, oldest first.
#[utoipa::path(get, path = "/v1/me/addresses", operation_id = "list_addresses", tag = "me",
    responses((status = 200, description = "All addresses of the user.", body = Page<AddressView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_addresses(
    State(deps): State<Deps>,
    cx: Context,
) -> Result<Json<Page<AddressView>>, Error> {
    let entries = address_book::list(&cx, &deps).await?;
    Ok(Json(Page { items: entries.into_iter().map(AddressView::from).collect(), next_cursor: None }))
}

/// Adds an address.
#[utoipa::path(post, path = "/v1/me/addresses", operation_id = "add_address", tag = "me",
    params(IdempotencyParam), request_body = AddressInput,
    responses((status = 201, description = "Added.", body = AddressView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn add_address(
    State(deps): State<Deps>,
    cx: Context,
    Json(AddressInput { address, default }): Json<AddressInput>,
) -> Result<Created<AddressView>, Error> {
    let entry = address_book::add(&cx, &deps, address, default.unwrap_or(false)).await?;
    Ok(Created { location: format!("/v1/me/addresses/{}", entry.id), body: entry.into() })
}

/// Shows one address.
#[utoipa::path(get, path = "/v1/me/addresses/{id}", operation_id = "get_address", tag = "me",
    params(("id" = AddressId, Path)),
    responses((status = 200, description = "The address.", body = AddressView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn get_address(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<AddressId>,
) -> Result<Json<AddressView>, Error> {
    Ok(Json(address_book::get(&cx, &deps, id).await?.into()))
}

/// Replaces an address.
#[utoipa::path(put, path = "/v1/me/addresses/{id}", operation_id = "change_address", tag = "me",
    params(("id" = AddressId, Path), IdempotencyParam), request_body = AddressInput,
    responses((status = 200, description = "The address as it is now.", body = AddressView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn change_address(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<AddressId>,
    Json(AddressInput { address, default }): Json<AddressInput>,
) -> Result<Json<AddressView>, Error> {
    Ok(Json(address_book::change(&cx, &deps, id, address, default).await?.into()))
}

/// Removes an address.
#[utoipa::path(delete, path = "/v1/me/addresses/{id}", operation_id = "remove_address", tag = "me",
    params(("id" = AddressId, Path), IdempotencyParam),
    responses((status = 204, description = "Removed."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn remove_address(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<AddressId>,
) -> Result<StatusCode, Error> {
    address_book::remove(&cx, &deps, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
