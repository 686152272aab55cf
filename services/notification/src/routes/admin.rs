//! `/v1/admin/mails`: what was sent to whom, what is stuck, and once more please.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use souk_app::http::{IdempotencyParam, Json, Path, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{Cursor, MailId, Page, Timestamp};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::domain::MailState;
use crate::store::mails::MailRecord;
use crate::{Deps, flows, store};

/// A mail, without what it says.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailView {
    id: MailId,
    /// The event it tells of.
    #[schema(example = "order.placed")]
    kind: String,
    /// What there is one mail of this kind for: an order, a shipment, a refund or an event.
    about: String,
    to: String,
    subject: String,
    state: MailState,
    /// Since it was last asked for.
    attempts: u32,
    /// How often staff has sent it again.
    resends: u32,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    /// What the mail server said last, if it did not take the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

impl From<MailRecord> for MailView {
    fn from(mail: MailRecord) -> MailView {
        MailView {
            id: mail.id,
            kind: mail.kind,
            about: mail.subject_key,
            to: mail.recipient,
            subject: mail.subject,
            due_at: (mail.state == MailState::Pending).then_some(mail.due_at),
            state: mail.state,
            attempts: mail.attempts,
            resends: mail.resends,
            created_at: mail.created_at,
            sent_at: mail.sent_at,
            last_error: mail.last_error,
        }
    }
}

/// Which mails.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichMails {
    /// Only those in this state.
    #[param(inline)]
    state: Option<MailState>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists mails, newest first.
#[utoipa::path(get, path = "/v1/admin/mails", operation_id = "list_mails", tag = "admin",
    params(WhichMails),
    responses((status = 200, description = "A page of mails.", body = Page<MailView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_mails(
    State(deps): State<Deps>,
    cx: Context,
    Query(which): Query<WhichMails>,
) -> Result<Json<Page<MailView>>, Error> {
    cx.require(Permission::SystemRead)?;
    let limit = which.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Error::invalid("?limit", "range", "must be from 1 to 100"));
    }
    let before = which.cursor.as_deref().map(Cursor::decode::<MailId>).transpose();
    let before = before.map_err(|error| Error::invalid("?cursor", "cursor", error.to_string()))?;
    let before = before.unwrap_or(MailId(Uuid::max()));
    let mails = store::mails::list(&deps.db, which.state, before, limit + 1).await?;
    Ok(Json(Page::cut(mails, limit as usize, |mail| mail.id).map(MailView::from)))
}

/// Sends a mail again that was sent or has failed; one that is on its way is left alone.
#[utoipa::path(post, path = "/v1/admin/mails/{id}/resend", operation_id = "resend_mail", tag = "admin",
    params(("id" = MailId, Path, description = "The mail."), IdempotencyParam),
    responses((status = 200, description = "The mail, on its way.", body = MailView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn resend_mail(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<MailId>,
) -> Result<Json<MailView>, Error> {
    cx.require(Permission::SystemWrite)?;
    flows::resend_mail::resend_mail(&cx, &deps, id).await.map(|mail| Json(mail.into()))
}
