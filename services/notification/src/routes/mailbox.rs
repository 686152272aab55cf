//! `/dev/mailbox`: where mails land that nobody delivers. Mounted in a development shop only.
//!
//! A mail is other people's HTML, so it is shown in a sandboxed frame from an address of its own, under a policy
//! that runs no script and loads nothing but pictures.

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use minijinja::{Environment, context};
use serde::{Deserialize, Serialize};
use souk_app::http::{Json, Path, Problems, Query};
use souk_rpc::Error;
use souk_types::{MailId, Timestamp};
use utoipa::{IntoParams, ToSchema};

use crate::Deps;
use crate::config::sender;
use crate::store::mailbox::{self, Delivered};

const PAGE: &str = include_str!("../../templates/dev/mailbox.html");
const STYLE: &str = include_str!("../../templates/dev/mailbox.css");
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; frame-ancestors 'none'";
const MAIL_POLICY: &str = "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'";

/// A mail that arrived.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailboxMail {
    id: MailId,
    /// The event it tells of.
    kind: String,
    to: String,
    subject: String,
    message_id: String,
    delivered_at: Timestamp,
    text: String,
    html: String,
}

/// The newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailboxList {
    items: Vec<MailboxMail>,
}

/// Which mails.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichMailbox {
    /// Only those to this address.
    to: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
}

/// What the page shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichShown {
    /// Only those to this address.
    to: Option<String>,
    /// The mail to open.
    mail: Option<MailId>,
}

/// Lists mails that arrived, as JSON.
#[utoipa::path(get, path = "/dev/mailbox.json", operation_id = "list_mailbox", tag = "dev",
    params(WhichMailbox),
    responses((status = 200, description = "The newest mails.", body = MailboxList), Problems))]
pub(crate) async fn list_mailbox(
    State(deps): State<Deps>,
    Query(which): Query<WhichMailbox>,
) -> Result<Json<MailboxList>, Error> {
    let limit = which.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Error::invalid("?limit", "range", "must be from 1 to 100"));
    }
    let to = address(which.to.as_deref())?;
    let mails = mailbox::list(&deps.db, to, limit).await?;
    Ok(Json(MailboxList { items: mails.into_iter().map(|mail| view(&deps, mail)).collect() }))
}

/// One mail that arrived.
#[utoipa::path(get, path = "/dev/mailbox/{id}", operation_id = "get_mailbox_mail", tag = "dev",
    params(("id" = MailId, Path, description = "The mail.")),
    responses((status = 200, description = "The mail.", body = MailboxMail), Problems))]
pub(crate) async fn get_mailbox_mail(
    State(deps): State<Deps>,
    Path(id): Path<MailId>,
) -> Result<Json<MailboxMail>, Error> {
    let mail = mailbox::get(&deps.db, id).await?.ok_or_else(|| Error::not_found("mail"))?;
    Ok(Json(view(&deps, mail)))
}

/// The HTML of a mail, as a mail client would show it.
#[utoipa::path(get, path = "/dev/mailbox/{id}/html", operation_id = "get_mailbox_html", tag = "dev",
    params(("id" = MailId, Path, description = "The mail.")),
    responses((status = 200, description = "The mail's HTML.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn get_mailbox_html(
    State(deps): State<Deps>,
    Path(id): Path<MailId>,
) -> Result<Response, Error> {
    let found = mailbox::get(&deps.db, id).await?.ok_or_else(|| Error::not_found("mail"))?;
    let mut response = page(found.mail.content.html, MAIL_POLICY);
    response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    Ok(response)
}

/// The mailbox as a page.
#[utoipa::path(get, path = "/dev/mailbox", operation_id = "show_mailbox", tag = "dev",
    params(WhichShown),
    responses((status = 200, description = "A page.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn show_mailbox(
    State(deps): State<Deps>,
    Query(which): Query<WhichShown>,
) -> Result<Response, Error> {
    let to = address(which.to.as_deref())?;
    let mails = mailbox::list(&deps.db, to, 100).await?;
    let opened = match which.mail {
        Some(id) => mailbox::get(&deps.db, id).await?,
        None => mails.first().cloned(),
    };
    let mails: Vec<_> = mails.into_iter().map(|mail| summary(&mail)).collect();
    let shown =
        context! { shop => &deps.config.shop_name, to, mails, opened => opened.as_ref().map(summary) };
    let html = Environment::new().render_named_str("mailbox.html", PAGE, shown).map_err(Error::internal)?;
    Ok(page(html, PAGE_POLICY))
}

/// The page's style, in a file of its own so that the policy allows no other.
#[utoipa::path(get, path = "/dev/mailbox.css", operation_id = "mailbox_style", tag = "dev",
    responses((status = 200, description = "A style sheet.", body = String, content_type = "text/css"), Problems))]
pub(crate) async fn mailbox_style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

fn summary(delivered: &Delivered) -> minijinja::Value {
    let mail = &delivered.mail;
    context! {
        id => mail.id.to_string(),
        to => &mail.recipient,
        subject => &mail.content.subject,
        text => &mail.content.body,
        at => delivered.delivered_at.to_string(),
    }
}

fn view(deps: &Deps, delivered: Delivered) -> MailboxMail {
    let domain = sender(&deps.config.from)
        .map_or_else(|_| "localhost".to_owned(), |from| from.email.domain().to_owned());
    let mail = delivered.mail;
    MailboxMail {
        id: mail.id,
        message_id: mail.message_id(&domain),
        kind: mail.kind,
        to: mail.recipient,
        subject: mail.content.subject,
        delivered_at: delivered.delivered_at,
        text: mail.content.body,
        html: mail.content.html,
    }
}

/// Any text may be asked for; a NUL is in no address, and PostgreSQL refuses it.
fn address(to: Option<&str>) -> Result<Option<&str>, Error> {
    if to.is_some_and(|to| to.contains('\0')) {
        return Err(Error::invalid("?to", "control_characters", "must not contain control characters"));
    }
    Ok(to)
}

fn page(html: String, policy: &'static str) -> Response {
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));
    response
}
