//! Becoming a user, proving the address, getting back in.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use souk_app::http::{IdempotencyParam, Json, Problems};
use souk_rpc::{Context, Error};
use utoipa::ToSchema;

use super::fields::{EmailAddress, Locale, NewPassword, PersonName};
use crate::Deps;
use crate::flows;
use crate::flows::ask_for_mail::ask_for_mail;
use crate::flows::register::Registration;
use crate::store::mail_requests::RequestKind;

/// Somebody who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    email: EmailAddress,
    password: NewPassword,
    name: PersonName,
    #[serde(default)]
    locale: Locale,
}

/// An address that mail is wanted at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailOnly {
    email: EmailAddress,
}

/// A token that came by mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailedToken {
    #[schema(max_length = 200)]
    token: String,
}

/// A new password and the token that came by mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordReset {
    #[schema(max_length = 200)]
    token: String,
    password: NewPassword,
}

/// Registers.
///
/// The answer is the same whether or not the address has an account: its owner is told by mail. Signing in works
/// at once; the mail proves the address.
#[utoipa::path(post, path = "/v1/users", operation_id = "register", tag = "users", request_body = NewUser,
    responses((status = 202, description = "Registered, or the owner of the address is told."), Problems))]
pub(crate) async fn register(
    State(deps): State<Deps>,
    cx: Context,
    Json(new): Json<NewUser>,
) -> Result<StatusCode, Error> {
    let NewUser { email, password, name, locale } = new;
    let (email, password, name, locale) = (email.0, password.0, name.0, locale.0);
    flows::register::register(&cx, &deps, Registration { email, password, name, locale }).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Proves the address by the token that was mailed to it.
#[utoipa::path(post, path = "/v1/users/verification", operation_id = "verify_email", tag = "users",
    request_body = MailedToken, responses((status = 204, description = "The address is proved."), Problems))]
pub(crate) async fn verify_email(
    State(deps): State<Deps>,
    cx: Context,
    Json(MailedToken { token }): Json<MailedToken>,
) -> Result<StatusCode, Error> {
    token_length(&token)?;
    flows::verify_email::verify_email(&cx, &deps, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for the verification mail again.
///
/// The answer is the same whether or not there is somebody to send it to.
#[utoipa::path(post, path = "/v1/users/verification-requests", operation_id = "request_verification", tag = "users",
    params(IdempotencyParam), request_body = EmailOnly,
    responses((status = 202, description = "A mail is sent if it is needed."), Problems))]
pub(crate) async fn request_verification(
    State(deps): State<Deps>,
    cx: Context,
    Json(EmailOnly { email }): Json<EmailOnly>,
) -> Result<StatusCode, Error> {
    ask_for_mail(&cx, &deps, RequestKind::Verification, &email.0).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Asks for a mail that lets its reader set a new password.
///
/// The answer is the same whether or not the address has an account.
#[utoipa::path(post, path = "/v1/password-resets", operation_id = "request_password_reset", tag = "users",
    params(IdempotencyParam), request_body = EmailOnly,
    responses((status = 202, description = "A mail is sent if the address has an account."), Problems))]
pub(crate) async fn request_reset(
    State(deps): State<Deps>,
    cx: Context,
    Json(EmailOnly { email }): Json<EmailOnly>,
) -> Result<StatusCode, Error> {
    ask_for_mail(&cx, &deps, RequestKind::PasswordReset, &email.0).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sets a new password by the token that was mailed.
///
/// Ends every session of the user, and proves the address.
#[utoipa::path(post, path = "/v1/password-resets/confirm", operation_id = "reset_password", tag = "users",
    request_body = PasswordReset, responses((status = 204, description = "The new password holds."), Problems))]
pub(crate) async fn reset_password(
    State(deps): State<Deps>,
    cx: Context,
    Json(PasswordReset { token, password }): Json<PasswordReset>,
) -> Result<StatusCode, Error> {
    token_length(&token)?;
    flows::reset_password::reset_password(&cx, &deps, &token, password.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn token_length(token: &str) -> Result<(), Error> {
    if token.chars().count() <= 200 {
        return Ok(());
    }
    Err(Error::invalid("token", "length", "must have at most 200 characters"))
}
