//! What staff sees of the mails and does with webhooks, and what a developer does.

mod admin;
mod deliveries;
mod mailbox;
mod webhooks;

use axum::middleware::from_fn_with_state;
use souk_app::http::{IdempotencyState, idempotent};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Deps;

pub(crate) fn router(deps: &Deps, dev: bool) -> OpenApiRouter {
    let records = IdempotencyState { db: deps.db.clone(), clock: deps.clock.clone() };
    let mut router = OpenApiRouter::new()
        .routes(routes!(admin::list_mails))
        .routes(routes!(admin::resend_mail))
        .routes(routes!(webhooks::list_webhooks, webhooks::add_webhook))
        .routes(routes!(webhooks::get_webhook, webhooks::edit_webhook, webhooks::remove_webhook))
        .routes(routes!(webhooks::rotate_webhook_secret))
        .routes(routes!(webhooks::test_webhook))
        .routes(routes!(deliveries::list_deliveries))
        .routes(routes!(deliveries::replay_deliveries))
        .layer(from_fn_with_state(records, idempotent));
    if dev {
        router = router
            .routes(routes!(mailbox::list_mailbox))
            .routes(routes!(mailbox::show_mailbox))
            .routes(routes!(mailbox::mailbox_style))
            .routes(routes!(mailbox::get_mailbox_mail))
            .routes(routes!(mailbox::get_mailbox_html));
    }
    router.with_state(deps.clone())
}
