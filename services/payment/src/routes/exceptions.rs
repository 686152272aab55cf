//! Where our record and a provider's differ, for staff.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use souk_app::http::{Json, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{Page, Timestamp};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{length, page_of};
use crate::store::exceptions::Exception;
use crate::{Deps, store};

/// Which exceptions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichExceptions {
    /// Whether to leave out what was resolved.
    #[param(default = true)]
    open: Option<bool>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A difference that somebody has to look at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExceptionView {
    id: Uuid,
    /// Empty when it is about no provider.
    provider: String,
    /// The payment, by our reference; the order for `placed_without_money`.
    reference: String,
    /// Stable, such as `unknown_to_us`, `unknown_to_provider`, `amounts_differ`, `capture_refused`, `stuck`.
    kind: String,
    detail: String,
    found_at: Timestamp,
    last_seen_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Timestamp>,
}

/// Lists reconciliation exceptions, newest first.
#[utoipa::path(get, path = "/v1/admin/payments/exceptions", operation_id = "list_payment_exceptions", tag = "admin",
    params(WhichExceptions),
    responses((status = 200, description = "A page of exceptions.", body = Page<ExceptionView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_exceptions(
    State(deps): State<Deps>,
    cx: Context,
    Query(which): Query<WhichExceptions>,
) -> Result<Json<Page<ExceptionView>>, Error> {
    cx.require(Permission::PaymentsRead)?;
    let (limit, before) = page_of::<Uuid>(which.limit, which.cursor.as_deref())?;
    let found = store::exceptions::page(&deps.db, which.open.unwrap_or(true), before, limit + 1).await?;
    Ok(Json(Page::cut(found, length(limit), |exception| exception.id).map(view)))
}

fn view(exception: Exception) -> ExceptionView {
    ExceptionView {
        id: exception.id,
        provider: exception.provider,
        reference: exception.reference,
        kind: exception.kind,
        detail: exception.detail,
        found_at: exception.found_at,
        last_seen_at: exception.last_seen_at,
        resolved_at: exception.resolved_at,
    }
}
