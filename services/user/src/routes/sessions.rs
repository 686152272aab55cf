//! Signing in and out.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use souk_app::http::{Created, Json, Problems};
use souk_rpc::{Context, Error};
use souk_types::{Page, Timestamp};
use utoipa::ToSchema;

use super::fields::{EmailAddress, KnownPassword};
use super::views::{Me, SessionView};
use crate::{Deps, flows, store};

/// For the gateway, which makes a cookie of it; an empty value takes the cookie away.
const SET_SESSION: HeaderName = HeaderName::from_static("souk-set-session");

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    email: EmailAddress,
    password: KnownPassword,
}

/// A fresh session.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewSession {
    /// Send it as `Authorization: Bearer …`. It is shown this once.
    token: String,
    /// When it ends unless it is used.
    expires_at: Timestamp,
    user: Me,
}

/// Signs in.
///
/// Unknown addresses and wrong passwords are refused alike, and after some of them all are refused for a while.
/// Browsers get the token as a cookie as well.
#[utoipa::path(post, path = "/v1/sessions", operation_id = "log_in", tag = "users", request_body = Credentials,
    responses((status = 201, description = "Signed in.", body = NewSession), Problems))]
pub(crate) async fn log_in(
    State(deps): State<Deps>,
    cx: Context,
    headers: HeaderMap,
    Json(Credentials { email, password }): Json<Credentials>,
) -> Result<Response, Error> {
    let device = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let logged_in = flows::log_in::log_in(&cx, &deps, &email.0, password.0, device).await?;
    let mut cookie = HeaderValue::try_from(&logged_in.token).map_err(Error::internal)?;
    cookie.set_sensitive(true);
    let body = NewSession {
        token: logged_in.token,
        expires_at: logged_in.session.expires_at,
        user: Me::new(logged_in.user, logged_in.permissions),
    };
    let mut response = Created { location: "/v1/sessions/current".to_owned(), body }.into_response();
    response.headers_mut().insert(SET_SESSION, cookie);
    Ok(response)
}

/// Lists where one is signed in.
#[utoipa::path(get, path = "/v1/sessions", operation_id = "list_sessions", tag = "users",
    responses((status = 200, description = "The sessions of the user, newest first.", body = Page<SessionView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_sessions(
    State(deps): State<Deps>,
    cx: Context,
) -> Result<Json<Page<SessionView>>, Error> {
    let (user, current) = flows::signed_in(&cx)?;
    let sessions = store::sessions::of_user(&deps.db, user, deps.clock.now()).await?;
    let items = sessions.into_iter().map(|session| SessionView::new(session, current)).collect();
    Ok(Json(Page { items, next_cursor: None }))
}

/// Signs out here.
#[utoipa::path(delete, path = "/v1/sessions/current", operation_id = "log_out", tag = "users",
    responses((status = 204, description = "This session has ended."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn log_out(State(deps): State<Deps>, cx: Context) -> Result<Response, Error> {
    flows::log_out::here(&cx, &deps).await?;
    Ok(signed_out())
}

/// Signs out everywhere.
#[utoipa::path(delete, path = "/v1/sessions", operation_id = "log_out_everywhere", tag = "users",
    responses((status = 204, description = "Every session of the user has ended."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn log_out_everywhere(State(deps): State<Deps>, cx: Context) -> Result<Response, Error> {
    flows::log_out::everywhere(&cx, &deps).await?;
    Ok(signed_out())
}

fn signed_out() -> Response {
    (StatusCode::NO_CONTENT, [(SET_SESSION, HeaderValue::from_static(""))]).into_response()
}
